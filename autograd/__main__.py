"""``python -m autograd``: Python with Value, the functions and the drawing names at hand; IPython where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import autograd
from autograd.threads import FREE_THREADED
from chainrule.whole import said


def names() -> dict[str, Any]:
    """What a session starts with: the public names of autograd and viz, and `nn`; this module alone may import them."""
    import nn
    import viz

    given = {name: getattr(autograd, name) for name in autograd.__all__}
    return given | {name: getattr(viz, name) for name in viz.__all__} | {"autograd": autograd, "nn": nn, "viz": viz}


def banner() -> str:
    """Which engine runs, and three things to try, in the language of CHAINRULE_LANG."""
    from viz.language import say

    version = ".".join(map(str, sys.version_info[:3]))
    if autograd.COMPILED:
        engine = say("chainrule {}, compiled engine, Python {}", autograd.__version__, version)
    else:
        engine = say("chainrule {}, uncompiled engine ({}), Python {}", autograd.__version__, _why_uncompiled(), version)
    tried = {
        say("the derivative of y by x"): 'x = Value(2.0, label="x"); y = (sin(x) * x)**2 + x; y.backward(); x.grad',
        say("the graph in between, and a page that steps through it"): 'print(text(y)); save(y, "steps.html")',
        say("all second derivatives of a function"): "hessian(lambda a, b: a**2 * exp(b))(3.0, 0.0)",
    }
    lines = [f"{i}. {what}\n    {code}" for i, (what, code) in enumerate(tried.items(), 1)]
    return "\n".join([engine, say("Three things to try:"), *lines, ""])


def _why_uncompiled() -> str:
    """In the folder of the sources Python finds them first, and not what was installed."""
    from viz.language import say

    if not (Path(autograd.__file__).parents[1] / "setup.py").exists():
        if FREE_THREADED:
            return say("Python is free-threaded")
        return say("there is no compiled wheel for this machine, and there was no C compiler")
    if said:
        return say("these are the sources")
    return say("these are the sources: start from another folder for what was installed")


def usage() -> str:
    """What ``--help`` says, in the language of CHAINRULE_LANG."""
    from viz.language import say

    return "\n".join(
        [
            say("usage: python -m autograd"),
            "",
            say("Python with the names of autograd and viz, and nn, at hand: a session, or what standard input has."),
            say("It takes no arguments. An expression, its gradient and its picture are the command chainrule: chainrule --help"),
        ]
    )


def main() -> None:
    """Open the session; with a program on standard input, run it. Asked for help, or given anything else, say what it is."""
    if sys.argv[1:]:
        helps = set(sys.argv[1:]) <= {"-h", "--help"}
        print(usage(), file=sys.stdout if helps else sys.stderr)
        sys.exit(0 if helps else 2)
    if not sys.stdin.isatty():
        exec(compile(sys.stdin.read(), "<stdin>", "exec"), {"__name__": "__main__", **names()})  # noqa: S102  (as python does)
        return
    if not _in_ipython():
        _plain()


def _in_ipython() -> bool:
    """Open the session there; False where it is not installed."""
    try:
        from IPython import start_ipython
        from traitlets.config import Config
    except ModuleNotFoundError:
        return False
    config = Config()
    config.TerminalInteractiveShell.banner1 = banner() + "\n"
    start_ipython(argv=[], user_ns=names(), config=config)
    return True


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
