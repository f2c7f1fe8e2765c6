"""A number that remembers how it was made, and the sweep that differentiates it.

>>> x = Value(3.0, label="x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad  # the derivative of x*x + 2x at 3 is 2*3 + 2
(15.0, 8.0)

Every operation computes, besides its value, one number for each operand: the partial derivative, from the table in `ops`.
It stands on the edge from the result to the operand. `backward` walks the graph from the result to the leaves, newest
node first, and hands each operand its node's gradient times that number. This is the whole of the chain rule.

What a node is, the order of a graph and the sweep itself are in node.py, which comes first. This file stands on that list of
names: compiled (Cython, pure-Python mode), on the same list in C, where a node takes 88 bytes outside the garbage collector.
"""

from __future__ import annotations

import operator

import cython

from autograd import ops
from autograd.errors import by_hand, explained, frozen, kind_of, miscounted, no_float, not_a_number
from autograd.plain import as_number, real_number

# isort: off
if cython.compiled:  # the only switch: the same names, in C
    from cython.cimports.autograd.node import (
        ABS, ADD, DIV, MUL, NEG, POW, SUB, value_and_partial, value_and_partials,
        AGED, BY_RULE, CHOSEN, NO_SCOPE, REACHED, TERM, all_leaves, at_once, begin, chosen_leaf, clear_gradients, close_scope,
        columns_of, count_unrecorded, enter_scope, flag_since, flat_of, folded, follows, go_back, go_into, gradients_from,
        hash_of, in_scopes, label_of, leave_scope, members_of, mode_here, name_of, new_leaf, new_leaves, node_of_many,
        node_of_one, node_of_two, nodes_are, nodes_from, open_scope, operands_of, outer_of, part_of, partials_of, read_leaves,
        records, renew, resemble, set_choice, set_in_class, set_label, slots, stay_counted, sweep_from, twin_of, write_leaves,
    )  # fmt: skip
    from cython.cimports.libc.math import isfinite
else:
    from math import isfinite
    from autograd._stand_in import at_once
    from autograd.contexts import (
        NO_SCOPE, close_scope, count_unrecorded, enter_scope, go_back, go_into, leave_scope, mode_here, name_of, open_scope,
        outer_of, records, stay_counted,
    )  # fmt: skip
    from autograd.kernels import flag_since, follows, renew, value_and_partial, value_and_partials
    from autograd.node import (
        AGED, BY_RULE, CHOSEN, REACHED, TERM, begin, chosen_leaf, flat_of, folded, gradients_from, hash_of, label_of, members_of,
        new_leaf, node_of_many, node_of_one, node_of_two, nodes_are, operands_of, partials_of, set_choice, set_in_class,
        set_label, slots, sweep_from, twin_of,
    )  # fmt: skip
    from autograd.parts import (
        all_leaves, clear_gradients, columns_of, in_scopes, new_leaves, nodes_from, part_of, read_leaves, resemble, write_leaves,
    )  # fmt: skip

    ABS, ADD, DIV, MUL, NEG, POW, SUB = [ops.TABLE[name].code for name in ("abs", "add", "div", "mul", "neg", "pow", "sub")]
# isort: on

COMPILED = cython.compiled
BY_CODE = ops.BY_CODE


@cython.final
@cython.no_gc
@cython.cclass
class Value:
    """A real number (an IEEE double) that remembers the operation and the operands that made it.

    `data` is the number, `grad` the derivative that `backward` left here, `label` a name for messages and pictures.
    Operands may be Values, int, float, bool, Fraction and NumPy scalars, on either side; a plain number is a constant.

    >>> price, count, tax = Value(100.0, label="price"), Value(2.0, label="count"), Value(1.1, label="tax")
    >>> total = price * count * tax
    >>> total.backward()
    >>> round(total.data, 9), [round(v.grad, 9) for v in (price, count, tax)]
    (220.0, [2.2, 110.0, 200.0])

    Raises `TypeError` for what is no real number (a Value too: use `detach` for a copy outside the graph).
    """

    _value: cython.double
    _grad: cython.double
    _first: cython.p_void
    _second: cython.p_void
    _number: cython.double
    _other: cython.double
    _index: cython.uint
    _count: cython.uint
    _code: cython.ushort
    _flags: cython.ushort
    _scope: cython.uint
    __slots__ = slots()  # those of node.py; in C a node has the fields above

    def __init__(self, data, label="", *more, _children=None, _op=None, children=None, local_grads=None):
        by = _children is not None or _op is not None or children is not None or local_grads is not None
        if by or more or isinstance(label, (tuple, list, set)):
            raise TypeError(by_hand("Value(data, children, ...)"))
        if type(data) is Value:
            message = "Value(Value) would cut the graph: use the Value itself, or detach(v) for a leaf with the same number"
            raise TypeError(message)
        if not begin(self, as_number(data)):
            message = "a Value is made once: assign to .data"
            raise TypeError(message)
        if label:
            self.label = label

    # What it holds.

    @property
    def data(self) -> float:
        """The number. It may be assigned on a leaf; what was computed from that holds its numbers until `forward` is called."""
        if watched:  # a function is being recorded: see below
            forbid(self, ".data")
        return self._value

    @data.setter
    def data(self, number: object) -> None:
        if self._code != 0:
            message = f"{self!r} is computed; assign to its leaves"
            raise AttributeError(message)
        if watched:
            forbid(self, "assigning .data")
        self._value = number if type(number) is float else as_number(number)

    @property
    def grad(self) -> float:
        """The gradient: of the last `backward` on a computed Value, the sum of all of them on a leaf; 0.0 if never reached."""
        if watched:
            forbid(self, ".grad")
        return self._grad

    @grad.setter
    def grad(self, number: object) -> None:
        if number is None:  # as PyTorch says that there is none
            self._grad = 0.0
            self._flags &= ~(REACHED | AGED)
            return
        self._grad = number if type(number) is float else as_number(number)
        self._flags |= REACHED

    @property
    def label(self) -> str:
        """A name for messages and pictures; the empty string if there is none."""
        inside = recorder()
        return label_of(self) or ("" if inside is None else inside.label_of(self))

    @label.setter
    def label(self, text: object) -> None:
        if text is None:
            text = ""
        if not isinstance(text, str):
            message = f"a label is a str, not {kind_of(text)}: {text!r}"
            raise TypeError(message)
        set_label(self, text)

    @property
    def op(self) -> str:
        """The name of the operation in the table ("mul", "tanh", ...); the empty string for a leaf."""
        return BY_CODE[self._code].name if self._code else ""

    @property
    def entry(self) -> object:
        """The operation's entry in the table; None for a leaf."""
        return BY_CODE[self._code]

    @property
    def operands(self) -> tuple:
        """All operands in order, Values and plain numbers."""
        return operands_of(self)

    @property
    def parents(self) -> tuple:
        """The operands that are Values, in order; both sides of ``x * x``."""
        return tuple([x for x in operands_of(self) if type(x) is Value])

    @property
    def partials(self) -> tuple:
        """The derivative of this Value by each of its parents, as computed when it was made."""
        if watched:
            forbid(self, ".partials")
        return partials_of(self)

    @property
    def scope(self) -> tuple:
        """The names of the scopes that it was made in, the outermost first; none outside of all."""
        names, s = [], self._scope
        while s != NO_SCOPE:
            names.append(name_of(s))
            s = outer_of(s)
        return tuple(names[::-1])

    @property
    def _reached(self) -> bool:
        """Whether a backward pass came by (pictures show a dash otherwise)."""
        return (self._flags & (REACHED | AGED)) != 0

    # The chain rule.

    def backward(self, gradient: object = 1.0, retain_graph: object = None) -> None:
        """Add the derivative of this Value by each leaf to the leaf's `grad`, and set `grad` of every node between.

        `gradient` is the derivative of something else by this Value: the number that comes in. Two calls double the
        leaves; `zero_grad` starts anew. An incoming gradient of exactly 0 passes nothing on, even through an infinite partial;
        nor does an operation that chooses (`maximum`, `where`, ...) pass anything through a partial of exactly 0.
        """
        if watched:
            forbid(self, "backward()")
        if retain_graph is not None:
            message = "backward: a graph is kept as long as something refers to it, may be swept again: leave retain_graph out"
            raise TypeError(message)
        sweep_from(self, as_number(gradient))

    def zero_grad(self) -> None:
        """Set the gradient of every node of this Value's graph to 0."""
        v: Value
        for v in members_of((self,)):
            v._grad = 0.0
            v._flags &= ~(REACHED | AGED)

    # Operators: each is a line of the table.

    def __add__(self, other):
        return binary(ADD, self, other)

    def __radd__(self, other):
        return binary(ADD, other, self)

    def __sub__(self, other):
        return binary(SUB, self, other)

    def __rsub__(self, other):
        return binary(SUB, other, self)

    def __mul__(self, other):
        return binary(MUL, self, other)

    def __rmul__(self, other):
        return binary(MUL, other, self)

    def __truediv__(self, other):
        return binary(DIV, self, other)

    def __rtruediv__(self, other):
        return binary(DIV, other, self)

    def __pow__(self, other, modulus=None):
        if modulus is not None:
            message = "pow with a modulus is for integers: use pow(int(v.data), ...)"
            raise TypeError(message)
        return binary(POW, self, other)

    def __rpow__(self, other, modulus=None):
        return binary(POW, other, self)

    def __neg__(self):
        return unary(NEG, self)

    def __pos__(self):
        return self

    def __abs__(self):
        return unary(ABS, self)

    # A number among numbers: comparisons compare, hashing is by identity (`in` compares numbers, `is` does not).

    def __eq__(self, other):
        return compared("eq", self, other) if watched else self._value == number_or(other)

    def __ne__(self, other):
        return compared("ne", self, other) if watched else self._value != number_or(other)

    def __lt__(self, other):
        return compared("lt", self, other) if watched else self._value < number_or(other)

    def __le__(self, other):
        return compared("le", self, other) if watched else self._value <= number_or(other)

    def __gt__(self, other):
        return compared("gt", self, other) if watched else self._value > number_or(other)

    def __ge__(self, other):
        return compared("ge", self, other) if watched else self._value >= number_or(other)

    def __hash__(self):
        return hash_of(self)

    def __bool__(self):
        return bool(compared("ne", self, 0.0)) if watched else self._value != 0

    def __format__(self, spec):
        if watched and spec:
            forbid(self, "format()")
        return format(self._value, spec) if spec else repr(self)

    # What would silently leave the graph is refused.

    def __float__(self):
        raise no_float("float")

    def __int__(self):
        raise no_float("int")

    def __complex__(self):
        raise no_float("complex")

    def __round__(self, digits=None):
        raise no_float("round")

    def __mod__(self, other):
        raise no_float("%")

    def __rmod__(self, other):
        raise no_float("%")

    def __floordiv__(self, other):
        raise no_float("//")

    def __rfloordiv__(self, other):
        raise no_float("//")

    def __divmod__(self, other):
        raise no_float("divmod")

    def __rdivmod__(self, other):
        raise no_float("divmod")

    def __floor__(self):
        raise no_float("floor")

    def __ceil__(self):
        raise no_float("ceil")

    def __trunc__(self):
        raise no_float("trunc")

    # As text, as a copy, in a file: walks over the whole graph, see `graph`.

    def __repr__(self):
        return WALKS["represent"](self)

    def __copy__(self):
        if watched and self._code == 0:
            forbid(self, "copy()")
        return WALKS["copy"](self)

    def __deepcopy__(self, memo):
        if watched:
            forbid(self, "deepcopy()")
        return WALKS["deepcopy"](self, memo)

    def __reduce__(self):
        if watched:
            forbid(self, "pickling")
        return WALKS["reduce"](self)

    @property
    def _repr_mimebundle_(self):
        if DISPLAY is None:
            message = "import viz to see a Value as its picture"
            raise AttributeError(message)
        return lambda include=None, exclude=None: DISPLAY(self, include, exclude)

    @property
    def __array_priority__(self):
        """Above NumPy's scalars, below its arrays: ``np.float64(2) * v`` is ours, ``array * v`` is elementwise."""
        return -1.0


in_modes = cython.declare(cython.Py_ssize_t, 0)  # so many modes other than the ordinary one live: some context may be in them
watched = cython.declare(cython.Py_ssize_t, 0)  # in so many of them a function is recorded of which no number may be read
WALKS = {}
"""What `graph` does with a whole graph, and a Value's methods ask for: represent, copy, deepcopy, reduce."""
DISPLAY = cython.declare(object, None)


# Applying an operation.


@cython.cfunc
@cython.inline
def unary(code: cython.int, x: object) -> object:
    """The operation `code` of one operand; `known`: it is a Value, and there is a kernel."""
    y: cython.double
    known, y, partial = value_and_partial(code, x)
    if not known:
        return apply(BY_CODE[code], (x,))
    if not isfinite(y):
        y = evaluated(BY_CODE[code], (x,), y)
    return node_of_one(code, y, x, partial)


@cython.cfunc
@cython.inline
def binary(code: cython.int, left: object, right: object) -> object:
    """The operation `code` of two operands. Bits 0 and 1 of `nodes`: which of them are Values; below 0: one may be anything."""
    y: cython.double
    nodes, y, by_left, by_right = value_and_partials(code, left, right)
    if nodes < 0:
        return apply_two(code, left, right)
    if not isfinite(y):
        y = evaluated_two(code, left, right, y)
    return node_of_two(code, y, left, right, nodes, by_left, by_right) if nodes else y


@cython.cfunc
def apply_two(code: cython.int, left: object, right: object) -> object:
    """Kept apart, so that the common case is small enough to be inlined."""
    return apply(BY_CODE[code], (left, right))


@cython.cfunc
def evaluated_two(code: cython.int, left: object, right: object, y: cython.double) -> cython.double:
    """Kept apart, as `apply_two`."""
    return evaluated(BY_CODE[code], (left, right), y)


def apply(entry, operands):
    """Any operation of the table: a Value if an operand is, a float if all are plain; `NotImplemented` for what is no number."""
    xs = [numeric(entry, x) for x in operands]
    if NotImplemented in xs:
        return NotImplemented
    mask = 0
    for i, x in enumerate(operands):
        if type(x) is Value:
            mask |= 1 << i
            if entry.partials[i] is None:
                message = f"{entry.name}: {entry.operands[i]} must be a plain number, there is no derivative by it"
                raise TypeError(message)
    y = value_at(entry, operands, xs)
    if mask == 0:
        return y
    return computed(entry.code, y, operands, entry.locals[mask](*xs, y)) if records() else new_leaf(y)


def apply_many(entry, operands):
    """An operation on a list of operands, as one node; a float if all are plain."""
    xs = [numeric(entry, x) for x in operands]
    if NotImplemented in xs:
        raise not_a_number(entry, operands[xs.index(NotImplemented)])
    y = value_at(entry, operands, xs)
    if Value not in map(type, operands):
        return y
    return computed(entry.code, y, operands, entry.local_many(xs, y)) if records() else new_leaf(y)


def evaluated(entry, operands, y):
    """The value of an operation, which a kernel says is `y`, infinite or nan: where Python would raise, so does this."""
    return y if ieee() else value_at(entry, operands, [numeric(entry, x) for x in operands])


def value_at(entry, operands, xs, in_ieee=False):
    """The value of an operation, or Python's own error in our words; `in_ieee`, or with that switched on, never an error."""
    given = (xs,) if entry.many else xs
    if (in_ieee or ieee()) and xs:  # of no numbers there is no mean in any arithmetic
        return entry.ieee(*given)
    try:
        return entry.evaluate(*given)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise explained(error, entry, named(operands)) from None


def numeric(entry, x):
    """The number of an operand; `NotImplemented` for what is no number, `TypeError` for a number that is not real."""
    return number_of(x) if type(x) is Value else real_number(entry, x)


def computed(code: cython.int, y: cython.double, operands, partials):
    """A computed Value. `operands` are Values and plain numbers, `partials` one number for each (unread for a plain one)."""
    return node_of_many(code, y, operands, [d if type(x) is Value else real_number(None, x) for x, d in zip(operands, partials)])


def named(operands):
    """Label and number of each operand, for an error; a plain number has no label."""
    return [(x.label, number_of(x)) if type(x) is Value else ("", x) for x in operands]


def fold(code: cython.int, ws: list, xs: list, rest: list, bias):
    """The sum of `rest`, `bias` (if any) and `ws` times `xs`, or the product of `rest`, as one node; in C in one go."""
    result = folded(code, ws, xs, rest, bias)
    if result is NotImplemented:
        return apply_many(BY_CODE[code], [*ws, *xs, *rest] if bias is None else [*ws, *xs, *rest, bias])
    return result


# The functions of the table. `otherwise(code, operands)` answers for what is no number.


def one_operand(code: cython.int, otherwise):
    """The function of an operation of one operand."""

    def function_of_one_operand(x, *more):  # with **named too a call takes 60 ns, not 47
        if more:
            raise miscounted(BY_CODE[code], 1 + len(more))
        result = unary(code, x)
        return otherwise(code, (x,)) if result is NotImplemented else result

    return function_of_one_operand


def two_operands(code: cython.int, otherwise):
    """The function of an operation of two operands that has a kernel."""

    def function_of_two_operands(a, b, *more):
        if more:
            raise miscounted(BY_CODE[code], 2 + len(more))
        result = binary(code, a, b)
        return otherwise(code, (a, b)) if result is NotImplemented else result

    return function_of_two_operands


def node(code: cython.int, y: cython.double, operands, partials):
    """`computed` for those outside: `ValueError` for a code of no operation, or another number of operands than it takes."""
    if not 0 < code < len(BY_CODE):
        message = f"{code} is the code of no operation"
        raise ValueError(message)
    entry = BY_CODE[code]
    if not entry.many and len(operands) != len(entry.operands):
        message = f"{entry.name}({', '.join(entry.operands)}) takes {entry.arity} operands, {len(operands)} given"
        raise ValueError(message)
    return computed(code, y, list(operands), partials)


# Three modes: whether results are recorded, whether their arithmetic is IEEE's, and who lays them flat. Each context has its own.


@cython.final
@cython.cclass
class Entered:
    """A context's mode, entered `by` whom, and the one `below`, in which it is again then. Contexts share what they inherit."""

    recording: cython.bint
    ieee: cython.bint
    unusual: cython.bint
    watched: cython.bint
    recorder: object
    by: object
    below: object
    __slots__ = ("below", "by", "ieee", "recorder", "recording", "unusual", "watched")  # uncompiled

    def __init__(self, by, below: Entered = None):
        self.unusual = False  # not yet counted
        recording, ieee, recorder = by.mode
        self.recording = below.recording if recording is None else recording
        self.ieee = below.ieee if ieee is None else ieee
        self.recorder = below.recorder if recorder is None else recorder or None
        self.by, self.below = by, below
        self.watched = self.recorder is not None and len(self.recorder.inputs) > 0
        if self.ieee or not self.recording or self.recorder is not None:
            count(self, 1)
            self.unusual = True

    def __del__(self):
        if self.unusual and in_modes:  # when the interpreter ends there is no number
            count(self, -1)


@cython.cfunc
def count(mode: Entered, n: cython.int):
    """So many more of this mode live."""
    global in_modes, watched
    in_modes += n
    watched += n * mode.watched
    count_unrecorded(n * (not mode.recording))


@cython.cfunc
def here() -> Entered:
    """The mode that this context is in."""
    mode = mode_here()
    return ORDINARY if mode is None else mode


def ieee():
    """Whether this context's operations give infinity or nan where Python would raise."""
    return in_modes != 0 and here().ieee


def recorder():
    """The `Recorder` that this context has entered; None if there is none."""
    return here().recorder if in_modes != 0 else None


class Mode:
    """While this is entered the context is in another mode. It may be entered again meanwhile, and left before an inner one."""

    mode = (None, None, None)  # recording, ieee, recorder; None for what stays as it is, False for no recorder

    def __enter__(self):
        mode: Entered = Entered(self, here())
        if mode.watched and not mode.recording:
            raise frozen("no_grad()")
        go_into(mode, mode.recording)
        return self

    def __exit__(self, kind, error, trace):
        now: Entered = here()
        if now.by is self:
            below: Entered = now.below
            go_back(below, below.recording)
        else:
            leave_inside(self, now)


def leave_inside(context, now: Entered):
    """Leave a mode that others were entered inside of: they go on."""
    below: Entered = now.below
    while below is not None and below.by is not context:
        now, below = below, below.below
    if below is not None:
        now.below = below.below


class ordinary(Mode):
    """While this is entered it is as if no mode were."""

    mode = (True, False, False)


APART = ordinary()
ORDINARY = cython.declare(Entered, Entered(APART))
for each in (Entered.__init__, Entered.__del__, count, here, Mode.__exit__):
    at_once(each)
stay_counted(Entered)


def run_apart(f, *x):
    """f(*x) as if no mode were entered: a user's function of plain numbers is no part of what is recorded around it."""
    if not here().unusual:
        return f(*x)
    APART.__enter__()
    try:
        return f(*x)
    finally:
        APART.__exit__(None, None, None)


class no_grad(Mode):
    """``with no_grad():`` compute without recording: results are leaves. Other threads and tasks go on recording; a task made
    inside inherits it. ``@no_grad()`` decorates a function; a generator or coroutine is inside whenever it runs.

    >>> with no_grad():
    ...     y = Value(2.0) * 3
    >>> y.parents
    ()
    """  # noqa: D205

    mode = (False, None, None)

    def __call__(self, f):  # noqa: D102
        from autograd.decorated import decorated

        return decorated(self, f)


class recorded(Mode):
    """While this is entered computations are recorded, whatever stands around: a derivative needs its graph."""

    mode = (True, None, None)


class ieee_arithmetic(Mode):
    """While this is entered an operation gives infinity or nan where Python would raise: rules of partials run so."""

    mode = (True, True, None)


def forbid(v, what):
    """Refuse what would take the number of a Value that depends on an input of a function that is being recorded."""
    inside = recorder()
    if inside is not None:
        inside.forbid(v, what)


def compared(name, v: Value, other):
    """A comparison while some context records: its recorder may say otherwise than the numbers."""
    inside = recorder()
    return getattr(operator, name)(v._value, number_or(other)) if inside is None else inside.compared(name, v, other)


# For the modules beside, which cannot see the list of names in C.

leaf, leaf_of_choice, twin, recording = new_leaf, chosen_leaf, twin_of, records
compute_anew, kernel_agrees, give_flags_since = renew, follows, flag_since
AGED_GRAD, HOLDS_CHOICE, MADE_BY_RULE, IS_TERM = AGED, CHOSEN, BY_RULE, TERM
fill_flat = flat_of
graph_part, graph_columns, nodes_of_columns, make_alike, any_in_scope = part_of, columns_of, nodes_from, resemble, in_scopes
leaves, numbers_into, numbers_from, no_gradients, only_leaves = new_leaves, read_leaves, write_leaves, clear_gradients, all_leaves
reverse_pass = gradients_from
stored_partials = partials_of
tell_choice = set_choice


def members(*roots):
    """All Values that `roots` are computed from, themselves included, oldest first: a topological order."""
    return members_of(roots)


def flags_of(v: Value):
    """Which of `AGED_GRAD`, `HOLDS_CHOICE`, `MADE_BY_RULE` and `IS_TERM` hold of it, as a sum."""
    return v._flags & (CHOSEN | BY_RULE | TERM | (0 if v._flags & REACHED else AGED))


def give_flags(v: Value, flags: cython.int):
    """The same Value, of which these hold too from now on."""
    v._flags = v._flags & ~(REACHED if flags & AGED else 0) | flags
    return v


def number_of(v: Value):
    """The number, also while a function is recorded: for what decides nothing by it."""
    return v._value


def grad_of(v: Value):
    """The gradient, also while a function is recorded."""
    return v._grad


@cython.cfunc
@cython.inline
def number_or(x: object) -> object:
    """The number of a Value; anything else as it is."""
    if type(x) is Value:
        v: Value = x
        return v._value
    return x


def set_method(name, function):
    """Add a method to Value, or take it away if `function` is None."""
    set_in_class(Value, name, function)


def made_before(v: Value, w: Value):
    """Whether `v` is older than `w`: at one moment, for places on the tape change."""
    return v._index < w._index


def creation(v: Value):
    """The place of a Value in the order of creation."""
    return v._index


# Scopes: what a node was made in, for pictures.


@cython.final
@cython.cclass
class scope:
    """``with scope("layer0"):`` what is computed inside belongs together: pictures fold it into one box of that name.

    Scopes nest, and each entry is a call of its own: a picture tells "layer0 call 1" from "layer0 call 2". `Value.scope` has the
    names. A scope is the thread's or task's own, as `no_grad`. One object may be entered any number of times, also inside itself:
    a module makes it once and pays for the entry alone, a tenth of a microsecond. Copied and unpickled graphs keep their scopes.

    >>> layer, neuron = scope("layer0"), scope("neuron1")
    >>> with layer:
    ...     with neuron:
    ...         y = Value(2.0) * 3
    >>> y.scope
    ('layer0', 'neuron1')

    Raises `TypeError` for a name that is no string, `ValueError` for an empty one.
    """

    _name: str
    __slots__ = ("_name",)  # uncompiled

    def __init__(self, name):
        if not isinstance(name, str):
            message = f"the name of a scope is a str, not {kind_of(name)}: {name!r}"
            raise TypeError(message)
        if not name:
            message = "a scope needs a name, such as scope('layer0')"
            raise ValueError(message)
        self._name = str(name)

    def __enter__(self):
        enter_scope(self._name)
        return self

    def __exit__(self, kind, error, trace):
        leave_scope(self._name)

    def run(self, module, x):
        """module.forward(x) inside: without the two bound methods that ``with`` makes (560 -> 470 ns a neuron)."""
        enter_scope(self._name)
        try:
            return module.forward(x)
        finally:
            leave_scope(self._name)


at_once(scope.__exit__)


def scopes_of(values, known: dict | None = None):
    """The scope of each of some Values as a place in a table of (place of the scope around it, name), which is returned too.

    A place of -1 stands for no scope. Each call is an entry of its own, after the one around it; with one `known`, across tables.
    """
    known = {} if known is None else known
    known[NO_SCOPE] = -1
    table, places = [], []
    v: Value
    for v in values:
        s = v._scope
        if s not in known:
            path = []
            while s not in known:
                path.append(s)
                s = outer_of(s)
            for s in path[::-1]:
                known[s] = len(known) - 1
                table.append((known[outer_of(s)], name_of(s)))
            s = path[0]
        places.append(known[s])
    return places, table


def put_into_scopes(values, places, table, before=()):
    """Give Values the scopes that `scopes_of` told: new calls, entered by nobody, after those `before`. All these calls."""
    made, n = list(before), len(before)
    v: Value
    s: cython.uint
    try:
        for outer, name in table:
            s = open_scope(made[outer] if outer >= 0 else NO_SCOPE, str(name))
            try:
                made.append(s)
            except MemoryError:
                close_scope(s)
                raise
        for v, i in zip(values, places):
            v._scope = made[i] if i >= 0 else NO_SCOPE
    finally:
        for i in range(n, len(made)):
            close_scope(made[i])
    return made


def show_with(display):
    """Let a notebook show Values by `display(value, include, exclude)`, which returns a MIME bundle."""
    global DISPLAY
    DISPLAY = display


nodes_are(Value)
for each in BY_CODE[1:]:
    set_choice(each.code, each.choice)
