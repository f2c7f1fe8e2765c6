"""What the project writes is written whole or not at all: programs, pictures, pages, networks, checkpoints."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import reload
from pathlib import Path

import pytest

import autograd
import nn
import viz
from autograd import Value, files, record
from autograd.files import write_whole

unix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and pipes of a POSIX system")


def long_program(x):
    return autograd.sum([autograd.sin(x * i) for i in range(200)])


def command(path):
    from chainrule.command_line import main

    assert main(["x * 3", "x=1", "-o", str(path)]) == 0


WRITERS = {
    "f.program": lambda path: record(long_program, 1.0).save(path),
    "graph.svg": lambda path: viz.save(Value(1.0) * 3, path),
    "graph.html": lambda path: viz.save(Value(1.0) * 3, path),
    "graph.dot": lambda path: viz.save(autograd.sum([Value(float(i)) for i in range(90)]), path),
    "drawing.svg": lambda path: viz.draw(Value(1.0) * 3).save(path),
    "net.safetensors": lambda path: nn.MLP(8, [20, 1], seed=1).save(path),
    "command.svg": command,
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_what_stood_there(name, tmp_path, monkeypatch):
    path = tmp_path / name
    WRITERS[name](path)
    before = path.read_bytes()
    assert len(before) > 300

    write = Path.write_bytes

    def full(file, data):
        """On a disk that takes 300 bytes more."""
        write(file, data[:300])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))

    monkeypatch.setattr(Path, "write_bytes", full)
    if name == "command.svg":
        with pytest.raises(AssertionError):  # it says so, and its status is another
            WRITERS[name](path)
    else:
        with pytest.raises(OSError, match="No space left") as caught:
            WRITERS[name](path)
        assert repr(str(path))[1:-1] in str(caught.value)  # with the backslashes of Windows doubled
        assert ".part" not in str(caught.value)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("letter", "aä\N{GRINNING FACE}")
def test_a_name_may_be_as_long_as_the_system_takes(letter, tmp_path):
    path = tmp_path / (letter * (255 // len(letter.encode())))
    for data in (b"once", b"again"):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_that_is_killed_leaves_what_stood_there(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(b"before")
    program = """if True:
    import os, sys
    from autograd import files
    files.Path.replace = lambda *_: os._exit(9)
    files.write_whole(sys.argv[1], b"new")
    """
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == 9
    assert path.read_bytes() == b"before"


def test_two_who_write_one_file_at_once_both_write_it_whole(tmp_path):
    path = tmp_path / "numbers"
    wanted = [bytes([i]) * 100_000 for i in range(8)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda data: write_whole(path, data), wanted * 5)) == [None] * 40
    assert path.read_bytes() in wanted
    assert [each.name for each in tmp_path.iterdir()] == ["numbers"]


def test_the_error_is_of_the_path_that_was_given(tmp_path):
    path = tmp_path / "no folder" / "f.program"
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*no folder'") as caught:
        record(long_program, 1.0).save(path)
    assert (caught.value.filename, caught.value.filename2) == (str(path), None)
    with pytest.raises(IsADirectoryError if os.name == "posix" else OSError):
        write_whole(tmp_path, b"")


@unix
def test_permissions_stay_and_a_link_is_written_through(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"before")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole(link, b"after")
    assert link.is_symlink()
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"after", 0o640)
    new = tmp_path / "new"
    write_whole(new, b"")
    (tmp_path / "usual").write_bytes(b"")
    assert new.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_file_that_is_protected_stays(tmp_path, monkeypatch):
    path = tmp_path / "numbers"
    path.write_bytes(b"before")
    monkeypatch.setattr(os, "access", lambda file, mode: not (Path(file) == path and mode == os.W_OK))  # root may write all
    with pytest.raises(PermissionError) as caught:
        write_whole(path, b"after")
    assert (caught.value.filename, path.read_bytes()) == (str(path), b"before")


def test_two_machines_whose_processes_have_one_number_write_under_two_names(tmp_path, monkeypatch):
    names = []
    monkeypatch.setattr(Path, "replace", lambda part, _: names.append(part.name))
    monkeypatch.setattr(os, "getpid", lambda: 1)
    reload(files)
    files.write_whole(tmp_path / "numbers", b"")
    reload(files)
    files.write_whole(tmp_path / "numbers", b"")
    assert len(set(names)) == 2


@unix
def test_a_pipe_is_written_into(tmp_path):
    pipe = tmp_path / "pipe.program"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        read = threads.submit(pipe.read_bytes)
        record(long_program, 1.0).save(pipe)
        assert len(read.result()) > 300
    assert stat.S_ISFIFO(pipe.stat().st_mode)
