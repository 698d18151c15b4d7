"""Drawings: places on axes, labels that keep apart, and text that stays text."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import penchant
from penchant.simulators.reports.axes import Box, best_spot, cut, marker, scale_for, spread
from penchant.simulators.reports.charts import Point, curves_chart, intervals_chart, points_chart
from penchant.simulators.reports.curves import Curve
from penchant.simulators.reports.drawing import styles_of
from penchant.simulators.statistics import Interval

CSS = (Path(penchant.__file__).parent / "simulators" / "reports" / "page.css").read_text("utf-8")
ARMS = ["none", *(f"arm {number}" for number in range(12)), '<b>"&']
FLAT = Interval(0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    "values",
    [[0.0, 1.0], [0.84, 0.861], [-3.0, 12.0], [5.0, 5.0], [0.0], [1e-9, 2e-9], [1e6, 3.3e6]],
)
def test_a_scale_holds_its_values_between_few_round_ticks(values: list[float]) -> None:
    scale = scale_for(values, 0.0, 100.0)
    assert scale.low <= min(values) <= max(values) <= scale.high
    assert 2 <= len(scale.ticks) <= 9
    assert (scale(scale.low), scale(scale.high)) == (0.0, 100.0)
    steps = [b - a for a, b in itertools.pairwise(scale.ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps))


def test_a_scale_may_begin_at_nought_and_count_in_whole_numbers() -> None:
    assert scale_for([3.0, 4.0], 0, 1, zero=True).low == 0.0
    assert all(float(tick).is_integer() for tick in scale_for([0, 3], 0, 1, whole=True).ticks)
    assert scale_for([0.0, 0.0], 0, 1, zero=True).low == 0.0


@pytest.mark.parametrize(
    "wanted",
    [[10.0, 10.0, 10.0], [5.0, 50.0, 12.0], [99.0, 98.0], [0.0, 0.0], [30.0], [40.0, 41.0, 70.0]],
)
def test_labels_are_spread_in_order_and_within_bounds(wanted: list[float]) -> None:
    found = spread(wanted, gap=14, low=0, high=100)
    assert all(0 <= place <= 100 for place in found)
    order = sorted(range(len(wanted)), key=lambda index: (wanted[index], index))
    placed = [found[index] for index in order]
    assert all(b - a >= 14 - 1e-9 for a, b in itertools.pairwise(placed))


def test_labels_apart_enough_stay_and_too_many_share_what_room_there_is() -> None:
    assert spread([10.0, 60.0], gap=14, low=0, high=100) == [10.0, 60.0]
    many = spread([50.0] * 21, gap=14, low=0, high=100)
    assert sorted(many) == pytest.approx([5.0 * place for place in range(21)])


def test_a_label_avoids_what_is_drawn_and_the_edge() -> None:
    inside = Box(0, 0, 200, 200)
    free = best_spot(100, 100, 40, [], inside)
    assert (free.anchor, free.x) == ("start", 108)
    beside = best_spot(100, 100, 40, [Box(105, 80, 200, 120)], inside)
    assert beside.anchor == "end"
    assert best_spot(190, 100, 40, [], inside).anchor == "end"


def test_a_long_name_is_cut() -> None:
    assert cut("ours", 100) == "ours"
    assert len(cut("a very long name of an arm", 100)) < 15
    assert cut("a very long name", 100).endswith("…")


def test_no_two_arms_look_alike() -> None:
    arms = [str(number) for number in range(40)]
    marks = styles_of(arms, "0")
    seen = {(m.colour, m.dashed, marker(0, 0, m.shape)) for m in marks.values()}
    assert len(seen) == 40
    assert marks["0"].colour == "base"


def _checked(drawn: str) -> ET.Element:
    """A drawing, once it is well-formed, titled, and within its bounds."""
    svg = ET.fromstring(drawn)
    assert svg.get("role") == "img"
    told = {each.get("id"): each.text for each in svg if each.tag in {"title", "desc"}}
    assert all(told[name] for name in (svg.get("aria-labelledby") or "").split())
    _, _, wide, tall = map(float, (svg.get("viewBox") or "").split())
    for each in svg.iter():
        for name in ("x", "x1", "x2"):
            assert 0 <= float(each.get(name, 0)) <= wide
        for name in ("y", "y1", "y2"):
            assert 0 <= float(each.get(name, 0)) <= tall
    assert "nan" not in drawn
    return svg


@pytest.mark.parametrize(("arms", "bands"), [(ARMS[:6], 6), (ARMS, 0)])
def test_curves_have_a_line_and_a_label_for_each_arm_and_bands_if_few(
    arms: list[str], bands: int
) -> None:
    curves = [
        Curve(
            arm=arm,
            points=[Interval(k * n, k * n - 0.1, k * n + 0.1) for k in range(30)],
            n=5,
            without=0,
        )
        for n, arm in enumerate(arms)
    ]
    marks = styles_of(arms, "none")
    svg = _checked(curves_chart(curves, marks, key="k", title="t", axis="a"))
    assert len(svg.findall("polyline")) == len(arms)
    assert len(svg.findall("polygon")) == bands
    assert {each.text for each in svg.findall("text")} >= set(arms)
    # Marks thin out on long curves, but the last one stays.
    titles = [each.text or "" for each in svg.iter("title")]
    assert any(each.startswith("none after 29") for each in titles)


def test_a_curve_of_one_point_is_drawn() -> None:
    curve = Curve(arm="none", points=[FLAT], n=1, without=0)
    longer = Curve(arm="ours", points=[FLAT, Interval(0.7, 0.6, 0.8)], n=1, without=0)
    marks = styles_of(["none", "ours"], "none")
    _checked(curves_chart([curve, longer], marks, key="k", title="t", axis="a"))


@pytest.mark.parametrize("arms", [[*ARMS[:4], ARMS[-1]], ARMS])
def test_intervals_and_points_are_drawn_for_each_arm(arms: list[str]) -> None:
    marks = styles_of(arms, "none")
    points = [
        Point(arm=arm, value=Interval(n, n - 1, n + 1), cost=Interval(n, n, n))
        for n, arm in enumerate(arms)
    ]
    for drawn in (
        intervals_chart(points, marks, key="k", title="t", baseline="none"),
        points_chart(points, marks, key="k", title="t", below="b", beside="s"),
    ):
        svg = _checked(drawn)
        assert {each.text for each in svg.findall("text")} >= set(arms)
        assert "<b>" not in drawn
    alike = [Point(arm=arm, value=FLAT, cost=FLAT) for arm in arms]
    _checked(points_chart(alike, marks, key="k", title="t", below="b", beside="s"))
    _checked(intervals_chart(alike[:1], marks, key="k", title="t", baseline="none"))


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w]+): (#[0-9a-f]{6});", block))


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_is_readable_in_both_themes() -> None:
    blocks = re.findall(r"color-scheme: (\w+);(.*?)}", CSS, re.DOTALL)
    assert [theme for theme, _ in blocks] == ["light", "dark", "dark", "light"]
    themes = [_colours(block) for _, block in blocks]
    # A theme that is chosen is the theme of the system; paper is light.
    assert themes[1] == themes[2]
    assert themes[0] == themes[3]
    for theme in themes[:2]:
        inks = ["ink", "soft", "link", "good", "bad", "base", *(f"c{n}" for n in range(8))]
        for ink in inks:
            assert _contrast(theme[ink], theme["ground"]) >= 4.5, ink
        for ink in ("ink", "soft"):
            assert _contrast(theme[ink], theme["raised"]) >= 4.5
        assert _contrast(theme["ink"], theme["told"]) >= 4.5
