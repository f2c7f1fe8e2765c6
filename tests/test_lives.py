"""Random lives of graphs: both engines see the same, to the bit."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import autograd

LIVES = Path(__file__).parent / "lives.py"
SEED = 1 if os.environ.get("CI") else random.randrange(1_000_000)


def lived(seed, steps, path, *options):
    """The digest of a life on the engine that is found first on this path."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    command = [sys.executable, "-P", str(LIVES), str(seed), str(steps), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"lives.py {seed} {steps}: status {done.returncode}\n{done.stderr[-3000:]}"
    return done.stdout


def same_on_both_engines(seed, steps, root):
    """Whether the installed engine, compiled, and that of the checkout, which is not, see the same."""
    compiled = lived(seed, steps, Path(autograd.__file__).parent.parent)
    assert compiled == lived(seed, steps, root), f"lives.py {seed} {steps}: the engines see different things"


@pytest.mark.compiled
def test_a_life_is_the_same_on_both_engines(root, record_property):
    record_property("seed", SEED)
    same_on_both_engines(SEED, 400, root)


@pytest.mark.long
@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(20))
def test_long_lives_are_the_same_on_both_engines(seed, root):
    same_on_both_engines(seed, 3000, root)


def test_a_life_outlives_interrupts():
    lived(SEED, 300, Path(autograd.__file__).parent.parent, "--interrupt")
