"""What an error says: the operation, the operands with their labels, and what to write instead."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograd.ops import Operation

SHOWN = 4
"""So many operands of an operation of many are named in a message."""


def spelled(operation: Operation, operands: Sequence[object]) -> str:
    """The operation applied to its operands, as one would write it."""
    names = [_name(operand) for operand in operands[:SHOWN]] + ["..."] * (len(operands) > SHOWN)
    if operation.arity == 2 and not operation.symbol.isidentifier():
        return f" {operation.symbol} ".join(f"({name})" if name.startswith("-") else name for name in names)
    if operation.name == "neg":
        return f"-{names[0]}"
    return f"{operation.name}({', '.join(names)})"


def explained(error: Exception, operation: Operation, operands: Sequence[object]) -> Exception:
    """An error of the same type that names the operation, the operands and their labels."""
    labels = [f"{operand.label} = {operand.data!r}" for operand in operands if getattr(operand, "label", "")]  # type: ignore[attr-defined]
    where = f", where {', '.join(labels[:SHOWN])}" if labels else ""
    return type(error)(f"{spelled(operation, operands)}: {_reason(error)}{where}")


def _reason(error: Exception) -> str:
    return str(error.args[-1]) if error.args else type(error).__name__


def _name(operand: object) -> str:
    if not hasattr(operand, "partials"):
        return repr(operand)
    return str(operand.label or repr(operand.data))  # type: ignore[attr-defined]


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
        "NoneType": "did a function forget its return?",
        "Value": "write its .data",
    }.get(kind, "use a Value, int, float, Fraction or NumPy scalar")
    where = f"{operation.name}: " if operation is not None else ""
    return TypeError(f"{where}{_short(operand)} is a {kind}, not a real number; {advice}")


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


def closed_over(values: Sequence[object]) -> TypeError:
    """The error for Values that a function to be recorded did not get as arguments."""
    names = [str(v.label or repr(v)) for v in values[:SHOWN]]  # type: ignore[attr-defined]
    more = f" and {len(values) - SHOWN} more" if len(values) > SHOWN else ""
    return TypeError(
        f"the recorded function closes over {', '.join(names)}{more}: pass what may change as an argument of the function, "
        f"or write .data outside it for a constant"
    )


def _short(operand: object) -> str:
    text = repr(operand)
    return text if len(text) <= 60 else text[:57] + "..."
