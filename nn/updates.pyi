"""The types of updates.pyx, which is there where the engine is compiled."""

from typing import Any

class Update:
    def __init__(
        self,
        n: int,
        memories: tuple[Any, ...],
        kind: int,
        b1: float,
        b2: float,
        eps: float,
        weight_decay: float,
        variant: bool,
        clip_value: float,
        clip_norm: float,
    ) -> None: ...
    def __call__(self, theta: Any, gradient: Any, lr: float, steps: float) -> bool: ...
    @property
    def capsule(self) -> Any: ...
