"""The command ``chainrule course``: the list of items, one item, a chapter; its picture, its notebook, its page."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from pathlib import Path

from autograd.files import write_whole
from chainrule.course.items import CHAPTERS, Item, item, items, table
from chainrule.course.pages import localised, markdown, notebook, picture_in
from chainrule.course.stage import Outcome, run
from chainrule.subcommand import parser_of
from viz.language import speaking

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

EXAMPLES = """\
examples:
  chainrule course                          the list of all items
  chainrule course E9                       run one: its text, its program, its numbers beside the lecture's
  chainrule course E9 -o e9.svg             save its picture: .svg .png, of a page .html
  chainrule course E9 --open --lang ja      look at it in the browser, in Japanese
  chainrule course E9 --answer              with the answer to its exercise
  chainrule course E --all                  run a whole chapter
  chainrule course E --all -o e.ipynb       the chapter as a notebook; .md as a page"""
STATUSES = "0 done, 1 a number is not the lecture's, or something is missing, 2 an error in what was written"


def main(words: Sequence[str]) -> int:
    """Run the command with the words that follow ``course``; returns its exit status."""
    options = _parser().parse_args(words)
    if options.item is None:
        with speaking(options.lang) as lang:
            print("\n".join(_listed(lang)))
        return 0
    try:
        chosen = items(options.item) if options.all else [item(options.item)]
    except ValueError as error:
        print(f"chainrule course: {_with_advice(str(error), options.item)}", file=sys.stderr)
        return 2
    with speaking(options.lang) as lang:
        if Path(options.output or "").suffix in {".ipynb", ".md"}:
            return _written(chosen, Path(options.output), lang)
        return max([_told(each, options, lang) for each in chosen], default=0)


def _written(chosen: list[Item], path: Path, lang: str) -> int:
    """Write a notebook, or a page and its pictures in a folder beside it."""
    try:
        if path.suffix == ".ipynb":
            write_whole(path, notebook(chosen, lang).encode())
            return 0
        text, pictures = markdown(chosen, lang, f"{path.stem}-pictures")
    except ModuleNotFoundError as error:
        print(f"chainrule course: {_needed(error)}", file=sys.stderr)
        return 1
    write_whole(path, text.encode())
    for name, data in pictures.items():
        folder = path.with_name(f"{path.stem}-pictures")
        folder.mkdir(exist_ok=True)
        write_whole(folder / name, data)
    return 0


def _listed(lang: str) -> list[str]:
    lines = []
    for letter in CHAPTERS:
        chapter = table(letter)["chapter"]
        lines += ["", f"{letter}  {chapter['title'][lang]} ({chapter['lecture']})"]
        lines += [f"  {each.id:4} {each.title[lang]}" for each in items(letter)]
    return [*lines[1:], "", "chainrule course A1"]


def _with_advice(message: str, given: str) -> str:
    if given.strip().upper() in CHAPTERS:
        return f"{given} is a chapter: chainrule course {given} --all runs it whole, chainrule course lists its items"
    return message


def _told(one: Item, options: argparse.Namespace, lang: str) -> int:
    """Print an item and run it."""
    print(f"{one.id}  {one.title[lang]}  [{one.lecture}]\n\n{one.text[lang].strip()}\n")
    program, answer = (localised(source, one, lang) for source in one.source)
    for source in (program, answer) if options.answer else (program,):
        print("".join(f"    {line}\n" if line else "\n" for line in source.splitlines()))
    missing = None
    try:
        outcome = run(one, lang=lang, answer=options.answer)
    except ModuleNotFoundError as error:
        outcome, missing = error.outcome, error  # type: ignore[attr-defined]
    if one.exercise:
        print(f"\n{one.exercise[lang].strip()}")
    if options.answer and one.answer:
        print(f"\n{one.answer[lang].strip()}")
    print()
    if missing is not None:
        print(f"chainrule course: {_needed(missing)}", file=sys.stderr)
        return 1
    return _pictured(outcome, options) or int(not all(each.agrees for each in outcome.comparisons))


def _pictured(outcome: Outcome, options: argparse.Namespace) -> int:
    """Save the pictures, or open them, or say how; 2 where the item has none of the kind that is asked for."""
    name = outcome.item.id
    pages = [each for each in outcome.pictures if isinstance(each, str)]
    drawn = [each for each in outcome.pictures if not isinstance(each, str)]
    of_either = [(drawn, ".svg"), (pages, ".html")]
    ways = [f"chainrule course {name} -o {name.lower()}{suffix}" for found, suffix in of_either if found]
    if ways and not (options.output or options.open):
        print("\n".join(ways) + "\n")
    if options.output:
        path = Path(options.output)
        asked = pages if path.suffix == ".html" else drawn
        if not asked and not options.all:
            has = f"write {' or '.join(ways)}" if ways else "it has no picture"
            print(f"chainrule course: {name} has none for {path.name}: {has}", file=sys.stderr)
            return 2
        for i, picture in enumerate(asked):
            numbered = path.stem + (f"-{name.lower()}" if options.all else "") + (f"-{i + 1}" if i else "")
            write_whole(path.with_name(numbered + path.suffix), picture_in(picture, path.suffix))
    if options.open:
        folder = Path(tempfile.mkdtemp(prefix="chainrule-"))
        for found, suffix in of_either:
            for i, picture in enumerate(found):
                path = folder / f"{name.lower()}-{i + 1}{suffix}"
                path.write_bytes(picture_in(picture, suffix))
                webbrowser.open(path.as_uri())
        if not outcome.pictures:
            print(f"chainrule course: {name} has no picture to open", file=sys.stderr)
    return 0


def _needed(error: ModuleNotFoundError) -> str:
    """What to install, in one sentence."""
    package = (error.name or "").partition(".")[0]
    return str(error) if "pip install" in str(error) else f"this needs {package}: pip install {package}"


def _parser() -> argparse.ArgumentParser:
    description = "Five lectures on backpropagation, item by item: to run, to see, to change."
    parser = parser_of("course", description, EXAMPLES, STATUSES)
    parser.add_argument("item", nargs="?", help="an item such as A10; with --all a chapter, A to E")
    parser.add_argument("--all", action="store_true", help="all items of the chapter")
    parser.add_argument("--answer", action="store_true", help="the exercise's answer too, and its program")
    output = "save the picture; .ipynb or .md: the items as a notebook or a page"
    parser.add_argument("-o", "--output", metavar="FILE", help=output)
    parser.add_argument("--open", action="store_true", help="open the picture in the browser")
    return parser
