"""What the playground asks of Python: run a text, and say what came of it, in words and pictures.

It runs in the worker of the page, in Pyodide, and as well anywhere else. A text is either an expression with its inputs, as the
command `chainrule` takes them, or a program, which finds at hand what `python -m autograd` has at hand.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import io
import json
import keyword
import linecache
import os
import re
import tempfile
import time
import traceback
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import viz
from autograd import Value
from autograd.__main__ import names as at_hand
from autograd.graph import members
from chainrule.common_errors import common_errors
from chainrule.course import Item, Outcome, item, show
from chainrule.course.stage import on_stage
from viz.explanation import Explanation
from viz.expression import evaluate, functions
from viz.page.parts import Page
from viz.shapes import is_network, is_program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = "<playground>"
MOST_TEXT = 200_000
"""So many characters are printed; what follows is dropped."""
MOST_LEAVES = 6
"""So many leaves are explained, at most."""
MOST_PICTURES = 24
LARGE = 2_000
"""A graph of more Values is told as a tape, which is shortened, and not as a tree."""
LARGEST = 20_000
"""A graph of more Values is not drawn unasked: that would take longer than computing it."""
PLAIN = (
    ast.Expression, ast.Module, ast.Expr, ast.Assign, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare,
    ast.List, ast.Tuple, ast.operator, ast.unaryop, ast.cmpop, ast.expr_context,
)  # fmt: skip
"""The syntax of expressions."""


class Unplotted:
    """In place of a plot where there is no matplotlib: it takes whatever is asked of a plot, and shows nothing."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Callable[..., Unplotted]:
        if name.startswith("_") or name in {"encoded", "figure", "partials", "savefig", "svg", "tolist"}:
            raise AttributeError(name)
        return lambda *_, **__: self

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, str]:
        return {"text/plain": self.name}

    def __iter__(self) -> Iterator[Unplotted]:
        return iter((self, self))

    def __getitem__(self, _: object) -> Unplotted:
        return self


class Session:
    """What the last text left: the Value that is stepped through and explained."""

    subject: Value | None = None
    names: ClassVar[dict[str, Any]] = {}
    lang = "en"


class Printed(io.TextIOBase):
    """Hands on what is printed, up to a limit."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.hand_on, self.count = write, 0

    def write(self, text: str) -> int:
        """Hand a text on."""
        if self.count <= MOST_TEXT:
            room = MOST_TEXT - self.count
            self.hand_on(text if len(text) <= room else f"{text[:room]}\n…\n")
        self.count += len(text)
        return len(text)


def prepare() -> None:
    """Let programs go on where there is no matplotlib: plots are places where none is."""
    if importlib.util.find_spec("matplotlib") is None:
        for name in viz.__all__:
            if name.startswith("plot_"):
                setattr(viz, name, lambda *_, name=name, **__: Unplotted(name))


def run(text: str, write: Callable[[str], object], lang: str = "en", item_name: str = "", style: str = "textbook") -> str:
    """Run a text; what it prints goes to `write`. Returns JSON: the pictures, the tree, the error, the seconds."""
    named = Item("", "", {}, {})
    with suppress(ValueError):
        named = item(item_name)
    outcome = Outcome(named, lang)
    Session.subject, Session.names, Session.lang = None, {}, lang
    told: dict[str, Any] = {"pictures": [], "tree": "", "error": None}
    began = time.perf_counter()
    with warnings.catch_warnings(), in_a_folder() as folder, redirect_stdout(Printed(write)) as out, redirect_stderr(out):
        warnings.simplefilter("default")
        warnings.showwarning = lambda message, *_, **__: print(message, file=out)
        try:
            with on_stage(outcome):
                _run(text, outcome)
        except BaseException as raised:  # noqa: BLE001  (a program may raise anything, SystemExit too)
            told["error"] = _told(raised, lang)
        told["seconds"] = time.perf_counter() - began
        try:
            _draw(told, outcome, folder, style)
        except Exception as raised:  # noqa: BLE001  (what it shows may be anything)
            told["error"] = told["error"] or _told(raised, lang)
    told["subject"] = Session.subject is not None
    return json.dumps(told, ensure_ascii=False)


@contextmanager
def in_a_folder() -> Iterator[Path]:
    """A folder of its own for the files that a program saves."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _draw(told: dict[str, Any], outcome: Outcome, folder: Path, style: str) -> None:
    """The pictures that were shown or saved, or else that of the last Value, and its tree."""
    pictures = told["pictures"]
    pictures += [_shown(each, outcome.lang, style) for each in outcome.pictures[:MOST_PICTURES]]
    saved = sorted((each for each in folder.iterdir() if each.suffix in {".svg", ".html"}), key=lambda each: each.stat().st_mtime)
    pictures += [{"kind": each.suffix[1:], "body": each.read_text(encoding="utf-8")} for each in saved[:MOST_PICTURES]]
    if (y := Session.subject) is None:
        return
    if (count := len(members(y))) > LARGEST:
        pictures.append({"kind": "large", "body": f"{count:,}"})
        Session.subject = None
        return
    if not pictures:
        pictures.append(_shown(y, outcome.lang, style))
    told["tree"] = str.__str__(viz.text(y, "tape" if count > LARGE else "tree", names=Session.names, lang=outcome.lang))


def page(style: str = "textbook") -> str:
    """The page that steps through the last Value, as HTML."""
    return str(viz.html(_subject(), style, names=Session.names, lang=Session.lang))


def explanation() -> str:
    """The chain rule path by path, from the leaves of the last Value that have names, or from its first ones."""
    y = _subject()
    leaves = [v for v in members(y) if not v.op and v is not y]
    called = {id(v) for v in Session.names.values() if type(v) is Value}
    chosen = [v for v in leaves if v.label or id(v) in called] or leaves
    told = [str(viz.explain(y, x, names=Session.names, lang=Session.lang, symbols=True)) for x in chosen[:MOST_LEAVES]]
    return "\n\n\n".join(told + [f"… ({len(chosen) - MOST_LEAVES})"] * (len(chosen) > MOST_LEAVES))


def _subject() -> Value:
    if Session.subject is None:
        message = "nothing has been computed yet"
        raise ValueError(message)
    return Session.subject


def _run(text: str, outcome: Outcome) -> None:
    """Run a text as what it is."""
    if expression := as_expression(text):
        numbers, rest = expression
        names: dict[str, Any] = {name: Value(x, label=name) for name, x in numbers.items()}
        y = evaluate(rest, names)
        y.backward()
        Session.subject, Session.names = y, names
        print(f"{y.data!r}")
        for name in numbers:
            print(f"gradient {name}  {names[name].grad!r}")
        return
    given = {**at_hand(), "show": show, "__name__": "__main__", "__builtins__": builtins}
    outcome.names = dict(given)
    try:
        last = _executed(text, outcome.names)
        if _drawable(last):
            show(last)
            if isinstance(last, Explanation):
                print(last)
        elif last is not None:
            print(repr(last))
    finally:
        mine = {name: x for name, x in outcome.names.items() if x is not given.get(name)}
        values = [x for x in [*mine.values(), outcome.names.pop("__last__", None)] if type(x) is Value]
        Session.names = {name: x for name, x in mine.items() if not name.startswith("_")}
        Session.subject = next((x for x in reversed(values) if x.op), values[-1] if values else None)


def as_expression(text: str) -> tuple[dict[str, float], str] | None:
    r"""Numbers by their names and the expression of them, if that is what a text is, and no program.

    >>> as_expression("x = 2  # metres\nx**2 + 1")
    ({'x': 2.0}, 'x**2 + 1')
    >>> as_expression("h = Value(2.0)") is as_expression("print(1)") is None
    True
    """
    numbers: dict[str, float] = {}
    lines: list[str] = []
    for line in text.splitlines():
        written = line.partition("#")[0].strip().rstrip(";")
        name, equals, number = written.partition("=")
        if equals and name.strip().isidentifier() and (x := _number(number)) is not None:
            numbers[name.strip()] = x
        elif written:
            lines.append(written)
    rest = "; ".join(lines)
    if not rest:
        return None
    try:
        parsed = ast.parse(rest.replace("^", "**"))
    except SyntaxError:
        statement = len(lines) > 1 or "=" in rest or keyword.iskeyword(rest.split()[0].rstrip(":"))
        return None if statement else (numbers, rest)
    known, own = functions(), at_hand()
    for node in ast.walk(parsed):
        if not isinstance(node, PLAIN) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return None
        if isinstance(node, ast.Name) and node.id not in {*known, *numbers} and (node.id in own or hasattr(builtins, node.id)):
            return None
    names = {node.id for node in ast.walk(parsed) if isinstance(node, ast.Name)}
    return (numbers, rest) if names else None


def _number(text: str) -> float | None:
    with suppress(ValueError):
        return float(text.strip().replace("_", " "))
    return None


def _executed(text: str, names: dict[str, Any]) -> Any:
    """What a program's last line amounts to, if it is an expression."""
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    program = ast.parse(text, FILE)
    ends = program.body and isinstance(program.body[-1], ast.Expr)
    if ends:
        last: Any = program.body[-1]
        target = ast.Name("__last__", ast.Store(), lineno=last.lineno, col_offset=0, end_lineno=last.lineno, end_col_offset=0)
        program.body[-1] = ast.copy_location(ast.Assign([target], last.value), last)
    exec(compile(program, FILE, "exec"), names)  # noqa: S102  (that is what the page is for)
    return names.get("__last__") if ends else None


def _drawable(x: Any) -> bool:
    if isinstance(x, str):
        return isinstance(x, Page) or x.startswith("<svg ")
    if isinstance(x, (list, tuple)):
        return bool(x) and all(type(each) is Value for each in x)
    return is_network(x) or is_program(x) or any(hasattr(x, name) for name in ("partials", "svg", "_repr_mimebundle_"))


def _shown(x: Any, lang: str, style: str) -> dict[str, str]:
    """A picture for the page: SVG, the HTML of a page, or text."""
    if isinstance(x, Unplotted):
        return {"kind": "plot", "body": x.name}
    if isinstance(x, str):
        return {"kind": {"<!doc": "html", "<svg ": "svg"}.get(x.lstrip()[:5].lower(), "text"), "body": str(x)}
    if hasattr(x, "svg"):
        return {"kind": "svg", "body": x.svg}
    known = type(x) is Value or isinstance(x, (list, tuple)) or is_network(x) or is_program(x)
    if not known and hasattr(x, "_repr_mimebundle_"):  # what a notebook would show
        bundle = x._repr_mimebundle_()
        if "image/svg+xml" in bundle:
            return {"kind": "svg", "body": bundle["image/svg+xml"]}
        return {"kind": "text", "body": bundle["text/plain"]}
    if not _drawable(x):
        return {"kind": "text", "body": repr(x)}
    own: dict[str, Any] = {} if is_network(x) or is_program(x) else {"style": style, "names": Session.names}
    return {"kind": "svg", "body": viz.draw(list(x) if isinstance(x, tuple) else x, lang=lang, **own).svg}


def _told(error: BaseException, lang: str) -> dict[str, Any]:
    """An error as the engine says it, the line, and what is told of errors of its kind."""
    whole = traceback.TracebackException.from_exception(error)
    mine = [frame for frame in whole.stack if frame.filename == FILE]
    line = mine[-1].lineno if mine else None
    if isinstance(error, SyntaxError) and error.filename == FILE:
        line = error.lineno
    unread = isinstance(error, SyntaxError) and not mine
    where = list(whole.format_exception_only())[:-1] if unread else traceback.StackSummary.from_list(mine).format()
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    missing = isinstance(error, ModuleNotFoundError)
    told: dict[str, Any] = {"said": said, "line": line, "where": "".join(where).rstrip(), "missing": missing}
    known = [each for each in common_errors() if re.search(each.known_by, said)]
    if len(known) == 1 and not missing:
        told["advice"] = f"{known[0].title[lang]}\n\n{known[0].why[lang].strip()}\n\n{known[0].instead[lang].strip()}"
    return told
