"""The picture of a graph, folded or not, in any style."""

from __future__ import annotations

from viz.graph.draft import Draft, known_style
from viz.language import speaking
from viz.options import options_of
from viz.reading import naming, pairs_of, results_of
from viz.shapes import Look, TooLargeError, is_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograd.value import Value
    from viz.shapes import Drawable, Picture


def pictures(given: Drawable, look: Look, styles: Sequence[str]) -> list[Picture]:
    """The pictures of all that a Value, or several, are computed from, or of a program; the other options are those of the look.

    Above `max_boxes` (500, or 100 if it was made in scopes) a graph is folded by its scopes: down to the depth that can be read
    best, or to the depth `collapse`, which folds smaller graphs too; ``collapse=None`` never folds, and raises `TooLargeError`
    above `max_boxes`. `opened` names the groups (`Box.group`) that are drawn open all the same; names of groups that are not
    there are ignored.
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
            return draft
    from viz.graph.folded import FoldedDraft

    folded = FoldedDraft(roots, names, look, results, title)
    folded.origin = draft.origin
    folded.fold(look.depth, frozenset(look.opened), look.most_boxes())
    return folded
