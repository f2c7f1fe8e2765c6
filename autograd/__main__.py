"""``python -m autograd``: Python with Value, the functions and the drawing names at hand; IPython where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import autograd
from chainrule.whole import said


def names() -> dict[str, Any]:
    """What a session starts with: the public names of autograd and viz, and `nn`; this module alone may import them."""
    import nn
    import viz

    given = {name: getattr(autograd, name) for name in autograd.__all__}
    return given | {name: getattr(viz, name) for name in viz.__all__} | {"autograd": autograd, "nn": nn, "viz": viz}


def banner() -> str:
    """Which engine runs, and three lines to begin with."""
    engine = "compiled" if autograd.COMPILED else f"uncompiled ({_why_uncompiled()})"
    version = ".".join(map(str, sys.version_info[:3]))
    return (
        f"chainrule {autograd.__version__}, {engine} engine, Python {version}\n"
        '    x = Value(2.0, label="x"); y = (sin(x) * x)**2 + x\n'
        "    y.backward(); x.grad\n"
        '    print(text(y)); save(y, "graph.svg")\n'
    )


def _why_uncompiled() -> str:
    """In the folder of the sources Python finds them first, and not what was installed."""
    if (Path(autograd.__file__).parents[1] / "setup.py").exists():
        return "these are the sources" + ("" if said else ": start from another folder for what was installed")
    return "no C compiler was found when it was installed"


def main() -> None:
    """Open the session; with a program on standard input, run it."""
    if not sys.stdin.isatty():
        exec(compile(sys.stdin.read(), "<stdin>", "exec"), {"__name__": "__main__", **names()})  # noqa: S102  (as python does)
        return
    try:
        from IPython import start_ipython
        from traitlets.config import Config
    except ModuleNotFoundError:
        _plain()
        return
    config = Config()
    config.TerminalInteractiveShell.banner1 = banner() + "\n"
    start_ipython(argv=[], user_ns=names(), config=config)


def _plain() -> None:
    import code

    namespace = {"__name__": "__main__", "__builtins__": __builtins__, **names()}
    try:
        import readline
        import rlcompleter
    except ImportError:  # Windows has no readline
        pass
    else:
        readline.set_completer(rlcompleter.Completer(namespace).complete)
        readline.parse_and_bind("tab: complete")
    code.interact(banner(), local=namespace, exitmsg="")


if __name__ == "__main__":
    main()
