"""A graph in numbers: its links, and the tree of the calls that it was made in."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, dot, scope, tanh
from autograd.value import members
from viz.graph import folding as module
from viz.graph.calls import NOWHERE, Graph
from viz.graph.folding import Folding, folding, folding_inside


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99), st.integers(0, 99), st.integers(0, 2)), min_size=1, max_size=40))
def test_links_and_operations_are_those_of_the_values(made) -> None:
    pool = [Value(0.5, label="x")]
    for kind, a, b, name in made:
        with scope(f"s{name}") if name else contextlib.nullcontext():
            x, y = pool[a % len(pool)], pool[b % len(pool)]
            pool.append([x * y, x + 2.0, tanh(x), dot([x, y, x], [1.5, x, y])][kind])
    order = members(pool[-1])
    graph = Graph(order)
    place = {id(v): i for i, v in enumerate(order)}
    operands = [[place[id(x)] for x in v.operands if type(x) is Value] for v in order]
    assert list(map(graph.operands, range(len(order)))) == operands
    users = [[i for i, xs in enumerate(operands) for each in xs if each == x] for x in range(len(order))]
    assert list(map(graph.users, range(len(order)))) == users
    assert graph.used == list(map(len, users))
    assert graph.constants == [sum(type(x) is not Value for x in v.operands) for v in order]
    assert [graph.ops, graph.leaf] == [[v.op for v in order], [not v.op for v in order]]
    places = [i for i in range(len(order)) if i % 3]
    part = graph.part(places)
    operands = [[places.index(x) for x in operands[i] if x in places] for i in places]
    assert list(map(part.operands, range(len(places)))) == operands
    assert part.used == [sum(xs.count(x) for xs in operands) for x in range(len(places))]
    assert list(zip(part.heads, part.tails)) == [(i, x) for i, xs in enumerate(operands) for x in xs]
    assert part.joined() >= {(part.call[x], part.call[i]) for i, x in zip(part.heads, part.tails) if part.placed[x]}


def test_a_value_belongs_to_its_innermost_call() -> None:
    x = Value(1.0, label="x")
    with scope("a"), scope("b"):
        y = x * x
    graph = Graph(members(y + 1))
    assert [graph.call[i] for i in range(3)] == [NOWHERE, 1, NOWHERE]
    assert graph.title((NOWHERE, graph.path_of(1))) == "a / b"


@pytest.mark.parametrize(("names", "several"), [("abc", False), ("aba", True), ("aa", True), ("", False)])
def test_calls_of_one_name_side_by_side_are_several(names: str, several: bool) -> None:
    y = Value(1.0, label="x")
    for name in names:
        with scope(name):
            y = tanh(y)
    assert Graph(members(y)).has_several is several


@pytest.mark.parametrize("both_sides", [False, True])
def test_scopes_in_scopes_are_folded_with_few_attempts(monkeypatch: pytest.MonkeyPatch, both_sides: bool) -> None:
    attempts = 0

    class Counted(module._Folder):
        def __init__(self, *args: object) -> None:
            nonlocal attempts
            attempts += 1
            super().__init__(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_Folder", Counted)
    y = Value(0.5, label="x")
    entered = []
    for i in range(200):
        entered.append(scope(f"s{i}"))
        entered[-1].__enter__()
        y = tanh(y)
    for each in reversed(entered):
        y = tanh(y) if both_sides else y
        each.__exit__(None, None, None)
    order = members(y)
    found: Folding = folding(order)
    assert found.size <= 41
    inside = folding_inside(found.graph.part(max((group.members for group in found.groups), key=len)))
    assert inside.size >= 2
    assert attempts <= (32 if both_sides else 8)
