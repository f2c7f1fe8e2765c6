"""The options of `viz.draw`: those of the picture of a graph, or those of the picture of a network, by what is drawn."""

from __future__ import annotations

from dataclasses import fields
from functools import wraps
from inspect import cleandoc, signature

from viz.network_look import NetworkLook
from viz.shapes import Appearance, Look, is_network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from inspect import Parameter, Signature
    from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

    from viz.shapes import Drawable, Network

    P = ParamSpec("P")
    Q = ParamSpec("Q")
    R = TypeVar("R")
    R_co = TypeVar("R_co", covariant=True)
    T = TypeVar("T")

    class OfEither(Protocol[P, Q, R_co]):
        """A function of a graph with some options, or of a network with others."""

        @overload
        def __call__(self, v: Drawable, *args: P.args, **options: P.kwargs) -> R_co: ...
        @overload
        def __call__(self, v: Network, *args: Q.args, **options: Q.kwargs) -> R_co: ...


def names_of(look: type[Appearance], but: type[Appearance] | None = None) -> list[str]:
    """The options of a look, its own before those that all pictures have; without those of another.

    >>> names_of(NetworkLook, but=Look)[:3], names_of(Look)[:2]
    (['inputs', 'outputs', 'image'], ['style', 'names'])
    """
    common = [each.name for each in fields(Appearance)]
    names = [*(each.name for each in fields(look) if each.name not in common), *common]
    return [name for name in names if but is None or name not in names_of(but)]


def _all_of(graph: Callable[..., Look], network: Callable[..., NetworkLook]) -> list[Parameter]:
    """The options of both, each once, with their types and defaults."""
    return list({**signature(graph).parameters, **signature(network).parameters}.values())


ALL = _all_of(Look, NetworkLook)


def graph_look(caller: str, style: str, options: Mapping[str, Any]) -> Look:
    """The look of a graph; `TypeError` in the name of the caller for an option that there is not, and for one of networks."""
    return _look_of_graph(_bound(caller, signature(Look).replace(parameters=ALL), (style,), options))


def network_look(caller: str, style: str, options: Mapping[str, Any]) -> NetworkLook:
    """The look of a network; `TypeError` in the name of the caller for an option that there is not, and for one of graphs."""
    return _look_of_network(_bound(caller, signature(Look).replace(parameters=ALL), (style,), options))


def _look_of_graph(given: Mapping[str, Any]) -> Look:
    if wrong := _given(given, NetworkLook, but=Look):
        message = f"{', '.join(wrong)}: an option of the picture of a network, such as viz.draw(model), not of a graph"
        raise TypeError(message)
    return Look(**{name: given[name] for name in names_of(Look) if name in given})


def _look_of_network(given: Mapping[str, Any]) -> NetworkLook:
    if wrong := _given(given, Look, but=NetworkLook):
        takes = ", ".join(names_of(NetworkLook))
        message = f"{', '.join(wrong)}: no option of the picture of a network, which takes {takes}"
        raise TypeError(message)
    return NetworkLook(**{name: given[name] for name in names_of(NetworkLook) if name in given})


def _look_of(v: object, given: Mapping[str, Any]) -> Look | NetworkLook:
    return _look_of_network(given) if is_network(v) else _look_of_graph(given)


def _given(options: Mapping[str, Any], look: type[Look | NetworkLook], but: type[Appearance]) -> list[str]:
    """The options of a look, without those of another, that are given otherwise than by default."""
    names = [name for name in names_of(look, but) if name in options]
    wished, defaults = look(**{name: options[name] for name in names}), look()
    pairs = [(name, getattr(wished, name), getattr(defaults, name)) for name in names]
    return [name for name, x, default in pairs if x is not default and (type(x) is not type(default) or x != default)]


def _bound(caller: str, taken: Signature, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return taken.bind(*args, **options).arguments
    except TypeError as error:
        message = f"{caller}() {error}"
        raise TypeError(message) from None


def options_of(look: Callable[P, Look]) -> Callable[[Callable[[T, Look], R]], Callable[Concatenate[T, P], R]]:
    """Give a function of something and a `Look` the fields of `Look` as its options, with their types and defaults.

    >>> @options_of(Look)
    ... def shown(thing, look):
    ...     return thing, look.theme
    >>> shown(1, theme="dark")
    (1, 'dark')
    """

    def with_options(function: Callable[[T, Look], R]) -> Callable[Concatenate[T, P], R]:
        options = signature(look).parameters.values()
        taking: Callable[Concatenate[T, P], R] = _taking(function, options, lambda _, given: look(**given))  # type: ignore[call-arg]
        return taking

    return with_options


def options_of_either(
    graph: Callable[P, Look], network: Callable[Q, NetworkLook]
) -> Callable[[Callable[[Any, Any], R]], OfEither[P, Q, R]]:
    """The same for a function of a graph and its look, or of a network and its look; what it says of itself goes on with those.

    >>> @options_of_either(Look, NetworkLook)
    ... def shown(v, look):
    ...     return type(look).__name__
    >>> import nn
    >>> shown([1.0], heat=True), shown(nn.Neuron(2), inputs=["a", "b"])
    ('Look', 'NetworkLook')
    """

    def with_options(function: Callable[[Any, Any], R]) -> OfEither[P, Q, R]:
        taking: OfEither[P, Q, R] = _taking(function, _all_of(graph, network), _look_of)
        if function.__doc__ and network.__doc__:  # not with python -OO
            told = cleandoc(network.__doc__).partition("\n\n")[2].partition("\n\n>>>")[0]
            taking.__doc__ = f"{cleandoc(function.__doc__)}\n\n{told}\n"
        return taking

    return with_options


def _taking(function: Callable[[Any, Any], R], options: Iterable[Parameter], chosen: Callable[[Any, dict[str, Any]], Any]) -> Any:
    own = signature(function)
    thing = next(iter(own.parameters.values()))
    whole = own.replace(parameters=[thing, *options])

    @wraps(function)
    def called(*args: Any, **options: Any) -> R:
        given = _bound(function.__name__, whole, args, options)
        v = given.pop(thing.name)
        return function(v, chosen(v, given))

    called.__signature__ = whole  # type: ignore[attr-defined]
    return called
