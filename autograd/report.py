"""What `check_gradients` found: each derivative beside its differences, and what both cost.

>>> row = Row("argument 0", 12.0, 12.000000000001, 4e-10)
>>> Report([row], evaluations=10, runs=1, passes=1)
1 derivative, agrees with differences
derivative  analytic  differences    apart  at most
argument 0        12           12  1.0e-12    4e-10
differences took 10 evaluations of f, the derivatives 1 evaluation and 1 backward pass
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 40
"""So many rows are printed."""


class Row:
    """One derivative: `where` names it, `bound` is how far `analytic` and `numeric` may be apart.

    `wrong` if they are further apart; `note` says, where nothing can be compared, why, or at a kink what is allowed.
    """

    __slots__ = ("analytic", "bound", "note", "numeric", "unclear", "where", "wrong")

    def __init__(
        self,
        where: str,
        analytic: float,
        numeric: float,
        bound: float,
        note: str = "",
        *,
        wrong: bool = False,
        unclear: bool = False,
    ) -> None:
        self.where, self.analytic, self.numeric, self.bound = where, analytic, numeric, bound
        self.note, self.wrong, self.unclear = note, wrong, unclear

    @property
    def difference(self) -> float:
        """How far the two numbers are apart."""
        return 0.0 if self.analytic == self.numeric else abs(self.analytic - self.numeric)

    def __repr__(self) -> str:
        return f"<{self.where}: analytic {self.analytic!r}, differences {self.numeric!r}, at most {self.bound:.0e} apart>"


class Report:
    """All derivatives that were compared (`rows`), and how often `f` was run for differences and for the derivatives."""

    def __init__(self, rows: Sequence[Row], evaluations: int, runs: int, passes: int) -> None:
        self.rows, self.evaluations, self.runs, self.passes = list(rows), evaluations, runs, passes

    @property
    def wrong(self) -> list[Row]:
        """The derivatives that differ."""
        return [row for row in self.rows if row.wrong]

    @property
    def unclear(self) -> list[Row]:
        """Those that cannot be compared at this point."""
        return [row for row in self.rows if row.unclear]

    def __repr__(self) -> str:
        cells = [("derivative", "analytic", "differences", "apart", "at most", "")]
        for row in self.rows[:SHOWN]:
            apart, note = f"{row.difference:.1e}" if row.difference else "0", row.note
            note = f"DIFFERS {note}" if row.wrong else f"cannot be compared here: {note}" if row.unclear else note
            cells.append((row.where, f"{row.analytic:.8g}", f"{row.numeric:.8g}", apart, f"{row.bound:.0e}", note))
        widths = [max(len(line[k]) for line in cells) for k in range(5)]
        lines = [f"{self._summary()}"]
        for where, *numbers, note in cells:
            columns = "  ".join(f"{number:>{width}}" for number, width in zip(numbers, widths[1:], strict=True))
            lines.append(f"{where:<{widths[0]}}  {columns}  {note}".rstrip())
        if len(self.rows) > SHOWN:
            lines.append(f"... and {len(self.rows) - SHOWN} more")
        return "\n".join([*lines, self._cost()])

    def _summary(self) -> str:
        count = _counted(len(self.rows), "derivative")
        wrong, unclear = len(self.wrong), len(self.unclear)
        if not wrong and not unclear:
            return f"{count}, agree{'s' * (len(self.rows) == 1)} with differences"
        told = [f"{wrong} differ{'s' * (wrong == 1)}"] * (wrong > 0) + [f"{unclear} cannot be compared"] * (unclear > 0)
        return f"{count}: {', '.join(told)}"

    def _cost(self) -> str:
        derivatives = f"{_counted(self.runs, 'evaluation')} and {_counted(self.passes, 'backward pass', 'backward passes')}"
        return f"differences took {_counted(self.evaluations, 'evaluation')} of f, the derivatives {derivatives}"


def _counted(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
