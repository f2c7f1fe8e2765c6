"""DOT for those who want Graphviz itself: record shapes as micrograd's ``draw_dot`` makes them."""

from __future__ import annotations

from viz.words import dated, digraph, for_dot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from viz.shapes import Box, Look, Picture


def dot_lines(drawn: Picture) -> list[str]:
    r"""The statements of a picture in the record style.

    >>> from autograd import Value
    >>> from viz.graph.pictures import picture
    >>> print("\n".join(dot_lines(picture(Value(3.0, label="x"), "record"))))
    b0 [label="{ x | data 3 | grad – }" shape=record]
    """
    lines = [f'b{i} [label="{_label(box)}"{_shape(box)}]' for i, box in enumerate(drawn.boxes)]
    return lines + [f"b{wire.tail} -> b{wire.head}" for wire in drawn.wires]


def dot_document(drawn: Picture, look: Look) -> str:
    """A picture in the record style in the DOT language."""
    return digraph(drawn.direction, [*look.in_dot, *dot_lines(drawn)])


def _label(box: Box) -> str:
    texts = [for_dot(dated(text.content, text.old)) for text in box.texts]
    if box.kind == "group":
        return "\\n".join(texts)
    return f"{{ {' | '.join(texts)} }}" if box.kind == "record" else texts[0]


def _shape(box: Box) -> str:
    shape = {"record": "record", "group": "box3d", "constant": "plaintext", "more": "plaintext"}.get(box.kind)
    return f" shape={shape}" if shape else ""
