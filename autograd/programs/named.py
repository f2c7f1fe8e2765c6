"""`typing.NamedTuple` without `typing`, whose import takes as long as all else that a first `record` imports."""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Naming(type):
    """Makes a class with annotated fields one of tuples with named places."""

    def __new__(cls, name: str, _: tuple[type, ...], given: dict[str, Any]) -> Any:
        """The class: fields with their defaults, and the methods that are given."""
        fields = given["__annotations__"]
        defaults = [given[field] for field in fields if field in given]
        made = namedtuple(name, fields, defaults=defaults, module=given["__module__"])  # type: ignore[misc]  # noqa: PYI024
        for attribute in given.keys() - fields.keys():
            setattr(made, attribute, given[attribute])
        return made


NamedTuple: Any = type.__new__(Naming, "NamedTuple", (), {})
