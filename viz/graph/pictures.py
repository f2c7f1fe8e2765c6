"""The picture of a graph, folded or not, in any style."""

from __future__ import annotations

from viz.graph.draft import Draft, known_style
from viz.graph.folding import folding, spoken_name
from viz.language import speaking
from viz.options import options_of
from viz.reading import naming, pairs_of, results_of
from viz.shapes import Look, TooLargeError, is_program
from viz.words import cut, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.value import Value
    from viz.graph.folding import Folding
    from viz.shapes import Drawable, Picture

MOST_NAMES = 12
"""So many folded boxes are named where another one was asked for."""


def pictures(given: Drawable, look: Look, styles: Sequence[str]) -> list[Picture]:
    """The pictures of all that a Value, or several, are computed from, or of a program; the other options are those of the look.

    Above `max_boxes` (500, or 100 if it was made in scopes) a graph is folded by its scopes: down to the depth that can be read
    best, or to the depth `collapse`, which folds smaller graphs too; ``collapse=None`` never folds, and raises `TooLargeError`
    above `max_boxes`. `opened` names the groups (`Box.group`) that are drawn open all the same; `ValueError` for one that is
    not there.
    """
    classes = [known_style(style) for style in styles]
    with speaking(look.lang):
        draft = drafted(given, look)
        return [draft.picture_in(style) for style in classes]


@options_of(Look)
def picture(given: Drawable, look: Look) -> Picture:
    """The picture of a graph; the options are those of `Look`."""
    return pictures(given, look, [look.style])[0]


def drafted(given: Drawable, look: Look, origin: Mapping[int, Value] | None = None) -> Draft:
    """What draws up the picture, folded or not; of a copy, `origin` has what its Values are copies of, by identity."""
    look = look.checked()
    title = ""
    if is_program(given):
        from viz.graph.programs import graph_of

        of_numbers = ("backward", "rate", "heat", "partials", "highlight", "rounding", "lines")
        look.refuse(of_numbers, "a recorded function holds no numbers: draw what it gives, such as viz.draw(f(1.0))")
        given, title = graph_of(given), repr(given)[1:-1]
    roots, results = results_of(given)
    names = {**results, **naming(look.names)}
    draft = Draft(roots, names, look, results, title)
    draft.origin = origin or {}
    pairs_of(look.highlight, map(id, draft.order))
    if look.depth is None:
        in_scopes = look.collapse is not None and any(v.scope for v in draft.order)
        try:
            draft.prepare(look.most_boxes(in_scopes=in_scopes))
        except TooLargeError:
            if look.collapse is None:
                raise
        else:
            if look.opened:
                _refuse_unknown(folding(draft.order, None, look.opened))
            return draft
    from viz.graph.folded import FoldedDraft

    folded = FoldedDraft(roots, names, look, results, title)
    folded.origin = draft.origin
    folded.fold(look.depth, frozenset(look.opened), look.most_boxes())
    _refuse_unknown(folded.folding)
    return folded


def _refuse_unknown(fold: Folding) -> None:
    """`ValueError` for names of folded boxes that there are not."""
    if fold.unknown:
        known = [spoken_name(group.name) for group in fold.groups]
        told = f"; there are: {', '.join(map(cut, known[:MOST_NAMES]))}{', ...' * (len(known) > MOST_NAMES)}" if known else ""
        message = f"opened: there is no folded box {', '.join(repr(cut(printable(name))) for name in sorted(fold.unknown))}{told}"
        raise ValueError(message)
