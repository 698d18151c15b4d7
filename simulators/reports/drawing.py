"""What charts are drawn with: elements of SVG, frames, and labels at the right.

Built as elements rather than as text, so that names from anywhere are only ever text in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from .axes import Scale, cut, scale_for, spread, text_width
from .numbers import number
from .pages import safe_text

__all__ = ["BASE", "Anchor", "Canvas", "Mark", "styles_of", "tick_places"]

BASE = "base"
_COLOURS = 8
_GAP = 14.0


@dataclass(frozen=True, slots=True)
class Mark:
    """How an arm is drawn everywhere in a report.

    Attributes:
        colour: The class of the style sheet that gives its colour.
        shape: Of its marks, a number.
        dashed: Whether its lines are.
    """

    colour: str
    shape: int
    dashed: bool


def styles_of(arms: Sequence[str], baseline: str | None) -> Mapping[str, Mark]:
    """A mark for each arm; the baseline's is grey, and no two of 40 arms have the same."""
    others = [arm for arm in arms if arm != baseline]
    found = {
        arm: Mark(f"c{place % _COLOURS}", place + place // _COLOURS, place >= _COLOURS)
        for place, arm in enumerate(others)
    }
    if baseline is not None:
        found[baseline] = Mark(BASE, 1, True)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A point that has a label at the right.

    Attributes:
        arm: What the label says.
        x: Of the point.
        y: Of the point.
    """

    arm: str
    x: float
    y: float


class Canvas:
    """A drawing that says in words what it shows.

    Args:
        width: In pixels, at which letters are as large as the page's small ones.
        tall: Likewise.
        key: Unique on the page.
        title: What is shown.
        told: The numbers, for those who cannot see them.
    """

    top, bottom = 14.0, 44.0

    def __init__(self, width: float, tall: float, *, key: str, title: str, told: str) -> None:
        self.width = width
        self.tall = tall
        self.floor = tall - self.bottom
        self._svg = ET.Element(
            "svg",
            {
                "class": "chart",
                "viewBox": f"0 0 {width:g} {tall:g}",
                "role": "img",
                "aria-labelledby": f"{key}-t {key}-d",
            },
        )
        self.put("title", title, id=f"{key}-t")
        self.put("desc", told, id=f"{key}-d")

    def put(
        self, tag: str, text: str = "", parent: ET.Element | None = None, **given: str | float
    ) -> ET.Element:
        """Adds an element; numbers are written with one decimal."""
        attributes = {
            name.rstrip("_"): value if isinstance(value, str) else f"{value:.1f}"
            for name, value in given.items()
        }
        element = ET.SubElement(self._svg if parent is None else parent, tag, attributes)
        element.text = safe_text(text) or None
        return element

    def name(self, arm: str, mark: Mark, room: float, *, kind: str, x: float, y: float) -> None:
        """An arm's name, cut to some room; whole to whoever points at it."""
        text = cut(arm, room)
        label = self.put("text", text, class_=f"{kind} {mark.colour}", x=x, y=y)
        if text != arm:
            self.put("title", arm, parent=label)

    def dot(self, path: str, mark: Mark, told: str) -> None:
        """A mark, with its numbers for whoever points at it."""
        self.put("title", told, parent=self.put("path", class_=f"mark {mark.colour}", d=path))

    def up(self, values: Sequence[float]) -> Scale:
        """A vertical scale that holds some values."""
        return scale_for(values, self.floor, self.top)

    def left(self, up: Scale) -> float:
        """Where the plot begins, beside the numbers of its vertical axis and its name."""
        places = tick_places(up)
        return 28 + max(text_width(number(tick, places), bold=False) for tick in up.ticks)

    def frame(self, across: Scale, up: Scale, *, below: str, beside: str) -> None:
        """Draws the grid, its numbers and what the axes are."""
        places = tick_places(up)
        for tick in up.ticks:
            y = up(tick)
            self.put("line", class_="grid", x1=across.start, x2=across.end, y1=y, y2=y)
            text = number(tick, places)
            self.put("text", text, class_="tick end", x=across.start - 6, y=y + 4)
        places = tick_places(across)
        for tick in across.ticks:
            if tick <= across.high:
                x, text = across(tick), number(tick, places)
                self.put("text", text, class_="tick middle", x=x, y=self.floor + 17)
                self.put("line", class_="axis", x1=x, x2=x, y1=self.floor, y2=self.floor + 4)
        path = f"M{across.start:.1f},{self.floor:.1f}H{across.end:.1f}"
        self.put("path", class_="axis", d=path)
        middle = (across.start + across.end) / 2
        text = cut(below, across.end - across.start)
        self.put("text", text, class_="name middle", x=middle, y=self.floor + 36)
        side = self.put("text", cut(beside, self.floor), class_="name middle", x=0.0, y=0.0)
        half = (up.start + up.end) / 2
        side.set("transform", f"translate(11 {half:.1f}) rotate(-90)")

    def labels(self, anchors: Sequence[Anchor], marks: Mapping[str, Mark], start: float) -> None:
        """Names at the right, as near as can be to what they name, with lines to it.

        Args:
            anchors: What is named.
            marks: How each arm is drawn.
            start: Where the plot ends.
        """
        wanted = [each.y for each in anchors]
        places = spread(wanted, gap=_GAP, low=self.top, high=self.floor)
        left = start + 18
        for each, place in zip(anchors, places, strict=True):
            mark = marks[each.arm]
            line = f"M{each.x + 4:.1f},{each.y:.1f}L{start + 6:.1f},{each.y:.1f}"
            line += f"L{left - 3:.1f},{place:.1f}"
            self.put("path", class_=f"leader {mark.colour}", d=line)
            self.name(each.arm, mark, self.width - left, kind="label", x=left, y=place + 4)

    def done(self) -> str:
        """The drawing as an element to put into a page."""
        return ET.tostring(self._svg, encoding="unicode", short_empty_elements=True)


def tick_places(scale: Scale) -> int:
    """How many decimals the ticks of a scale need."""
    return next(
        (
            places
            for places in range(7)
            if all(abs(round(tick, places) - tick) < 1e-9 for tick in scale.ticks)
        ),
        7,
    )
