"""no_grad, scopes, recordings and IEEE arithmetic belong to the context: of a task, a thread, a `Context.run`."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import math
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from autograd import COMPILED, Value, contexts, detach, no_grad, record, scope, value, where
from autograd.threads import FREE_THREADED


def seen():
    """What is made here: the operation, the scopes, and whether arithmetic is IEEE's."""
    x = Value(2.0)
    y = x * x
    try:
        ieee = math.isinf((x / 0.0).data)
    except ZeroDivisionError:
        ieee = False
    return y.op, y.scope, ieee


CLEAN = ("mul", (), False)
INSIDE = {
    "no_grad": (no_grad, ("", (), False)),
    "scope": (lambda: scope("a"), ("mul", ("a",), False)),
    "ieee": (value.ieee_arithmetic, ("mul", (), True)),
}
each_mode = pytest.mark.parametrize(("mode", "inside"), INSIDE.values(), ids=INSIDE)


async def turns(n=3):
    for _ in range(n):
        await asyncio.sleep(0)


@each_mode
def test_tasks_are_isolated(mode, inside):
    async def within(rounds):
        found = []
        for _ in range(3):
            with mode():
                await turns(rounds)
                found.append(seen())
            await turns(rounds)
            found.append(seen())
        return found

    async def without():
        found = []
        for _ in range(20):
            await asyncio.sleep(0)
            found.append(seen())
        return found

    async def all_of_them():
        return await asyncio.gather(within(1), within(2), without(), within(3))

    first, second, beside, third = asyncio.run(all_of_them())
    assert first == second == third == [inside, CLEAN] * 3
    assert beside == [CLEAN] * 20
    assert seen() == CLEAN


@each_mode
def test_a_task_inherits_what_there_is_when_it_is_made(mode, inside):
    go: list[bool] = []

    async def child():
        found = [seen()]
        while not go:  # noqa: ASYNC110
            await asyncio.sleep(0)
        found.append(seen())
        with mode(), mode():
            await turns()
        found.append(seen())
        return found

    async def parent():
        before = asyncio.create_task(child())
        with mode():
            early = asyncio.create_task(child())
            await turns()
            late = asyncio.create_task(child())  # it begins after we have left
        after = asyncio.create_task(child())
        assert seen() == CLEAN
        await turns()
        go.append(True)
        return [await each for each in (before, early, late, after)]

    assert asyncio.run(parent()) == [[CLEAN] * 3, [inside] * 3, [inside] * 3, [CLEAN] * 3]


@each_mode
def test_a_copied_context_keeps_what_it_was_copied_in(mode, inside):
    other = contextvars.ContextVar("other", default=0)
    with mode():
        kept = contextvars.copy_context()
        kept.run(other.set, 1)  # the copies have tables of their own from here on
        assert kept.run(seen) == seen() == inside
        twin = kept.copy()
    assert (seen(), kept.run(seen), twin.run(seen)) == (CLEAN, inside, inside)
    with mode():
        pass
    assert (seen(), kept.run(seen), twin.run(seen)) == (CLEAN, inside, inside)

    def enter_and_leave():
        with mode():
            pass
        return seen()

    assert kept.run(enter_and_leave) == twin.run(seen) == inside
    assert contextvars.Context().run(enter_and_leave) == seen() == CLEAN


@pytest.mark.parametrize("others", [0, 1, 3, 40])
@each_mode
def test_among_any_number_of_variables(mode, inside, others):
    """Whether a copy is seen must not depend on where in the table of variables ours has its place."""

    def run():
        variables = [contextvars.ContextVar(f"v{i}", default=0) for i in range(others)]
        for each in variables:
            each.set(1)
        for each in [None, *variables]:
            for changed_by_us in (False, True):
                with mode():
                    copy = contextvars.copy_context()
                    if each is not None:
                        (each.set if changed_by_us else functools.partial(copy.run, each.set))(2)
                assert (seen(), copy.run(seen)) == (CLEAN, inside)
                del copy
                with mode():
                    assert seen() == inside
                assert seen() == CLEAN

    contextvars.Context().run(run)


@each_mode
def test_threads(mode, inside):
    async def in_an_executor():
        with mode():
            handed = await asyncio.to_thread(seen)
            not_handed = await asyncio.get_running_loop().run_in_executor(None, seen)
            return handed, not_handed

    assert asyncio.run(in_an_executor()) == (inside, CLEAN)
    with ThreadPoolExecutor(1) as threads:
        with mode():
            assert threads.submit(seen).result() == CLEAN
            assert threads.submit(contextvars.copy_context().run, seen).result() == inside

        def leave_it_entered():
            mode().__enter__()
            return seen()

        assert threads.submit(leave_it_entered).result() == inside
        assert threads.submit(seen).result() == inside  # the thread's own
        assert seen() == CLEAN


def test_a_thread_inside_does_not_change_what_others_record():
    inside, go = threading.Barrier(2), threading.Event()

    def within():
        with no_grad(), scope("theirs"):
            inside.wait()
            go.wait()

    thread = threading.Thread(target=within)
    thread.start()
    inside.wait()
    try:
        assert [seen() for _ in range(3)] == [CLEAN] * 3
        with scope("ours"):
            assert seen() == ("mul", ("ours",), False)
    finally:
        go.set()
        thread.join()
    assert seen() == CLEAN


def test_recordings_are_the_tasks_own():
    recorded, met = [], []

    async def recording():
        def f(x):
            met.append(seen_elsewhere.send(None))  # another one's code, in our context: it is no part of what is recorded
            return where(x > 1, x * x, x)

        recorded.append(record(f, 3.0))
        await asyncio.sleep(0)

    def other():
        while True:
            yield None

    seen_elsewhere = other()

    async def beside():
        for _ in range(5):
            await asyncio.sleep(0)
            x = Value(3.0)
            assert x > 1
            assert float(f"{x:.1f}") == 3.0

    async def all_of_them():
        await asyncio.gather(recording(), beside(), recording())

    asyncio.run(all_of_them())
    assert [program(0.5) for program in recorded] == [0.5, 0.5]


def test_a_recorder_suspended_in_one_task_is_in_no_other():
    from autograd.recording import Recorder

    async def held():
        x = Value(3.0)
        with Recorder([x]):
            condition = x > 1
            await turns()
            with pytest.raises(TypeError, match="cannot branch"):
                bool(condition)
            with pytest.raises(TypeError, match="freeze"):
                _ = x.data
        return x.data

    async def beside():
        x = Value(3.0)
        for _ in range(5):
            await asyncio.sleep(0)
            assert (x > 1) is True
            assert (x.data, detach(x).op) == (3.0, "")
        return "ok"

    async def both():
        return await asyncio.gather(held(), beside())

    assert asyncio.run(both()) == [3.0, "ok"]


# As a decorator.


def test_a_decorated_function():
    @no_grad()
    def square(x, *, times=1):
        """Square it."""
        return x * x * times

    assert square(Value(3.0), times=2).data == 18.0
    assert square(Value(3.0)).op == ""
    assert (square.__name__, square.__doc__, str(inspect.signature(square))) == ("square", "Square it.", "(x, *, times=1)")
    assert seen() == CLEAN

    @no_grad()
    def fails():
        assert seen()[0] == ""
        raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert seen() == CLEAN

    class Model:
        @no_grad()
        def predict(self, x):
            return (x * x).op

        @staticmethod
        @no_grad()
        def still(x) -> str:
            return str((x * x).op)

    assert Model().predict(Value(1.0)) == Model.still(Value(1.0)) == ""


def test_a_decorated_function_may_call_itself():
    @no_grad()
    def deep(n):
        assert seen()[0] == ""
        if n:
            deep(n - 1)
        return seen()[0]

    assert deep(5) == ""
    assert seen() == CLEAN


def test_what_is_no_function_is_not_decorated():
    wrong: Any
    for wrong in (3, int, "f", None):
        with pytest.raises(TypeError, match=r"no_grad\(\) decorates a function, not"):
            no_grad()(wrong)
    with pytest.raises(TypeError, match="write it below @staticmethod"):
        no_grad()(staticmethod(len))  # a type checker has nothing against it
    with pytest.raises(TypeError):
        no_grad(len)  # the parentheses were forgotten


def test_a_decorated_generator_is_inside_only_while_it_runs():
    events = []

    @no_grad()
    def generator(n):
        try:
            for i in range(n):
                try:
                    got = yield i, seen()[0]
                    events.append((got, seen()[0]))
                except KeyError:
                    events.append(("KeyError", seen()[0]))
            return seen()[0]
        finally:
            events.append(("finally", seen()[0]))

    assert inspect.isgeneratorfunction(generator)
    g = generator(3)
    assert next(g) == (0, "")
    assert seen() == CLEAN
    assert g.send("sent") == (1, "")
    assert seen() == CLEAN
    assert g.throw(KeyError) == (2, "")
    assert seen() == CLEAN
    with pytest.raises(StopIteration) as end:
        next(g)
    assert end.value.value == ""
    assert events == [("sent", ""), ("KeyError", ""), (None, ""), ("finally", "")]

    events.clear()
    g = generator(3)
    next(g)
    g.close()
    assert events == [("finally", "")]
    g = generator(3)
    next(g)
    with pytest.raises(ZeroDivisionError):
        g.throw(ZeroDivisionError)
    g = generator(3)
    next(g)
    del g
    gc.collect()
    assert events == [("finally", "")] * 3
    assert seen() == CLEAN


def test_a_generator_of_a_generator():
    @no_grad()
    def inner():
        got = yield seen()[0]
        return got, seen()[0]

    def outer():
        found = yield from inner()
        yield found, seen()[0]

    g = outer()
    assert next(g) == ""
    assert g.send(5) == ((5, ""), "mul")


def test_a_decorated_coroutine_is_inside_only_while_it_runs():
    @no_grad()
    async def evaluate(n):
        found = []
        for _ in range(n):
            found.append(seen()[0])
            await asyncio.sleep(0)
        return found

    async def beside():
        found = []
        for _ in range(6):
            found.append(seen()[0])
            await asyncio.sleep(0)
        return found

    async def main():
        task = asyncio.gather(evaluate(4), beside(), evaluate(2))
        assert seen() == CLEAN
        return await task, await evaluate(1), seen()[0]

    assert inspect.iscoroutinefunction(evaluate)
    assert asyncio.run(main()) == ([[""] * 4, ["mul"] * 6, [""] * 2], [""], "mul")


def test_a_task_that_a_decorated_coroutine_makes_inherits():
    async def child():
        await turns()
        return seen()[0]

    @no_grad()
    async def parent():
        return asyncio.create_task(child())

    async def main():
        return await (await parent()), await asyncio.create_task(child())

    assert asyncio.run(main()) == ("", "mul")


def test_a_decorated_coroutine_that_is_cancelled():
    events = []

    @no_grad()
    async def forever():
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            events.append(seen()[0])
            raise
        finally:
            await asyncio.sleep(0)
            events.append(seen()[0])

    async def main():
        task = asyncio.create_task(forever())
        await turns()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return seen()

    assert asyncio.run(main()) == CLEAN
    assert events == ["", ""]


def test_a_decorated_asynchronous_generator():
    events = []

    @no_grad()
    async def generator(n):
        try:
            for i in range(n):
                await asyncio.sleep(0)
                try:
                    got = yield i, seen()[0]
                    events.append((got, seen()[0]))
                except KeyError:
                    events.append(("KeyError", seen()[0]))
        finally:
            await asyncio.sleep(0)
            events.append(("finally", seen()[0]))

    async def main():
        assert inspect.isasyncgenfunction(generator)
        found = []
        async for each in generator(2):
            found.append((each, seen()[0]))  # noqa: PERF401
        assert found == [((0, ""), "mul"), ((1, ""), "mul")]
        g = generator(3)
        assert await g.__anext__() == (0, "")
        assert await g.asend("sent") == (1, "")
        assert await g.athrow(KeyError) == (2, "")
        assert seen() == CLEAN
        await g.aclose()
        assert seen() == CLEAN
        g = generator(1)
        await g.__anext__()
        with pytest.raises(ZeroDivisionError):
            await g.athrow(ZeroDivisionError)
        return seen()

    assert asyncio.run(main()) == CLEAN
    closed = [(None, ""), (None, ""), ("finally", "")]
    assert events == [*closed, ("sent", ""), ("KeyError", ""), ("finally", ""), ("finally", "")]


def test_a_callable_object_and_a_partial_are_decorated_as_what_they_call():
    class Model:
        async def __call__(self) -> str:
            await asyncio.sleep(0)
            return str(seen()[0])

    async def named(op):
        await asyncio.sleep(0)
        return seen()[0], op

    async def main():
        return await no_grad()(Model())(), await no_grad()(functools.partial(named, "x"))()

    assert asyncio.run(main()) == ("", ("", "x"))


# A bare `with` around a `yield`.


@each_mode
def test_a_bare_with_around_a_yield_acts_on_whoever_resumes(mode, inside):
    def generator():
        with mode():
            yield seen()
        yield seen()

    g = generator()
    assert next(g) == inside
    assert seen() == inside
    assert next(g) == CLEAN
    assert seen() == CLEAN

    g = generator()
    other = contextvars.Context()
    assert other.run(next, g) == inside
    assert seen() == CLEAN
    g.close()  # it leaves what was entered elsewhere: nothing happens here, and there it stays
    assert (seen(), other.run(seen)) == (CLEAN, inside)


# What is left of those who are gone.


@pytest.mark.parametrize("kind", ["threads", "tasks"])
def test_those_who_end_inside_leave_nothing_behind(kind):
    """Neither a mode, nor the number of a scope, nor the price of asking."""
    made = []

    class Marked(no_grad):
        def __init__(self) -> None:
            made.append(weakref.ref(self))

    def end_inside():
        Marked().__enter__()
        scope("a").__enter__()
        return seen()

    if kind == "threads":
        for _ in range(5):
            thread = threading.Thread(target=end_inside)
            thread.start()
            thread.join()
            del thread  # from Python 3.14 on it keeps its context
    else:

        async def task():
            assert end_inside() == ("", ("a",), False)

        async def main():
            await asyncio.gather(*[task() for _ in range(5)])

        asyncio.run(main())
    gc.collect()
    assert [each() for each in made] == [None] * 5
    if not (COMPILED or FREE_THREADED):  # on a free-threaded Python a mode stays counted
        assert contexts.unrecorded == 0
    assert seen() == CLEAN


def test_the_end_of_the_interpreter_inside_a_mode():
    code = """if True:
        from autograd import Value, no_grad, scope
        def inside():
            with no_grad(), scope("a"):
                yield
        kept = inside()
        next(kept)
        print((Value(1.0) * 2).op == "")
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_contexts_and_threads_that_take_turns_at_each_step():
    """What was found last is told anew after each change of thread or context, and after each variable that is set."""
    other: contextvars.ContextVar[int] = contextvars.ContextVar("other")
    places, names = [contextvars.copy_context() for _ in range(5)], "abcde"
    scopes = [scope(name) for name in names]
    for place, each in zip(places, scopes, strict=True):
        place.run(each.__enter__)
    with ThreadPoolExecutor(3) as pool:
        for k in range(200):
            i = k * 7 % 5
            if k % 3 == 0:
                places[i].run(other.set, k)
            assert (places[i].run(seen) if k % 2 else pool.submit(places[i].run, seen).result()) == ("mul", (names[i],), False)
            assert seen() == pool.submit(seen).result() == CLEAN
    for place, each in zip(places, scopes, strict=True):
        place.run(each.__exit__, None, None, None)
        assert place.run(seen) == CLEAN


def test_what_runs_in_a_scope_leaves_it_when_it_raises():
    class Odd:
        def forward(self, x):
            if x == 0:
                raise ZeroDivisionError
            return seen()[1] if x == 1 else scope(f"s{x}").run(self, x - 1)

    assert scope("top").run(Odd(), 3) == ("top", "s3", "s2")
    with pytest.raises(ZeroDivisionError):
        scope("top").run(Odd(), 0)
    with pytest.raises(AttributeError, match="forward"):
        scope("top").run(object(), 0)
    assert seen() == CLEAN


def test_someone_else_moves_our_variable():
    """Libraries that carry contexts from thread to thread set every variable that they find."""

    def move(copy):
        for variable in copy:
            variable.set(copy[variable])

    with no_grad():
        inside = contextvars.copy_context()
    outside = contextvars.copy_context()
    move(inside)
    assert seen() == ("", (), False)
    with scope("a"):
        assert seen() == ("", ("a",), False)
    move(outside)
    assert (seen(), inside.run(seen)) == (CLEAN, ("", (), False))


def test_many_tasks_come_and_go():
    layer = scope("layer")

    async def one(i):
        with layer, scope(f"s{i}"):
            await asyncio.sleep(0)
            y = Value(2.0) * 3
        with no_grad():
            await asyncio.sleep(0)
            assert (y * y).op == ""
        return y.scope

    async def main():
        found = []
        for start in range(0, 2000, 100):
            found += await asyncio.gather(*[one(i) for i in range(start, start + 100)])
        return found

    assert asyncio.run(main()) == [("layer", f"s{i}") for i in range(2000)]
    assert seen() == CLEAN
