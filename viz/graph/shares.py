"""How much each box of a picture has to do with the rounding error of the result: its colour, its number, the legend."""

from __future__ import annotations

import math

from autograd.numbers.error_bars import rounding
from viz.language import say
from viz.shapes import Text
from viz.words import DASH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from autograd.value import Value
    from viz.shapes import Box

LEVELS = {"share4": 0.5, "share3": 0.1, "share2": 0.01, "share1": 0.001}
"""The tones, and from which share of the bound on they are taken."""
TOLD = 0.1
"""A box with such a share says so."""


class Shares:
    """The share of each Value in a bound on the error of a result (`autograd.numbers.rounding`); of a folded part their sum.

    Where there is no bound, those have all of it whose own error has none. `ValueError` for several results, and for a graph
    that is out of date.
    """

    def __init__(self, roots: Sequence[Value], leaves: float) -> None:
        if len(roots) > 1:
            message = f"rounding: the error is that of one result, not of {len(roots)}: draw one after the other"
            raise ValueError(message)
        self.found = found = rounding(roots[0], leaves)
        self.total = math.fsum(found.shares) if all(map(math.isfinite, found.shares)) else math.inf

    def of(self, values: Iterable[Value]) -> float:
        """The part of the bound that is theirs, from 0 to 1."""
        own = [self.found.by_node.get(id(v), 0.0) for v in values]
        if not math.isfinite(self.total):
            return 0.0 if all(map(math.isfinite, own)) else 1.0
        return math.fsum(own) / self.total if self.total else 0.0

    def shade(self, boxes: Iterable[Box]) -> None:
        """Give each box the tone of its share."""
        for box in boxes:
            share = 0.0 if box.given else self.of(box.values)
            box.tone = next((tone for tone, least in LEVELS.items() if share >= least), "")

    def note(self, values: Iterable[Value]) -> str:
        """A large share in percent."""
        share = self.of(values)
        return "" if share < TOLD else percent(share) if math.isfinite(self.total) else say("no bound")

    def told(self, v: Value) -> str:
        """What rounding did to the result here, for a tooltip."""
        own = self.found.by_node.get(id(v), 0.0)
        return say("rounding {}, {} of the bound", f"{own:.2g}", percent(self.of([v]))) if math.isfinite(own) else say("no bound")

    def legend(self, word: Callable[[float], str]) -> list[list[Text]]:
        """What the colours mean."""
        bound = self.found.bound
        if not math.isfinite(bound):
            return [[Text(say("rounding: there is no bound on the error"), "note", alarm=True)]]
        if not bound:
            return [[Text(say("rounding: none, the value is exact"), "note")]]
        said = say("rounding: at most ±{}; certain digits: {}", word(bound).replace(DASH, ""), f"{self.found.digits:.1f}")
        shares = [Text(f"≥ {percent(least)}", "note", patch=tone) for tone, least in LEVELS.items()]
        return [[Text(said, "note")], [Text(say("share of a node:"), "note"), *shares]]


def percent(share: float) -> str:
    """A share as it is written.

    >>> percent(0.4567), percent(0.01), percent(0.00123)
    ('46 %', '1 %', '0.12 %')
    """
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %"
