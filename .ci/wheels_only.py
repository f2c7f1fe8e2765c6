"""Installs what a dependency group names, as far as there are wheels for this machine: python .ci/wheels_only.py GROUP.

Nothing is compiled: where SciPy or ONNX have no wheel, say, they are left out, and their tests are listed as skipped.
What no test runs without must be there.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("hypothesis", "mpmath", "numpy", "pytest", "sympy")


def requirements(groups: dict[str, list[Any]], name: str) -> list[str]:
    """What a group names, that of the groups that it includes too.

    >>> requirements({"dev": [{"include-group": "test"}, "ruff"], "test": ["pytest>=8"]}, "dev")
    ['pytest>=8', 'ruff']
    """
    found: list[str] = []
    for each in groups[name]:
        found += [each] if isinstance(each, str) else requirements(groups, each["include-group"])
    return found


def main(name: str) -> int:
    """Install one after the other; 1 if something is missing without which there is no test."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    missing = []
    for requirement in requirements(groups, name):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", requirement]
        if subprocess.run(command, check=False).returncode:
            missing.append(requirement)
    print("no wheel here:", ", ".join(missing) or "nothing is missing")
    return int(any(requirement.startswith(NEEDED) for requirement in missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
