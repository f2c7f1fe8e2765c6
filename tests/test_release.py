"""What a release needs: it is refused while something is missing, and what is built and linked follows from what is said once."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ADDRESS = "https://example.org/owner/name"


@pytest.fixture(scope="module")
def release(root):
    """The script .ci/release.py as a module."""
    return imported(root / ".ci" / "release.py")


def imported(path):
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def absolute(root, monkeypatch):
    """The function of setup.py that makes links absolute, without the rest of it."""
    source = (root / "setup.py").read_text(encoding="utf-8")
    names = {"re": re}
    exec(source[source.index("def absolute(") : source.index("setup(\n")], names)  # noqa: S102
    return names["absolute"]


@pytest.fixture
def ready(tmp_path):
    """A folder in which nothing is missing: version 1.2.3, an address, a date."""
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "pyproject.toml").write_text(f'[tool.chainrule]\nrepository = "{ADDRESS}"\n')
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 (2026-12-01)\n\n- more\n\n## 1.2.2 (2026-11-01)\n")
    return tmp_path


def test_nothing_is_missing_where_all_is_filled_in(release, ready, monkeypatch):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert release.missing(ready) == []
    assert release.missing(ready, "v1.2.3") == []
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    assert release.missing(ready) == []


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("pyproject.toml", ADDRESS, "", "repository is empty"),
        ("pyproject.toml", ADDRESS, "example.org/owner/name", "is not of the form"),
        ("pyproject.toml", ADDRESS, f"{ADDRESS}.git", "is not of the form"),
        ("pyproject.toml", ADDRESS, f"{ADDRESS}/", "is not of the form"),
        ("CHANGELOG.md", "(2026-12-01)", "(not yet released)", "the first heading is not `## 1.2.3 (YYYY-MM-DD)`"),
        ("CHANGELOG.md", "(2026-12-01)", "(2026-13-01)", "the first heading is not `## 1.2.3 (YYYY-MM-DD)`"),
        ("CHANGELOG.md", "## 1.2.3 (2026-12-01)", "", "but `## 1.2.2 (2026-11-01)`"),
        ("autograd/__init__.py", '"1.2.3"', '"1.2"', "no version of the form"),
        ("autograd/__init__.py", '"1.2.3"', '"1.2.4"', "the tag is v1.2.3"),
    ],
)
def test_a_release_is_refused_with_a_sentence(release, ready, monkeypatch, file, before, after, told):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    path = ready / file
    path.write_text(path.read_text().replace(before, after))
    assert told in "\n".join(release.missing(ready, "v1.2.3"))


def test_a_fork_does_not_release_what_is_of_another_address(release, ready, monkeypatch):
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://example.org")
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/name")
    assert "this is https://example.org/somebody/name" in "\n".join(release.missing(ready))


def test_the_command_refuses_while_no_address_is_filled_in(release, root):
    """As the project stands; who fills the address in has no use for this test's first half."""
    address = release.project(root)["tool"]["chainrule"]["repository"]
    done = subprocess.run(
        [sys.executable, root / ".ci" / "release.py", "--check"], capture_output=True, text=True, check=False, cwd=root
    )
    assert ("repository is empty" in done.stderr) is (not address)
    if not address:
        assert done.returncode == 1
        assert re.search(r"not released: \d+ to mend", done.stderr)


def test_no_wheel_is_missing_and_none_is_too_many(release, root):
    version = release.version_of(root)
    tags = [
        "manylinux_2_27_x86_64.manylinux_2_28_x86_64", "manylinux2014_aarch64.manylinux_2_17_aarch64", "musllinux_1_2_x86_64",
        "musllinux_1_2_aarch64", "macosx_10_13_x86_64", "macosx_11_0_arm64", "win_amd64", "win_arm64",
    ]  # fmt: skip
    names = [f"chainrule-{version}-cp3{n}-cp3{n}-{tag}.whl" for n in (11, 12, 13, 14) for tag in tags]
    names += [f"chainrule-{version}-py3-none-any.whl", f"chainrule-{version}.tar.gz"]
    assert release.incomplete(root, names) == []
    gone = names.pop(7)
    assert release.incomplete(root, names) == [f"missing: chainrule-{version}-cp311-cp311-*win_arm64.whl"]
    other = gone.replace(version, "9.9.9")
    assert f"too many: {other}" in release.incomplete(root, [*names, other])


def test_links_are_absolute_and_code_is_left_alone(absolute, root):
    text = "![p](docs/p.svg)[g](docs/g.md#a) [h](#here) [s](https://a.b/c)\n```python\nf[0](x)\n```\n[end](END.md)"
    made = absolute(text, f"{ADDRESS}/blob/v1")
    assert made == (
        f"![p]({ADDRESS}/raw/v1/docs/p.svg)[g]({ADDRESS}/blob/v1/docs/g.md#a) [h](#here) [s](https://a.b/c)\n"
        f"```python\nf[0](x)\n```\n[end]({ADDRESS}/blob/v1/END.md)"
    )
    page = absolute((root / "README.md").read_text(encoding="utf-8"), f"{ADDRESS}/blob/v1")
    prose = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    targets = re.findall(r"\]\(([^()\s]+)\)", prose)
    assert len(targets) > 30
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []
    ours = [re.sub(rf"^{ADDRESS}/(blob|raw)/v1/|#.*$", "", target) for target in targets if target.startswith(ADDRESS)]
    assert [path for path in ours if not (root / path).exists()] == []


def test_what_is_built_is_looked_into(release, root, tmp_path, monkeypatch):
    """A page that has a link to nowhere, or the wrong version, is not published."""
    pytest.importorskip("twine", reason="twine is not installed: pip install --group release")
    pytest.importorskip("build", reason="build is not installed: pip install --group release")
    address = release.project(root)["tool"]["chainrule"]["repository"]
    subprocess.run([sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path, root], check=True)
    (made,) = tmp_path.iterdir()
    assert release.wrong(made, root) == []
    said = release.page(made)
    monkeypatch.setattr(release, "page", lambda _: said.replace(f"Version: {release.version_of(root)}", "Version: 9", 1))
    assert "the version is 9" in "\n".join(release.wrong(made, root))
    monkeypatch.setattr(release, "project", lambda _: {"tool": {"chainrule": {"repository": ADDRESS}}})
    if not address:
        assert "a link that leads nowhere: docs/" in "\n".join(release.wrong(made, root))


def test_what_has_no_wheel_is_left_out(root, monkeypatch, capsys):
    """What no test runs without fails; all groups are read whole."""
    wheels = imported(root / ".ci" / "wheels_only.py")
    groups = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert set(wheels.requirements(groups, "dev")) == {*groups["test"], *groups["lint"]}
    asked = []

    def refuse(command, **_):
        asked.append(command[-1])
        assert command[-3:-1] == ["--only-binary", ":all:"]
        return subprocess.CompletedProcess(command, int(command[-1].startswith(refused)))

    monkeypatch.setattr(wheels.subprocess, "run", refuse)
    refused = "onnx"
    assert wheels.main("test") == 0
    assert asked == groups["test"]
    assert "no wheel here: onnx>=" in capsys.readouterr().out
    refused = "pytest"
    assert wheels.main("test") == 1


def test_extras_are_what_users_need(root):
    """Extras are what users need; who works on chainrule needs groups."""
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert not set(told["dependency-groups"]) & set(told["project"]["optional-dependencies"])
    assert set(told["project"]["optional-dependencies"]) == {
        "distributed", "examples", "nn", "onnx", "pdf", "plot", "png", "repl",
    }  # fmt: skip


def test_a_version_is_said_once(root):
    import autograd

    told = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(told)["project"]["dynamic"] == ["version", "readme", "urls"]
    for name in ("pyproject.toml", "setup.py", "CITATION.cff", "README.md", "docs/engine.md"):
        assert f'"{autograd.__version__}"' not in (root / name).read_text(encoding="utf-8")


def test_nothing_is_invented(root):
    """No address, person or way to reach one: the authors are those of LICENSE, the address is for who has one."""
    licence = (root / "LICENSE").read_text(encoding="utf-8")
    (author,) = re.findall(r"Copyright \(c\) \d{4} (.+)", licence)
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["project"]["authors"] == [{"name": author}]
    assert f"  - name: {author}\n" in (root / "CITATION.cff").read_text(encoding="utf-8")
    for name in ("CITATION.cff", "SECURITY.md", "CONTRIBUTING.md", "NOTICES.md"):
        assert "@" not in (root / name).read_text(encoding="utf-8")


def test_the_workflow_publishes_behind_a_tag_with_all_that_was_tested(root):
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    path = root / ".github" / "workflows" / "wheels.yml"
    if not path.exists():
        pytest.skip("the workflow is not here")
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    publish = jobs["publish"]
    assert publish["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert set(publish["needs"]) == set(jobs) - {"publish"}
    assert publish["permissions"] == {"attestations": "write", "contents": "read", "id-token": "write"}
    assert publish["environment"] == "pypi"
    steps = [step.get("uses", step.get("run", "")) for step in publish["steps"]]
    looked = next(i for i, step in enumerate(steps) if "--complete dist" in step)
    uploaded = next(i for i, step in enumerate(steps) if step.startswith("pypa/gh-action-pypi-publish"))
    assert looked < uploaded
    assert all("timeout-minutes" in job for job in jobs.values())
    assert not [name for name, job in jobs.items() if name != "publish" and "write" in json.dumps(job.get("permissions", ""))]


def test_graphviz_pure_is_bounded_and_its_licence_is_told(root):
    told = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    (asked,) = (each for each in told["project"]["dependencies"] if each.startswith("graphviz-pure"))
    assert re.match(r"graphviz-pure>=0\.\d+\.\d+,<0\.\d+;", asked)
    assert "EPL-2.0 AND OFL-1.1 AND MIT" in (root / "NOTICES.md").read_text(encoding="utf-8")
    assert "NOTICES.md" in told["project"]["license-files"]
    assert Path(root / "NOTICES.md").exists()
