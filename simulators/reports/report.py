"""Everything that a report of one run says, before it is put into any form."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..runner.episodes import Episode
from .curves import Curve, curves_of
from .intervals import Intervals
from .load import Run
from .numbers import number, signed, spoken
from .scores import FEWEST, Score, score_run
from .tallies import Tally, tally_run, worst_of

if TYPE_CHECKING:
    from ..audit import Audit

__all__ = ["RunReport", "build_report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What there is to say of a run.

    Attributes:
        run: The run.
        notes: What a reader must know first, the run's own notes among it.
        findings: The headline measure of each arm in a sentence.
        scores: Every arm on every measure.
        curves: Learning curves, by series.
        tallies: Costs, disclosures and failures of each arm.
        worst: The worst episodes of each arm.
        audit: What simulated users did wrong, if it was looked for.
    """

    run: Run
    notes: Sequence[str]
    findings: Sequence[str]
    scores: Sequence[Score]
    curves: Mapping[str, Sequence[Curve]]
    tallies: Sequence[Tally]
    worst: Mapping[str, Sequence[Episode]]
    audit: Audit | None = None

    def score(self, arm: str, measure: str) -> Score:
        """The score of an arm on a measure."""
        return next(each for each in self.scores if (each.arm, each.measure) == (arm, measure))


def build_report(run: Run, *, worst: int = 3, audit: Audit | None = None) -> RunReport:
    """Reckons what there is to say of a run.

    Args:
        run: Finished or not.
        worst: How many of the worst episodes of each arm are shown whole.
        audit: What `audit_run` found in this run; shown beside the disclosures.
    """
    intervals = Intervals(run.episodes, seed=run.seed)
    scores = score_run(run, intervals)
    tallies = tally_run(run, intervals)
    return RunReport(
        run=run,
        notes=_notes(run, scores, tallies),
        findings=[_finding(run, each) for each in scores if each.measure == run.headline],
        scores=scores,
        curves=curves_of(run, intervals),
        tallies=tallies,
        worst=worst_of(run, count=worst),
        audit=audit,
    )


def _notes(run: Run, scores: Sequence[Score], tallies: Sequence[Tally]) -> list[str]:
    notes = [*_judge_notes(run), *run.notes]
    if not run.episodes:
        notes.append("No episode was held yet, so there is nothing to show.")
        return notes
    if not run.finished:
        planned = "" if run.planned is None else f" of {run.planned}"
        why = "" if run.stopped is None else f" ({run.stopped.rstrip('.')})"
        notes.append(
            f"This run is not finished{why}: the numbers are over the {len(run.episodes)}{planned} "
            f"episodes held so far. Go on with: penchant {run.command.removeprefix('penchant ')} "
            f"--run {shlex.quote(str(run.directory))}"
        )
    if run.torn:
        notes.append("The last line of episodes.jsonl was cut off, and is left out.")
    if run.baseline not in run.arms:
        notes.append(f"The baseline, {run.baseline}, was not held: nothing is compared with it.")
    if not run.finished and len({each.n for each in tallies}) > 1:
        told = ", ".join(f"{each.arm} {each.n}" for each in tallies)
        notes.append(f"Arms have different numbers of episodes: {told}.")
    clusters = max(each.clusters for each in scores)
    if clusters < FEWEST:
        notes.append(
            f"Fewer than {FEWEST} people ({clusters}): intervals are too narrow to believe, and no "
            "arm is called better or worse."
        )
    failed = sum(each.failed for each in tallies)
    if failed:
        notes.append(
            f"{failed} of {len(run.episodes)} episodes could not be held; they count with the "
            "floor."
        )
    leaking = sum(each.leaking for each in tallies)
    if leaking:
        notes.append(
            f"In {leaking} of {len(run.episodes)} episodes the simulated user let out what nobody "
            "had asked for and the gate had not released."
        )
    return notes


def _judge_notes(run: Run) -> list[str]:
    """Says so where a model judges or plays users to itself, unless the run's notes do."""
    names: dict[str, list[str]] = {}
    for role, model in run.models.items():
        told = model.get("name") if isinstance(model, Mapping) else model
        if told is not None:
            names.setdefault(str(told), []).append(role)
    return [
        f"One model, {name}, plays {' and '.join(roles)}, as far as this track has them: it may "
        "favour its own words."
        for name, roles in names.items()
        if len(roles) > 1 and not any("judge" in note or "simulator" in note for note in run.notes)
    ]


def _finding(run: Run, score: Score) -> str:
    if score.value is None:
        return f"{score.arm}: nothing was measured"
    text = f"{score.arm}: {spoken(score.value)}"
    if score.verdict == "baseline":
        return f"{text}, the baseline"
    if score.gain is None:
        return f"{text}, not compared with {run.baseline}"
    return f"{text}, {signed(score.gain)}: " + {
        "better": "better",
        "worse": "worse",
        "unclear": "no difference shown",
    }.get(score.verdict, f"too few people ({number(score.clusters)}) to tell")
