"""Items as notebooks and as pages in Markdown, each with what its program printed and drew."""

from __future__ import annotations

import ast
import base64
import io
import json
from typing import Any

from chainrule.course.items import Item, table
from chainrule.course.stage import Outcome, run

INSTALL = "%pip install --quiet chainrule"
HEADINGS = {
    "exercise": {"en": "Exercise", "ja": "問題"},
    "answer": {"en": "Answer", "ja": "答え"},
    "install": {
        "en": "Run this first where chainrule is not installed. HIPS's package `autograd` has the same import name and must not "
        "be beside it: if it is there, first `%pip uninstall --yes autograd`, and restart the kernel afterwards.",
        "ja": "chainrule が入っていない環境では、最初にこれを実行する。HIPS の `autograd` は import 名が同じなので、"
        "一緒には使えない。入っている場合は先に `%pip uninstall --yes autograd` を実行し、その後カーネルを再起動する。",
    },
}


def picture_in(picture: Any, suffix: str) -> bytes:
    """A picture of the course as the bytes of a file: a drawing, a page, or a figure of matplotlib.

    Raises `ValueError` for a format that it does not have.
    """
    if hasattr(picture, "encoded"):
        return bytes(picture.encoded(suffix))
    if hasattr(picture, "savefig"):
        stream = io.BytesIO()
        picture.savefig(stream, format=suffix.removeprefix("."), bbox_inches="tight")
        return stream.getvalue()
    if suffix == ".html" and isinstance(picture, str):
        return str(picture).encode()
    message = f"this item's picture is a page: save it as .html, not as {suffix or 'a file without a suffix'}"
    raise ValueError(message)


def markdown(chosen: list[Item], lang: str) -> str:
    """Items as one page in Markdown: text, program, what it prints, exercise, and the answer folded."""
    lines = _opening(chosen, lang)
    for one in chosen:
        lines += [f"## {one.id} {one.title[lang]}", "", f"*{one.lecture}*", "", one.text[lang].strip(), ""]
        program, answer = (localised(source, one, lang) for source in one.source)
        outcome = run(one, lang=lang, quiet=True)
        lines += _program(program, [str(each) for each in outcome.comparisons])
        drawn = [_svg64(each) for each in outcome.pictures if _has_svg(each)]
        lines += [f"![{one.title[lang]}](data:image/svg+xml;base64,{each})\n" for each in drawn]
        if one.exercise:
            lines += [f"**{HEADINGS['exercise'][lang]}.** {one.exercise[lang].strip()}", ""]
            told = _after(outcome)
            lines += ["<details>", f"<summary>{HEADINGS['answer'][lang]}</summary>", "", one.answer[lang].strip(), ""]
            lines += [*_program(answer, [str(each) for each in told.comparisons]), "</details>", ""]
    return "\n".join(lines)


def notebook(chosen: list[Item], lang: str) -> str:
    """Items as a notebook (nbformat 4.5) with its outputs; the first cell installs, answers are folded away in their cells."""
    opening = "\n".join(_opening(chosen, lang)).strip()
    cells = [_text(opening), _text(HEADINGS["install"][lang]), _code(INSTALL, [])]
    for one in chosen:
        cells.append(_text(f"## {one.id} {one.title[lang]}\n\n*{one.lecture}*\n\n{one.text[lang].strip()}"))
        program, answer = (localised(source, one, lang) for source in one.source)
        outcome = run(one, lang=lang, quiet=True)
        if program:
            cells.append(_code(program.strip(), _outputs(outcome)))
        if one.exercise:
            cells.append(_text(f"**{HEADINGS['exercise'][lang]}.** {one.exercise[lang].strip()}"))
            folded = f"<details><summary>{HEADINGS['answer'][lang]}</summary>\n\n{one.answer[lang].strip()}\n\n</details>"
            cells.append(_text(folded))
            cells.append(_code(answer.strip(), _outputs(_after(outcome)), hidden=True))
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _after(outcome: Outcome) -> Outcome:
    """What the answer gives beyond what the program gave."""
    one, lang = outcome.item, outcome.lang
    whole = run(one, lang=lang, answer=True, quiet=True)
    compared, shown = len(outcome.comparisons), len(outcome.pictures)
    return Outcome(one, lang, comparisons=whole.comparisons[compared:], pictures=whole.pictures[shown:])


def _opening(chosen: list[Item], lang: str) -> list[str]:
    chapter = table(chosen[0].id[0])["chapter"]
    return [f"# {chapter['title'][lang]}", "", *([chapter["text"][lang].strip(), ""] if "text" in chapter else [])]


def localised(source: str, one: Item, lang: str) -> str:
    """A program whose words stand in it, as it is read outside the course: each word("price") is "price", or "値段"."""
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "word"
    ]
    lines = [line.encode() for line in source.splitlines(keepends=True)]  # columns of the tree are in bytes
    for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset), reverse=True):
        argument = call.args[0]
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            continue
        line = lines[call.lineno - 1]
        said = json.dumps(one.word(argument.value, lang), ensure_ascii=False).encode()
        lines[call.lineno - 1] = line[: call.col_offset] + said + line[call.end_col_offset :]
    text = b"".join(lines).decode()
    return text if "word(" in text else text.replace(", word\n", "\n")


def _program(source: str, printed: list[str]) -> list[str]:
    output = ["```text", *printed, "```", ""] if printed else []
    return ["```python", source.strip(), "```", "", *output] if source else []


def _has_svg(picture: Any) -> bool:
    return hasattr(picture, "encoded") or hasattr(picture, "savefig")


def _svg64(picture: Any) -> str:
    return base64.b64encode(picture_in(picture, ".svg")).decode()


def _text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source.splitlines(keepends=True)}


def _code(source: str, outputs: list[dict[str, Any]], *, hidden: bool = False) -> dict[str, Any]:
    metadata = {"jupyter": {"source_hidden": True}, "collapsed": True} if hidden else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": metadata,
        "outputs": outputs,
        "source": source.splitlines(keepends=True),
    }


def _outputs(outcome: Outcome) -> list[dict[str, Any]]:
    printed = [f"{each}\n" for each in outcome.comparisons]
    found: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    for picture in outcome.pictures:
        if _has_svg(picture):
            data = {"image/svg+xml": picture_in(picture, ".svg").decode(), "text/plain": outcome.item.title[outcome.lang]}
            found.append({"output_type": "display_data", "data": data, "metadata": {}})
    return found
