"""The compiled way to run a flat program: plans and workspaces around run.h, and Python's numbers in and out."""

from cpython.array cimport array, clone, copy, resize
from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_ND, PyBUF_WRITABLE, PyBuffer_Release, PyObject_CheckBuffer, PyObject_GetBuffer
)
from cpython.pycapsule cimport PyCapsule_GetContext, PyCapsule_GetPointer
from libc.math cimport isfinite
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from autograd.errors import beyond, running_elsewhere

cdef extern from "run.h" nogil:
    int recognised
    int VALUES_ONLY, GRADIENTS, TANGENTS, SETS_KNOWN
    const unsigned LINK_MINUS
    ctypedef struct Flat:
        size_t inputs, constants, instructions, results
        const double *constant
        const unsigned short *code
        const unsigned *start
        const unsigned *operand
        const unsigned *result
        const unsigned char *choice
        size_t choices
    ctypedef int (*Call)(void *, const unsigned *, unsigned, double *, size_t, size_t, size_t, size_t) except -1 with gil
    ctypedef struct Set:
        const char *name
    ctypedef struct Bench:
        const unsigned *list
        double *shared
        double *totals
        double *sums
        const Set *set
        size_t stride
        bint finite, known, whole
        Call call
        void *caller
    ctypedef struct Words:
        unsigned *at
    ctypedef struct Plan:
        Words list
        size_t step_count, link_count, lanes, room
    ctypedef struct Block:
        const double *at
        double *to
        size_t width
        bint own
    ctypedef struct Work:
        const Block *blocks
        size_t count, rows, piece
        const double *weights
        double *values
        bint differentiate, each
    const Set *SETS
    int runs_here(size_t)
    size_t most_rows(const Flat *)
    int make_plan(const Flat *, const unsigned char *, const unsigned char *, int, int, int, size_t, Plan *)
    void free_plan(Plan *)
    size_t layers_in(const Plan *, int)
    double *make_workspace(const Plan *)
    void free_workspace(double *)
    int point_forward(const Plan *, Bench *, double *, const double *const *, const size_t *, size_t) except -1  # what `call` raised
    void point_results(const Plan *, const double *, double *)
    void point_gradient(const Plan *, const Bench *, double *, const double *, double *)
    int spread_forward(const Plan *, const Bench *, double *, const double *) except -1
    void spread_sweep(const Plan *, const Set *, const Bench *, double *, const double *, size_t, double *)
    int run_rows(const Plan *, const Set *, Bench *, double *, const Work *) except -1
    int run_row(const Plan *, const Set *, Bench *, double *, const Work *) except -1
    bint all_finite(const double *, size_t)
    size_t last_weighed(const double *, size_t)

ctypedef int (*Updated)(const void *rule, double *theta, const double *gradient, double lr, double steps) noexcept nogil  # as nn has it

cdef enum:
    READ = PyBUF_FORMAT | PyBUF_C_CONTIGUOUS
    SPARE = 8  # workspaces that a plan keeps for its next runs
    BUDGET = 1 << 21  # bytes that a block's workspace should stay within: about a second-level cache

cdef array doubles = array("d"), words = array("I"), chars = array("b")
cdef const Set *chosen = NULL


cdef array zeros(array kind, Py_ssize_t n):
    """So many zeros, and one more: an array of none has no address, and even no bytes from nowhere to nowhere are undefined."""
    return clone(kind, n + 1, True)


def instruction_sets():
    """The names of the instruction sets that blocks can be run with here, the best first."""
    return [SETS[i].name.decode() for i in range(SETS_KNOWN) if runs_here(i)]


def use(str name=""):
    """Run blocks with an instruction set, by default the best; the name of the one before. For tests and benchmarks."""
    global chosen
    before = chosen.name.decode() if chosen != NULL else ""
    for i in range(SETS_KNOWN):
        if runs_here(i) and (not name or SETS[i].name.decode() == name):
            chosen = &SETS[i]
            return before
    raise ValueError(f"this processor runs {', '.join(instruction_sets())}, not {name}")


use()


def recognise(bint layers):
    """Whether programs that are planned from now on have layers; whether they had them before. For tests and benchmarks."""
    global recognised
    before, recognised = recognised, layers
    return bool(before)


def poured(x, tuple shape, array target, Py_ssize_t at):
    """Write nested lists and tuples of floats, or a contiguous buffer of doubles, into an array. False if `x` has no such shape."""
    cdef Py_ssize_t size = 1
    for n in shape:
        size *= n
    if at < 0 or at + size > len(target):
        raise IndexError("the numbers do not fit")
    if not len(target):
        return False  # it has no place, from which C may not reckon one
    if len(shape) and type(x) is not list and type(x) is not tuple and PyObject_CheckBuffer(x):
        return not hasattr(x, "mask") and is_copied(x, shape, target.data.as_doubles + at)
    return is_poured(x, shape, 0, target.data.as_doubles + at) != NULL


ctypedef fused Whole:
    signed char
    unsigned char
    short
    unsigned short
    int
    unsigned int
    long long
    unsigned long long


cdef bint all_read(const Whole *given, double *to, size_t count, size_t size) noexcept nogil:
    cdef size_t i
    cdef bint right = True
    for i in range(count):
        right &= <unsigned long long>given[i] < size
        to[i] = <double>given[i]
    return right


def read_indices(source, double[::1] target, size_t first, size_t count, size_t size):
    """Read whole numbers from 0 to size - 1 out of a buffer of integers, the first and so many, as doubles into the same places.

    False if one of them is none, or the buffer holds no integers of this machine, or not so many: nothing is to be computed then.
    """
    cdef Py_buffer view
    cdef bint right = False
    PyObject_GetBuffer(source, &view, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS)
    cdef char *at = <char *>view.buf + first * view.itemsize
    cdef double *to = &target[0] + first
    cdef char kind = view.format[0] if view.format != NULL and not view.format[1] else 0
    if first + count <= <size_t>(view.len // view.itemsize) and first + count <= <size_t>target.shape[0]:
        if kind in b"bhilq":
            if view.itemsize == 1: right = all_read(<signed char *>at, to, count, size)
            elif view.itemsize == 2: right = all_read(<short *>at, to, count, size)
            elif view.itemsize == 4: right = all_read(<int *>at, to, count, size)
            elif view.itemsize == 8: right = all_read(<long long *>at, to, count, size)
        elif kind in b"BHILQ":
            if view.itemsize == 1: right = all_read(<unsigned char *>at, to, count, size)
            elif view.itemsize == 2: right = all_read(<unsigned short *>at, to, count, size)
            elif view.itemsize == 4: right = all_read(<unsigned int *>at, to, count, size)
            elif view.itemsize == 8: right = all_read(<unsigned long long *>at, to, count, size)
    PyBuffer_Release(&view)
    return right


cdef bint is_copied(x, tuple shape, double *to) except -1:
    cdef Py_buffer view
    cdef int i
    cdef bint fits
    try:
        PyObject_GetBuffer(x, &view, PyBUF_ND | PyBUF_FORMAT | PyBUF_C_CONTIGUOUS)
    except (BufferError, ValueError):
        return False
    fits = holds_doubles(&view) and view.ndim == len(shape)
    for i in range(view.ndim):
        fits = fits and view.shape[i] == shape[i]
    if fits and view.len:
        memcpy(to, view.buf, view.len)
    PyBuffer_Release(&view)
    return fits


cdef double *is_poured(x, tuple shape, Py_ssize_t depth, double *to) except? NULL:
    """Where the next number belongs."""
    cdef Py_ssize_t i, n
    if depth == len(shape):
        if type(x) is not float:
            return NULL
        to[0] = x
        return to + 1
    if type(x) is not list and type(x) is not tuple:
        return NULL
    n = len(x)
    if n != shape[depth]:
        return NULL
    for i in range(n):
        to = is_poured((<list>x)[i] if type(x) is list else (<tuple>x)[i], shape, depth + 1, to)
        if to == NULL:
            return NULL
    return to


cdef class Planned:
    """A plan, and workspaces for it that are not in use."""

    cdef Plan plan
    cdef double *spare[SPARE]
    cdef int spares

    def __cinit__(self):
        self.spares = 0

    def __dealloc__(self):
        for i in range(self.spares):
            free_workspace(self.spare[i])
        free_plan(&self.plan)

    cdef double *borrow(self) except NULL:
        if self.spares:
            self.spares -= 1
            return self.spare[self.spares]
        cdef double *w = make_workspace(&self.plan)
        if w == NULL:
            raise MemoryError
        return w

    cdef void give_back(self, double *w) noexcept:
        if self.spares < SPARE:
            self.spare[self.spares] = w
            self.spares += 1
        else:
            free_workspace(w)


cdef class Machine:
    """A flat program in C. `call(code, mask, operands)` computes an operation that has no kernel: its value and partials.

    `choices` says of each code whether its operation chooses: an edge with a partial of 0 is closed.
    """

    cdef Flat flat
    cdef tuple arrays
    cdef dict plans, splits
    cdef object call
    cdef bytes choices
    cdef readonly bint early  # whether rows stop where all further weights are 0

    def __init__(self, flat, call, bytes choices):
        cdef array constants = flat.constants, codes = flat.codes, starts = flat.starts
        cdef array operands = flat.operands, results = flat.results
        self.arrays = (constants, codes, starts, operands, results)
        self.flat.inputs, self.flat.constants = flat.inputs, len(constants)
        self.flat.instructions, self.flat.results = len(codes), len(results)
        self.flat.constant, self.flat.code = constants.data.as_doubles, codes.data.as_ushorts
        self.flat.start, self.flat.operand = starts.data.as_uints, operands.data.as_uints
        self.flat.result = results.data.as_uints
        self.plans, self.splits = {}, {}
        self.call = call
        self.choices = choices
        self.flat.choice, self.flat.choices = choices, len(choices)

    def stop_early(self):
        """From now on a row with weights is computed up to its last one that is not 0: other results are told as 0."""
        self.early = all([result >= self.flat.inputs for result in self.arrays[4]])

    cdef Planned planned(self, tuple shared, tuple wanted, bint blocks, int direction, size_t lanes, bint early=False):
        """The plan for arguments of which these are shared and these wanted, each as often as it has inputs."""
        key = (shared, wanted, blocks, direction, lanes, early)
        cdef Planned found = self.plans.get(key)
        if found is None:
            found = Planned()
            if make_plan(&self.flat, flags(shared), flags(wanted), blocks, direction, early, lanes, &found.plan) < 0:
                raise MemoryError("a program of this size does not fit")
            self.plans[key] = found
        return found

    cdef Bench bench(self, Planned planned):
        cdef Bench bench
        bench.list, bench.shared, bench.totals, bench.sums, bench.finite, bench.whole = planned.plan.list.at, NULL, NULL, NULL, False, False
        bench.set, bench.stride, bench.call, bench.caller, bench.known = chosen, planned.plan.lanes, call_python, <void *>self, False
        return bench

    def layers(self):
        """How many layers the plans so far have, and how many go back."""
        return tuple([sum([layers_in(&(<Planned>planned).plan, back) for planned in self.plans.values()]) for back in range(2)])

    def memory(self):
        """Bytes that plans and their workspaces take so far."""
        cdef Planned planned
        return sum([(<Planned>planned).plan.room * 8 + (<Planned>planned).plan.step_count * 20 + (<Planned>planned).plan.link_count * 32 for planned in self.plans.values()])

    cdef size_t inputs_of(self, array xs) except? 0:
        if <size_t>len(xs) != self.flat.inputs or xs.typecode != "d":
            raise ValueError(f"{len(xs)} inputs were given, {self.flat.inputs} doubles belong")
        return self.flat.inputs

    def point(self, array xs, seeds):
        """At one point: the outputs, the gradient of their seeded sum (None without seeds), and whether all was finite."""
        cdef size_t i, n = self.inputs_of(xs), m = self.flat.results
        cdef array ends = clone(doubles, 2 * m, False), gradient = None if seeds is None else clone(doubles, n, False)
        cdef double *results = ends.data.as_doubles
        for i in range(0 if seeds is None else m):
            results[m + i] = seeds[i]
        finite = self.at_point(xs.data.as_doubles, results, results + m, NULL if seeds is None else gradient.data.as_doubles)
        return [results[i] for i in range(m)], gradient, finite

    cdef bint at_point(self, const double *xs, double *results, const double *seeds, double *gradient) except -1:
        """The same in C; a gradient of NULL is not computed."""
        cdef size_t n = self.flat.inputs
        cdef Planned planned = self.planned(((0, n),), ((1, n),), False, VALUES_ONLY if gradient == NULL else GRADIENTS, 1)
        cdef Bench bench = self.bench(planned)
        cdef double *w = planned.borrow()
        cdef int seen
        try:
            with nogil:
                seen = point_forward(&planned.plan, &bench, w, &xs, &n, 1)
                point_results(&planned.plan, w, results)
                if gradient != NULL:
                    point_gradient(&planned.plan, &bench, w, seeds, gradient)
        finally:
            planned.give_back(w)
        return seen == 0

    def spread(self, array xs, array starts, size_t count, bint tangents):
        """Sweeps over one point: `count` seeds to as many gradients, or directions to tangents, one after the other in an array."""
        cdef size_t n = self.inputs_of(xs)
        cdef array ends = clone(doubles, count * (self.flat.results if tangents else n), False)
        self.swept(xs, starts, count, tangents, ends, NULL)
        return ends

    cdef bint swept(self, array xs, array starts, size_t count, bint tangents, array ends, double *results) except -1:
        """The same into an array that there is, with the outputs (NULL: nowhere); whether all numbers of the point were finite.

        `xs` may be longer than there are inputs.
        """
        cdef size_t i = 0, n = self.flat.inputs, m = self.flat.results, lanes = self.lanes(count, True)
        cdef size_t from_width = n if tangents else m, to_width = m if tangents else n, some
        cdef Planned planned = self.planned(((0, n),), ((1, n),), False, TANGENTS if tangents else GRADIENTS, lanes)
        cdef Bench bench = self.bench(planned)
        cdef double *w = planned.borrow()
        cdef const Set *vectors = chosen
        cdef int seen
        try:
            with nogil:
                seen = spread_forward(&planned.plan, &bench, w, xs.data.as_doubles)
                if results != NULL:
                    point_results(&planned.plan, w, results)
                while i < count:
                    some = count - i if count - i < lanes else lanes
                    spread_sweep(&planned.plan, vectors, &bench, w, starts.data.as_doubles + i * from_width, some, ends.data.as_doubles + i * to_width)
                    i += some
        finally:
            planned.give_back(w)
        return seen == 0

    cdef int run(self, const Work *work) except -1:
        """Rows in C. What shared inputs alone decide is computed once."""
        shared = shared_of(work)
        cdef Split split = self.split(shared)
        return self.run_planned(self.planned_rows(shared, work), work) if split is None else split.run(work)

    cdef Planned planned_rows(self, tuple shared, const Work *work):
        """The plan for so many rows."""
        cdef bint early = self.early and work.differentiate and work.weights != NULL and not work.each
        cdef int direction = GRADIENTS if work.differentiate else VALUES_ONLY
        wanted = tuple([(work.blocks[i].to != NULL, work.blocks[i].width) for i in range(work.count)])
        if work.rows == 1:
            return self.planned(((0, self.flat.inputs),), wanted, False, direction, 1, early)
        return self.planned(shared, wanted, True, direction, self.lanes(work.rows, work.differentiate), early)

    cdef int run_planned(self, Planned planned, const Work *work) except -1:
        """The same with its plan."""
        cdef Bench bench = self.bench(planned)
        cdef double *w = planned.borrow()
        cdef const Set *vectors = chosen
        try:
            with nogil:
                rows_by(&planned.plan, vectors, &bench, w, work)
        finally:
            planned.give_back(w)
        return 0

    cdef Split split(self, tuple shared):
        """The program in two, if some of it is computed from shared inputs alone."""
        if shared not in self.splits:
            kinds = flags(shared)
            self.splits[shared] = self.divided(kinds) if 1 in kinds and not self.early else None
        return self.splits[shared]

    cdef Split divided(self, bytes kinds):
        """The program in two; None if nothing is computed from shared inputs alone."""
        cdef array common = self.common(kinds)
        if 1 not in common[self.flat.inputs + self.flat.constants:]:
            return None
        exports = self.exports(common)
        once, rest = self.part(common, exports, True), self.part(common, exports, False)
        return Split(Machine(once, self.call, self.choices), Machine(rest, self.call, self.choices), len(exports))

    cdef array common(self, bytes kinds):
        """Of each id whether all rows share it: shared inputs, constants, and what is computed from such alone."""
        cdef const Flat *f = &self.flat
        cdef size_t first = f.inputs + f.constants, i, j
        cdef array common = zeros(chars, first + f.instructions)
        cdef signed char *is_common = common.data.as_schars
        for i in range(first):
            is_common[i] = i >= f.inputs or kinds[i]
        for i in range(f.instructions):
            is_common[first + i] = True
            for j in range(f.start[i], f.start[i + 1]):
                if f.operand[j] < LINK_MINUS and not is_common[f.operand[j]]:
                    is_common[first + i] = False
        return common

    cdef list exports(self, array common):
        """The ids that are computed once and used by the rows, or returned, in the order of their first use."""
        cdef const Flat *f = &self.flat
        cdef size_t first = f.inputs + f.constants, i, j
        cdef array rest = copy(common)  # those that may still be found
        cdef signed char *waits = rest.data.as_schars
        cdef unsigned x
        cdef list found = []
        memset(waits, 0, first)
        for i in range(f.instructions):
            if not common.data.as_schars[first + i]:
                for j in range(f.start[i], f.start[i + 1]):
                    x = f.operand[j]
                    if x < LINK_MINUS and waits[x]:
                        waits[x] = False
                        found.append(x)
        for i in range(f.results):
            x = f.result[i]
            if waits[x]:
                waits[x] = False
                found.append(x)
        return found

    cdef object part(self, array common, list exports, bint once):
        """The instructions that are computed once, which return the exports; or those of each row, which take them as inputs."""
        cdef const Flat *f = &self.flat
        cdef size_t more = 0 if once else len(exports), first = f.inputs + f.constants, i, j
        cdef array renamed = zeros(words, first + f.instructions)  # of each id the one that it has in the part
        cdef unsigned *name = renamed.data.as_uints
        cdef unsigned next = first + more, x
        part = Part(f.inputs + more, self.arrays[0])
        for i in range(first):
            name[i] = i if i < f.inputs else i + more
        for i in range(more):
            name[<size_t>exports[i]] = f.inputs + i
        for i in range(f.instructions):
            if common.data.as_schars[first + i] == once:
                name[first + i] = next
                next += 1
                part.codes.append(f.code[i])
                for j in range(f.start[i], f.start[i + 1]):
                    x = f.operand[j]
                    part.operands.append(x if x >= LINK_MINUS else name[x])
                part.starts.append(len(part.operands))
        part.results.extend([name[<size_t>x] for x in (exports if once else self.arrays[4])])
        return part

    cdef size_t lanes(self, size_t rows, bint differentiate):
        """How many rows a block has: few enough to be counted, and for its workspace to stay in the cache. Values need little of it."""
        cdef size_t lanes = 8, most = LINK_MINUS // most_rows(&self.flat)
        cdef size_t products = self.flat.start[self.flat.instructions] // (16 * (self.flat.instructions + 1))  # that hide its loads
        if differentiate:
            most = min(most, BUDGET * (1 + self.early) * max(products, 1) // (8 * (self.flat.instructions + 1)))  # few rows stop late
        while lanes < 64 and lanes < rows and 2 * lanes <= most:
            lanes *= 2
        return lanes


include "held.pxi"


class Part:
    """A flat program in the making."""

    def __init__(self, inputs, constants):
        self.inputs, self.constants = inputs, constants
        self.codes, self.starts, self.operands, self.results = array("H"), array("I", [0]), array("I"), array("I")


cdef class Split:
    """A program in two: what is computed `once` from shared inputs, and what each row computes, with the exports as inputs."""

    cdef Machine once, rest
    cdef size_t exports

    def __init__(self, once, rest, exports):
        self.once, self.rest, self.exports = once, rest, exports

    cdef int run(self, const Work *work) except -1:
        """Piece by piece: what a piece adds to the gradient by shared inputs is complete before the next one."""
        cdef size_t n = self.once.flat.inputs, i, k, first, begin = 0
        cdef array xs = zeros(doubles, n), part = zeros(doubles, n), gradient = zeros(doubles, n)
        cdef array exports = zeros(doubles, self.exports), sums = zeros(doubles, self.exports)
        cdef const Block *given = work.blocks
        cdef Block *blocks = <Block *>malloc((work.count + 1) * sizeof(Block))
        cdef Work piece = work[0]
        cdef bint wanted
        try:
            if blocks == NULL:
                raise MemoryError
            wanted = self.begun(work, blocks, xs, part, exports, sums)
            piece.blocks, piece.count = blocks, work.count + 1
            while begin < work.rows:
                piece.rows = piece.piece = work.piece if wanted and work.piece < work.rows - begin else work.rows - begin
                for i in range(work.count):
                    if given[i].own:
                        blocks[i].at = given[i].at + begin * given[i].width
                        if given[i].to != NULL:
                            blocks[i].to = given[i].to + begin * given[i].width
                self.rest.run(&piece)
                begin += piece.rows
                piece.values += piece.rows * self.rest.flat.results
                if piece.weights != NULL:
                    piece.weights += piece.rows * self.rest.flat.results
                if not wanted:
                    continue
                self.once.at_point(xs.data.as_doubles, exports.data.as_doubles, sums.data.as_doubles, gradient.data.as_doubles)
                first = 0
                for i in range(work.count):
                    if not given[i].own and given[i].to != NULL:
                        for k in range(given[i].width):
                            given[i].to[k] += blocks[i].to[k] + gradient.data.as_doubles[first + k]
                    first += given[i].width
        finally:
            free(blocks)
        return 0

    cdef bint begun(self, const Work *work, Block *blocks, array xs, array part, array exports, array sums) except -1:
        """Compute the exports, which are one more block, and point all shared blocks to sums of a piece; whether any is wanted."""
        cdef size_t i, k, first = 0
        cdef bint wanted = False
        for i in range(work.count):
            blocks[i] = work.blocks[i]
            if not blocks[i].own and blocks[i].width:
                memcpy(xs.data.as_doubles + first, blocks[i].at, blocks[i].width * sizeof(double))
                if blocks[i].to != NULL:
                    for k in range(blocks[i].width):
                        blocks[i].to[k] = 0.0
                    wanted = True
                    blocks[i].to = part.data.as_doubles + first
            first += blocks[i].width
        self.once.at_point(xs.data.as_doubles, exports.data.as_doubles, NULL, NULL)
        blocks[work.count] = Block(exports.data.as_doubles, NULL, self.exports, False)
        if wanted:
            blocks[work.count].to = sums.data.as_doubles
        return wanted


cdef bytes flags(tuple runs):
    """(flag, count) pairs, each flag as often as its count says."""
    return b"".join([bytes([flag]) * count for flag, count in runs])


cdef bint holds_doubles(const Py_buffer *view) noexcept:
    return view.itemsize == sizeof(double) and view.format != NULL and view.format[0] == c"d" and not view.format[1]


cdef size_t numbers_in(const Py_buffer *view) except? 0:
    """How many doubles a buffer holds."""
    if not holds_doubles(view):
        raise TypeError("a buffer of doubles belongs here")
    return view.len // sizeof(double)


cdef int call_python(
    void *caller, const unsigned *xs, unsigned n, double *w, size_t out, size_t partials, size_t count, size_t stride
) except -1 with gil:
    """One instruction in Python, for each of `count` rows: its value, and with `partials` those, each `stride` behind the other.

    What it raises stays raised while C returns, by -1: an error belongs to the thread whose call it is.
    """
    cdef Machine machine = <Machine>caller
    cdef size_t i
    cdef unsigned j
    mask = sum([<object>xs[n + 1 + j] << 32 * j for j in range((n + 31) // 32)]) if partials else 0
    for i in range(count):
        y, local = machine.call(xs[n], mask, [w[xs[j] + i] for j in range(n)])
        w[out + i] = y
        if partials:
            for j in range(n):
                w[partials + j * stride + i] = local[j]
    return 0


include "loops.pxi"
