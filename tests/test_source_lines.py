"""The line of a program in which a node was made."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import operator
import statistics
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

import autograd
import nn
from autograd import Value, exp, grad, no_grad, record, scope
from autograd.source_lines import line_of, lines


def at(v: Value, text: str) -> bool:
    """Whether a Value was made in the line of this file that holds the text as a comment."""
    place = line_of(v)
    if place is None:
        return False
    return f"# {text}  " in Path(place[0]).read_text(encoding="utf-8").splitlines()[place[1] - 1] + "  "


def test_each_statement_has_its_line() -> None:
    with lines():
        x = Value(2.0)  # a
        y = x * x  # b

        z = exp(y)  # c
    assert at(x, "a")
    assert at(y, "b")
    assert at(z, "c")
    assert line_of(z + 1) is None


def test_a_body_on_the_line_of_its_with() -> None:
    # fmt: off
    with lines(): y = Value(2.0) * 3  # noqa: E701  # a
    # fmt: on
    assert at(y, "a")


def test_functions_and_what_follows_their_return_in_the_same_line() -> None:
    def double(x: Value) -> Value:
        return x * 2  # inner

    with lines():
        x = Value(1.0)
        y = double(x) + 1  # outer
    assert at(y, "outer")
    assert at(y.parents[0], "inner")


def test_loops_comprehensions_and_generators() -> None:
    def powers(x: Value) -> Iterator[Value]:
        y = x
        while True:
            yield y
            y = y * x  # generator

    with lines():
        x = Value(1.5)
        loop = []
        for i in range(3):
            loop.append(x + i)  # loop  # noqa: PERF401
        made = [
            x * w  # comprehension
            for w in range(3)
        ]
        later = autograd.sum(
            x - w  # expression
            for w in range(3)
        )
        steps = powers(x)
        _, first = next(steps), next(steps)
        second = next(steps) + 1  # caller
    assert all(at(v, "loop") for v in loop)
    assert all(at(v, "comprehension") for v in made)
    assert [at(v, "expression") for v in later.parents] == [True] * 3
    assert at(first, "generator")
    assert at(second.parents[0], "generator")
    assert at(second, "caller")


def test_a_generator_goes_on_in_the_middle_of_a_line() -> None:
    def asks(x: Value) -> Iterator[Value]:
        yield (yield x) * x  # asks

    made = asks(Value(2.0))
    with lines():
        next(made)
        y = made.send(Value(3.0))  # type: ignore[attr-defined]
    assert at(y, "asks")


def test_an_expression_over_several_lines_has_the_line_of_its_left_operand() -> None:
    with lines():
        x = Value(2.0)
        y = (
            exp(x)  # first
            * x
            - (
                x + 1  # second
            )
        )
    product, total = y.parents
    assert at(y, "first")
    assert at(product, "first")
    assert at(total, "second")


def test_the_line_is_the_users_whoever_computes() -> None:
    layer = nn.Layer(2, 2, seed=1)
    with lines():
        x = Value(2.0)
        total = functools.reduce(operator.add, [x, x, x])  # reduce
        middle = statistics.fmean([1.0, 2.0]) * x  # library
        (a, _) = layer([x, 1.0])  # module
        d = grad(lambda v: v * v * v)(x)  # derivative
    assert at(total, "reduce")
    assert at(middle, "library")
    assert at(a, "module")
    assert at(d, "derivative")


def test_an_error_leaves_no_wrong_line_behind() -> None:
    def fails(x: Value) -> Value:
        y = x * 2
        raise ValueError(y)

    with lines():
        x = Value(1.0)
        with contextlib.suppress(ValueError):
            fails(x)
        y = x + 1  # after
    assert at(y, "after")


def test_tasks_are_told_apart() -> None:
    async def first(x: Value) -> Value:
        await asyncio.sleep(0)
        y = x * 2  # first
        await asyncio.sleep(0)
        return y

    async def second(x: Value) -> Value:
        await asyncio.sleep(0)
        y = x * 3  # second
        await asyncio.sleep(0)
        return y

    async def both() -> tuple[Value, Value]:
        return await asyncio.gather(first(Value(1.0)), second(Value(1.0)))

    with lines():
        a, b = asyncio.run(both())
    assert at(a, "first")
    assert at(b, "second")


def test_threads_that_take_turns_are_told_apart() -> None:
    def works(mine: threading.Semaphore, other: threading.Semaphore, kind: str, made: list[Value]) -> None:
        x = Value(1.0)
        for _ in range(20):
            mine.acquire()
            if kind == "a":
                made.append(x * 2)  # a
            else:
                made.append(x * 3)  # b
            other.release()

    made: dict[str, list[Value]] = {"a": [], "b": []}
    first, second = threading.Semaphore(1), threading.Semaphore(0)
    with lines():
        threads = [
            threading.Thread(target=works, args=(first, second, "a", made["a"])),
            threading.Thread(target=works, args=(second, first, "b", made["b"])),
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        y = Value(1.0) * 2  # main
    for kind, values in made.items():
        assert all(line_of(v) is None or at(v, kind) for v in values)
    assert any(at(v, "a") for v in made["a"])
    assert at(y, "main")


def test_of_a_line_that_another_thread_interrupts_none_is_told() -> None:
    begun, ready = threading.Event(), threading.Event()
    theirs: list[Value] = []

    def works() -> None:
        x = Value(1.0)
        theirs.append((begun.set(), ready.wait(), x * 3)[2])  # theirs
        theirs.append(x * 4)  # later

    with lines():
        thread = threading.Thread(target=works)
        thread.start()
        begun.wait()
        x = Value(1.0)
        first, _, _, second = x * 2, ready.set(), thread.join(), x * 5  # mine
        third = x * 6  # last
    assert line_of(first) is None or at(first, "mine")
    assert line_of(second) is None
    assert line_of(theirs[0]) is None
    assert at(theirs[1], "later")
    assert at(third, "last")


def test_a_thread_that_outlives_the_context_is_not_followed_on() -> None:
    go, made = threading.Event(), []

    def works() -> None:
        go.wait()
        made.append(Value(1.0) * 2)

    with lines():
        thread = threading.Thread(target=works)
        thread.start()
    go.set()
    thread.join()
    assert line_of(made[0]) is None


def test_the_order_of_creation_may_be_laid_anew() -> None:
    with lines():
        x = Value(1.0)
        kept = []
        for i in range(20000):
            y = x * i  # many
            if i % 1000 == 0:
                kept.append(y + 1)  # few
        last = x + 1  # last
    assert all(at(v, "few") for v in kept)
    assert at(kept[-1].parents[0], "many")
    assert at(last, "last")


def test_other_contexts_change_nothing() -> None:
    with lines(), scope("layer"), no_grad():
        y = Value(1.0) * 2  # a
    with lines():
        z = Value(1.0) * 2  # b
        with lines():
            w = z * 2  # c
        u = w * 2  # d
    assert line_of(y) is None  # the next context began anew
    assert at(z, "b")
    assert at(w, "c")
    assert at(u, "d")


def test_a_function_is_recorded_as_ever() -> None:
    with lines():
        program = record(lambda x: x * x + 1, 2.0)
    assert program(3.0) == 10.0


def test_who_traces_is_there_again_and_no_frame_is_traced_on() -> None:
    seen: list[CodeType] = []

    def tracer(frame, event, arg):
        seen.append(frame.f_code)

    before, of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(tracer)
    try:
        with lines():
            Value(1.0) * 2
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert threading.gettrace() is of_threads
    assert sys._getframe().f_trace is None


def test_a_stack_of_contexts_may_hold_it() -> None:
    def entered(stack: contextlib.ExitStack) -> None:
        stack.enter_context(lines())

    with contextlib.ExitStack() as stack:
        entered(stack)
        y = Value(1.0) * 2  # a
    assert at(y, "a")


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^line_of: a Value belongs here, not 3\.0$"):
        line_of(3.0)  # type: ignore[arg-type]
