"""Charts as inline SVG, coloured by the page's style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..statistics import Interval
from .axes import Box, Scale, best_spot, cut, marker, scale_for, text_width
from .drawing import Anchor, Canvas, Mark, tick_places
from .numbers import number, spoken

if TYPE_CHECKING:
    from .curves import Curve

__all__ = ["CROWD", "Point", "curves_chart", "intervals_chart", "points_chart"]

CROWD = 7
"""Charts of more arms are drawn wide, without bands, and with all names at the right."""
_NARROW, _WIDE = 420.0, 760.0
_RIGHT = 14.0
_MOST_MARKS = 16


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
    crowded = len(curves) > CROWD
    told = "; ".join(f"{each.arm} ends at {number(each.points[-1].mean)}" for each in curves)
    canvas = _canvas(len(curves), key=key, title=title, told=told)
    points = [point for each in curves for point in each.points]
    if crowded:
        up = canvas.up([point.mean for point in points])
    else:
        up = canvas.up([end for point in points for end in (point.low, point.high)])
    last = max(len(each.points) for each in curves) - 1
    left, right = canvas.left(up), canvas.width - _names(each.arm for each in curves)
    ticks = scale_for([0, last], left, right, count=6, whole=True).ticks
    across = Scale(low=0, high=max(last, 1), start=left, end=right, ticks=ticks)
    canvas.frame(across, up, below="questions or rounds", beside=axis)
    for each in curves if not crowded else ():
        steps = [across(step) for step in range(len(each.points))]
        upper = [f"{x:.1f},{up(p.high):.1f}" for x, p in zip(steps, each.points, strict=True)]
        lower = [f"{x:.1f},{up(p.low):.1f}" for x, p in zip(steps, each.points, strict=True)]
        kind = f"band {marks[each.arm].colour}"
        canvas.put("polygon", class_=kind, points=" ".join(upper + lower[::-1]))
    every = max(1, last // _MOST_MARKS)
    anchors = []
    for each in curves:
        mark = marks[each.arm]
        places = [(across(step), up(point.mean)) for step, point in enumerate(each.points)]
        kind = f"line {mark.colour}" + (" dashed" if mark.dashed else "")
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        canvas.put("polyline", class_=kind, points=path)
        for step, (x, y) in enumerate(places):
            if step % every == 0 or step == len(places) - 1:
                said = f"{each.arm} after {step}: {spoken(each.points[step])}"
                canvas.dot(marker(x, y, mark.shape, radius=3), mark, said)
        anchors.append(Anchor(arm=each.arm, x=places[-1][0], y=places[-1][1]))
    canvas.labels(anchors, marks, right)
    return canvas.done()


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
    """A line for each arm with its mean and interval, and the baseline's mean beside each.

    Args:
        points: At least one.
        marks: How each arm is drawn.
        key: Unique on the page.
        title: What is shown.
        baseline: The arm whose mean is drawn beside the others.
    """
    row, left, inset = 44, 8, 24
    told = "; ".join(f"{each.arm} {spoken(each.value)} {each.told}".strip() for each in points)
    tall = Canvas.top + row * len(points) + 24
    canvas = Canvas(_NARROW, tall, key=key, title=title, told=told)
    values = [end for each in points for end in (each.value.low, each.value.high)]
    along = scale_for(values, inset, _NARROW - inset)
    bottom, places = tall - 24, tick_places(along)
    for tick in along.ticks:
        x = along(tick)
        canvas.put("line", class_="grid", x1=x, x2=x, y1=Canvas.top - 6, y2=bottom)
        canvas.put("text", number(tick, places), class_="tick middle", x=x, y=bottom + 16)
    reference = next((along(each.value.mean) for each in points if each.arm == baseline), None)
    for place, each in enumerate(points):
        mark = marks[each.arm]
        y = Canvas.top + row * place + 27
        if reference is not None:
            # Beside the marks only, so as not to cross what is written.
            canvas.put("path", class_="reference", d=f"M{reference:.1f},{y - 6:.1f}V{y + 6:.1f}")
        said = spoken(each.value) + (f" {each.told}" if each.told else "")
        room = _NARROW - left - _RIGHT - text_width(said, bold=False) - 8
        canvas.name(each.arm, mark, room, kind="label back", x=left, y=y - 12)
        canvas.put("text", said, class_="tick end back", x=_NARROW - _RIGHT, y=y - 12)
        low, high = along(each.value.low), along(each.value.high)
        canvas.put("line", class_=f"whisker {mark.colour}", x1=low, x2=high, y1=y, y2=y)
        for end in (low, high):
            ends = f"M{end:.1f},{y - 4:.1f}V{y + 4:.1f}"
            canvas.put("path", class_=f"whisker {mark.colour}", d=ends)
        canvas.dot(marker(along(each.value.mean), y, mark.shape), mark, f"{each.arm}: {said}")
    return canvas.done()


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
    crowded = len(pairs) > CROWD
    told = "; ".join(
        f"{each.arm} {number(each.value.mean)} for {number(cost.mean)}" for each, cost in pairs
    )
    canvas = _canvas(len(pairs), key=key, title=title, told=told)
    up = canvas.up([end for each, _ in pairs for end in (each.value.low, each.value.high)])
    left = canvas.left(up)
    right = canvas.width - (_names(each.arm for each, _ in pairs) if crowded else _RIGHT + 8)
    costs = [end for _, cost in pairs for end in (cost.low, cost.high)]
    across = scale_for(costs, left, right, zero=True)
    canvas.frame(across, up, below=below, beside=beside)
    for each, cost in pairs:
        colour = marks[each.arm].colour
        x, y = across(cost.mean), up(each.value.mean)
        for path in (
            f"M{x:.1f},{up(each.value.low):.1f}V{up(each.value.high):.1f}",
            f"M{across(cost.low):.1f},{y:.1f}H{across(cost.high):.1f}",
        ):
            canvas.put("path", class_=f"whisker {colour}" + " thin" * crowded, d=path)
    for each, cost in pairs:
        mark = marks[each.arm]
        path = marker(across(cost.mean), up(each.value.mean), mark.shape, radius=5)
        canvas.dot(path, mark, f"{each.arm}: {spoken(each.value)} for {spoken(cost)}")
    if crowded:
        anchors = [
            Anchor(arm=each.arm, x=across(cost.mean), y=up(each.value.mean)) for each, cost in pairs
        ]
        canvas.labels(anchors, marks, right)
    else:
        _beside(canvas, pairs, marks, across, up)
    return canvas.done()


def _beside(
    canvas: Canvas,
    pairs: Sequence[tuple[Point, Interval]],
    marks: Mapping[str, Mark],
    across: Scale,
    up: Scale,
) -> None:
    """Names beside their points, where they cover least."""
    taken = []
    for each, cost in pairs:
        x, y = across(cost.mean), up(each.value.mean)
        taken += [
            Box(x - 5, y - 5, x + 5, y + 5),
            Box(x - 2, up(each.value.high), x + 2, up(each.value.low)),
            Box(across(cost.low), y - 2, across(cost.high), y + 2),
        ]
    inside = Box(across.start + 2, Canvas.top - 4, canvas.width - 2, canvas.floor)
    for each, cost in pairs:
        width = text_width(cut(each.arm, 190))
        spot = best_spot(across(cost.mean), up(each.value.mean), width, taken, inside)
        taken.append(spot.box)
        kind = f"label back {spot.anchor}"
        canvas.name(each.arm, marks[each.arm], 190, kind=kind, x=spot.x, y=spot.y)


def _canvas(arms: int, *, key: str, title: str, told: str) -> Canvas:
    if arms <= CROWD:
        return Canvas(_NARROW, 300, key=key, title=title, told=told)
    return Canvas(_WIDE, max(380.0, 70.0 + 15 * arms), key=key, title=title, told=told)


def _names(arms: Iterable[str]) -> float:
    """The room that names at the right need, within reason."""
    return 20.0 + min(max(map(text_width, arms)), 240.0)
