"""Which parts of a large graph become one box."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from graphlib import TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import Network

from autograd import Value, scope
from autograd import sum as summed
from autograd.value import members
from viz.graph.folding import READABLE, Folding, folding


def names(found: Folding) -> list[str]:
    return [group.name for group in found.groups]


def sound(order: Sequence[Value], found: Folding) -> None:
    """Each Value is in one group at most, as its home says, and no box needs itself."""
    parts = [[*group.members, *group.parameters, *group.leaves] for group in found.groups]
    held = {i: k for k, part in enumerate(parts) for i in part}
    assert sum(map(len, parts)) == len(held)
    assert [held.get(i, -1) for i in range(len(order))] == found.home
    assert len(set(names(found))) == len(found.groups)
    for group in found.groups:
        assert all(order[i].op for i in group.members)
        assert not any(order[i].op for i in [*group.parameters, *group.leaves])
    place = {id(v): i for i, v in enumerate(order)}
    needs: defaultdict[int, set[int]] = defaultdict(set)
    for i, v in enumerate(order):
        for x in v.parents:
            ours, theirs = (found.home[k] if found.home[k] >= 0 else ~k - len(order) for k in (i, place[id(x)]))
            if ours != theirs:
                needs[ours].add(theirs)
    tuple(TopologicalSorter(needs).static_order())  # raises CycleError


def test_a_network_over_nine_samples_is_its_neurons() -> None:
    found = folding(members(Network(3, 4, 4, 1).loss(9)))
    neurons = [f"layer{i} / neuron{j}" for i, n in enumerate((4, 4, 1)) for j in range(n)]
    assert names(found) == [*neurons, "loss", "leaves 41–67"]
    assert [group.calls for group in found.groups] == [9] * 9 + [1, 0]
    assert [len(group.parameters) for group in found.groups] == [4] * 4 + [5] * 5 + [0, 0]
    assert [len(group.leaves) for group in found.groups] == [0] * 9 + [9, 27]
    assert found.size == 11


def test_by_depth_calls_are_told_apart_as_long_as_they_can_be_read() -> None:
    order = members(Network(3, 4, 4, 1).loss(9))
    found = folding(order, 1)
    assert names(found)[:4] == ["layer0 call 1", "layer1 call 1", "layer2 call 1", "layer0 call 2"]
    assert {"layer0 / parameters", "layer1 / parameters", "layer2 / parameters"} <= set(names(found))
    assert names(folding(members(Network(3, 4, 4, 1).loss(20)), 1))[:4] == ["layer0", "layer1", "layer2", "loss"]
    assert 10 < len(folding(order, 0).groups) <= 16
    assert names(folding(order, 0))[0].startswith("values ")


def test_groups_open_level_by_level_down_to_the_values() -> None:
    order = members(Network(3, 4, 4, 1).loss(9))
    found, opened = folding(order), list[str]()
    for name, inside in [
        ("layer1 / neuron2", "layer1 call 3 / neuron2"),
        ("layer1 call 3 / neuron2", ""),
        ("layer1 / neuron2 / parameters", ""),
        ("leaves 41–67", ""),
    ]:
        assert name in names(found)
        opened.append(name)
        found = folding(order, None, opened)
        sound(order, found)
        assert name not in names(found)
        assert not inside or inside in names(found)
    assert sorted(found.within.values()) == ["layer1 / neuron2 / parameters"] * 5 + ["layer1 call 3 / neuron2"] * 9 + [
        "leaves 41–67"
    ] * 27


def test_a_group_that_would_close_a_cycle_is_split() -> None:
    state, w, cell = Value(0.0), Value(0.5), scope("cell")
    for _ in range(10):
        with cell:
            state = state * w + 1.0
    order = members(state)
    found = folding(order)
    sound(order, found)
    assert names(found) == [f"cell call {i + 1}" for i in range(10)]
    for _ in range(50):
        state = -state
        with cell:
            state = state * w + 1.0
    found = folding(members(state), 1)
    sound(members(state), found)
    assert [name for name in names(found) if name.startswith("cell call")] == [f"cell call {i + 1}" for i in range(60)]
    y = Value(1.0)
    with scope("outer"):
        for i in range(40):
            y = y * w + 1.0
            with scope(f"inner{i % 2}"):
                y = y * w + 1.0
    sound(members(y), folding(members(y), 2))
    sound(members(y), folding(members(y), 2, ["outer"]))


def test_without_scopes_the_order_of_evaluation_is_cut_where_few_wires_run() -> None:
    x = Value(1.0)
    y = x
    for k in range(16):  # each block ends in a single value
        y = summed([y * float(i) for i in range(58 + k % 3 * 5)])
    order = members(y)
    found = folding(order)
    sound(order, found)
    assert len(found.groups) == 16
    assert all(order[group.members[-1]].op == "sum" for group in found.groups)
    assert found.groups[0].leaves == [0]
    sub = folding(order, None, [names(found)[1]])
    assert len([name for name in names(sub) if name not in names(found)]) == 16


@pytest.mark.parametrize("label", ["layer.w", "layer.neuron.w[0]", "layer/w"])
def test_a_leaf_whose_label_names_its_scope_is_a_parameter(label: str) -> None:
    w, x = Value(2.0, label=label), Value(3.0, label="x")
    with scope("net"), scope("layer"):
        y = (w * x + 1.0) * 2.0
    (group,) = folding(members(y), 1).groups
    assert [members(y)[i].label for i in group.parameters] == [label]
    assert [members(y)[i].label for i in group.leaves] == ["x"]


def test_a_deep_nest_of_scopes_and_many_scopes() -> None:
    y = Value(1.0)
    entered = [scope(f"s{i}") for i in range(200)]
    for each in entered:
        each.__enter__()
        y = y * 2.0
    for each in entered[::-1]:
        each.__exit__(None, None, None)
    sound(members(y), folding(members(y)))
    for i in range(1000):
        with scope(f"step{i}"):
            y = y * 2.0 + 1.0
    found = folding(members(y))
    sound(members(y), found)
    assert found.size <= READABLE


@st.composite
def scoped_graphs(draw: st.DrawFn) -> Value:
    """Random operations, in random scopes that are entered and left at random."""
    choose = random.Random(draw(st.integers(0, 2**32)))
    values = [Value(float(i)) for i in range(3)]
    stack: list[scope] = []
    for _ in range(draw(st.integers(5, 120))):
        what = choose.random()
        if what < 0.15 and len(stack) < 4:
            stack.append(scope(choose.choice("abc")))
            stack[-1].__enter__()
        elif what < 0.3 and stack:
            stack.pop().__exit__(None, None, None)
        elif what < 0.4:
            values.append(Value(choose.random(), label=choose.choice(("", "a.w", "x"))))
        elif what < 0.5:
            values.append(summed(choose.choices(values, k=choose.randrange(1, 12))))
        else:
            values.append(choose.choice(values[-8:]) * choose.choice([*values, 2.0]))
    while stack:
        stack.pop().__exit__(None, None, None)
    return summed(choose.choices(values, k=9))


@settings(max_examples=150, deadline=None)
@given(scoped_graphs(), st.none() | st.integers(0, 5), st.randoms())
def test_any_graph_is_folded_soundly_whatever_is_opened(y: Value, depth: int | None, choose: random.Random) -> None:
    order = members(y)
    opened: list[str] = []
    for _ in range(5):
        found = folding(order, depth, opened)
        sound(order, found)
        if not found.groups:
            break
        opened.append(choose.choice(names(found)))
        assert opened[-1] not in names(folding(order, depth, opened))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["network", "no scopes"])
def test_a_hundred_thousand_values_fold_to_what_can_be_read(kind: str) -> None:
    """How long it takes is printed by the benchmarks; work that grows with the square would not come to an end here."""
    if kind == "network":
        y = Network(3, 4, 4, 1).loss(1200)
    else:
        y = x = Value(1.0)
        for _ in range(50_000):
            y = y * 0.5 + x
    order = members(y)
    found = folding(order)
    assert 2 <= found.size <= READABLE
    sound(order, found)
