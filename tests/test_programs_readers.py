"""Every reader of a program handles every kind of instruction, or refuses it in words; one that does neither fails by its name.

The kinds are the entries of the table, those that only programs have, and users' operations. What is right is asked of the entry:
its value at the point, and its partials.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
from array import array
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import autograd
from autograd import ops, programs
from autograd.programs import steps, unrolling
from autograd.programs.arguments import Block, Work
from autograd.programs.c import to_c
from autograd.programs.flat import CHOOSE, CONDITIONS, TAKE, Flat, instructions
from autograd.programs.javascript import script_of
from autograd.programs.listing import listed, packed, verified
from autograd.programs.loops import StagedReplay
from autograd.programs.python import to_python
from autograd.programs.replay import COMPILED, PlainReplay, Replay
from autograd.programs.rewrite import gradient_of, pattern_of, with_shared_parts
from autograd.programs.signature import Signature
from autograd.programs.staged import Loop, Stage, Staged
from autograd.programs.steps import with_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograd.ops import Operation

MANY = 33
"""Operands of a user's operation: more than a word of a plan has bits."""


class Kind(NamedTuple):
    """An instruction: a program of it alone, a point, and what its entry says of it there."""

    entry: Operation
    flat: Flat
    xs: array[float]
    value: float
    gradient: list[float]


def own_operations() -> None:
    """What has no kernel: two operands, one that is left out, very many, a rule that is no formula."""
    names = ", ".join(f"x{i}" for i in range(MANY))
    rules = [eval(f"lambda {names}, y: {i + 2}.0 * x{i}") for i in range(MANY)]  # noqa: S307
    autograd.op("pair", lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: a)
    autograd.op("triple", lambda a, n, c: a * n * c, lambda a, n, c, y: n * c, None, lambda a, n, c, y: a * n)
    autograd.op("crowd", eval(f"lambda {names}: {' + '.join(f'{i / 2 + 1} * x{i} * x{i}' for i in range(MANY))}"), *rules)  # noqa: S307
    autograd.op("opaque", lambda x: x * x, lambda x, y: float(2 * x))


@pytest.fixture(scope="module")
def kinds() -> Iterator[list[Kind]]:
    own_operations()
    yield [kind_of(entry) for entry in (*ops.TABLE.values(), *ops.INTERNAL.values())]
    for name in ("pair", "triple", "crowd", "opaque"):
        autograd.registry.remove(name)


def kind_of(entry: Operation) -> Kind:
    """Operands of which the entry has no derivative are constants, but the condition of a choice is an input, and an index."""
    n = entry.arity or 5
    plain = [k for k in range(n) if not entry.many and entry.partials[k] is None and entry.code not in {*CONDITIONS, CHOOSE}]
    inputs, ids = n - len(plain), iter(range(n))
    operands = [inputs if k in plain else next(ids) for k in range(n)]
    xs = [1.5 + k / 8 if entry.name == "acosh" else 0.375 + k / 64 for k in range(inputs)]
    if entry.code == TAKE:
        xs[0] = 2.0
    at = [2.0 if k in plain else xs[x] for k, x in enumerate(operands)]
    value = entry.ieee(at) if entry.many else entry.ieee(*at)
    partials = entry.local_many(at, value) if entry.many else entry.locals[(1 << n) - 1](*at, value)
    gradient = [0.0] * inputs
    for k, x in enumerate(operands):
        if k not in plain:
            gradient[x] += partials[k]
    arrays = array("d", [2.0][: len(plain)]), array("H", [entry.code]), array("I", [0, n]), array("I", operands)
    return Kind(entry, Flat(inputs, *arrays, array("I", [inputs + len(plain[:1])])), array("d", xs), value, gradient)


def at_a_point(flat: Flat, xs: array[float], engine: type[PlainReplay]) -> tuple[list[float], ...]:
    """Value and gradient, one sweep and many at once; tangents in the place of a gradient."""
    replay = engine(flat)
    (value,), (gradient,) = replay.pullback(xs, [[1.0]])
    _, several = replay.pullback(xs, [[1.0]] * 9)
    units = [[float(i == j) for i in range(len(xs))] for j in range(len(xs))]
    along = [tangents[0] for tangents in replay.tangents(xs, units)]
    return [value, *gradient], [*replay.values(xs), *several[-1]], [value, *along]


def on_rows(flat: Flat, xs: array[float], engine: type[PlainReplay]) -> tuple[list[float], ...]:
    """Nine rows alike, with the first input shared or not: values, Jacobians, gradients, and the sum by what is shared."""
    replay, rows, n = engine(flat), 9, len(xs)
    found = []
    for shared in range(min(n, 2)):
        blocks = [Block(memoryview(array("d", xs[shared:] * rows)), True, n - shared)]
        if shared:
            blocks.insert(0, Block(memoryview(xs)[:1], False, 1))
        values = memoryview(array("d", bytes(8 * rows)))
        jacobians = [memoryview(array("d", bytes(8 * rows * block.width))) for block in blocks]
        gradients = [memoryview(array("d", bytes(8 * len(block.numbers)))) for block in blocks]
        replay.batch_jacobian(Work(blocks, rows, None, values, jacobians))
        by = [x for each, block in zip(jacobians, blocks, strict=True) for x in each[-block.width :]]
        found.append([values[-1], *by])
        replay.batch_gradient(Work(blocks, rows, None, values, gradients))
        sums = [each[0] / rows for each, block in zip(gradients, blocks, strict=True) if not block.own]
        by = [*sums, *gradients[-1][-blocks[-1].width :]]
        found.append([values[0], *by])
        replay.batch(Work(blocks, rows, None, values))
        found.append([values[-2], *by])
    return tuple(found)


def gradient_program(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """The gradient as a program, on the engine at hand, which runs what only gradients say."""
    gradient = gradient_of(flat)
    value = Replay(flat).values(xs)
    found = [[*value, *engine(gradient, engine(flat)).values(xs)] for engine in (PlainReplay, Replay)]
    if gradient.codes:
        Replay(with_shared_parts(gradient)).tangents(xs, [[1.0] * len(xs)])
    return tuple(found)


def what_depends(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """An input that an output may depend on has the derivative that it has; any other has none."""
    (sets, _) = pattern_of(flat._replace(results=flat.results * 2))
    assert sets >> len(xs) == 0
    (value,), (gradient,) = PlainReplay(flat).pullback(xs, [[1.0]])
    return ([value, *[d if sets >> j & 1 else 0.0 for j, d in enumerate(gradient)]],)


def in_a_file(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    n = len(xs)
    rows = [n - 1 if k == 0 and TAKE in flat.codes else 0 for k in range(n)]
    signature = Signature("f", [f"x{i}" for i in range(n)], [None] * n, None, rows)
    _, again, origin = verified(packed(signature, flat, flat))
    assert again == flat == origin
    return at_a_point(again, xs, PlainReplay)


def as_text(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """One line, which says the operation by its name or its sign, and every operand."""
    labels = [f"input{i}" for i in range(len(xs))]
    line, last = listed(labels, None, flat).splitlines()
    ((entry, _),) = instructions(flat)
    assert "where(" in line if entry.code == CHOOSE else entry.name in line or entry.symbol in line, line
    assert all(label in line for label in labels), line
    assert last == "returns #1"
    return at_a_point(flat, xs, PlainReplay)


def as_c(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """C that says every input; what it computes is asked of a compiler elsewhere."""
    n = len(xs)
    rows = [n - 1 if k == 0 and TAKE in flat.codes else 0 for k in range(n)]
    program = autograd.Program(Signature("f", [f"x{i}" for i in range(n)], [None] * n, None, rows), flat)
    source = to_c(program, "f").source
    assert all(f"gradient[{i}]" in source for i in range(n)), source
    return at_a_point(flat, xs, PlainReplay)


def as_python(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """The text of a module, run where there is no engine; with the output twice, a Jacobian."""
    n, found = len(xs), []
    rows = [n - 1 if k == 0 and TAKE in flat.codes else 0 for k in range(n)]
    signature = Signature("f", [f"x{i}" for i in range(n)], [None] * n, None, rows)
    module: dict[str, Any] = {}
    exec(to_python(autograd.Program(signature, flat), "f"), module)  # noqa: S102
    value, gradient = module["f_and_gradient"](xs)
    found.append([value, *gradient])
    twice = Signature("f", signature.names, signature.arguments, [None, None], rows)
    exec(to_python(autograd.Program(twice, flat._replace(results=flat.results * 2)), "f"), module)  # noqa: S102
    values, jacobian = module["f_and_jacobian"](xs)
    assert values[0] == values[1] == module["f"](xs)[0]
    return (*found, *[[values[0], *row] for row in jacobian])


class Script:
    """Where JavaScript runs, while it can."""

    page: Any = None


@pytest.fixture(scope="module")
def _script(browser: Any) -> Iterator[None]:
    Script.page = browser.new_page()
    yield
    Script.page.close()
    Script.page = None


def in_a_browser(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """Value and gradient; those of nine rows alike, of which all but the first input are in the rows."""
    program = script_of(flat, [f"x{i}" for i in range(flat.inputs)])
    at, twice, rows = Script.page.evaluate(f"""xs => {{
        const program = {program}, x = Float64Array.from(xs), places = xs.map((_, i) => i).slice(1), n = xs.length;
        const at = new Float64Array(n), twice = new Float64Array(n), rows = new Float64Array(n), order = new Array(9).fill(3);
        const numbers = new Float64Array(4 * places.length), bare = Float64Array.from([xs[0], ...places.map(() => 0)]);
        numbers.set(xs.slice(1), 3 * places.length);
        const value = program.gradient(x, at), again = (program.gradient(x, twice, 0.25), program.gradient(x, twice, 0.75));
        const sum = program.batch(bare, places, numbers, order, rows, 1 / 9);
        return [[value, ...at], [program.values(x)[0], ...twice], [sum, ...rows]];
    }}""", list(xs))  # fmt: skip
    return at, twice, rows


def in_loops(flat: Flat, xs: array[float]) -> tuple[list[float], ...]:
    """The step of a loop that carries a number on, and of one that carries nothing: at one point and on rows; and unrolled.

    The latter step by step, and side by side.
    """
    n = len(xs)
    state = with_inputs(flat, 0, 1)
    body = state._replace(results=array("I", [0, *state.results]))
    carries = Stage(((n, n + 1), (0, n)), Loop("f", "scan", body, 1, 0, 2))
    hands_on_nothing = Stage(((0, n), (0, n)), Loop("f", "map", flat, 0, n, 2))
    found = []
    for stage, result, short in ((carries, n + 3, True), (hands_on_nothing, n + 2, True), (hands_on_nothing, n + 2, False)):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(unrolling, "side_by_side", lambda _, short=short: not short)
            patched.setattr(steps, "side_by_side", unrolling.side_by_side)
            replay = StagedReplay(Staged(n, array("d", [0.5]), (stage,), ((result, result + 1),)))
        (value,), (gradient,) = replay.pullback(xs, [[1.0]])
        found.append([value, *gradient])
        units = [[float(i == j) for i in range(n)] for j in range(n)]
        along = [tangents[0] for tangents in replay.tangents(xs, units)]
        found.append([replay.values(xs)[0], *along])
        block = Block(memoryview(array("d", xs * 9)), True, n)
        values, slopes = memoryview(array("d", bytes(72))), memoryview(array("d", bytes(72 * n)))
        replay.batch_gradient(Work([block], 9, None, values, [slopes]))
        found.append([values[8], *slopes[8 * n :]])
        replay.batch(Work([block], 9, None, values))
        found.append([values[7], *replay.unrolled.pullback(xs, [[1.0]])[1][0]])
    return tuple(found)


READERS: dict[str, Callable[[Flat, array[float]], tuple[list[float], ...]]] = {
    "one point": lambda flat, xs: at_a_point(flat, xs, PlainReplay),
    "one point in C": lambda flat, xs: at_a_point(flat, xs, Replay),
    "rows": lambda flat, xs: on_rows(flat, xs, PlainReplay),
    "rows in C": lambda flat, xs: on_rows(flat, xs, Replay),
    "sharing": lambda flat, xs: at_a_point(with_shared_parts(flat), xs, PlainReplay),
    "gradient": gradient_program,
    "dependence": what_depends,
    "loops": in_loops,
    "file": in_a_file,
    "text": as_text,
    "C": as_c,
    "Python": as_python,
    "JavaScript": in_a_browser,
}
LOOPS = {
    "javascript._written": "JavaScript",
    "javascript.script_of": "JavaScript",
    "listing._lines": "text",
    "listing._check_flat": "file",
    "lowering.Lowering.result": "one point in C",
    "replay.PlainReplay._decoded": "one point",
    "rewrite.Tape.copy": "sharing",
    "rewrite.pattern_of": "dependence",
    "steps.with_check": "loops",
    "straight.StraightLine.__init__": "C",
}
"""Each function that walks over the instructions of a program, and the reader that it stands in."""
REFUSED = {
    ("gradient", "opaque"): r"TypeError: opaque: its partial by x cannot be differentiated again",
    ("JavaScript", "opaque"): r"TypeError: opaque: its partial by x is no formula",
    ("C", "opaque"): r"TypeError: opaque: its partial by x is no formula",
    ("Python", "opaque"): r"TypeError: opaque: its partial by x is no formula",
    ("C", "cofactor"): r"TypeError: cofactor: its value is no formula",
    **{("C", name): rf"TypeError: to_c: C has no {name}\(\)" for name in ("gamma", "lgamma", "digamma", "polygamma")},
}
"""What a reader cannot do, and how it says so."""


def missed(kind: Kind, name: str, *, ulps: int) -> str:
    """What a reader makes of a kind, if that is wrong."""
    refusal = REFUSED.get((name, kind.entry.name))
    try:
        outcomes = READERS[name](kind.flat, kind.xs)
    except Exception as error:  # noqa: BLE001  (whatever it is, it is told)
        said = f"{type(error).__name__}: {error}"
        return "" if refusal and re.match(refusal, said) else said
    wanted = [kind.value, *kind.gradient]
    for found in outcomes:
        if len(found) != len(wanted) or not all(abs(a - b) <= ulps * math.ulp(b) for a, b in zip(found, wanted, strict=True)):
            return f"gives {found}, not {wanted}"
    return "is not refused" if refusal else ""


ULPS = {"one point in C": 8, "rows in C": 8, "loops": 8, "JavaScript": 1000}
"""How far a reader may be away: others 2."""


@pytest.mark.parametrize("name", [pytest.param(x, marks=pytest.mark.browser) if x == "JavaScript" else x for x in READERS])
def test_a_reader_handles_or_refuses_every_kind_of_instruction(name: str, kinds: list[Kind], request: pytest.FixtureRequest):
    if name == "JavaScript":
        request.getfixturevalue("_script")
    wrong = {kind.entry.name: said for kind in kinds if (said := missed(kind, name, ulps=ULPS.get(name, 2)))}
    assert not wrong, "".join(f"\n{name}, {kind}: {said}" for kind, said in wrong.items())


def test_who_walks_over_instructions_is_a_reader():
    """A new walk needs its line in LOOPS, and a reader in READERS that tries it on every kind."""
    found = set()
    folder = Path(programs.__file__).parent
    for path in folder.glob("*.py"):
        for function, body in functions_of(ast.parse(path.read_text(encoding="utf-8"))):
            for part in ast.walk(body):
                if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "instructions":
                    found.add(f"{path.stem}.{function}")
    assert found == set(LOOPS)
    assert set(LOOPS.values()) <= set(READERS)
    for name in LOOPS:
        module, *inner = name.split(".")
        x: Any = import_module(f"autograd.programs.{module}")
        for each in inner:
            x = getattr(x, each)
        assert inspect.isfunction(x)


def functions_of(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for part in module.body:
        if isinstance(part, ast.FunctionDef):
            yield part.name, part
        if isinstance(part, ast.ClassDef):
            yield from ((f"{part.name}.{each.name}", each) for each in part.body if isinstance(each, ast.FunctionDef))


def test_c_is_among_the_readers():
    assert (Replay is not PlainReplay) is COMPILED is autograd.COMPILED
