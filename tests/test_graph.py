"""Walks over a whole graph: text, copies, and graphs of any size."""

from __future__ import annotations

import copy
import gc
import pickle
import subprocess
import sys
import textwrap

import pytest

import autograd
from autograd import Value, dot, no_grad, scope, sin
from autograd.value import members, scopes_of

CHAIN = 1_000_000


def chain(n, x):
    v = x
    for _ in range(n // 2):
        v = v * x
        v = v + x
    return v


# As text.


def test_a_leaf_reads_as_the_expression_that_makes_it():
    for v in (Value(2.0, label="x"), Value(-0.0), Value(1e300), Value(5e-324, label="a'b")):
        again = eval(repr(v))  # noqa: S307  (the point)
        assert (again.data, again.label) == (v.data, v.label)
    assert repr(Value(2.0, label="x")) == "Value(2.0, label='x')"
    assert repr(Value(2.0)) == "Value(2.0)"


def test_a_computed_value_reads_shortly():
    y = Value(100.0) * 2
    y.backward()
    assert repr(y) == "<Value 200.0 = 100.0 * 2.0, grad 1.0>"
    assert repr(sin(Value(0.0))) == "<Value 0.0 = sin(0.0), grad 0.0>"
    assert repr(-Value(1.0)) == "<Value -1.0 = -1.0, grad 0.0>"
    assert repr(autograd.sum([Value(1.0)] * 100)) == "<Value 100.0 = sum(1.0, 1.0, 1.0, 1.0, ...), grad 0.0>"


# Copies.


def test_a_copy_of_a_leaf_is_a_new_leaf():
    x = Value(2.0, label="x")
    x.backward()
    y = copy.copy(x)
    y.data = 3.0
    assert (x.data, y.label, y.grad, y.op) == (2.0, "x", 0.0, "")


def test_a_copy_of_an_inner_node_has_the_same_operands():
    x = Value(2.0)
    y = sin(x) * 3
    y.backward()
    z = copy.copy(y)
    assert (z.data, z.op, z.grad, z.partials) == (y.data, "mul", 0.0, (3.0,))
    assert z.operands[0] is y.operands[0]
    z.backward()
    assert x.grad == 2 * y.grad * y.partials[0] * y.parents[0].partials[0]


def test_a_deep_copy_shares_within_and_not_without():
    x = Value(2.0, label="x")
    h = x * x
    y = h * x + dot([x, h], [1.0, 2.0], bias=h)
    y.backward()
    a, b, c = copy.deepcopy([x, h, y])
    assert c.data == y.data
    assert [v is a for v in b.parents] == [True, True]
    assert (a.grad, b.grad, c.grad, a.label) == (x.grad, h.grad, y.grad, "x")
    assert a is not x
    c.backward()
    assert a.grad == 2 * x.grad
    assert len(members(c)) == len(members(y))


def in_scopes():
    x = Value(2.0)
    with scope("a"):
        h = x * 2
        with scope("b"):
            w = Value(3.0)
            h = h * w
    with scope("a"):
        return h + x


def test_a_memo_that_holds_anything_but_values_is_refused():
    x = Value(2.0)
    h = x * x
    y = dot([h, x, x], [x, h, x], 3.0)
    for junk in ([1, 2], 5.0, None, "x", object()):
        for v in (y, h):
            with pytest.raises(TypeError, match=f"the memo has an? {type(junk).__name__} in place of Value\\(2.0\\)"):
                copy.deepcopy(v, {id(x): junk})
        with pytest.raises(TypeError, match=r"in place of <Value 4\.0"):
            copy.deepcopy(y, {id(h): junk})
        with pytest.raises(TypeError, match="in place of"):
            x.__deepcopy__({id(x): junk})
    other = Value(7.0)
    assert copy.deepcopy(h, {id(x): other}).parents == (other, other)
    y.backward()
    assert x.grad > 0


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_of_a_graph_is_in_the_same_scopes_wherever_it_is_made(again):
    y = in_scopes()
    with scope("elsewhere"):
        z = again(y)
    found = sorted((v.op, v.data, v.scope) for v in members(z))
    assert found == [("", 2.0, ()), ("", 3.0, ("a", "b")), ("add", 14.0, ("a",)), ("mul", 4.0, ("a",)), ("mul", 12.0, ("a", "b"))]
    assert len(scopes_of(members(z))[1]) == 3


# Any size.


def test_a_chain_of_a_million():
    x = Value(0.999999)
    y = chain(CHAIN, x)
    y.backward()
    assert x.grad > 0
    assert len(repr(y)) < 200
    assert autograd.gradients(y, [x]) == [x.grad]
    twin = copy.deepcopy(y)
    assert twin.data == y.data
    del twin
    again = pickle.loads(pickle.dumps(y))
    assert again.data == y.data
    y.zero_grad()
    assert x.grad == 0.0


def test_wide_nodes_of_many_operands():
    xs = [Value(float(i % 7)) for i in range(100_000)]
    total = autograd.sum(xs) + dot(xs, xs)
    total.backward()
    assert xs[3].grad == 1.0 + 2 * 3.0
    del xs, total


def test_building_and_dropping_leaves_no_memory_behind():
    pytest.importorskip("resource", reason="not on Windows")
    program = """
        import autograd
        from autograd import Value, dot, sin
        def resident():
            import resource
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        def build():
            x = Value(0.5, label="x")
            v = x
            for i in range(5000):
                v = sin(v) * x + dot([x, v], [1.0, x])
                if i % 10 == 0:
                    v.label = "v"
            v.backward()
            autograd.gradients(v, [x])
        for _ in range(10):
            build()
        before = resident()
        for _ in range(100):
            build()
        print(resident() - before)
    """
    done = subprocess.run([sys.executable, "-P", "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    grown = int(done.stdout) // (1024 if sys.platform == "darwin" else 1)  # there it is told in bytes
    assert grown < 2000, f"{grown} kB more after 100 graphs"


def test_the_interpreter_exits_with_a_deep_graph_alive():
    program = "from autograd import Value\nv = x = Value(1.0)\nfor _ in range(300_000): v = v * x\nv.label = 'v'\nprint('built')"
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "built\n", "")


def test_values_are_freed_at_once():
    gc.disable()
    try:
        before = len(members()) if members() else 0
        x = Value(1.0)
        y = x * x
        del x, y
        assert before == 0
    finally:
        gc.enable()


def test_compiled_values_stay_outside_the_cyclic_collector():
    assert gc.is_tracked(Value(1.0)) is not autograd.COMPILED


@pytest.mark.compiled
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells what is resident")
def test_a_graph_of_ten_millions(record_property):
    program = """
        import copy, os, pickle, resource
        from autograd import COMPILED, Value, gradients
        assert COMPILED
        x = Value(0.999999)
        v = Value(1.0)
        for _ in range(5_000_000):
            v = v * x
            v = v + x
        with open("/proc/self/statm") as f:
            print((int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")) / 10_000_002)
        v.backward()
        assert gradients(v, [x]) == [x.grad]
        assert len(repr(v)) < 200
        twin = copy.deepcopy(v)
        assert twin.data == v.data
        del twin
        again = pickle.loads(pickle.dumps(v, protocol=5))
        assert again.data == v.data
        del again
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9)
    """
    done = subprocess.run([sys.executable, "-P", "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    bytes_a_node, peak = map(float, done.stdout.split())
    record_property("bytes a node", bytes_a_node)
    record_property("peak GB", peak)
    print(f"{bytes_a_node:.1f} bytes a node with the interpreter's own, {peak:.2f} GB at the peak")
    assert bytes_a_node <= 100


def test_no_grad_builds_nothing():
    with no_grad():
        assert len(members(chain(1000, Value(1.0)))) == 1
