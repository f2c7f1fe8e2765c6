"""Whether what is imported is what was installed: told in one sentence, with the cure, before anything else fails."""

from __future__ import annotations

import json
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def require_whole() -> None:
    """Raise `ImportError` if `autograd` is not chainrule's: of HIPS's package of this name, which pip installs over it.

    On standard error it is said, once, that the uncompiled sources run although a compiled engine is installed.
    """
    autograd = _imported()
    if not hasattr(autograd, "COMPILED"):
        raise ImportError(_cure(autograd.__file__), name="autograd")
    if not said and compiled_elsewhere(autograd) and not _asked_for(autograd):
        said.append(NOTE)
        if sys.stderr is not None:
            sys.stderr.write(f"chainrule: {NOTE}\n")


NOTE = "these are the sources, uncompiled; a compiled engine is installed, and runs where Python is started in another folder"
said: list[str] = []
"""What was said."""


def _imported() -> ModuleType:
    try:
        import autograd
    except ImportError:
        from importlib.util import find_spec

        spec = find_spec("autograd")
        if spec is None or spec.origin is None or not Path(spec.origin).with_name("tracer.py").exists():
            raise
        raise ImportError(_cure(spec.origin), name="autograd") from None  # it needs numpy
    return autograd


def _cure(file: str | None) -> str:
    """What is wrong with the package, and what to do."""
    anew = f"pip install --force-reinstall --no-deps {_source()}"
    if file is None:
        return f"autograd/__init__.py of chainrule is missing, as after removing another package named autograd: {anew}"
    return f"{file} is another package named autograd, not chainrule's: pip uninstall autograd, then {anew}"


def _source() -> str:
    """What chainrule was installed from, as far as pip has written it down."""
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import unquote, urlsplit

    try:
        url = json.loads(distribution("chainrule").read_text("direct_url.json") or "{}").get("url", "")
    except (PackageNotFoundError, ValueError):
        return "chainrule"
    path = unquote(urlsplit(url).path)
    return (path if url.startswith("file:") and Path(path).exists() else url) or "chainrule"


def compiled_elsewhere(autograd: ModuleType) -> bool:
    """Whether it is the sources of a checkout that run, and an engine that is compiled is installed."""
    here = Path(str(autograd.__file__)).parent
    if autograd.COMPILED or not here.with_name("setup.py").exists():
        return False
    folders = [Path(entry, "autograd") for entry in sys.path]
    return any((folder / f"value{suffix}").exists() for folder in folders if folder != here for suffix in EXTENSION_SUFFIXES)


def _asked_for(autograd: ModuleType) -> bool:
    """Whether somebody wanted these sources, and they are not found because Python was started among them."""
    paths = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return Path(str(autograd.__file__)).parents[1] in map(Path, paths)
