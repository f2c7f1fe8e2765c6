"""Every example runs from its one command and prints what it promises."""

from __future__ import annotations

import math
import random
import re
import runpy
import statistics
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from autograd import ops, registry

PROMISED = {
    "apples": ["支払金額 220 円", "∂支払金額/∂リンゴの値段 = 2.2", "∂支払金額/∂リンゴの個数 = 110", "∂支払金額/∂消費税 = 200"],
    "find_the_nan": ["culprit: sqrt(0) has the derivative inf", "return sqrt(mean(", "culprit: nobody", "log(probability)"],
    "kepler": ["Kepler says (", "apart by less than 1e-12: True"],
    "new_operation": [
        "0.512, second derivative -0.73728",
        "the property test passed",
        "Most likely at fault: wrong(0.75)",
    ],
    "nist_fit": ["b1 = 2.3894212918e+02", "b2 = 5.5015643181e-04", "s1 = 2.7070075241e+00", "s2 = 7.2668688436e-06"],
    "rigorous_zero": [
        "-2.29140541583830", "-0.81878411990016", "0.74076526358986", "2.6206507117020", "3.4489939095685",
        "exactly one zero",
    ],
    "robot_arm": [
        "void arm_and_jacobian(const double x[3], double y[3], double jacobian[9]);",
        "114 lines of C for the position and its Jacobian",
    ],
    "scipy_solvers": [
        *[f"minimize, {method:12} |x - 1| <= 1e-5: True" for method in ("CG", "BFGS", "L-BFGS-B", "SLSQP", "Newton-CG")],
        "minimize, trust-exact  |x - 1| <= 1e-5: True",
        "minimize, trust-krylov |x - 1| <= 1e-5: True",
        "minimize, without a program: [1. 1. 1. 1. 1. 1.]",
        "centre and radius [ 3. -1.  2.]",
        "root: [ 1.00416874 -1.72963729] misses by less than 1e-12: True",
        "at time 40 ['0.71583', '9.1855e-06', '0.28416'] in sum 1",
        "curve_fit: [2.5 1.3 0.5]",
    ],
    "topological_order": ["wrong order: dy/dx = 276, by hand 114", "right order: dy/dx = 114", "backward():  dy/dx = 114"],
}
NETWORKS = {
    "logistic_regression": ("logistic.png", r"98\.8% right; coefficients within 1e-6 of scikit-learn's: True"),
    "train_autoencoder": ("autoencoder.png", r"squared error of an image (1\.[89]\d|2\.[01]\d); by the best plane .* 3\.36"),
    "train_digits": ("digits.png", r"(9[6-9]\.\d|100\.0)% of 599 images that it has not seen, after \d\.\d"),
    "train_images": ("images.png", r"(9[89]\.\d|100\.0)% of 599 images that it has not seen"),
    "train_moons": ("moons.png", r"step 0 loss 0\.895844102868, step 99 loss 0\.010978370135, accuracy 100%"),
    "train_regression": ("regression.png", r"a line .* at most \de-(1[1-9]) from the exact .*\n.*penalty: 0\.4\d\d explained"),
    "train_xor": ("xor_training.png", r"start 1: loss 0\.0001, outputs 0.01 0.98 0.98 0.01\nstart 7: loss 0\.0626"),
}
"""What the examples that train networks print, as a pattern, and their picture."""
NETWORK_PICTURES = {
    "train_digits": ("digits_network.svg", "weight in an image: layers.0"),
    "train_images": ("images_network.svg", "Conv2d(16 → 16, 3x3, relu)"),
    "train_xor": ("xor_network.svg", "a ≠ b"),
}
"""The pictures of trained networks, and what they say."""
SEQUENCES = {
    "train_arithmetic": (["--epochs", "2", "--sums", "200"], "arithmetic.png", r"\d\.\d% of 2000 .*\n(\d\d\+\d\d=\d{3}\n){5}"),
    "train_names": (["--steps", "60"], "names.png", r"437 names, 4,192 numbers .*\n(step +\d+  loss \d\.\d{3}  .*\n){5}a letter"),
    "train_sine": (["--epochs", "2", "--units", "2"], "sine.png", r"it misses by 0\.\d+ .*\nalone for 100 points"),
}
"""What those of sequences print with little to do, and their picture; what they reach is asked of them slowly."""
REACHED = {
    "train_arithmetic": r"(9[6-9]\.\d|100\.0)% of 2000 sums that it has not seen",
    "train_names": r"a letter costs 1\.[7-9]\d\d, of 40 names that it has not seen 2\.[3-5]",
    "train_sine": r"four periods, it is at most 0\.[0-2]\d from the sine",
}
WITH_A_TEST_OF_THEIR_OWN = {
    "basket_option", "differential_equation", "figures", "names_by_hand", "nist_levenberg_marquardt", *NETWORKS, *SEQUENCES,
}  # fmt: skip
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PICTURES = {"apples": ["apples.svg"], "topological_order": ["wrong_order.svg", "right_order.svg"]}


def test_every_example_is_here(root):
    assert {path.stem for path in (root / "examples").glob("*.py")} == set(PROMISED) | WITH_A_TEST_OF_THEIR_OWN


@pytest.fixture
def asked(monkeypatch, tmp_path, capsys):
    """How a script ends that is run here, in a folder of the test, and what it prints: its code, its output, its errors."""
    monkeypatch.chdir(tmp_path)

    def asked(path, *arguments):
        monkeypatch.setattr(sys, "argv", [str(path), *arguments])
        known = set(ops.TABLE)
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(path), run_name="__main__")
        for name in set(ops.TABLE) - known:
            registry.remove(name)
        return ended.value.code, *capsys.readouterr()

    return asked


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_every_example_tells_what_it_shows_and_refuses_what_it_does_not_take(path, tmp_path, asked):
    """Before anything is computed or written."""
    code, said, error = asked(path, "--help")
    first = path.read_text(encoding="utf-8").splitlines()[0].strip('"')
    assert (code, error) == (0, "")
    assert first in said
    for odd in ("--nobody", "0"):
        code, said, error = asked(path, odd)
        assert (code, said) == (2, ""), odd
        assert error.startswith(f"usage: {path.name} [-h]")
        assert re.search(rf"^{path.name}: error: .*{re.escape(odd)}", error, re.MULTILINE), error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "odd", "said"),
    [
        ("basket_option", ["1"], "argument paths: '1' is not a whole number of at least 2"),
        ("figures", ["darker"], "invalid choice: 'darker'"),
        ("train_names", ["--blocks", "0"], "argument --blocks: '0' is not a whole number of at least 1"),
        ("train_names", ["--width", "6"], "argument --width: '6' is not a multiple of 4 of at least 4"),
        ("train_names", ["--names", "none.txt"], "argument --names: none.txt cannot be read"),
        ("train_names", ["--names", "few.txt"], "few.txt: has 2 names, and at least 41 are needed"),
        ("names_by_hand", ["--names", "empty.txt"], "empty.txt: has 0 names, and at least 1 are needed"),
        ("names_by_hand", ["--names", "odd.txt"], "odd.txt: 'Zo\u00eb' is no name of at most 15 letters from a to z"),
        ("names_by_hand", ["--steps", "x"], "argument --steps: 'x' is not a whole number of at least 1"),
        ("train_arithmetic", ["--sums", "9000"], "'9000' is not a whole number of at least 1, at most 8000"),
        ("train_sine", ["--epochs", "-1"], "argument --epochs: '-1' is not a whole number of at least 1"),
    ],
)
def test_what_an_option_cannot_be_is_refused(name, odd, said, tmp_path, asked):
    for file, text in {"few": "anna\nbob\n", "empty": "", "odd": "anna\nZo\u00eb\n"}.items():
        (tmp_path / f"{file}.txt").write_text(text, encoding="utf-8")
    code, output, error = asked(EXAMPLES / f"{name}.py", *odd)
    assert (code, output) == (2, "")
    assert f"{name}.py: error: " in error
    assert said in error


def run(path, folder, *arguments):
    """What a script prints in a folder."""
    command = [sys.executable, "-X", "utf8", path, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", PROMISED)
def test_example(name, root, tmp_path):
    printed = run(root / "examples" / f"{name}.py", tmp_path)
    for line in PROMISED[name]:
        assert line in printed
    for picture in PICTURES.get(name, []):
        assert ET.parse(tmp_path / picture).getroot().tag.endswith("svg")  # noqa: S314  (our own)
    if name == "nist_fit":  # NIST certifies 11 digits
        assert all(float(line.split()[-2]) > 10 for line in printed.splitlines() if line.endswith("digits"))


@pytest.mark.compiled
@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name, root, tmp_path):
    """They reach the figures that the guide tells."""
    picture, promised = NETWORKS[name]
    printed = run(root / "examples" / f"{name}.py", tmp_path)
    assert re.search(promised, printed), printed
    assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
    if name in NETWORK_PICTURES:
        network, said = NETWORK_PICTURES[name]
        texts = [element.text for element in ET.parse(tmp_path / network).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
        assert said in texts


@pytest.mark.compiled
@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences(name, root, tmp_path):
    arguments, picture, promised = SEQUENCES[name]
    printed = run(root / "examples" / f"{name}.py", tmp_path, *arguments)
    assert re.search(promised, printed), printed
    assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.compiled
@pytest.mark.parametrize("name", REACHED)
def test_what_sequences_reach(name, root, tmp_path):
    assert re.search(REACHED[name], run(root / "examples" / f"{name}.py", tmp_path))


def test_names_by_hand_and_recorded(root, capsys):
    """From the same numbers the page of Values and the network out of `nn`, recorded, cost the same at each of 30 steps."""
    pytest.importorskip("matplotlib")
    by_hand, recorded = (runpy.run_path(str(root / "examples" / f"{name}.py")) for name in ("names_by_hand", "train_names"))
    names = by_hand["read"](root / "examples" / "names.txt")[::20]
    matrices = by_hand["new_model"](random.Random(3))
    model = recorded["GPT"]()
    state = {name: [[p.data for p in row] for row in matrix] for name, matrix in matrices.items()}
    places = {"tokens": "tokens.w", "places": "places.w", "letters": "letters.w"}
    places |= {name: f"blocks.0.attention.{name}.w" for name in ("query", "key", "value", "output")}
    places |= {name: f"blocks.0.{name}.w" for name in ("wide", "narrow")}
    model.load_state_dict({places[name]: numbers for name, numbers in state.items()})
    wanted = by_hand["train"](matrices, names, 30)
    found = recorded["train"](model, [recorded["tokens_of"](name) for name in names], 30, show=0)
    assert found == pytest.approx(wanted, rel=1e-12)
    assert wanted[-1] < wanted[0]
    numbers = model.with_parameters([p.data for p in model.parameters()])
    assert by_hand["invented"](matrices, random.Random(1)) == recorded["invented"](numbers, random.Random(1))
    capsys.readouterr()


def test_names_that_are_none(root, tmp_path):
    pytest.importorskip("matplotlib")
    by_hand, recorded = (runpy.run_path(str(root / "examples" / f"{name}.py")) for name in ("names_by_hand", "train_names"))
    for name in ("Anna", "zoë", "a" * 16):
        (tmp_path / "names.txt").write_text(f"anna\n{name}\n", encoding="utf-8")
        with pytest.raises(ValueError, match="is no name of at most 15 letters from a to z"):
            by_hand["read"](tmp_path / "names.txt")
        with pytest.raises(ValueError, match="is no name of at most 15 letters from a to z"):
            recorded["tokens_of"](name)


def test_names_by_hand_from_the_command_line(root, tmp_path):
    printed = run(root / "examples" / "names_by_hand.py", tmp_path, "--steps", "3")
    assert re.fullmatch(r"477 names, 4,192 numbers to learn\nit invents:( [a-z]*){10}\n", printed)


@pytest.mark.parametrize("style", [[], ["dark"]])
def test_figures(style, root, tmp_path):
    pytest.importorskip("matplotlib")
    command = [sys.executable, root / "examples" / "figures.py", *style]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.splitlines() == [f"{name} is drawn" for name in ("activations", "descents", "xor", "vanishing")]
    for name in ("activations", "descent", "xor", "vanishing"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("cases")
def test_nist_digits(root, tmp_path):
    """Ten certified digits of the worst parameter of all 27 models, from both starts."""
    printed = run(root / "examples" / "nist_levenberg_marquardt.py", tmp_path)
    fits = [line.split() for line in printed.splitlines() if " lower " in line or " average " in line or " higher " in line]
    assert len(fits) == 27
    assert {name: digits for name, _, *digits in fits if min(map(float, digits[:2])) < 10} == {}
    assert "54 of 54 fits" in printed


def test_nist_without_the_cases(root, tmp_path):
    copy = tmp_path / "elsewhere" / "examples" / "fit.py"
    copy.parent.mkdir(parents=True)
    copy.write_bytes((root / "examples" / "nist_levenberg_marquardt.py").read_bytes())
    assert "2 of 2 fits have 10 digits" in run(copy, tmp_path)


def test_basket_option(root, tmp_path):
    printed = run(root / "examples" / "basket_option.py", tmp_path, "1000")
    for line in (
        "equal bits on two threads: True",
        "closed forms less than 4 standard errors away: True",
        "differences less than 1 standard error away: True",
        "control variate less than 4 away: True",
    ):
        assert line in printed


def test_basket_of_one_asset(root):
    """The formula of Black and Scholes and its derivatives, written out."""
    example = runpy.run_path(str(root / "examples" / "basket_option.py"))
    (spot,), (volatility,), rate, _ = example["ONE"]
    strike, root_of_time = example["STRIKE"], math.sqrt(example["YEARS"])
    normal = statistics.NormalDist()
    d1 = (math.log(spot / strike) + (rate + volatility**2 / 2) * example["YEARS"]) / (volatility * root_of_time)
    delta, above = normal.cdf(d1), normal.cdf(d1 - volatility * root_of_time)
    paid = strike * math.exp(-rate * example["YEARS"]) * above
    wanted = [spot * delta - paid, delta, spot * normal.pdf(d1) * root_of_time, example["YEARS"] * paid]
    assert example["exact"](example["ONE"]).tolist() == pytest.approx(wanted, rel=1e-13)


def test_differential_equation(root, tmp_path):
    """The method is of fourth order in its derivatives too, and the fit is as far from the truth as its errors say."""
    printed = run(root / "examples" / "differential_equation.py", tmp_path)
    assert "6 inputs, 48000 operations, 2 outputs" in printed
    (order,) = re.findall(r"([\d.]+) times smaller", printed)
    assert 15 < float(order) < 18  # 2**4 and the next term of the error
    (error,) = re.findall(r"error of the whole ([\d.e-]+)", printed)
    assert float(error) < 1e-8
    names = ["a", "b", "c", "d", "hares", "lynxes"]
    fitted = [row for row in map(str.split, printed.splitlines()) if len(row) == 6 and row[0] in names]
    assert [row[0] for row in fitted] == names
    assert all(abs(float(row[3]) - float(row[1])) < 4 * float(row[4]) for row in fitted)
    assert all(float(row[4]) < 0.01 * float(row[1]) for row in fitted)
