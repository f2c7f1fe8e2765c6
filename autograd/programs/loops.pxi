# Part of native.pyx: loops, loops.h around the plans of a Machine.

from libc.math cimport ceil, sqrt

cdef extern from "loops.h" nogil:
    ctypedef struct Loop:
        size_t carried, own, shared, given, steps, every, lanes
        const unsigned char *common
    ctypedef struct Step:
        pass
    ctypedef struct Pace:
        Step *steps
        size_t size
        unsigned *next
    ctypedef struct Runner:
        const Plan *plan
        const Set *set
        Bench *bench
        double *w
        const Pace *pace
    int make_pace(const Loop *, const Plan *, Pace *)
    int loop_forward(const Loop *, const Runner *, const double *, const double *, double *, double *, double *) except -1
    int loop_backward(
        const Loop *, const Runner *, const double *, const double *, const double *, const double *, double *, double *, double *,
        double *
    ) except -1


cdef class Steps:
    """A loop, as loops.h says, at one point (`lanes` 1) or on so many rows at a time.

    `common` says of each number that all steps share whether all rows do too, `wanted` of each that a step takes whether derivatives
    by it are asked for.
    """

    cdef Machine machine
    cdef Loop loop
    cdef Pace forth, back
    cdef tuple shared, wanted
    cdef bytes common
    cdef size_t takes, gives, kept, commons, tape, room

    def __init__(self, Machine machine, size_t carried, size_t own, size_t steps, size_t lanes, bytes common, bytes wanted, size_t room):
        cdef size_t inputs = machine.flat.inputs, shared = inputs - carried - own
        cdef size_t results = machine.flat.results
        if carried + own > inputs or carried > results or not steps or <size_t>len(common) != shared:
            raise ValueError("a loop's counts contradict each other")
        if len(wanted) != <Py_ssize_t>inputs or (lanes % 8 and (lanes != 1 or 1 in common)):
            raise ValueError("a loop's counts contradict each other")
        self.machine, self.common = machine, common
        self.shared = runs_in(bytes(carried + own) + common)
        self.wanted = runs_in(wanted)
        self.loop = Loop(carried, own, shared, results - carried, steps, 0, lanes, self.common)
        self.commons = sum(common)
        self.takes = (inputs + (steps - 1) * own - self.commons) * lanes
        self.gives = (carried + steps * (results - carried)) * lanes
        self.room = room

    cdef int settle(self) except -1:
        """How much is kept for the sweep: all that steps compute if it fits into `room` bytes, else the state of every √T-th step."""
        if self.loop.every:
            return 0
        cdef size_t carried = self.loop.carried * self.loop.lanes, steps = self.loop.steps
        if self.forth.steps == NULL and make_pace(&self.loop, &self.planned(VALUES_ONLY).plan, &self.forth) < 0:
            raise MemoryError
        if make_pace(&self.loop, &self.planned(GRADIENTS).plan, &self.back) < 0:
            raise MemoryError
        self.tape = self.back.size
        self.loop.every = 1 if 8 * steps * (carried + self.tape) <= self.room else <size_t>ceil(sqrt(<double>steps))
        self.loop.every = max(self.loop.every, 1)
        self.kept = ((steps - 1) // self.loop.every + 1) * carried
        return 0

    def memory(self):
        """Bytes that a sweep needs of what steps have computed, and of states."""
        self.settle()
        some = self.loop.steps if self.loop.every == 1 else self.loop.every
        return 8 * (self.kept + some * (self.tape + (self.loop.every > 1) * self.loop.carried * self.loop.lanes))

    cdef Planned planned(self, int direction):
        return self.machine.planned(self.shared, self.wanted, self.loop.lanes > 1, direction, self.loop.lanes)

    def __dealloc__(self):
        free(self.forth.steps)
        free(self.forth.next)
        free(self.back.steps)
        free(self.back.next)

    cdef Runner runner(self, Planned planned, Bench *bench, bint gradients) except *:
        cdef Runner runner
        bench[0] = self.machine.bench(planned)
        runner.plan, runner.set, runner.bench, runner.w = &planned.plan, NULL, bench, planned.borrow()
        runner.pace = &self.back if gradients else &self.forth
        if self.loop.lanes > 1:
            runner.set = chosen
        return runner

    cdef double *numbers(self, array xs, size_t size) except? NULL:
        """The doubles of an array of so many."""
        if <size_t>len(xs) != size or xs.typecode != "d":
            raise ValueError(f"{len(xs)} numbers were given, {size} doubles belong")
        return xs.data.as_doubles

    def forward(self, array takes, array commons, bint keeps):
        """What the loop gives, whether at one point all numbers were finite, and what is kept for the sweep, if it is."""
        self.settle()
        cdef bint taped = keeps and self.loop.every == 1
        cdef array gives = some(self.gives), kept = some(self.kept if keeps else 0)
        cdef array tape = some(self.loop.steps * self.tape if taped else 0)
        cdef const double *xs = self.numbers(takes, self.takes)
        cdef const double *shared = self.numbers(commons, self.commons)
        cdef double *ys = gives.data.as_doubles
        cdef double *states = kept.data.as_doubles if keeps else NULL
        cdef double *computed = tape.data.as_doubles if taped else NULL
        cdef Planned planned = self.planned(GRADIENTS if taped else VALUES_ONLY)
        cdef Bench bench
        cdef Runner runner = self.runner(planned, &bench, taped)
        cdef int seen
        try:
            with nogil:
                seen = loop_forward(&self.loop, &runner, xs, shared, ys, states, computed)
        finally:
            planned.give_back(runner.w)
        return cut(gives, self.gives), seen == 0, (kept, tape)

    def backward(self, array takes, array commons, tuple kept, array seeds):
        """The derivatives of the seeded sum of all that the loop gives by all that it takes, and by what is common, summed over rows."""
        cdef array begins = kept[0], tape = kept[1], states = begins
        cdef array found = zeros(doubles, self.takes), sums = zeros(doubles, self.commons)
        cdef const double *xs = self.numbers(takes, self.takes)
        cdef const double *shared = self.numbers(commons, self.commons)
        cdef const double *weights = self.numbers(seeds, self.gives)
        if self.loop.every > 1:
            states, tape = some(self.loop.every * self.loop.carried * self.loop.lanes), some(self.loop.every * self.tape)
        cdef double *gradient = found.data.as_doubles
        cdef double *totals = sums.data.as_doubles
        cdef Planned planned = self.planned(GRADIENTS)
        cdef Bench bench
        cdef Runner runner = self.runner(planned, &bench, True)
        cdef const double *first = begins.data.as_doubles
        cdef double *inner = states.data.as_doubles
        cdef double *computed = tape.data.as_doubles
        cdef bint done = False
        try:
            with nogil:
                loop_backward(&self.loop, &runner, xs, shared, first, weights, inner, computed, gradient, totals)
            done = True
        finally:
            if done:
                planned.give_back(runner.w)
            else:
                free_workspace(runner.w)  # with sums of a part
        return cut(found, self.takes), cut(sums, self.commons)


def lanes_of(Machine machine, size_t rows):
    """How many rows a block has, at most, where derivatives are wanted."""
    return machine.lanes(rows, True)


cdef tuple runs_in(bytes marks):
    """Marks, each with how often it follows itself."""
    cdef list found = []
    cdef Py_ssize_t begin = 0, i
    for i in range(1, len(marks) + 1):
        if i == len(marks) or marks[i] != marks[begin]:
            found.append((marks[begin], i - begin))
            begin = i
    return tuple(found)


cdef array some(size_t n):
    """Room for so many numbers, and one more: an array of none has no address."""
    return clone(doubles, n + 1, False)


cdef array cut(array numbers, Py_ssize_t n):
    """The first of them."""
    resize(numbers, n)
    return numbers


def added(array to, size_t at, array what):
    """Add numbers to those of an array from a place on."""
    cdef size_t i, n = len(what)
    if to.typecode != "d" or what.typecode != "d" or at + n > <size_t>len(to):
        raise ValueError("the numbers do not fit")
    for i in range(n):
        to.data.as_doubles[at + i] += what.data.as_doubles[i]


def turned(rows, size_t width, size_t begin, size_t count, size_t lanes):
    """Rows of so many numbers as columns of so many lanes, of which those beyond the last row repeat it."""
    cdef array columns = clone(doubles, width * lanes, False)
    cdef const double[::1] numbers = rows
    cdef double *to = columns.data.as_doubles
    cdef size_t i, k
    if not count or (begin + count) * width > <size_t>len(numbers) or count > lanes:
        raise ValueError("the numbers do not fit")
    for k in range(lanes):
        for i in range(width):
            to[i * lanes + k] = numbers[(begin + (k if k < count else count - 1)) * width + i]
    return columns


def turned_back(array columns, size_t width, size_t begin, size_t count, size_t lanes, rows):
    """Columns into rows."""
    cdef double[::1] to = rows
    cdef const double *numbers = columns.data.as_doubles
    cdef size_t i, k
    if (begin + count) * width > <size_t>len(to) or <size_t>len(columns) != width * lanes or count > lanes:
        raise ValueError("the numbers do not fit")
    for k in range(count):
        for i in range(width):
            to[(begin + k) * width + i] = numbers[i * lanes + k]


def in_lanes(array numbers, size_t lanes):
    """Each number as a column."""
    cdef array columns = clone(doubles, len(numbers) * lanes, False)
    cdef size_t i, k
    for i in range(<size_t>len(numbers)):
        for k in range(lanes):
            columns.data.as_doubles[i * lanes + k] = numbers.data.as_doubles[i]
    return columns


def over_lanes(array columns, size_t lanes):
    """The sum of each column."""
    cdef array sums = clone(doubles, len(columns) // lanes, True)
    cdef size_t i, k
    for i in range(<size_t>len(sums)):
        for k in range(lanes):
            sums.data.as_doubles[i] += columns.data.as_doubles[i * lanes + k]
    return sums


# Programs with their loops unrolled, as unrolling.py says.


cdef array whole_numbers = array("q")
cdef array small_numbers = array("I")


def repeated(flat, array places, array takes, loop, size_t at):
    """Of all steps of a loop the places of their operands, and those of what the loop gives."""
    cdef const unsigned[::1] operand = flat.operands, result = flat.results
    cdef size_t carried = loop.carried, own = loop.own, steps = loop.steps, shared = loop.shared, constants = len(places)
    cdef size_t n = len(flat.codes), results = result.shape[0], each = operand.shape[0], front = carried + own, first
    cdef size_t i, t
    if places.typecode != "q" or takes.typecode != "q" or <size_t>len(takes) != carried + steps * own + shared:
        raise ValueError("the numbers do not fit")
    cdef array known = clone(whole_numbers, front + shared + constants + n + 1, False)
    cdef array operands = clone(whole_numbers, steps * each, False)
    cdef array given = clone(whole_numbers, carried + steps * (results - carried), False)
    cdef long long *place = known.data.as_longlongs
    cdef long long *to = operands.data.as_longlongs
    cdef long long *end = given.data.as_longlongs
    cdef const long long *from_ = takes.data.as_longlongs
    first = front + shared + constants
    memcpy(end, from_, carried * sizeof(long long))
    memcpy(place + front, from_ + carried + steps * own, shared * sizeof(long long))
    memcpy(place + front + shared, places.data.as_longlongs, constants * sizeof(long long))
    for i in range(each):
        if operand[i] >= first + n:
            raise ValueError("the numbers do not fit")
    for i in range(results):
        if result[i] >= first + n:
            raise ValueError("the numbers do not fit")
    for t in range(steps):
        memcpy(place, end, carried * sizeof(long long))
        memcpy(place + carried, from_ + carried + t * own, own * sizeof(long long))
        for i in range(n):
            place[first + i] = at + t * n + i
        for i in range(each):
            to[t * each + i] = place[operand[i]]
        for i in range(results):
            end[i if i < carried else i + t * (results - carried)] = place[result[i]]
    return operands, given


def ids_of(array places, long long inputs, long long constants):
    """Places as ids: the inputs, then the constants, then the instructions."""
    cdef array ids = clone(small_numbers, len(places), False)
    cdef size_t i
    cdef long long x
    if places.typecode != "q":
        raise ValueError("the numbers do not fit")
    for i in range(<size_t>len(places)):
        x = places.data.as_longlongs[i]
        ids.data.as_uints[i] = inputs - 1 - x if x < 0 else x if x < inputs else x + constants
    return ids


def runs_of(array ids):
    """Ids as runs: the first of those that follow each other, and the one after the last."""
    cdef Py_ssize_t i, n = len(ids)
    cdef long long start = 0, stop = -1, x
    cdef bint wide = ids.typecode == "q"
    cdef list found = []
    if not wide and ids.typecode != "I":
        raise ValueError("the numbers do not fit")
    for i in range(n):
        x = ids.data.as_longlongs[i] if wide else ids.data.as_uints[i]
        if i == 0 or x != stop:
            if i:
                found.append((start, stop))
            start = x
        stop = x + 1
    if n:
        found.append((start, stop))
    return found
