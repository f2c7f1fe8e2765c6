"""Where memory runs out there is an error or the right result: never a crash, a wrong number, or something left behind."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import COMPILED

HERE = Path(__file__).parent
SEED = 1 if os.environ.get("CI") else random.randrange(1000)


def swept(library, *arguments):
    """What the sweep prints."""
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONMALLOC": "malloc"}
    command = [sys.executable, "-P", str(HERE / "failing.py"), str(library), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{arguments}: status {done.returncode}\n{done.stdout[-500:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_a_failing_allocation_is_an_error_or_harms_nothing(library, record_property):
    record_property("seed", SEED)
    assert len(swept(library, 61 if COMPILED else 610, SEED).splitlines()) >= 28


@pytest.mark.long
@pytest.mark.parametrize("first", range(5))
def test_each_failing_allocation_is_an_error_or_harms_nothing(library, first):
    assert len(swept(library, 5 if COMPILED else 50, first).splitlines()) >= 28
