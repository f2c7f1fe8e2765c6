"""Builds the site, in both languages, into build/site: python docs/make_site.py (needs the dependency group `site`).

Nothing is fetched while it is built, nor from another host while it is read. Warnings are errors, so are links that lead nowhere.
The guides are those of docs/; the reference is made of the docstrings.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # the packages of this checkout
sys.path.insert(0, str(HERE / "site"))

from links import problems  # noqa: E402  (found through the lines above)
from listings import Listings  # noqa: E402
from reference import Reference  # noqa: E402
from sourcetree import BLOCK, LANGUAGES, Tree  # noqa: E402

import autograd  # noqa: E402

DESCRIPTION = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["description"])
VERSION = autograd.__version__
OTHER = {"en": ("ja", "日本語"), "ja": ("en", "English")}
NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>chainrule: playground</title></head>
<body><p>This copy of the site was built without the playground.</p>
<p lang="ja">このサイトにはプレイグラウンドがない。</p></body></html>
"""
"""What stands in place of the playground where it could not be built."""


def sphinx(lang: str, source: Path, to: Path) -> subprocess.Popen[str]:
    """Sphinx at work on one language."""
    given = {
        "language": lang, "release": VERSION, "version": VERSION, "html_title": f"chainrule {VERSION}",
        "html_context.other_language": OTHER[lang][0], "html_context.other_called": OTHER[lang][1],
    }  # fmt: skip
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE / "site")]
    command += ["-d", f"{source}.trees"]
    command += [part for name, value in given.items() for part in ("-D", f"{name}={value}")]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    command += [str(source), str(to)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=source)  # noqa: S603  (our own command)


def build(to: Path) -> list[str]:
    """Build the whole site into a folder, which is made anew; what is wrong with it."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    (to / "NOTICES.txt").write_text(notices(), encoding="utf-8")
    listings = Listings(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        at_work = {}
        for lang in LANGUAGES:
            source = Path(folder) / lang
            Tree(lang, source, listings).write()
            for name, text in Reference(lang, listings).pages().items():
                (source / name).parent.mkdir(exist_ok=True)
                (source / name).write_text(text, encoding="utf-8")
            at_work[lang] = sphinx(lang, source, to if lang == "en" else to / lang)
        said = [f"{lang}: {line}" for lang, process in at_work.items() for line in process.communicate()[1].splitlines()]
        said = [line.replace(f"{folder}/", "") for line in said]
        said += [f"{lang}: sphinx failed" for lang, process in at_work.items() if process.returncode]
    listings.write(to)
    pages_at_work(to / "live")
    (to / "llms.txt").write_text(outline(to), encoding="utf-8")
    play(to / "playground")
    return said + problems(to.resolve())


def play(to: Path) -> None:
    """The playground; where what it is built of is not to be had, a page in its place that says so."""
    try:
        runpy.run_path(str(HERE / "make_playground.py"))["build"](to)
    except RuntimeError as error:
        print(f"without the playground: {error}", file=sys.stderr)
        shutil.rmtree(to, ignore_errors=True)
        to.mkdir()
        (to / "index.html").write_text(NOT_BUILT, encoding="utf-8")


SHIPPED = {
    "Sphinx": "scripts of the search and styles, _static/*.js and *.css",
    "snowballstemmer": "the stemmer of the search in English, _static/english-stemmer.js",
    "furo": "the theme, _static/styles and _static/scripts; with normalize.css and gumshoe ((c) 2019 Chris Ferdinandi), both MIT",
    "Pygments": "the colours of code, _static/pygments.css and listing.css",
}
"""What of others is copied into the site, by distribution."""


def notices() -> str:
    """The licence of the site, and of what it is made with, each in full."""
    parts = ["The texts and the engine are chainrule's:", (ROOT / "LICENSE").read_text(encoding="utf-8")]
    for name, what in SHIPPED.items():
        found = importlib.metadata.distribution(name)
        files = [file for file in found.files or () if re.search(r"licen[cs]e|copying", file.name, re.IGNORECASE)]
        if not files:
            message = f"{name} has no file of its licence: name its files in notices()"
            raise FileNotFoundError(message)
        parts += [f"{name} {found.version}: {what}", *(file.read_text(encoding="utf-8") for file in files)]
    return f"\n\n{'-' * 100}\n\n".join(part.strip() for part in parts) + "\n"


def pages_at_work(to: Path) -> None:
    """The pages that the gallery speaks of, to be tried."""
    import nn
    import viz
    from autograd import Value

    to.mkdir()
    price, count, tax = Value(100.0, label="price"), Value(2.0, label="count"), Value(1.1, label="tax")
    viz.save(price * count * tax, to / "apples.html")
    start = nn.MLP(2, [2, 1], "tanh", output="sigmoid", seed=1)
    corners, xor = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    viz.training(start, corners, xor, nn.squared_error, lr=4.0, inputs=["a", "b"]).save(to / "xor.html")


def outline(site: Path) -> str:
    """What llms.txt says: the pages in English as Markdown, each with its first sentence."""
    lines = ["# chainrule", "", f"> {DESCRIPTION}", "", "Each page is listed as the Markdown that it is made of.", ""]
    for folder, title in (("", "Guides"), ("course/", "Course"), ("reference/", "Reference")):
        lines += [f"## {title}", ""]
        for path in sorted((site / "_sources" / folder).glob("*.md")):
            heading, _, rest = path.read_text(encoding="utf-8").partition("\n")
            said = re.split(r"\n\s*\n", BLOCK.sub("", rest).strip())[0]
            sentence = " ".join(re.split(r"(?<=[.!?])\s", said)[0].split()) if re.match(r"[A-Z`]", said) else ""
            lines.append(f"- [{heading.lstrip('# ')}](_sources/{folder}{path.name})" + (f": {sentence}" if sentence else ""))
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Build it and tell what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("to", nargs="?", type=Path, default=ROOT / "build" / "site", help="the folder (build/site)")
    to = parser.parse_args().to
    wrong = build(to)
    print("\n".join(wrong) if wrong else f"{to / 'index.html'}: {sum(1 for _ in to.rglob('*.html'))} pages")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
