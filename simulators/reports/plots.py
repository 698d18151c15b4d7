"""The charts of a report: intervals, learning curves, and cost against quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .charts import CROWD, Point, curves_chart, intervals_chart, points_chart
from .curves import Curve
from .drawing import Mark
from .numbers import spoken, words
from .report import RunReport
from .scores import told_verdict
from .tables import Table

__all__ = ["Chart", "cost_charts", "curve_charts", "interval_charts", "markup"]

_CHARTED = 4
"""So many measures are drawn; the rest are in the table."""
_EFFORT = ("questions", "words_read", "words_written", "completion_tokens", "seconds", "usd")
"""Costs worth a chart, those of the user first."""
_MOST_SPENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its caption.

    Attributes:
        title: What it shows.
        svg: The drawing, which is markup.
        better: Which way is better, "higher" or "lower".
        table: The numbers behind it.
        wide: Whether it takes the whole width of the page.
    """

    title: str
    svg: object
    better: str = ""
    table: Table | None = None
    wide: bool = False


def interval_charts(report: RunReport, marks: Mapping[str, Mark]) -> list[Chart]:
    """The first measures of each arm, with their intervals."""
    run = report.run
    found = []
    for place, (measure, higher) in enumerate(list(run.higher_is_better.items())[:_CHARTED]):
        points = [
            Point(arm=each.arm, value=each.value, told=told_verdict(each.verdict))
            if each.verdict in {"better", "worse"}
            else Point(arm=each.arm, value=each.value)
            for each in report.scores
            if each.measure == measure and each.value is not None
        ]
        if points:
            svg = intervals_chart(
                points,
                marks,
                key=f"interval-{place}",
                title=f"{words(measure)} of each arm",
                baseline=run.baseline,
            )
            found.append(Chart(title=words(measure), svg=markup(svg), better=_better(higher)))
    return found


def curve_charts(report: RunReport, marks: Mapping[str, Mark]) -> list[Chart]:
    """The courses of all arms, a chart for each series."""
    found = []
    for place, (name, curves) in enumerate(report.curves.items()):
        higher = report.run.higher_is_better.get(name)
        svg = curves_chart(
            curves,
            marks,
            key=f"curve-{place}",
            title=f"{words(name)} after each question or round",
            axis=words(name),
        )
        found.append(
            Chart(
                title=words(name),
                svg=markup(svg),
                better="" if higher is None else _better(higher),
                table=_course(curves),
                wide=len(curves) > CROWD,
            )
        )
    return found


def cost_charts(report: RunReport, marks: Mapping[str, Mark]) -> list[Chart]:
    """The headline measure against the costs in which arms differ."""
    run = report.run
    values = {
        each.arm: each.value
        for each in report.scores
        if each.measure == run.headline and each.value is not None
    }
    having = [each for each in report.tallies if each.arm in values and each.counted]
    found: list[Chart] = []
    for name in _EFFORT:
        means = {each.counted[name].mean for each in having}
        if len(means) < 2 or len(found) == _MOST_SPENT:
            continue
        points = [
            Point(arm=each.arm, value=values[each.arm], cost=each.counted[name]) for each in having
        ]
        svg = points_chart(
            points,
            marks,
            key=f"cost-{name}",
            title=f"{words(run.headline)} against {words(name)}",
            below=f"{words(name)} per episode",
            beside=words(run.headline),
        )
        better = _better(run.higher_is_better[run.headline])
        found.append(
            Chart(
                title=f"{words(run.headline)} against {words(name)}",
                svg=markup(svg),
                better=f"{better}, and further left,",
                wide=len(points) > CROWD,
            )
        )
    return found


def markup(svg: str) -> object:
    """A drawing that a page takes as it is."""
    from markupsafe import Markup

    # Made of elements, so that what is text in it is escaped.
    return Markup(svg)


def _course(curves: Sequence[Curve]) -> Table:
    longest = max(len(each.points) for each in curves)
    rows = [
        [
            str(step),
            *(spoken(each.points[step]) if step < len(each.points) else "" for each in curves),
        ]
        for step in range(longest)
    ]
    return Table(
        columns=["after", *(each.arm for each in curves)],
        rows=rows,
        numeric=[True] * (len(curves) + 1),
        shared={},
    )


def _better(higher: bool) -> str:
    return "higher" if higher else "lower"
