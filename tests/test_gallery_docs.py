"""The gallery: its calls run as they stand, and each picture in it is one that the documentation draws."""

import re
import runpy
from pathlib import Path

import pytest
from guides import run_guide


@pytest.mark.compiled  # networks are trained for it
@pytest.mark.usefixtures("closed_figures")
def test_every_call_of_the_gallery_runs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = (root / "docs/gallery.md").read_text(encoding="utf-8").count("```python")
    run_guide(root, "gallery.md", blocks)


def test_every_picture_of_the_gallery_is_there(root: Path) -> None:
    named = re.findall(r"!\[[^\]]+\]\((pictures/[^)]+)\)", (root / "docs/gallery.md").read_text(encoding="utf-8"))
    assert named
    assert not [picture for picture in named if not (root / "docs" / picture).exists()]


def test_every_plot_of_the_gallery_is_drawn_by_the_call_under_it(root: Path) -> None:
    pytest.importorskip("matplotlib")
    script = runpy.run_path(str(root / "docs/pictures/plots.py"))
    text = (root / "docs/gallery.md").read_text(encoding="utf-8")
    drawn = [name for name, _ in script["CALLS"].findall(text)]
    shown = re.findall(r"\(pictures/((?:plot|motion)_\w+)\.", text)
    files = {path.stem for kind in ("plot", "motion") for path in (root / "docs/pictures").glob(f"{kind}_*")}
    assert drawn == shown
    assert set(drawn) == files
