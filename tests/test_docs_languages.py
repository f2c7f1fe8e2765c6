"""Guides that stand in two languages: the same headings, tables and code, and each leads to the other."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
TRANSLATED = sorted(path.name for path in DOCS.glob("*.ja.md"))
GUIDES = {
    "coming_from", "comparison", "conventions", "derivatives", "engine", "errors", "gallery", "graphs", "networks", "numbers",
    "ops", "playground", "programs", "testing", "versions",
}  # fmt: skip
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
KANA = re.compile(r"[぀-ヿ]")


def pair(name: str) -> tuple[str, str]:
    """The English page and the Japanese one."""
    english = DOCS / name.replace(".ja.md", ".md")
    return english.read_text(encoding="utf-8"), (DOCS / name).read_text(encoding="utf-8")


def prose(text: str) -> list[str]:
    """The lines outside of blocks of code."""
    return BLOCK.sub("", text).splitlines()


def levels(text: str) -> list[int]:
    return [len(line) - len(line.lstrip("#")) for line in prose(text) if line.startswith("#")]


def tables(text: str) -> list[tuple[int, int]]:
    """Rows and columns of each table; a bar that is escaped, or code, is none of the table's."""
    rows = [len(re.findall(r"(?<!\\)\|", re.sub(r"`[^`]*`", "", line))) if line.startswith("|") else 0 for line in prose(text)]
    found: list[tuple[int, int]] = []
    for before, bars in zip([0, *rows], rows):
        if bars and bars == before:
            found[-1] = (found[-1][0] + 1, bars - 1)
        elif bars:
            found.append((1, bars - 1))
    return found


def test_some_guides_stand_in_two_languages() -> None:
    assert {f"{name}.ja.md" for name in GUIDES} <= set(TRANSLATED)


@pytest.mark.parametrize("name", TRANSLATED)
def test_code_is_the_same_byte_for_byte(name: str) -> None:
    english, japanese = pair(name)
    assert BLOCK.findall(japanese) == BLOCK.findall(english)


@pytest.mark.parametrize("name", TRANSLATED)
def test_cells_of_numbers_and_code_are_the_same_each_in_its_place(name: str) -> None:
    english, japanese = pair(name)
    carried = runpy.run_path(str(DOCS / "make_japanese.py"))["carried"]
    assert japanese == carried(english, japanese), "run: python docs/make_japanese.py"


def test_what_a_japanese_page_lacks_is_said() -> None:
    carried = runpy.run_path(str(DOCS / "make_japanese.py"))["carried"]
    assert carried("```\na\n```\n| one | 1 | `x | y` |", "```\nb\n```\n| 一 | 2 | `x` |") == "```\na\n```\n| 一 | 1 | `x | y` |"
    with pytest.raises(ValueError, match=r"^1 blocks of code where the English page has 2: write what is missing$"):
        carried("```\na\n```\n```\nb\n```", "```\na\n```")


@pytest.mark.parametrize("name", TRANSLATED)
def test_headings_have_the_same_levels_in_the_same_order(name: str) -> None:
    english, japanese = pair(name)
    assert levels(japanese) == levels(english)
    assert levels(english)[0] == 1


@pytest.mark.parametrize("name", TRANSLATED)
def test_tables_have_the_same_shapes(name: str) -> None:
    english, japanese = pair(name)
    assert tables(japanese) == tables(english)


@pytest.mark.parametrize("name", TRANSLATED)
def test_lists_are_as_long(name: str) -> None:
    english, japanese = pair(name)
    counts = [sum(line.startswith("- ") for line in prose(text)) for text in (english, japanese)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", TRANSLATED)
def test_prose_names_the_same_code_and_the_same_numbers(name: str) -> None:
    """So that a figure or an option that changes in one language is missed in the other."""
    code, number = re.compile(r"`([^`\n]+)`"), re.compile(r"(?<![\w.])\d(?:[\d,]*\d)?(?:\.\d+)?(?:e-?\d+)?")
    english, japanese = ("\n".join(prose(text)) for text in pair(name))
    assert set(code.findall(japanese)) == set(code.findall(english))
    assert set(number.findall(code.sub("", japanese))) == set(number.findall(code.sub("", english)))


@pytest.mark.parametrize("name", TRANSLATED)
def test_links_and_pictures_lead_to_the_same_places_which_exist(name: str) -> None:
    english, japanese = pair(name)

    def others(text: str) -> list[str]:
        return sorted(target.replace(".ja.md", ".md") for target in re.findall(r"\]\(([^)]+)\)", text) if target not in own)

    for text in (english, japanese):
        targets = re.findall(r"\]\(([^)]+)\)", text)
        assert all(target.startswith("https://") or (DOCS / target.partition("#")[0]).exists() for target in targets), targets
    own = {name, name.replace(".ja.md", ".md")}

    assert others(japanese) == others(english)


@pytest.mark.parametrize("name", TRANSLATED)
def test_each_leads_to_the_other_at_its_head(name: str) -> None:
    english, japanese = pair(name)
    assert english.splitlines()[2] == f"日本語: [{name}]({name})"
    other = name.replace(".ja.md", ".md")
    assert japanese.splitlines()[2] == f"English: [{other}]({other})"


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_heading_and_paragraph_is_translated(name: str) -> None:
    """A paragraph of prose has kana in it: what has none was forgotten."""
    _, japanese = pair(name)
    paragraphs = re.split(r"\n{2,}", BLOCK.sub("", japanese))[2:]
    forgotten = [p for p in paragraphs if re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", p) and not KANA.search(p)]
    assert not forgotten


@pytest.mark.parametrize("name", TRANSLATED)
def test_upstream_is_avoided_but_where_it_is_said_why(name: str) -> None:
    _, japanese = pair(name)
    if name != "conventions.ja.md":
        assert "上流" not in japanese


@pytest.mark.parametrize("name", TRANSLATED)
def test_no_line_ends_between_two_letters(name: str) -> None:
    """A reader would see a space there, in the middle of a Japanese sentence."""
    _, japanese = pair(name)
    assert not re.findall(r"[ぁ-ヺー一-鿿々]\n *[ぁ-ヺー一-鿿々]", BLOCK.sub("", japanese))
