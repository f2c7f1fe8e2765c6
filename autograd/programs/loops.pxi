# Part of native.pyx: loops, loops.h around the plans of a Machine.

from libc.math cimport ceil, sqrt

cdef extern from "loops.h" nogil:
    ctypedef struct Loop:
        size_t carried, own, shared, given, steps, every, lanes
        int anew
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
    int all_finite(const double *, size_t)
    int make_pace(const Loop *, const Plan *, Pace *)
    ctypedef struct Takes:
        const double *state
        const double *own
        const double *shared
        const double *commons
    ctypedef struct Slopes:
        double *state
        double *own
        double *shared
        double *commons
    int loop_forward(const Loop *, const Runner *, const Takes *, double *, double *, double *) except -1
    int loop_backward(
        const Loop *, const Runner *, const Takes *, const double *, const double *, double *, double *, const Slopes *
    ) except -1


cdef class Steps:
    """A loop, as loops.h says, at one point (`lanes` 1) or on so many rows at a time.

    `common` says of each number that all steps share whether all rows do too, `wanted` of each that a step takes whether derivatives
    by it are asked for. `cheap` are steps that are computed sooner than what they have computed is written and read.
    """

    cdef Machine machine
    cdef Loop loop
    cdef Pace forth, back
    cdef tuple shared, wanted
    cdef bytes common
    cdef size_t gives, kept, tape, room

    def __init__(self, Machine machine, size_t carried, size_t own, size_t steps, size_t lanes, bytes common, bytes wanted, size_t room, bint cheap):
        cdef size_t inputs = machine.flat.inputs, shared = inputs - carried - own
        cdef size_t results = machine.flat.results
        if carried + own > inputs or carried > results or not steps or <size_t>len(common) != shared:
            raise ValueError("a loop's counts contradict each other")
        if len(wanted) != <Py_ssize_t>inputs or (lanes % 8 and (lanes != 1 or 1 in common)):
            raise ValueError("a loop's counts contradict each other")
        self.machine, self.common = machine, common
        self.shared = runs_in(bytes(carried + own) + common)
        self.wanted = runs_in(wanted)
        self.loop = Loop(carried, own, shared, results - carried, steps, 0, lanes, cheap and steps > 1, self.common)
        self.gives = (carried + steps * (results - carried)) * lanes
        self.room = room

    cdef int settle(self) except -1:
        """How much is kept for the sweep: all that steps compute if it fits into `room` bytes, else the state of every √T-th step."""
        if self.loop.every:
            return 0
        cdef size_t carried = self.loop.carried * self.loop.lanes, steps = self.loop.steps
        cdef Planned forth = self.planned(VALUES_ONLY), back = self.planned(GRADIENTS)
        if self.loop.every:  # by another thread: rubbish may be collected where plans are made, and from here on nothing is
            return 0
        if self.forth.steps == NULL and make_pace(&self.loop, &forth.plan, &self.forth) < 0:
            raise MemoryError
        if make_pace(&self.loop, &back.plan, &self.back) < 0:
            raise MemoryError
        self.tape = 0 if self.loop.anew else self.back.size
        self.loop.every = 1 if 8 * steps * (carried + self.tape) <= self.room else <size_t>ceil(sqrt(<double>steps))
        self.loop.every = max(self.loop.every, 1)
        if self.loop.every > 1:
            self.loop.anew, self.tape = 0, self.back.size
        self.kept = ((steps - 1) // self.loop.every + 1) * carried
        return 0

    def memory(self):
        """Bytes that a sweep needs of what steps have computed, and of states."""
        return 8 * sum([len(numbers) - 1 for numbers in self.rooms()])

    def rooms(self):
        """Room for what is kept for a sweep: states that some steps begin with, those of the steps in between, what these compute."""
        self.settle()
        cdef size_t every = self.loop.every
        between = (every > 1) * every * self.loop.carried * self.loop.lanes
        return some(self.kept), some(between), some((self.loop.steps if every == 1 else every) * self.tape)

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

    cdef Takes taken(self, tuple takes) except *:
        """What the loop takes, where arrays hold it; the own numbers of steps from a place on."""
        cdef array state = takes[0], own = takes[1], shared = takes[3], commons = takes[4]
        cdef size_t at = takes[2]
        cdef size_t lanes = self.loop.lanes, common = sum(self.common)
        return Takes(
            place(state, 0, self.loop.carried * lanes), place(own, at, self.loop.steps * self.loop.own * lanes),
            place(shared, 0, (self.loop.shared - common) * lanes), place(commons, 0, common),
        )

    def forward(self, tuple takes, array gives, size_t to, tuple rooms, bint keeps):
        """Write what the loop gives from a place on, and what is kept for the sweep, if it is; whether at one point all was finite.

        `takes` are arrays of what is carried into the first step, of the steps' own numbers and the place of the first, of what
        all steps share, and what all rows do besides; `rooms` are as `rooms` gives them.
        """
        self.settle()
        cdef bint taped = keeps and self.loop.every == 1 and not self.loop.anew
        cdef array kept = rooms[0], tape = rooms[2]
        cdef Takes xs = self.taken(takes)
        cdef double *ys = place(gives, to, self.gives)
        cdef double *states = place(kept, 0, self.kept) if keeps else NULL
        cdef double *computed = place(tape, 0, self.loop.steps * self.tape) if taped else NULL
        cdef Planned planned = self.planned(GRADIENTS if taped else VALUES_ONLY)
        cdef Bench bench
        cdef Runner runner = self.runner(planned, &bench, taped)
        cdef int seen
        try:
            with nogil:
                seen = loop_forward(&self.loop, &runner, &xs, ys, states, computed)
        finally:
            planned.give_back(runner.w)
        return seen == 0

    def backward(self, tuple takes, tuple rooms, array seeds, size_t to, tuple found):
        """The derivatives of the seeded sum of all that the loop gives; seeds stand from a place on, `takes` and `found` are as above.

        Those by what is carried are written, all others added to.
        """
        self.settle()
        cdef array kept = rooms[0], between = rooms[1], tape = rooms[2]
        cdef size_t every = self.loop.every, c = self.loop.carried * self.loop.lanes
        cdef Takes xs = self.taken(takes), ys = self.taken(found)
        cdef Slopes slopes = Slopes(<double *>ys.state, <double *>ys.own, <double *>ys.shared, <double *>ys.commons)
        cdef const double *weights = place(seeds, to, self.gives)
        cdef const double *first = place(kept, 0, self.kept)
        cdef double *inner = place(between, 0, every * c) if every > 1 else place(kept, 0, self.kept)
        cdef double *computed = place(tape, 0, (self.loop.steps if every == 1 else every) * self.tape)
        cdef Planned planned = self.planned(GRADIENTS)
        cdef Bench bench
        cdef Runner runner = self.runner(planned, &bench, True)
        cdef bint done = False
        try:
            with nogil:
                loop_backward(&self.loop, &runner, &xs, first, weights, inner, computed, &slopes)
            done = True
        finally:
            if done:
                planned.give_back(runner.w)
            else:
                free_workspace(runner.w)  # with sums of a part


cdef double *place(array numbers, size_t at, size_t count) except? NULL:
    """So many doubles of an array, from a place on."""
    if numbers.typecode != "d" or at > <size_t>len(numbers) or count > <size_t>len(numbers) - at:
        raise ValueError(f"{count} numbers from {at} on are not among {len(numbers)} doubles")
    return numbers.data.as_doubles + at


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


def added(array to, size_t at, array what):
    """Add numbers to those of an array from a place on."""
    cdef size_t i, n = len(what)
    if to.typecode != "d" or what.typecode != "d" or at + n > <size_t>len(to):
        raise ValueError("the numbers do not fit")
    for i in range(n):
        to.data.as_doubles[at + i] += what.data.as_doubles[i]


cdef enum:
    BLOCK = 64


def turned(rows, size_t width, size_t begin, size_t count, size_t lanes, array columns, size_t at):
    """Rows of so many numbers as columns of so many lanes, from column `at` on; lanes beyond the last row repeat it."""
    cdef double *to = place(columns, at * lanes, width * lanes)
    cdef const double[::1] numbers = rows
    cdef const double *row
    cdef size_t i, k, first
    if not count or (begin + count) * width > <size_t>len(numbers) or count > lanes:
        raise ValueError("the numbers do not fit")
    for first in range(0, width, BLOCK):
        for k in range(lanes):
            row = &numbers[0] + (begin + min(k, count - 1)) * width
            for i in range(first, min(first + BLOCK, width)):
                to[i * lanes + k] = row[i]


def turned_back(array columns, size_t at, size_t width, size_t begin, size_t count, size_t lanes, rows):
    """Columns from `at` on into rows."""
    cdef const double *numbers = place(columns, at * lanes, width * lanes)
    cdef double[::1] to = rows
    cdef double *row
    cdef size_t i, k, first
    if not count or (begin + count) * width > <size_t>len(to) or count > lanes:
        raise ValueError("the numbers do not fit")
    for first in range(0, width, BLOCK):
        for k in range(count):
            row = &to[0] + (begin + k) * width
            for i in range(first, min(first + BLOCK, width)):
                row[i] = numbers[i * lanes + k]


cdef class Slots:
    """Where numbers stand: each in a column, or, if all rows share it, among the commons."""

    cdef readonly array slots
    cdef readonly bytes common
    cdef size_t columns, commons

    def __init__(self, array slots, bytes common):
        cdef size_t i, slot
        if slots.typecode != "I" or len(slots) != len(common):
            raise ValueError("the numbers do not fit")
        self.slots, self.common = slots, common
        for i in range(<size_t>len(slots)):
            slot = slots.data.as_uints[i] + <size_t>1
            if (<const unsigned char *>common)[i]:
                self.commons = max(self.commons, slot)
            else:
                self.columns = max(self.columns, slot)

    def __len__(self):
        return len(self.slots)

    def neighbours(self):
        """Whether all are columns, one after the other."""
        cdef size_t i
        for i in range(<size_t>len(self.slots)):
            if (<const unsigned char *>self.common)[i] or self.slots.data.as_uints[i] != self.slots.data.as_uints[0] + i:
                return False
        return len(self.slots) > 0

    def gather(self, array columns, array commons, size_t lanes, array to):
        """Write them as columns."""
        cdef size_t i, k, n = len(self.slots)
        cdef double *target = place(to, 0, n * lanes)
        cdef const double *own = place(columns, 0, self.columns * lanes)
        cdef const double *shared = place(commons, 0, self.commons)
        cdef const unsigned *slot = self.slots.data.as_uints
        cdef const unsigned char *common = self.common
        if lanes == 1:
            for i in range(n):
                target[i] = shared[slot[i]] if common[i] else own[slot[i]]
            return
        for i in range(n):
            if not common[i]:
                memcpy(target + i * lanes, own + slot[i] * lanes, lanes * sizeof(double))
                continue
            for k in range(lanes):
                target[i * lanes + k] = shared[slot[i]]

    def spread(self, array what, size_t lanes, array columns, array commons):
        """Add columns to theirs; to what all rows share the sum of each."""
        cdef size_t i, k, n = len(self.slots)
        cdef const double *numbers = place(what, 0, n * lanes)
        cdef double *own = place(columns, 0, self.columns * lanes)
        cdef double *shared = place(commons, 0, self.commons)
        cdef const unsigned *slot = self.slots.data.as_uints
        cdef const unsigned char *common = self.common
        cdef double sum
        for i in range(n):
            if not common[i]:
                for k in range(lanes):
                    own[slot[i] * lanes + k] += numbers[i * lanes + k]
                continue
            sum = 0.0
            for k in range(lanes):
                sum += numbers[i * lanes + k]
            shared[slot[i]] += sum

    def seed(self, weights, size_t begin, size_t count, size_t lanes, array columns, array commons):
        """Add the weights of some rows, a number for each of these, or 1."""
        cdef size_t i, k, n = len(self.slots)
        cdef double *own = place(columns, 0, self.columns * lanes)
        cdef double *shared = place(commons, 0, self.commons)
        cdef const double[::1] given = weights
        cdef double weight, sum
        if count > lanes or (given is not None and (begin + count) * n > <size_t>len(given)):
            raise ValueError("the numbers do not fit")
        for i in range(n):
            sum = 0.0
            for k in range(count):
                weight = 1.0 if given is None else given[(begin + k) * n + i]
                if self.common[i]:
                    sum += weight
                else:
                    own[self.slots.data.as_uints[i] * lanes + k] += weight
            if self.common[i]:
                shared[self.slots.data.as_uints[i]] += sum


def cleared(array numbers, size_t begin, size_t end):
    """The same array, of zeros from one place to another."""
    if end < begin:
        raise ValueError("the numbers do not fit")
    memset(place(numbers, begin, end - begin), 0, (end - begin) * sizeof(double))
    return numbers


def room_of(size_t n):
    """An array of so many doubles, whatever they are."""
    return some(n)


def are_finite(array numbers):
    """Whether none of them is infinite or nan."""
    return all_finite(place(numbers, 0, len(numbers)), len(numbers)) != 0


def holds_any(array numbers, size_t begin, size_t end):
    """Whether a number from one place to another is not 0."""
    cdef size_t i
    if end > <size_t>len(numbers) or numbers.typecode != "d":
        raise ValueError("the numbers do not fit")
    for i in range(begin, end):
        if numbers.data.as_doubles[i] != 0:
            return True
    return False


# Programs with their loops unrolled, as unrolling.py says.


cdef array whole_numbers = array("q")
cdef array small_numbers = array("I")


cdef inline void put(long long *to, const long long *from_, size_t n) noexcept:
    """So many numbers; where there are none they may have no address, from which C forbids to copy even nothing."""
    if n:
        memcpy(to, from_, n * sizeof(long long))


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
    put(end, from_, carried)
    put(place + front, from_ + carried + steps * own, shared)
    put(place + front + shared, places.data.as_longlongs, constants)
    for i in range(each):
        if operand[i] >= first + n:
            raise ValueError("the numbers do not fit")
    for i in range(results):
        if result[i] >= first + n:
            raise ValueError("the numbers do not fit")
    for t in range(steps):
        put(place, end, carried)
        put(place + carried, from_ + carried + t * own, own)
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
