"""A run as one page of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..runner.episodes import Episode
from .cells import (
    audit_told,
    costs_of,
    disclosures_of,
    facts_of,
    failures_of,
    heading,
    models_of,
    score_rows,
)
from .charts import CROWD
from .curves import Curve
from .drawing import styles_of
from .numbers import number, words
from .pages import pretty, render
from .plots import cost_charts, curve_charts, interval_charts
from .report import RunReport
from .tables import group
from .tallies import COSTS

__all__ = ["report_page"]

_MANY = 16
"""More figures than so many are folded away."""


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
        intervals=interval_charts(report, marks),
        columns=["arm", "n", *map(heading, run.higher_is_better.items())],
        scores=score_rows(report),
        figures=[(name, number(value)) for name, value in run.figures.items()],
        many=len(run.figures) > _MANY,
        curves=curve_charts(report, marks),
        crowded=any(len(each) > CROWD for each in report.curves.values()),
        without=_without(report.curves),
        spent=cost_charts(report, marks),
        costs=costs_of(report.tallies),
        disclosures=disclosures_of(report.tallies),
        failures=failures_of(report.tallies),
        errors=errors,
        audited="" if report.audit is None else audit_told(report.audit),
        audit=group(report.audit.rows) if report.audit is not None and report.audit.flagged else [],
        worst=worst,
        groups=group(run.rows),
        command=f"penchant {run.command.removeprefix('penchant ')}",
        facts=facts_of(report),
        models=models_of(run.models),
        config=pretty({"config": run.config, "options": run.options}),
    )


def _without(curves: Mapping[str, Sequence[Curve]]) -> list[str]:
    """Arms of whose episodes some failed before they had any course."""
    failed = {each.arm: each for some in curves.values() for each in some if each.without}
    return [
        f"{arm}: {each.without} of {each.n + each.without} episodes failed and have no curve."
        for arm, each in failed.items()
    ]


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
