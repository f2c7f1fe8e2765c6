"""What the READMEs show runs, and prints what they say it prints."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest

from autograd import ops, registry

READMES = ("README.md", "README.ja.md")
TWO_COMMANDS = [
    'pip install . && chainrule "(sin(x) * x)**2 + x" x=1.5 -o graph.svg',
    "python -m pip install --upgrade pip && pip install . --group test && pytest -n auto --dist loadfile",
]


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture(params=READMES)
def readme(request, root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = set(ops.TABLE)
    yield (root / request.param).read_text(encoding="utf-8")
    for name in set(ops.TABLE) - before:
        registry.remove(name)


def test_the_two_commands_are_single_lines(readme):
    assert [block.strip() for block in blocks(readme, "sh")] == TWO_COMMANDS


def test_both_lead_to_the_same_places(root):
    """A language is no place: a.en.md and a.ja.md are one."""
    found = [set(re.findall(r"\]\(([^)#]+)", (root / name).read_text(encoding="utf-8"))) for name in READMES]
    english, japanese = ({re.sub(r"\.(?:ja|en)(?=\.md)", "", link) for link in links} for links in found)
    assert english == japanese
    assert not [link for links in found for link in links if not link.startswith("http") and not (root / link).exists()]


def test_python_blocks_print_what_their_comments_say(readme):
    """All blocks are one program; each print's comment is the line that it prints."""
    names = {"__name__": "__main__"}
    for source in blocks(readme, "python"):
        expected = [line.rsplit("  # ", 1)[1] for line in source.splitlines() if line.lstrip().startswith("print(")]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, "README", "exec"), names)  # noqa: S102
        assert printed.getvalue().splitlines() == expected


def test_sessions_show_what_python_shows(readme):
    text = "\n".join(blocks(readme, "pycon"))
    assert ">>> " in text
    test = doctest.DocTestParser().get_doctest(text, {}, "README", None, 0)
    told = io.StringIO()
    assert doctest.DocTestRunner().run(test, out=told.write).failed == 0, told.getvalue()
    assert Path("apples.svg").exists()


def test_commands_print_what_is_shown(readme):
    shown = blocks(readme, "console")
    assert shown
    for block in shown:
        command, output = block.removeprefix("$ ").split("\n", 1)
        program, *arguments = shlex.split(command)
        path = Path(sysconfig.get_path("scripts"), program)
        if not path.exists():
            pytest.skip("the command is not installed: the checkout is tested")
        done = subprocess.run([path, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=60, check=True)
        assert done.stdout == output
        assert Path("apples.svg").read_bytes().startswith(b"<svg")


def test_links_lead_somewhere(readme, root):
    for target in re.findall(r"\]\(([^)]+)\)", readme):
        assert target.startswith("https://") or (root / target).exists(), target


def test_both_readmes_show_the_same_code(root):
    def shown(name):
        text = (root / name).read_text(encoding="utf-8")
        sources = [block for language in ("sh", "python", "pycon", "console") for block in blocks(text, language)]
        return [re.sub(r"  # .*", "", source) for source in sources]

    assert shown("README.md") == shown("README.ja.md")
