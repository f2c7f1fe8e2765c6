"""Every example in a docstring runs, on whichever engine is installed."""

from __future__ import annotations

import doctest
import importlib
import io
import pkgutil

import pytest

import autograd
import chainrule
import nn
import viz

MODULES = [
    name
    for package in (autograd, chainrule, nn, viz)
    for name in (package.__name__, *(found.name for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")))
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    told = io.StringIO()
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=told.write)
    assert runner.summarize(verbose=False).failed == 0, told.getvalue()


@pytest.mark.parametrize("name", ["autograd", "autograd.value", "autograd.ops", "autograd.derivative", "autograd.trace"])
def test_the_examples_are_found(name):
    """Compiled functions keep theirs too."""
    found = doctest.DocTestFinder().find(importlib.import_module(name))
    assert sum(len(test.examples) for test in found) > 2
