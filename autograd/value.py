"""A number that remembers how it was made, and the sweep that differentiates it.

>>> x = Value(3.0, label="x")
>>> y = x * x + 2 * x
>>> y.backward()
>>> y.data, x.grad  # the derivative of x*x + 2x at 3 is 2*3 + 2
(15.0, 8.0)

Every operation computes, besides its value, one number for each operand: the partial derivative, from the table in `ops`.
It stands on the edge from the result to the operand. `backward` walks the graph from the result to the leaves, newest
node first, and hands each operand its node's gradient times that number. This is the whole of the chain rule.

The file runs as it stands. Compiled (Cython, pure-Python mode), the same source keeps a node in 80 bytes outside the cyclic
garbage collector: a graph of Values holds no cycle. What differs then is storage alone, at the end of the file.
"""

from __future__ import annotations

import operator
import sys
from _thread import RLock
from _thread import _local as ThreadLocal  # noqa: N812  (threading.local, without its import)

import cython

from autograd import ops
from autograd.errors import closed_over, explained, frozen, miscounted, no_branch, no_float, not_a_number, written
from autograd.trace import Expression, call

if cython.compiled:
    from cython.cimports._kernels import ADD, DIV, DOT, MUL, NEG, POW, SUB, SUM, kernel1, kernel2, native
    from cython.cimports._storage import (
        BARE,
        LABELLED,
        REACHED,
        Node,
        close_scope,
        enter_scope,
        flat_of,
        give_label,
        gradients_from,
        keep_memory_of,
        label_of,
        leave_scope,
        make_block,
        members_of,
        new_node,
        numbers_of,
        open_scope,
        operands_of,
        outer_scope,
        scope_name,
        set_choice,
        set_in_class,
        sweep_from,
        take_label,
        take_list,
        take_one,
    )
    from cython.cimports.cpython.ref import Py_INCREF, PyObject
    from cython.cimports.libc.math import isfinite
    from cython.cimports.libc.stdlib import free, malloc
else:
    from math import isfinite

    from autograd._stand_in import at_once

    ADD, SUB, MUL, DIV, POW, NEG, SUM, DOT = (
        ops.TABLE[name].code for name in ("add", "sub", "mul", "div", "pow", "neg", "sum", "dot")
    )
    REACHED, LABELLED, BARE = 1, 2, 4

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

    _data: cython.double
    _grad: cython.double
    _first: cython.pointer(PyObject)
    _second: cython.pointer(PyObject)
    _number: cython.double
    _other: cython.double
    _index: cython.uint
    _count: cython.uint
    _code: cython.ushort
    _flags: cython.ushort
    _scope: cython.uint
    __slots__ = ("_code", "_data", "_flags", "_grad", "_index", "_label", "_numbers", "_operands", "_scope", "_sum")  # uncompiled

    def __init__(self, data: object, label: object = "") -> None:
        if type(data) is Value:
            message = "Value(Value) would cut the graph: use the Value itself, or detach(v) for a leaf with the same number"
            raise TypeError(message)
        number = real_number(None, data)
        if number is NotImplemented:
            raise not_a_number(None, data)
        start(self, number)
        if label:
            self.label = label

    # What it holds.

    @property
    def data(self) -> float:
        """The number. It may be assigned on a leaf; a computed one follows from its leaves."""
        if watched:
            stay_recorded(self, ".data")
        return self._data

    @data.setter
    def data(self, number: object) -> None:
        if self._code != 0:
            message = f"{self!r} is computed; assign to its leaves"
            raise AttributeError(message)
        if watched:
            stay_recorded(self, "assigning .data")
        converted = real_number(None, number)
        if converted is NotImplemented:
            raise not_a_number(None, number)
        self._data = converted

    @property
    def grad(self) -> float:
        """The gradient: of the last `backward` on a computed Value, the sum of all of them on a leaf; 0.0 if never reached."""
        if watched:
            stay_recorded(self, ".grad")
        return self._grad

    @grad.setter
    def grad(self, number: object) -> None:
        converted = real_number(None, number)
        if converted is NotImplemented:
            raise not_a_number(None, number)
        self._grad = converted
        self._flags |= REACHED

    @property
    def label(self) -> str:
        """A name for messages and pictures; the empty string if there is none."""
        return get_label(self)

    @label.setter
    def label(self, text: object) -> None:
        if text is None:
            text = ""
        if not isinstance(text, str):
            message = f"a label is a str, not a {type(text).__name__}: {text!r}"
            raise TypeError(message)
        set_label(self, text)

    @property
    def op(self) -> str:
        """The name of the operation in the table ("mul", "tanh", ...); the empty string for a leaf."""
        return BY_CODE[self._code].name if self._code else ""

    @property
    def operands(self) -> tuple:
        """All operands in order, Values and plain numbers."""
        return get_operands(self)

    @property
    def parents(self) -> tuple:
        """The operands that are Values, in order; both sides of ``x * x``."""
        return tuple([x for x in get_operands(self) if type(x) is Value])

    @property
    def partials(self) -> tuple:
        """The derivative of this Value by each of its parents, as computed when it was made."""
        if watched:
            stay_recorded(self, ".partials")
        return get_partials(self)

    @property
    def scope(self) -> tuple:
        """The names of the scopes that it was made in, the outermost first; none outside of all."""
        places, table = scopes_of([self])
        names, i = [], places[0]
        while i >= 0:
            i, name = table[i]
            names.append(name)
        return tuple(names[::-1])

    @property
    def _reached(self) -> bool:
        """Whether a backward pass came by (pictures show a dash otherwise)."""
        return (self._flags & REACHED) != 0

    # The chain rule.

    def backward(self, gradient: object = 1.0) -> None:
        """Add the derivative of this Value by each leaf to the leaf's `grad`, and set `grad` of every node between.

        `gradient` is the derivative of something else by this Value: the number that comes in. Two calls double the
        leaves; `zero_grad` starts anew. An incoming gradient of exactly 0 passes nothing on, even through an infinite partial;
        nor does an operation that chooses (`maximum`, `where`, ...) pass anything through a partial of exactly 0.
        """
        if watched:
            stay_recorded(self, "backward()")
        seed = real_number(None, gradient)
        if seed is NotImplemented:
            raise not_a_number(None, gradient)
        sweep(self, seed, None)

    def zero_grad(self) -> None:
        """Set the gradient of every node of this Value's graph to 0."""
        for v in members(self):
            clear_grad(v)

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
        return FUNCTIONS["abs"](self)

    # A number among numbers: comparisons compare, hashing is by identity (`in` compares numbers, `is` does not).

    def __eq__(self, other):
        return compared("eq", self, other) if watched else self._data == number_or(other)

    def __ne__(self, other):
        return compared("ne", self, other) if watched else self._data != number_or(other)

    def __lt__(self, other):
        return compared("lt", self, other) if watched else self._data < number_or(other)

    def __le__(self, other):
        return compared("le", self, other) if watched else self._data <= number_or(other)

    def __gt__(self, other):
        return compared("gt", self, other) if watched else self._data > number_or(other)

    def __ge__(self, other):
        return compared("ge", self, other) if watched else self._data >= number_or(other)

    def __hash__(self):
        if cython.compiled:  # object.__hash__ is the address as well, and takes 120 ns to be found
            return cython.cast(cython.Py_ssize_t, cython.cast(cython.size_t, cython.cast(cython.pointer(PyObject), self)) >> 4)
        return object.__hash__(self)

    def __bool__(self):
        return bool(compared("ne", self, 0.0)) if watched else self._data != 0

    def __format__(self, spec):
        if watched and spec:
            stay_recorded(self, "format()")
        return format(self._data, spec) if spec else repr(self)

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
        from autograd import graph

        return graph.represent(self)

    def __copy__(self):
        from autograd import graph

        if watched and self._code == 0:
            stay_recorded(self, "copy()")
        return graph.copied(self)

    def __deepcopy__(self, memo):
        from autograd import graph

        if watched:
            stay_recorded(self, "deepcopy()")
        return graph.deep_copied(self, memo)

    def __reduce__(self):
        from autograd import graph

        if watched:
            stay_recorded(self, "pickling")
        return graph.reduced(self)

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

    # For those who come from micrograd.

    @property
    def _prev(self):
        return set(self.parents)

    @property
    def _op(self):
        if self._code == 0:
            return ""
        entry = BY_CODE[self._code]
        exponent = get_operands(self)[1] if entry.name == "pow" else None
        return f"**{exponent:g}" if type(exponent) is float else entry.ascii


ordinary = cython.declare(cython.bint, True)  # every thread's results remember how they were made
unrecorded = cython.declare(cython.Py_ssize_t, 0)  # so many threads' do not
unusual = cython.declare(cython.Py_ssize_t, 0)  # so many threads are in another mode
watched = cython.declare(cython.Py_ssize_t, 0)  # so many threads record a function of which no number may be read
DISPLAY = cython.declare(object, None)


# The walk over a graph, and the chain rule on it.


def members(*roots):
    """All Values that `roots` are computed from, themselves included, oldest first: a topological order."""
    if cython.compiled:
        return members_of(roots)
    seen = {id(x): x for x in roots}
    stack = list(seen.values())
    while stack:
        for x in stack.pop()._operands:
            if type(x) is Value and id(x) not in seen:
                seen[id(x)] = x
                stack.append(x)
    return sorted(seen.values(), key=creation)


def lay_flat(outputs, inputs):
    """What `outputs` (Values and floats) compute from the leaves `inputs`, as arrays: a program without its nodes.

    Returns (constants, codes, starts, operands, results). Each number has an id: first the inputs, then the constants, then
    the instructions in the order of their creation. Instruction i is the operation ``codes[i]`` of the ids
    ``operands[starts[i]:starts[i + 1]]``; `results` holds the id of each output. Only what an output needs is kept; what depends
    on no input is a constant, and constants of equal bits share an id. Raises `TypeError` for a Value older than the inputs:
    the function closed over it.
    """
    from array import array

    arrays = tuple([array(kind) for kind in "dHIII"])
    fill = flat_of if cython.compiled else flat_in_python
    if not fill([y if type(y) is Value else float(y) for y in outputs], list(inputs), arrays):
        raise closed_over(strangers(outputs, inputs))
    return arrays


def flat_in_python(outputs, inputs, arrays):
    """Fill the arrays of `lay_flat`, uncompiled; False if there are strangers."""
    from struct import pack

    order = members(*[y for y in outputs if type(y) is Value])
    if inputs and order and made_before(order[0], min(inputs, key=creation)):
        return False
    places = {id(x): i for i, x in enumerate(inputs)}  # of what depends on an input; an instruction's place is negative
    constants, (numbers, codes, starts, operands, results), links = {}, arrays, []

    def place(x):
        if type(x) is Value:
            if id(x) in places:
                return places[id(x)]
            x = x._data
        return len(inputs) + constants.setdefault(pack("d", x), (len(constants), x))[0]

    for v in order:
        if id(v) not in places and any([id(x) in places for x in v._operands]):
            starts.append(len(links))
            links += [place(x) for x in v._operands]
            places[id(v)] = ~len(codes)
            codes.append(v._code)
    starts.append(len(links))
    ends = [place(y) for y in outputs]
    first = len(inputs) + len(constants)
    numbers.extend([x for _, x in constants.values()])
    operands.extend([i if i >= 0 else first + ~i for i in links])
    results.extend([i if i >= 0 else first + ~i for i in ends])
    return True


def strangers(outputs, inputs):
    """The Values older than the inputs that `outputs` are computed from, without those that are behind another one."""
    first = min(inputs, key=creation)
    found = {}
    graph = members(*[y for y in outputs if type(y) is Value])
    for x in [*outputs, *[x for v in graph if not made_before(v, first) for x in v.parents]]:
        if type(x) is Value and made_before(x, first):
            found[id(x)] = x
    return sorted(found.values(), key=creation)


def sweep(root: Value, seed: cython.double, xs):
    """One reverse pass from `root`. With a list of Values as `xs`: their gradients, and no `grad` is touched."""
    if cython.compiled:
        if xs is None:
            sweep_from(cython.cast(cython.pointer(Node), root), seed, False)
            return None
        return sweep_apart(root, seed, xs)
    with one_at_a_time:
        return sweep_in_python(root, seed, xs)


def sweep_in_python(root, seed, xs):
    """The sweep as a reader should know it: newest node first, each hands its operands its gradient times their partial."""
    order = members(root)
    for v in order:
        v._sum = 0.0
    root._sum += seed
    for v in reversed(order):
        g = v._sum
        if g != 0:
            closing = not isfinite(g) and v._code and BY_CODE[v._code].choice
            for x, d in zip(v._operands, v._numbers):
                if type(x) is Value and not (closing and d == 0):
                    x._sum += g * d
    if xs is not None:
        reached = {id(v) for v in order}
        return [x._sum if id(x) in reached else 0.0 for x in xs]
    for v in order:
        v._grad = v._grad + v._sum if v._code == 0 else v._sum
        v._flags |= REACHED
    return None


one_at_a_time = RLock()


# Applying an operation.


@cython.cfunc
@cython.inline
def unary(code: cython.int, x: object) -> object:
    """The operation `code` of one operand."""
    if cython.compiled:
        if type(x) is Value and native(code):
            partial: cython.double = 0.0
            y: cython.double = kernel1(code, cython.cast(Value, x)._data, cython.address(partial))
            if not isfinite(y):
                y = checked(BY_CODE[code], (x,), y)
            result: Value = new_value(y)
            if ordinary or recording():
                result._code = code
                result._count = 1
                result._first = cython.cast(cython.pointer(PyObject), x)
                Py_INCREF(x)
                result._number = partial
            return result
        return apply(BY_CODE[code], (x,))
    if type(x) is not Value:
        return apply(BY_CODE[code], (x,))
    entry = BY_CODE[code]
    number = x._data
    try:
        y = entry.evaluate(number)
    except (ValueError, OverflowError, ZeroDivisionError):
        y = checked(entry, (x,), None)
    result = new_value(y)
    if ordinary or recording():
        result._code = code
        result._operands = (x,)
        result._numbers = entry.locals[1](number, y)
    return result


@cython.cfunc
def other_operands(code: cython.int, left: object, right: object) -> object:
    """Kept apart, so that the common case is small enough to be inlined."""
    return apply(BY_CODE[code], (left, right))


@cython.cfunc
def checked_pair(code: cython.int, left: object, right: object, y: cython.double) -> cython.double:
    """Kept apart, as `other_operands`."""
    return checked(BY_CODE[code], (left, right), y)


@cython.cfunc
@cython.inline
def binary(code: cython.int, left: object, right: object) -> object:  # noqa: C901  (two engines, each inlined)
    """The operation `code` of two operands; an operator's may be anything."""
    if cython.compiled:
        a: cython.double
        b: cython.double
        need: cython.int = 0
        if type(left) is Value:
            a = cython.cast(Value, left)._data
            need = 1
        elif type(left) is float or type(left) is int:
            a = left
        else:
            return other_operands(code, left, right)
        if type(right) is Value:
            b = cython.cast(Value, right)._data
            need |= 2
        elif type(right) is float or type(right) is int:
            b = right
        else:
            return other_operands(code, left, right)
        partial: cython.double = a
        other: cython.double = b
        y: cython.double = kernel2(code, a, b, need, cython.address(partial), cython.address(other))
        if not isfinite(y):
            y = checked_pair(code, left, right, y)
        if need == 0:
            return y
        result: Value = new_value(y)
        if ordinary or recording():
            result._code = code
            result._count = 2
            result._number = partial
            result._other = other
            if need & 1:
                result._first = cython.cast(cython.pointer(PyObject), left)
                Py_INCREF(left)
            if need & 2:
                result._second = cython.cast(cython.pointer(PyObject), right)
                Py_INCREF(right)
        return result
    mask = (type(left) is Value) + 2 * (type(right) is Value)
    a = left._data if mask & 1 else float(left) if type(left) is int else left
    b = right._data if mask & 2 else float(right) if type(right) is int else right
    entry = BY_CODE[code]
    if type(a) is not float or type(b) is not float or mask == 0:
        return apply(entry, (left, right))
    try:
        y = entry.evaluate(a, b)
    except (ValueError, OverflowError, ZeroDivisionError):
        y = checked(entry, (left, right), None)
    result = new_value(y)
    if ordinary or recording():
        result._code = code
        result._operands = (left if mask & 1 else a, right if mask & 2 else b)
        result._numbers = entry.locals[mask](a, b, y)
    return result


def apply(entry, operands):
    """Any operation of the table, on any operands: a Value if one of them is, a float if all are plain numbers.

    `NotImplemented` where an operand is nothing that a number can be combined with.
    """
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
    y = checked(entry, operands, None)
    if mask == 0:
        return y
    return computed(entry.code, y, operands, entry.locals[mask](*xs, y)) if recording() else new_value(y)


def checked(entry, operands, y):
    """The value of an operation, or Python's own error in our words; with IEEE arithmetic switched on never an error."""
    xs = [number_of(x) if type(x) is Value else float(x) for x in operands]
    if ieee():
        return entry.ieee(*xs) if y is None else y
    try:
        return entry.evaluate(*xs)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise explained(error, entry, operands) from None


def numeric(entry, x):
    """The number of an operand; `NotImplemented` for what is no number, `TypeError` for a number that is not real."""
    return number_of(x) if type(x) is Value else real_number(entry, x)


def real_number(entry, x):
    """A plain number as a float. `TypeError` for complex, Decimal and str, `NotImplemented` for what is no number."""
    if isinstance(x, (float, int)):
        return float(x)
    fractions = sys.modules.get("fractions")
    if fractions is not None and isinstance(x, fractions.Fraction):
        return float(x)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(x, numpy.generic):
        if x.dtype.kind in "biuf":
            return float(x)
        raise not_a_number(entry, x)
    decimal = sys.modules.get("decimal")
    if isinstance(x, (complex, str, bytes, Condition)) or (decimal is not None and isinstance(x, decimal.Decimal)):
        raise not_a_number(entry, x)
    return NotImplemented


# The functions of the table.


def one_operand(code: cython.int):
    """The function of an operation of one operand."""

    def function_of_one_operand(x, *more):  # with **named too a call takes 60 ns, not 47
        if more:
            raise miscounted(BY_CODE[code], 1 + len(more))
        result = unary(code, x)
        return unknown(code, (x,)) if result is NotImplemented else result

    return function_of_one_operand


def two_operands(code: cython.int):
    """The function of an operation of two operands that the compiled engine knows."""

    def function_of_two_operands(a, b, *more):
        if more:
            raise miscounted(BY_CODE[code], 2 + len(more))
        result = binary(code, a, b)
        return unknown(code, (a, b)) if result is NotImplemented else result

    return function_of_two_operands


def any_operands(code: cython.int):
    """The function of any other operation."""

    def f(*operands, **named):
        entry = BY_CODE[code]
        if named or len(operands) != entry.arity:
            operands = completed(entry, operands, named)
        result = apply(entry, operands)
        return unknown(code, operands) if result is NotImplemented else result

    return f


def completed(entry, operands, named):
    """The operands with those given by name and the defaults, each in its place."""
    names = entry.operands[len(operands) :]
    known = dict(zip(entry.operands[entry.arity - len(entry.defaults) :], entry.defaults)) | named
    strange = [name for name in named if name not in names]
    if strange:
        message = f"{entry.name}({', '.join(entry.operands)}) has no operand {', '.join(strange)} left to be named"
        raise TypeError(message)
    if len(operands) > entry.arity or any([name not in known for name in names]):
        raise miscounted(entry, len(operands) + len(named))
    return operands + tuple([known[name] for name in names])


def unknown(code: cython.int, operands: tuple):
    """A formula where a rule is being traced; else the error for an operand that is no number."""
    entry = entry_of(code)
    if any([isinstance(x, Expression) for x in operands]):
        return call(entry.name, *operands)
    raise not_a_number(entry, next(iter([x for x in operands if numeric(entry, x) is NotImplemented]), None))


def make_function(entry):
    """The public function of an entry of the table."""
    if entry.arity == 1:
        f = one_operand(entry.code)
    elif entry.arity == 2 and entry.c:
        f = two_operands(entry.code)
    else:
        f = any_operands(entry.code)
    f.__name__ = f.__qualname__ = entry.name
    f.__module__ = "autograd"
    f.__doc__ = f"{entry.name}({', '.join(entry.operands)}): {entry.doc}."
    return f


def many_operands(name, operands):
    """An operation on a list of operands, as one node; a float if all are plain."""
    entry = ops.TABLE[name]
    xs = [numeric(entry, x) for x in operands]
    for x, operand in zip(xs, operands):
        if x is NotImplemented:
            raise not_a_number(entry, operand)
    if xs and ieee():  # of no numbers there is no mean in any arithmetic
        y = entry.ieee(xs)
    else:
        try:
            y = entry.value(xs)
        except (ValueError, OverflowError) as error:
            raise explained(error, entry, operands) from None
    plain = True
    for x in operands:
        if type(x) is Value:
            plain = False
            break
    if plain:
        return y
    return computed(entry.code, y, operands, entry.local_many(xs, y)) if recording() else new_value(y)


NOTHING: list = []


@cython.cfunc
def fold(code: cython.int, ws: list, xs: list, rest: list, bias):  # noqa: C901
    """Compiled: the sum of the rest, `bias` (unless it is None) and the products of `ws` with `xs`, in this order, as one node.

    Value and partials come from the kernels of mul and add. `NotImplemented` if an operand is no Value, float or int.
    """
    if cython.compiled:
        pairs: cython.Py_ssize_t = len(ws)
        n: cython.Py_ssize_t = 2 * pairs + len(rest) + (bias is not None)
        i: cython.Py_ssize_t
        v: Value = new_value(0.0)
        c: cython.pointer(Node) = cython.cast(cython.pointer(Node), v)
        if make_block(c, n) < 0:
            raise MemoryError
        linked: cython.int = 0
        if not (
            take_list(c, 0, ws, cython.address(linked))
            and take_list(c, pairs, xs, cython.address(linked))
            and take_list(c, 2 * pairs, rest, cython.address(linked))
            and (bias is None or take_one(c, n - 1, bias, cython.address(linked)))
        ):
            return NotImplemented
        numbers: cython.pointer(cython.double) = numbers_of(c)
        nodes: cython.pointer(cython.pointer(Node)) = operands_of(c)
        y: cython.double = 0.0
        one: cython.double = 0.0
        unused: cython.double = 0.0
        for i in range(2 * pairs, n):
            y = kernel2(ADD, y, numbers[i], 2, cython.address(unused), cython.address(one))
            if nodes[i] != cython.NULL:
                numbers[i] = one
        left: cython.double
        right: cython.double
        for i in range(pairs):
            left = numbers[i]
            right = numbers[pairs + i]
            product: cython.double = kernel2(MUL, left, right, 3, cython.address(left), cython.address(right))
            y = kernel2(ADD, y, product, 2, cython.address(unused), cython.address(one))
            if nodes[i] != cython.NULL:
                numbers[i] = one * left
            if nodes[pairs + i] != cython.NULL:
                numbers[pairs + i] = one * right
        if linked == 0:
            return y
        if not recording():
            return new_value(y)
        v._data = y
        v._code = code
        return v
    return NotImplemented


def sum(iterable, start=0):
    """The sum of numbers and Values as one node, from left to right; takes what the builtin takes.

    >>> sum([Value(1.0), 2, Value(3.0)])
    <Value 6.0 = sum(1.0, 2.0, 3.0), grad 0.0>
    """
    if isinstance(start, (str, bytes)):
        raise not_a_number(ops.TABLE["sum"], start)
    xs = list(iterable)
    if type(start) is Value or start != 0:
        xs.insert(0, start)
    result = fold(SUM, NOTHING, NOTHING, xs, None) if cython.compiled else NotImplemented
    return many_operands("sum", xs) if result is NotImplemented else result


def prod(iterable, start=1):
    """The product of numbers and Values as one node; takes what `math.prod` takes."""
    xs = list(iterable)
    if type(start) is Value or start != 1:
        xs.insert(0, start)
    return many_operands("prod", xs)


def mean(iterable):
    """The arithmetic mean of numbers and Values as one node. `ValueError` for none."""
    return many_operands("mean", list(iterable))


def dot(ws, xs, bias=0):
    """bias + w1*x1 + w2*x2 + ... as one node, from left to right. `ValueError` for unequal lengths.

    >>> w, b = [Value(2.0), Value(-1.0)], Value(0.5)
    >>> y = dot(w, [3.0, 4.0], b)
    >>> y.backward()
    >>> y.data, w[0].grad, w[1].grad, b.grad
    (2.5, 3.0, 4.0, 1.0)
    """
    left: list = ws if type(ws) is list else list(ws)
    right: list = xs if type(xs) is list else list(xs)
    if len(left) != len(right):
        message = f"dot: {len(left)} weights cannot meet {len(right)} inputs"
        raise ValueError(message)
    if type(bias) is not Value and bias == 0:
        bias = None
    result = fold(DOT, left, right, NOTHING, bias) if cython.compiled else NotImplemented
    if result is NotImplemented:
        return many_operands("dot", [*left, *right] if bias is None else [*left, *right, bias])
    return result


def logsumexp(iterable):
    """log(exp(x1) + exp(x2) + ...) as one node, without overflow. `ValueError` for none."""
    return many_operands("logsumexp", list(iterable))


def softmax(iterable):
    """exp(xi) / (exp(x1) + exp(x2) + ...) for each i, as a list; shifted by the largest, so that nothing overflows."""
    xs = list(iterable)
    if not xs:
        return []
    numbers = [numeric(ops.TABLE["exp"], x) for x in xs]
    if NotImplemented in numbers:
        return unknown(ops.TABLE["exp"].code, tuple(xs))
    largest = max(numbers)
    if recorder() is not None:  # the shift follows the numbers that the program will be given
        largest = xs[0]
        for x in xs[1:]:
            largest = FUNCTIONS["maximum"](largest, x)
        largest = detach(largest)
    exps = [FUNCTIONS["exp"](x - largest) for x in xs]
    total = sum(exps)
    return [e / total for e in exps]


def where(condition, a, b):
    """`a` if the condition holds, else `b`; both are computed, the edge goes only to the one taken.

    The condition is a comparison, a number or a Value, and no operand: it has no derivative. While a function is recorded, it
    is computed anew at each point, and neither the value nor the derivative of the side not taken leaks through.
    """
    entry = ops.TABLE["where"]
    if isinstance(condition, Expression) or NotImplemented in (numeric(entry, a), numeric(entry, b)):
        return call("where", condition, a, b) if isinstance(condition, Expression) else unknown(entry.code, (a, b))
    if watched and type(condition) is Value:
        condition = compared("ne", condition, 0.0)
    if type(condition) is Condition:
        return choose(condition.node, a, b)
    taken = a if condition else b
    number = numeric(entry, taken)
    if type(a) is not Value and type(b) is not Value:
        return number
    return computed(entry.code, number, (taken,), (1.0,)) if recording() else new_value(number)


def detach(x):
    """A new leaf with the same number: what is computed from it passes no gradient on to `x`. A plain number is a float.

    While a function is recorded it is a node, so that the number follows `x`.
    """
    number = numeric(None, x)
    if number is NotImplemented:
        raise not_a_number(None, x)
    if type(x) is Value and recorder() is not None:
        return computed(DETACH, number, (x,), (0.0,))
    return new_value(number) if type(x) is Value else number


def where_method(self, condition, other):
    """This Value if the condition holds, else `other`."""
    return where(condition, self, other)


# Three modes: whether results are recorded, whether their arithmetic is IEEE's, and who lays them flat. Each thread has its own.

@cython.final
@cython.cclass
class Entry:
    """What a thread's mode is from when it was entered, `by` whom, till it is left, and which one it is in again then."""

    recording: cython.bint
    ieee: cython.bint
    unusual: cython.bint
    watched: cython.bint
    recorder: object
    by: object
    below: object
    __slots__ = ("below", "by", "ieee", "recorder", "recording", "unusual", "watched")  # uncompiled

    def __init__(self, recording, ieee, recorder, by, below):
        self.recording = recording
        self.ieee = ieee
        self.recorder = recorder
        self.by = by
        self.below = below
        self.watched = recorder is not None and len(recorder.inputs) > 0
        self.unusual = ieee or not recording or recorder is not None


ORDINARY = Entry(True, False, None, None, None)
THREAD = ThreadLocal()
"""Its `mode`, if it has one, is the `Entry` that this thread is in."""


@cython.cfunc
@cython.inline
def here() -> Entry:
    """The mode that this thread is in."""
    entry: Entry = getattr(THREAD, "mode", ORDINARY)
    return entry


def recording():
    """Whether this thread's results remember how they were made."""
    return ordinary or here().recording


def ieee():
    """Whether this thread's operations give infinity or nan where Python would raise."""
    return unusual != 0 and here().ieee


def recorder():
    """The `Recorder` that this thread has entered; None if there is none."""
    return here().recorder if unusual != 0 else None


class Mode:
    """A context in which this thread is in another mode. It may be entered again while it is, and be left before an inner one."""

    mode = (None, None, None)  # recording, ieee, recorder; None for what stays as it is

    def __enter__(self):
        now: Entry = here()
        recording, ieee, recorder = self.mode
        entry: Entry = Entry(
            now.recording if recording is None else recording,
            now.ieee if ieee is None else ieee,
            now.recorder if recorder is None else recorder,
            self,
            now,
        )
        if entry.watched and not entry.recording:
            raise frozen("no_grad()")
        switch(now, entry)

    def __exit__(self, kind, error, trace):
        now: Entry = THREAD.mode
        if now.by is self:
            switch(now, now.below)
        else:
            leave_inside(self, now)


def switch(now: Entry, entry: Entry):
    """Put this thread into another mode, or raise `MemoryError` before anything has changed; back into one never."""
    global ordinary, unrecorded, unusual, watched
    THREAD.mode = entry
    unrecorded += now.recording - entry.recording
    unusual += entry.unusual - now.unusual
    watched += entry.watched - now.watched
    ordinary = unrecorded == 0


def leave_inside(mode, now: Entry):
    """Leave a mode that others were entered inside of: they go on."""
    below: Entry = now.below
    while below is not None and below.by is not mode:
        now, below = below, below.below
    if below is not None:
        now.below = below.below


if not cython.compiled:
    at_once(Mode.__exit__)
    at_once(switch)


def run_apart(f, *x):
    """f(*x) as if no mode were entered: a user's function of plain numbers is no part of what is recorded around it."""
    around: Entry = here()
    if not around.unusual:
        return f(*x)
    apart: Entry = Entry(True, False, None, None, around)
    switch(around, apart)
    try:
        return f(*x)
    finally:
        switch(THREAD.mode, apart.below)


class no_grad(Mode):
    """``with no_grad():`` compute without recording: results are leaves. Other threads go on recording.

    >>> x = Value(2.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.parents
    ()
    """

    mode = (False, None, None)


class recorded(Mode):
    """While this is entered computations are recorded, whatever stands around: a derivative needs its graph."""

    mode = (True, None, None)


class ieee_arithmetic(Mode):
    """While this is entered an operation gives infinity or nan where Python would raise: rules of partials run so."""

    mode = (True, True, None)


class Inputs:
    """Some Values, and what is computed from them; what is found not to be is not walked again."""

    def __init__(self, inputs):
        self.inputs = inputs
        self.places = {id(x) for x in inputs}
        self.first = min(inputs, key=creation, default=None)
        self.strangers = {}

    def among(self, x):
        """Whether `x` is one of them."""
        return id(x) in self.places

    def may_reach(self, x):
        """Whether `x` is a Value young enough to be computed from one of them."""
        return type(x) is Value and self.first is not None and not made_before(x, self.first)

    def reaches(self, v):
        """Whether a Value is computed from one of them: a walk that ends at what others have found."""
        if not self.may_reach(v):
            return False
        seen = {id(v): v}
        stack = [v]
        while stack:
            x = stack.pop()
            if id(x) in self.places:
                return True
            for y in get_operands(x):
                if self.may_reach(y) and id(y) not in seen and id(y) not in self.strangers:
                    seen[id(y)] = y
                    stack.append(y)
        self.strangers.update(seen)  # and so kept alive: another one would have its id
        return False


class Recorder(Inputs, Mode):
    """While this is entered this thread records a function of the leaves `inputs`, to be laid flat and run at other points.

    Nothing may hang on the numbers of this one point: a comparison gives a `Condition`, and what would read a number or branch
    on it raises `TypeError`, unless with `freeze`. Arithmetic is IEEE's, for both sides of a `where` are computed.

    `labels` returns the names of the inputs in their order, for those who ask: few ever do.
    """

    def __init__(self, inputs, freeze=False, labels=tuple):
        outer = self.outer = recorder()
        self.own, self.labels = inputs, labels
        super().__init__(([] if outer is None else outer.inputs) + ([] if freeze else list(inputs)))
        self.mode = (True, True, self)
        self.partials = []  # spans of creation, from one Value to another, in which rules of partials ran

    def label_of(self, v):
        """The name of an input of this recording or one around it; the empty string for anything else."""
        for x, label in zip(self.own, self.labels()):
            if x is v:
                return label
        return "" if self.outer is None else self.outer.label_of(v)


# Scopes: what a node was made in, for pictures.


@cython.final
@cython.cclass
class scope:
    """``with scope("layer0"):`` what is computed inside belongs together: pictures fold it into one box of that name.

    Scopes nest, and each entry is a call of its own: a picture tells "layer0 call 1" from "layer0 call 2". `Value.scope` has the
    names. A scope is the thread's own. One object may be entered any number of times, also inside itself: a module makes it once
    and pays for the entry alone, a tenth of a microsecond. Copied and unpickled graphs keep their scopes.

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
            message = f"the name of a scope is a str, not a {type(name).__name__}: {name!r}"
            raise TypeError(message)
        if not name:
            message = "a scope needs a name, such as scope('layer0')"
            raise ValueError(message)
        self._name = str(name)

    def __enter__(self):
        global scoped
        if cython.compiled:
            enter_scope(self._name)
        else:
            THREAD.scope = Call(getattr(THREAD, "scope", None), self._name)
            scoped += 1
        return self

    def __exit__(self, kind, error, trace):
        global scoped
        if cython.compiled:
            leave_scope(self._name)
        else:
            here = THREAD.scope
            if here is not None and here.name is self._name:
                THREAD.scope = here.below
                scoped -= 1
            elif here is not None:
                scoped -= leave_scope_inside(self._name, here)


scoped = 0  # so many scopes are open, in all threads, uncompiled


def leave_scope_inside(name, here):
    """Leave a scope that others were entered inside of, uncompiled: they go on. How many were left, one or none."""
    while here.below is not None and here.below.name is not name:
        here = here.below
    if here.below is None:
        return 0
    here.below = here.below.below
    return 1


if not cython.compiled:
    at_once(scope.__exit__)


def scopes_of(values):
    """The scope of each of some Values as a place in a table of (place of the scope around it, name), which is returned too.

    A place of -1 stands for no scope. Each call is an entry of its own, after the one around it.
    """
    known, table, places = {NO_SCOPE: -1}, [], []
    v: Value
    for v in values:
        s = v._scope
        if s not in known:
            path = []
            while s not in known:
                path.append(s)
                s = outer_of(s)
            for s in path[::-1]:
                known[s] = len(table)
                table.append((known[outer_of(s)], name_of(s)))
            s = path[0]
        places.append(known[s])
    return places, table


def put_into_scopes(values, places, table):
    """Give Values the scopes that `scopes_of` told: new calls."""
    made = []
    for outer, name in table:
        made.append(make_scope(made[outer] if outer >= 0 else NO_SCOPE, str(name)))
    for v, i in zip(values, places):
        set_scope(v, made[i] if i >= 0 else NO_SCOPE)
    if cython.compiled:
        for s in made:
            close_scope(s)


# While a function is recorded: conditions, and what must not be read.


class Condition:
    """A comparison of Values while a function is recorded: what `where` takes, combined by ``&``, ``|`` and ``~``.

    It is a node with the number 1 or 0. Asked whether it holds it raises `TypeError`: the recorded function has not one answer.
    """

    __slots__ = ("node",)

    def __init__(self, node):
        self.node = node

    def __and__(self, other):
        return combined("both", self, other)

    def __or__(self, other):
        return combined("either", self, other)

    __rand__, __ror__ = __and__, __or__

    def __invert__(self):
        return Condition(internal("negate", self.node))

    def __bool__(self):
        watcher = recorder()
        if watcher is not None and watcher.reaches(self.node):
            raise no_branch(self)
        return number_of(self.node) != 0

    def __eq__(self, other):
        raise no_branch(self)

    __hash__ = object.__hash__

    def __repr__(self):
        return written(self.node)


def internal(name, *operands):
    """The node of a condition: its number is 1 or 0, and it passes no gradient on."""
    entry = ops.INTERNAL[name]
    return computed(entry.code, entry.evaluate(*[numeric(entry, x) for x in operands]), operands, (0.0,) * len(operands))


def combined(name, left, right):
    """Two conditions as one; the right one may be plain."""
    if type(right) is Condition:
        return Condition(internal(name, left.node, right.node))
    number = NotImplemented if type(right) is Value else real_number(None, right)
    return NotImplemented if number is NotImplemented else Condition(internal(name, left.node, number))


def compared(name, v: Value, other):
    """A comparison while some thread records: a `Condition` if a recorded input may take part, else what numbers give."""
    watcher = recorder()
    if watcher is None or not (watcher.may_reach(v) or watcher.may_reach(other)):
        return getattr(operator, name)(v._data, number_or(other))
    if type(other) is not Value:
        try:
            other = real_number(None, other)
        except TypeError:
            return NotImplemented
        if other is NotImplemented:
            return NotImplemented
        if operation_of(v) is ops.INTERNAL["choose"]:
            answers = [type(x) is not Value and getattr(operator, name)(x, other) for x in get_operands(v)[1:]]
            if answers[0] == answers[1] and not any([type(x) is Value for x in get_operands(v)[1:]]):
                return answers[0]  # whichever is chosen
    return Condition(internal(name, v, other))


def choose(c, a, b):
    """The node that is `a` where the node `c` of a condition is not 0, else `b`; to the other side no gradient passes."""
    entry = ops.INTERNAL["choose"]
    holds = number_of(c) != 0
    return computed(entry.code, numeric(entry, a if holds else b), (c, a, b), (0.0, float(holds), float(not holds)))


def choice(condition, a, b):
    """`where` in a rule that runs while a function is recorded: its sides may be conditions themselves."""
    if type(condition) is not Condition:
        return a if condition else b
    if type(a) is Condition or type(b) is Condition:
        return (condition & a) | (~condition & b)
    if type(a) is not Value and type(b) is not Value and repr(float(a)) == repr(float(b)):
        return a
    return choose(condition.node, a, b)


def stay_recorded(v, what):
    """Refuse what would take the number of a Value that depends on a recorded input."""
    watcher = recorder()
    if watcher is not None and watcher.reaches(v):
        raise frozen(what, v)


def show_with(display):
    """Let a notebook show Values by `display(value, include, exclude)`, which returns a MIME bundle."""
    global DISPLAY
    DISPLAY = display


if cython.compiled:
    keep_memory_of(Value)


# The functions and methods that the table gives.

FUNCTIONS = {}
SPECIAL = {"where": where, "detach": detach}
WRITTEN = ("add", "sub", "mul", "div", "pow", "neg")
"""Operators: they need no method."""


def publish(entry):
    """Make the function and the method of an entry of the table; of one of many operands there is a function only."""
    if cython.compiled:
        set_choice(entry.code, entry.choice)
    if entry.many:
        return
    function = SPECIAL.get(entry.name) or make_function(entry)
    FUNCTIONS[entry.name] = function
    ON_VALUES[entry.name] = function
    if entry.name not in WRITTEN:
        set_method(entry.name, where_method if entry.name == "where" else function)


def withdraw(entry):
    """Undo `publish`."""
    FUNCTIONS.pop(entry.name, None)
    ON_VALUES.pop(entry.name, None)
    set_method(entry.name, None)


ON_VALUES = {}
"""What the operations of a rule mean when it runs on Values: for the graph of a gradient."""


# Storage: how a node lies in memory. Compiled, and as plain Python objects.


@cython.cfunc
@cython.inline
def new_value(y: cython.double) -> Value:
    """A leaf, or a node that is about to get its operands."""
    if cython.compiled:
        return cython.cast(Value, new_node(y))
    v: Value = Value.__new__(Value)
    v._data = y
    become_leaf(v)
    return v


def start(v: Value, y: cython.double):
    """What `Value.__init__` does with its number."""
    if cython.compiled:
        if v._flags & BARE:
            v._data = y
            v._flags &= ~BARE
            return
    elif not hasattr(v, "_index"):
        v._data = y
        become_leaf(v)
        return
    message = "a Value is made once: assign to .data"
    raise TypeError(message)


def become_leaf(v):
    """A new leaf, uncompiled: `_index` counts creations."""
    global created
    created += 1
    v._grad = 0.0
    v._label = ""
    v._operands = v._numbers = ()
    v._code = v._flags = 0
    v._index = created
    v._scope = getattr(THREAD, "scope", None) if scoped else None


created = cython.declare(cython.Py_ssize_t, 0)


def node(code: cython.int, y: cython.double, operands, partials):
    """`computed` for those outside: `ValueError` for a code of no operation, or another number of operands than it takes."""
    entry = entry_of(code)
    if not entry.many and len(operands) != len(entry.operands):
        message = f"{entry.name}({', '.join(entry.operands)}) takes {entry.arity} operands, {len(operands)} given"
        raise ValueError(message)
    return computed(code, y, operands, partials)


@cython.cfunc
def computed(code: cython.int, y: cython.double, operands, partials) -> Value:
    """A computed Value. `operands` are Values and plain numbers, `partials` one number for each (unread for a plain one)."""
    v: Value = new_value(y)
    numbers = [d if type(x) is Value else real_number(None, x) for x, d in zip(operands, partials)]
    v._code = code
    if cython.compiled:
        c: cython.pointer(Node) = cython.cast(cython.pointer(Node), v)
        if make_block(c, len(numbers)) < 0:
            raise MemoryError
        for i in range(len(numbers)):
            x = operands[i]
            numbers_of(c)[i] = numbers[i]
            if type(x) is Value:
                operands_of(c)[i] = cython.cast(cython.pointer(Node), x)
                Py_INCREF(x)
    else:
        v._operands = tuple([x if type(x) is Value else number for x, number in zip(operands, numbers)])
        v._numbers = tuple(numbers)
    return v


DETACH = cython.declare(cython.int, ops.TABLE["detach"].code)


def duplicate(v: Value, copies: dict) -> Value:
    """A Value like `v`, without its gradient: the operands are those that `copies` has for them, by id, or the same."""
    twin: Value = new_value(v._data)
    twin._code = v._code
    twin._scope = v._scope
    if cython.compiled:
        old: cython.pointer(Node) = cython.cast(cython.pointer(Node), v)
        new: cython.pointer(Node) = cython.cast(cython.pointer(Node), twin)
        if make_block(new, old.count) < 0:
            raise MemoryError
        i: cython.uint
        for i in range(old.count):
            numbers_of(new)[i] = numbers_of(old)[i]
            if operands_of(old)[i] != cython.NULL:
                operand = cython.cast(object, cython.cast(cython.pointer(PyObject), operands_of(old)[i]))
                operand = twin_of(operand, copies)
                operands_of(new)[i] = cython.cast(cython.pointer(Node), operand)
                Py_INCREF(operand)
        if v._flags & LABELLED:
            set_label(twin, get_label(v))
    else:
        twin._operands = tuple([twin_of(x, copies) if type(x) is Value else x for x in v._operands])
        twin._numbers = v._numbers
        twin._label = v._label
    return twin


def twin_of(v: Value, copies: dict) -> Value:
    """What `copies` has for a Value, or the Value. `TypeError` for anything else: `deepcopy` takes a memo from anybody."""
    twin = copies.get(id(v), v)
    if type(twin) is not Value:
        message = f"deepcopy: the memo has a {type(twin).__name__} in place of {v!r}: a Value is computed from Values"
        raise TypeError(message)
    return twin


def carry_grad(v: Value, twin: Value):
    """Give `twin` the gradient of `v`, and whether it has one."""
    twin._grad = v._grad
    twin._flags |= v._flags & REACHED


def get_operands(v: Value):
    """All operands, Values and floats."""
    if cython.compiled:
        c: cython.pointer(Node) = cython.cast(cython.pointer(Node), v)
        i: cython.uint
        found: list = []
        for i in range(c.count):
            if operands_of(c)[i] == cython.NULL:
                found.append(numbers_of(c)[i])
            else:
                found.append(cython.cast(object, cython.cast(cython.pointer(PyObject), operands_of(c)[i])))
        return tuple(found)
    return v._operands


def get_partials(v: Value):
    """The partials by the operands that are Values."""
    if cython.compiled:
        c: cython.pointer(Node) = cython.cast(cython.pointer(Node), v)
        i: cython.uint
        return tuple([numbers_of(c)[i] for i in range(c.count) if operands_of(c)[i] != cython.NULL])
    return tuple([d for x, d in zip(v._operands, v._numbers) if type(x) is Value])


def get_label(v: Value):
    """The name, or the empty string. Compiled, the few that have one are kept apart."""
    if cython.compiled:
        if v._flags & LABELLED:
            return label_of(cython.cast(cython.pointer(Node), v))
    elif v._label:
        return v._label
    inside = recorder()
    return "" if inside is None else inside.label_of(v)


def set_label(v: Value, text):
    """Give a name; the empty string takes it away."""
    if cython.compiled:
        c: cython.pointer(Node) = cython.cast(cython.pointer(Node), v)
        if text:
            give_label(c, text)
        elif v._flags & LABELLED:
            take_label(c)
    else:
        v._label = text


class Call:
    """A scope that was entered, uncompiled; when it is left the thread is in the one `below`."""

    __slots__ = ("below", "name", "outer")

    def __init__(self, outer, name):
        self.outer = self.below = outer
        self.name = name


NO_SCOPE = 0 if cython.compiled else None
"""Stands for no scope; a scope is a `Call`, compiled its number, which is given back when no Value has it."""


def set_scope(v: Value, s):
    """Give a Value another scope, or none. `ValueError` for the number of none."""
    if s != NO_SCOPE:
        outer_of(s)
    v._scope = s


def outer_of(s):
    """The scope around a scope."""
    return outer_scope(s) if cython.compiled else s.outer


def name_of(s):
    """The name of a scope."""
    return scope_name(s) if cython.compiled else s.name


def make_scope(outer, name):
    """A new scope inside another one, in which no thread is; compiled it is held until `close_scope`."""
    if not cython.compiled:
        return Call(outer, name)
    if outer != NO_SCOPE:
        outer_of(outer)
    made: cython.uint = open_scope(name, outer)
    if made == 0:
        raise MemoryError
    return made


def number_of(v: Value):
    """The number, also while a function is recorded: for what decides nothing by it."""
    return v._data


def grad_of(v: Value):
    """The gradient, as `number_of`."""
    return v._grad


@cython.cfunc
@cython.inline
def number_or(x: object) -> object:
    """The number of a Value; anything else as it is."""
    if type(x) is Value:
        v: Value = x
        return v._data
    return x


def clear_grad(v: Value):
    """Gradient 0, as if no pass had come by."""
    v._grad = 0.0
    v._flags &= ~REACHED


def set_method(name, function):
    """Add a method to Value, or take it away if `function` is None."""
    if cython.compiled:
        if set_in_class(Value, name, function) < 0:
            raise MemoryError
    elif function is None:
        delattr(Value, name)
    else:
        setattr(Value, name, function)


@cython.cfunc
@cython.inline
def entry_of(code: cython.int):
    """The entry of the table with this code. `ValueError` for a code of none."""
    if not 0 < code < len(BY_CODE):
        message = f"{code} is the code of no operation"
        raise ValueError(message)
    return BY_CODE[code]


def operation_of(v: Value):
    """The entry of the table that made a computed Value."""
    return BY_CODE[v._code]


def made_before(v: Value, w: Value):
    """Whether `v` is older than `w`: at one moment, for places on the tape change."""
    return v._index < w._index


def creation(v: Value):
    """The place of a Value in the order of creation."""
    return v._index


@cython.cfunc
def sweep_apart(root: Value, seed: cython.double, xs: list):
    """Compiled `gradients`: sweep, read, put everything back."""
    if cython.compiled:
        n: cython.Py_ssize_t = len(xs)
        nodes: cython.pointer(cython.pointer(Node))
        nodes = cython.cast(cython.pointer(cython.pointer(Node)), malloc((n + 1) * cython.sizeof(cython.pointer(Node))))
        numbers: cython.pointer(cython.double)
        numbers = cython.cast(cython.pointer(cython.double), malloc((2 * n + 1) * cython.sizeof(cython.double)))
        if nodes == cython.NULL or numbers == cython.NULL:
            free(nodes)
            free(numbers)
            raise MemoryError
        i: cython.Py_ssize_t
        for i in range(n):
            nodes[i] = cython.cast(cython.pointer(Node), cython.cast(cython.pointer(PyObject), xs[i]))
        try:
            if gradients_from(cython.cast(cython.pointer(Node), root), seed, nodes, n, numbers + n, numbers) < 0:
                raise MemoryError
            return [numbers[i] for i in range(n)]
        finally:
            free(nodes)
            free(numbers)
    return None


def divide(a, b):
    """a / b in a rule that runs on Values: of plain numbers in IEEE arithmetic."""
    return a / b if type(a) is Value or type(b) is Value else ops.ieee_div(a, b)


for _entry in list(ops.TABLE.values()):
    publish(_entry)
for _entry in ops.INTERNAL.values():
    if cython.compiled:
        set_choice(_entry.code, _entry.choice)
ON_VALUES["div"] = divide
ON_VALUES["choice"] = choice
