"""The picture of a graph, folded or not, in any style."""

from __future__ import annotations

from autograd.value import Value
from viz.graph.draft import Draft, known_style
from viz.reading import naming, pairs_of
from viz.shapes import Look, TooLargeError, options_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from viz.shapes import Picture


def pictures(root: Value, look: Look, styles: Sequence[str]) -> list[Picture]:
    """The pictures of all that `root` is computed from, one in each style; the other options are those of the look.

    Above `max_boxes` (500, or 100 if it was made in scopes) a graph is folded by its scopes: down to the depth that can be read
    best, or to the depth `collapse`, which folds smaller graphs too; ``collapse=None`` never folds, and raises `TooLargeError`
    above `max_boxes`. `opened` names the groups (`Box.group`) that are drawn open all the same; names of groups that are not
    there are ignored.
    """
    if type(root) is not Value:
        given = f"the class {root.__name__}" if isinstance(root, type) else f"a {type(root).__name__}"
        message = f"a picture is drawn of a Value, or of a network such as a module of nn, not of {given}"
        raise TypeError(message)
    classes = [known_style(style) for style in styles]
    lit = pairs_of(look.highlight)
    draft = _draft(root, look.checked("graph"), naming(look.names))
    drawn = [draft.picture_in(style) for style in classes]
    heads = {v for v, _ in lit}
    for each in drawn if lit else ():
        for wire in each.wires:
            links = {(id(v), i) for v, i in wire.links}
            wire.highlighted = bool(links & lit) if links else any(id(v) in heads for v in each.boxes[wire.tail].values)
    return drawn


@options_of(Look)
def picture(root: Value, look: Look) -> Picture:
    """The picture of all that `root` is computed from; the options are those of `Look`."""
    return pictures(root, look, [look.style])[0]


def _draft(root: Value, look: Look, names: Mapping[int, str]) -> Draft:
    """What draws up the picture, folded or not."""
    draft = Draft(root, names, look)
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

    folded = FoldedDraft(root, names, look)
    folded.fold(look.depth, frozenset(look.opened), look.most_boxes())
    return folded
