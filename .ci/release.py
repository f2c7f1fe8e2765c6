"""What a release needs: python .ci/release.py looks that it is there, builds the sdist and the pure wheel, and looks into both.

--check looks only, --build builds and looks into what was built; --tag v0.1.0 is held to the version; --complete FOLDER looks
that the wheels for each system and Python are in a folder. It needs the group `release` (build, twine), and uploads nothing:
.github/workflows/wheels.yml does, behind a tag. It ends with 1 and a sentence for each thing that is missing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from datetime import date
from email import message_from_string
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SYSTEMS = (
    "manylinux*_x86_64", "manylinux*_aarch64", "musllinux*_x86_64", "musllinux*_aarch64",
    "macosx_*_x86_64", "macosx_*_arm64", "win_amd64", "win_arm64",
)  # fmt: skip
"""The tags of the systems that have a compiled wheel."""


def project(root: Path) -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def version_of(root: Path) -> str:
    """The version, which autograd/__init__.py says once."""
    text = (root / "autograd" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.*)"$', text, re.MULTILINE)
    return found[1] if found else ""


def missing(root: Path, tag: str | None = None) -> list[str]:
    """What must be filled in before a release, a sentence each."""
    found = []
    version, address = version_of(root), str(project(root)["tool"]["chainrule"]["repository"])
    if not address:
        found.append("pyproject.toml, [tool.chainrule]: repository is empty: fill in its address, as https://github.com/OWNER/NAME")
    elif not re.fullmatch(r"https://[^/\s]+/[^/\s]+/[^/\s]+(?<!\.git)", address):
        found.append(f"pyproject.toml, [tool.chainrule]: repository is not of the form https://github.com/OWNER/NAME: {address}")
    here = os.environ.get("GITHUB_SERVER_URL", "") + "/" + os.environ.get("GITHUB_REPOSITORY", "")
    if address and "GITHUB_REPOSITORY" in os.environ and here.lower() != address.lower():
        found.append(f"pyproject.toml, [tool.chainrule]: repository is {address}, but this is {here}")
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        found.append(f"autograd/__init__.py: __version__ is no version of the form 1.2.3 or 1.2.3rc1: {version!r}")
    if tag is not None and tag != f"v{version}":
        found.append(f"the tag is {tag}, but autograd/__init__.py says {version}: it would be v{version}")
    return found + undated(root, version)


def undated(root: Path, version: str) -> list[str]:
    """What is wrong with the first heading of CHANGELOG.md: the version, and the day in brackets."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = next((line for line in text.splitlines() if line.startswith("## ")), "no heading")
    found = re.fullmatch(rf"## {re.escape(version)} \((\d{{4}}-\d\d-\d\d)\)", heading)
    try:
        if found:
            date.fromisoformat(found[1])
            return []
    except ValueError:
        pass
    return [f"CHANGELOG.md: the first heading is not `## {version} (YYYY-MM-DD)`, but `{heading}`"]


def uncommitted(root: Path) -> list[str]:
    """What git does not know yet."""
    command = ["git", "status", "--porcelain"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return [f"not committed: {line}" for line in done.stdout.splitlines()]


def build(root: Path, folder: Path) -> None:
    """The sdist, and out of it the pure wheel."""
    shutil.rmtree(folder, ignore_errors=True)
    environment = os.environ | {"CHAINRULE_PURE": "1"}
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, root], env=environment, check=True)


def page(path: Path) -> str:
    """The metadata of an sdist or a wheel."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))).decode()
    with tarfile.open(path) as archive:
        member = archive.extractfile(f"{path.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert member is not None
        return member.read().decode()


def wrong(path: Path, root: Path) -> list[str]:
    """What is wrong with what was built: its version, its links, its licence, what twine says."""
    told, address = message_from_string(page(path)), str(project(root)["tool"]["chainrule"]["repository"])
    found = []
    if told["Version"] != version_of(root):
        found.append(f"the version is {told['Version']}, not {version_of(root)}")
    if told["License-Expression"] != "MIT" or "LICENSE" not in told.get_all("License-File", []):
        found.append("the licence is missing")
    links = re.findall(r"\]\(([^()\s]+)\)", re.sub(r"^```.*?^```$", "", str(told.get_payload()), flags=re.MULTILINE | re.DOTALL))
    if address:
        found += [f"a link that leads nowhere: {link}" for link in links if not re.match(r"https?://|#", link)]
        found += [f"a link to elsewhere: {url}" for url in told.get_all("Project-URL", []) if address not in url]
    if len(told.get_all("Project-URL", [])) != (4 if address else 0):
        found.append(f"{len(told.get_all('Project-URL', []))} links of the project")
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "--no-color", "check", "--strict", path], capture_output=True, text=True, check=False
    )
    if checked.returncode:
        found.append(f"twine: {checked.stdout.strip()}")
    return [f"{path.name}: {each}" for each in found]


def incomplete(root: Path, names: list[str]) -> list[str]:
    """The wheels, and the sdist, that are not among these names, and what is too many."""
    stem = f"chainrule-{version_of(root)}"
    classifiers = project(root)["project"]["classifiers"]
    pythons = [f"cp3{minor}" for each in classifiers for minor in re.findall(r":: 3\.(\d+)$", each)]
    wanted = [f"{stem}-{python}-{python}-*{system}.whl" for python in pythons for system in SYSTEMS]
    wanted += [f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"]
    found = [f"missing: {each}" for each in wanted if not any(fnmatch(name, each) for name in names)]
    return found + [f"too many: {name}" for name in names if not any(fnmatch(name, each) for each in wanted)]


def main(words: list[str] | None = None) -> int:
    """Look, build, look again; 1 if something is missing or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="look only, build nothing")
    parser.add_argument("--build", action="store_true", help="build though something is not filled in: for a trial")
    parser.add_argument("--tag", help="the tag of the release")
    parser.add_argument("--complete", type=Path, metavar="FOLDER", help="where all that is uploaded lies")
    options = parser.parse_args(words)
    problems = [] if options.build else missing(ROOT, options.tag) + uncommitted(ROOT)
    if options.complete:
        files = sorted(options.complete.iterdir())
        problems += incomplete(ROOT, [path.name for path in files]) + [each for path in files for each in wrong(path, ROOT)]
    if not problems and not options.check:
        build(ROOT, ROOT / "dist")
        problems += [each for path in sorted((ROOT / "dist").iterdir()) for each in wrong(path, ROOT)]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(f"not released: {len(problems)} to mend", file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
