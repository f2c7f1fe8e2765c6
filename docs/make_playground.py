"""Builds the playground, a page in which the engine runs: python docs/make_playground.py [folder] (needs npm and setuptools).

What is not ours, Python for the browser and Graphviz, comes from npm in the versions below, checked by their hashes and kept in a
cache; it is never committed. With --serve the page is served at http://localhost:8000 afterwards.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SOURCES = HERE / "playground"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))  # the course of this checkout

import autograd  # noqa: E402  (found through the line above)
from chainrule.course.items import CHAPTERS, items, table  # noqa: E402


class PlaygroundError(RuntimeError):
    """The playground could not be built; the message says what is missing."""


@dataclass(frozen=True)
class Package:
    """What comes from npm: a version, the hash of its archive as npm tells it, and which of its files are shipped, and where."""

    name: str
    version: str
    sha512: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        """The name that npm gives the archive."""
        return f"{self.name.strip('@').replace('/', '-')}-{self.version}.tgz"


PYODIDE = Package(
    "pyodide",
    "314.0.7",
    "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A==",
    {name: f"pyodide/{name}" for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")},
)
GRAPHVIZ = Package(
    "@hpcc-js/wasm-graphviz",
    "1.29.2",
    "AkArBAZERT5OxH52/+kvCHB07cZ6ZNd9GnOvjw+S880bR88D6i27XfK6xj4dBhUDxNA2QPPMdgEcky3x4TJ3KA==",
    {"dist/index.js": "graphviz.js"},
)
PAGE = (
    "index.html", "playground.css", "playground.js", "words.js", "worker.js", "frame.html", "frame.js", "sw.js", "play.py",
)  # fmt: skip
BUILT_FROM = (
    "autograd", "chainrule", "nn", "viz", "LICENSE", "MANIFEST.in", "NOTICES.md", "README.md", "build_kernels.py",
    "pyproject.toml", "setup.py",
)  # fmt: skip
EPOCH = "315532800"
"""The time in the files of the wheel, so that the same sources give the same bytes."""


def cache() -> Path:
    """The folder in which what came from npm is kept: that of CHAINRULE_CACHE, or one of the user's."""
    given = os.environ.get("CHAINRULE_CACHE")
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chainrule"


def fetched(package: Package) -> bytes:
    """The archive of a package, from the cache or by npm. `PlaygroundError` without npm or network, or if it is another."""
    kept = cache() / package.archive
    if not kept.exists():
        npm = shutil.which("npm")
        if npm is None:
            told = f"{package.name} {package.version}"
            message = f"{told} comes from npm, which is not installed; or put {package.archive} into {kept.parent}"
            raise PlaygroundError(message)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            wanted = f"{package.name}@{package.version}"
            asked = [npm, "pack", wanted, "--ignore-scripts", "--silent", "--pack-destination", folder]
            done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603
            if done.returncode:
                message = f"npm could not fetch {package.name} {package.version}: {done.stderr.strip()[-300:]}"
                raise PlaygroundError(message)
            (Path(folder) / package.archive).replace(kept)
    archive = kept.read_bytes()
    if base64.b64encode(hashlib.sha512(archive).digest()).decode() != package.sha512:
        message = f"{kept} is not {package.name} {package.version}: its SHA-512 differs; delete it and build again"
        raise PlaygroundError(message)
    return archive


def unpack(package: Package, to: Path) -> dict[str, bytes]:
    """Write the shipped files of a package; returns its licence and its lock file, where it has them."""
    with tarfile.open(fileobj=io.BytesIO(fetched(package))) as archive:

        def read(name: str) -> bytes:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                message = f"{package.archive} has no file {name}"
                raise PlaygroundError(message)
            return member.read()

        for name, at in package.files.items():
            (to / at).parent.mkdir(parents=True, exist_ok=True)
            (to / at).write_bytes(read(name))
        there = {name.removeprefix("package/") for name in archive.getnames()}
        return {name: read(name) for name in ("LICENSE", "pyodide-lock.json") if name in there}


def wheel(to: Path) -> str:
    """Build the pure wheel from a copy of the sources; its name."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "sources"
        copy.mkdir()
        for name in BUILT_FROM:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
            else:
                shutil.copy(ROOT / name, copy / name)
        program = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
        given = {**os.environ, "CHAINRULE_PURE": "1", "SOURCE_DATE_EPOCH": EPOCH}
        command = [sys.executable, "-c", program, folder]
        done = subprocess.run(command, cwd=copy, env=given, capture_output=True, text=True, check=False)  # noqa: S603
        made = list(Path(folder).glob("*-none-any.whl"))
        if done.returncode or len(made) != 1:
            message = f"the pure wheel could not be built (it needs setuptools 77 or later): {done.stderr.strip()[-500:]}"
            raise PlaygroundError(message)
        shutil.copy(made[0], to / made[0].name)
        return made[0].name


def python_package(name: str, to: Path) -> str:
    """An installed package of Python alone, as a wheel; its name."""
    found = importlib.metadata.distribution(name)
    called = f"{name}-{found.version}-py3-none-any.whl"
    with zipfile.ZipFile(to / called, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(found.files or [], key=str):
            if file.suffix in {".py", ".txt"} or file.name in {"METADATA", "LICENSE", "WHEEL"}:
                data = Path(str(found.locate_file(file))).read_bytes()
                archive.writestr(zipfile.ZipInfo(str(file)), data, zipfile.ZIP_DEFLATED)
    return called


def notices(apache: bytes) -> str:
    """What runs in the page, under which licence; the licences in full."""
    text = (SOURCES / "notices.md").read_text(encoding="utf-8")
    given = {"VERSION": autograd.__version__, "PYODIDE": PYODIDE.version, "GRAPHVIZ": GRAPHVIZ.version}
    given["PYTHON_GRAPHVIZ"] = importlib.metadata.version("graphviz")
    for name, written in given.items():
        text = text.replace(f"@{name}@", str(written))
    ours = "The MIT licence (chainrule's; those of the others are the same but for the copyright)"
    parts = [(ours, (ROOT / "LICENSE").read_text(encoding="utf-8"))]
    parts += [(each.stem, each.read_text(encoding="utf-8")) for each in sorted((SOURCES / "licences").glob("*.txt"))]
    parts.append(("Apache-2.0", apache.decode()))
    rule = "=" * 100
    return "\n\n".join([text.rstrip(), *(f"\n{rule}\n{title}\n{rule}\n\n{body.strip()}" for title, body in parts)]) + "\n"


def course(to: Path) -> dict[str, Any]:
    """The items as the page reads them, and the plots of the course, which the page cannot draw."""
    told = []
    for each in items():
        texts = {name: getattr(each, name) for name in ("text", "exercise", "answer")}
        read = {name: {lang: flowing(words, lang) for lang, words in text.items()} for name, text in texts.items()}
        told.append({"id": each.id, "title": each.title, "program": list(each.source), **read})
    pictures: dict[str, dict[str, list[str]]] = {}
    for each in items():
        for lang in ("en", "ja"):
            folder = HERE / "course" / f"{each.id[0].lower()}.{lang}-pictures"
            files = sorted({*folder.glob(f"{each.path.stem}.png"), *folder.glob(f"{each.path.stem}-*.png")})
            for file in files:
                at = to / "course" / folder.name / file.name
                at.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, at)
            if files:
                pictures.setdefault(each.id, {})[lang] = [f"course/{folder.name}/{file.name}" for file in files]
    chapters = [{"letter": each, "title": table(each)["chapter"]["title"]} for each in CHAPTERS]
    return {"items": told, "pictures": pictures, "chapters": chapters}


def flowing(words: str, lang: str) -> str:
    """A text as one line for each paragraph."""
    between = " " if lang == "en" else ""
    return "\n".join(between.join(line.strip() for line in each.splitlines()) for each in words.strip().split("\n\n"))


def build(to: Path) -> None:
    """Build the playground into a folder, which is made anew. `PlaygroundError` says what is missing."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for name in PAGE:
        shutil.copy(SOURCES / name, to / name)
    lock = json.loads(unpack(PYODIDE, to)["pyodide-lock.json"])
    licence = unpack(GRAPHVIZ, to)["LICENSE"]
    (to / "NOTICES.txt").write_text(notices(licence), encoding="utf-8")
    examples = tomllib.loads((SOURCES / "examples.toml").read_text(encoding="utf-8"))["example"]
    built = {
        "wheels": [wheel(to), python_package("graphviz", to)],
        "lock": {**lock, "packages": {}},  # none of its packages is here: what is not found is said in Python's own words
        "examples": [{**each, "program": each["program"].strip() + "\n"} for each in examples],
        **course(to),
    }
    kept = sorted(each.relative_to(to).as_posix() for each in to.rglob("*") if each.is_file() and each.name != "sw.js")
    built["bytes"] = sum((to / name).stat().st_size for name in kept if not name.startswith("course/"))
    (to / "build.json").write_text(json.dumps(built, ensure_ascii=False), encoding="utf-8")
    kept.append("build.json")
    digest = hashlib.sha256(b"".join((to / name).read_bytes() for name in kept)).hexdigest()[:16]
    script = (SOURCES / "sw.js").read_text(encoding="utf-8").replace("@BUILD@", digest).replace("@FILES@", json.dumps(kept))
    (to / "sw.js").write_text(script, encoding="utf-8")


class Handler(SimpleHTTPRequestHandler):
    """Serves files with the types that browsers ask for."""

    extensions_map = {  # noqa: RUF012  (as the class above has it)
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def served(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of a folder on this machine alone; port 0 takes one that is free."""
    return ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=str(folder)))


def main() -> int:
    """Build it, and serve it if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("to", nargs="?", type=Path, default=ROOT / "build" / "playground", help="the folder (build/playground)")
    parser.add_argument("--serve", action="store_true", help="serve it at http://localhost:8000 until Ctrl-C")
    options = parser.parse_args()
    try:
        build(options.to)
    except PlaygroundError as error:
        print(f"make_playground: {error}", file=sys.stderr)
        return 1
    size = sum(each.stat().st_size for each in options.to.rglob("*") if each.is_file())
    print(f"{options.to / 'index.html'}: {size / 1e6:.1f} MB")
    if options.serve:
        print("http://localhost:8000")
        served(options.to, 8000).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
