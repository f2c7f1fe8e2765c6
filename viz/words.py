"""How numbers and names are written, and how much room they take: in columns of a terminal, in pixels of a picture."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

from viz.language import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from autograd.operation import Operation

DASH = "–"
"""Stands where a gradient will be: no backward pass has come by."""
NO_JAPANESE = "no font with Japanese glyphs is installed (Debian: fonts-noto-cjk): boxes will stand in their place"
LONGEST = 24
"""So many columns of a name are shown; the tooltip has it whole."""
MEASURED = [(0, 0x700), (0x2000, 0x2300), (0x3000, 0xA000), (0xAC00, 0xD7A4), (0xFF00, 0xFFA0)]
"""European and Semitic letters, mathematics, East Asia: scripts whose widths are known well enough."""
KNOWN_WIDTHS = re.compile(f"[{''.join(f'{chr(low)}-{chr(high - 1)}' for low, high in MEASURED)}]*")
"""A text in them."""
HALF_WIDTH = range(0xFF61, 0xFFA0)
"""Katakana of half the width."""
SMALL = "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾₀₁₂₃₄₅₆₇₈₉"
"""Raised and lowered, and about half as wide as others."""
SLOT = "\ue000"
"""Stands on both sides of a slot for a number, in a text that is not filled in yet; no name holds it."""
DRAWN = {"*": "×", "-": "−", "·": "•", "choose": "where"}
"""How an operation is drawn, if not by its symbol."""
JOINERS = "\u200c\u200d"

# Advance widths of DejaVu Sans, the widest sans-serif in common use, in hundredths of the font size, from " " to "~".
ADVANCE = [
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
]  # fmt: skip


def number(x: float, number_format: str = "") -> str:
    """A number in a format such as ".2f", or with four significant digits, and all before the point up to a million.

    Zeros at the end say that digits were cut off; those of a number that is what is written, but for rounding, are left out.

    >>> number(220.00000000000003), number(-1234567.0), number(1e-7), number(65536.0), number(1.0001), number(-0.0)
    ('220', '−1.235e6', '1e−7', '65536', '1.000', '0')
    """
    if number_format:
        text = format(x, number_format)
    elif 1e3 <= abs(x) <= 1e6:
        text = f"{x:.0f}"
    else:
        mantissa, e, exponent = f"{x:#.4g}".partition("e")
        if "." in mantissa and math.isclose(float(mantissa + e + exponent), x, rel_tol=1e-12):
            mantissa = mantissa.rstrip("0")
        text = mantissa.rstrip(".") + e + (str(int(exponent)) if e else "")
    if text.startswith("-") and math.isfinite(x) and not any("1" <= digit <= "9" for digit in text.partition("e")[0]):
        text = text[1:]  # what is not told from 0 has no sign
    return text.replace("-", "−")


def gradient(x: float | None) -> str:
    """A gradient, or a dash where there is none yet."""
    return DASH if x is None else number(x)


def exact(x: float | None) -> str:
    """A gradient to the last bit, or the words for its absence."""
    return say("none yet") if x is None else repr(x)


def dated(text: str, old: bool) -> str:
    """A text, with a word of warning if it is out of date."""
    return say("{} (out of date)", text) if old else text


def alarming(x: float | None) -> bool:
    """Whether a number is nan or infinite, and so drawn in the colour of alarm.

    >>> alarming(float("nan")), alarming(None)
    (True, False)
    """
    return x is not None and not math.isfinite(x)


def printable(text: str) -> str:
    r"""A name in which everything that cannot be seen, or would reorder its neighbours, is escaped as Python writes it.

    >>> printable("a\n\u202eb 値")
    'a\\n\\u202eb 値'
    """
    if text.isprintable():
        return text
    return "".join(character if _visible(character) else _escaped(character) for character in text)


def _visible(character: str) -> bool:
    return character.isprintable() or character in JOINERS


def _escaped(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def cut(text: str, room: int = LONGEST) -> str:
    """The beginning and the end of a long text, with an ellipsis between: at most `room` columns.

    >>> cut("the price of an apple without the tax", 13), columns(cut("リンゴ" * 20))
    ('the pr…he tax', 21)
    """
    if columns(text) <= room and len(text) <= 2 * room:
        return text
    half = (room - 1) // 2
    return f"{_fitting(text, half)}…{_fitting(text[::-1], half)[::-1]}"


def _fitting(text: str, room: int) -> str:
    """As much of the beginning of a text as fits; marks that take no room are counted too, lest they pile up."""
    taken = 0
    for length, character in enumerate(text):
        taken += columns(character)
        if taken > room or length == 2 * room:
            return text[:length]
    return text


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters two, combining marks none.

    >>> columns("x1"), columns("リンゴ"), columns("e\u0301")
    (2, 6, 1)
    """
    return len(text) if text.isascii() else sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def left(text: str, room: int) -> str:
    """A text filled up with spaces on its right."""
    return text + " " * (room - columns(text))


def right(text: str, room: int) -> str:
    """A text filled up with spaces on its left."""
    return " " * (room - columns(text)) + text


def pixels(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif font of that size: rather too wide than too narrow."""
    return size * _advances(text) / 100


@lru_cache(4096)
def _advances(text: str) -> int:
    return sum(map(_advance, text))


@lru_cache(4096)
def _advance(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return ADVANCE[code - 32]
    if code in HALF_WIDTH:
        return 53
    if character in SMALL:
        return 46
    return (0, 72 if code < 0x2000 else 84, 106)[_columns_of(character)]


def wrapped(text: str, size: float, room: float) -> list[str]:
    """A text in lines that fit into a room, broken at spaces and between East Asian characters.

    >>> wrapped("one two three", 10.0, 45.0), wrapped("勾配を足す。", 10.0, 25.0)
    (['one two', 'three'], ['勾配', 'を足', 'す。'])
    """
    lines = [""]
    for piece in re.findall(r"\s*(?:[\u3040-\u9fff][。、，．）」]*|[^\s\u3040-\u9fff]+)", text):
        if lines[-1] and pixels(lines[-1] + piece, size) > room:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return lines


def measured(text: str) -> bool:
    """Whether `pixels` knows the script of a text well; the painter holds other texts to their room.

    >>> measured("リンゴ = x₁ × Σ"), measured("नमस्ते")
    (True, False)
    """
    return KNOWN_WIDTHS.fullmatch(text) is not None


def symbol(operation: Operation) -> str:
    """How an operation is drawn."""
    return DRAWN.get(operation.symbol) or cut(printable(operation.symbol), 12)


def applied(operation: Operation, names: Sequence[str], shown: int = 4) -> str:
    """An operation applied to operands of these names, as one would write it.

    >>> from autograd.ops import TABLE
    >>> applied(TABLE["mul"], ["price", "count"]), applied(TABLE["sum"], list("abcdef"))
    ('price × count', 'sum(a, b, c, d, and 2 more)')
    """
    drawn = symbol(operation)
    if operation.arity == 2 and not drawn.isidentifier():
        return f" {drawn} ".join(names)
    if operation.name == "neg":
        return f"{drawn}{names[0]}"
    listed = list(names) if len(names) <= shown + 1 else [*names[:shown], say("and {:,} more", len(names) - shown)]
    return f"{printable(DRAWN.get(operation.name, operation.name))}({', '.join(listed)})"


# In the DOT language.


def for_dot(text: str) -> str:
    r"""Numbered entities for all that means something in DOT or in a record: escaping with backslashes goes wrong in places.

    Of a backslash two: Graphviz reads entities first and escapes such as ``\l`` then.
    """
    return "".join(c if c.isalnum() or c in " ._" or ord(c) > 127 else f"&#{ord(c)};" * (1 + (c == "\\")) for c in text)


def digraph(direction: str, lines: Iterable[str]) -> str:
    """A whole document of these statements."""
    return "\n".join(["digraph {", f"rankdir={direction}", *lines, "}"]) + "\n"
