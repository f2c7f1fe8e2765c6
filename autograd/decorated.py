"""A function inside a context, as `no_grad` decorates it: entered when it runs, and left when it gives way to others."""

from __future__ import annotations

from functools import partial, update_wrapper
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, isroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
    from contextlib import AbstractContextManager

    Context = AbstractContextManager[Any]
    Resumed = Generator[Any, Any, Any]


def decorated(context: Context, f: Any) -> Any:
    """The function `f` inside `context`, which may be entered any number of times. A generator, a coroutine or an asynchronous
    generator enters it whenever it is resumed and leaves it whenever it yields or waits, so that nobody else is in it meanwhile.

    Raises `TypeError` for what is no function.
    """  # noqa: D205
    if not callable(f) or isinstance(f, (type, staticmethod, classmethod)):
        advice = "; write it below @staticmethod or @classmethod" if isinstance(f, (staticmethod, classmethod)) else ""
        message = f"{type(context).__name__}() decorates a function, not {f!r}{advice}"
        raise TypeError(message)
    runs = f if isroutine(f) or isinstance(f, partial) else f.__call__
    makers = {isasyncgenfunction: _asynchronous_generator, iscoroutinefunction: _coroutine, isgeneratorfunction: _generator}
    make = next((make for is_one, make in makers.items() if is_one(runs)), _function)
    return update_wrapper(make(context, f), f)


def _function(context: Context, f: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any, **named: Any) -> Any:
        with context:
            return f(*args, **named)

    return function


def _generator(context: Context, f: Callable[..., Resumed]) -> Callable[..., Resumed]:
    def generator(*args: Any, **named: Any) -> Resumed:
        return (yield from resumed(context, f(*args, **named)))

    return generator


def _coroutine(context: Context, f: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def coroutine(*args: Any, **named: Any) -> Any:
        return await Waiting(context, f(*args, **named))

    return coroutine


def _asynchronous_generator(context: Context, f: Callable[..., Any]) -> Callable[..., AsyncGenerator[Any, Any]]:
    async def generator(*args: Any, **named: Any) -> AsyncGenerator[Any, Any]:
        inner = f(*args, **named)
        step, given = inner.asend, None
        while True:
            try:
                y = await Waiting(context, step(given))
            except StopAsyncIteration:
                return
            finally:
                step = given = None  # an exception that was thrown in would hold this frame, which holds it
            try:
                given = yield y
                step = inner.asend
            except GeneratorExit:
                await Waiting(context, inner.aclose())
                raise
            except BaseException as error:  # noqa: BLE001  (whatever it is goes on inside)
                step, given = inner.athrow, error

    return generator


class Waiting:
    """What a coroutine waits for, itself inside a context."""

    def __init__(self, context: Context, inner: Any) -> None:
        self.context = context
        self.inner = inner

    def __await__(self) -> Resumed:
        return resumed(self.context, self.inner)


def resumed(context: Context, inner: Any) -> Resumed:
    """A generator, or what is resumed like one, inside a context whenever it runs."""
    step, given = inner.send, None
    while True:
        try:
            with context:
                y = step(given)
        except StopIteration as end:
            return end.value
        finally:
            step = given = None
        try:
            given = yield y
            step = inner.send
        except GeneratorExit:
            with context:
                inner.close()
            raise
        except BaseException as error:  # noqa: BLE001  (whatever it is goes on inside)
            step, given = inner.throw, error
