# Part of native.pyx: rows, and one point, in buffers that are held open.

cdef extern from "run.h" nogil:
    double *point_inputs(const Plan *, double *)


cdef int rows_by(const Plan *plan, const Set *vectors, Bench *bench, double *w, const Work *work) except -1 nogil:
    """Rows by the plan that `planned_rows` gave."""
    if plan.lanes == 1:
        return run_row(plan, vectors, bench, w, work)
    return run_rows(plan, vectors, bench, w, work)


cdef tuple shared_of(const Work *work):
    """Of each block whether all rows share it, and its width."""
    return tuple([(not work.blocks[i].own and not work.each, work.blocks[i].width) for i in range(work.count)])


cdef class Buffers:
    """Buffers of doubles that are held open, and what computes from them and into them. One thread at a time: it would be another's."""

    cdef Py_buffer *views
    cdef size_t held
    cdef bint busy

    cdef int room(self, size_t count) except -1:
        """For so many buffers at most."""
        self.views = <Py_buffer *>malloc((count + 1) * sizeof(Py_buffer))
        if self.views == NULL:
            raise MemoryError
        return 0

    def __dealloc__(self):
        for i in range(self.held):
            PyBuffer_Release(&self.views[i])
        free(self.views)

    cdef double *hold(self, buffer, int how) except? NULL:
        """The doubles of a buffer."""
        cdef Py_buffer *view = &self.views[self.held]
        PyObject_GetBuffer(buffer, view, how)
        if <size_t>view.buf % sizeof(double):  # such as a memoryview that begins behind the header of a file
            PyBuffer_Release(view)
            PyObject_GetBuffer(array("d", bytes(buffer)), view, how)
        self.held += 1
        numbers_in(view)
        return <double *>view.buf

    cdef double *hold_exactly(self, buffer, size_t size, bint written) except? NULL:
        """The same where so many belong."""
        cdef double *at = self.hold(buffer, READ | PyBUF_WRITABLE if written else READ)
        if numbers_in(&self.views[self.held - 1]) != size:
            raise ValueError("the numbers do not fit")
        return at

    cdef int enter(self) except -1:
        if self.busy:
            raise running_elsewhere()
        self.busy = True
        return 0


cdef class Rows(Buffers):
    """Rows, in buffers that are held open: the outputs of each; by each block that has a target the derivatives.

    With `each`, every row's own by all blocks. `run` computes them from what the buffers hold then. Blocks may have more rows, `of`
    in all: `run` takes the number of the first. Weights are for so many rows as are computed, or for all.
    """

    cdef Machine machine
    cdef Planned planned
    cdef Work work
    cdef Block *given
    cdef Block *moved  # the same from the first row on
    cdef const double *weights
    cdef size_t of, weighed  # numbers of weights from one row to the next, if each of all rows has its own
    cdef double[::1] values

    def __cinit__(self, Machine machine, work, bint differentiate, bint each):
        cdef size_t i
        blocks, rows, weights, self.values, derivatives, piece, of = <tuple>work
        self.machine, self.of = machine, of or rows
        self.work = Work(NULL, len(blocks), rows, piece or rows, NULL, &self.values[0], differentiate, each)
        self.given = <Block *>malloc((self.work.count + 1) * sizeof(Block))
        self.moved = <Block *>malloc((self.work.count + 1) * sizeof(Block))
        if self.given == NULL or self.moved == NULL:
            raise MemoryError
        self.room(2 * self.work.count + 1)
        self.work.blocks = self.moved
        for i in range(self.work.count):
            numbers, own, width = <tuple>blocks[i]
            self.given[i] = Block(self.hold_exactly(numbers, width * (self.of if own else 1), False), NULL, width, own)
            if differentiate and derivatives[i] is not None:
                self.given[i].to = self.hold(derivatives[i], READ | PyBUF_WRITABLE)
            self.moved[i] = self.given[i]
        if weights is not None:
            self.weighed = machine.flat.results if <size_t>len(weights) != rows * machine.flat.results else 0
            self.weights = self.hold_exactly(weights, (self.of if self.weighed else rows) * machine.flat.results, False)
            self.work.weights = self.weights
        shared = shared_of(&self.work)
        if machine.split(shared) is None:
            self.planned = machine.planned_rows(shared, &self.work)

    def __dealloc__(self):
        free(self.given)
        free(self.moved)

    def run(self, Py_ssize_t begin=0):
        """Compute them. `IndexError` where there are not so many rows from the first one on."""
        if begin < 0 or self.of < self.work.rows or <size_t>begin > self.of - self.work.rows:
            raise beyond(begin, self.work.rows, self.of)
        self.enter()
        try:
            self.begin_at(begin)
            if self.planned is None:
                self.machine.run(&self.work)
            else:
                self.machine.run_planned(self.planned, &self.work)
        finally:
            self.busy = False

    cdef void begin_at(self, size_t begin) noexcept nogil:
        cdef size_t i
        for i in range(self.work.count):
            if self.given[i].own:
                self.moved[i].at = self.given[i].at + begin * self.given[i].width
        if self.weighed:
            self.work.weights = self.weights + begin * self.weighed


cdef class Descent(Buffers):
    """Minibatches one after the other: the gradient of each by `theta`, which all rows share, and a step against it, without Python.

    `whole` is the work of a minibatch, `rest` that of the last one, if it has less rows (or None). Weights make sums to means.
    """

    cdef Rows whole, rest
    cdef readonly size_t done  # minibatches by the last run, or until it raised
    cdef double *theta
    cdef double *gradient
    cdef size_t width

    def __cinit__(self, Machine machine, whole, rest, theta):
        self.whole = Rows(machine, whole, True, False)
        self.rest = self.whole if rest is None else Rows(machine, rest, True, False)
        self.room(1)
        self.theta = self.hold(theta, READ | PyBUF_WRITABLE)
        self.width = numbers_in(&self.views[0])
        self.gradient = self.target(self.whole)
        if self.target(self.rest) != self.gradient or self.rest.of != self.whole.of:
            raise ValueError("the minibatches differ")

    cdef double *target(self, Rows rows) except NULL:
        """Where the gradient by theta goes."""
        cdef size_t i
        for i in range(rows.work.count):
            if rows.given[i].to != NULL and rows.given[i].at == self.theta and rows.given[i].width == self.width:
                return rows.given[i].to
        raise ValueError("there is no gradient by theta")

    def run(self, update, size_t first, const double[::1] rates, double steps, double total):
        """Minibatch `first` and those after it, with the learning rate of each, after so many steps.

        The total so far with what they cost, times their rows; `done` says how many were. One whose loss or gradient is not finite, or
        that the update (the capsule of an `Updated`) leaves to others, has not been: nothing has changed.
        """
        self.done = 0
        cdef Updated updated = <Updated>PyCapsule_GetPointer(update, "nn.updates.updated")
        cdef const void *rule = PyCapsule_GetContext(update)
        cdef Bench bench, bench_of_rest
        cdef double *w = NULL
        cdef double *w_of_rest = NULL
        cdef const Set *vectors = chosen
        cdef size_t k, size = self.whole.work.rows, count = len(rates)
        if (first + count) * size >= self.whole.of + size:
            raise beyond((first + count - 1) * size, size, self.whole.of)
        self.enter()
        try:
            if self.whole.planned is None or self.rest.planned is None:
                while self.done < count:
                    rows = self.of_minibatch(first + self.done)
                    rows.begin_at((first + self.done) * size)
                    self.whole.machine.run(&rows.work)
                    if not self.moved(&rows.work, updated, rule, rates[self.done], steps + self.done, &total):
                        break
                    self.done += 1
                return total
            bench, bench_of_rest = self.whole.machine.bench(self.whole.planned), self.rest.machine.bench(self.rest.planned)
            w, w_of_rest = self.whole.planned.borrow(), self.rest.planned.borrow()
            with nogil:
                while self.done < count:
                    k = first + self.done
                    if (k + 1) * size <= self.whole.of:
                        self.whole.begin_at(k * size)
                        rows_by(&self.whole.planned.plan, vectors, &bench, w, &self.whole.work)
                        if not self.moved(&self.whole.work, updated, rule, rates[self.done], steps + self.done, &total):
                            break
                    else:
                        self.rest.begin_at(k * size)
                        rows_by(&self.rest.planned.plan, vectors, &bench_of_rest, w_of_rest, &self.rest.work)
                        if not self.moved(&self.rest.work, updated, rule, rates[self.done], steps + self.done, &total):
                            break
                    self.done += 1
        finally:
            self.busy = False
            if w != NULL:
                self.whole.planned.give_back(w)
            if w_of_rest != NULL:
                self.rest.planned.give_back(w_of_rest)
        return total

    cdef Rows of_minibatch(self, size_t k):
        return self.whole if (k + 1) * self.whole.work.rows <= self.whole.of else self.rest

    cdef bint moved(self, const Work *work, Updated updated, const void *rule, double rate, double steps, double *total) noexcept nogil:
        """Whether theta has made its step."""
        own_values(work, self.whole.machine.flat.results)
        cdef double loss = sum_in_pairs(work.values, work.rows) / work.rows
        if not (isfinite(loss) and all_finite(self.gradient, self.width)) or not updated(rule, self.theta, self.gradient, rate, steps):
            return False
        total[0] += loss * work.rows
        return True


cdef void own_values(const Work *work, size_t results) noexcept nogil:
    """Of several results that of each row whose weight is the last other than 0, one after the other."""
    cdef size_t r
    for r in range(work.rows if results > 1 else 0):
        work.values[r] = work.values[r * results + last_weighed(work.weights + r * results, results)]


cdef double sum_in_pairs(const double *x, size_t n) noexcept nogil:
    """The sum in the order in which `numpy.add.reduce` takes it: halves of halves, down to eight running sums."""
    cdef double sums[8]
    cdef double sum = -0.0
    cdef size_t i, k, half = n // 2 - n // 2 % 8
    if n > 128:
        return sum_in_pairs(x, half) + sum_in_pairs(x + half, n - half)
    i = n - n % 8
    if i:
        memcpy(sums, x, sizeof(sums))
        for k in range(8, i):
            sums[k % 8] += x[k]
        sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))
    for k in range(i, n):
        sum += x[k]
    return sum


cdef class Point(Buffers):
    """One point, in buffers that are held open: the outputs, and the gradient of their sum, weighted, by all inputs that are wanted."""

    cdef Machine machine
    cdef Planned planned
    cdef array inputs, ones
    cdef const double **at
    cdef size_t *widths
    cdef size_t count
    cdef const double *weights
    cdef double *values
    cdef double *gradient

    def __cinit__(self, Machine machine, point, *_):
        cdef size_t i, m = machine.flat.results
        blocks, weights, values, gradient, wanted = <tuple>point
        self.machine, self.count = machine, len(blocks)
        self.inputs, self.ones = zeros(doubles, machine.flat.inputs), array("d", [1.0])
        self.at = <const double **>malloc((self.count + 1) * sizeof(double *))
        self.widths = <size_t *>malloc((self.count + 1) * sizeof(size_t))
        if self.at == NULL or self.widths == NULL:
            raise MemoryError
        self.room(self.count + 3)
        for i in range(self.count):
            self.widths[i] = len(blocks[i])
            self.at[i] = self.hold(blocks[i], READ)
        if sum([len(block) for block in blocks]) != machine.flat.inputs:
            raise ValueError("the numbers do not fit")
        self.values = self.hold_exactly(values, m, True)
        self.weights = self.hold_exactly(self.ones if weights is None else weights, m, False) if gradient is not None else NULL
        self.gradient = self.hold_exactly(gradient, machine.flat.inputs, True) if gradient is not None else NULL
        all_wanted = ((1, machine.flat.inputs),)
        wanted = all_wanted if all(wanted) else tuple([(wanted[i], self.widths[i]) for i in range(self.count)])
        direction = VALUES_ONLY if gradient is None else GRADIENTS
        self.planned = machine.planned(((0, machine.flat.inputs),), all_wanted if gradient is None else wanted, False, direction, 1)

    def __dealloc__(self):
        free(self.at)
        free(self.widths)

    @property
    def xs(self):
        """The inputs where a number was not finite, as one array."""
        return self.inputs[:self.machine.flat.inputs]

    cdef void read(self) noexcept:
        """The inputs as the buffers hold them now."""
        cdef size_t i
        cdef double *xs = self.inputs.data.as_doubles
        for i in range(self.count):
            if self.widths[i]:
                memcpy(xs, self.at[i], self.widths[i] * sizeof(double))
            xs += self.widths[i]

    cdef bint compute(self) except -1:
        """The outputs and the gradient; whether all numbers were finite."""
        cdef Bench bench = self.machine.bench(self.planned)
        cdef double *w = self.planned.borrow()
        cdef int seen
        try:
            with nogil:
                seen = point_forward(&self.planned.plan, &bench, w, self.at, self.widths, self.count)
                if seen:
                    memcpy(self.inputs.data.as_doubles, point_inputs(&self.planned.plan, w), self.machine.flat.inputs * sizeof(double))
                point_results(&self.planned.plan, w, self.values)
                if self.gradient != NULL:
                    point_gradient(&self.planned.plan, &bench, w, self.weights, self.gradient)
        finally:
            self.planned.give_back(w)
        return seen == 0

    def run(self):
        """Compute them from what the buffers hold now; whether all numbers were finite."""
        self.enter()
        try:
            return self.compute()
        finally:
            self.busy = False


cdef class Sweeps(Point):
    """One point with the derivatives of all outputs by all inputs in a buffer, a row for each output: by sweeps that share a start.

    `moves` says where in what the sweeps give each derivative stands, and where it belongs. With `even` the rows are those of a
    Hessian.
    """

    cdef Planned swept
    cdef array starts, ends, moves
    cdef size_t sweeps, size
    cdef bint tangents, even
    cdef double *table

    def __cinit__(self, Machine machine, point, starts, size_t sweeps, bint tangents, moves, table, bint even):
        cdef size_t n = machine.flat.inputs, m = machine.flat.results
        self.starts, self.moves, self.sweeps, self.tangents, self.even = starts, moves, sweeps, tangents, even
        self.ends = zeros(doubles, sweeps * (m if tangents else n))
        self.size = n * m
        if <size_t>len(starts) != sweeps * (n if tangents else m) or len(moves) % 2 or (even and n != m):
            raise ValueError("the numbers do not fit")
        if len(moves) and (max(moves[::2]) >= sweeps * (m if tangents else n) or max(moves[1::2]) >= n * m):
            raise ValueError("the numbers do not fit")
        self.table = self.hold_exactly(table, n * m, True)

    def run(self):
        """Compute them; whether all numbers were finite, the derivatives too."""
        cdef size_t k
        cdef double sum = 0.0
        cdef unsigned *move = self.moves.data.as_uints
        cdef double *ends = self.ends.data.as_doubles
        self.enter()
        try:
            self.read()
            finite = self.machine.swept(self.inputs, self.starts, self.sweeps, self.tangents, self.ends, self.values)
            for k in range(<size_t>len(self.moves) // 2):
                self.table[move[2 * k + 1]] = ends[move[2 * k]]
            for k in range(<size_t>len(self.ends) - 1):
                sum += ends[k] * 0.0
            if self.even:
                even_out(self.table, self.machine.flat.inputs)
            return finite and (sum == 0.0 or not self.tangents)
        finally:
            self.busy = False


cdef void even_out(double *table, size_t n) noexcept nogil:
    """Each number and its mirror image their mean, as `mean_of` in program.py says it."""
    cdef size_t i, j
    cdef double a, b
    for i in range(n):
        for j in range(i + 1):
            a, b = table[i * n + j], table[j * n + i]
            if a != b and isfinite(a) and isfinite(b):
                table[i * n + j] = table[j * n + i] = a / 2 + b / 2 if a != 0 and b != 0 else (a if a != 0 else b)
            else:
                table[i * n + j], table[j * n + i] = a + 0.0, b + 0.0
