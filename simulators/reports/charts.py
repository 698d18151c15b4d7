"""Charts as inline SVG, coloured by the page's style sheet.

Built as elements rather than as text, so that names from anywhere are only ever text in them.
Drawn for a width of 420 pixels, at which their letters are as large as the page's small ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ..statistics import Interval
from .axes import Box, Scale, best_spot, cut, marker, scale_for, spread, text_width
from .numbers import number, spoken
from .pages import safe_text

if TYPE_CHECKING:
    from .curves import Curve

__all__ = ["BASE", "Mark", "Point", "curves_chart", "intervals_chart", "points_chart", "styles_of"]

WIDTH = 420
COLOURS = 8
BASE = "base"
_TOP, _BOTTOM, _LEFT, _RIGHT = 14, 44, 50, 14
_TALL = 300
_LABELS = 122


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
        arm: Mark(f"c{place % COLOURS}", place + place // COLOURS, place >= COLOURS)
        for place, arm in enumerate(others)
    }
    if baseline is not None:
        found[baseline] = Mark(BASE, 1, True)
    return found


def curves_chart(
    curves: Sequence[Curve], marks: Mapping[str, Mark], *, key: str, title: str, axis: str
) -> str:
    """Lines over steps with bands for their intervals, labelled at their ends.

    Args:
        curves: At least one, of at least one point.
        marks: How each arm is drawn.
        key: Unique on the page.
        title: What is shown, for those who cannot see it.
        axis: What the vertical axis measures.
    """
    right = WIDTH - _LABELS
    finite = [end for each in curves for point in each.points for end in (point.low, point.high)]
    longest = max(len(each.points) for each in curves)
    across = scale_for([0, longest - 1], _LEFT, right, count=6, whole=True)
    across = Scale(low=0, high=longest - 1, start=_LEFT, end=right, ticks=across.ticks)
    up = scale_for(finite, _TALL - _BOTTOM, _TOP)
    ends = "; ".join(f"{each.arm} ends at {number(each.points[-1].mean)}" for each in curves)
    svg = _svg(_TALL, key=key, title=title, told=ends)
    _frame(svg, across, up, below="questions or rounds", beside=axis)
    for each in curves:
        mark = marks[each.arm]
        steps = [across(step) for step in range(len(each.points))]
        upper = [f"{x:.1f},{up(p.high):.1f}" for x, p in zip(steps, each.points, strict=True)]
        lower = [f"{x:.1f},{up(p.low):.1f}" for x, p in zip(steps, each.points, strict=True)]
        _put(svg, "polygon", class_=f"band {mark.colour}", points=" ".join(upper + lower[::-1]))
    for each in curves:
        mark = marks[each.arm]
        places = [(across(step), up(point.mean)) for step, point in enumerate(each.points)]
        _put(
            svg,
            "polyline",
            class_=f"line {mark.colour}" + (" dashed" if mark.dashed else ""),
            points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places),
        )
        every = max(1, longest // 16)
        for step, (x, y) in enumerate(places):
            if step % every and step != len(places) - 1:
                continue
            path = _put(
                svg, "path", class_=f"mark {mark.colour}", d=marker(x, y, mark.shape, radius=3)
            )
            _put(path, "title", f"{each.arm} after {step}: {spoken(each.points[step])}")
    _end_labels(svg, curves, marks, across, up)
    return _done(svg)


def _end_labels(
    svg: ET.Element, curves: Sequence[Curve], marks: Mapping[str, Mark], across: Scale, up: Scale
) -> None:
    ends = [(across(len(each.points) - 1), up(each.points[-1].mean)) for each in curves]
    places = spread([y for _, y in ends], gap=14, low=_TOP, high=_TALL - _BOTTOM)
    for each, (x, y), place in zip(curves, ends, places, strict=True):
        mark = marks[each.arm]
        left = across.end + 16
        _put(
            svg,
            "path",
            class_=f"leader {mark.colour}",
            d=f"M{x + 4:.1f},{y:.1f}L{across.end + 8:.1f},{y:.1f}L{left - 2:.1f},{place:.1f}",
        )
        text = cut(each.arm, WIDTH - left)
        label = _put(svg, "text", text, class_=f"label {mark.colour}", x=left, y=place + 4)
        if text != each.arm:
            _put(label, "title", each.arm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """An arm on a chart.

    Attributes:
        arm: The arm.
        value: Up or along, with its interval.
        cost: Along, where there are two axes.
        told: What its verdict is, in a word.
    """

    arm: str
    value: Interval
    cost: Interval | None = None
    told: str = ""


def intervals_chart(
    points: Sequence[Point], marks: Mapping[str, Mark], *, key: str, title: str, baseline: str
) -> str:
    """A line for each arm with its mean and interval, and the baseline's mean across all.

    Args:
        points: At least one.
        marks: How each arm is drawn.
        key: Unique on the page.
        title: What is shown.
        baseline: The arm whose mean is drawn across.
    """
    row, left, inset = 44, 8, 24
    tall = _TOP + row * len(points) + _BOTTOM - 20
    values = [end for each in points for end in (each.value.low, each.value.high)]
    along = scale_for(values, inset, WIDTH - inset)
    told = "; ".join(f"{each.arm} {spoken(each.value)} {each.told}".strip() for each in points)
    svg = _svg(tall, key=key, title=title, told=told)
    bottom = tall - _BOTTOM + 20
    places = _places(along)
    for tick in along.ticks:
        x = along(tick)
        _put(svg, "line", class_="grid", x1=x, x2=x, y1=_TOP - 6, y2=bottom)
        _put(svg, "text", number(tick, places), class_="tick middle", x=x, y=bottom + 16)
    reference = next((along(each.value.mean) for each in points if each.arm == baseline), None)
    for place, each in enumerate(points):
        mark = marks[each.arm]
        y = _TOP + row * place + 27
        if reference is not None:
            # Beside the marks only, so as not to cross what is written.
            path = f"M{reference:.1f},{y - 6:.1f}V{y + 6:.1f}"
            _put(svg, "path", class_="reference", d=path)
        said = spoken(each.value) + (f" {each.told}" if each.told else "")
        room = WIDTH - left - _RIGHT - text_width(said, bold=False) - 8
        name = _put(
            svg, "text", cut(each.arm, room), class_=f"label back {mark.colour}", x=left, y=y - 12
        )
        _put(name, "title", each.arm)
        _put(svg, "text", said, class_="tick end back", x=WIDTH - _RIGHT, y=y - 12)
        low, high = along(each.value.low), along(each.value.high)
        _put(svg, "line", class_=f"whisker {mark.colour}", x1=low, x2=high, y1=y, y2=y)
        for end in (low, high):
            _put(svg, "line", class_=f"whisker {mark.colour}", x1=end, x2=end, y1=y - 4, y2=y + 4)
        path = marker(along(each.value.mean), y, mark.shape)
        dot = _put(svg, "path", class_=f"mark {mark.colour}", d=path)
        _put(dot, "title", f"{each.arm}: {said}")
    return _done(svg)


def points_chart(
    points: Sequence[Point],
    marks: Mapping[str, Mark],
    *,
    key: str,
    title: str,
    below: str,
    beside: str,
) -> str:
    """Points on two axes with whiskers both ways: what is got for what it costs.

    Args:
        points: At least one, with a cost.
        marks: How each arm is drawn.
        key: Unique on the page.
        title: What is shown.
        below: What the horizontal axis measures.
        beside: What the vertical one does.
    """
    pairs = [(each, each.cost) for each in points if each.cost is not None]
    across = scale_for(
        [end for _, cost in pairs for end in (cost.low, cost.high)],
        _LEFT,
        WIDTH - _RIGHT - 8,
        zero=True,
    )
    up = scale_for(
        [end for each, _ in pairs for end in (each.value.low, each.value.high)],
        _TALL - _BOTTOM,
        _TOP,
    )
    told = "; ".join(
        f"{each.arm} {number(each.value.mean)} for {number(cost.mean)}" for each, cost in pairs
    )
    svg = _svg(_TALL, key=key, title=title, told=told)
    _frame(svg, across, up, below=below, beside=beside)
    taken = []
    for each, cost in pairs:
        x, y = across(cost.mean), up(each.value.mean)
        taken += [
            Box(x - 5, y - 5, x + 5, y + 5),
            Box(x - 2, up(each.value.high), x + 2, up(each.value.low)),
            Box(across(cost.low), y - 2, across(cost.high), y + 2),
        ]
    inside = Box(_LEFT + 2, _TOP - 4, WIDTH - 2, _TALL - _BOTTOM)
    for each, cost in pairs:
        mark = marks[each.arm]
        x, y = across(cost.mean), up(each.value.mean)
        for x1, x2, y1, y2 in (
            (x, x, up(each.value.low), up(each.value.high)),
            (across(cost.low), across(cost.high), y, y),
        ):
            _put(svg, "line", class_=f"whisker {mark.colour}", x1=x1, x2=x2, y1=y1, y2=y2)
        dot = _put(svg, "path", class_=f"mark {mark.colour}", d=marker(x, y, mark.shape, radius=5))
        _put(dot, "title", f"{each.arm}: {spoken(each.value)} for {spoken(cost)}")
        text = cut(each.arm, 190)
        spot = best_spot(x, y, text_width(text), taken, inside)
        taken.append(spot.box)
        told = f"label back {spot.anchor} {mark.colour}"
        label = _put(svg, "text", text, class_=told, x=spot.x, y=spot.y)
        if text != each.arm:
            _put(label, "title", each.arm)
    return _done(svg)


def _svg(tall: float, *, key: str, title: str, told: str) -> ET.Element:
    """An empty drawing that says in words what it shows."""
    svg = ET.Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {WIDTH} {tall:g}",
            "role": "img",
            "aria-labelledby": f"{key}-t {key}-d",
        },
    )
    _put(svg, "title", title, id=f"{key}-t")
    _put(svg, "desc", told, id=f"{key}-d")
    return svg


def _frame(svg: ET.Element, across: Scale, up: Scale, *, below: str, beside: str) -> None:
    """The grid, its numbers and what the axes are."""
    places = _places(up)
    for tick in up.ticks:
        y = up(tick)
        _put(svg, "line", class_="grid", x1=across.start, x2=across.end, y1=y, y2=y)
        _put(svg, "text", number(tick, places), class_="tick end", x=_LEFT - 6, y=y + 4)
    places = _places(across)
    for tick in across.ticks:
        if tick <= across.high:
            x = across(tick)
            _put(svg, "text", number(tick, places), class_="tick middle", x=x, y=up.start + 17)
            _put(svg, "line", class_="axis", x1=x, x2=x, y1=up.start, y2=up.start + 4)
    _put(svg, "line", class_="axis", x1=across.start, x2=across.end, y1=up.start, y2=up.start)
    middle = (across.start + across.end) / 2
    _put(svg, "text", cut(below, 300), class_="name middle", x=middle, y=up.start + 36)
    high = (up.start + up.end) / 2
    side = _put(svg, "text", cut(beside, 240), class_="name middle", x=0, y=0)
    side.set("transform", f"translate(11 {high:.1f}) rotate(-90)")


def _places(scale: Scale) -> int:
    """How many decimals the ticks of a scale need."""
    return next(
        (
            places
            for places in range(7)
            if all(abs(round(tick, places) - tick) < 1e-9 for tick in scale.ticks)
        ),
        7,
    )


def _put(parent: ET.Element, tag: str, text: str = "", **given: str | float) -> ET.Element:
    """Adds an element; numbers are written with one decimal."""
    attributes = {
        name.rstrip("_"): value if isinstance(value, str) else f"{value:.1f}"
        for name, value in given.items()
    }
    element = ET.SubElement(parent, tag, attributes)
    element.text = safe_text(text) or None
    return element


def _done(svg: ET.Element) -> str:
    return ET.tostring(svg, encoding="unicode", short_empty_elements=True)
