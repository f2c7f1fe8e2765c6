"""The pictures in the documentation are those that the project draws."""

from __future__ import annotations

import runpy
from pathlib import Path

from engines import PURE, needed

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"


def test_the_pictures_are_fresh(tmp_path: Path) -> None:
    needed(PURE)  # the places are its own, to the last digit
    script = runpy.run_path(str(FOLDER / "make.py"))
    script["make"](tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in FOLDER.glob("*.svg")}, "run python docs/pictures/make.py"
    assert set(made) == {f"{name}.svg" for name in script["PICTURES"]}
