"""A run as Markdown, as JSON, and in a few plain lines."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

from ..jsonable import finite
from ..runner.episodes import Episode, episode_to_json
from ..statistics import Interval
from .cells import audit_told, disclosures_of, facts_of, failures_of, verdict_cell
from .numbers import number, spoken, words
from .pages import pretty, safe_text
from .report import RunReport
from .scores import Score
from .tables import Table, as_markdown, tables
from .tallies import COSTS

__all__ = ["flat", "report_json", "report_markdown", "score_json"]


def report_markdown(report: RunReport) -> str:
    """The report as Markdown: notes, scores, costs, failures, the worst episodes, the record.

    Args:
        report: See `build_report`.
    """
    run = report.run
    parts = [f"# {run.track}: {len(run.arms)} arms, {len(run.episodes)} episodes"]
    parts += [f"`penchant {run.command.removeprefix('penchant ')}`"]
    if report.notes:
        parts.append("\n".join(f"> - {flat(each)}" for each in report.notes))
    parts += [
        f"## Headline: {words(run.headline)}",
        "\n".join(f"- {flat(each)}" for each in report.findings),
        "In parentheses: 95% bootstrap intervals that draw whole people again. An arm is called "
        "better or worse only where the interval of its paired difference from "
        f"{flat(run.baseline)} excludes 0.",
        as_markdown(_scores(report)),
    ]
    if run.figures:
        figures = [{"figure": name, "value": value} for name, value in run.figures.items()]
        parts.append(tables(figures))
    for name, curves in report.curves.items():
        longest = max(len(each.points) for each in curves)
        rows = [
            [
                str(step),
                *(spoken(each.points[step]) if step < len(each.points) else "" for each in curves),
            ]
            for step in range(longest)
        ]
        columns = ["after", *(flat(each.arm) for each in curves)]
        table = Table(columns=columns, rows=rows, numeric=[True] * len(columns), shared={})
        parts += [f"## Learning curve: {words(name)}", as_markdown(table)]
    parts += ["## Costs of an episode", as_markdown(_costs(report))]
    parts += ["## Disclosures and failures", as_markdown(disclosures_of(report.tallies))]
    parts.append(as_markdown(failures_of(report.tallies)))
    if report.audit is not None:
        parts += ["## Audit of simulated users", audit_told(report.audit)]
        parts += [tables(report.audit.rows)] if report.audit.flagged else []
    if run.rows:
        parts += ["## All measures of the track", tables(run.rows)]
    worst = [
        _worst(arm, episode, run.headline)
        for arm, episodes in report.worst.items()
        for episode in episodes
    ]
    if worst:
        parts += ["## The worst episodes of each arm", *worst]
    parts.append("## Record")
    parts.append("\n".join(f"- {name}: {flat(value)}" for name, value in facts_of(report)))
    parts.append(_fence(pretty({"models": run.models, "config": run.config}), "json"))
    return "\n\n".join(each.rstrip("\n") for each in parts) + "\n"


def report_json(report: RunReport) -> dict[str, Any]:
    """The report as one object of plain values, without numbers that JSON has no word for."""
    run = report.run
    told: dict[str, Any] = finite(
        {
            "command": run.command,
            "version": run.version,
            "environment": run.environment,
            "seed": run.seed,
            "figures": run.figures,
            "rows": run.rows,
            "notes": report.notes,
            "findings": report.findings,
            "track": run.track,
            "directory": str(run.directory),
            "hash": run.hash,
            "started": run.started,
            "finished": run.finished,
            "baseline": run.baseline,
            "higher_is_better": run.higher_is_better,
            "episodes": len(run.episodes),
            "scores": [score_json(each) for each in report.scores],
            "curves": {
                name: [
                    {
                        "arm": each.arm,
                        "n": each.n,
                        "points": [point._asdict() for point in each.points],
                    }
                    for each in curves
                ]
                for name, curves in report.curves.items()
            },
            "tallies": [
                {
                    **dataclasses.asdict(each),
                    "costs": {name: cost._asdict() for name, cost in each.costs.items()},
                    "counted": {name: cost._asdict() for name, cost in each.counted.items()},
                }
                for each in report.tallies
            ],
            "worst": {
                arm: [json.loads(episode_to_json(each)) for each in episodes]
                for arm, episodes in report.worst.items()
            },
            "audit": _audited(report),
            "models": run.models,
            "config": run.config,
            "options": run.options,
            "cache": run.cache,
            "slots": run.slots,
            "counts": run.counts,
        }
    )
    return told


def _audited(report: RunReport) -> dict[str, object] | None:
    found = report.audit
    if found is None:
        return None
    return {"figures": found.figures, "rows": found.rows, "notes": found.notes}


def score_json(score: Score) -> dict[str, object]:
    """A score as a flat row."""
    return {
        "arm": score.arm,
        "measure": score.measure,
        "n": score.n,
        "missing": score.missing,
        "clusters": score.clusters,
        **_ends("value", score.value),
        **_ends("gain", score.gain),
        "pairs": score.pairs,
        "verdict": score.verdict,
        "by_track": score.by_track,
    }


def flat(text: str) -> str:
    """Text on one line that begins no markup of Markdown or HTML."""
    line = " ".join(safe_text(text).split())
    return line.replace("\\", "\\\\").replace("<", "&lt;").replace("`", "\\`").replace("*", "\\*")


def _ends(name: str, value: Interval | None) -> dict[str, float | None]:
    mean, low, high = (None, None, None) if value is None else value
    return {name: mean, f"{name}_low": low, f"{name}_high": high}


def _scores(report: RunReport) -> Table:
    run = report.run
    rows = []
    for tally in report.tallies:
        row = [flat(tally.arm), number(tally.n)]
        for measure in run.higher_is_better:
            score = report.score(tally.arm, measure)
            cell = verdict_cell(score, tally.n)
            row += [" ".join(filter(None, (cell.value, cell.n)))]
            row += [" ".join(filter(None, (cell.gain, cell.verdict)))]
        rows.append(row)
    columns = ["arm", "n"]
    for measure, higher in run.higher_is_better.items():
        columns += [f"{words(measure)} {'↑' if higher else '↓'}", f"against {flat(run.baseline)}"]
    numeric = [False] + [True] * (len(columns) - 1)
    return Table(columns=columns, rows=rows, numeric=numeric, shared={})


def _costs(report: RunReport) -> Table:
    names = [name for name in COSTS if any(each.totals[name] for each in report.tallies)]
    rows = [
        [
            flat(each.arm),
            *(number(each.costs[name].mean) if each.costs else "–" for name in names),
        ]
        for each in report.tallies
    ]
    numeric = [False] + [True] * len(names)
    return Table(columns=["arm", *map(words, names)], rows=rows, numeric=numeric, shared={})


def _worst(arm: str, episode: Episode, measure: str) -> str:
    told = f"**{flat(arm)}**, {flat(episode.key.user)}, {flat(episode.key.task)}: "
    told += f"{words(measure)} {number(episode.measures.get(measure))}"
    if not episode.transcript:
        return f"{told}; nothing was said in words."
    said = "\n".join(f"{line.role}: {safe_text(line.text)}" for line in episode.transcript)
    return f"{told}\n\n{_fence(said, 'text')}"


def _fence(text: str, kind: str) -> str:
    """A block of code that nothing in the text can end."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"
