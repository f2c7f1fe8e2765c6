"""Random lives of graphs: made, copied, pickled, differentiated, recorded, let go. Prints a digest of all that was seen.

`lives.py SEED STEPS` is the same life on both engines, to the bit. Run by test_lives.py, and under sanitizers by
.ci/sanitize. With `--interrupt` Ctrl-C comes at any moment, and no two lives are the same.
"""

from __future__ import annotations

import copy
import gc
import hashlib
import math
import pickle
import random
import signal
import struct
import sys
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

import numpy as np

import autograd
from autograd import (
    Value,
    dot,
    grad,
    gradients,
    hessian,
    jvp,
    logsumexp,
    maximum,
    mean,
    no_grad,
    prod,
    record,
    scope,
    softmax,
    where,
)
from autograd.anew import outdated
from autograd.value import members

ALIVE = 60
"""So many Values are held; the oldest half is let go beyond."""
ERRORS = (ArithmeticError, ValueError, TypeError, AttributeError, IndexError)
"""What may be raised; its words are a part of the digest."""
UNARY = sorted(name for name in set(autograd.FUNCTIONS) - {"where"} if autograd.ops.TABLE[name].arity == 1)
BINARY = sorted(name for name, entry in autograd.ops.TABLE.items() if entry.arity == 2)
ODD: list[Any] = [
    0,
    -0.0,
    1,
    True,
    Fraction(1, 3),
    np.float64(2.5),
    np.float32(0.1),
    np.int8(-3),
    1e308,
    1e-308,
    math.inf,
    math.nan,
    10**400,
    "1",
    None,
    1j,
]
ARRAYS: list[Any] = [
    np.linspace(-1, 2, 5),
    np.arange(6),
    np.arange(12.0)[::2],
    np.array([0.5, 1.5], dtype=np.float32),
    np.zeros(0),
    np.ones((3, 2)),
    np.asfortranarray(np.ones((2, 2))),
    np.array([1, "a"], dtype=object),
    np.frombuffer(bytes(33), offset=1),
    np.array(2.0),
    [1.0, 2.0],
    [],
    (1, 2.0, True),
    np.array([1 + 1j]),
]


def stumble(x: float) -> float:
    """The value of an operation that fails in every way."""
    if x > 2:
        raise KeyboardInterrupt
    if x > 1:
        raise OverflowError("too far")
    if x < -2:
        raise ZeroDivisionError
    return x * x


def slip(x: Any, y: Any) -> Any:
    """Its partial, which cannot be traced."""
    return math.fsum([x, x]) if x > -1 else math.log(-1.0)


class Life:
    """One life, from a seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.alive = [Value(1.0)]
        self.digest = hashlib.sha256()
        self.scopes = ExitStack()
        self.stumbling = autograd.op("stumbling", stumble, slip)
        self.programs = [record(lambda a, b: self.stumbling(a) * b, 1.0, 1.0)]

    # What is seen.

    def see(self, *seen: Any) -> None:
        """Take what was seen into the digest: floats by their bits, all nan alike."""
        for each in seen:
            if isinstance(each, Value):
                self.see(each.data, each.grad, each.op, each.label, each.scope, each.partials, len(each.operands))
            elif isinstance(each, float):
                self.digest.update(b"nan" if math.isnan(each) else struct.pack("d", each))
            elif isinstance(each, (list, tuple)):
                self.see(len(each), *each)
            elif isinstance(each, (np.ndarray, np.generic)):
                self.see(each.tolist())
            else:
                self.digest.update(repr(each).encode())

    # What is picked.

    def pick(self) -> Value:
        """One of those alive, sooner a young one."""
        return self.alive[-1 - int(len(self.alive) * self.draw.random() ** 2)]

    def some(self) -> list[Value]:
        """A few of them, perhaps none, perhaps one twice."""
        return [self.pick() for _ in range(self.draw.choice([0, 1, 2, 3, 5, 20]))]

    def number(self) -> float:
        """Small most often."""
        return self.draw.choice(
            [self.draw.uniform(-2, 2), self.draw.uniform(-2, 2), float(self.draw.randint(-3, 3)), 0.0, 1e200, 1e-200]
        )

    def keep(self, *made: Any) -> None:
        """Those that are Values live on."""
        for each in made:
            self.see(each)
            if type(each) is Value:
                self.alive.append(each)

    # What is done.

    def leaf(self) -> None:
        self.keep(Value(self.number(), label=self.draw.choice(["", "", "x", "重み", "a" * 300])))

    def arithmetic(self) -> None:
        name, a, b = (
            self.draw.choice(["add", "sub", "mul", "div", "pow"]),
            self.pick(),
            self.draw.choice([self.pick(), self.number()]),
        )
        a, b = self.draw.choice([(a, b), (b, a)])
        self.keep(
            {"add": lambda: a + b, "sub": lambda: a - b, "mul": lambda: a * b, "div": lambda: a / b, "pow": lambda: a**b}[name]()
        )

    def odd_operand(self) -> None:
        odd, v = self.draw.choice(ODD), self.pick()
        acts = [lambda: v + odd, lambda: odd * v, lambda: v < odd, lambda: maximum(v, odd), lambda: v**odd, lambda: Value(odd)]
        self.keep(self.draw.choice(acts)())

    def odd_array(self) -> None:
        array, program = self.draw.choice(ARRAYS), self.draw.choice(self.programs)
        do = self.draw.choice(["call", "batch", "gradient", "jacobian", "grad", "dot", "times"])
        if do == "call":
            self.see(program(array, self.number()))
        elif do == "batch":
            self.see(len(program.batch(array, self.number())))  # rows run in vector instructions, whose last digits are their own
        elif do == "gradient":
            self.see(len(program.batch_value_and_grad(array, self.draw.choice([array, self.number()]))[0]))
        elif do == "jacobian":
            self.see(len(program.batch_jacobian(array, array)))
        elif do == "grad":
            self.see(grad(lambda xs: dot(xs, xs))(array))
        elif do == "dot":
            self.keep(dot(self.some(), list(array)))
        else:
            self.see([type(x) for x in np.ravel(array * self.pick())])

    def function(self) -> None:
        name = self.draw.choice(UNARY)
        self.keep(autograd.FUNCTIONS[name](self.pick()))

    def function_of_two(self) -> None:
        name = self.draw.choice([name for name in BINARY if name in autograd.FUNCTIONS])
        operands = [self.pick(), self.draw.choice([self.pick(), self.number()])]
        self.draw.shuffle(operands)
        self.keep(autograd.FUNCTIONS[name](*operands))

    def many(self) -> None:
        xs = self.some()
        f = self.draw.choice(
            [autograd.sum, prod, mean, logsumexp, lambda xs: dot(xs, xs[::-1], self.number()), lambda xs: softmax(xs[:3])]
        )
        found = f(xs)
        self.keep(*found) if isinstance(found, list) else self.keep(found)

    def choose(self) -> None:
        self.keep(where(self.pick() < self.pick(), self.pick(), self.number()))

    def own(self) -> None:
        self.keep(self.stumbling(self.pick()))

    def unrecorded(self) -> None:
        with no_grad():
            self.keep(self.pick() * self.pick())

    def scopes_change(self) -> None:
        if self.draw.random() < 0.5:
            self.scopes.enter_context(scope(self.draw.choice(["layer", "neuron", "x"])))
        else:
            self.scopes.close()

    def backward(self) -> None:
        self.pick().backward(self.draw.choice([1.0, 1.0, 0.0, -2.5, math.inf]))

    def forward(self) -> None:
        v = self.pick()
        self.see(len(outdated(v)))
        v.forward(freeze=self.draw.random() < 0.7)
        self.see(v, *v.parents, len(outdated(v)))

    def zero(self) -> None:
        self.pick().zero_grad()

    def apart(self) -> None:
        self.see(gradients(self.pick(), self.some()))

    def second_order(self) -> None:
        self.keep(*gradients(self.pick(), self.some()[:3], graph=True))

    def assign(self) -> None:
        v, x = self.pick(), self.number()
        name = self.draw.choice(["data", "grad", "label"])
        setattr(v, name, self.draw.choice(["", "y", f"l{x}"]) if name == "label" else x)

    def copies(self) -> None:
        v = self.pick()
        how = self.draw.choice(
            [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v)), lambda v: copy.deepcopy([v, v])[1]]
        )
        self.keep(how(v))

    def let_go(self) -> None:
        for _ in range(self.draw.choice([1, 3, len(self.alive) // 2])):
            self.alive.pop(self.draw.randrange(len(self.alive)))
        self.alive.append(Value(self.number()))
        if self.draw.random() < 0.1:
            gc.collect()

    def long_chain(self) -> None:
        v, n = self.pick(), self.draw.choice([100, 3000])
        for _ in range(n):
            v = v * 0.5 + 1.0
        if self.draw.random() < 0.3:
            v.backward()
        self.keep(v)

    def derivatives(self) -> None:
        names, x, y = [self.draw.choice(UNARY) for _ in range(2)], self.number(), self.number()
        f = lambda a, b: autograd.FUNCTIONS[names[0]](a * b) - autograd.FUNCTIONS[names[1]](a) * b
        self.see(grad(f)(x, y), hessian(lambda xs: f(*xs))([x, y]), jvp(lambda xs: f(*xs), [x, y], [1.0, -1.0]))

    def program(self) -> None:
        names, x, y = [self.draw.choice(UNARY) for _ in range(2)], self.number(), self.number()
        f = lambda a, b: where(a < b, autograd.FUNCTIONS[names[0]](a * b), autograd.FUNCTIONS[names[1]](a) + self.stumbling(b))
        self.programs = [*self.programs[-3:], record(f, 0.5, 0.25)]
        p = pickle.loads(pickle.dumps(self.programs[-1]))
        rows = [self.number() for _ in range(self.draw.choice([1, 7, 8, 9, 21, 65]))]
        self.see(p.listing(), p(x, y), p.value_and_grad(x, y), p.hessian(x, y), len(p.batch(rows, y)))

    ACTS = [
        leaf,
        arithmetic,
        arithmetic,
        arithmetic,
        odd_operand,
        odd_array,
        function,
        function_of_two,
        many,
        choose,
        own,
        unrecorded,
        scopes_change,
        backward,
        backward,
        forward,
        forward,
        zero,
        apart,
        second_order,
        assign,
        copies,
        let_go,
        long_chain,
        derivatives,
        program,
    ]

    def step(self) -> None:
        """One act, whatever becomes of it."""
        act = self.draw.choice(self.ACTS)
        self.see(act.__name__)
        try:
            act(self)
        except ERRORS as error:
            self.see(
                type(error).__name__, "" if isinstance(error, TypeError) else str(error)
            )  # Python's own are worded otherwise
        except KeyboardInterrupt:
            self.see("interrupted")
        if len(self.alive) > ALIVE or len(members(*self.alive)) > 20_000:
            del self.alive[: len(self.alive) // 2 + 1]
            self.alive.append(Value(1.0))

    def end(self) -> str:
        """Let everything go, and what was seen."""
        self.scopes.close()
        self.see(*self.alive)
        self.alive, self.programs = [], []
        autograd.registry.remove("stumbling")
        return self.digest.hexdigest()


def live(seed: int, steps: int, *, interrupted: bool) -> str:
    """A life of so many steps; with `interrupted`, Ctrl-C comes at any moment of a step."""
    life = Life(seed)
    acting = False

    def interrupt(_number: int, _frame: Any) -> None:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0005, 0.02))
        if acting:
            raise KeyboardInterrupt

    if interrupted:
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
    for _ in range(steps):
        try:
            acting = True
            life.step()
        except KeyboardInterrupt:
            pass
        acting = False
    if interrupted:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # first: an interrupt that is under way sets the timer again
    signal.setitimer(signal.ITIMER_REAL, 0)
    return life.end()


if __name__ == "__main__":
    np.seterr(all="ignore")
    print(live(*map(int, sys.argv[1:3]), interrupted="--interrupt" in sys.argv))
