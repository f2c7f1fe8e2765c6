"""How the picture of a network is to look: its options, and what they can be."""

from __future__ import annotations

from dataclasses import dataclass

from viz.shapes import Appearance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self


@dataclass(frozen=True, kw_only=True)
class NetworkLook(Appearance):
    """How the picture of a network is to look: each field is an option of `viz.draw`, which tells of it, with its default.

    >>> NetworkLook(inputs=["a", "b"]).theme
    'auto'
    """

    inputs: Sequence[object] | None = None
    outputs: Sequence[object] | None = None
    image: Sequence[int] | None = None

    def checked(self) -> Self:
        """How many names there are to be, and of what size images are, is for those to say who know the network."""
        super().checked()
        _check_names("inputs", self.inputs)
        _check_names("outputs", self.outputs)
        _check_image(self.image)
        return self


def _check_names(what: str, names: Sequence[object] | None) -> None:
    if names is not None and not (isinstance(names, (list, tuple)) and names):
        message = f"{what}= is a list of names, one for each of the network's {what}, not {names!r}"
        raise TypeError(message)


def _check_image(image: Sequence[int] | None) -> None:
    if image is None:
        return
    whole = isinstance(image, (list, tuple)) and all(type(n) is int and n > 0 for n in image)
    if not whole or len(image) != 2:
        message = f"image= is (rows, columns) of the input as an image, two whole numbers above 0, not {image!r}"
        raise ValueError(message)
