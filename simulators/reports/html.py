"""A run as one page of HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..runner.episodes import Episode, Json
from .charts import CROWD, Point, curves_chart, intervals_chart, points_chart
from .curves import Curve
from .drawing import Mark, styles_of
from .numbers import number, signed, spoken, words
from .pages import pretty, render
from .report import RunReport
from .scores import Score, told_verdict
from .tables import Table, group
from .tallies import COSTS, Tally

__all__ = [
    "Cell",
    "Chart",
    "ScoreRow",
    "disclosures_of",
    "facts_of",
    "failures_of",
    "markup",
    "report_page",
    "verdict_cell",
]

_CHARTED = 4
"""So many measures are drawn; the rest are in the table."""
_MANY = 16
"""More figures than so many are folded away."""
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


class Cell(NamedTuple):
    """A score as it stands in a table.

    Attributes:
        value: With its interval.
        gain: Over the baseline, with its interval.
        verdict: In words.
        kind: The class of the style sheet that colours the verdict.
        n: "n = 45", where it is over other episodes than the rest of its row.
    """

    value: str
    gain: str = ""
    verdict: str = ""
    kind: str = ""
    n: str = ""


class ScoreRow(NamedTuple):
    """An arm's scores as a row of a table."""

    name: str
    n: str | None
    cells: Sequence[Cell]


class _Shown(NamedTuple):
    """An episode as it is shown."""

    key: object
    measures: Mapping[str, float | None]
    told: str
    troubles: str
    stop: str
    attempts: int
    error: str | None
    costs: str
    transcript: object
    disclosures: Sequence[Sequence[str]]
    more: Sequence[tuple[str, str]]


def report_page(report: RunReport) -> str:
    """The page, which needs nothing else.

    Args:
        report: See `build_report`.
    """
    run = report.run
    marks = styles_of(run.arms, run.baseline if run.baseline in run.arms else None)
    errors = [
        (tally.arm, error, number(count))
        for tally in report.tallies
        for error, count in tally.errors.items()
    ]
    worst = [
        (arm, [_shown(each, run.higher_is_better) for each in episodes])
        for arm, episodes in report.worst.items()
        if episodes
    ]
    return render(
        "report.jinja",
        title=f"{run.track}: report of a run",
        run=run,
        users=len({each.key.user for each in run.episodes}),
        notes=report.notes,
        findings=report.findings,
        headline=words(run.headline),
        higher=run.higher_is_better[run.headline],
        by_track=any(each.by_track for each in report.scores),
        intervals=_intervals(report, marks),
        columns=["arm", "n", *map(_heading, run.higher_is_better.items())],
        scores=_score_rows(report),
        figures=[(name, number(value)) for name, value in run.figures.items()],
        many=len(run.figures) > _MANY,
        curves=_curves(report, marks),
        crowded=any(len(each) > CROWD for each in report.curves.values()),
        without=_without(report.curves),
        spent=_spent(report, marks),
        costs=_costs(report.tallies),
        disclosures=disclosures_of(report.tallies),
        failures=failures_of(report.tallies),
        errors=errors,
        worst=worst,
        groups=group(run.rows),
        command=f"penchant {run.command.removeprefix('penchant ')}",
        facts=facts_of(report),
        models=_models(run.models),
        config=pretty({"config": run.config, "options": run.options}),
    )


def verdict_cell(score: Score, held: int | None = None) -> Cell:
    """A score as it stands in a table.

    Args:
        score: The score.
        held: How many episodes its row says there are.
    """
    if score.value is None:
        return Cell("–")
    mark = "°" if score.by_track else ""
    return Cell(
        value=spoken(score.value) + mark,
        gain="" if score.gain is None else signed(score.gain),
        verdict=told_verdict(score.verdict),
        kind=score.verdict if score.verdict in {"better", "worse"} else "",
        n="" if score.n == held else f"n = {number(score.n)}",
    )


def facts_of(report: RunReport) -> list[tuple[str, str]]:
    """What else the record of a run tells, by name."""
    run = report.run
    told: list[tuple[str, Json]] = [
        ("Penchant", run.version),
        ("Seed", run.seed),
        ("Hash of the configuration", run.hash),
        ("Started", run.started or None),
        ("Response cache", run.cache),
        ("Slots of the local server", run.slots),
        ("Machine", run.environment),
        ("Episodes", run.counts or None),
    ]
    return [(name, _line(value)) for name, value in told if value is not None]


def disclosures_of(tallies: Sequence[Tally]) -> Table:
    """What users of each arm let be known, as a table."""
    columns = ["arm", "n", "asked", "volunteered", "leaked", "episodes with a leak"]
    rows = [
        [
            each.arm,
            *map(number, (each.n, each.asked, each.volunteered, each.leaked, each.leaking)),
        ]
        for each in tallies
    ]
    return _counts(columns, rows)


def failures_of(tallies: Sequence[Tally]) -> Table:
    """Failures of each arm by kind, and how its episodes ended, as a table."""
    kinds = list(dict.fromkeys(kind for each in tallies for kind in each.failures))
    stops = list(dict.fromkeys(stop for each in tallies for stop in each.stops))
    columns = ["arm", "n", *(f"failed: {words(kind)}" for kind in kinds)]
    columns += ["not held", "tried again", *(f"ended: {words(stop)}" for stop in stops)]
    rows = []
    for each in tallies:
        counts = [each.n, *(each.failures.get(kind, 0) for kind in kinds)]
        counts += [each.failed, each.retried, *(each.stops.get(stop, 0) for stop in stops)]
        rows.append([each.arm, *map(number, counts)])
    return _counts(columns, rows)


def _counts(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    numeric = [False] + [True] * (len(columns) - 1)
    return Table(columns=columns, rows=rows, numeric=numeric, shared={})


def _heading(measure: tuple[str, bool]) -> str:
    name, higher = measure
    return f"{words(name)} {'↑' if higher else '↓'}"


def _better(higher: bool) -> str:
    return "higher" if higher else "lower"


def _score_rows(report: RunReport) -> list[ScoreRow]:
    measures = report.run.higher_is_better
    return [
        ScoreRow(
            tally.arm,
            number(tally.n),
            [verdict_cell(report.score(tally.arm, measure), tally.n) for measure in measures],
        )
        for tally in report.tallies
    ]


def _intervals(report: RunReport, marks: Mapping[str, Mark]) -> list[Chart]:
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


def _curves(report: RunReport, marks: Mapping[str, Mark]) -> list[Chart]:
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


def _without(curves: Mapping[str, Sequence[Curve]]) -> list[str]:
    """Arms of whose episodes some failed before they had any course."""
    failed = {each.arm: each for some in curves.values() for each in some if each.without}
    return [
        f"{arm}: {each.without} of {each.n + each.without} episodes failed and have no curve."
        for arm, each in failed.items()
    ]


def _spent(report: RunReport, marks: Mapping[str, Mark]) -> list[Chart]:
    """Charts for the costs in which arms differ."""
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


def _costs(tallies: Sequence[Tally]) -> Table:
    names = [name for name in COSTS if any(each.totals[name] for each in tallies)]
    rows = [
        [
            each.arm,
            *(spoken(each.costs[name]) if each.costs else "–" for name in names),
        ]
        for each in tallies
    ]
    return Table(
        columns=["arm", *map(words, names)],
        rows=rows,
        numeric=[False] + [True] * len(names),
        shared={},
    )


def _shown(episode: Episode, measures: Mapping[str, bool]) -> _Shown:
    leaks = sum(each.how == "leaked" for each in episode.disclosures)
    troubles = ([f"{leaks} leaked"] if leaks else []) + [
        f"{words(kind)} {count}" for kind, count in episode.failures.items() if count
    ]
    ordered = dict.fromkeys([*measures, *episode.measures])
    costs = {name: getattr(episode.costs, name) for name in COSTS}
    more: list[tuple[str, object]] = [
        (f"Decisions ({len(episode.decisions)})", episode.decisions),
        ("Hidden preferences", episode.profile),
        ("Series", episode.series),
        ("What else was kept", episode.detail),
    ]
    return _Shown(
        key=episode.key,
        measures=episode.measures,
        told="; ".join(f"{words(name)} {number(episode.measures.get(name))}" for name in ordered),
        troubles=", ".join(troubles + ([] if episode.error is None else ["not held"])),
        stop=words(episode.stop),
        attempts=episode.attempts,
        error=episode.error,
        costs="; ".join(f"{words(name)} {number(value)}" for name, value in costs.items() if value)
        or "none",
        transcript=episode.transcript,
        disclosures=[
            [str(each.turn), each.aspect, each.what, each.how, each.value or ""]
            for each in episode.disclosures
        ],
        more=[(name, pretty(value)) for name, value in more if value],
    )


def _models(models: Mapping[str, Json]) -> Table:
    told = {
        role: model if isinstance(model, Mapping) else {"name": model}
        for role, model in models.items()
    }
    names = list(dict.fromkeys(name for each in told.values() for name in each))
    return Table(
        columns=["role", *map(words, names)],
        rows=[
            [role, *(_line(each[name]) if name in each else "" for name in names)]
            for role, each in told.items()
        ],
        numeric=[False] * (len(names) + 1),
        shared={},
    )


def _line(value: Json) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{words(name)} {_line(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def markup(svg: str) -> object:
    """A drawing that a page takes as it is."""
    from markupsafe import Markup

    # Made of elements, so that what is text in it is escaped.
    return Markup(svg)
