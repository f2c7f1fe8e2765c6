"""How a picture is to look: each option is a field of `Look` or `NetworkLook`, and whoever needs one reads it there."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

import pytest

import nn
import viz
from autograd import Value
from chainrule.command_line import OPTIONS
from viz.network_look import NetworkLook
from viz.options import names_of
from viz.shapes import Appearance, Look

OTHERWISE = {
    "style": "record", "names": {}, "theme": "dark", "engine": "graphviz-pure", "show_constants": False, "max_boxes": 7,
    "highlight": [], "collapse": 2, "opened": ["layer"], "direction": "TB", "heat": True, "partials": True,
    "number_format": ".2f", "inputs": ["a", "b"], "outputs": ["y"], "image": (1, 2), "width": 800, "scale": 2.0,
    "transparent": True, "font": "Fira Sans", "title": "Apples", "lang": "ja", "backward": True,
    "focus": "x", "at_step": 1, "rate": 0.5, "symbols": "L", "rounding": 0.5, "lines": True,
    "layers": ["one"], "level": "layers", "at": [1.0, 2.0], "loss": max, "before": {}, "bias": "units", "weights": "symbols",
}  # fmt: skip
"""Each option as it is not by default."""
IN_PYTHON = {"names", "highlight", "lines"}
"""What a command line cannot say."""


GRAPH, NETWORK = names_of(Look, but=NetworkLook), names_of(NetworkLook, but=Look)
"""The options of one kind of picture alone."""


def test_what_both_kinds_of_picture_have_is_said_once() -> None:
    both = {each.name for each in fields(Appearance)}
    assert set(names_of(Look)) & set(names_of(NetworkLook)) == both | {"rate"}  # a graph's may be another for each leaf
    assert not both & {*inspect.get_annotations(Look), *inspect.get_annotations(NetworkLook)}


@pytest.mark.parametrize("name", [*names_of(Look), *NETWORK])
def test_each_option_is_told_of_and_has_another_value_here(name: str) -> None:
    assert viz.draw.__doc__
    assert f"`{name}`" in viz.draw.__doc__ or f"``{name}=" in viz.draw.__doc__
    assert OTHERWISE[name] != getattr(Look() if name in names_of(Look) else NetworkLook(), name), "what is it otherwise?"


def test_what_draw_says_of_networks_is_what_their_look_says() -> None:
    assert viz.draw.__doc__
    assert NetworkLook.__doc__
    told = inspect.cleandoc(NetworkLook.__doc__).split("\n\n")[1:-1]
    assert len(told) == 2
    assert all(paragraph in viz.draw.__doc__ for paragraph in told)


def test_the_options_of_draw_are_the_fields_with_their_defaults() -> None:
    parameters = dict(inspect.signature(viz.draw).parameters)
    both = fields(Look) + fields(NetworkLook)
    assert set(parameters) == {"v", *(each.name for each in both)}
    assert all(parameters[each.name].default == each.default for each in both)
    kinds = [parameter.kind for parameter in parameters.values()]
    assert kinds == [inspect.Parameter.POSITIONAL_OR_KEYWORD] * 2 + [inspect.Parameter.KEYWORD_ONLY] * (len(kinds) - 2)


def test_each_option_of_a_graph_is_one_of_the_command_line() -> None:
    words = {settings.get("dest", words[-1].lstrip("-").replace("-", "_")) for words, settings in OPTIONS.items()}
    assert words - {"output", "backward_from", "json"} == set(names_of(Look)) - IN_PYTHON


@pytest.mark.parametrize("name", GRAPH + NETWORK)
def test_an_option_of_the_other_kind_is_refused_by_name(name: str) -> None:
    graph = name in GRAPH
    takes = names_of(NetworkLook)
    message = f"^{name}: no option of the picture of a network, which takes {', '.join(takes)}$"
    if not graph:
        message = f"^{name}: an option of the picture of a network, such as viz.draw\\(model\\), not of a graph$"
    thing = nn.Neuron(2) if graph else Value(1.0)
    with pytest.raises(TypeError, match=message):
        viz.draw(thing, **{name: OTHERWISE[name]})
    if not graph:
        with pytest.raises(TypeError, match=message):
            viz.html(thing, **{name: OTHERWISE[name]})


@pytest.mark.parametrize("caller", ["draw", "html"])
def test_an_option_that_there_is_not_is_named(caller: str) -> None:
    with pytest.raises(TypeError, match=rf"^{caller}\(\) got an unexpected keyword argument 'them'$"):
        getattr(viz, caller)(Value(1.0), them="dark")


@pytest.mark.parametrize("suffix", ["svg", "html", "dot", "txt"])
@pytest.mark.parametrize(("options", "message"), [
    ({"style": "wide"}, "there is no style 'wide'; the styles are "),
    ({"theme": "pink"}, "there is no theme 'pink'; the themes are auto, light, dark"),
    ({"direction": "UP"}, "direction is LR or TB, not 'UP'"),
    ({"number_format": "5q"}, "number_format is a format of floats, such as '.2f', not '5q'"),
    ({"show_constants": "outside"}, "show_constants is True, False or 'inside', not 'outside'"),
    ({"collapse": "deep"}, "collapse is a depth of scopes, 'auto' or None, not 'deep'"),
    ({"collapse": -1}, "collapse is a depth of scopes from 0 on, not -1"),
    ({"width": 0}, "width= is a number above 0, not 0"),
    ({"width": float("inf")}, "width= is a number above 0, not inf"),
    ({"scale": "2"}, "scale= is a number, not '2'"),
    ({"width": 3, "scale": 2}, "width= and scale= both say how large a picture is: give one of them"),
    ({"font": "a'b"}, "font= is the name of a font, or several with commas between them, such as 'Fira Sans', not \"a'b\""),
    ({"font": " , "}, "font= is the name of a font"),
    ({"focus": 3}, "focus= is a Value of the graph, the name of one, or what autograd.blame found, not 3"),
    ({"at_step": "last"}, "at_step is the number of a step, as the page counts them, or 'all' for viz.save, not 'last'"),
    ({"at_step": 1.0}, "at_step is the number of a step, as the page counts them"),
    ({"at_step": True}, "at_step is the number of a step, as the page counts them"),
    ({"rate": "fast"}, "rate= is a number, the learning rate, or a mapping from leaves or their names to such, not 'fast'"),
    ({"rate": {"w": True}}, "rate= is a number, the learning rate, or a mapping"),
    ({"rate": float("nan")}, "rate= is a number, the learning rate, or a mapping"),
    ({"title": 3}, "title= is a text, not 3"),
    ({"them": 1}, "got an unexpected keyword argument 'them'"),
])  # fmt: skip
def test_what_an_option_cannot_be_is_told_whatever_the_file(tmp_path, suffix: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        viz.save(Value(1.0), tmp_path / f"graph.{suffix}", **options)
    assert not list(tmp_path.iterdir())
