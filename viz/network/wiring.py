"""The picture of a network: its columns placed, weights as wires between them, and what widths and colours mean.

The columns stand side by side in the order of the stages, so that no layout by Graphviz is needed.
"""

from __future__ import annotations

import math
import re
from functools import partial
from itertools import chain, pairwise

from viz.canvas import FONTS, Painter, px
from viz.language import say
from viz.network.cells import Cells
from viz.network.columns import LEVELS, Images, Scale, Units, backed, shades, tone
from viz.network.dot import network_dot
from viz.network.joints import LayerPlanner
from viz.network.plan import Planner, parameters_told, span, spanned
from viz.network.stages import all_stages, innermost, stages_of, titled
from viz.network.strokes import CROWD, CROWDED, arc_between, arrow, fan, joint, stroke, way, way_to_loss
from viz.network.telling import Teller
from viz.network.work import Work
from viz.network_look import NetworkLook
from viz.shapes import LINE, Text
from viz.words import alarming, cut, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from viz.network.columns import Column
    from viz.network.plan import Cable, Plan
    from viz.shapes import Network, Point

MOST_UNITS, FEW_UNITS = 64, 32
"""A column of more units is cut; and of so many where the wires would be more than `MOST_WEIGHTS`."""
MOST_AT_WORK, MOST_NAMED = 12, 8
"""A column of more units is cut where numbers stand in all of them, or symbols."""
MOST_WEIGHTS = 10_000
MOST_TOLD = 300
"""So many wires have a tip each, and a width of their own."""
NUMBERED, NUMBERED_UNITS, MOST_NUMBERS = 12, 8, 60
"""So many wires between two columns, of so many units, have their numbers written on them, if there are not more than these."""
NUMBER, WISHED = 15.5, 21.0
"""The height that a number on a wire takes, and that it would like to have."""
LINE_ON_WIRE = 14.0
BAND = 24.0
"""The room of one arc above the columns."""


def network_texts(model: Network, look: NetworkLook) -> tuple[str, str, str]:
    """The SVG, the DOT and the repr of a network."""
    painter, stages, text = Painter(look.checked()), stages_of(model), repr(model)
    first = re.sub(r"\b(\d[\d,]*) parameters?(?:, (\d[\d,]*) frozen)?", _parameters_again, text.partition("\n")[0])
    title = cut(printable(first), 120)
    work = None if look.at is None else Work(model, look)
    svg = Board(stages, look, work).svg(painter, title)
    return svg, network_dot(Planner(stages, look.plain, MOST_UNITS).planned(), look), text


def _parameters_again(found: re.Match[str]) -> str:
    """What a repr says of the number of parameters, in the language that is spoken."""
    many, *frozen = (int(digits.replace(",", "")) for digits in found.groups() if digits)
    return say("{:,} parameter{s}, {:,} frozen", many, *frozen) if frozen else say("{:,} parameter{s}", many)


def plan_of(model: Network) -> Plan:
    """The columns of a network as far as a picture shows them, with all weights between them as wires."""
    return Planner(stages_of(model), NetworkLook(), MOST_UNITS).planned()


def whole_dot(model: Network, look: NetworkLook) -> str:
    """The DOT of a network with all its units."""
    return network_dot(Planner(stages_of(model), look.checked().plain).planned(), look)


def readable_plan(stages: Sequence[Any], look: NetworkLook, work: Work | None = None) -> Plan:
    """The plan of a picture that can be read."""
    if look.level == "layers":
        return LayerPlanner(stages, look, work=work).planned()
    if work is not None or look.in_symbols:
        return Planner(stages, look, MOST_NAMED if look.in_symbols else MOST_AT_WORK, work).planned()
    plan = Planner(stages, look, MOST_UNITS).planned()
    wires = sum(len(cable.tail.shown) * len(cable.head.shown) for cable in plan.cables if cable.kind == "dense")
    return plan if wires <= MOST_WEIGHTS else Planner(stages, look, FEW_UNITS).planned()


class Board:
    """Places the columns of a network and paints them."""

    def __init__(self, stages: Sequence[Any], look: NetworkLook, work: Work | None = None) -> None:
        self.stages, self.look = stages, look
        self.late: list[str] = []
        self.teller = Teller(stages, look, work)
        plan = readable_plan(stages, look, work)
        self.columns, self.cables, self.arcs = plan.columns, plan.cables, plan.arcs
        self.dense = [cable for cable in self.cables if cable.kind == "dense"]
        self.wires = [(cable, *wire) for cable in self.dense for wire in cable.wires()]
        self.weights = Scale(w for *_, w in self.wires)
        self.images = [column for column in self.columns if isinstance(column, Images)]
        coloured = self.columns if work is None else self.images  # in the others there are numbers
        self.biases = Scale(chain.from_iterable(column.biases for column in coloured))
        self.told_each = len(self.wires) <= MOST_TOLD
        self.crowd = max(1.0, len(self.wires) / CROWD)
        self.numbered = self.can_be_numbered()
        self.cells = [column for column in self.columns if isinstance(column, Cells)]
        if self.numbered or work is not None or look.in_symbols:
            for column in self.cells:
                self.teller.write(column)
        for images in self.images:
            self.teller.add_tips(images)
        told = [wire for wire in self.wires if self.labelled(*wire[:3])]
        self.lines = {(id(cable), j, k): self.lines_on(cable, j, k, w) for cable, j, k, w in told}
        self.changes = Scale(self.change(*wire) for wire in self.wires)

    def labelled(self, cable: Cable, j: int, k: int) -> bool:
        """Whether something is written on a wire; of many that have symbols on the last one."""
        last = j == len(cable.tail.shown) - 1 and k == len(cable.head.shown) - 1
        return self.numbered or (self.look.in_symbols and last)

    def lines_on(self, cable: Cable, j: int, k: int, w: float) -> list[Text]:
        """What is written on a wire."""
        if not self.look.written:
            return [self.number(w)]
        return self.teller.wire(cable.stage, cable.head.shown[k], source_of(cable, j), w)

    def change(self, cable: Cable, j: int, k: int, w: float) -> float:
        """By how much a weight has changed."""
        before = self.teller.weight_before(cable.stage, cable.head.shown[k], source_of(cable, j))
        return 0.0 if before is None or before == w else w - before

    def shade(self, cable: Cable, j: int, k: int, w: float) -> tuple[str, float]:
        """The colour of a wire, and its strength: of its weight, or, where that is not written beside it, of its change."""
        if not self.teller.before or self.numbered:
            return tone(w), self.weights.share(w)
        change = self.change(cable, j, k, w)
        return ("alarm-wire", self.changes.share(change)) if change else ("wire", 0.4)

    def can_be_numbered(self) -> bool:
        """Whether there is room for a number on each wire."""
        sizes = [(drawn_units(cable.tail), len(cable.head.shown)) for cable in self.dense]
        units = all(isinstance(cable.tail, Units) and not cable.tail.cut for cable in self.dense)
        few = 0 < len(self.wires) <= MOST_NUMBERS
        return few and units and all(n * m <= NUMBERED and max(n, m) <= NUMBERED_UNITS for n, m in sizes)

    def svg(self, painter: Painter, title: str) -> str:
        """The whole picture."""
        self.arrange()
        width, height = self.place()
        body = [*self.painted_wires(painter), *self.painted_arcs(painter)]
        body += self.numbers(painter)
        for column in self.columns:
            body += column.paint(painter, self.biases)
            body += [painter.text(text, column.middle, 12 + LINE * i) for i, text in enumerate(column.header) if text.content]
        legend, size = self.legend(painter, height + 24)
        return painter.document([*body, *legend], (max(width, size[0]), size[1]), title, self.told(), self.look.fonts(FONTS))

    # Places.

    def arrange(self) -> None:
        """Let each column know how large it is."""
        units = [column for column in self.columns if isinstance(column, Units)]
        for column in units:
            column.fit()
        if self.cells and self.cells[0].written:
            self.spread_out([column.distance for column in self.cells])
        elif self.numbered:
            self.make_room(units)
        for each in self.columns:
            each.leading = any(cable.tail is each for cable in self.dense)
            each.arrange()

    def make_room(self, units: Sequence[Units]) -> None:
        """Units so large that their biases fit in, so far apart that the numbers on wires do."""
        for column in units:
            if column.biases:
                column.marks = [self.number(column.biases[k]) for k in column.shown]
        broad = max((text.width for column in units if column.biases for text in column.marks), default=0.0)
        radius = max(15.0, broad / 2 + 4)
        for column in units:
            column.radius = radius if column.biases else 13.0
        self.spread_out([2 * radius + 16])

    def spread_out(self, distances: Sequence[float]) -> None:
        """Stand units so far apart that what is written on wires has room."""
        distance = max(distances)
        sizes = []
        for cable in self.dense if self.numbered else ():
            many = max(len(self.lines[id(cable), j, k]) for j, k, _ in cable.wires())
            heads = len(cable.head.shown)
            sizes.append((cable, drawn_units(cable.tail), heads, drawn_units(cable.head) - heads, many))
        for _, tails, heads, more, many in sizes:
            while spread(tails, heads, distance, more, many)[1] < NUMBER * many:
                distance *= 1.05
        for cable, tails, heads, more, many in sizes:
            cable.share, _ = spread(tails, heads, distance, more, many)
        for column in self.columns:
            if isinstance(column, Units):
                column.distance = round(distance, 1)

    def number(self, x: float) -> Text:
        """A number in a unit or on a wire."""
        return Text(self.look.word(x), "value", alarming(x))

    def gap(self, cable: Cable) -> float:
        """From one column to the next."""
        if cable.kind == "joint":
            return max(text.width for text in (cable.above, cable.below) if text) + 40.0
        if cable.kind == "loss":
            return 56.0 + max(self.room_at(cable.tail, place)[1] for place in range(len(cable.tail.shown)))
        if cable.kind != "dense":
            return 46.0 + cable.tail.after + cable.head.before
        lines = [text for j, k, _ in cable.wires() for text in self.lines.get((id(cable), j, k), ())]
        if not lines:
            return max(90.0, min(250.0, 0.42 * max(cable.tail.height, cable.head.height)))
        room = max(text.width for text in lines) / 2 + 10
        if isinstance(cable.head, Cells) and isinstance(cable.tail, Cells) and cable.head.written:  # wires end at their sides
            clear = (max(column.overhang, 0.0) + room + 4 for column in (cable.tail, cable.head))
            return max(100.0, next(clear) / cable.share, next(clear) / (1 - cable.share))
        ends = cable.tail.width / 2, cable.head.width / 2
        return max(100.0, (ends[0] + room) / cable.share - sum(ends), (ends[1] + room) / (1 - cable.share) - sum(ends))

    def place(self) -> tuple[float, float]:
        """Stand the columns side by side; the size of it all."""
        lines = max(len(column.header) for column in self.columns)
        levels = max((arc.level + 1 for arc in self.arcs), default=0)
        top = LINE * lines + 12 + BAND * levels
        height = max(column.height for column in self.columns)
        gaps = {id(cable.head): self.gap(cable) for cable in self.cables}
        edge = taken = heads = -math.inf
        for column in self.columns:
            half = column.header_width / 2
            left = max(column.before, half - column.width / 2) if edge < 0 else edge + gaps[id(column)]
            column.left = max(left, taken + column.before + 10, heads + 14 + half - column.width / 2)
            column.top = top + (height - column.height) / 2
            edge = column.left + column.width
            taken, heads = edge + column.after, column.middle + half
        self.band = top
        ends = ((c.left + c.width + c.after, c.middle + c.header_width / 2) for c in self.columns)
        return max(chain.from_iterable(ends)), top + height

    # Wires.

    def painted_wires(self, painter: Painter) -> list[str]:
        """All of them, the weakest first, so that the strongest lie on top."""
        ways = list(chain.from_iterable(self.bundle(painter, cable) for cable in self.cables if cable.kind != "dense"))
        order = sorted(self.wires, key=lambda wire: (self.change(*wire) != 0 and not self.numbered, self.shade(*wire)[1]))
        if self.told_each:
            return ways + [self.wire(painter, *wire) for wire in order]
        paths: dict[tuple[str, float], list[str]] = {}
        for cable, j, k, w in order:
            part, share = self.shade(cable, j, k, w)
            shade = part, max(math.ceil(share * LEVELS), int(w != 0)) / LEVELS
            paths.setdefault(shade, []).append(way(cable.tail.exit(j), cable.head.entry(k)))
        merged = (f'<path {stroke(painter, *shade, self.crowd)} d="{"".join(d)}"/>' for shade, d in paths.items())
        return [*ways, *merged]

    def wire(self, painter: Painter, cable: Cable, j: int, k: int, w: float) -> str:
        """One wire that tells its weight."""
        source = source_of(cable, j)
        unit = cable.head.shown[k]
        said = say("weight {} from input {} to unit {}", repr(w), source, unit)
        if source is None:
            said = say("bias {} of unit {}", repr(w), unit)
        slope = self.teller.slope_of_weight(cable.stage, unit, source)
        learnt = "" if slope is None else f"\n∂L/∂w = {slope!r}"
        tip = painter.tip(f"{titled(cable.stage)}\n{said}{learnt}")
        d = way(cable.tail.exit(j), cable.head.entry(k))
        return f'<path {stroke(painter, *self.shade(cable, j, k, w), self.crowd)} d="{d}">{tip}</path>'

    def bundle(self, painter: Painter, cable: Cable) -> Iterator[str]:
        """Wires that carry numbers as they are."""
        if cable.kind == "joint":
            yield from joint(painter, (cable.tail.side(1), cable.head.side(-1)), cable.above, cable.below)
            return
        if cable.kind == "loss":
            yield from self.to_loss(painter, cable)
            return
        if cable.kind == "each":
            places = {unit: place for place, unit in enumerate(cable.tail.shown)}
            ends = ((places[unit], place) for place, unit in enumerate(cable.head.shown) if unit in places)
            d = "".join(way(cable.tail.exit(i), cable.head.entry(k)) for i, k in ends)
            yield f'<path {painter.colours["wire"]} stroke-width="0.8" d="{d}"/>'
            return
        (x0, y0), (x1, y1) = cable.tail.side(1), cable.head.side(-1)
        if isinstance(cable.tail, Units) and len(cable.tail.shown) > 1:
            x0 += 20 + cable.tail.after
            yield fan(painter, [cable.tail.exit(i) for i in range(len(cable.tail.shown))], (x0, y0))
        if isinstance(cable.head, Units) and len(cable.head.shown) > 1:
            x1 -= 20 + cable.head.before
            yield fan(painter, [cable.head.entry(i) for i in range(len(cable.head.shown))], (x1, y1))
        yield arrow(painter, (x0, y0), (x1 - 3, y1))

    def to_loss(self, painter: Painter, cable: Cable) -> Iterator[str]:
        """From each output to the loss, with what the loss changes with it."""
        tip = cable.head.side(-1)
        column = cable.tail
        for place in range(len(column.shown)):
            x, y = column.exit(place)
            room, end = self.room_at(column, place)
            yield way_to_loss(painter, (x + room, y), x + end, (tip[0] - 3, tip[1]))
            for text in self.teller.slope_of_output(column.shown[place]):
                self.late.append(backed(painter, text, x + room + 12 + text.width / 2, y))

    def room_at(self, column: Column, place: int) -> tuple[float, float]:
        """How far from a unit its name on the right ends, and how far what the loss changes with its output."""
        name = column.names[place].width + 12 if column.names and column.named_side > 0 else 0.0
        return name, name + sum(text.width + 18 for text in self.teller.slope_of_output(column.shown[place]))

    def painted_arcs(self, painter: Painter) -> Iterator[str]:
        """Skip connections, one above the other."""
        for arc in self.arcs:
            yield arc_between(painter, arc.tail, arc.head, self.band - BAND * (arc.level + 0.7))

    def numbers(self, painter: Painter) -> list[str]:
        """The weights, each on its wire."""
        told = []
        for cable, j, k, _ in self.wires:
            (x0, y0), (x1, y1) = cable.tail.exit(j), cable.head.entry(k)
            x, y = x0 + cable.share * (x1 - x0), y0 + cable.share * (y1 - y0)
            lines = self.lines.get((id(cable), j, k), [])
            if len(lines) > 1:  # one ground for all
                size = max(line.width for line in lines) + 4, LINE_ON_WIRE * len(lines)
                told.append(painter.rectangle("paper", (x, y), size, 3))
            told += [backed(painter, line, x, y + LINE_ON_WIRE * (i - (len(lines) - 1) / 2)) for i, line in enumerate(lines)]
        return [*told, *self.late]

    # What is said.

    def legend(self, painter: Painter, y: float) -> tuple[list[str], Point]:
        """What widths and colours mean, a line each; where it ends."""
        parts: list[str] = []
        widest = 0.0
        lines: list[Callable[[Painter, float], tuple[list[str], float]]] = [self.legend_of_wires]
        lines += [partial(self.legend_of_images, column) for column in self.columns if column.scale.largest]
        if self.cells and self.cells[0].written:
            told = self.teller.legend(numbered=self.numbered, drawn=self.cells)
            if self.images:
                said = say("beside an image: the colour of its unit's output; strongest: {}", self.look.word(self.biases.largest))
                told.insert(0, Text(said, "note"))
            lines += [partial(self.legend_line, text) for text in told]
        else:
            lines.append(self.legend_of_biases)
        for line in (*lines, self.legend_of_alarm):
            painted, width = line(painter, y)
            if painted:
                parts, widest, y = parts + painted, max(widest, width), y + LINE + 3
        return parts, (widest, y - LINE + 2)

    def legend_of_wires(self, painter: Painter, y: float) -> tuple[list[str], float]:
        """The widest wire of each sign."""
        if not self.dense:
            return [], 0.0
        if self.teller.before and not self.numbered:
            return self.legend_of_changes(painter, y)
        x, parts = 0.0, []
        broken = say("negative" if self.crowd < CROWDED else "negative (the great ones broken)")
        for part, word in (("plus", say("positive")), ("minus", broken)):
            parts.append(f'<path {stroke(painter, part, 1.0, self.crowd)} d="M{px(x)} {px(y - 4)}h34"/>')
            parts.append(painter.text(Text(word, "note"), x + 40, y, "start"))
            x += 54 + Text(word, "note").width
        largest = self.weights.largest
        said = say("weight; widest: {}", self.look.word(largest)) if largest else say("weight; all are 0")
        return [*parts, painter.text(Text(said, "note"), x, y, "start")], x + Text(said, "note").width

    def legend_of_changes(self, painter: Painter, y: float) -> tuple[list[str], float]:
        """What has changed."""
        if not self.changes.largest:
            text = Text(say("no weight has changed"), "note")
            return [painter.text(text, 0, y, "start")], text.width
        text = Text(say("a weight that has changed; widest: by {}", self.look.word(self.changes.largest)), "note")
        line = f'<path {stroke(painter, "alarm-wire", 1.0, self.crowd)} d="M0 {px(y - 4)}h34"/>'
        return [line, painter.text(text, 40, y, "start")], 40 + text.width

    def legend_of_images(self, column: Column, painter: Painter, y: float) -> tuple[list[str], float]:
        """The colours of images, from the least to the greatest."""
        most = column.scale.largest
        low, high = Text(f"−{self.look.word(most)}", "note"), Text(f"+{self.look.word(most)}", "note")
        name = column.header[0].content
        said = Text(say("weight in an image: {}", name) if name else say("weight in an image"), "note")
        left, step = math.ceil(low.width) + 6, 6
        strips = [(left + step * i, y - 9 + dy, most * (i / LEVELS - 1)) for dy in (0, step) for i in range(2 * LEVELS + 1)]
        right = left + step * (2 * LEVELS + 1) + 6
        after = right + high.width + 14
        texts = [painter.text(text, x, y, "start") for text, x in ((low, 0.0), (high, right), (said, after))]
        return [*shades(painter, strips, step, column.scale), *texts], after + said.width

    def legend_line(self, text: Text, painter: Painter, y: float) -> tuple[list[str], float]:
        """A line of text."""
        return [painter.text(text, 0, y, "start")], text.width

    def legend_of_biases(self, painter: Painter, y: float) -> tuple[list[str], float]:
        """What fills a unit."""
        if not any(column.biases for column in self.columns):
            return [], 0.0
        said = say("thresholds: all are 0" if self.look.threshold else "biases: all are 0")
        if self.numbered:
            said = say("in a unit: its bias")
        elif self.biases.largest:
            phrase = "in a unit: the colour of its bias; strongest: {}"
            if self.look.threshold:
                phrase = "in a unit: the colour of its threshold; strongest: {}"
            said = say(phrase, self.look.word(self.biases.largest))
        return [painter.text(Text(said, "note"), 0, y, "start")], Text(said, "note").width

    def legend_of_alarm(self, painter: Painter, y: float) -> tuple[list[str], float]:
        """That there are numbers which are none."""
        wrong = sum(span(rows)[2] for stage in all_stages(self.stages) for rows in (innermost(stage.weights), [stage.biases]))
        if not wrong:
            return [], 0.0
        said = say("{:,} numbers are nan or infinite", wrong) if wrong > 1 else say("1 number is nan or infinite")
        text = Text(said, "note", alarm=True)
        return [painter.text(text, 0, y, "start")], text.width

    def told(self) -> str:
        """The architecture in words, and what goes in and comes out."""
        told = list(chain.from_iterable(in_words(stage, 0) for stage in self.stages))
        return "\n".join([*(told or [say("Nothing: what comes in goes out.")]), *self.teller.in_words()])


def in_words(stage: Any, depth: int) -> Iterator[str]:
    """What a screen reader says of a stage."""
    said = f"{'  ' * depth}{printable(titled(stage))}"
    if stage.parameters:
        said = say("{}, {}", said, parameters_told(stage))
    if stage.kind in ("dense", "convolution"):
        said = say("{}. Weights {}", said, spanned(innermost(stage.weights)))
        said = say("{}; biases {}", said, spanned([stage.biases])) if stage.biases else said
    yield say("{}.", said)
    for inner in stage.inside:
        yield from in_words(inner, depth + 1)


def source_of(cable: Cable, place: int) -> int | None:
    """The number of the unit at a place that a wire comes from; None: the one that gives 1."""
    return cable.tail.shown[place] if place < len(cable.tail.shown) else None


def drawn_units(column: Column) -> int:
    """How many units of a column are drawn."""
    return column.places if isinstance(column, Cells) else len(column.shown)


def spread(tails: int, heads: int, distance: float, more: int = 0, lines: int = 1) -> tuple[float, float]:
    """How far along the wires between two columns their numbers stand best, and the least height between two of them.

    The best place has room, up to `WISHED` for each of the `lines`, and of such places it is the nearest to the middle. Below
    the heads there may be `more` units that no wire leads to.

    >>> spread(1, 1, 50.0), spread(2, 2, 50.0)
    ((0.5, inf), (0.33, 16.5))
    """
    best = 0.5, -1.0
    for share in sorted((step / 100 for step in range(20, 81)), key=lambda share: abs(share - 0.5)):
        heights = sorted(
            distance * ((1 - share) * (j - (tails - 1) / 2) + share * (k - (heads + more - 1) / 2))
            for j in range(tails) for k in range(heads)
        )  # fmt: skip
        gap = min((b - a for a, b in pairwise(heights)), default=math.inf)
        if min(gap, WISHED * lines) > min(best[1], WISHED * lines):
            best = share, gap
    return best
