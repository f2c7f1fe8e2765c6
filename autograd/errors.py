"""What an error says: the operation, the operands with their labels, and what to write instead.

It is told labels, numbers and texts, and knows no other module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Protocol

    class Operation(Protocol):
        """What a message says of an operation."""

        name: str
        symbol: str
        operands: tuple[str, ...]

        @property
        def arity(self) -> int:
            """How many operands it takes; 0 stands for any number."""

        @property
        def infix(self) -> bool:
            """Whether its symbol stands between two operands."""

SHOWN = 4
"""So many operands of an operation of many are named in a message."""


def as_written(operation: Operation, operands: Sequence[Any], text: Callable[[Any], str] = repr) -> str:
    """The operation applied to its operands, as one would write it; `text` says how an operand is written."""
    names = [text(operand) for operand in operands[:SHOWN]] + ["..."] * (len(operands) > SHOWN)
    if operation.infix:
        return f" {operation.symbol} ".join(f"({name})" if name.startswith("-") else name for name in names)
    if operation.name == "neg":
        return f"-({names[0]})" if names[0].startswith("-") else f"-{names[0]}"
    return f"{operation.name}({', '.join(names)})"


def explained(error: Exception, operation: Operation, operands: Sequence[tuple[str, object]]) -> Exception:
    """An error of the same type that names the operation and its operands, each given by its label, if any, and its number."""
    labels = [f"{label} = {number!r}" for label, number in operands if label]
    where = f", where {', '.join(labels[:SHOWN])}" if labels else ""
    return type(error)(f"{as_written(operation, operands, _name)}: {_reason(error)}{where}")


def _name(operand: tuple[str, object]) -> str:
    label, number = operand
    return label or repr(number)


def _reason(error: Exception) -> str:
    return str(error.args[-1]) if error.args else type(error).__name__


def not_a_number(operation: Operation | None, operand: object) -> TypeError:
    """The error for an operand that is no real number."""
    advice = {
        "complex": "only real numbers can be differentiated here: split it into .real and .imag",
        "Decimal": "write float(...) around it",
        "str": "write float(...) around it",
        "list": "apply the operation to each element",
        "tuple": "apply the operation to each element",
        "ndarray": "use an object array of Values, or apply the operation to each element",
        "Condition": "write where(condition, 1.0, 0.0) for a number",
        "NoneType": "did a function forget its return?",
        "Value": "write its .data",
        "RecordedIndex": "pick by it with take(table, i)",
    }.get(type(operand).__name__, "use a Value, int, float, Fraction or NumPy scalar")
    where = f"{operation.name}: " if operation is not None else ""
    return TypeError(f"{where}{shortened(operand)} is {kind_of(operand)}, not a real number; {advice}")


def too_large(operation: Operation | None, operand: object) -> OverflowError:
    """The error for a number beyond the largest float."""
    where = f"{operation.name}: " if operation is not None else ""
    return OverflowError(f"{where}{shortened(operand)} is {kind_of(operand)} beyond the largest float, 1.8e308: scale it before")


def no_sequence(what: str, given: object) -> TypeError:
    """The error for operands that cannot be gone through one by one."""
    return TypeError(f"{what}: {shortened(given)} is {kind_of(given)}, not a sequence of numbers; for a single one write [x]")


def miscounted(operation: Operation, given: int) -> TypeError:
    """The error for another number of operands than the operation takes."""
    name, arity = operation.name, operation.arity
    advice = {
        "log": ": write log(x) / log(base) for another base",
        "maximum": ": write maximum(maximum(a, b), c) for three",
        "minimum": ": write minimum(minimum(a, b), c) for three",
        "hypot": ": write hypot(hypot(a, b), c) for three",
    }.get(name, "")
    takes = f"{name}({', '.join(operation.operands)}) takes {arity} operand{'s' * (arity != 1)}"
    return TypeError(f"{takes}, {given} given{advice if given > arity else ''}")


def no_float(what: str) -> TypeError:
    """The error for a conversion that would silently leave the graph."""
    advice = {
        "float": "write v.data for the number, or autograd's function (autograd.sin(v)) instead of math's to stay in the graph",
        "int": "write int(v.data)",
        "complex": "write complex(v.data)",
        "round": "write round(v.data)",
        "%": "write v.data % ...",
        "//": "write v.data // ...",
        "divmod": "write divmod(v.data, ...)",
        "floor": "write math.floor(v.data)",
        "ceil": "write math.ceil(v.data)",
        "trunc": "write math.trunc(v.data)",
    }[what]
    return TypeError(f"{what} of a Value would lose the graph and its gradient: {advice}")


def by_hand(what: str) -> str:
    """What is said of a node that is made, or a class that is changed, by hand."""
    return (
        f"{what}: a node is made by the operation that computes it, which knows its derivative. Write the operation on Values "
        f"(a * b, a.tanh()), or register one of your own, autograd.op(name, value, partial); what else belongs to a Value is "
        f"kept beside it, such as in a dict by the Value"
    )


def no_branch(condition: str) -> TypeError:
    """The error for a recorded function that asks whether a condition, given as its text, holds."""
    return TypeError(
        f"a recorded function cannot branch on {condition}: its program would go the same way at every point. Write "
        f"where({condition}, a, b) for if and else, maximum and minimum for max and min, & | ~ for and, or, not; "
        f"or record(..., freeze=True) to keep the way that the example goes"
    )


def frozen(what: str, of: str = "") -> TypeError:
    """The error for what would make a number of the example, given as its text, a constant of the recorded program."""
    advice = {
        "_backward()": "take the derivatives as Values by grad(f), or by gradients(y, xs, graph=True)",
        "backward()": "take the derivatives as Values by grad(f), or by gradients(y, xs, graph=True)",
        "gradients()": "say graph=True, or use grad(f)",
        "no_grad()": "write detach(v) for a number through which no gradient passes",
    }.get(what, "compute with the Value itself, or with detach(v) for its number without its gradient")
    name = of and f" of {of}"
    return TypeError(
        f"{what}{name} in a recorded function would freeze the numbers of the example: {advice}; "
        f"or record(..., freeze=True) to keep them"
    )


def old_choice(choice: str, of: str) -> TypeError:
    """The error for a graph that would be computed anew with an old choice, which the node `of`, given as its text, holds."""
    return TypeError(
        f"forward() would keep {choice}, in {of}, as it was when that was computed: write the expression anew, or record it "
        f"(a program chooses at every point); or forward(freeze=True) to keep the choice"
    )


def renewed_inside(of: str) -> TypeError:
    """The error for computing a graph anew, given as its text, while a function is recorded."""
    return TypeError(
        f"forward() of {of} while a function is recorded: the numbers of the example are not the program's, which computes "
        f"every point anew by itself; call it after the recording"
    )


def cut_off(what: str, of: str) -> TypeError:
    """The error for a copy, of what is given as its text, in a function that is being differentiated: it would be cut off."""
    return TypeError(
        f"{what} of {of} in a function that is differentiated would cut it off from the function's arguments, and its "
        f"derivative would be lost: write detach(x) for the number without its gradient, x * 1 for another node"
    )


def closed_over(names: Sequence[str]) -> TypeError:
    """The error for Values, given by their labels or texts, that a function to be recorded did not get as arguments."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return TypeError(
        f"the recorded function closes over {', '.join(names[:SHOWN])}{more}: pass what may change as an argument of the "
        f"function, or write .data outside it for a constant"
    )


def outside_of_step(name: str) -> TypeError:
    """The error for a Value of a recorded step, given by its name, of which something outside of the loop is computed."""
    return TypeError(
        f"the recorded function computes with {name}, but outside of it, where there is not one number for all steps: return it "
        f"as y, or carry it in the state"
    )


def only_picks(what: str, index: str) -> TypeError:
    """The error for what a recorded function does with an index, given as its text, but to pick by it."""
    return TypeError(
        f"{what} of the index {index} in a recorded function: an index is what take(table, {index}) picks by, and may be "
        f"compared (where({index} == 0, a, b)); to compute with it, declare a number instead of autograd.index(...)"
    )


def no_index(place: str, given: object, size: int) -> ValueError:
    """The error for what is no index of so many rows; the place, such as ``row 5: i[2]``, is said."""
    return ValueError(f"{place} is {shortened(given)}, no index of {size} rows: give a whole number from 0 to {size - 1}")


def beyond(begin: int, rows: int, of: int) -> IndexError:
    """The error for a minibatch of so many rows that begins where not so many are left."""
    return IndexError(f"there are {of} rows, not {rows} from row {begin} on")


def running_elsewhere() -> RuntimeError:
    """The error for a call of what was prepared for one thread, and runs in another."""
    return RuntimeError(
        "what `prepared` returned is running in another thread, whose results it would overwrite: prepare one for each thread"
    )


def not_installed(what: str, package: str) -> ModuleNotFoundError:
    """For what needs a package that is not installed: the package itself is named, which can be had wherever one is."""
    return ModuleNotFoundError(f"{what} needs the package {package}: pip install {package}", name=package)


def shortened(operand: object) -> str:
    """What something is written as, if that is not long."""
    try:
        text = repr(operand)
    except ValueError:  # an int of thousands of digits, which Python does not write
        text = object.__repr__(operand)
    return text if len(text) <= 60 else text[:57] + "..."


def kind_of(x: object) -> str:
    """The type of something, with its article."""
    name = type(x).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
