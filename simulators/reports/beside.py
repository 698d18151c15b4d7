"""Several runs beside each other, as a page, as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..jsonable import finite
from .cells import ScoreRow, verdict_cell
from .charts import Point, intervals_chart
from .comparison import Comparison, Pairing
from .drawing import BASE, Mark
from .numbers import number, signed, words
from .pages import render
from .plots import Chart, markup
from .scores import Score, told_verdict
from .tables import Table, as_markdown
from .text import flat, score_json

__all__ = [
    "changes_table",
    "comparison_json",
    "comparison_markdown",
    "comparison_page",
    "differences_table",
]


def comparison_page(found: Comparison) -> str:
    """The page, which needs nothing else.

    Args:
        found: See `compare_runs`.
    """
    tracks = list(dict.fromkeys(each.run.track for each in found.reports))
    return render(
        "comparison.jinja",
        title=f"{' and '.join(tracks)}: {len(found.labels)} runs beside each other",
        labels=found.labels,
        notes=_notes(found),
        differences=differences_table(found),
        headline=words(next(iter(found.measures), "")),
        charts=_charts(found),
        scores=[
            {
                "title": f"{words(measure)} ({'higher' if higher else 'lower'} is better)",
                "columns": ["arm", *found.labels],
                "rows": [
                    ScoreRow(
                        arm, None, [verdict_cell(each) for each in _scores(found, arm, measure)]
                    )
                    for arm in found.arms
                ],
            }
            for measure, higher in found.measures.items()
        ],
        figures=_figures(found),
        pairings=[
            {
                "label": each.label,
                "refused": each.refused,
                "remarks": each.remarks,
                "table": changes_table(each),
            }
            for each in found.pairings
        ],
        commands=[
            (label, f"penchant {each.run.command.removeprefix('penchant ')}")
            for label, each in zip(found.labels, found.reports, strict=True)
        ],
    )


def comparison_markdown(found: Comparison) -> str:
    """The comparison as Markdown.

    Args:
        found: See `compare_runs`.
    """
    parts = [f"# {len(found.labels)} runs beside each other"]
    notes = _notes(found)
    if notes:
        parts.append("\n".join(f"> - {flat(each)}" for each in notes))
    parts += ["## What differs", as_markdown(differences_table(found))]
    for measure, higher in found.measures.items():
        rows = []
        for arm in found.arms:
            cells = [verdict_cell(each) for each in _scores(found, arm, measure)]
            rows.append([arm, *(" ".join(filter(None, (c.value, c.verdict, c.n))) for c in cells)])
        way = "higher" if higher else "lower"
        parts += [f"## {words(measure)} ({way} is better)"]
        parts += [as_markdown(_numbers(["arm", *found.labels], rows))]
    if found.figures:
        parts += ["## Figures of the tracks", as_markdown(_figures(found))]
    parts.append(f"## Paired differences from {flat(found.labels[0])}")
    for each in found.pairings:
        parts.append(f"### {flat(each.label)}")
        if each.refused is not None:
            parts.append(f"Not paired: {flat(each.refused)}.")
            continue
        parts += [flat(remark) for remark in each.remarks]
        parts.append(as_markdown(changes_table(each)))
    return "\n\n".join(each.rstrip("\n") for each in parts) + "\n"


def comparison_json(found: Comparison) -> dict[str, Any]:
    """The comparison as one object of plain values."""
    told: dict[str, Any] = finite(
        {
            "runs": [
                {
                    "label": label,
                    "directory": str(each.run.directory),
                    "track": each.run.track,
                    "command": each.run.command,
                    "version": each.run.version,
                    "seed": each.run.seed,
                    "hash": each.run.hash,
                    "notes": each.notes,
                    "figures": each.run.figures,
                    "scores": [score_json(score) for score in each.scores],
                }
                for label, each in zip(found.labels, found.reports, strict=True)
            ],
            "differences": [
                {"name": each.name, "values": each.values, "matters": each.matters}
                for each in found.differences
            ],
            "pairings": [
                {
                    "label": each.label,
                    "refused": each.refused,
                    "remarks": each.remarks,
                    "rows": [
                        {
                            "arm": row.arm,
                            "measure": row.measure,
                            "pairs": row.pairs,
                            "unpaired": row.unpaired,
                            "difference": row.difference and row.difference._asdict(),
                            "verdict": row.verdict,
                        }
                        for row in each.rows
                    ],
                }
                for each in found.pairings
            ],
        }
    )
    return told


def differences_table(found: Comparison) -> Table:
    """The settings that differ, a column for each run."""
    rows = [
        [each.name, *map(_value, each.values), "outcome" if each.matters else "circumstances"]
        for each in found.differences
    ]
    columns = ["setting", *found.labels, "bears on"]
    return Table(columns=columns, rows=rows, numeric=[False] * len(columns), shared={})


def changes_table(pairing: Pairing) -> Table:
    """The paired differences of one run."""
    rows = [
        [
            each.arm,
            words(each.measure),
            "–" if each.difference is None else signed(each.difference),
            told_verdict(each.verdict),
            number(each.pairs),
            number(each.unpaired),
        ]
        for each in pairing.rows
    ]
    return Table(
        columns=["arm", "measure", "difference", "", "pairs", "unpaired"],
        rows=rows,
        numeric=[False, False, True, False, True, True],
        shared={},
    )


def _notes(found: Comparison) -> list[str]:
    told = [
        f"{label}: {note}"
        for label, each in zip(found.labels, found.reports, strict=True)
        for note in each.notes
    ]
    versions = dict.fromkeys(each.run.version for each in found.reports)
    if len(versions) > 1:
        told.append(f"The runs are of different versions of Penchant: {', '.join(versions)}.")
    return told


def _scores(found: Comparison, arm: str, measure: str) -> list[Score]:
    """The score of an arm in each run; one without value where the run has no such arm."""
    absent = Score(
        arm=arm,
        measure=measure,
        n=0,
        missing=0,
        clusters=0,
        value=None,
        gain=None,
        pairs=0,
        verdict="not compared",
    )
    return [each.score(arm, measure) if arm in each.run.arms else absent for each in found.reports]


def _charts(found: Comparison) -> list[Chart]:
    """The headline measure of each arm, a line for each run."""
    measure = next(iter(found.measures), None)
    if measure is None:
        return []
    marks: Mapping[str, Mark] = {
        label: Mark(BASE, 1, True) if place == 0 else Mark(f"c{(place - 1) % 8}", place, False)
        for place, label in enumerate(found.labels)
    }
    charts = []
    for place, arm in enumerate(found.arms):
        scores = zip(found.labels, _scores(found, arm, measure), strict=True)
        points = [Point(arm=label, value=each.value) for label, each in scores if each.value]
        if len(points) > 1:
            svg = intervals_chart(
                points,
                marks,
                key=f"arm-{place}",
                title=f"{words(measure)} of {arm} in each run",
                baseline=found.labels[0],
            )
            better = "higher" if found.measures[measure] else "lower"
            charts.append(Chart(title=f"{arm}: {words(measure)}", svg=markup(svg), better=better))
    return charts


def _figures(found: Comparison) -> Table:
    rows = [[name, *map(number, values)] for name, values in found.figures.items()]
    return _numbers(["figure", *found.labels], rows)


def _numbers(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    numeric = [False] + [True] * (len(columns) - 1)
    return Table(columns=columns, rows=rows, numeric=numeric, shared={})


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:199] + "…"
