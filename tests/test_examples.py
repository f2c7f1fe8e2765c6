"""Every example runs from its one command and prints what it promises."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

PROMISED = {
    "apples": ["支払金額 220 円", "∂支払金額/∂リンゴの値段 = 2.2", "∂支払金額/∂リンゴの個数 = 110", "∂支払金額/∂消費税 = 200"],
    "find_the_nan": ["culprit: sqrt(0) = 0 has the partial inf", "culprit: nobody", "log(probability)"],
    "new_operation": [
        "0.512, second derivative -0.73728",
        "the property test passed",
        "Most likely at fault: wrong(0.75)",
    ],
    "nist_fit": ["b1 = 2.3894212918e+02", "b2 = 5.5015643181e-04", "s1 = 2.7070075241e+00", "s2 = 7.2668688436e-06"],
    "topological_order": ["wrong order: dy/dx = 276, by hand 114", "right order: dy/dx = 114", "backward():  dy/dx = 114"],
}
PICTURES = {"apples": ["apples.svg"], "topological_order": ["wrong_order.svg", "right_order.svg"]}


def test_every_example_is_here(root):
    assert {path.stem for path in (root / "examples").glob("*.py")} == set(PROMISED)


@pytest.mark.parametrize("name", PROMISED)
def test_example(name, root, tmp_path):
    command = [sys.executable, "-X", "utf8", root / "examples" / f"{name}.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for line in PROMISED[name]:
        assert line in done.stdout
    for picture in PICTURES.get(name, []):
        assert ET.parse(tmp_path / picture).getroot().tag.endswith("svg")  # noqa: S314  (our own)
    if name == "nist_fit":  # NIST certifies 11 digits
        assert all(float(line.split()[-2]) > 10 for line in done.stdout.splitlines() if line.endswith("digits"))
