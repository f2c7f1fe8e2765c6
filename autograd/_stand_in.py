"""What `value` needs of Cython's pure-Python mode when it runs uncompiled: names that do nothing.

Cython's own shadow module does the same, takes as long to import as the rest of the package, and need not be installed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def same(x: Any) -> Any:
    """A decorator that changes nothing."""
    return x


def declare(_type: object, value: Any = None) -> Any:
    """A variable with a C type is a variable."""
    return value


def stand_in() -> ModuleType:
    """A module `cython` in which nothing is compiled."""
    module = type(sys)("cython")
    names = ("cclass", "cfunc", "final", "inline", "no_gc")
    types = ("double", "bint", "int", "uint", "ushort", "longlong", "ulonglong", "Py_ssize_t")
    vars(module).update(dict.fromkeys(names, same), **dict.fromkeys(types))
    vars(module).update(compiled=False, declare=declare)
    return module


def at_once(f: Any) -> None:
    """Let Ctrl-C not come between the instructions of `f`, as if it were compiled; `f` calls only its like and has no loop.

    CPython looks for signals when a function begins, after a call of a builtin and when a loop turns. A function that goes on
    after ``yield from`` begins without a look, and so does this one: the exit of a context is not begun again once interrupted.
    """
    from opcode import opmap

    code, beginning = f.__code__.co_code, opmap.get("RESUME")
    places = [i for i in range(0, len(code), 2) if code[i] == beginning]
    if places:
        f.__code__ = f.__code__.replace(co_code=code[: places[0] + 1] + bytes([2]) + code[places[0] + 2 :])


class Uncompiled:
    """While this is entered, ``import cython`` gives the stand-in."""

    def __enter__(self) -> None:
        self.before = sys.modules.get("cython")
        sys.modules["cython"] = stand_in()

    def __exit__(self, *_: object) -> None:
        if self.before is None:
            del sys.modules["cython"]
        else:
            sys.modules["cython"] = self.before
