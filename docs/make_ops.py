"""Writes docs/ops.md and docs/ops.ja.md from the table of derivatives: python docs/make_ops.py (needs mpmath).

Their words stand in ops_words.toml.
"""

from __future__ import annotations

import math
import re
import sys
import tomllib
from dataclasses import dataclass
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

WORDS = tomllib.loads((HERE / "ops_words.toml").read_text(encoding="utf-8"))
PAGES = {"ops.md": "en", "ops.ja.md": "ja"}

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


def text(lang: str = "en", *, second: bool = True) -> str:
    """The whole page; without the figures of second partials in a tenth of the time."""
    constants = ", ".join(f"{name} = {value!r}" for name, value in CONSTANTS.items())
    parts = [WORDS["head"][lang].lstrip().format(constants=constants, ulps=4, second=6)]
    for entry in ops.BY_CODE[1 : ops.BUILTIN]:
        if entry is None or entry.name in ops.INTERNAL:
            continue
        if entry.name in WORDS["title"]:
            parts.append(f"## {WORDS['title'][entry.name][lang]}\n")
        parts.append(Section(entry, lang).text(second=second))
    return "\n".join(parts)


@dataclass
class Section:
    """One operation in one language."""

    entry: Operation
    lang: str

    def say(self, phrase: str, *given: object) -> str:
        """A phrase of the table of words."""
        return WORDS["phrase"][phrase][self.lang].format(*given)  # type: ignore[no-any-return]

    def text(self, *, second: bool) -> str:
        """What it is, its table, its domain and kinks."""
        entry, say = self.entry, self.say
        lines = [f"### {entry.name}\n", say("told", self.spelling(), self.doc()) + "\n"]
        lines += [f"| | {say('columns')} |", "|---|---|---|---|"]
        errors = worst(entry.name, second=second)
        names = ["x1", "x2", "x3", "x4"] if entry.many else list(entry.operands)
        lines.append(f"| {say('value')} | {self.value()} | {errors['value']} | |")
        for i, name in enumerate(names[:1] if entry.many else names):
            if not entry.many and entry.partials[i] is None:
                lines.append(f"| d/d{name} | {say('number')} | | |")
            else:
                row = f"| d/d{name} | {self.partial(i, names)} | {errors.get(f'd{i}', '')} | {errors.get(f'd{i}d', '')} |"
                lines.append(row.replace("|  |", "| |"))
        if not entry.many:
            within = [say("within", name, f"`{domain.text}`") for name, domain in zip(names, entry.domain, strict=True)]
            lines += ["", say("domain", say("comma").join(within))]
        lines += [self.kink(k) for k in range(len(entry.kinks))]
        lines += [say("choice")] * entry.choice
        return "\n".join([*lines, ""])

    def doc(self) -> str:
        """What the operation is."""
        if self.lang == "en":
            return self.entry.doc
        if self.entry.name not in WORDS["operation"]:
            message = f"docs/ops_words.toml has no words for {self.entry.name}: write them under [operation]"
            raise KeyError(message)
        return str(WORDS["operation"][self.entry.name])

    def spelling(self) -> str:
        """How it is written in Python."""
        entry = self.entry
        if entry.many:
            return "`autograd.dot(ws, xs, bias)`" if entry.name == "dot" else f"`autograd.{entry.name}(xs)`"
        operands = [*entry.operands]
        for i, default in enumerate(reversed(entry.defaults), 1):
            operands[-i] += f"={default:g}"
        call = f"`autograd.{entry.name}({', '.join(operands)})`"
        written = f"`{WRITTEN[entry.name]}`" if entry.name in WRITTEN else ""
        if entry.name == "where":
            return self.say("side", "`autograd.where(condition, a, b)`")
        if entry.name in ops.TABLE and entry.symbol != entry.name:
            return written
        return written or self.say("either", call, f"`{operands[0]}.{entry.name}({', '.join(operands[1:])})`")

    def value(self) -> str:
        """The formula of the value, where it has one."""
        entry = self.entry
        if entry.value_formula is not None:
            return f"`{formula(entry.value_formula)}`"
        ours = entry.many or (not entry.c and getattr(entry.value, "__module__", "") == "autograd.special")
        return self.say("ours" if ours else "python", f"`{entry.name}`")

    def partial(self, i: int, names: list[str]) -> str:
        """The formula of one partial."""
        entry = self.entry
        if entry.many:  # four operands stand for any number
            of_all = trace(lambda *xs: entry.partials[0](list(xs[:-1]), xs[-1])[i], [*names, "y"])  # type: ignore[misc]
            return self.say("of_all", f"`{formula(of_all)}`")
        found = entry.formula(i)
        return f"`{formula(found)}`" if found is not None else self.say("unknown")

    def kink(self, k: int) -> str:
        """Where a kink is, what is taken there and what might be."""
        where, intervals = self.entry.kinks[k]
        told = []
        for i, (name, interval) in enumerate(zip(self.entry.operands, intervals, strict=True)):
            low, high = (str(trace(end, self.entry.operands)) if callable(end) else f"{end:g}" for end in interval)
            if low != high:
                told.append(self.say("taken", name, taken(self.entry, k, i), low, high))
        return self.say("kink", f"`{formula(trace(where, self.entry.operands))} == 0`", self.say("comma").join(told))


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
    for name, lang in PAGES.items():
        (HERE / name).write_text(text(lang), encoding="utf-8")
    (HERE.parent / "autograd" / "manual.py").write_text(manual((HERE / "ops.md").read_text("utf-8")), encoding="utf-8")
