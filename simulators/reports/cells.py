"""What tables of a report say: scores, disclosures, failures, costs and the record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..runner.episodes import Json
from .numbers import number, signed, spoken, words
from .report import RunReport
from .scores import Score, told_verdict
from .tables import Table
from .tallies import COSTS, Tally

if TYPE_CHECKING:
    from ..audit import Audit

__all__ = [
    "Cell",
    "ScoreRow",
    "audit_told",
    "costs_of",
    "disclosures_of",
    "facts_of",
    "failures_of",
    "heading",
    "models_of",
    "score_rows",
    "verdict_cell",
]


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


def score_rows(report: RunReport) -> list[ScoreRow]:
    """Every arm on every measure, as rows of a table."""
    measures = report.run.higher_is_better
    return [
        ScoreRow(
            tally.arm,
            number(tally.n),
            [verdict_cell(report.score(tally.arm, measure), tally.n) for measure in measures],
        )
        for tally in report.tallies
    ]


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


def audit_told(audit: Audit) -> str:
    """What an audit found, in a sentence or two."""
    held, flagged = int(audit.figures["episodes"]), len(audit.flagged)
    told = f"Wrong in {flagged} of {held} episodes, which is to say that a simulated user let out "
    told += "what was not released, volunteered something, fell out of their role, stopped early, "
    told += "or contradicted what they hold."
    if flagged:
        told += " Below: how often, and every measure without the people flagged in any arm."
    return " ".join([told, *audit.notes])


def heading(measure: tuple[str, bool]) -> str:
    """A measure as the head of a column: its name, and whether it is to go up or down."""
    name, higher = measure
    return f"{words(name)} {'↑' if higher else '↓'}"


def costs_of(tallies: Sequence[Tally]) -> Table:
    """What an episode of each arm costs on average, as a table."""
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


def models_of(models: Mapping[str, Json]) -> Table:
    """What was on record of each model, as a table."""
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


def _counts(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    numeric = [False] + [True] * (len(columns) - 1)
    return Table(columns=columns, rows=rows, numeric=numeric, shared={})


def _line(value: Json) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{words(name)} {_line(each)}" for name, each in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
