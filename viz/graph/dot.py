"""DOT for those who want Graphviz itself: record shapes as micrograd's ``draw_dot`` makes them."""

from __future__ import annotations

from autograd.value import Value
from viz.graph.draft import DIRECTIONS, picture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from graphviz import Digraph

    from viz.graph.draft import Box, Picture
    from viz.network.columns import Column
    from viz.network.plan import Network, Plan


def dot_lines(drawn: Picture) -> list[str]:
    r"""The statements of a picture in the record style.

    >>> x = Value(3.0, label="x")
    >>> print("\n".join(dot_lines(picture(x, "record"))))
    b0 [label="{ x | data 3 | grad – }" shape=record]
    """
    lines = [f'b{i} [label="{_label(box)}"{_shape(box)}]' for i, box in enumerate(drawn.boxes)]
    return lines + [f"b{wire.tail} -> b{wire.head}" for wire in drawn.wires]


def dot_document(drawn: Picture) -> str:
    """A picture in the record style in the DOT language."""
    return _document(drawn.direction, dot_lines(drawn))


def _document(direction: str, lines: Iterable[str]) -> str:
    return "\n".join(["digraph {", f"rankdir={direction}", *lines, "}"]) + "\n"


def dot_text(v: Value, **options: Any) -> str:
    """The graph in the DOT language; the options are those of `viz.graph.draft.pictures`."""
    return dot_document(picture(v, "record", **options))


def draw_dot(root: Value | Network, format: str = "svg", rankdir: str = "LR") -> Digraph:  # noqa: A002  (micrograd's name)
    """A `graphviz.Digraph` of a Value, as micrograd's users know it; or of a network, with a node for each unit that is drawn.

    A graph too large to be read is folded, as `viz.draw` folds it.
    """
    if rankdir not in DIRECTIONS:
        message = f"rankdir is {' or '.join(DIRECTIONS)}, not {rankdir!r}"
        raise ValueError(message)
    from graphviz import Digraph

    from viz.drawing import is_network
    from viz.network.wiring import plan_of

    lines = network_lines(plan_of(root)) if is_network(root) else dot_lines(picture(root, "record"))
    return Digraph(format=format, graph_attr={"rankdir": rankdir}, body=[f"\t{line}\n" for line in lines])


def _label(box: Box) -> str:
    texts = [_escaped(text.content) for text in box.texts]
    if box.kind == "group":
        return "\\n".join(texts)
    return f"{{ {' | '.join(texts)} }}" if box.kind == "record" else texts[0]


def _shape(box: Box) -> str:
    shape = {"record": "record", "group": "box3d", "constant": "plaintext", "more": "plaintext"}.get(box.kind)
    return f" shape={shape}" if shape else ""


def _escaped(text: str) -> str:
    """Numbered entities for all that means something in DOT or in a record: escaping with backslashes goes wrong in places."""
    return "".join(c if c.isalnum() or c in " ._" or ord(c) > 127 else f"&#{ord(c)};" for c in text)


def network_dot(plan: Plan) -> str:
    """A network in the DOT language."""
    return _document("LR", network_lines(plan))


def network_lines(plan: Plan) -> list[str]:
    """The statements of a plain digraph of units: edges have the weight as `value`, nodes the bias as `bias`."""
    names = {id(column): f"c{i}" for i, column in enumerate(plan.columns)}
    lines = [line for column in plan.columns for line in _nodes(column, names[id(column)])]
    for link in plan.links:
        lines += _edges(link.tail, link.head, names, link.wires() if link.kind == "dense" else None)
    for arc in plan.arcs:
        lines += _edges(arc.tail, arc.head, names, None)
    return lines


def _nodes(column: Column, name: str) -> list[str]:
    """The units of a column, or one box."""
    title = _escaped(" ".join(text.content for text in column.header))
    if not column.count:
        return [f'{name} [shape=box label="{_escaped(column.said)}" tooltip="{title}"]']
    told = []
    for place, k in enumerate(column.shown):
        label = _escaped(column.names[place].content) if column.names else str(k)
        bias = f' bias="{column.biases[k]!r}"' if column.biases else ""
        told.append(f'{name}_{k} [label="{label}"{bias} tooltip="{title}"]')
    left = column.count - len(column.shown)
    return [*told, f'{name}_more [shape=plaintext label="and {left:,} more"]'] if left else told


def _edges(tail: Column, head: Column, names: Mapping[int, str], wires: Iterable[tuple[int, int, float]] | None) -> list[str]:
    """Edges from unit to unit with their weights; without them from each to its like, or of all of them to a box."""
    tails, heads = ([f"{names[id(x)]}_{k}" for k in x.shown] if x.count else [names[id(x)]] for x in (tail, head))
    if wires is not None:
        return [f'{tails[j]} -> {heads[k]} [value="{w!r}"]' for j, k, w in wires]
    if len(tails) > 1 and len(heads) > 1:
        return [f"{a} -> {b}" for a, b in zip(tails, heads)]
    return [f"{a} -> {b}" for a in tails for b in heads]
