"""A network in the DOT language: a plain digraph of units, with weights and biases as attributes."""

from __future__ import annotations

from viz.language import say
from viz.words import digraph, for_dot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from viz.network.columns import Column
    from viz.network.plan import Plan
    from viz.network_look import NetworkLook


def network_dot(plan: Plan, look: NetworkLook) -> str:
    """A network in the DOT language."""
    return digraph("LR", [*look.in_dot, *network_lines(plan)])


def network_lines(plan: Plan) -> list[str]:
    """The statements of a plain digraph of units: edges have the weight as `value`, nodes the bias as `bias`."""
    names = {id(column): f"c{i}" for i, column in enumerate(plan.columns)}
    lines = [line for column in plan.columns for line in _nodes(column, names[id(column)])]
    for cable in plan.cables:
        lines += _edges(cable.tail, cable.head, names, cable.wires() if cable.kind == "dense" else None)
    for arc in plan.arcs:
        lines += _edges(arc.tail, arc.head, names, None)
    return lines


def _nodes(column: Column, name: str) -> list[str]:
    """The units of a column, or one box."""
    title = for_dot(" ".join(text.content for text in column.header))
    if not column.count:
        return [f'{name} [shape=box label="{for_dot(column.said)}" tooltip="{title}"]']
    told = []
    for place, k in enumerate(column.shown):
        label = for_dot(column.names[place].content) if column.names else str(k)
        bias = f' bias="{column.biases[k]!r}"' if column.biases else ""
        told.append(f'{name}_{k} [label="{label}"{bias} tooltip="{title}"]')
    left = column.count - len(column.shown)
    more = for_dot(say("and {:,} more", left))
    return [*told, f'{name}_more [shape=plaintext label="{more}"]'] if left else told


def _edges(tail: Column, head: Column, names: Mapping[int, str], wires: Iterable[tuple[int, int, float]] | None) -> list[str]:
    """Edges from unit to unit with their weights; without them from each to its like, or of all of them to a box."""
    tails, heads = ([f"{names[id(x)]}_{k}" for k in x.shown] if x.count else [names[id(x)]] for x in (tail, head))
    if wires is not None:
        return [f'{tails[j]} -> {heads[k]} [value="{w!r}"]' for j, k, w in wires]
    if len(tails) > 1 and len(heads) > 1:
        return [f"{a} -> {b}" for a, b in zip(tails, heads)]
    return [f"{a} -> {b}" for a in tails for b in heads]
