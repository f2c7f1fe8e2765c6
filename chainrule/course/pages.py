"""Items as notebooks and as pages in Markdown, each with what its program printed and drew."""

from __future__ import annotations

import ast
import base64
import io
import json
import re
import tokenize
from typing import Any

from chainrule.course.items import Item, table
from chainrule.course.stage import Outcome, framed, run

DOTS = 64
"""Of an inch of a plot in notebooks and pages."""
INSTALL = """\
from importlib.util import find_spec

if find_spec("chainrule") is None:
    %pip uninstall -qq --yes autograd
    %pip install --quiet chainrule"""
"""HIPS's is removed first: pip writes one `autograd` over the other without a word. What is installed stays as it is."""
HEADINGS = {
    "exercise": {"en": "Exercise", "ja": "問題"},
    "answer": {"en": "Answer", "ja": "答え"},
    "install": {
        "en": "Where chainrule is not installed, this installs it. Before that it removes HIPS's package `autograd` from the "
        "environment of this notebook, since it has the same import name and one environment holds only one of the two; if it "
        "was imported already, restart the kernel afterwards.",
        "ja": "chainrule が入っていない環境では、ここでインストールする。HIPS の `autograd` は import 名が同じで、一つの環境には"
        "どちらか一方しか入れられないので、その前に、このノートブックの環境から取り除く。すでに import していたら、"
        "その後カーネルを再起動する。",
    },
}


def picture_in(picture: Any, suffix: str, dpi: float | None = None) -> bytes:
    """A picture of the course as the bytes of a file: a drawing, a page, or a figure of matplotlib, with so many dots an inch.

    Raises `ValueError` for a format that it does not have.
    """
    if hasattr(picture, "encoded"):
        return bytes(picture.encoded(suffix))
    if hasattr(picture, "savefig"):
        stream = io.BytesIO()
        picture.savefig(stream, format=suffix.removeprefix("."), bbox_inches="tight", dpi=dpi or "figure")
        return stream.getvalue()
    if suffix == ".html" and isinstance(picture, str):
        return str(picture).encode()
    message = f"this item's picture is a page: save it as .html, not as {suffix or 'a file without a suffix'}"
    raise ValueError(message)


def markdown(chosen: list[Item], lang: str, folder: str) -> tuple[str, dict[str, bytes]]:
    """Items as one page in Markdown: text, program, what it prints, its pictures, exercise, and the answer folded.

    Beside the text the files of the pictures by their names, which the text looks for in the `folder`.
    """
    lines, files = _opening(chosen, lang), dict[str, bytes]()
    for one in chosen:
        lines += [f"## {one.id} {one.title[lang]}", "", f"*{one.lecture}*", "", flowing(one.text[lang], lang), ""]
        if not one.source[0]:
            continue
        outcome = run(one, lang=lang, answer=True, quiet=True)
        first, then = _parts(outcome)
        drawn = {picture: _files(picture, outcome) for picture in range(len(outcome.pictures))}
        files |= {name: data for each in drawn.values() for name, data in each.items()}
        shown = [[name for k in part for name in drawn[k]] for part in (first[1], then[1])]
        links = [[f"![{one.title[lang]}]({folder}/{name})\n" for name in names] for names in shown]
        program, answer = (localised(source, one, lang) for source in one.source)
        lines += [*_program(program, first[0]), *links[0]]
        lines += [f"**{HEADINGS['exercise'][lang]}.** {flowing(one.exercise[lang], lang)}", ""]
        lines += ["<details>", f"<summary>{HEADINGS['answer'][lang]}</summary>", "", flowing(one.answer[lang], lang), ""]
        lines += [*_program(answer, then[0]), *links[1], "</details>", ""]
    return "\n".join(lines), files


def _parts(outcome: Outcome) -> tuple[tuple[list[str], range], tuple[list[str], range]]:
    """What the program and then its answer printed, and which pictures they showed."""
    printed, shown = [str(each) for each in outcome.comparisons], len(outcome.pictures)
    compared, pictures = outcome.answered_from or (len(printed), shown)
    return (printed[:compared], range(pictures)), (printed[compared:], range(pictures, shown))


def _files(picture: int, outcome: Outcome) -> dict[str, bytes]:
    """The file of a picture by its name: a drawing as .svg, a plot as .png; a page has none."""
    given = outcome.pictures[picture]
    if isinstance(given, str):
        return {}
    suffix = ".svg" if hasattr(given, "encoded") else ".png"
    name = outcome.item.path.stem + (f"-{picture + 1}" if picture else "") + suffix
    return {name: picture_in(given, suffix, dpi=DOTS)}


def notebook(chosen: list[Item], lang: str) -> str:
    """Items as a notebook (nbformat 4.5) with its outputs; the first cell installs, answers are folded away in their cells."""
    opening = "\n".join(_opening(chosen, lang)).strip()
    language = f'import os\n\nos.environ["CHAINRULE_LANG"] = "{lang}"  # of the words in pictures'
    cells = [_text(opening), _text(HEADINGS["install"][lang]), _code(INSTALL, []), _code(language, [])]
    for one in chosen:
        cells.append(_text(f"## {one.id} {one.title[lang]}\n\n*{one.lecture}*\n\n{flowing(one.text[lang], lang)}"))
        program, answer = (localised(source, one, lang) for source in one.source)
        if program:
            outcome = run(one, lang=lang, answer=True, quiet=True)
            first, then = _parts(outcome)
            cells.append(_code(program.strip(), _outputs(outcome, *first)))
            cells.append(_text(f"**{HEADINGS['exercise'][lang]}.** {flowing(one.exercise[lang], lang)}"))
            folded = f"<details><summary>{HEADINGS['answer'][lang]}</summary>\n\n{flowing(one.answer[lang], lang)}\n\n</details>"
            cells.append(_text(folded))
            cells.append(_code(answer.strip(), _outputs(outcome, *then), hidden=True))
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def flowing(text: str, lang: str) -> str:
    r"""A paragraph as it is read: between Japanese lines there is no space, which a page would show for the line's end.

    >>> flowing("ノードは自分の\n入力だけを見る。", "ja"), flowing("a node\nsees", "en")
    ('ノードは自分の入力だけを見る。', 'a node\nsees')
    """
    joined = re.sub(r"(?<=[!-~])\n(?=[!-~])", " ", text.strip()) if lang == "ja" else text.strip()
    return joined.replace("\n", "") if lang == "ja" else joined


def _opening(chosen: list[Item], lang: str) -> list[str]:
    chapter = table(chosen[0].id[0])["chapter"]
    return [f"# {chapter['title'][lang]}", "", *([flowing(chapter["text"][lang], lang), ""] if "text" in chapter else [])]


def comments(source: str) -> list[tokenize.TokenInfo]:
    """The comments of a program, in order."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token for token in tokens if token.type == tokenize.COMMENT]


def localised(source: str, one: Item, lang: str) -> str:
    """A program as it is read outside the course: each word("price") is "price", or "値段"; comments are words too."""
    written = source.splitlines(keepends=True)
    for comment in comments(source):
        i, column = comment.start[0] - 1, comment.start[1]
        written[i] = f"{written[i][:column]}# {one.word(comment.string[2:], lang)}\n"
    source = "".join(written)
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


def _outputs(outcome: Outcome, printed: list[str], shown: range) -> list[dict[str, Any]]:
    """What a kernel gives for a cell: its text, and each picture once."""
    text = [f"{line}\n" for line in printed]
    found: list[dict[str, Any]] = [{"output_type": "stream", "name": "stdout", "text": text}] if text else []
    for picture in (outcome.pictures[k] for k in shown):
        if hasattr(picture, "savefig"):
            encoded = base64.b64encode(picture_in(picture, ".png", dpi=DOTS)).decode() + "\n"
            data = {"image/png": encoded, "text/plain": repr(picture)}
        else:
            data = framed(picture) if isinstance(picture, str) else picture._repr_mimebundle_()
        found.append({"output_type": "display_data", "data": data, "metadata": {}})
    return found
