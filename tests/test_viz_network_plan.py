"""From modules to their stages, and on to columns: right for each kind, and honest where the wiring is unknown."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import viz
from autograd import Value, softmax, tanh
from nn import Stage
from viz.network.columns import Frame, Images, Panel, Plus, Units
from viz.network.plan import Plan, Planner, span
from viz.network.stages import all_stages, stages_of
from viz.network_look import NetworkLook


class Gated(nn.Module):
    """A forward of its own."""

    def __init__(self) -> None:
        self.layer, self.gate = nn.Layer(2, 2, "tanh", seed=1), nn.MLP(2, [3, 2], seed=2)
        self.shift, self.table = Value(0.25), [[Value(1.0), Value(2.0)]]

    def forward(self, x: Any) -> Any:
        return [g * y + self.shift for g, y in zip(self.gate(x), self.layer(x))]


class Dropping(nn.Layer):
    """A layer that does something else with its input."""

    def forward(self, x: Any) -> Any:
        return super().forward([0.0, *x[1:]])


class Wired(Gated):
    """One that knows its order."""

    def architecture(self) -> list[Stage]:
        return [*self.gate.architecture(), *self.layer.architecture()]


def plan(model: nn.Module, **wishes: Any) -> Plan:
    return Planner(stages_of(model), NetworkLook(**wishes).checked(), 64).planned()


CONV = nn.Sequential(
    nn.Conv2d(1, 4, 3, seed=1), nn.Conv2d(4, 2, 2, seed=2), nn.AvgPool2d(2), nn.Flatten(), nn.Layer(8, 3, seed=3)
)  # fmt: skip
# what           module                                                      its stages
STAGES = [
    ("neuron",    nn.Neuron(3, "step", seed=1),                               [("", "dense", 3, 1, "step")]),
    ("layer",     nn.Layer(3, 2, "softmax", seed=1),                          [("", "dense", 3, 2, "softmax")]),
    ("mlp",       nn.MLP(2, [3, 1], seed=1),                                  [("layers.0", "dense", 2, 3, "relu"),
                                                                               ("layers.1", "dense", 3, 1, "identity")]),
    ("function",  nn.Sequential(nn.Layer(2, 2, seed=1), softmax),             [("layers.0", "dense", 2, 2, "relu"),
                                                                               ("layers.1", "function", None, None, "")]),
    ("nested",    nn.Sequential(nn.MLP(2, [1], seed=1), tanh),                [("layers.0.layers.0", "dense", 2, 1, "identity"),
                                                                               ("layers.1", "function", None, None, "")]),
    ("residual",  nn.Sequential(nn.Residual(nn.Layer(2, 2, seed=1))),         [("layers.0", "residual", None, None, "")]),
    ("images",    CONV,                                                       [("layers.0", "convolution", 1, 4, "relu"),
                                                                               ("layers.1", "convolution", 4, 2, "relu"),
                                                                               ("layers.2", "pool", None, None, ""),
                                                                               ("layers.3", "flatten", None, None, ""),
                                                                               ("layers.4", "dense", 8, 3, "relu")]),
    ("own",       Gated(),                                                    [("", "module", None, None, "")]),
    ("overridden", Dropping(2, 1, seed=1),                                    [("", "module", None, None, "")]),
    ("empty",     nn.Sequential(),                                            []),
]  # fmt: skip


@pytest.mark.parametrize(("model", "wanted"), [row[1:] for row in STAGES], ids=[row[0] for row in STAGES])
def test_a_module_says_its_stages(model, wanted) -> None:
    assert [(s.name, s.kind, s.inputs, s.outputs, s.activation) for s in model.architecture()] == wanted


@pytest.mark.parametrize("model", [row[1] for row in STAGES], ids=[row[0] for row in STAGES])
def test_its_numbers_are_those_of_the_state(model) -> None:
    """By name, in the shapes of `state_dict`; and all parameters are counted."""
    stages = list(all_stages(model.architecture()))
    told: dict[str, Any] = {}
    for stage in stages:
        where = f"{stage.name}." if stage.name else ""
        if stage.weights:
            single = type(model) is nn.Neuron
            told[f"{where}w"] = stage.weights[0] if single else stage.weights
            told[f"{where}b"] = stage.biases[0] if single else stage.biases
        told |= {f"{where}{name}": numbers for name, numbers in stage.state.items()}
    if type(model) is Dropping:  # its neurons are what is inside
        assert [inner.weights[0] for inner in stages[1:]] == model.state_dict()["w"]
        told = model.state_dict()
    assert told == model.state_dict()
    assert sum(stage.parameters for stage in model.architecture()) == len(model.parameters())


def test_inside_of_blocks() -> None:
    (own,) = Gated().architecture()
    assert [(s.name, s.kind, s.description) for s in own.inside] == [
        ("layer", "dense", "Layer(2 -> 2, tanh)"), ("gate", "sequence", "MLP(2 -> 3 -> 2)"),
    ]  # fmt: skip
    assert [s.name for s in own.inside[1].inside] == ["gate.layers.0", "gate.layers.1"]
    assert own.state == {"shift": 0.25, "table": [[1.0, 2.0]]}
    (block,) = nn.Sequential(nn.Residual(nn.Layer(2, 2, seed=1), nn.Residual(tanh))).architecture()
    assert [s.name for s in all_stages([block])] == [
        "layers.0", "layers.0.layers.0", "layers.0.layers.1", "layers.0.layers.1.layers.0",
    ]  # fmt: skip


def test_frozen_modules_say_so() -> None:
    model = nn.Sequential(nn.Layer(2, 2, seed=1).freeze(), nn.Layer(2, 1, seed=1), nn.Flatten().freeze())
    assert [s.frozen for s in model.architecture()] == [True, False, False]


def test_a_subclass_that_computes_something_else_is_of_unknown_wiring() -> None:
    class Chain(nn.MLP):
        pass

    class Loop(nn.MLP):
        def forward(self, x: Any) -> Any:
            return super().forward(super().forward(x))

    assert [s.kind for s in Chain(2, [2], seed=1).architecture()] == ["dense"]
    assert [s.kind for s in Loop(2, [2], seed=1).architecture()] == ["module"]
    assert [s.kind for s in Wired().architecture()] == ["dense"] * 3


def test_an_attribute_may_bear_the_name_of_the_method() -> None:
    class Sized(nn.MLP):
        def __init__(self, sizes: list[int]) -> None:
            self.architecture = sizes
            super().__init__(sizes[0], sizes[1:], seed=1)

    model = Sized([2, 3, 1])
    assert viz.draw(model).dot == viz.draw(nn.MLP(2, [3, 1], seed=1)).dot
    assert [s.kind for s in nn.Sequential(model).architecture()] == ["dense"] * 2


def test_stages_are_the_numbers_of_the_moment() -> None:
    model = nn.Layer(2, 1, seed=1)
    (before,) = model.architecture()
    model.neurons[0].w[0].data = 7.0
    assert before.weights[0][0] != 7.0
    assert model.architecture()[0].weights[0][0] == 7.0


# Columns.

COLUMNS = [
    ("neuron", nn.Neuron(3, seed=1), {}, [(Units, 3), (Units, 1)], ["dense"]),
    ("mlp", nn.MLP(2, [3, 1], seed=1), {}, [(Units, 2), (Units, 3), (Units, 1)], ["dense", "dense"]),
    ("image", nn.MLP(6, [3, 1], seed=1), {"image": (2, 3)}, [(Frame, 0), (Images, 3), (Units, 1)], ["bundle", "dense"]),
    ("function between", nn.Sequential(nn.Layer(2, 2, seed=1), softmax, nn.Layer(2, 1, seed=1)), {},
     [(Units, 2), (Units, 2), (Panel, 0), (Units, 2), (Units, 1)], ["dense", "bundle", "bundle", "dense"]),
    ("images", CONV, {}, [(Panel, 0), (Images, 0), (Images, 0), (Panel, 0), (Panel, 0), (Units, 8), (Units, 3)],
     ["bundle"] * 5 + ["dense"]),
    ("images of a size", CONV, {"image": (7, 7)},
     [(Frame, 0), (Images, 0), (Images, 0), (Panel, 0), (Panel, 0), (Units, 8), (Units, 3)],
     ["bundle"] * 5 + ["dense"]),
    ("flat images", nn.Sequential(nn.Flatten(), nn.Layer(4, 2, seed=1)), {"image": (2, 2)},
     [(Frame, 0), (Panel, 0), (Images, 2)], ["bundle", "bundle"]),
    ("residual", nn.Residual(nn.Layer(2, 3, seed=1), nn.Layer(3, 2, seed=1)), {},
     [(Units, 2), (Units, 3), (Units, 2), (Units, 2)], ["dense", "dense", "each"]),
    ("residual of unknown size", nn.Residual(nn.Conv2d(1, 1, 3, padding=1, seed=1)), {},
     [(Panel, 0), (Images, 0), (Plus, 0)], ["bundle", "bundle"]),
    ("own", nn.Sequential(nn.Layer(2, 2, seed=1), Gated()), {}, [(Units, 2), (Units, 2), (Panel, 0)], ["dense", "bundle"]),
    ("empty", nn.Sequential(), {}, [(Panel, 0)], []),
    ("named ends of what is unknown", Gated(), {"inputs": ["a", "b"], "outputs": ["c"]}, [(Units, 2), (Panel, 0), (Units, 1)],
     ["bundle", "bundle"]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "wishes", "columns", "links"), [row[1:] for row in COLUMNS], ids=[row[0] for row in COLUMNS])
def test_columns(model, wishes, columns, links) -> None:
    drawn = plan(model, **wishes)
    assert [(type(column), column.count) for column in drawn.columns] == columns
    assert [link.kind for link in drawn.cables] == links
    assert [(link.tail, link.head) for link in drawn.cables] == list(zip(drawn.columns, drawn.columns[1:]))


def test_an_arc_leads_around_what_a_residual_block_holds() -> None:
    inner = nn.Residual(nn.Layer(3, 3, seed=1))
    drawn = plan(nn.Sequential(nn.Layer(2, 4, seed=1), nn.Residual(nn.Layer(4, 3, seed=1), inner, nn.Layer(3, 4, seed=1)), inner))
    told = [(drawn.columns.index(arc.tail), drawn.columns.index(arc.head), arc.level) for arc in drawn.arcs]
    assert told == [(2, 4, 0), (1, 6, 1), (7, 9, 0)]  # the last one takes three numbers, and so begins at a column of its own


def test_long_columns_are_cut() -> None:
    short, long = plan(nn.Layer(64, 1, seed=1)).columns[0], plan(nn.Layer(65, 1, seed=1)).columns[0]
    assert (len(short.shown), len(long.shown)) == (64, 32)
    assert long.shown == [*range(16), *range(49, 65)]


@settings(max_examples=40)
@given(st.lists(st.integers(1, 90), min_size=2, max_size=5))
def test_any_sizes(sizes) -> None:
    """Each shown weight is one wire with the number of the model."""
    model = nn.MLP(sizes[0], sizes[1:], seed=0)
    drawn = plan(model)
    state = model.state_dict()
    assert [column.count for column in drawn.columns] == sizes
    for i, link in enumerate(drawn.cables):
        rows = state[f"layers.{i}.w"]
        wires = {(link.tail.shown[j], link.head.shown[k]): w for j, k, w in link.wires()}
        assert len(wires) == len(link.tail.shown) * len(link.head.shown)
        assert all(rows[k][j] == w for (j, k), w in wires.items())


def test_span() -> None:
    assert span([[3.0, -1.0], [], [2.0]]) == (-1.0, 3.0, 0)
    assert span([[1e308, 1e308]]) == (1e308, 1e308, 0)
    low, high, wrong = span([[math.nan], [math.inf]])
    assert (math.isnan(low), math.isnan(high), wrong) == (True, True, 2)


# Whatever says what it is made of.


@dataclass
class Foreign:
    """No module of ours."""

    stages: list[Any]

    def architecture(self) -> list[Any]:
        return self.stages


def test_anything_with_an_architecture_is_drawn() -> None:
    stage = Stage(kind="dense", description="Linear", inputs=2, outputs=1, weights=[[1.0, -2.0]], biases=[0.5])
    svg = viz.svg(Foreign([stage]))
    assert all(f">{said}<" in svg for said in ("1", "−2", "0.5", "Linear", "2 → 1"))
    unbiased = Stage(kind="dense", description="Linear", inputs=2, outputs=1, weights=[[1.0, -2.0]])
    drawings = viz.draw(Foreign([unbiased])), viz.draw(Foreign([unbiased]), image=(1, 2))
    assert not any("bias" in drawn.svg + drawn.dot for drawn in drawings)
    for wrong in ([[1.0]], [[1.0, 2.0], [3.0, 4.0]], []):
        stage = Stage(kind="dense", description="Linear", inputs=2, outputs=1, weights=wrong, biases=[0.5])
        with pytest.raises(ValueError, match=r"Linear: architecture\(\) gives weights and biases that are not 1 x 2"):
            viz.svg(Foreign([stage]))


MODEL = nn.MLP(2, [2, 1], seed=1)
ERRORS = [
    (lambda: viz.draw([1.0]), TypeError, "drawn of Values, of a Program, or of a network such as a module of nn, not of a list"),
    (lambda: viz.draw(nn.MLP), TypeError, "not of the class MLP"),
    (lambda: viz.svg(MODEL, heat=True, collapse=2), TypeError,
     "collapse, heat: no option of the picture of a network, which takes inputs, outputs, image, layers, level, at, "),
    (lambda: viz.svg(MODEL, "record"), TypeError, "style: no option"),
    (lambda: viz.draw(MODEL, names={}), TypeError, "names: no option"),
    (lambda: viz.draw(MODEL, max_boxes=3), TypeError, "max_boxes: no option"),
    (lambda: viz.draw(MODEL, direction="TB"), TypeError, "direction: no option"),
    (lambda: viz.draw(Value(1.0), image=(2, 2), inputs=["x"]), TypeError, "inputs, image: an option of the picture of a network"),
    (lambda: viz.draw(MODEL, theme="blue"), ValueError, "no theme 'blue'"),
    (lambda: viz.draw(MODEL, number_format="x"), ValueError, "number_format is a format"),
    (lambda: viz.draw(MODEL, inputs="ab"), TypeError, "inputs= is a list of names, one for each .* inputs, not 'ab'"),
    (lambda: viz.draw(MODEL, outputs=[]), TypeError, "outputs= is a list of names"),
    (lambda: viz.draw(MODEL, inputs=["a"]), ValueError, "inputs= has 1 name, and the network 2 inputs"),
    (lambda: viz.draw(MODEL, outputs=["a", "b"]), ValueError, "outputs= has 2 names, and the network 1 outputs"),
    (lambda: viz.draw(nn.Layer(64, 2, seed=1), image=(7, 8)), ValueError,
     r"image= is 7 x 8, of 56 numbers; Layer\(64 -> 2, relu\) takes 64"),
    (lambda: viz.draw(MODEL, image=8), ValueError, r"image= is \(rows, columns\) of the input as an image"),
    (lambda: viz.draw(MODEL, image=(2, 0)), ValueError, "two whole numbers above 0"),
    (lambda: viz.draw(MODEL, image=(1, 2), inputs=["a", "b"]), ValueError, "are its points and have no names"),
    (lambda: viz.draw(Gated(), image=(1, 2)), ValueError, "this network begins with Gated"),
    (lambda: viz.draw(nn.Sequential(), image=(1, 2)), ValueError, "this network is empty"),
    (lambda: viz.html(MODEL), TypeError,
     r"a page is made of a Value, not of a MLP; of a network take what it gives: viz.html\(model\(x\)\)"),
    (lambda: viz.text(MODEL), TypeError, "an outline is made of a Value, not of a MLP"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "kind", "message"), ERRORS, ids=[message[:40] for *_, message in ERRORS])
def test_errors(make, kind, message) -> None:
    with pytest.raises(kind, match=message):
        make()


def test_options_that_say_nothing_are_let_pass() -> None:
    assert viz.svg(MODEL, heat=False, opened=[], style="textbook", inputs=None) == viz.svg(MODEL)


# Files, the notebook.


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<svg "), (".dot", b"digraph {"), (".txt", b"MLP(2 -> 2 -> 1): 9 parameters\n  layers.0. ")]
)
def test_files(tmp_path: Path, suffix: str, start: bytes) -> None:
    viz.save(MODEL, tmp_path / f"net{suffix}")
    assert (tmp_path / f"net{suffix}").read_bytes().startswith(start)
    viz.draw(MODEL).save(tmp_path / f"again{suffix}")
    assert (tmp_path / f"again{suffix}").read_bytes() == (tmp_path / f"net{suffix}").read_bytes()


@pytest.mark.parametrize(("suffix", "package", "start"), [(".png", "resvg_py", b"\x89PNG"), (".pdf", "cairosvg", b"%PDF")])
def test_files_through_an_extra(tmp_path: Path, suffix: str, package: str, start: bytes) -> None:
    pytest.importorskip(package)
    viz.save(MODEL, tmp_path / f"net{suffix}", theme="dark", inputs=["入力", "b"])
    assert (tmp_path / f"net{suffix}").read_bytes().startswith(start)


def test_files_that_there_are_not(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"viz.html\(model\(x\)\)"):
        viz.save(MODEL, tmp_path / "net.html")
    for suffix in (".dot", ".txt"):
        with pytest.raises(TypeError, match="heat: no option"):
            viz.save(MODEL, tmp_path / f"net{suffix}", heat=True)
    assert not list(tmp_path.iterdir())


def test_a_notebook_shows_a_module_as_its_picture() -> None:
    bundle = MODEL._repr_mimebundle_()
    assert bundle == {"image/svg+xml": viz.svg(MODEL), "text/plain": repr(MODEL)}
    assert set(MODEL._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(MODEL._repr_mimebundle_(exclude={"text/plain"})) == {"image/svg+xml"}


def test_a_notebook_shows_no_picture_of_more_than_a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viz.notebook, "SHOWN_BYTES", len(viz.svg(MODEL)) - 1)
    assert MODEL._repr_mimebundle_() == {"text/plain": repr(MODEL)}


def test_the_notebook_never_sees_an_error() -> None:
    class Broken(nn.Module):
        def architecture(self) -> list[Stage]:
            raise RuntimeError

    assert Broken()._repr_mimebundle_() == {"text/plain": repr(Broken())}


def said_by(program: str) -> str:
    return subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_without_viz_a_notebook_shows_the_repr() -> None:
    program = "import sys, nn; m = nn.Neuron(1); print(m._repr_mimebundle_() == {'text/plain': repr(m)}, 'viz' in sys.modules)"
    assert said_by(program) == "True False"


def test_viz_needs_no_nn() -> None:
    modules = "viz.network.wiring, viz.network.plan, viz.page.page"
    program = f"import sys, {modules}; print([name for name in sys.modules if name.split('.')[0] == 'nn'])"
    assert said_by(program) == "[]"


def test_no_graphviz_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = viz.svg(MODEL)

    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(viz.graph.layout, "run", missing)
    assert viz.svg(MODEL) == before


def test_drawing_touches_nothing() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    loss = nn.squared_error(model([1.0, 2.0]), 0.5)
    loss.backward()
    before = [(p.data, p.grad, p.parents) for p in model.parameters()], loss.grad
    viz.draw(model)
    assert ([(p.data, p.grad, p.parents) for p in model.parameters()], loss.grad) == before


def test_layers_of_sequences_say_what_they_compute() -> None:
    modules = nn.Embedding(27, 8), nn.RMSNorm(8), nn.Attention(8, 2), nn.LayerNorm(40), nn.RNN(8, 4), nn.Dropout(0.1)
    plan = Planner(stages_of(nn.Sequential(*modules)), NetworkLook()).planned()
    panels = [column for column in plan.columns[1:] if isinstance(column, Panel)]
    assert [[text.content for text in panel.lines] for panel in panels] == [
        ["Embedding(27 of 8)", "w[token]", "216 parameters"],
        ["RMSNorm(8)", "w × x / √(mean(x²) + ε)", "8 parameters"],
        ["Attention(8, 2 heads)", "output(Σ softmax(query · key / √4) value)", "256 parameters"],
        ["LayerNorm(40)", "w × (x − mean(x)) / √(var(x) + ε) + b", "80 parameters"],
        ["RNN(8 → 4, tanh)", "h = cell(x, h)", "52 parameters"],
        ["Dropout(0.1)", "0 or x / 0.9"],
    ]
    assert not any(panel.broken for panel in panels)
    told = [[([text.content for text in row.texts], len(row.matrix)) for row in panel.rows] for panel in panels]
    assert told[0] == [(["w", "27 × 8"], 27)]
    assert told[1] == [(["w", "8"], 1)]
    assert [row[0][0] for row in told[2]] == ["layers.2.query", "layers.2.key", "layers.2.value", "layers.2.output"]
    assert told[3] == [(["w", "40"], 0), (["b", "40"], 0)]  # too many for an image
    assert told[4] == [(["layers.4.cell", "Layer(12 → 4, tanh)", "52 parameters"], 4)]
    assert told[5] == []


def test_a_network_of_ones_own_lists_them_with_their_formulas() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            self.tokens, self.norm = nn.Embedding(5, 3, seed=1), nn.RMSNorm(3, affine=False)

        def forward(self, x: Any) -> Any:
            return self.norm(self.tokens(x))

    columns = Planner(stages_of(Model()), NetworkLook()).planned().columns
    (panel,) = (column for column in columns if isinstance(column, Panel) and column.broken)
    assert [([text.content for text in row.texts], len(row.matrix)) for row in panel.rows] == [
        (["tokens", "Embedding(5 of 3)", "w[token]", "15 parameters"], 5),
        (["norm", "RMSNorm(3)", "x / √(mean(x²) + ε)", "0 parameters"], 0),
    ]
