"""The reference: a page for each subject, with every public name, its signature, docstring and source."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docstrings import markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from listings import Listings

ROOT = Path(__file__).resolve().parent.parent.parent

WHOLE = ("autograd", "autograd.numbers", "autograd.blamed", "nn", "viz", "chainrule.course")
"""Modules of which all that stands in `__all__` is public."""
NAMED = {
    "autograd": ("map", "sum", "abs"),
    "autograd.graph": ("members",),
    "autograd.registry": ("remove",),
    "autograd.formulas": ("Formulas",),
    "autograd.numbers.walk": ("Kind", "interpreted"),
    "autograd.programs.c": ("C", "to_c"),
    "autograd.programs.python": ("to_python",),
    "autograd.strategies": ("Formula", "applied", "expressions", "graphs", "points", "values"),
    "nn.training": ("progress_bar",),
}
"""What else is: names of the guides that are imported from elsewhere, and those that are no part of `import *`."""

DERIVATIVES = (
    "grad", "value_and_grad", "jacobian", "hessian", "jvp", "hvp", "gradients", "check_gradients", "register_structure",
)  # fmt: skip
PROGRAMS = ("record", "Program", "where", "index", "take", "scan", "map", "family")


@dataclass(frozen=True)
class Subject:
    """A page of the reference: its file, its titles, and where what it tells comes from."""

    slug: str
    en: str
    ja: str
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()


SUBJECTS = (
    Subject("value", "Values", "値 Value", (("autograd", ("Value", "no_grad", "scope", "COMPILED")),)),
    Subject("derivatives", "Derivatives of functions", "関数の微分", (("autograd", DERIVATIVES),)),
    Subject(
        "programs",
        "Recorded programs",
        "記録したプログラム",
        (("autograd", PROGRAMS), ("autograd.programs.c", ()), ("autograd.programs.python", ())),
    ),
    Subject("functions", "Functions", "関数", (("autograd", ("op",)), ("autograd.registry", ()))),
    Subject("numbers", "Numbers of other kinds", "ほかの種類の数", (("autograd.numbers", ()), ("autograd.numbers.walk", ()))),
    Subject(
        "tools",
        "Graphs, formulas, faults, random expressions",
        "グラフ、式、原因探し、乱数による試験",
        (("autograd.graph", ()), ("autograd.formulas", ()), ("autograd.blamed", ()), ("autograd.strategies", ())),
    ),
    Subject("layers", "nn: modules and layers", "nn：モジュールと層"),
    Subject("training", "nn: losses, optimisers, training", "nn：損失、最適化、学習", (("nn.training", ()),)),
    Subject("pictures", "viz: pictures and pages", "viz：図とページ"),
    Subject("plots", "viz: plots", "viz：グラフの図"),
    Subject("course", "chainrule.course", "chainrule.course：講義", (("chainrule.course", ()),)),
)
WITHOUT_A_NAME = re.compile(r"<(?:function|bound method|[\w.]+ object)\b.*? at 0x[0-9a-f]+>|<(?:class|built-in)[^>]*>")
"""A default that can only be told by its address."""
LAYERS = ("nn.layers", "nn.module", "nn.sequences", "nn.exchange")


PACKAGES = ("autograd", "nn", "viz", "chainrule")


class MissingError(Exception):
    """Public names that have no docstring, or stand nowhere."""


def public() -> list[tuple[str, str]]:
    """Every public name with its module."""
    found = [(module, name) for module in WHOLE for name in importlib.import_module(module).__all__]
    found += [(module, name) for module, names in NAMED.items() for name in names]
    return sorted(set(found))


def subject_of(module: str, name: str) -> str:
    """On which page a public name stands."""
    for subject in SUBJECTS:
        for origin, names in subject.parts:
            if origin == module and (not names or name in names):
                return subject.slug
    if module == "nn":
        return "layers" if getattr(importlib.import_module(module), name).__module__ in LAYERS else "training"
    if module == "viz":
        return "plots" if name.startswith("plot_") else "pictures"
    if module == "autograd":
        return "functions"
    message = f"{module}.{name} has no page: give it one in docs/site/reference.py"
    raise MissingError(message)


@cache
def tree_of(module: str) -> ast.Module:
    """A module, parsed."""
    return ast.parse((ROOT / path_of(module)).read_text(encoding="utf-8"))


def path_of(module: str) -> str:
    """The file of a module, from the project's root."""
    path = ROOT / module.replace(".", "/")
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).relative_to(ROOT).as_posix()


@cache
def stubs() -> dict[str, str]:
    """The signatures in the stubs of what is compiled, by qualified name: those that a type checker sees."""
    tree = ast.parse((ROOT / "autograd" / "value.pyi").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for each in node.body:
                if isinstance(each, ast.FunctionDef) and not each.decorator_list:
                    found.setdefault(f"{node.name}.{each.name}", signature_of(each))
    return found


def signature_of(node: ast.FunctionDef) -> str:
    """The signature of a method of a stub."""
    arguments = ast.unparse(node.args).removeprefix("self, ").removeprefix("self")
    returned = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    return f"({arguments}){returned}"


@dataclass(eq=False)
class Entry:
    """One public name."""

    module: str
    name: str
    members: list[Entry] = field(default_factory=list)
    owner: type | None = None

    @property
    def full(self) -> str:
        """Its whole name."""
        return f"{self.module}.{self.name}"

    @cached_property
    def held(self) -> Any:
        """What the name stands for."""
        if self.owner is not None:
            return self.owner.__dict__.get(self.name.rpartition(".")[2])
        return getattr(importlib.import_module(self.module), self.name)

    @property
    def bare(self) -> Any:
        """A function without what stands around it in its class."""
        held = self.held
        if isinstance(held, property | cached_property):
            return held.fget if isinstance(held, property) else held.func
        held = getattr(held, "__func__", held)
        return inspect.unwrap(held) if callable(held) else held

    @property
    def kind(self) -> str:
        """The directive that tells it."""
        if self.owner is not None:
            if isinstance(self.held, property | cached_property):
                return "py:property"
            kind = {classmethod: "py:classmethod", staticmethod: "py:staticmethod"}.get(type(self.held), "py:method")
            return kind if inspect.isroutine(self.bare) else "py:attribute"
        if inspect.isclass(self.held):
            return "py:class"
        return "py:function" if callable(self.held) else "py:data"

    @property
    def signature(self) -> str:
        """Its parameters with types and defaults, and what is returned."""
        if self.kind in {"py:property", "py:attribute", "py:data"}:
            return ""
        if self.name in stubs():
            return stubs()[self.name]
        if f"{self.name}.__init__" in stubs():
            return stubs()[f"{self.name}.__init__"].removesuffix(" -> None")
        row = table_entry(self)
        if row is not None:
            return row
        try:
            found = inspect.signature(self.bare if self.owner is not None else self.held)
        except (TypeError, ValueError):
            return "(...)"
        parameters = list(found.parameters.values())
        if self.owner is not None and not isinstance(self.held, staticmethod):
            parameters = parameters[1:]
        text = str(found.replace(parameters=parameters))
        text = re.sub(r": '([^']*)'", r": \1", text)
        text = re.sub(r"-> '([^']*)'", r"-> \1", text)
        text = re.sub(r"ForwardRef\('([^']*)'\)", r"\1", text)
        text = WITHOUT_A_NAME.sub("...", text)
        return text.removesuffix(" -> None") if inspect.isclass(self.held) else text

    @property
    def docstring(self) -> str:
        """What it says of itself: of data the string under its definition."""
        if self.kind in {"py:data", "py:attribute"}:
            return told_below(self)
        return (inspect.getdoc(self.held) if self.owner is None else inspect.getdoc(self.bare) or inspect.getdoc(self.held)) or ""

    def place(self) -> tuple[str, int | None]:
        """The file in which it is written, and the line."""
        if table_entry(self) is not None:
            path, word = "autograd/ops.py", re.compile(rf'define\("{self.name}",')
            lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
            return path, next((i for i, line in enumerate(lines, 1) if word.search(line)), None)
        try:
            file = Path(inspect.getsourcefile(self.bare) or "")
            return file.resolve().relative_to(ROOT).as_posix(), inspect.getsourcelines(self.bare)[1]
        except (TypeError, OSError, ValueError):
            return path_of(self.owner.__module__ if self.owner else self.module), None


def table_entry(entry: Entry) -> str | None:
    """The signature of a function that the table of derivatives made."""
    from autograd import functions, ops

    row = ops.TABLE.get(entry.name)
    if row is None or entry.module != "autograd" or row.many or entry.name in {"where", "detach", "index", "take"}:
        return None
    if entry.name not in functions.FUNCTIONS:
        return None
    operands = [*row.operands]
    for i, default in enumerate(reversed(row.defaults), 1):
        operands[-i] += f"={default:g}"
    return f"({', '.join(operands)})"


def told_below(entry: Entry) -> str:
    """The string that stands under the assignment of a name, in its module or class."""
    if entry.full in DATA:
        return DATA[entry.full]
    found = ""
    for module in [entry.owner.__module__ if entry.owner else entry.module]:
        body: list[ast.stmt] = tree_of(module).body
        if entry.owner is not None:
            body = [x for each in body if isinstance(each, ast.ClassDef) and each.name == entry.owner.__name__ for x in each.body]
        for node, below in pairwise(body):
            targets = [getattr(node, "target", None), *getattr(node, "targets", [])]
            named = any(isinstance(each, ast.Name) and each.id == entry.name.rpartition(".")[2] for each in targets)
            text = below.value.value if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) else None
            if named and isinstance(text, str):
                found = found or text
    return found


DATA = {
    "autograd.COMPILED": "Whether the compiled engine runs; the same source runs uncompiled too, with the same bits.",
    "chainrule.course.CHAPTERS": "The letters of the chapters, one for each lecture.",
}
"""What is said of data, which has no docstring."""


def members_of(entry: Entry) -> Iterator[Entry]:
    """The public attributes of a class that are its own or of a base that is not public, each once."""
    known = {getattr(importlib.import_module(module), name, None) for module, name in public()}
    seen = set()
    for base in entry.held.__mro__:
        if (base is not entry.held and base in known) or base.__module__.partition(".")[0] not in PACKAGES:
            continue
        fields = [each.name for each in dataclasses.fields(base)] if dataclasses.is_dataclass(base) else []
        for name in [*fields, *base.__dict__]:
            if name.startswith("_") or name in seen:
                continue
            seen.add(name)
            found = Entry(entry.module, f"{entry.name}.{name}", owner=base)
            if found.kind != "py:attribute" or found.docstring:
                yield found


@cache
def entries() -> dict[str, list[Entry]]:
    """All that is told, by subject, in the order in which it is."""
    found: dict[str, list[Entry]] = {subject.slug: [] for subject in SUBJECTS}
    for module, name in public():
        entry = Entry(module, name)
        if inspect.isclass(entry.held):
            entry.members = list(members_of(entry))
        found[subject_of(module, name)].append(entry)
    for subject in SUBJECTS:
        order = [f"{module}.{name}" for module, names in subject.parts for name in names]
        modules = [module for module, _ in subject.parts]
        found[subject.slug] = [each for _, each in sorted((rank(each, order, modules), each) for each in found[subject.slug])]
    wanting = [each.full for each in everything(found) if not each.docstring.strip()]
    if wanting:
        message = f"no docstring: {', '.join(wanting)}"
        raise MissingError(message)
    return found


def rank(entry: Entry, order: list[str], modules: list[str]) -> tuple[int, int, str, str]:
    """Where on its page an entry stands: as the subject lists it, else by module and name."""
    return (
        order.index(entry.full) if entry.full in order else len(order),
        modules.index(entry.module) if entry.module in modules else -1,
        entry.name.lower(),
        entry.name,
    )


def everything(found: dict[str, list[Entry]]) -> Iterator[Entry]:
    """Every entry, and every member of each."""
    for each in found.values():
        for entry in each:
            yield entry
            yield from entry.members


class Reference:
    """Writes the pages in one language."""

    def __init__(self, lang: str, listings: Listings) -> None:
        self.lang, self.listings = lang, listings
        self.known = {each.full: each for each in everything(entries())}

    def say(self, words: str) -> str:
        """A phrase of the frame in the language."""
        return PHRASES[words][self.lang]

    def linker(self, entry: Entry) -> Callable[[str], str | None]:
        """What of a docstring's code leads where: other public names, whole, or bare ones of its module and class."""
        own = set(re.findall(r"\w+", entry.signature)) | {entry.name.rpartition(".")[2]}
        near = [entry.module, entry.module.partition(".")[0]]
        if entry.owner is not None or entry.members:
            near.insert(0, f"{entry.module}.{entry.name.partition('.')[0]}")

        def link(code: str) -> str | None:
            name = code.removesuffix("()")
            if not re.fullmatch(r"[A-Za-z_][\w.]*", name) or (name in own and name == code):
                return None
            if name in self.known:
                return name
            whole = [f"{base}.{name}" for base in near]
            return next((each for each in whole if each in self.known and each != entry.full), None)

        return link

    def pages(self) -> dict[str, str]:
        """The text of each page by its name."""
        listed = "\n".join(["```{toctree}", ":hidden:", "", *(subject.slug for subject in SUBJECTS), "command", "```"])
        parts = [f"# {self.say('title')}", self.say("told"), listed]
        for subject in SUBJECTS:
            names = " · ".join(f"{{py:obj}}`{each.name} <{each.full}>`" for each in entries()[subject.slug])
            parts += [f"## [{getattr(subject, self.lang)}]({subject.slug}.md)", names]
        parts.append(f"## [{self.say('command')}](command.md)")
        found = {"reference/index.md": "\n\n".join(parts) + "\n", "reference/command.md": self.command()}
        for subject in SUBJECTS:
            parts = [f"# {getattr(subject, self.lang)}"]
            if self.lang != "en":
                parts.append(self.say("english"))
            parts += [self.text(each, f"reference/{subject.slug}.html") for each in entries()[subject.slug]]
            found[f"reference/{subject.slug}.md"] = "\n\n".join(parts) + "\n"
        return found

    def command(self) -> str:
        """The command line, in its own words."""
        parts = [f"# {self.say('command')}", *([self.say("english")] if self.lang != "en" else [])]
        for name in COMMANDS:
            words = [sys.executable, "-m", "chainrule", *name, "--help"]
            plain = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "CHAINRULE_LANG": "en"}
            helped = subprocess.run(words, cwd=ROOT, env=plain, capture_output=True, text=True, check=True)  # noqa: S603  (our own)
            parts += [f"## chainrule {' '.join(name)}".rstrip(), f"```text\n{helped.stdout.strip()}\n```"]
        return "\n\n".join(parts) + "\n"

    def text(self, entry: Entry, page: str) -> str:
        """One entry with its members, as a directive of Sphinx's."""
        functions = {each: f"autograd.{each.name.partition('.')[2]}" for each in entry.members if entry.name == "Value"}
        brief = [each for each, full in functions.items() if full in self.known and each.docstring.startswith("autograd.")]
        parts = [self.body(entry, page)]
        for each in entry.members:
            if each in brief:
                parts.append(self.directive(each, "", 6).replace("\n\n", "\n:no-typesetting:\n"))
            else:
                parts.append(self.directive(each, self.body(each, page), 6))
        if brief:
            names = ", ".join(f"{{py:obj}}`{functions[each].partition('.')[2]} <{functions[each]}>`" for each in brief)
            parts.append(f"{self.say('methods')} {names}.")
        return self.directive(entry, "\n\n".join(parts), 8)

    def directive(self, entry: Entry, body: str, fence: int) -> str:
        """A directive around what is told."""
        signature = " ".join(entry.signature.split())
        return f"{'`' * fence}{{{entry.kind}}} {entry.name}{signature}\n:module: {entry.module}\n\n{body}\n{'`' * fence}"

    def body(self, entry: Entry, page: str) -> str:
        """Its docstring, and what leads to its source and, of an operation, to its plot."""
        if entry.kind in {"py:property", "py:attribute"}:
            return markdown(entry.docstring, self.linker(entry))
        path, line = entry.place()
        up = "" if self.lang == "en" else f"{self.lang}/"
        href = self.listings.link(path, up + page, line)
        more = f'<a class="source" href="{href}">{self.say("source")}</a>'
        if entry.owner is None and table_entry(entry) is not None and f"### {entry.name}\n" in OPERATIONS:
            more += f' <a class="source" href="../ops.html#{entry.name.replace("_", "-")}">{self.say("plot")}</a>'
        return f"{markdown(entry.docstring, self.linker(entry))}\n\n{more}"


OPERATIONS = (ROOT / "docs" / "ops.md").read_text(encoding="utf-8")
COMMANDS = ((), ("course",), ("errors",))
"""The commands of `chainrule`: an expression, and the others by their names."""
PHRASES = {
    "command": {"en": "The command line", "ja": "コマンド ライン"},
    "title": {"en": "Reference", "ja": "リファレンス"},
    "told": {
        "en": "Every public name, from the docstrings; the examples in them run as tests.",
        "ja": "公開の名前のすべて。説明はソースの docstring のままの英語である。例はテストとして実行している。",
    },
    "english": {"en": "", "ja": "説明はソースの docstring のままの英語である。"},
    "source": {"en": "source", "ja": "ソース"},
    "plot": {"en": "formula and plot", "ja": "式とグラフ"},
    "methods": {
        "en": "Each of these functions is a method too, `x.sin()` for `sin(x)`:",
        "ja": "次の関数はメソッドでもある (`sin(x)` は `x.sin()`):",
    },
}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    print("\n".join(each.full for each in everything(entries())))
