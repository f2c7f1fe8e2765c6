"""What an error says: the operation, the operands with their labels, and what to write instead."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograd.ops import Operation

SHOWN = 4
"""So many operands of an operation of many are named in a message."""


def spelled(operation: Operation, operands: Sequence[object], named: Callable[[object], str] | None = None) -> str:
    """The operation applied to its operands, as one would write it."""
    names = [(named or _name)(operand) for operand in operands[:SHOWN]] + ["..."] * (len(operands) > SHOWN)
    if _is_infix(operation):
        return f" {operation.symbol} ".join(f"({name})" if name.startswith("-") else name for name in names)
    if operation.name == "neg":
        return f"-({names[0]})" if names[0].startswith("-") else f"-{names[0]}"
    return f"{operation.name}({', '.join(names)})"


def explained(error: Exception, operation: Operation, operands: Sequence[object]) -> Exception:
    """An error of the same type that names the operation, the operands and their labels."""
    from autograd.value import Value, number_of

    labels = [f"{x.label} = {number_of(x)!r}" for x in operands if type(x) is Value and x.label]
    where = f", where {', '.join(labels[:SHOWN])}" if labels else ""
    return type(error)(f"{spelled(operation, operands)}: {_reason(error)}{where}")


def written(operand: object, depth: int = 4) -> str:
    """A Value as the formula that made it, as deep as that."""
    entry = _made_by(operand)
    if entry is None:
        return _name(operand)
    operands = operand.operands  # type: ignore[attr-defined]
    if entry.name == "identity":
        return written(operands[0], depth)
    if depth == 0:
        return "..."

    def part(x: object) -> str:
        text, inner = written(x, depth - 1), _made_by(x)
        return f"({text})" if inner is not None and _is_infix(inner) and text != "..." else text

    if entry.name == "negate":
        return f"~{part(operands[0])}"
    return spelled(entry, operands, part if _is_infix(entry) or entry.name == "neg" else lambda x: written(x, depth - 1))


def _made_by(x: object) -> Operation | None:
    """The operation of a computed Value that has no name."""
    from autograd.value import operation_of

    return operation_of(x) if getattr(x, "op", "") and not x.label else None  # type: ignore[attr-defined,arg-type]


def _is_infix(operation: Operation) -> bool:
    return operation.arity == 2 and not operation.symbol.isidentifier()


def _reason(error: Exception) -> str:
    return str(error.args[-1]) if error.args else type(error).__name__


def _name(operand: object) -> str:
    from autograd.value import Value, number_of

    return str(operand.label or repr(number_of(operand))) if type(operand) is Value else repr(operand)


def not_a_number(operation: Operation | None, operand: object) -> TypeError:
    """The error for an operand that is no real number."""
    kind = type(operand).__name__
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
    }.get(kind, "use a Value, int, float, Fraction or NumPy scalar")
    where = f"{operation.name}: " if operation is not None else ""
    return TypeError(f"{where}{_short(operand)} is a {kind}, not a real number; {advice}")


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


def no_branch(condition: object) -> TypeError:
    """The error for a recorded function that asks whether a condition holds."""
    return TypeError(
        f"a recorded function cannot branch on {condition!r}: its program would go the same way at every point. Write "
        f"where({condition!r}, a, b) for if and else, maximum and minimum for max and min, & | ~ for and, or, not; "
        f"or record(..., freeze=True) to keep the way that the example goes"
    )


def frozen(what: str, v: object = None) -> TypeError:
    """The error for what would make a number of the example a constant of the recorded program."""
    advice = {
        "backward()": "take the derivatives as Values by grad(f), or by gradients(y, xs, graph=True)",
        "gradients()": "say graph=True, or use grad(f)",
        "no_grad()": "write detach(v) for a number through which no gradient passes",
    }.get(what, "compute with the Value itself, or with detach(v) for its number without its gradient")
    name = "" if v is None else f" of {written(v)}"
    return TypeError(
        f"{what}{name} in a recorded function would freeze the numbers of the example: {advice}; "
        f"or record(..., freeze=True) to keep them"
    )


def cut(what: str, v: object) -> TypeError:
    """The error for a copy in a function that is being differentiated, which would not be computed from its inputs."""
    return TypeError(
        f"{what} of {written(v)} in a function that is differentiated would cut it off from the function's arguments, and its "
        f"derivative would be lost: write detach(x) for the number without its gradient, x * 1 for another node"
    )


def closed_over(values: Sequence[object]) -> TypeError:
    """The error for Values that a function to be recorded did not get as arguments."""
    names = [str(v.label or repr(v)) for v in values[:SHOWN]]  # type: ignore[attr-defined]
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return TypeError(
        f"the recorded function closes over {', '.join(names)}{more}: pass what may change as an argument of the function, "
        f"or write .data outside it for a constant"
    )


def beyond(begin: int, rows: int, of: int) -> IndexError:
    """The error for a minibatch of so many rows that begins where not so many are left."""
    return IndexError(f"there are {of} rows, not {rows} from row {begin} on")


def _short(operand: object) -> str:
    text = repr(operand)
    return text if len(text) <= 60 else text[:57] + "..."
