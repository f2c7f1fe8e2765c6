"""The C of the project is C11: neither GCC nor Clang has a word to say of it, as pedantic as they are."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig

import pytest

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
STRICT = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Wno-unused-function", "-fsyntax-only"]


@pytest.mark.slow
@pytest.mark.skipif(not COMPILERS or sys.platform == "win32", reason="no C compiler is here")
def test_the_headers_are_c11_to_the_letter(root, tmp_path):
    """What Cython writes is its own; the headers, and what is printed of the table, are ours. Warnings in them are errors."""
    if importlib.util.find_spec("Cython") is None:
        pytest.skip("Cython is not installed: pip install --group lint")
    copy, left = tmp_path / "copy", shutil.ignore_patterns(".*", "build", "*.egg-info", "__pycache__", "*.so", "tests", "docs")
    shutil.copytree(root, copy, ignore=left)
    stand_in, log = tmp_path / "cc", tmp_path / "log"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$*" >>"$LOG"\nwhile [ "$1" != -o ]; do shift; done\n: >"$2"\n')
    stand_in.chmod(0o755)
    environment = os.environ | {"CC": str(stand_in), "LDSHARED": str(stand_in), "LOG": str(log), "CFLAGS": ""}
    command = [sys.executable, "setup.py", "--quiet", "build_ext"]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    asked = [line.split() for line in log.read_text().splitlines() if " -c " in line]
    assert len(asked) > 5
    python, told = sysconfig.get_path("include"), []
    for words in asked:
        options = [word for word in words if word.startswith(("-I", "-D")) and word != f"-I{python}"]
        source = words[words.index("-c") + 1]
        for compiler in COMPILERS:
            command = [compiler, *STRICT, *options, "-isystem", python, "-include", "autograd/quiet.h", source]
            checked = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=600, check=False)
            assert checked.returncode == 0, checked.stderr
            told += [f"{compiler}: {line}" for line in re.findall(r"^\S+\.h:\d+.*warning: .*$", checked.stderr, re.MULTILINE)]
    assert told == []
