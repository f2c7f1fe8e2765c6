"""The chain rule in Python, by itself: nodes made by hand, against closed forms; and the list of names that both stores keep."""

from __future__ import annotations

import math
import re
from array import array
from typing import TYPE_CHECKING

import pytest

from autograd import _stand_in, contexts, kernels, node, ops, parts

if TYPE_CHECKING:
    from pathlib import Path

ADD, MUL, EXP, MAXIMUM, SUM = (ops.TABLE[name].code for name in ("add", "mul", "exp", "maximum", "sum"))


@pytest.fixture
def _nodes_of_its_own(monkeypatch):
    """On the uncompiled engine the store makes Values; here it makes bare nodes."""
    monkeypatch.setattr(node, "node_type", node.Node)
    monkeypatch.setattr(node, "choices", {MAXIMUM})


pytestmark = pytest.mark.usefixtures("_nodes_of_its_own")


def times(a, b):
    return node.node_of_two(MUL, a._value * b._value, a, b, 3, b._value, a._value)


def plus(a, b):
    return node.node_of_two(ADD, a._value + b._value, a, b, 3, 1.0, 1.0)


def exp(a):
    return node.node_of_one(EXP, math.exp(a._value), a, math.exp(a._value))


def test_the_derivative_of_a_product_of_shared_operands():
    x, w = node.new_leaf(0.5), node.new_leaf(3.0)
    u = times(x, w)
    y = plus(times(u, exp(u)), x)  # x w exp(x w) + x
    node.sweep_from(y, 1.0)
    by_u = 2.5 * math.exp(1.5)
    assert (u._grad, x._grad, w._grad) == pytest.approx((by_u, 3 * by_u + 1, 0.5 * by_u))


def test_a_second_sweep_doubles_the_leaves_and_nothing_else():
    x = node.new_leaf(0.1)
    y = times(times(x, x), x)
    node.sweep_from(y, 1.0)
    once, inner = x._grad, y._operands[0]._grad
    node.sweep_from(y, 1.0)
    assert (x._grad, y._operands[0]._grad) == (2 * once, inner)


def test_gradients_leave_no_trace():
    x, other = node.new_leaf(3.0), node.new_leaf(1.0)
    square = times(x, x)
    y = plus(square, x)
    assert node.gradients_from(y, 2.0, [x, square, y, other, x]) == [14.0, 2.0, 2.0, 0.0, 14.0]
    assert (x._grad, square._grad, x._flags) == (0.0, 0.0, 0)


def test_a_plain_number_has_no_part_in_the_order_and_keeps_its_place():
    x = node.new_leaf(3.0)
    y = node.node_of_two(MUL, 6.0, 2.0, x, 2, 2.0, 2.0)
    z = node.node_of_many(SUM, 10.0, [y, 1.0, x], [1.0, 1.0, 1.0])
    assert node.members_of((z,)) == [x, y, z]
    assert (node.operands_of(y), node.partials_of(y)) == ((2.0, x), (2.0,))
    assert (node.operands_of(z), node.partials_of(z)) == ((y, 1.0, x), (1.0, 1.0))


def test_an_infinite_gradient_passes_nothing_to_the_side_that_a_choice_has_closed():
    a, b = node.new_leaf(2.0), node.new_leaf(1.0)
    y = node.node_of_two(MAXIMUM, 2.0, a, b, 3, 1.0, 0.0)
    assert node.gradients_from(y, math.inf, [a, b]) == [math.inf, 0.0]
    z = node.node_of_two(MUL, 2.0, a, b, 3, 1.0, 0.0)
    (_, by_b) = node.gradients_from(z, math.inf, [a, b])
    assert math.isnan(by_b)


def test_what_is_made_later_is_not_older_than_its_operands():
    x = node.new_leaf(1.0)
    chain = [x]
    for _ in range(50_000):  # no recursion
        chain.append(plus(chain[-1], x))
    assert node.members_of((chain[-1],)) == chain
    node.sweep_from(chain[-1], 1.0)
    assert x._grad == 50_001


def test_a_graph_laid_flat_refers_to_inputs_constants_and_instructions():
    x = node.new_leaf(3.0)
    y = node.node_of_two(MUL, 6.0, 2.0, x, 2, 2.0, 2.0)
    arrays = tuple(array(kind) for kind in "dHIII")
    assert node.flat_of([plus(y, x), 2.0], [x], arrays)
    assert [list(each) for each in arrays] == [[2.0], [MUL, ADD], [0, 2, 4], [1, 0, 2, 0], [3, 1]]
    assert not node.flat_of([y], [node.new_leaf(1.0)], arrays)


def test_an_object_becomes_a_node_once():
    made = node.Node()
    assert node.begin(made, 1.0)
    assert not node.begin(made, 2.0)
    assert made._value == 1.0


def test_both_stores_keep_the_same_names(root: Path):
    """All that node.pxd declares there is in Python, with as many arguments; value.py takes all of it, in both engines."""
    text = (root / "autograd" / "node.pxd").read_text(encoding="utf-8")
    store, _, rest = text.partition("# The kernels")
    declared = dict(re.findall(r"^ +(?:\w+ )*?(\w+)\(([^)]*)\)", store, re.MULTILINE))
    declared |= dict(re.findall(r"^cdef inline .*?(\w+)\(([^)]*)\)(?: noexcept)?:", rest, re.MULTILINE))
    for name, arguments in declared.items():
        owner = next(module for module in (node, parts, contexts, kernels, _stand_in) if hasattr(module, name))
        code = getattr(owner, name).__code__
        assert code.co_argcount == len([a for a in arguments.split(",") if a.strip()]), name
    source = (root / "autograd" / "value.py").read_text(encoding="utf-8")
    compiled, uncompiled = source[source.index("if cython.compiled:") : source.index("# isort: on")].split("\nelse:")
    taken = set(re.findall(r"\w+", compiled.partition("import (")[2].partition(")")[0]))
    assert {name for name in taken if name.islower()} == set(declared)
    assert all(re.search(rf"\b{name}\b", uncompiled) for name in taken)
