"""The tests run on the installed packages; with --source on the checkout, which is the uncompiled engine."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from pages import Opened

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--source", action="store_true", help="test the checkout instead of the installed packages")
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")
    parser.addoption("--long", action="store_true", help="run the tests marked long too: half an hour and more")
    parser.addoption("--engine", choices=("compiled", "uncompiled"), help="fail at once if it is the other engine that runs")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to test by accident what is not installed, or another package of the same name."""
    for variable in ("FORCE_COLOR", "CHAINRULE_LANG"):  # what is printed is compared
        os.environ.pop(variable, None)
    if config.getoption("--source"):
        sys.path.insert(0, str(ROOT))
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))  # for subprocesses
        for name in [name for name in sys.modules if name.partition(".")[0] == "chainrule"]:
            del sys.modules[name]  # the installed one, to which Hypothesis was led by its entry point
    try:
        import autograd
    except ModuleNotFoundError:
        message = "chainrule is not installed: pip install . (or pytest --source for the checkout)"
        raise pytest.UsageError(message) from None
    if not hasattr(autograd, "COMPILED"):
        message = f"{autograd.__file__} is another package named autograd, not chainrule's"
        raise pytest.UsageError(message)
    if not config.getoption("--source") and Path(autograd.__file__).parent == ROOT / "autograd":
        message = f"{autograd.__file__} is not what is installed: run `pytest`, not `python -m pytest` (or pytest --source)"
        raise pytest.UsageError(message)
    wanted = config.getoption("--engine")
    if wanted and (wanted == "compiled") != autograd.COMPILED:
        message = f"--engine={wanted}, but {autograd.__file__} has COMPILED = {autograd.COMPILED}"
        raise pytest.UsageError(message)
    untimed = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}  # others may use the machine too
    hypothesis.settings.register_profile("ours", **untimed, derandomize=bool(os.environ.get("CI")), print_blob=True)
    hypothesis.settings.load_profile("ours")


def pytest_report_header() -> str:
    import autograd

    return f"chainrule: {'compiled' if autograd.COMPILED else 'uncompiled'} engine, {Path(autograd.__file__).parent}"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays: looking through it for rubbish again and again took half the time of many files."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is not run is listed as skipped, with the reason. What starts threads is marked so."""
    import autograd

    for item in items:
        for mark in ("slow", "long"):
            if mark in item.keywords and not config.getoption(f"--{mark}"):
                item.add_marker(pytest.mark.skip(reason=f"{mark}: run with --{mark}"))
        if "compiled" in item.keywords and not autograd.COMPILED:
            item.add_marker(pytest.mark.skip(reason="needs the compiled engine"))
        names = item.function.__code__.co_names if isinstance(item, pytest.Function) else ()
        if "thread" in item.nodeid or {"Thread", "ThreadPoolExecutor"} & {*names}:
            item.add_marker("threads")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """Where nothing places boxes a picture is refused, and a graph is shown as text: what needs a picture is skipped."""
    import engines

    report = yield
    if report.failed and not engines.installed():
        said = [str(report.longrepr), *(text for _, text in report.sections)]
        if any(f"{name} is not installed" in text for name in (engines.PURE, engines.DOT) for text in said):
            report.outcome = "skipped"
            report.longrepr = (str(item.path), item.location[1] or 0, f"Skipped: {engines.NEITHER}")
    return report


@pytest.fixture(params=["graphviz-pure", "dot"])
def engine(request: pytest.FixtureRequest) -> str:
    """Each command that places boxes, as far as it is installed."""
    import engines

    name: str = engines.needed(str(request.param))
    return name


@pytest.fixture
def placed() -> None:
    """Something places boxes: for a test that could not tell why its picture is missing."""
    import engines

    engines.command()


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def cases() -> Path:
    """The reference cases, which are no part of the project; a test that needs them is skipped where they are missing."""
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the reference cases are not here")
    return folder


@pytest.fixture
def read_terminal() -> Callable[[int], bytes]:
    """Everything that is said at a pseudo-terminal until its other end is closed."""

    def read(master: int) -> bytes:
        said = b""
        try:
            while chunk := os.read(master, 65536):
                said += chunk
        except OSError:  # the other end is closed
            pass
        os.close(master)
        return said

    return read


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """A test that leaves an operation of its own or a mode of the engine switched on fails itself, not the next one."""
    import autograd
    from autograd import ops

    before = set(ops.TABLE)
    yield
    assert set(ops.TABLE) == before, "an operation was left registered: autograd.registry.remove(name)"
    x = autograd.Value(1.0)
    assert (x + 1).op == "add", "recording was left off"
    assert x.scope == (), "a scope was left open"
    with pytest.raises(ZeroDivisionError):
        x / 0


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """failing.c, compiled: preloaded, it refuses memory."""
    compiler = shutil.which(sysconfig.get_config_var("CC") or "cc") or shutil.which("cc") or shutil.which("gcc")
    if not sys.platform.startswith("linux") or compiler is None:
        pytest.skip("needs glibc and a C compiler")
    if "asan" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("the sanitizer has an allocator of its own")
    path = tmp_path_factory.mktemp("failing") / "failing.so"
    source = ROOT / "tests" / "failing.c"
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", str(path), str(source)], check=True)
    return path


CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip


@pytest.fixture(scope="module")  # not longer: while it is open, nobody else in this thread may run an event loop
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install --group test")
    command = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if command is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    playwright.expect.set_options(timeout=30_000)  # as long as whatever else is waited for
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=command, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """SIGINT is Ctrl-C: a run that was started in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def closed_figures() -> Iterator[None]:
    """Plots go nowhere, and leave no figure and no setting behind."""
    mpl = pytest.importorskip("matplotlib")
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    with mpl.rc_context():
        yield
    plt.close("all")


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Opens a page; afterwards nothing may have been complained of, and nothing asked for but the files."""
    from pages import Opened

    opened = Opened(browser, tmp_path)
    yield opened
    for context in opened.contexts:
        context.close()
    assert opened.problems == []
    assert [url for url in opened.requests if not url.startswith((tmp_path.as_uri(), "data:,"))] == []
