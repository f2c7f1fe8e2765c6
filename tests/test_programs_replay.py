"""Flat programs: the replay in C against the one in Python, number by number, on graphs that no function would record."""

from __future__ import annotations

import math
import random
import struct
from array import array
from itertools import accumulate
from operator import mul

import pytest

import autograd
from autograd import ops
from autograd.programs import replay
from autograd.programs.arguments import Block, Work
from autograd.programs.flat import Flat
from autograd.programs.replay import PlainReplay, Replay

EXACT = (
    "add", "sub", "mul", "div", "neg", "abs", "sqrt", "maximum", "minimum", "relu", "leaky_relu", "step", "clip", "where",
    "identity", "detach", "sum", "dot", "mean", "prod",
)  # fmt: skip
"""Rounded correctly, or a choice: in these a block gives the bits of a single point."""
CONDITIONS = ("lt", "le", "gt", "ge", "eq", "ne", "both", "either", "negate", "choose")
AWKWARD = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, 1e308, -1e-310)


def entry_of(name):
    return ops.TABLE.get(name) or ops.INTERNAL[name]


def flat_of(inputs, constants, instructions, results):
    """A program from (name, ids of operands) pairs."""
    starts, operands = [0], []
    for _, ids in instructions:
        operands += ids
        starts.append(len(operands))
    codes = [entry_of(name).code for name, _ in instructions]
    arrays = array("d", constants), array("H", codes), array("I", starts), array("I", operands), array("I", results)
    return Flat(inputs, *arrays)


def random_flat(stream, names, inputs=4, size=30):
    """A random program: operands from anywhere before, some twice, several results, one of them perhaps an input."""
    constants = [stream.choice((2.0, 0.5, -1.0, 3.0, stream.uniform(-2, 2))) for _ in range(3)]
    instructions: list[tuple[str, list[int]]] = []
    for _ in range(size):
        name = stream.choice(names)
        known = inputs + len(constants) + len(instructions)
        n = entry_of(name).arity or (stream.choice((3, 4, 7, 10)) if name == "dot" else stream.randrange(1, 9))
        near = [known - 1 - min(int(stream.expovariate(0.3)), known - 1) for _ in range(n)]
        ids = [stream.choice((x, stream.randrange(known))) for x in near]
        if name == "triple":
            ids[1] = inputs  # a plain number
        instructions.append((name, ids))
    known = inputs + len(constants) + size
    results = [known - 1, *[stream.randrange(known) for _ in range(stream.randrange(3))]]
    return flat_of(inputs, constants, instructions, results)


def same(a, b):
    """Equal bits, or both nan."""
    return len(a) == len(b) and all(
        (x != x and y != y) or struct.pack("d", x) == struct.pack("d", y) for x, y in zip(a, b, strict=True)
    )


def outcome(f):
    try:
        return f()
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        return type(error), str(error)


def equal_outcomes(a, b):
    if isinstance(a[0], type) or isinstance(b[0], type):
        return a == b
    return same(a[0], b[0]) and len(a[1]) == len(b[1]) and all(map(same, a[1], b[1]))


def points(stream, n, count):
    yield [stream.uniform(0.3, 1.7) for _ in range(n)]
    for _ in range(count):
        yield [stream.choice((stream.uniform(-2, 2), stream.choice(AWKWARD))) for _ in range(n)]


ALL = [*sorted(set(ops.TABLE) - {"polygamma"}), *CONDITIONS]


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(60))
def test_one_point_has_the_bits_of_the_python_replay(seed):
    stream = random.Random(seed)
    flat = random_flat(stream, ALL if seed % 2 else EXACT + CONDITIONS, size=stream.choice((1, 5, 40, 700)))
    ours, plain = Replay(flat), PlainReplay(flat)
    m = len(flat.results)
    for point in points(stream, flat.inputs, 6):
        xs = array("d", point)
        many = [[stream.choice((0.0, 1.0, -3.0)) for _ in range(m)] for _ in range(11)]
        for seeds in ([[stream.uniform(-2, 2) for _ in range(m)]], many):
            assert equal_outcomes(outcome(lambda: ours.pullback(xs, seeds)), outcome(lambda: plain.pullback(xs, seeds)))  # noqa: B023
        ways = [[stream.choice((0.0, 1.0, stream.uniform(-1, 1))) for _ in xs] for _ in range(9)]
        one, two = outcome(lambda: ours.pushforward(xs, ways)), outcome(lambda: plain.pushforward(xs, ways))  # noqa: B023
        assert equal_outcomes(one, two)
        one, two = outcome(lambda: (ours.values(xs), [])), outcome(lambda: (plain.values(xs), []))  # noqa: B023
        assert equal_outcomes(one, two)


@pytest.mark.parametrize("engine", [PlainReplay, Replay])
def test_what_has_no_derivative_takes_no_part_in_tangents(engine):
    """The slope of acos is infinite at 1; behind `detach` it is not asked for, the tangent beside it is not computed again."""
    instructions = [("detach", [1]), ("acos", [2]), ("mul", [0, 0]), ("mul", [4, 0]), ("add", [5, 3])]
    swept = []

    class Counted(engine):  # type: ignore[valid-type, misc]
        def pullback(self, xs, seeds):
            swept.append(xs)
            return super().pullback(xs, seeds)

    assert Counted(flat_of(2, [], instructions, [6])).tangents(array("d", [3.0, 1.0]), [[1.0, 1.0]])[0][0] == 27.0
    assert not swept


def blocks_of(stream, inputs, rows, *, awkward=False):
    """Two arguments: the first half of the inputs and the second, each shared or with rows of its own, never both shared."""
    kinds = stream.choice(((True, True), (True, False), (False, True)))
    widths = (inputs // 2, inputs - inputs // 2)
    blocks = []
    for own, width in zip(kinds, widths, strict=True):
        count = width * (rows if own else 1)
        draw = [stream.choice(AWKWARD) if awkward and stream.random() < 0.1 else stream.uniform(-2, 2) for _ in range(count)]
        blocks.append((memoryview(array("d", draw)), own))
    return blocks, widths


def zeros(n):
    return memoryview(array("d", bytes(8 * n)))


def work(blocks, rows, values, derivatives=(), weights=None, piece=0, of=0):
    """Rows to compute: a block is its numbers, and whether each row has its own."""
    made = [Block(numbers, own, len(numbers) // ((of or rows) if own else 1)) for numbers, own in blocks]
    return Work(made, rows, weights, values, derivatives, piece, of)


def everything(engine, blocks, widths, rows, weights, m):
    """All that a replay writes for a batch, as lists; last the gradients by the shared argument, if there is one."""
    outputs, jacobians = zeros(rows * m), [zeros(rows * m * width) for width in widths]
    engine.batch_jacobian(work(blocks, rows, outputs, jacobians))
    values = zeros(rows * m)
    engine.batch(work(blocks, rows, values))
    found = [outputs, values, *jacobians]
    if m == 1:
        one = zeros(rows)
        gradients = [zeros(width * (rows if own else 1)) for width, (_, own) in zip(widths, blocks, strict=True)]
        engine.batch_gradient(work(blocks, rows, one, gradients, weights))
        by_rows = sorted(zip([not own for _, own in blocks], gradients, strict=True), key=lambda pair: pair[0])
        found += [one, *[g for _, g in by_rows]]
    return [view.tolist() for view in found]


def agree(ours, theirs, blocks):
    """Equal bits; but a sum over rows takes the uses of an input in another order."""
    if any(not own for _, own in blocks) and len(ours) > 2 + len(blocks):
        *ours, mine = ours
        *theirs, other = theirs
        size = max([1.0, *map(abs, filter(math.isfinite, mine))])
        for a, b in zip(mine, other, strict=True):
            assert a == b or (a != a and b != b) or abs(a - b) <= 1e-12 * size or not math.isfinite(size * 1e12)
    return all(map(same, ours, theirs))


@pytest.fixture(params=replay.native.instruction_sets() if replay.COMPILED else ["python"])
def instruction_set(request):
    """Every way of computing a block that this processor has."""
    if not replay.COMPILED:
        yield request.param
        return
    before = replay.native.use(request.param)
    yield request.param
    replay.native.use(before)


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(40))
def test_blocks_have_the_bits_of_single_points_where_operations_are_exact(seed, instruction_set):
    stream = random.Random(seed)
    flat = random_flat(stream, EXACT + CONDITIONS, inputs=stream.choice((2, 6)), size=stream.choice((1, 8, 60)))
    flat = flat._replace(results=flat.results[: stream.choice((1, 3))])
    rows = stream.choice((1, 3, 8, 63, 64, 65, 200))
    blocks, widths = blocks_of(stream, flat.inputs, rows, awkward=seed % 2 == 1)
    weights = stream.choice((None, memoryview(array("d", [stream.choice((0.0, 1.0, -2.5)) for _ in range(rows)]))))
    ours = everything(Replay(flat), blocks, widths, rows, weights, len(flat.results))
    plain = everything(PlainReplay(flat), blocks, widths, rows, weights, len(flat.results))
    assert agree(ours, plain, blocks)


@pytest.mark.compiled
def test_dot_products_with_shared_weights(instruction_set):
    """One instruction for each unit of a layer; the weights are not copied to the rows."""
    stream = random.Random(7)
    n, units = 5, 3  # inputs of a row; the shared ones are weights and biases
    shared = units * (n + 1)
    instructions: list[tuple[str, list[int]]] = []
    for k in range(units):
        w = [k * (n + 1) + j for j in range(n + 1)]
        instructions.append(("dot", [*w[:n], *range(shared, shared + n), w[n]]))
    first = shared + n
    instructions += [("relu", [first + k]) for k in range(units)]
    instructions.append(("dot", [0, 6, 12, *range(first + units, first + 2 * units)]))  # weights used a second time
    flat = flat_of(shared + n, [], instructions, [first + len(instructions) - 1])
    for rows in (1, 8, 40, 100):
        blocks = [(memoryview(array("d", [stream.uniform(-1, 1) for _ in range(shared)])), False)]
        blocks.append((memoryview(array("d", [stream.uniform(-1, 1) for _ in range(n * rows)])), True))
        ours = everything(Replay(flat), blocks, (shared, n), rows, None, 1)
        plain = everything(PlainReplay(flat), blocks, (shared, n), rows, None, 1)
        assert agree(ours, plain, blocks)


@pytest.mark.compiled
@pytest.mark.parametrize("n", [1, 5, 8, 21])
@pytest.mark.parametrize("bias", [True, False])
def test_weights_used_once_have_the_bits_of_the_python_replay(n, bias, instruction_set):
    """Their sums may be folded as soon as a block is done; the order is the same."""
    stream = random.Random(n)
    size = n + bias
    shared = 3 * size  # three units, one after the other, of which the last is followed by a relu
    rows_first, first = shared, shared + n
    units = [("dot", [*range(k * size, k * size + n), *range(rows_first, first), *[k * size + n][:bias]]) for k in range(3)]
    flat = flat_of(first, [], [*units, ("relu", [first + 2]), ("sum", [first, first + 1, first + 3])], [first + 4])
    for rows in (1, 8, 40, 64, 65, 200):
        blocks = [(memoryview(array("d", [stream.uniform(-1, 1) for _ in range(shared)])), False)]
        blocks.append((memoryview(array("d", [stream.choice((0.0, stream.uniform(-1, 1))) for _ in range(n * rows)])), True))
        weights = stream.choice((None, memoryview(array("d", [stream.choice((0.0, 1.0, -2.5)) for _ in range(rows)]))))
        for piece in (64, 128):
            for by_rows in (True, False):
                outcomes = []
                for engine in (Replay(flat), PlainReplay(flat)):
                    values, to, own = zeros(rows), zeros(shared), zeros(n * rows) if by_rows else None
                    engine.batch_gradient(work(blocks, rows, values, [to, own], weights, piece))
                    outcomes.append([view.tolist() for view in (values, to, own) if view is not None])
                assert all(map(same, *outcomes))


def test_what_shared_inputs_decide_is_folded_piece_by_piece():
    """However the rows are cut, at multiples of a piece, the sums have the same bits."""
    instructions = [
        ("exp", [0]), ("mul", [3, 1]), ("tanh", [4]),  # of the shared inputs alone
        ("mul", [5, 2]), ("sin", [6]), ("add", [7, 4]), ("mul", [8, 0]),
    ]  # fmt: skip
    flat = flat_of(3, [], instructions, [9])
    stream = random.Random(3)
    rows, piece = 300, 64
    xs = array("d", [stream.uniform(-2, 2) for _ in range(rows)])
    weights = array("d", [stream.uniform(0, 2) for _ in range(rows)])
    shared = memoryview(array("d", [0.3, -0.7]))

    def gradient(start, stop):
        out, values, own = zeros(2), zeros(stop - start), zeros(stop - start)
        blocks = [(shared, False), (memoryview(xs)[start:stop], True)]
        Replay(flat).batch_gradient(work(blocks, stop - start, values, [out, own], memoryview(weights)[start:stop], piece))
        return out.tolist(), values.tolist(), own.tolist()

    whole, values, own = gradient(0, rows)
    total = [0.0, 0.0]
    for start in range(0, rows, piece):
        part, some, few = gradient(start, min(start + piece, rows))
        total = [a + b for a, b in zip(total, part, strict=True)]
        assert values[start : start + piece] == some
        assert own[start : start + piece] == few
    assert whole == total
    each = [PlainReplay(flat).pullback(array("d", [*shared, x]), [[1.0]])[1][0] for x in xs]
    exact = [math.fsum(w * gradient[k] for w, gradient in zip(weights, each, strict=True)) for k in (0, 1)]
    assert whole == pytest.approx(exact, rel=1e-13)


def ulps(a, b):
    if (a != a and b != b) or a == b:
        return 0.0
    return abs(a - b) / math.ulp(b) if math.isfinite(a) and math.isfinite(b) else math.inf


@pytest.mark.compiled
@pytest.mark.parametrize("name", sorted(set(ALL) - {"gamma", "lgamma", "digamma"}))
def test_every_operation_on_blocks_is_within_4_ulp(name, instruction_set):
    """Of the scalar functions; awkward numbers, far arguments and every lane among them."""
    entry = entry_of(name)
    n = entry.arity or 3
    flat = flat_of(n, [], [(name, list(range(n)))], [n])
    stream = random.Random(name)
    rows = 400
    scale = (1e-3, 1.0, 1.0, 3.0, 30.0, 700.0, 1e6, 1e300)
    draw = [stream.choice((stream.choice(AWKWARD), *[stream.uniform(-s, s) for s in scale])) for _ in range(n * rows)]
    blocks, m = [(memoryview(array("d", draw)), True)], 1
    ours, plain = (everything(kind(flat), blocks, (n,), rows, None, m) for kind in (Replay, PlainReplay))
    for mine, theirs in zip(ours, plain, strict=True):
        worst = max(range(len(mine)), key=lambda i: ulps(mine[i], theirs[i]))
        assert ulps(mine[worst], theirs[worst]) <= 4, (draw[worst * n // len(mine) :][:n], mine[worst], theirs[worst])


# Every kind of instruction, with every number of rows: full blocks, and what is left over.

ROWS = 200
MANY = 33
"""Operands of an operation of one's own: more than a word of the plan has bits."""


def spread_out(count):
    """Sums of many operands, each times another number."""
    names = ", ".join(f"x{i}" for i in range(count))
    rules = [eval(f"lambda {names}, y: {i + 2}.0 * x{i}") for i in range(count)]  # noqa: S307
    return eval(f"lambda {names}: {' + '.join(f'{i + 2} * x{i} * x{i} / 2' for i in range(count))}"), *rules  # noqa: S307


@pytest.fixture
def own_operations():
    """What has no kernel: of two operands, of three with one that is left out, of very many."""
    autograd.op("pair", lambda a, b: a * b, lambda a, b, y: b, lambda a, b, y: a)
    autograd.op("triple", lambda a, n, c: a * n * c, lambda a, n, c, y: n * c, None, lambda a, n, c, y: a * n)
    autograd.op("crowd", *spread_out(MANY))
    yield
    for name in ("pair", "triple", "crowd"):
        autograd.registry.remove(name)


KINDS = [(name, 0) for name in sorted({*ALL, "polygamma", "pair", "triple", "crowd"} - {"gamma", "lgamma", "digamma"})]
"""Operations, and how many of their operands all rows share: of a dot product of seven, three are its weights."""
KINDS += [(name, 1) for name in ("add", "sub", "mul", "div", "pow", "where", "choose", "pair", "triple", "crowd", "mean", "prod")]
KINDS += [("dot", 3), ("dot", 1), ("sum", 3), ("logsumexp", 3), ("hypot", 1), ("copysign", 1), ("maximum", 1), ("clip", 2)]


def single(name, shared):
    """A program of one operation, and the widths of its two blocks; operands without a derivative are constants."""
    entry = entry_of(name)
    n = entry.arity or 7
    plain = [k for k in range(n) if not entry.many and name not in CONDITIONS and entry.partials[k] is None]
    inputs = n - len(plain)
    ids = iter(range(inputs))
    operands = [inputs if k in plain else next(ids) for k in range(n)]
    return flat_of(inputs, [2.0][: len(plain)], [(name, operands)], [inputs + len(plain[:1])]), (shared, inputs - shared)


def all_rows(engine, blocks, widths, rows, weights):
    """Values, Jacobians and gradients of so many of the rows, as bytes; and the gradient's sums by the shared block."""
    values, outputs, one = zeros(rows), zeros(rows), zeros(rows)
    jacobians = [zeros(rows * width) for width in widths]
    sums, own = zeros(widths[0]), zeros(rows * widths[1])
    engine.batch(work(blocks, rows, values))
    engine.batch_jacobian(work(blocks, rows, outputs, jacobians))
    engine.batch_gradient(work(blocks, rows, one, [sums, own], weights, 64))
    return [each.tobytes() for each in (values, outputs, one, *jacobians, own)], sums.tolist()


@pytest.mark.compiled
@pytest.mark.parametrize(("name", "shared"), KINDS)
def test_every_kind_of_instruction_with_every_number_of_rows(name, shared, instruction_set, own_operations):
    """However many rows there are, each has the bits that it has among 200, which are close to those of single points."""
    flat, widths = single(name, shared)
    stream = random.Random(name)
    start = 1.0 if name == "acosh" else 0.0
    draw = [[start + stream.uniform(0.3, 0.9) for _ in range(count)] for count in (widths[0], widths[1] * ROWS)]
    together, each = (memoryview(array("d", numbers)) for numbers in draw)
    weights = memoryview(array("d", [1.0 + r % 3 for r in range(ROWS)]))
    engine = Replay(flat)
    whole, _ = all_rows(engine, [(together, False), (each, True)], widths, ROWS, weights)
    plain, _ = all_rows(PlainReplay(flat), [(together, False), (each, True)], widths, ROWS, weights)
    for ours, theirs in zip(whole, plain, strict=True):
        for a, b in zip(array("d", ours), array("d", theirs), strict=True):
            assert ulps(a, b) <= (0 if name in EXACT else 8)
    first = array("d", [*together, *each[: widths[1]]])
    assert same(*[kind.pullback(first, [[1.0]])[1][0] for kind in (engine, PlainReplay(flat))])
    by_shared = array("d", plain[3])
    totals = [list(accumulate(map(mul, weights, by_shared[i :: widths[0]]))) for i in range(widths[0])]
    for rows in range(1, ROWS + 1):
        blocks = [(together, False), (each[: rows * widths[1]], True)]
        found, sums = all_rows(engine, blocks, widths, rows, weights[:rows])
        assert found == [numbers[: len(few)] for numbers, few in zip(whole, found, strict=True)]
        for total, wanted in zip(sums, totals, strict=True):
            assert abs(total - wanted[rows - 1]) <= 1e-12 * abs(wanted[rows - 1])


class Sizes(PlainReplay):
    """Of each derivative the sum of the absolute contributions of all paths: what its rounding is measured by."""

    def _links(self, i, partials):
        return [(x, abs(d)) for x, d in super()._links(i, partials)]


def random_blocks(stream, inputs, rows):
    """Up to three arguments, each shared or with rows of its own, as one is at least; their widths; which are asked for."""
    cuts = sorted(stream.randrange(inputs + 1) for _ in range(2))
    widths = [b - a for a, b in zip([0, *cuts], [*cuts, inputs], strict=True) if b > a]
    owns = [stream.random() < 0.6 for _ in widths]
    owns[stream.randrange(len(owns))] = True
    odd = stream.choice((0.0, 0.1))
    draw = lambda: stream.choice(AWKWARD) if stream.random() < odd else stream.uniform(-2, 2)
    counts = [width * (rows if own else 1) for width, own in zip(widths, owns, strict=True)]
    blocks = [(memoryview(array("d", [draw() for _ in range(n)])), own) for n, own in zip(counts, owns, strict=True)]
    return blocks, widths, [stream.random() < 0.8 for _ in widths]


def rows_against_points(stream):
    """A random program on random rows: values, Jacobians and gradients have the bits that single points have."""
    names = EXACT + CONDITIONS + ("pair", "triple", "crowd") * stream.randrange(4)
    flat = random_flat(stream, names, inputs=stream.randrange(1, 7), size=stream.choice((1, 2, 5, 12, 40)))
    flat = flat._replace(results=flat.results[: stream.choice((1, 1, 3))])
    m, rows, piece = len(flat.results), stream.randrange(1, 201), stream.choice((64, 128, 1000))
    blocks, widths, asked = random_blocks(stream, flat.inputs, rows)
    weights = array("d", [stream.choice((0.0, 1.0, -2.5)) for _ in range(rows)])

    def of_each_row(engine):
        values, outputs = zeros(rows * m), zeros(rows * m)
        jacobians = [zeros(rows * m * width) if want else None for width, want in zip(widths, asked, strict=True)]
        engine.batch(work(blocks, rows, values))
        engine.batch_jacobian(work(blocks, rows, outputs, jacobians))
        return [values, outputs, *filter(None, jacobians)]

    def gradients(engine, weights):
        """The values and what has rows of its own; the sums by what is shared."""
        values, own = zeros(rows), [is_own for _, is_own in blocks]
        to = [zeros(w * (rows if o else 1)) if want else None for w, o, want in zip(widths, own, asked, strict=True)]
        engine.batch_gradient(work(blocks, rows, values, to, memoryview(weights), piece))
        return [values, *[x for x, o in zip(to, own) if x and o]], [d for x, o in zip(to, own) if x and not o for d in x]

    ours, plain = Replay(flat), PlainReplay(flat)
    assert all(map(same, of_each_row(ours), of_each_row(plain)))
    if m == 1:
        (mine, sums), (theirs, others) = gradients(ours, weights), gradients(plain, weights)
        _, sizes = gradients(Sizes(flat), array("d", map(abs, weights)))
        assert all(map(same, mine, theirs))
        for a, b, size in zip(sums, others, sizes, strict=True):  # the uses of an input are summed in another order
            assert not math.isfinite(size) or abs(a - b) <= 1e-13 * size


@pytest.mark.compiled
@pytest.mark.parametrize("seed", range(40))
def test_rows_of_random_programs_are_points(seed, instruction_set, own_operations):
    rows_against_points(random.Random(seed))


@pytest.mark.long
@pytest.mark.compiled
def test_rows_of_many_random_programs_are_points(instruction_set, own_operations):
    for seed in range(40, 2040):
        rows_against_points(random.Random(seed))


@pytest.mark.long
@pytest.mark.compiled
@pytest.mark.parametrize("size", [6_000_000, 18_000_000])
def test_a_program_of_millions_of_operations_runs_on_a_full_block(size):
    """On fewer rows at a time where the numbers of all would be too many to be counted."""
    codes = array("H", [entry_of("mul").code, entry_of("add").code])
    operands = array("I", [0, 1, 2, 0])  # y = y * w + x, where y begins as x
    operands.extend(x for y in range(3, size + 1, 2) for x in (y, 1, y + 1, 0))
    starts = array("I", range(0, 2 * size + 1, 2))
    flat = Flat(2, array("d"), codes * (size // 2), starts, operands, array("I", [size + 1]))
    engine, values = Replay(flat), zeros(64)
    xs = memoryview(array("d", [float(r) for r in range(64)]))
    engine.batch(work([(xs, True), (memoryview(array("d", [0.5])), False)], 64, values))
    assert values.tolist() == [2.0 * r for r in range(64)]
    assert engine.pullback(array("d", [1.0, 0.5]), [[1.0]] * 33)[1][-1] == pytest.approx([2.0, 4.0])


@pytest.mark.compiled
def test_users_operations_run_in_blocks_and_their_errors_arrive(instruction_set):
    def value(x):
        if x < 1.5:
            return x**3
        message = "too large"
        raise RuntimeError(message)

    cube = autograd.op("cube", value, lambda x, y: 3 * x * x)
    try:
        flat = flat_of(2, [], [("cube", [0]), ("mul", [2, 1])], [3])
        assert cube(1.0) == 1.0
        xs = [0.25, 2.0, 0.5, 3.0, 1.0, 4.0]
        ours = everything(Replay(flat), [(memoryview(array("d", xs)), True)], (2,), 3, None, 1)
        assert ours[0] == [0.03125, 0.375, 4.0]
        assert ours[-1] == [0.375, 0.015625, 2.25, 0.125, 12.0, 1.0]
        xs[2] = 1.75
        with pytest.raises(RuntimeError, match="too large"):
            everything(Replay(flat), [(memoryview(array("d", xs)), True)], (2,), 3, None, 1)
    finally:
        autograd.registry.remove("cube")


@pytest.mark.compiled
def test_buffers_are_held_as_long_as_they_are_run(instruction_set):
    flat = flat_of(2, [], [("mul", [0, 1])], [2])
    xs, scale, weights = array("d", [1.0, 2.0, 3.0]), array("d", [10.0]), array("d", [1.0, 1.0, 1.0])
    values, gradient = array("d", [0.0] * 3), array("d", [0.0])
    held = [memoryview(numbers) for numbers in (xs, scale, weights, values, gradient)]
    run = Replay(flat).held_rows(
        "gradient", work([(held[0], True), (held[1], False)], 3, held[3], [None, held[4]], held[2], 3, 3)
    )
    del held
    for factor in (10.0, -1.0):
        scale[0], xs[2] = factor, 3.0 * factor
        run(0)
        assert values.tolist() == [factor, 2.0 * factor, 3.0 * factor * factor]
        assert gradient.tolist() == [3.0 + 3.0 * factor]
    for numbers in (xs, scale, weights, values, gradient):
        with pytest.raises(BufferError):
            numbers.append(0.0)
    del run
    for numbers in (xs, scale, weights, values, gradient):
        numbers.append(0.0)


def test_a_piece_that_is_held_is_what_is_computed_once():
    stream = random.Random(11)
    flat = random_flat(stream, EXACT, inputs=3, size=20)
    flat = flat._replace(results=flat.results[:1])
    blocks, widths = blocks_of(stream, flat.inputs, 70, awkward=False)
    for engine in (Replay(flat), PlainReplay(flat)):
        outcomes = []
        for held in (True, False):
            values = zeros(70)
            gradients = [zeros(width * (70 if own else 1)) for width, (_, own) in zip(widths, blocks, strict=True)]
            if held:
                run = engine.held_rows("gradient", work(blocks, 70, values, gradients, None, 64, 70))
                run(0)
                run(0)
            else:
                engine.batch_gradient(work(blocks, 70, values, gradients, None, 64))
            outcomes.append([view.tolist() for view in (values, *gradients)])
        assert all(map(same, *outcomes))
