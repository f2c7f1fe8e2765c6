"""Writes docs/ops.md from the table of derivatives: python docs/make_ops.py (needs mpmath)."""

from __future__ import annotations

import math
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "tests"))
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))  # the table of this checkout

import oracle  # noqa: E402  (found through the lines above)

from autograd import ops  # noqa: E402
from autograd.trace import trace  # noqa: E402

if TYPE_CHECKING:
    from autograd.operation import Operation
    from autograd.trace import Expression

HEAD = """# The operations

Written by `python docs/make_ops.py` from the table in [autograd/ops.py](../autograd/ops.py): do not edit it here.

A formula is what the engine evaluates, printed by running the table's rule on a symbol; `y` is the operation's own result.
Every formula is itself made of operations of this page, and so can be differentiated again.
`where(c, a, b)` is `a` if `c` holds, else `b`. Constants: {constants}.

**Domain**: where value and derivatives exist and are finite; at a closed end such as `[0` the value
exists and the derivative is infinite.
**Kink**: where the derivative jumps, the derivative that is taken there, and the interval of all subgradients.
**A choice**: where a partial is exactly 0, nothing is passed on to that operand, in any mode and order, even of infinity.

**Error**: the largest distance from the exact result, in units in the last place, over the hard points of `tests/oracle.py`
(subnormal, tiny, huge, near ends of domains, roots, poles and overflow, multiples of pi, and some in between),
rounded up to a half;
where the condition number (the magnification of relative changes of the operands) is 10 or more, divided by it. At most {ulps}.
Not counted: digits lost because an intermediate result is below 2.2e-308, the smallest number of full precision.
**Second**: the same of the second partials, each formula differentiated once more by every operand: here divided by the
condition number where it is above 1, since every intermediate result is rounded as an operand is; at most {second}.
Not counted either: points at which a result or a partial, or that over its operand, is above 1.8e308.
Random points (`pytest --long`): values at a hundred thousand of each operation are within 4, partials at two thousand within 5
(cbrt's up to 4.2, gelu's up to 4.2), second partials within 6; but for gamma, whose value is Python's own: up to 8.
Measured against mpmath with 100 and more digits, derivatives as differences of values; glibc 2.36, x86-64.

Operations are written as operators (`a + b`), functions (`autograd.tanh(x)`) or methods (`x.tanh()`).
"""

CONSTANTS = {
    "log(2)": ops.LN2, "1/log(2)": 1 / ops.LN2, "1/log(10)": 1 / ops.LN10, "2/sqrt(pi)": ops.TWO_OVER_SQRT_PI,
    "sqrt(pi)": ops.SQRT_PI,
    "1/sqrt(2 pi)": ops.ONE_OVER_SQRT_TWO_PI, "1/sqrt(2)": ops.SQRT_HALF,
}  # fmt: skip

FIGURE, SECOND = re.compile(r"(?<=\| )\d+\.\d(?= \| [\d.]* ?\|\n)"), re.compile(r"(?<=\| )\d+\.\d(?= \|\n)")
"""A figure of accuracy, and one of second partials: the last two columns of a row."""

LONG = 110
"""Of a longer formula the deepest parts are left out."""

WRITTEN = {"add": "a + b", "sub": "a - b", "mul": "a * b", "div": "a / b", "pow": "a ** b", "neg": "-x", "abs": "abs(x)",
           "where": "where(condition, a, b)"}  # fmt: skip

GROUPS = ("add", "exp", "sqrt", "sin", "sinh", "gaussian", "normal_cdf", "gamma", "sigmoid", "maximum", "sum")
TITLES = ("Arithmetic", "Exponentials and logarithms", "Roots", "Circular functions", "Hyperbolic functions",
          "The error function",
          "The normal distribution", "The gamma function", "Activations", "Choices", "Of many operands")  # fmt: skip


def text(*, second: bool = True) -> str:
    """The whole page; without the figures of second partials in a tenth of the time."""
    constants = ", ".join(f"{name} = {value!r}" for name, value in CONSTANTS.items())
    parts = [HEAD.format(constants=constants, ulps=4, second=6)]
    titles = dict(zip(GROUPS, TITLES, strict=True))
    for entry in ops.BY_CODE[1 : ops.BUILTIN]:
        if entry is None or entry.name in ops.INTERNAL:
            continue
        if entry.name in titles:
            parts.append(f"## {titles[entry.name]}\n")
        parts.append(section(entry, second=second))
    return "\n".join(parts)


def section(entry: Operation, *, second: bool) -> str:
    """One operation."""
    lines = [f"### {entry.name}\n", f"{spelling(entry)}: {entry.doc}.\n"]
    lines += ["| | formula | error | second |", "|---|---|---|---|"]
    errors = worst(entry.name, second=second)
    names = ["x1", "x2", "x3", "x4"] if entry.many else list(entry.operands)
    lines.append(f"| value | {value(entry)} | {errors['value']} | |")
    for i, name in enumerate(names[:1] if entry.many else names):
        if not entry.many and entry.partials[i] is None:
            lines.append(f"| d/d{name} | none: a plain number | | |")
        else:
            row = f"| d/d{name} | {partial(entry, i, names)} | {errors.get(f'd{i}', '')} | {errors.get(f'd{i}d', '')} |"
            lines.append(row.replace("|  |", "| |"))
    if not entry.many:
        lines += ["", "Domain: " + ", ".join(f"{name} in `{domain.text}`" for name, domain in zip(names, entry.domain,
        strict=True)) + "."]
    lines += [f"Kink {kink(entry, k)}." for k in range(len(entry.kinks))]
    lines += ["A choice."] * entry.choice
    return "\n".join([*lines, ""])


def spelling(entry: Operation) -> str:
    """How it is written in Python."""
    if entry.many:
        return "`autograd.dot(ws, xs, bias)`" if entry.name == "dot" else f"`autograd.{entry.name}(xs)`"
    operands = [*entry.operands]
    for i, default in enumerate(reversed(entry.defaults), 1):
        operands[-i] += f"={default:g}"
    call = f"`autograd.{entry.name}({', '.join(operands)})`"
    written = f"`{WRITTEN[entry.name]}`" if entry.name in WRITTEN else ""
    if entry.name == "where":
        return "`autograd.where(condition, a, b)`; x is the side taken"
    if entry.name in ops.TABLE and entry.symbol != entry.name:
        return written
    return written or f"{call} or `{operands[0]}.{entry.name}({', '.join(operands[1:])})`"


def value(entry: Operation) -> str:
    """The formula of the value, where it has one."""
    if entry.value_formula is not None:
        return f"`{formula(entry.value_formula)}`"
    ours = entry.many or (not entry.c and getattr(entry.value, "__module__", "") == "autograd.special")
    return f"`{entry.name}`, from {'this package' if ours else 'Python'}"


def partial(entry: Operation, i: int, names: list[str]) -> str:
    """The formula of one partial."""
    if entry.many:  # four operands stand for any number
        of_all = trace(lambda *xs: entry.partials[0](list(xs[:-1]), xs[-1])[i], [*names, "y"])  # type: ignore[misc]
        return f"`{formula(of_all)}` of x1 ... x4"
    found = entry.formula(i)
    return f"`{formula(found)}`" if found is not None else "not traceable"


def formula(e: Expression) -> str:
    """The formula with the names of constants, deep parts left out."""
    printed = ""
    for depth in range(20, 0, -1):
        printed = str(shortened(e, depth))
        for name, number in CONSTANTS.items():
            printed = printed.replace(repr(number), f"({name})" if name[0].isdigit() else name)
        if len(printed) <= LONG:
            break
    return printed.replace("134217729", "(2**27 + 1)")


def shortened(e: Expression, depth: int) -> Expression:
    """Without the parts that lie deeper than `depth`."""
    if not e.operands:
        return e
    if depth == 0:
        return type(e)("symbol:...")
    return type(e)(e.name, *[shortened(x, depth - 1) for x in e.operands])


def kink(entry: Operation, k: int) -> str:
    """Where a kink is, what is taken there and what might be."""
    where, intervals = entry.kinks[k]
    told = []
    for i, (name, interval) in enumerate(zip(entry.operands, intervals, strict=True)):
        low, high = (str(trace(end, entry.operands)) if callable(end) else f"{end:g}" for end in interval)
        if low != high:
            told.append(f"d/d{name} = {taken(entry, k, i)} of [{low}, {high}]")
    return f"at `{formula(trace(where, entry.operands))} == 0`: " + ", ".join(told)


def taken(entry: Operation, k: int, i: int) -> str:
    """The partial at a kink, in the words of the operands."""
    at = {"clip": ((1.0, 1.0, 2.0), (2.0, 1.0, 2.0))[k], "leaky_relu": (0.0, 0.25), "hypot": (0.0, 0.0), "copysign": ((0.0,
    1.0), (1.0, 0.0))[k],
          "maximum": (1.0, 1.0), "minimum": (1.0, 1.0)}.get(entry.name, (0.0,))  # fmt: skip
    number = (oracle.apply(entry, at) or (0.0, ()))[1][i]
    return "slope" if entry.name == "leaky_relu" else f"{number:g}"


@cache
def worst(name: str, *, second: bool) -> dict[str, str]:
    """The largest errors, rounded up to a half; of the second partials, of all that one partial has."""
    entry = ops.TABLE[name]
    found = oracle.worst_of_many(entry) if entry.many else {what: miss.error for what, miss in oracle.worst(entry).items()}
    bent = {what: miss.error for what, miss in oracle.worst_second(entry).items()} if second and not entry.many else {}
    for i in oracle.differentiable(entry):
        found[f"d{i}d"] = max([error for what, error in (found | bent).items() if what.startswith(f"d{i}d")], default=0.0)
    return {what: f"{math.ceil(2 * error) / 2:.1f}" for what, error in found.items()}


def manual(page: str) -> str:
    """The module that holds what `help` says of each operation that has no function of its own, from the page."""
    parts = [part.split("\n", 1) for part in re.split(r"^### ", page, flags=re.MULTILINE)[1:]]
    told = {name: helped(part) for name, part in parts if not ops.TABLE[name].many and name not in {"where", "detach"}}
    entries = "".join(f'    "{name}": """{said}""",\n' for name, said in told.items())
    return f"{MANUAL}\nMANUAL = {{\n{entries}}}\n"


MANUAL = '"""What `help` says of each operation: written by docs/make_ops.py from the table, do not edit it here."""\n'


def helped(part: str) -> str:
    """One operation's section as plain text: what it is, its derivatives, domain, kinks, and how large the errors are."""
    part = re.split(r"^## ", part, flags=re.MULTILINE)[0].replace("`", "")
    part = part.replace("A choice.", "A choice: where a derivative is exactly 0, nothing is passed on, not even of infinity.")
    said = part.strip().partition("\n")[0]
    rows = re.findall(r"^\| (value|d/d\w+) \| (.*?) \| ([\d.]*) ?\|", part, re.MULTILINE)
    lines = [said, "", *(f"{what} = {formula}" for what, formula, _ in rows if what != "value")]
    lines += ["y is the result."] if any(re.search(r"\by\b", formula) for what, formula, _ in rows if what != "value") else []
    lines += re.findall(r"^(?:Domain|Kink|A choice).*", part, re.MULTILINE)
    errors = ", ".join(f"{what} {error}" for what, _, error in rows if error)
    return "\n".join([*lines, f"Error in units in the last place: {errors} (docs/ops.md says where)."])


if __name__ == "__main__":
    (HERE / "ops.md").write_text(text(), encoding="utf-8")
    (HERE.parent / "autograd" / "manual.py").write_text(manual((HERE / "ops.md").read_text("utf-8")), encoding="utf-8")
