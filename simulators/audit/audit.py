"""Audits a run: which episodes the simulator spoiled, and what the run says without them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ..reports import Run, build_report
from ..reports.scores import Score
from ..runner.episodes import EpisodeKey
from .flags import KINDS, Flag, audit_episode

if TYPE_CHECKING:
    from ...models.types import Embedder

__all__ = ["Audit", "Flagged", "audit_run"]


class Flagged(NamedTuple):
    """An episode with something wrong.

    Attributes:
        key: The episode.
        flags: What is wrong with it.
    """

    key: EpisodeKey
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit found.

    Attributes:
        run: The run.
        flagged: The episodes with something wrong, in the run's order.
        figures: Episodes, episodes flagged, their share, and flags of each kind.
        rows: Flags by arm and kind; then every arm on every measure, over all episodes and without
            those of people whose user was flagged in any arm, so that arms still meet the same.
        notes: What a reader must know first.
    """

    run: Run
    flagged: Sequence[Flagged]
    figures: Mapping[str, float]
    rows: Sequence[Mapping[str, object]]
    notes: Sequence[str]


def audit_run(run: Run, *, embedder: Embedder | None = None) -> Audit:
    """Audits a run.

    Args:
        run: Finished or not.
        embedder: Finds leaks in other words; None looks at words only.
    """
    flagged = [
        Flagged(episode.key, flags)
        for episode in run.episodes
        if (flags := audit_episode(episode, embedder=embedder))
    ]
    counts = Counter(flag.kind for each in flagged for flag in each.flags)
    held = len(run.episodes)
    figures: dict[str, float] = {
        "episodes": float(held),
        "flagged_episodes": float(len(flagged)),
        "flagged_share": len(flagged) / held if held else 0.0,
    }
    figures |= {f"{kind.replace(' ', '_')}_flags": float(counts[kind]) for kind in KINDS}
    notes = []
    if embedder is None:
        notes.append("Leaks were looked for by words only: no embedder was given.")
    if not any(episode.transcript for episode in run.episodes):
        notes.append("No episode has a transcript: nothing was said that could be audited.")
    return Audit(
        run=run,
        flagged=flagged,
        figures=figures,
        rows=[*_by_arm(run, flagged), *_scored(run, flagged)],
        notes=notes,
    )


def _by_arm(run: Run, flagged: Sequence[Flagged]) -> list[Mapping[str, object]]:
    held = Counter(episode.key.arm for episode in run.episodes)
    found: dict[str, Counter[str]] = {arm: Counter() for arm in held}
    spoiled = Counter(each.key.arm for each in flagged)
    for each in flagged:
        found[each.key.arm].update(flag.kind for flag in each.flags)
    return [
        {
            "what": "flags",
            "arm": arm,
            "n": held[arm],
            "flagged": spoiled[arm],
            **{kind: found[arm][kind] for kind in KINDS},
        }
        for arm in held
    ]


def _scored(run: Run, flagged: Sequence[Flagged]) -> list[Mapping[str, object]]:
    """Scores over all episodes, and without what was flagged in any arm."""
    spoiled = {each.key._replace(arm="") for each in flagged}
    clean = [each for each in run.episodes if each.key._replace(arm="") not in spoiled]
    rows: list[Mapping[str, object]] = []
    for episodes, over in ((run.episodes, "all episodes"), (clean, "without flagged")):
        if not episodes:
            rows.append({"what": "scores", "over": over, "n": 0})
            continue
        # By the episodes alone: what the track reckoned is over all of them.
        part = replace(run, episodes=episodes, rows=(), figures={})
        for score in build_report(part, worst=0).scores:
            rows.append(
                {
                    "what": "scores",
                    "over": over,
                    "arm": score.arm,
                    "measure": score.measure,
                    **_cells(score),
                }
            )
    return rows


def _cells(score: Score) -> dict[str, object]:
    """A score's numbers as cells of a row."""
    cells: dict[str, object] = {"n": score.n, "missing": score.missing}
    for name, found in (("value", score.value), ("gain", score.gain)):
        if found is not None:
            cells |= {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
    return cells
