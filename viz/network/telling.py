"""What is written in the picture of a network: in its units, over and under them, on its wires; in numbers or in symbols."""

from __future__ import annotations

from functools import partial, reduce

from viz.language import say
from viz.network.stages import dense_stages, numbers_before, titled
from viz.network.work import flat, number_of, vector
from viz.shapes import Text
from viz.words import alarming

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from viz.network.cells import Cells
    from viz.network.columns import Images
    from viz.network.work import Work
    from viz.network_look import NetworkLook

RAISED = str.maketrans("0123456789()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MINUS = "−"


def lettered(letter: str, layer: int, *indices: int) -> str:
    """A letter with its layer above and its indices below; no layer where it is 0.

    >>> lettered("w", 1, 2, 3), lettered("x", 0, 12), lettered("w", 2, 3, 10)
    ('w⁽¹⁾₂₃', 'x₁₂', 'w⁽²⁾₃,₁₀')
    """
    apart = "," if any(i > 9 for i in indices) else ""
    above = f"({layer})".translate(RAISED) if layer else ""
    return letter + above + apart.join(str(i).translate(LOWERED) for i in indices)


class Teller:
    """Writes what a look asks for of a network, at work or not."""

    def __init__(self, stages: Sequence[Any], look: NetworkLook, work: Work | None) -> None:
        self.look, self.work = look, work
        self.before = {} if look.before is None else numbers_before(look.before, stages)
        self.dense = dense_stages(stages)
        self.layers = {id(stage): i for i, stage in enumerate(self.dense, 1)}
        self.learns = work is not None and work.result is not None
        self.bias = "θ" if look.threshold else "b"

    # Units.

    def write(self, column: Cells) -> None:
        """Write into all units of a column, and on hover all digits."""
        told = [self.unit(column, k) for k in column.shown]
        self.add_tips(column, column.role)
        if column.constant:
            told.append(([self.constant(column)], [], []))
        column.write([body or [Text("", "value")] for body, _, _ in told], [over for _, over, _ in told], [u for _, _, u in told])

    def unit(self, column: Cells, k: int) -> tuple[list[Text], list[Text], list[Text]]:
        """What stands in a unit, over it and under it."""
        stage = column.stage
        if column.role == "input":
            return self.input(k)
        if column.role == "unit":
            return self.neuron(column, stage, k)
        plus = [Text("+", "value")] if column.role == "sum" else []
        if self.work is None or stage is None:
            return plus, [], []
        z = self.work.outputs(stage)[k]
        return [*plus, self.number(number_of(z))], [], self.slope("z", z)

    def input(self, k: int) -> tuple[list[Text], list[Text], list[Text]]:
        """An input: its number, or its symbol, and what the loss changes with it."""
        if self.work is None:
            return ([Text(lettered("x", 0, k + 1), "value")] if self.look.in_symbols else []), [], []
        x = list(flat(self.work.x))[k]
        over = [Text(lettered("x", 0, k + 1), "note")] if self.look.in_symbols else []
        return [self.number(number_of(x))], over, self.slope("x", x)

    def neuron(self, column: Cells, stage: Any, k: int) -> tuple[list[Text], list[Text], list[Text]]:
        """A unit: its sum and its output, or what it is called; its bias."""
        name = self.output_symbol(stage, k)
        bias = self.biases(stage, k) if stage.biases and self.look.bias != "units" else []
        if self.work is None:
            return ([Text(name, "value")], bias, []) if self.look.in_symbols else (bias[:1], bias[1:], [])
        a, z = self.work.sums(stage), self.work.outputs(stage)
        if len(a) != column.count or len(z) != column.count:
            message = f"at=: trace() tells {len(a)} sums and {len(z)} outputs of {titled(stage)}, of {column.count} units"
            raise ValueError(message)
        body = [self.number(number_of(z[k]))]
        if a[k] is not z[k]:
            body.insert(0, self.number(number_of(a[k])))
        named = [Text(name, "note")] if self.look.in_symbols else []
        return body, named + bias, self.slope("a", a[k], "δ")

    def output_symbol(self, stage: Any, k: int) -> str:
        """What the output of a unit is called: y of the last layer, z of those before, with the layer if there are several."""
        layer = self.layers[id(stage)]
        if layer == len(self.dense):
            return lettered("y", 0, k + 1)
        return lettered("z", layer if len(self.dense) > 2 else 0, k + 1)

    def constant(self, column: Cells) -> Text:
        """What stands in the unit that gives 1."""
        if not self.look.in_symbols:
            return Text("1", "value")
        if column.role == "input":
            return Text(lettered("x", 0, 0), "value")
        return Text(lettered("z", self.layers.get(id(column.stage), 0) if len(self.dense) > 2 else 0, 0), "value")

    def biases(self, stage: Any, k: int) -> list[Text]:
        """The lines that tell a bias, or a threshold, and what becomes of it."""
        sign = -1.0 if self.look.threshold else 1.0
        if self.look.in_symbols and self.work is None:
            return [Text(lettered(self.bias, self.layers[id(stage)], k + 1), "note")]
        old = [sign * b for b in self.before[stage.name][1]] if self.before else None
        named = self.look.threshold or self.work is not None
        line = self.changed(sign * stage.biases[k], old[k] if old else None, f"{self.bias} = " if named else "")
        if self.work is None or not self.learns or stage.frozen:
            return [line]
        return [line, *self.step(sign * stage.biases[k], sign * self.work.weights(stage)[1][k])]

    def add_tips(self, column: Cells | Images, role: str = "unit") -> None:
        """Tell of each unit on hover all digits."""
        if self.work is not None and (column.stage is not None or role == "input"):
            column.tips = [f"{tip}{self.tip(self.work, column.stage, k)}" for tip, k in zip(column.tips, column.shown)]

    def tip(self, work: Work, stage: Any, k: int) -> str:
        """The numbers of a unit to the last digit; of an input without a stage."""
        parts: list[tuple[str, str, Any]] = []
        if stage is None:
            parts.append(("x", "∂L/∂x", list(flat(work.x))[k]))
        else:
            sums = work.sums(stage)
            parts += [("a", "δ", sums[k])] if sums else []
            parts.append(("z", "∂L/∂z", work.outputs(stage)[k]))
        slopes = work.slopes if self.learns else {}
        changes = (f"; {slope} = {slopes[id(v)]!r}" if id(v) in slopes else "" for _, slope, v in parts)
        return "".join(f"\n{what} = {number_of(v)!r}{change}" for (what, _, v), change in zip(parts, changes, strict=True))

    def slope_of_output(self, k: int) -> list[Text]:
        """How the loss changes with an output of the network."""
        return [] if self.work is None else self.slope("y", list(flat(self.work.y))[k])

    # Wires.

    def weight_before(self, stage: Any, k: int, j: int | None) -> float | None:
        """What a weight was, or a bias, if `j` is None; None where that is not asked for."""
        if not self.before:
            return None
        rows, biases = self.before[stage.name]
        return biases[k] if j is None else rows[k][j]

    def slope_of_weight(self, stage: Any, k: int, j: int | None) -> float | None:
        """How the loss changes with a weight, or a bias; None without a loss."""
        if self.work is None or not self.learns:
            return None
        rows, biases = self.work.weights(stage)
        return biases[k] if j is None else rows[k][j]

    def wire(self, stage: Any, k: int, j: int | None, w: float) -> list[Text]:
        """The lines on the wire to unit k from input j, or from the constant unit, if that is None."""
        lines = [self.changed(w, self.weight_before(stage, k, j))]
        if self.look.in_symbols:
            lines = [Text(lettered("w", self.layers[id(stage)], k + 1, 0 if j is None else j + 1), "value")]
        slope = self.slope_of_weight(stage, k, j)
        if slope is None:
            return lines
        if self.look.rate is None:
            return [*lines, self.number(slope, "grad")]
        return lines if stage.frozen else [*lines, *self.step(w, slope)]

    # Lines.

    def number(self, x: float, kind: str = "value", before: str = "") -> Text:
        """A number, in red if it is none."""
        return Text(before + self.look.word(x), kind, alarming(x))

    def changed(self, x: float, old: float | None, before: str = "") -> Text:
        """A number; in red, with what it was, if it has changed."""
        if old is None or old == x or (old != old and x != x):  # noqa: PLR0124  (nan)
            return self.number(x, before=before)
        return Text(f"{before.replace(' =', ':')}{self.look.word(old)} → {self.look.word(x)}", "correction")

    def slope(self, letter: str, v: Any, name: str = "") -> list[Text]:
        """How the loss changes with a Value."""
        if self.work is None or not self.learns or id(v) not in self.work.slopes:
            return []
        return [self.number(self.work.slopes[id(v)], "grad", f"{name or f'∂L/∂{letter}'} = ")]

    def step(self, x: float, slope: float) -> list[Text]:
        """What a step of gradient descent takes off, and what is left, in red; nothing where it changes nothing."""
        rate = self.look.rate
        if rate is None or slope == 0 or rate == 0:
            return []
        sign = "+" if (slope < 0) == (rate > 0) else MINUS
        word = self.look.word
        return [Text(f"{sign} {word(abs(rate))} × {word(abs(slope))} = {word(x - rate * slope)}", "correction")]

    # What is said below, and to those who do not see it.

    def in_words(self) -> list[str]:
        """What goes in and comes out at work, and the loss."""
        if self.work is None:
            return []
        loss = [] if self.work.result is None else [f"L = {self.look.word(self.work.result.data)}"]
        word = self.look.word
        ends = (("x", self.work.x), ("y", self.work.y))
        return [*(vector(name, [word(number_of(v)) for v in flat(values)]) for name, values in ends), *loss]

    def legend(self, *, numbered: bool, drawn: Iterable[Cells]) -> list[Text]:
        """What stands where, a line each."""
        told = [Text(said, "note") for said in self.legend_of_units(list(drawn))]
        if numbered and self.learns and self.look.rate is None:
            told.append(Text(say("on a wire: its weight w, under it ∂L/∂w"), "note"))
        if self.look.rate is not None:
            rate = self.look.word(self.look.rate)
            told.append(Text(say("red: a step of gradient descent, minus {} × ∂L/∂w", rate), "correction"))
        if self.before:
            told.append(Text(say("red: what has changed, before → after"), "correction"))
        return told

    def legend_of_units(self, columns: Sequence[Cells]) -> list[str]:
        """What stands in a unit, over it and under it."""
        if self.work is None:
            inside = self.look.bias != "units" and not self.look.in_symbols
            return [say("in a unit: its threshold θ = −b" if self.look.threshold else "in a unit: its bias")] if inside else []
        two = any(len(body) > 1 for column in columns if column.role == "unit" for body in column.bodies)
        parts = [say("in a unit: its input a | its output z" if two else "in a unit: its output")]
        if self.look.bias != "units":
            parts.append(say("over it: its threshold θ = −b" if self.look.threshold else "over it: its bias b"))
        if self.learns:
            parts.append(say("under it: δ = ∂L/∂a"))
        return [reduce(partial(say, "{}; {}"), parts)]
