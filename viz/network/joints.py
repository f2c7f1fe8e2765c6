"""A network as a chain of its layers: a box for each step, and what runs from one to the next, forward and back."""

from __future__ import annotations

from autograd.indices import is_index
from viz.language import say
from viz.network.columns import Panel, Plus
from viz.network.plan import LONGEST_TOLD, Arc, Cable, Planner, arrowed, frozen, heading
from viz.network.stages import titled
from viz.network.telling import lettered
from viz.network.work import FEW, flat, nested, number_of, vector
from viz.shapes import Text
from viz.words import alarming, cut, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from viz.network.columns import Column
    from viz.network.plan import Plan



class LayerPlanner(Planner):
    """Turns stages into boxes, an affine map and its activation apart, with the vectors at their joints."""

    def planned(self) -> Plan:  # noqa: D102
        self.joint("x", None if self.work is None else self.work.x)
        self.plan.columns.append(self.first_box())
        self.count = 0
        for stage in self.stages:
            self.stage(stage)
        self.name_last()
        self.check_titles()
        if self.work is not None and self.work.result is not None:
            self.add_box(self.loss(self.work))
        else:
            self.add_box(self.last_box())
        return self.plan

    # The ends.

    def first_box(self) -> Panel:
        """What goes in."""
        return Panel(heading(say("inputs")), self.listed(self.look.inputs, "x"))

    def last_box(self) -> Panel:
        """What comes out."""
        return Panel(heading(say("outputs")), self.listed(self.look.outputs, "y"))

    @staticmethod
    def listed(names: Any, otherwise: str) -> list[Text]:
        """Names below each other."""
        given = [cut(printable(str(name))) for name in names or [otherwise]]
        if len(given) > FEW:
            given[FEW - 1 :] = [say("and {:,} more", len(given) - FEW + 1)]
        return [Text(name, "name") for name in given]

    # Joints.

    def joint(self, name: str, values: Any) -> None:
        """What leaves the last box: its name, its numbers, and how the loss changes with them."""
        self.called, self.carried = name, values

    def add_box(self, column: Column) -> Column:
        """A new box, and the joint that leads to it."""
        above = self.told(self.called, self.carried)
        self.plan.cables.append(Cable("joint", self.last, column, above=above, below=self.slopes(self.called, self.carried)))
        self.plan.columns.append(column)
        return column

    def told(self, name: str, values: Any) -> Text:
        """A vector by its name, with its first numbers."""
        if values is None:
            return Text(name, "value")
        if nested(values):
            return Text(say("{}: {:,} numbers", name, len(list(flat(values)))), "value")
        numbers = [number_of(v) for v in flat(values)]
        return self.vector(name, numbers, "value")

    def slopes(self, name: str, values: Any) -> Text | None:
        """How the loss changes with a vector; None without a loss."""
        if self.work is None or self.work.result is None:
            return None
        found = [self.work.slopes.get(id(v)) for v in flat(values)]
        if any(map(is_index, flat(values))):
            return None
        numbers = [x for x in found if x is not None]
        if nested(values) or len(numbers) < len(found):
            return Text(f"∂L/∂{name}", "grad")
        return self.vector(f"∂L/∂{name}", numbers, "grad")

    def vector(self, name: str, numbers: list[float], kind: str) -> Text:
        """Numbers in parentheses, a single one without."""
        return Text(vector(name, [self.look.word(x) for x in numbers]), kind, any(map(alarming, numbers)))

    def name_last(self) -> None:
        """What the network gives is called y."""
        self.called = "y" if self.stages else self.called

    # Stages.

    def step(self, stage: Any) -> tuple[Any, Any]:
        """Sums and outputs of a stage, as they are; None of what is not at work."""
        if self.work is None:
            return None, None
        traced = self.work.step(stage)
        return traced.a, traced.z

    def affine(self, stage: Any, what: str) -> None:
        """A box for the sums, and one for what is made of them."""
        self.count += 1
        a, z = self.step(stage)
        size = f"{stage.inputs:,} → {stage.outputs:,}"
        lines = [Text(what, "name"), Text(size, "note"), *[Text(line, "note") for line in frozen(stage)]]
        self.add_box(Panel(self.header(heading(stage.name or " ")), lines, titled(stage)))
        self.joint(lettered("a", self.count), a)
        if stage.activation not in ("", "identity"):
            self.add_box(Panel(heading(""), [Text(cut(printable(stage.activation)), "name")], titled(stage)))
        self.joint(lettered("z", self.count), z)

    def dense(self, stage: Any) -> None:  # noqa: D102
        self.affine(stage, say("affine"))

    def convolution(self, stage: Any) -> None:  # noqa: D102
        self.affine(stage, say("convolution"))

    def residual(self, stage: Any) -> None:  # noqa: D102
        tail, before = self.last, len(self.plan.arcs)
        self.sequence(stage)
        level = 1 + max((arc.level for arc in self.plan.arcs[before:]), default=-1)
        head = self.add_box(Plus(self.header(heading(stage.name or " "))))
        self.plan.arcs.append(Arc(tail, head, level))
        self.count += 1
        self.joint(lettered("z", self.count), self.step(stage)[1])

    def block(self, stage: Any) -> None:  # noqa: D102
        self.count += 1
        lines = [Text(arrowed(stage.description), "name"), *[Text(line, "note") for line in frozen(stage)]]
        lines += [Text(cut(printable(stage.formula), LONGEST_TOLD), "note")] if stage.formula else []
        self.add_box(Panel(self.header(heading(stage.name or " ")), lines, titled(stage)))
        self.joint(lettered("z", self.count), self.step(stage)[1])

    def known(self, stage: Any) -> None:  # noqa: D102
        self.block(stage)

    def module(self, stage: Any) -> None:  # noqa: D102
        self.block(stage)
