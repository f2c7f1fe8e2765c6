"""Full-text search in Japanese: Sphinx's index of words is one of pairs of characters, in the index and in the query alike.

A splitter into words must cut a query where it cut the page, or what stands there is not found: by Sphinx's own neither 勾配消失,
nor 葉, which is too short for it. Pairs find whatever part of a text is looked for without a dictionary, each kanji by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sphinx.search import SearchLanguage, languages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

JAPANESE = "ぁ-ゖァ-ヺー一-鿿々"
RUN = re.compile(rf"[{JAPANESE}]+|(?:(?![{JAPANESE}])\w)+")
KANJI = re.compile(r"[一-鿿]")

IN_THE_BROWSER = """
function splitQuery(query) {
  const terms = [];
  for (const run of query.match(/[JAPANESE]+|(?:(?![JAPANESE])[\\p{L}\\p{N}_])+/gu) || []) {
    if (!/^[JAPANESE]/u.test(run) || run.length === 1) terms.push(run);
    else for (let i = 0; i + 1 < run.length; i++) terms.push(run.slice(i, i + 2));
  }
  return terms;
}
""".replace("JAPANESE", JAPANESE)


def terms(text: str) -> list[str]:
    """What the index has of a text: other words as they are, of Japanese each pair of neighbours and each kanji.

    >>> terms("grad は勾配")
    ['grad', 'は勾', '勾配', '勾', '配']
    """
    found = []
    for run in RUN.findall(text):
        if re.match(f"[{JAPANESE}]", run):
            found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
            found += KANJI.findall(run) if len(run) > 1 else []
        else:
            found.append(run)
    return found


class Bigrams(SearchLanguage):  # type: ignore[misc]
    """What Sphinx asks of the search in a language."""

    lang = "ja"
    language_name = "Japanese"
    js_splitter_code = IN_THE_BROWSER

    def split(self, input: str) -> list[str]:  # noqa: A002  (so Sphinx calls it)
        """The terms of a text."""
        return terms(input)

    def stem(self, word: str) -> str:
        """Upper case is lower case, as in a query."""
        return word.lower()

    def word_filter(self, word: str) -> bool:
        """Whether the index has it: numbers alone are left out, as in a query."""
        return not word.isdigit()


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's hook: Japanese is searched by pairs from now on."""
    del app
    languages["ja"] = Bigrams
    return {"parallel_read_safe": True, "parallel_write_safe": True}
