"""Where Python frees a chain link within link, nodes hand their operands over first."""

from __future__ import annotations

import gc
import sys

import pytest

from autograd import freeing, node

frames: list[int] = []
"""How many calls lay around each node that went."""


def depth() -> int:
    frame, count = sys._getframe(1), 0
    while (frame := frame.f_back) is not None:
        count += 1
    return count


class Going(node.Node):
    __slots__ = ()

    def __del__(self) -> None:
        frames.append(depth())
        freeing.hand_over(self)


def made(*operands):
    return node.fill(Going(), 1.0, 1 if operands else 0, operands, (1.0,) * len(operands))


def chain(length):
    y = made()
    for _ in range(length):
        y = made(y)
    return y


@pytest.fixture(autouse=True)
def _afresh():
    frames.clear()
    yield
    assert not freeing.waiting
    assert not freeing.freeing


def test_each_node_of_a_chain_goes_after_the_one_before_it_and_not_inside_it():
    y = chain(10_000)
    del y
    assert len(frames) == 10_001
    assert set(frames[1:]) == {frames[0] + 2}  # all within the first call


def test_what_is_still_held_stays_whole():
    x = made()
    kept, gone = made(x, made(x)), made(x)
    y = made(kept, gone)
    del gone, y
    assert len(frames) == 2
    assert [v._operands for v in node.members_of((kept,))] == [(), (x,), kept._operands]
    assert x in kept._operands


def test_an_operand_used_twice_goes_once():
    x = made()
    y = made(x, x)
    del x, y
    assert len(frames) == 2


def test_a_chain_in_a_cycle_goes_too():
    held = {"y": chain(10_000)}
    held["itself"] = held
    del held
    gc.collect()
    assert len(frames) == 10_001
    assert max(frames) <= min(frames) + 2


def test_a_node_that_the_collector_took_is_refused_and_has_no_wrong_gradient():
    seen = []

    class Late:
        def __del__(self) -> None:
            with pytest.raises(AttributeError, match="_operands"):
                node.sweep_from(self.y, 1.0)
            seen.append(self.y._value)

    y = made(made())
    late = Late()
    late.y, late.itself = y, late
    freeing.hand_over(y)
    del y, late
    gc.collect()
    assert seen == [1.0]


def test_an_object_that_never_became_a_node_goes_too():
    Going()
    gc.collect()
    assert len(frames) == 1


def test_it_is_asked_for_in_browsers_alone():
    assert not freeing.NESTED
    assert not hasattr(node.Node, "__del__")
    assert not hasattr(node.node_type, "__del__")
