"""Writing a file so that what stood there before is lost only when all of the new one is there."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

SHOWN = 50  # characters of a file's name that are in its part's: of 4 bytes each they fit into the 255 bytes of a name


def write_whole(path: str | PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all: a full disk or a process that ends leave what stood there.

    The bytes go to a file beside it, of a name by chance, which then takes its place, with its permissions; through a link what
    it points to is replaced. What is no file (a pipe, a device) is written as it is. Raises `OSError`, of this path; also if what
    stands there may not be written.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(f"{folder}/numbers", b"1 2 3")
    ...     os.listdir(folder)
    ['numbers']
    """
    target = Path(os.path.realpath(path))
    part = target.parent / f"{target.name[:SHOWN]}.{os.urandom(6).hex()}.part"
    try:
        before = target.stat().st_mode if target.exists() else None
        if before is not None and not stat.S_ISREG(before):
            target.write_bytes(data)
            return
        if before is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        try:
            part.write_bytes(data)
            if before is not None:
                part.chmod(stat.S_IMODE(before))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        if not target.parent.exists():
            message = f"there is no folder {os.fspath(Path(path).parent)!r}: make it first"
            raise FileNotFoundError(errno.ENOENT, message, os.fspath(path)) from None
        raise type(error)(error.errno, error.strerror, os.fspath(path)) from None
