"""slabs.h: where nodes lie. Graphs live and die in every order; memory is reused in order, given back, and level."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEED = 1 if os.environ.get("CI") else random.randrange(1_000_000)
STATM = Path("/proc/self/statm")
ASAN = "asan" in os.environ.get("LD_PRELOAD", "")
resident = pytest.mark.skipif(ASAN or not STATM.exists(), reason="Linux tells what is resident; the address sanitizer adds to it")

pytestmark = pytest.mark.compiled

START = """
import os, random
from autograd import Value, no_grad
from autograd.value import members

def held():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def chain(n):
    v, a, b = Value(0.5), Value(0.999), Value(0.001)
    for _ in range(n // 2):
        v = v * a + b
    return v

def breaks(v):
    places = [id(v) for v in members(v)]
    return sum(a > b for a, b in zip(places, places[1:]))
"""


def printed(program):
    """What a program prints, in a process of its own; numbers."""
    command = [sys.executable, "-P", "-c", START + textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [float(word) for word in done.stdout.split()]


def hoard(seed, steps, library):
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONMALLOC": "malloc"}
    command = [sys.executable, "-P", str(HERE / "slabs.py"), str(seed), str(steps), str(library)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"slabs.py {seed} {steps}: status {done.returncode}\n{done.stderr[-3000:]}"


def test_graphs_of_every_order_of_death_stay_what_they_were(library, record_property):
    record_property("seed", SEED)
    hoard(SEED, 150, library)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_many_graphs_stay_what_they_were(seed, library):
    hoard(seed, 2000, library)


DEATHS = ["nodes.reverse()", "random.Random(1).shuffle(nodes)", "nodes.sort(key=lambda v: id(v) % 4096)"]


@pytest.mark.parametrize("death", DEATHS)
def test_in_whatever_order_a_graph_died_the_next_one_lies_in_order(death):
    once, again = printed(f"""
        print(breaks(chain(60_000)))
        nodes = [Value(float(i)) for i in range(60_000)]
        {death}
        while nodes:
            nodes.pop()
        print(breaks(chain(60_000)))
    """)
    assert once <= 5
    assert again <= 5


def test_many_rounds_later_it_still_does():
    found = printed("""
            x = [Value(float(i)) for i in range(100)]
            for i in range(100):
                ys = [a * b + a for a in x for b in x]
                random.Random(i).shuffle(ys)
                total = sum(ys)
                del ys
                if i % 20 == 19:
                    print(breaks(chain(30_000)))
                del total
        """)
    assert max(found) <= 8


@resident
def test_at_most_half_of_a_large_graph_is_held_and_little_after_small_ones():
    before, peak, after, later = printed("""
        print(held())
        y = chain(2_000_000)
        y.backward()
        print(held())
        del y
        print(held())
        for _ in range(100):
            chain(50_000).backward()
        print(held())
    """)
    assert (peak - before) / 2_000_000 <= 90
    assert after <= peak / 2
    assert later - before <= 25_000_000


@resident
def test_memory_of_half_dead_graphs_is_used_again():
    first, last = printed("""
        kept = []
        for i in range(60):
            values = [Value(float(j)) for j in range(20_000)]
            kept = [kept[j] for j in range(0, len(kept), 2)] + values[::50]
            del values
            if i in (20, 59):
                print(held())
    """)
    assert last <= first + 2_000_000


def test_a_forked_process_has_its_own():
    if not hasattr(os, "fork"):
        pytest.skip("no fork")
    assert printed("""
        y = chain(100_000)
        expected = [v.data for v in members(y)]
        process = os.fork()
        if process == 0:
            del y
            os._exit(chain(100_000).data != expected[-1])
        assert os.waitpid(process, 0)[1] == 0
        print(sum(v.data == x for v, x in zip(members(y), expected, strict=True)))
    """) == [100_003]


@pytest.mark.slow
@resident
def test_the_memory_of_a_process_that_trains_is_level():
    """Graphs, copies, scopes, labels, gradients of gradients, programs, fits: 8,000 steps; the heap settles in 100 fits."""
    early, late = printed("""
        import copy, pickle
        import nn
        from autograd import grad, gradients, record, scope
        model = nn.MLP(2, [16, 16, 1], seed=1)
        points = [(random.Random(i).uniform(-1, 1), random.Random(-i).uniform(-1, 1)) for i in range(20)]
        for step in range(8000):
            with scope(f"step {step % 7}"):
                loss = sum((model(list(p)) - p[0] * p[1]) ** 2 for p in points)
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.001 * p.grad
            loss.label = f"loss {step}"
            with no_grad():
                model(list(points[0]))
            if step % 50 == 0:
                pickle.loads(pickle.dumps(copy.deepcopy(loss))).backward()
                grad(grad(lambda x: x.tanh() * x))(0.5)
                gradients(model(list(points[0])), model.parameters()[:3], graph=True)
                record(lambda x: x * x + x, 0.5).value_and_grad(step / 8000)
                nn.fit(model, points, [p[0] * p[1] for p in points], loss=nn.squared_error, epochs=1)
            if step in (5000, 7999):
                print(held())
    """)
    assert late <= early + 1_500_000
