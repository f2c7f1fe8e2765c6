"""Single steps of a page as pictures: what is not computed yet is blank and dashed, what is at work stands out."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import zip_longest

from autograd.value import Value
from viz.graph.draft import known_style
from viz.graph.layout import place
from viz.graph.paint import paint
from viz.graph.pictures import drafted
from viz.language import say
from viz.page.steps import ground_of, make_room, moments, replayed, story
from viz.reading import pairs_of, results_of
from viz.shapes import SIZES, THIN, Look, Picture, Text, is_program
from viz.words import DASH, pixels, wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from viz.page.steps import Change
    from viz.shapes import Box, Drawable, Wire

ROOM = 460.0
"""The least width in which a sentence is written under a picture."""
AT_WORK = 2.6
"""How wide the wire is that passes a gradient back."""


class Stills:
    """The steps of one Value's page as pictures of one size, in which everything keeps its place, in the language that is spoken.

    >>> x = Value(3.0, label="x")
    >>> stills = Stills(x * x, Look())
    >>> len(stills), stills.sentence(1), stills.sentence(3)
    (5, 'x × x = 3 × 3 = 9', '∂(x × x)/∂x (1st operand) = x = 3; 1 × 3 = 3 → gradient of x: 0 → 3')
    """

    def __init__(self, given: Drawable, look: Look) -> None:
        root, names = only(given, look)
        again = replayed(root, None, names, look.number_format, lines=look.lines)
        for v in again.twins.values():  # what has no name but a number in a sentence has that number in the picture
            v.label = v.label or (again.name(v) if again.name.short(v) else "")
        lit = [(again.twins[key], i) for key, i in pairs_of(look.highlight, again.twins) if key in again.twins]
        self.look = replace(look, names=None, highlight=lit, at_step=None)
        self.drawn = drafted(again.root, self.look, again.origin).picture_in(known_style(look.style))
        ground = ground_of(self.drawn, again)
        self.steps = story(self.drawn, again, ground=ground)
        self.known, self.backs = moments(self.drawn, self.steps, ground)
        make_room(self.drawn, self.steps, done=True)
        self.changes: dict[int, list[tuple[int, Change]]] = {}
        for k, step in enumerate(self.steps):
            for change in step.changes:
                self.changes.setdefault(change.box, []).append((k, change))
        for wire in self.drawn.wires:
            if wire.below:
                wire.below = replace(wire.below, room=replace(wire.below, done=True).width)
        self.placed = place(self.drawn, look.engine)
        self.captions = self.written()

    def __len__(self) -> int:
        return len(self.steps)

    def svg(self, k: int) -> str:
        """The picture of a step, counted from 0 as on the page. `ValueError` if there is none."""
        if not 0 <= k < len(self):
            message = f"at_step: there is no step {k}: the steps are 0 (the leaves) to {len(self) - 1} (the last gradient)"
            raise ValueError(message)
        return paint(self.picture(k), self.placed, self.look)

    def picture(self, k: int) -> Picture:
        """The picture of a step."""
        boxes = [self.box(i, box, k) for i, box in enumerate(self.drawn.boxes)]
        wires = [self.wire(i, wire, k) for i, wire in enumerate(self.drawn.wires)]
        said = " ".join([say("{}.", self.heading(k)), self.sentence(k)])
        drawn = self.drawn
        return Picture(drawn.title, said, boxes, wires, drawn.remark, drawn.direction, [*self.captions[k], *drawn.caption])

    # What is said.

    def sentence(self, k: int) -> str:
        """What happens at a step."""
        return self.steps[k].sentence

    def heading(self, k: int) -> str:
        """Which of all steps it is, and which of its pass."""
        kind = self.steps[k].kind
        same = [i for i, step in enumerate(self.steps) if step.kind == kind]
        which = same.index(k) + 1, len(same)
        passes = {"forward": say("Forward {} of {}", *which), "backward": say("Backward {} of {}", *which)}
        return say("Step {} of {}: {}", k, len(self) - 1, {"leaves": say("Start"), "seed": say("Seed"), **passes}[kind])

    def written(self) -> list[list[list[Text]]]:
        """The caption of each step: all of so many lines, and none wider than the picture, if that is not small."""
        size = SIZES["name"]
        widest = max(Text(step.sentence, "name").width for step in self.steps)
        room = max(self.placed.width, min(widest, ROOM))
        told = [_lines(step.words, size, room) for step in self.steps]
        rows = list(zip(*zip_longest(*told, fillvalue=""), strict=True))
        keep = Text("", "name", room=min(room, widest))
        heading = max(Text(self.heading(k), "note").width for k in range(len(self)))
        legend = Text(say("done"), "note", done=True)
        captions = []
        for k, row in enumerate(rows):
            first = [Text(self.heading(k), "note", room=heading), legend if self.any_done(k) else legend.blank]
            captions.append([first, *([replace(keep, content=line)] for line in row)])
        return captions

    # What is shown.

    def any_done(self, k: int) -> bool:
        """Whether a gradient was passed back, or added up, before a step."""
        return any(back < k for back in self.backs.values())

    def box(self, i: int, box: Box, k: int) -> Box:
        """A box as it is at a step."""
        step, known = self.steps[k], self.known.get(i, 0) <= k
        at_work = i == step.box or (step.kind == "backward" and step.wire >= 0 and i == self.drawn.wires[step.wire].tail)
        texts = tuple(self.text(i, box, text, k) for text in box.texts)
        note = self.text(i, box, box.note, k) if box.note else None
        state = "focus" if at_work and box.values else "" if known else "todo"
        return replace(box, texts=texts, note=note, state=state, tooltip=self.tooltip(i, box, k))

    def text(self, i: int, box: Box, text: Text, k: int) -> Text:
        """A text in a box: a number that is known, a gradient as far as it is added up."""
        if text.kind == "grad":
            changes = self.changes.get(i, [])
            latest = [change for at, change in changes if at <= k]
            if latest:
                return replace(text, content=latest[-1].written, done=changes[-1][0] < k)
            counted = re.sub(r"(\|g\|) .*", rf"\1 {DASH}", text.content)
            return replace(text, content=counted) if box.kind == "group" else text.blank
        return text.blank if text.kind == "value" and self.known.get(i, 0) > k else text

    def tooltip(self, i: int, box: Box, k: int) -> str:
        """As much as is known: name and formula; from its step on the number too; at last the gradient."""
        lines = box.tooltip.split("\n")
        if all(at <= k for at, _ in self.changes.get(i, [(len(self), None)])) or not box.values:
            return box.tooltip if self.known.get(i, 0) <= k else ""
        return "\n".join(lines[:-1] if self.known.get(i, 0) <= k and box.kind != "group" else lines[:1])

    def wire(self, i: int, wire: Wire, k: int) -> Wire:
        """A wire as it is at a step."""
        step, back = self.steps[k], self.backs.get(i, len(self))
        known = self.known.get(wire.tail, 0) <= k
        shown = replace(wire, state="" if known else "todo", awaited=back > k)
        shown.tooltip = wire.tooltip if back <= k else ""
        if wire.above and not known:
            shown.above = wire.above.blank
        if wire.below:
            shown.below = replace(wire.below, done=back < k) if back <= k else wire.below.blank
        if wire.partial and self.known.get(wire.head, 0) > k:
            shown.partial = wire.partial.blank
        if back > k:
            shown.tone, shown.thickness = "", THIN
        if i == step.wire:
            shown.tone, shown.thickness, shown.state = shown.tone or "back", max(shown.thickness, AT_WORK), "focus"
        elif step.kind == "forward" and wire.head == step.box:
            shown.state = "focus"
        return shown


def _lines(words: Sequence[str], size: float, room: float) -> list[str]:
    """The pieces of a sentence in lines, broken between them where that is possible."""
    lines = [""]
    for piece in words:
        joined = f"{lines[-1]} {piece}".strip()
        if pixels(joined, size) <= room:
            lines[-1] = joined
        else:
            lines[-1:] = [*filter(None, lines[-1:]), *wrapped(piece, size, room)]
    return lines


def only(given: Drawable, look: Look) -> tuple[Value, dict[str, object]]:
    """The one Value that is drawn, and all names. `TypeError` for several, and for a program."""
    if is_program(given):
        message = "at_step: a recorded function holds no numbers: draw what it gives, such as viz.draw(f(1.0), at_step=1)"
        raise TypeError(message)
    roots, results = results_of(given)
    if len(roots) > 1:
        message = f"at_step: the steps are those of one Value, not of {len(roots)}: draw one after the other"
        raise TypeError(message)
    (root,) = roots
    return root, {**dict.fromkeys(results.values(), root), **(look.names or {})}
