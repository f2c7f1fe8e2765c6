"""Docstrings, which are text with code in backquotes, lists and examples, as Markdown."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = re.compile(r"(``.+?``|`[^`]+`)", re.DOTALL)
SPECIAL = re.compile(r"([\\*_\[\]<>$~|#{}])")
ITEM = re.compile(r"- |\d\. ")
FORMULA = re.compile(r"^(?:d/d\w+|d\w*) = |^(?:Domain|Kink|A choice|Error in units|y is the result)\b")


def markdown(docstring: str, link: Callable[[str], str | None]) -> str:
    r"""A docstring as Markdown; `link` gives the target in the reference of what stands in backquotes, where it has one.

    >>> print(markdown("A product a*b of `x*y`, as `grad` has it.", {"grad": "autograd.grad"}.get))
    A product a\*b of `x*y`, as {py:obj}`grad <autograd.grad>` has it.
    """
    blocks = re.split(r"\n[ \t]*\n", inspect.cleandoc(docstring))
    said = [block_of(each.strip("\n"), link) for each in blocks if each.strip()]
    if said and ITEM.match(said[0]):  # a formula that begins with a minus is no list
        said[0] = "\\" + said[0]
    return "\n\n".join(said)


def block_of(block: str, link: Callable[[str], str | None]) -> str:
    """One paragraph, list, example, or quotation of code."""
    lines = block.splitlines()
    if lines[0].lstrip().startswith(">>> "):
        return f"```pycon\n{inspect.cleandoc(block)}\n```"
    if all(line.startswith("    ") for line in lines):
        return f"```text\n{inspect.cleandoc(block)}\n```"
    for i, line in enumerate(lines):
        if i and line.lstrip().startswith(">>> "):
            return block_of("\n".join(lines[:i]), link) + "\n\n" + block_of("\n".join(lines[i:]), link)
    for i, line in enumerate(lines):
        if i and ITEM.match(line) and not any(ITEM.match(before) for before in lines[:i]):
            return block_of("\n".join(lines[:i]), link) + "\n\n" + block_of("\n".join(lines[i:]), link)
    text = prose(block, link)
    if any(FORMULA.match(line) for line in lines):
        return text.replace("\n", "\\\n")
    return text


def prose(text: str, link: Callable[[str], str | None]) -> str:
    """Running text: what stands in backquotes stays, or leads to where it is explained, and nothing else is Markdown."""
    parts = CODE.split(text)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            parts[i] = SPECIAL.sub(r"\\\1", part)
            continue
        name = part.strip("`").strip()
        target = link(name)
        parts[i] = f"{{py:obj}}`{name} <{target}>`" if target else part
    return "".join(parts)
