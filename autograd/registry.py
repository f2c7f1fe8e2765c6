"""Operations of one's own: the same door as the table's."""

from __future__ import annotations

import keyword
from _thread import RLock

from autograd import functions, ops, value
from autograd.errors import kind_of
from autograd.functions import FUNCTIONS, publish, withdraw
from autograd.operation import LAST_CODE, define
from autograd.plain import real_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from autograd.operation import Kink, Operation

one_at_a_time = RLock()


def op(
    name: str,
    value_of: Callable[..., Any],
    *partials: Callable[..., Any] | None,
    domain: str | Iterable[str] = (),
    kinks: Iterable[Kink] = (),
    symbol: str = "",
    defaults: tuple[float, ...] = (),
    choice: bool = False,
    doc: str = "a user's operation",
) -> Callable[..., Any]:
    """Register an operation: it has a function (returned), a method, derivatives of every order, errors, a picture, strategies.

    `value_of` takes floats and returns one. Each of `partials` takes the operands and the result ``y`` and gives the partial
    by one operand, or is None for an operand that must be a plain number. Write partials with operators, `where` and autograd's
    functions, and they can be differentiated again; with those of `math` only once. Such a partial is called once, for its
    formula; one that has none is called at each point, and so is `value_of`. `domain`: an interval such as
    ``"(0, inf)"`` for each operand. `kinks`: pairs of a formula that is 0 at the kink and, for each operand, the interval of its
    subgradients there. `choice`: the operation chooses among its operands, so that where a partial is exactly 0 nothing is passed
    on to that operand, also of an infinite gradient (as in `where`, `maximum`, `clip`).

    Raises `ValueError` for a name that is taken or no identifier, `TypeError` where the numbers of operands do not agree,
    `RuntimeError` when about 32,700 have been registered in this process, removed ones too.

    >>> cube = op("cube", lambda x: x * x * x, lambda x, y: 3 * x * x)
    >>> v = value.Value(2.0)
    >>> cube(v).partials, v.cube().data
    ((12.0,), 8.0)
    >>> remove("cube")
    """

    def real_value(*x: float) -> float:
        y = value.run_apart(value_of, *x)
        if isinstance(y, complex):
            message = "the value is complex"
            raise ValueError(message)  # noqa: TRY004  (as math's functions)
        number = real_number(entry, y)
        if number is NotImplemented:
            message = f"{name}: its value at {', '.join(map(repr, x))} is {kind_of(y)}, not a number: {y!r}"
            raise TypeError(message)
        return number  # type: ignore[no-any-return]

    with one_at_a_time:  # a name is free, and a code the next one, for one thread
        _check(name, value_of, partials)
        entry = define(
            name, real_value, *partials, domain=domain, kinks=kinks, symbol=symbol, defaults=defaults, choice=choice, doc=doc,
            call=value.run_apart, author=value_of,
        )  # fmt: skip
        try:
            publish(entry)
        except BaseException:  # such as a lack of memory
            remove(name)
            raise
        return FUNCTIONS[name]


def _check(name: Any, value_of: Any, partials: tuple[Any, ...]) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        message = f"an operation's name is an identifier without leading underscore, not {name!r}"
        raise ValueError(message)
    if name in ops.TABLE or name in ops.INTERNAL or any(hasattr(where, name) for where in (value.Value, value, functions)):
        message = f"the name {name!r} is taken: autograd.registry.remove({name!r}) first, if it is yours"
        raise ValueError(message)
    if len(ops.BY_CODE) > LAST_CODE:
        message = (
            f"{name}: {LAST_CODE - ops.BUILTIN + 1:,} operations of one's own have been registered in this process, more it "
            "cannot tell apart (a removed one keeps its number for the graphs and programs that hold it): register each once, "
            "outside of loops"
        )
        raise RuntimeError(message)
    if not callable(value_of):
        message = f"{name}: the value is a function of the operands, such as lambda x: x * x, not {value_of!r}"
        raise TypeError(message)
    if all(rule is None for rule in partials):
        message = f"{name}: give one partial for each operand, such as lambda x, y: 1 / x"
        raise TypeError(message)
    for rule in partials:
        if rule is not None and not hasattr(rule, "__code__"):
            message = f"{name}: a partial is a lambda or function of the operands and the result y, not {rule!r}"
            raise TypeError(message)
        if rule is not None and rule.__code__.co_argcount != len(partials) + 1:
            wanted = ", ".join(rule.__code__.co_varnames[: rule.__code__.co_argcount])
            n = len(partials)
            message = f"{name}: with {n} partials each takes {n} operands and the result y, not ({wanted})"
            raise TypeError(message)

    operands = next(rule for rule in partials if rule is not None).__code__.co_varnames[: len(partials)]
    if "y" in operands or any(operand.startswith("_") for operand in operands):
        message = f"{name}: operands are named without a leading underscore and not y, which is the result: {operands}"
        raise ValueError(message)


def remove(name: str) -> None:
    """Take back an operation that `op` registered; graphs made with it keep it. `ValueError` for any other."""
    with one_at_a_time:
        entry = ops.TABLE.get(name)
        if entry is None or entry.code < ops.BUILTIN:
            message = f"{name!r} is no operation of a user's"
            raise ValueError(message)
        withdraw(entry)
        del ops.TABLE[name]


def written_name(entry: Operation) -> str:
    """The name by which a file or another process knows an operation. `ValueError` if it is another operation's by now."""
    if ops.TABLE.get(entry.name, entry) is not entry:
        message = (
            f"{entry.name}: the operation that was used here has been removed, and its name is another one's now, which a file "
            "or another process would take for it: compute or record anew with that one"
        )
        raise ValueError(message)
    return entry.name
