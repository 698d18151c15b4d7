"""Axes, labels that keep apart, and the marks of charts: numbers to places on a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "Box",
    "Scale",
    "Spot",
    "best_spot",
    "cut",
    "marker",
    "scale_for",
    "spread",
    "text_width",
]

_BOLD, _PLAIN = 0.66, 0.58
"""About the width of a character of a wide sans-serif face, in units of its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear scale.

    Attributes:
        low: The number at `start`.
        high: The number at `end`.
        start: A place in pixels.
        end: Another one.
        ticks: Round numbers on it.
    """

    low: float
    high: float
    start: float
    end: float
    ticks: Sequence[float]

    def __call__(self, value: float) -> float:
        """The place of a number."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def scale_for(
    values: Sequence[float],
    start: float,
    end: float,
    *,
    count: int = 5,
    whole: bool = False,
    zero: bool = False,
) -> Scale:
    """A scale that holds all values between round ticks.

    Args:
        values: At least one finite number.
        start: Where the lowest tick is, in pixels.
        end: Where the highest is.
        count: About how many steps there are between ticks.
        whole: Have ticks at whole numbers only.
        zero: Begin at 0.
    """
    low, high = min(values), max(values)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        room = 1.0 if whole else max(abs(high) * 0.1, 0.05)
        low, high = (low if zero else low - room), high + room
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in (1.0, 2.0, 2.5, 5.0, 10.0) if rough <= each * power * 1.01)
    if whole:
        step = max(1.0, math.ceil(step))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [place * step for place in range(first, last + 1)]
    return Scale(low=ticks[0], high=ticks[-1], start=start, end=end, ticks=ticks)


def spread(wanted: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Places as near as can be to those wanted that are `gap` apart, within bounds.

    Args:
        wanted: Places in pixels, in any order.
        gap: Smallest distance; less if there is no room for it.
        low: Lowest place allowed.
        high: Highest place allowed.
    """
    if len(wanted) > 1:
        gap = min(gap, (high - low) / (len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    # Runs of labels that touch move together, each run about the mean of what its labels want.
    runs: list[list[int]] = []
    for index in order:
        runs.append([index])
        while len(runs) > 1 and _top(runs[-2], wanted, gap, low, high) + gap > _bottom(
            runs[-1], wanted, gap, low, high
        ):
            runs[-2:] = [runs[-2] + runs[-1]]
    found = [0.0] * len(wanted)
    for run in runs:
        bottom = _bottom(run, wanted, gap, low, high)
        for place, index in enumerate(run):
            found[index] = bottom + place * gap
    return found


def _bottom(
    run: Sequence[int], wanted: Sequence[float], gap: float, low: float, high: float
) -> float:
    length = (len(run) - 1) * gap
    middle = sum(wanted[index] for index in run) / len(run)
    return min(max(middle - length / 2, low), high - length)


def _top(run: Sequence[int], wanted: Sequence[float], gap: float, low: float, high: float) -> float:
    return _bottom(run, wanted, gap, low, high) + (len(run) - 1) * gap


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """The area that both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(wide, 0.0) * max(tall, 0.0)


class Spot(NamedTuple):
    """Where a label is put.

    Attributes:
        x: Where its anchor is.
        y: Of its baseline.
        anchor: Which part of it that is, a class of the style sheet.
        box: About what it covers.
    """

    x: float
    y: float
    anchor: str
    box: Box


def best_spot(x: float, y: float, width: float, taken: Sequence[Box], inside: Box) -> Spot:
    """Where a label beside a point covers the least of what is drawn already.

    Args:
        x: Of the point.
        y: Of the point.
        width: Of the label.
        taken: What is drawn.
        inside: What the label must not leave.
    """
    half, tall, off = width / 2, 13.0, 8.0
    spots = [
        Box(left, top, left + width, top + tall)
        for left, top in (
            (x + off, y - tall / 2),
            (x - off - width, y - tall / 2),
            (x - half, y - off - tall),
            (x - half, y + off),
            (x + off, y - off - tall),
            (x + off, y + off),
            (x - off - width, y - off - tall),
            (x - off - width, y + off),
            (x - half, y - off - 2 * tall),
            (x - half, y + off + tall),
        )
    ]

    def badness(spot: Box) -> float:
        covered = sum(spot.overlap(each) for each in taken)
        outside = width * tall - spot.overlap(inside)
        return covered + 10.0 * outside

    found = min(spots, key=badness)
    # Anchored at the point's side: faces differ in width.
    if found.left > x:
        return Spot(found.left, found.bottom - 3, "start", found)
    if found.right < x:
        return Spot(found.right, found.bottom - 3, "end", found)
    return Spot(x, found.bottom - 3, "middle", found)


def text_width(text: str, *, bold: bool = True) -> float:
    """About how wide a text of 12 pixels is drawn, in pixels."""
    return len(text) * 12.0 * (_BOLD if bold else _PLAIN)


def cut(text: str, width: float) -> str:
    """A bold text, cut with an ellipsis to about a width in pixels."""
    most = max(int(width / (12.0 * _BOLD)), 1)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


_SHAPES = (
    "M{l},{y}a{r},{r} 0 1,0 {d},0a{r},{r} 0 1,0 -{d},0Z",
    "M{l},{t}H{e}V{b}H{l}Z",
    "M{x},{t}L{e},{b}H{l}Z",
    "M{x},{T}L{E},{y}L{x},{B}L{L},{y}Z",
    "M{x},{b}L{e},{t}H{l}Z",
)


def marker(x: float, y: float, style: int, *, radius: float = 4.0) -> str:
    """The outline of a mark, a shape for each style, as the data of an SVG path.

    Args:
        x: Of its middle.
        y: Of its middle.
        style: Any number from 0; shapes come round again.
        radius: Half its size.
    """
    wide = radius * 1.3
    return _SHAPES[style % len(_SHAPES)].format(
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        r=f"{radius:.1f}",
        d=f"{2 * radius:.1f}",
        l=f"{x - radius:.1f}",
        e=f"{x + radius:.1f}",
        t=f"{y - radius:.1f}",
        b=f"{y + radius:.1f}",
        L=f"{x - wide:.1f}",
        E=f"{x + wide:.1f}",
        T=f"{y - wide:.1f}",
        B=f"{y + wide:.1f}",
    )
