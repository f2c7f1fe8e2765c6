"""A machine builds graphs step by step beside a naive reference: the gradient as a sum over paths, in exact fractions."""

from __future__ import annotations

import contextvars
import copy
import gc
import math
import pickle
from contextlib import nullcontext
from fractions import Fraction

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from autograd import Value, dot, gradients, maximum, no_grad, op, prod, relu
from autograd.functions import sum as sum_of
from autograd.registry import remove
from autograd.value import members, recorded

SMALL = st.integers(-3, 3).map(float)
LARGE = 6
BITS = 40
"""Numbers that need more bits are not made, so that float arithmetic here is exact."""


class Naive:
    """What a Value ought to be: a number, its operands with their partials, a gradient.

    Of a computed one `rule` gives, from the operands' numbers, its own and the partials.
    """

    def __init__(self, data, operands=(), rule=None, label="") -> None:
        self.label, self.grad, self.operands, self.rule = label, Fraction(0), tuple(operands), rule
        self.put(*(self.computed({}) if rule else (data, ())))
        self.changed = False  # whether it is a leaf with another number than those had who were computed from it

    def put(self, data, partials):
        """Hold these numbers."""
        self.data, self.edges = Fraction(data), tuple(zip(self.operands, map(Fraction, partials)))

    def computed(self, anew):
        """Number and partials from those that the operands have in `anew`, or hold."""
        return self.rule(*[anew[id(q)][0] if id(q) in anew else q.data for q in self.operands])

    def anew(self, found=None):
        """Number and partials of all computed nodes of the graph, from the leaves on, by identity."""
        found = {} if found is None else found
        for operand in self.operands:
            if id(operand) not in found:
                operand.anew(found)
        if self.rule:
            found[id(self)] = self.computed(found)
        return found

    def paths_to(self, other):
        """The derivative by another node: over all paths, the sum of the products of the partials."""
        if self is other:
            return Fraction(1)
        return sum((d * operand.paths_to(other) for operand, d in self.edges), Fraction(0))

    def length(self):
        """The number of paths to the leaves."""
        return sum(operand.length() for operand, _ in self.edges) if self.edges else 1

    def graph(self):
        """Itself and all that it is computed from."""
        found = {id(self): self}
        for operand, _ in self.edges:
            found.update(operand.graph())
        return found

    def twin(self, operands):
        """Another one with the same numbers, on these operands."""
        twin = Naive(self.data, label=self.label)
        twin.operands, twin.rule = tuple(operands), self.rule
        twin.put(self.data, [d for _, d in self.edges])
        return twin

    def copied(self, memo):
        """The whole graph once more."""
        if id(self) not in memo:
            twin = memo[id(self)] = self.twin([operand.copied(memo) for operand in self.operands])
            twin.grad, twin.changed = self.grad, self.changed
        return memo[id(self)]


def short(x):
    """Whether float arithmetic on such numbers is exact."""
    return x.denominator < 2**BITS and abs(x.numerator) < 2**BITS


class RefusedError(Exception):
    """What an operation of one's own raises."""


def careful(x):
    """Value and partial of that operation."""
    if x > LARGE:
        raise RefusedError(x)
    return x * x + 1, (2 * x,)


class Graphs(RuleBasedStateMachine):
    """Pairs of a Value and its naive twin; every rule does the same to both."""

    pairs, tasks = Bundle("pairs"), Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.alive: list[tuple[Value, Naive]] = []
        self.careful = op("careful", lambda x: careful(x)[0], lambda x, y: 2 * x)

    def teardown(self):
        remove("careful")

    def keep(self, value, naive):
        """A new pair, unless its numbers or paths are too many to be exact or quick."""
        if not short(naive.data) or naive.length() > 200:
            return Value(1.0), Naive(1)
        self.alive.append((value, naive))
        return value, naive

    @initialize(target=pairs, x=SMALL)
    def first(self, x):
        return self.keep(Value(x), Naive(x))

    @rule(target=pairs, x=SMALL, label=st.sampled_from(["", "x", "重み"]))
    def leaf(self, x, label):
        return self.keep(Value(x, label=label), Naive(x, label=label))

    @rule(a=pairs, label=st.sampled_from(["", "x", "重み", "a" * 300]))
    def relabel(self, a, label):
        a[0].label = a[1].label = label

    @rule(target=pairs, a=pairs, b=pairs, kind=st.sampled_from("+-*"))
    def binary(self, a, b, kind):
        (v, p), (w, q) = a, b
        if kind == "+":
            return self.keep(v + w, Naive(0, [p, q], lambda x, y: (x + y, (1, 1))))
        if kind == "-":
            return self.keep(v - w, Naive(0, [p, q], lambda x, y: (x - y, (1, -1))))
        return self.keep(v * w, Naive(0, [p, q], lambda x, y: (x * y, (y, x))))

    @rule(target=pairs, a=pairs, number=SMALL, kind=st.sampled_from(["n+a", "a-n", "n-a", "a*n", "-a", "a/2", "a**2", "a**3"]))
    def with_a_number(self, a, number, kind):
        v, p = a
        n = Fraction(number)
        value, rule = {
            "n+a": lambda: (number + v, lambda x: (n + x, (1,))),
            "a-n": lambda: (v - number, lambda x: (x - n, (1,))),
            "n-a": lambda: (number - v, lambda x: (n - x, (-1,))),
            "a*n": lambda: (v * int(number), lambda x: (x * n, (n,))),
            "-a": lambda: (-v, lambda x: (-x, (-1,))),
            "a/2": lambda: (v / 2, lambda x: (x / 2, (Fraction(1, 2),))),
            "a**2": lambda: (v**2, lambda x: (x**2, (2 * x,))),
            "a**3": lambda: (v**3, lambda x: (x**3, (3 * x**2,))),
        }[kind]()
        return self.keep(value, Naive(0, [p], rule))

    @rule(target=pairs, a=pairs, b=pairs)
    def choice(self, a, b):
        (v, p), (w, q) = a, b
        share = lambda x, y: Fraction(1, 2) if x == y else Fraction(int(x > y))
        return self.keep(maximum(v, w), Naive(0, [p, q], lambda x, y: (max(x, y), (share(x, y), 1 - share(x, y)))))

    @rule(target=pairs, a=pairs)
    def rectified(self, a):
        v, p = a
        return self.keep(relu(v), Naive(0, [p], lambda x: (max(x, Fraction(0)), (int(x > 0),))))

    @rule(target=pairs, a=pairs)
    def of_ones_own(self, a):
        """It refuses large numbers."""
        v, p = a
        if p.data > LARGE:
            with pytest.raises(RefusedError):
                self.careful(v)
            return a
        return self.keep(self.careful(v), Naive(0, [p], careful))

    @rule(target=pairs, some=st.lists(pairs, min_size=1, max_size=4), kind=st.sampled_from(["sum", "dot", "prod"]))
    def many(self, some, kind):
        values, naives = [v for v, _ in some], [p for _, p in some]
        if kind == "sum":
            return self.keep(sum_of(values), Naive(0, naives, lambda *xs: (sum(xs), [1] * len(xs))))
        if kind == "dot":
            n = len(some)
            rule = lambda *xs: (sum(x * y for x, y in zip(xs[:n], xs[n:])), xs[n:] + xs[:n])
            return self.keep(dot(values, values[::-1]), Naive(0, naives + naives[::-1], rule))
        others = lambda xs, i: math.prod(xs[:i] + xs[i + 1 :], start=Fraction(1))
        rule = lambda *xs: (math.prod(xs, start=Fraction(1)), [others(xs, i) for i in range(len(xs))])
        return self.keep(prod(values), Naive(0, naives, rule))

    @rule(target=pairs, a=pairs)
    def alias(self, a):
        return a

    @rule(target=pairs, a=pairs, b=pairs)
    def without_recording(self, a, b):
        (v, p), (w, q) = a, b
        with no_grad():
            made = v * w + 1
        assert made.parents == ()
        return self.keep(made, Naive(p.data * q.data + 1))

    @rule(target=tasks, unrecorded=st.booleans())
    def task_begins(self, unrecorded):
        """It inherits what it is made in, and keeps it when its maker has left."""
        with no_grad() if unrecorded else nullcontext():
            return contextvars.copy_context(), [(unrecorded, None)]

    @rule(task=tasks, unrecorded=st.booleans())
    def task_enters(self, task, unrecorded):
        """And is suspended inside."""
        context, modes = task
        mode = no_grad() if unrecorded else recorded()
        context.run(mode.__enter__)
        modes.append((unrecorded, mode))

    @rule(task=tasks)
    def task_leaves(self, task):
        context, modes = task
        if len(modes) > 1:
            context.run(modes.pop()[1].__exit__, None, None, None)

    @rule(target=tasks, task=tasks)
    def task_makes_another(self, task):
        context, modes = task
        return context.run(contextvars.copy_context), [(modes[-1][0], None)]

    @rule(target=pairs, task=tasks, a=pairs, b=pairs)
    def task_computes(self, task, a, b):
        """In its turn, between what others do."""
        (context, modes), (v, p), (w, q) = task, a, b
        made = context.run(lambda: v * w)
        return self.keep(made, Naive(p.data * q.data) if modes[-1][0] else Naive(0, [p, q], lambda x, y: (x * y, (y, x))))

    @rule(task=consumes(tasks))
    def task_ends(self, task):
        """Perhaps inside."""

    @rule(target=pairs, a=pairs)
    def shallow(self, a):
        v, p = a
        return self.keep(copy.copy(v), p.twin(p.operands))

    @rule(target=pairs, a=pairs, how=st.sampled_from(["deepcopy", "pickle"]))
    def deep(self, a, how):
        v, p = a
        return self.keep(copy.deepcopy(v) if how == "deepcopy" else pickle.loads(pickle.dumps(v)), p.copied({}))

    @rule(target=pairs, some=st.lists(pairs, min_size=2, max_size=5), how=st.sampled_from(["deepcopy", "pickle"]))
    def deep_together(self, some, how):
        """Those that share nodes share their copies: one list, in any order, is one graph."""
        memo: dict[int, Naive] = {}
        values = [v for v, _ in some]
        made = copy.deepcopy(values) if how == "deepcopy" else pickle.loads(pickle.dumps(values))
        shared = {id(v) for v in members(*made)}
        assert len(shared) == len(members(*values))
        return [self.keep(v, p.copied(memo)) for v, (_, p) in zip(made, some, strict=True)][-1]

    @rule(a=pairs, x=SMALL)
    def update(self, a, x):
        """A leaf that changes later falsifies no gradient of a graph recorded before."""
        v, p = a
        if p.edges:
            try:
                v.data = x
            except AttributeError:
                return
            raise AssertionError(v)
        v.data = x
        p.changed = p.changed or p.data != x
        p.data = Fraction(x)

    @rule(a=pairs)
    def forward(self, a):
        """In place, what building it anew would give, or raise; nodes that are no part of the graph stay as they are."""
        v, p = a
        try:
            numbers = p.anew()
        except RefusedError:
            with pytest.raises(RefusedError):
                v.forward()
            return
        if not all(short(Fraction(x)) for y, partials in numbers.values() for x in (y, *partials)):
            return
        v.forward()
        for node in p.graph().values():
            if node.rule:
                node.put(*numbers[id(node)])

    @rule(a=pairs, x=SMALL)
    def assign_grad(self, a, x):
        a[0].grad = x
        a[1].grad = Fraction(x)

    @rule(a=pairs, gradient=st.sampled_from([1.0, 1.0, 0.0, -2.0, 0.5]), twice=st.booleans())
    def backward(self, a, gradient, twice):
        v, p = a
        for _ in range(1 + twice):
            v.backward(gradient) if gradient != 1 else v.backward()
            for node in p.graph().values():
                passed = Fraction(gradient) * p.paths_to(node)
                node.grad = passed if node.edges else node.grad + passed

    @rule(a=pairs)
    def zero_grad(self, a):
        a[0].zero_grad()
        for node in a[1].graph().values():
            node.grad = Fraction(0)

    @rule(a=pairs, some=st.lists(pairs, max_size=4))
    def apart(self, a, some):
        """`gradients` touches nothing: the invariant sees to that."""
        y, p = a
        assert gradients(y, [x for x, _ in some]) == [p.paths_to(q) for _, q in some]

    @rule(a=pairs, b=pairs, c=pairs, x=SMALL)
    def second_order(self, a, b, c, x):
        """The slope of x*x*w + x*w*u by x is a graph, 2*x*w + w*u, with derivatives of its own, also by what w comes from."""
        (w, q), (u, r), (v, p) = a, b, c
        graph = {**q.graph(), **r.graph(), **p.graph()}.values()
        passed = [(node, (2 * Fraction(x) + r.data) * q.paths_to(node) + q.data * r.paths_to(node)) for node in graph]
        slope = (2 * Fraction(x) + r.data) * q.data
        if not all(short(number) for number in (slope, q.data * r.data, *[number for _, number in passed])):
            return
        leaf = Value(x)
        try:
            (found,) = gradients(leaf * leaf * w + leaf * w * u, [leaf], graph=True)
        except ValueError:  # the rules run anew, with other numbers than those of the graph
            assert any(node.changed for node in graph)
            return
        assert found.data == slope
        assert gradients(found, [leaf, v]) == [2 * q.data, {id(node): number for node, number in passed}[id(p)]]
        found.backward()
        reached = {**q.graph(), **r.graph()}
        for node, number in passed:
            if id(node) in reached:
                node.grad = number if node.edges else node.grad + number

    @rule(a=pairs, b=pairs)
    def freed_inside(self, a, b):
        """Subgraphs that hang on what lives on are let go, in any order, one of them by two roads."""
        part = a[0] * b[0]
        others = [part * part, part + a[0], dot([part, part, b[0]], [b[0], a[0], part])]
        del part
        others[0].backward(0.0)
        for node in {**a[1].graph(), **b[1].graph()}.values():
            if node.edges:
                node.grad = Fraction(0)
        while others:
            others.pop(0)

    @rule(a=consumes(pairs), collect=st.booleans())
    def forget(self, a, collect):
        self.alive = [pair for pair in self.alive if pair[0] is not a[0]]
        if collect:
            gc.collect()

    @invariant()
    def agree(self):
        for v, p in self.alive:
            assert v.data == p.data
            assert v.grad == p.grad
            assert v.label == p.label
            assert v.partials == tuple(d for _, d in p.edges)
            assert [x.data for x in v.parents] == [q.data for q, _ in p.edges]


Graphs.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestGraphs = Graphs.TestCase
