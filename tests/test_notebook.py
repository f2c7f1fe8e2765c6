"""The sample notebook runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from viz.graph.layout import ENGINES, find

nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")
import nbformat  # noqa: E402  (comes with nbclient)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def tour(root: Path, tmp_path_factory: pytest.TempPathFactory):
    """The notebook with its outputs."""
    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    notebook = nbformat.read(root / "examples" / "tour.ipynb", as_version=4)
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("IPYTHONDIR", str(folder))
        patch.setenv("PYTHONWARNINGS", "default")
        client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}})
        return client.execute(env=dict(os.environ))


def outputs(tour, beginning: str):
    """What the cell gave whose source contains this."""
    (cell,) = (cell for cell in tour.cells if cell.cell_type == "code" and beginning in cell.source)
    return cell.outputs


def result(tour, beginning: str):
    return outputs(tour, beginning)[-1].data


def test_it_is_stored_without_outputs(root: Path) -> None:
    stored = nbformat.read(root / "examples" / "tour.ipynb", as_version=4)
    nbformat.validate(stored)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in stored.cells if cell.cell_type == "code")


def test_every_cell_runs_without_a_word_on_standard_error(tour) -> None:
    said = [output for cell in tour.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in said if output.output_type == "error"] == []
    assert [output.text for output in said if output.get("name") == "stderr"] == []


@pytest.mark.skipif(not any(find(engine) for engine in ENGINES), reason="Graphviz is not installed")
def test_a_value_is_its_picture(tour) -> None:
    shown = result(tour, "payment.backward()")
    assert shown["image/svg+xml"].startswith("<svg ")
    assert "支払金額" in shown["image/svg+xml"]
    assert shown["text/plain"].startswith("<Value 220")
    page = result(tour, "viz.html(payment)")
    assert page["text/html"].startswith("<iframe ")
    told = result(tour, "viz.explain(y, x)")
    assert 'class="lit"' in told["text/html"]
    assert "∂y/∂x = 27 = 9 + 9 + 9" in told["text/html"]


def test_text(tour) -> None:
    table = result(tour, "viz.text(payment)")
    for shown in (table["text/plain"], table["text/html"]):  # in colours: the kernel says that its front end shows them
        assert "リンゴの値段   100   2.2" in re.sub("\x1b\\[[0-9]*m|<[^>]*>", "", shown)
    assert "more paths, together" in outputs(tour, "told.count")[0].text
    assert result(tour, "told.count")["text/plain"] == "True"
    large = result(tour, "range(200)")
    assert set(large) == {"image/svg+xml", "text/html", "text/plain"}
    assert large["image/svg+xml"].count("<rect") < 100  # of 401 nodes
    assert result(tour, "program.listing()")["text/plain"].startswith("([0.0, ")


def test_plots(tour) -> None:
    plots = [cell for cell in tour.cells if "ax = viz.plot_" in cell.source]
    assert len(plots) == 6
    for cell in plots:
        assert [("image/png" in output.data) for output in cell.outputs] == [True]


def test_a_network_is_its_picture(tour) -> None:
    shown = result(tour, "nn.MLP")
    assert shown["image/svg+xml"].startswith("<svg ")
    assert "2 → 1 · identity" in shown["image/svg+xml"]
    assert shown["text/plain"].startswith("MLP(2 -> 2 -> 1): 9 parameters")
