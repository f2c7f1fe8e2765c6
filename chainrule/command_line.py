"""The command line: an expression, its value, the gradient by each input, and the picture."""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
import warnings
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

from autograd import __version__
from autograd.files import write_whole
from autograd.threads import FREE_THREADED
from autograd.value import COMPILED, Value
from chainrule.whole import said
from viz.drawing import DOT_OF_GRAPHS, MOTIONS, SUFFIXES, TEXT_OF_GRAPHS, TEXTS, drawing, known_suffix, save_steps, text_file
from viz.expression import ExpressionError, Namespace, evaluate, identifier, normalised
from viz.graph.draft import STYLES
from viz.language import LANGUAGES, say, speaking
from viz.outline import outline
from viz.shapes import DIRECTIONS, THEMES, LayoutError, Look, TooLargeError
from viz.words import columns, cut, left, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

EXAMPLES = """\
examples:
  chainrule "(sin(x) * x)**2 + x" x=1.5 -o graph.svg
  chainrule "price * count * tax" price=100 count=2 tax=1.1
  chainrule "リンゴの値段 * 個数 * 消費税" リンゴの値段=100 個数=2 消費税=1.1 -o apples.svg
  chainrule "1 / (1 + exp(-x))" x=2 -o steps.html
  chainrule "1 / (1 + exp(-x))" x=2 -o step-{:02}.svg --at-step all
  chainrule "h = x*y; h**2 + h" x=2 y=1/3 --backward-from h
  chainrule "1 / (1 + exp(-x))" x=2 --json
  chainrule course
  chainrule errors
  chainrule "a*b - c/b" a=2 b=3 c=4 -o heat.svg --heat --partials --direction TB
  chainrule "-log(sigmoid(dot([w1, w2], [1, 2], b)))" w1=.5 w2=-1 b=0 -o - --style record > loss.svg

An expression holds numbers, names, + - * / **, the functions of autograd, and comparisons inside where(...).
Sub-results are named before a semicolon. Names may be any identifiers; pi, e, inf and nan are known.
Exit status: 0 done, 1 an error in the mathematics or in drawing, 2 an error in what was written,
141 nobody reads what is printed."""
DIGITS = 12
"""So many significant digits are printed; the picture's tooltips have all."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    >>> main(["price * count", "price=100", "count=2"])  # doctest: +SKIP
    value           200
    gradient price  2
    gradient count  100
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a name that the terminal cannot show is no reason to fail
    try:
        status = _status(list(sys.argv[1:] if argv is None else argv))
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BrokenPipeError:  # as of ... | head -1
        status = 141
        _discard()
    except OSError as error:  # such as a full disk
        _discard()
        status = _fail(error, 1)
    return status


def _status(words: list[str]) -> int:
    try:
        if words[:1] == ["course"]:
            from chainrule.course import command

            return command.main(words[1:])
        if words[:1] == ["errors"]:
            from chainrule import common_errors

            return common_errors.main(words[1:])
        parser = _parser()
        options = parser.parse_args(_arranged(words))
        if options.expression is None:
            parser.error("an expression is missing, such as 'sin(x) * x'; chainrule course lists the lectures' items")
        return _run(options)
    except SystemExit as stop:  # argparse has said why
        return stop.code if isinstance(stop.code, int) else 2
    except ExpressionError as error:
        return _fail(error, 2)
    except BrokenPipeError:
        raise
    except (ArithmeticError, ValueError, TypeError, LayoutError, OSError, ModuleNotFoundError) as error:
        return _fail(error, 1)


def _run(options: argparse.Namespace) -> int:
    suffix = ".svg" if options.output == "-" else _suffix(options)
    _refuse_unseen(options, suffix)
    inputs = _inputs(options.values)
    names: Namespace = dict(inputs)
    result = evaluate(options.expression, names)
    start_name = None if options.backward_from is None else identifier(options.backward_from)
    start = _start(start_name, names, result)
    start.backward()
    if sys.stdout is None and options.output in {None, "-"}:
        message = "standard output is closed"
        raise OSError(message)
    told: TextIO | None = sys.stderr if options.output == "-" else sys.stdout
    if not COMPILED and not said and not FREE_THREADED:
        _say("chainrule: the engine runs uncompiled, which is slower; installing with a C compiler compiles it", sys.stderr)
    report = _json if options.json else _report
    with speaking(getattr(options, "lang", None)):
        _say(report(result, start, inputs, start_name), told)
    if options.output is None and not options.json:
        _say(f"\n{outline(result, lang=getattr(options, 'lang', None))!s}", sys.stdout)
    if options.output is None:
        return 0
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: _say(f"chainrule: {message}", sys.stderr)
        _draw(result, suffix, start, options)
    return 0


def _draw(result: Value, suffix: str, start: Value, options: argparse.Namespace) -> None:
    """Write the picture, or all of them."""
    chosen = _chosen(options)
    if "at_step" in chosen and start is not result:
        message = "--at-step shows the pass that begins at the result: leave out --backward-from"
        raise ExpressionError(message)
    if chosen.get("at_step") == "all" and options.output != "-":
        save_steps(result, options.output, **chosen)
        return
    drawn = _drawn(result, suffix, start, chosen)
    if options.output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(drawn)
    else:
        write_whole(options.output, drawn)


def _drawn(result: Value, suffix: str, start: Value, chosen: dict[str, Any]) -> bytes:
    """The file of this format."""
    if suffix in TEXTS:
        return text_file(result, suffix, **chosen)
    if suffix == ".html":
        from viz.page.page import page_of

        return page_of(result, **chosen, backward_from=start).encode()
    return drawing(result, Look(**chosen)).encoded(suffix)


def _chosen(options: argparse.Namespace) -> dict[str, Any]:
    """The options of `viz.draw` that are given."""
    return {each.name: getattr(options, each.name) for each in fields(Look) if each.name in options}


def _refuse_unseen(options: argparse.Namespace, suffix: str) -> None:
    """`ExpressionError` for options of which nothing is seen in what is printed, or written as text."""
    if suffix and suffix not in TEXTS:
        return
    printed = "JSON" if options.json else "the tree that is printed without -o"
    takes = DOT_OF_GRAPHS if suffix == ".dot" else () if options.json and not suffix else TEXT_OF_GRAPHS
    flags = [(words[-1], _field(words, settings), settings) for words, settings in OPTIONS.items()]
    given = {name: x for name, x in _chosen(options).items() if name not in takes}
    if wrong := [flag for flag, name, settings in flags if name in given and _sets(settings, given[name])]:
        taken = ", ".join(flag for flag, name, _ in flags if name in takes) or "none of them"
        here = f"{suffix or printed}, which takes {taken}"
        message = f"{', '.join(wrong)}: shown by a picture, such as -o graph.svg, and not by {here}"
        raise ExpressionError(message)


def _field(words: tuple[str, ...], settings: dict[str, Any]) -> str:
    """What an option is called where it is kept, as argparse has it."""
    return str(settings.get("dest", words[-1].lstrip("-").replace("-", "_")))


def _sets(settings: dict[str, Any], given: object) -> bool:
    """Whether an option, of several that are kept in one place, can have put this there."""
    return bool(settings.get("const", False if settings.get("action") == "store_false" else given) == given)


def _depth(word: str) -> int | str | None:
    """What ``--collapse`` takes."""
    if word in {"auto", "none"}:
        return None if word == "none" else word
    if not word.isdecimal():
        message = f"a depth such as 1, auto or none, not {word!r}"
        raise argparse.ArgumentTypeError(message)
    return int(word)


def _step(word: str) -> int | str:
    """What ``--at-step`` takes."""
    if word != "all" and not word.isdecimal():
        message = f"the number of a step, or all, not {word!r}"
        raise argparse.ArgumentTypeError(message)
    return word if word == "all" else int(word)


def _rate(word: str) -> float | dict[str, float]:
    """What ``--rate`` takes: 0.5, or w=0.5,b=1/3."""
    try:
        if "=" not in word:
            return evaluate(word, {}).data
        pairs = [(identifier(name), rate) for name, _, rate in (each.partition("=") for each in word.split(","))]
        if len(dict(pairs)) < len(pairs):
            message = f"a rate for each leaf once, not {word!r}"
            raise argparse.ArgumentTypeError(message)
        return {name: evaluate(rate, {}).data for name, rate in pairs}
    except (ExpressionError, ArithmeticError) as error:
        message = f"a rate such as 0.5, or w=0.5,b=0.5: {error}"
        raise argparse.ArgumentTypeError(message) from None


def _report(result: Value, start: Value, inputs: dict[str, Value], backward_from: str | None) -> str:
    """The value, that of the sub-result that backward starts from, and the gradient by each input."""
    lines = [(say("value"), result.data)]
    if backward_from:
        lines.append((say("value {}", printable(backward_from)), start.data))
    by = "gradient of {} by {}" if backward_from else "gradient {}"
    of = [printable(backward_from)] if backward_from else []
    lines += [(say(by, *of, printable(name)), v.grad) for name, v in inputs.items()]
    width = max(columns(what) for what, _ in lines)
    return "\n".join(f"{left(what, width)}  {x:.{DIGITS}g}" for what, x in lines)


def _json(result: Value, start: Value, inputs: dict[str, Value], backward_from: str | None) -> str:
    """The same for programs: all digits, and infinities and nan as texts, for which JSON has no numbers."""
    told: dict[str, Any] = {"value": _in_json(result.data)}
    if backward_from:
        told["backward_from"] = {"name": backward_from, "value": _in_json(start.data)}
    told["gradients"] = {name: _in_json(v.grad) for name, v in inputs.items()}
    return json.dumps(told, ensure_ascii=False)


def _in_json(x: float) -> float | str:
    return x if math.isfinite(x) else str(x)


def _inputs(words: Sequence[str]) -> dict[str, Value]:
    """The named inputs; each value is an expression of numbers."""
    inputs: dict[str, Value] = {}
    for word in words:
        name, equals, value = normalised(word).partition("=")
        if not equals:
            shown = cut(printable(word))
            message = f"{shown!r}: after the expression come inputs, such as x=1.5 (quote an expression that has spaces)"
            raise ExpressionError(message)
        name = identifier(name)
        short = cut(printable(name))
        if name in inputs:
            message = f"{short} is given twice"
            raise ExpressionError(message)
        try:
            named: Namespace = {}
            inputs[name] = Value(evaluate(value, named).data, label=name)
        except ExpressionError as error:
            message = f"{short}={cut(printable(value))}: {error} (the value of an input is an expression of numbers)"
            raise ExpressionError(message) from None
        if named:
            message = f"{short}={cut(printable(value))}: the value of an input is one number, and names no other"
            raise ExpressionError(message)
    return inputs


def _start(name: str | None, names: Namespace, result: Value) -> Value:
    """Where backward starts: the result, or a sub-result by its name."""
    if name is None:
        return result
    found = names.get(name)
    if type(found) is Value:
        return found
    known = ", ".join(cut(printable(key)) for key, x in names.items() if type(x) is Value) or "none"
    message = f"--backward-from {cut(printable(name))}: there is no such value; known are: {known}. Name one so: 'h = x*y; h + x'"
    raise ExpressionError(message)


def _suffix(options: argparse.Namespace) -> str:
    """The format of the output file, known before anything is computed."""
    if options.output is None:
        return ""
    suffix = Path(options.output).suffix
    try:
        return suffix if suffix.lower() in MOTIONS and "at_step" in options else known_suffix(suffix)
    except ValueError as error:
        raise ExpressionError(str(error)) from None


OUTPUT = "write the picture: .svg .html .dot .txt .png .pdf; - writes SVG to standard output; without it a tree is printed"
OPTIONS: dict[tuple[str, ...], dict[str, Any]] = {
    ("-o", "--output"): {"metavar": "FILE", "default": None, "help": OUTPUT},
    ("--style",): {"choices": tuple(STYLES), "help": "numbers on wires, or in boxes"},
    ("--theme",): {"choices": THEMES, "help": "auto follows the reader's system"},
    ("--direction",): {"choices": DIRECTIONS, "help": "left to right, or top to bottom"},
    ("--heat",): {"action": "store_true", "help": "colour wires by the sign of the gradient, widen them by its size"},
    ("--rounding",): {"action": "store_true", "help": "colour each box by its share in a bound on the rounding error"},
    ("--partials",): {"action": "store_true", "help": "write the local derivatives on the wires"},
    ("--symbols",): {"action": "store_true", "help": "write names and derivatives as formulas beside the numbers"},
    ("--backward",): {"action": "store_true", "help": "draw arrows on which the gradient flows back"},
    ("--focus",): {"metavar": "NAME", "type": normalised, "help": "one value stands out with its wires, all else is grey"},
    ("--at-step",): {"metavar": "N", "type": _step, "help": "one step of the passes; all: each in a file, -o step-{:02}.svg"},
    ("--rate",): {"metavar": "RATE", "type": _rate, "help": "tell how leaves are corrected: 0.5, or of some w=0.5,b=0.5"},
    ("--hide-constants",): {"dest": "show_constants", "action": "store_false", "help": "leave out plain numbers"},
    ("--constants-inside",): {
        "dest": "show_constants", "action": "store_const", "const": "inside", "help": "write plain numbers in the circles",
    },
    ("--number-format",): {"metavar": "FORMAT", "help": "how numbers are written, such as .2f"},
    ("--max-boxes",): {"metavar": "N", "type": _depth, "help": "fold a graph of more boxes (500); none"},
    ("--collapse",): {"metavar": "DEPTH", "type": _depth, "help": "fold down to a depth of scopes; auto, none"},
    ("--open",): {"dest": "opened", "metavar": "GROUP", "action": "append", "help": "draw a folded box open; may be repeated"},
    ("--title",): {"metavar": "TEXT", "help": "write a title above the picture"},
    ("--lang",): {"choices": tuple(LANGUAGES), "help": "the words of the picture and the text, else by CHAINRULE_LANG: en, ja"},
    ("--font",): {"metavar": "NAME", "help": "the font of the picture, or several with commas between them"},
    ("--width",): {"metavar": "PIXELS", "type": float, "help": "so wide, of .svg and .png alike"},
    ("--scale",): {"metavar": "TIMES", "type": float, "help": "so many times as large"},
    ("--transparent",): {"action": "store_true", "help": "no ground behind the picture"},
    ("--backward-from",): {"metavar": "NAME", "default": None, "help": "start the backward pass at a named sub-result"},
    ("--json",): {"action": "store_true", "default": False, "help": "print value and gradients as JSON, with all digits"},
    ("--engine",): {"metavar": "COMMAND", "help": "the Graphviz command that places the boxes"},
}  # fmt: skip
"""As argparse takes them. One that is named like a field of `Look` is that, and has its default from there."""
WITH_A_WORD = {word: not settings.get("action", "").startswith("store_") for words, settings in OPTIONS.items() for word in words}
"""Whether a word follows an option."""
WITH_A_WORD |= dict.fromkeys(("-h", "--help", "--version"), False)


def _arranged(words: list[str]) -> list[str]:
    """Options first, then what may begin with a minus: an expression is no option."""
    options, rest = [], []
    while words:
        word = words.pop(0)
        name = word.partition("=")[0]
        if word == "--":
            rest += words
            break
        if name in WITH_A_WORD:
            options.append(word)
            if WITH_A_WORD[name] and name == word and words:
                options[-1:] = [f"{word}={words.pop(0)}"] if word.startswith("--") else [word + words.pop(0)]
        elif word.startswith("-o") and Path(word[2:]).suffix.lower() in SUFFIXES:
            options.append(word)
        elif word.startswith("--") and name[2:3].isalpha() and ((close := get_close_matches(name, WITH_A_WORD, 1)) or rest):
            message = f"there is no option {name}{f'; did you mean {close[0]}?' if close else ''}"
            raise ExpressionError(message)
        else:
            rest.append(word)
    return [*options, "--", *rest]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chainrule",
        usage="%(prog)s [options] expression [name=value ...]",
        description="Compute an expression and its gradient by every input, and draw how it came about.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("expression", nargs="?", default=None, help="such as 'sin(x) * x'; may begin with a minus")
    inputs = "an input; the value may be 1/3, -2.5, pi, inf"
    parser.add_argument("values", nargs="*", default=[], metavar="name=value", help=inputs)
    for words, settings in OPTIONS.items():
        parser.add_argument(*words, **settings)
    return parser


def _fail(error: Exception, status: int) -> int:
    message = str(error)
    if isinstance(error, (LayoutError, TooLargeError)):
        message = f"no picture: {message}"
    _say(f"chainrule: {message}", sys.stderr)
    return status


def _say(text: str, stream: TextIO | None) -> None:
    """Print to a stream, if it is open: to None, `print` would print on standard output."""
    if stream is not None:
        print(text, file=stream)


def _discard() -> None:
    """What cannot be written goes nowhere: Python would try again when it ends, and complain."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
