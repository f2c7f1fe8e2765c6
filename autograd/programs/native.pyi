"""The types of native.pyx, which is there where the engine is compiled."""

from array import array
from collections.abc import Callable, Sequence
from typing import Any

Numbers = memoryview[float]

def instruction_sets() -> list[str]: ...
def use(name: str = "") -> str: ...
def poured(x: Any, shape: tuple[int, ...], target: array[float], at: int) -> bool: ...

class Machine:
    def __init__(
        self, flat: Any, call: Callable[[int, int, list[float]], tuple[float, Sequence[float]]], choices: bytes
    ) -> None: ...
    def memory(self) -> int: ...
    def point(self, xs: array[float], seeds: Sequence[float] | None) -> tuple[list[float], array[float], bool]: ...
    def spread(self, xs: array[float], starts: array[float], count: int, tangents: bool) -> array[float]: ...

class Rows:
    def __init__(
        self,
        machine: Machine,
        blocks: list[tuple[Numbers, bool]],
        rows: int,
        piece: int,
        weights: Numbers | None,
        values: Numbers,
        targets: list[Numbers | None] | None,
        each: bool,
        of: int = 0,
    ) -> None: ...
    def run(self, begin: int = 0) -> None: ...
