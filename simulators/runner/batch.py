"""Holds the episodes of a run that are not held yet, and sums all of them up."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..environment import Environment
from ..jsonable import finite
from .directory import RunDirectory, config_hash
from .engines import Engine, engine_of
from .episodes import Episode, EpisodeKey
from .opening import identity_of
from .options import ModelNames, RunOptions
from .tracks import Summary, Track
from .worker import Held, Job, OpenTools, Spent

__all__ = ["RunProgress", "RunResult", "run_batch"]

# Settings besides the models' that change what an agent does.
_OUTCOME_SETTINGS = (
    "embedder",
    "context_window",
    "drafts",
    "drafting",
    "reply_tokens",
    "questions_per_session",
    "recall_limit",
    "recall_tokens",
    "read_follow_ups",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunProgress:
    """How far a run is.

    Attributes:
        track: Its track.
        done: Episodes held, those of an earlier start included.
        total: Episodes of the whole run.
        now: Of those done, held since this start.
        failed: Episodes that could not be held.
        seconds: Since this start.
        usd: Dollars spent since this start.
        tokens: Tokens spent since this start.
        latest: The episode held last, if any was.
    """

    track: str
    done: int
    total: int
    now: int
    failed: int
    seconds: float
    usd: float
    tokens: int
    latest: EpisodeKey | None

    @property
    def rate(self) -> float:
        """Episodes a second since this start; 0 before the first."""
        return self.now / self.seconds if self.now and self.seconds > 0 else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until the end at this rate; None before the first episode."""
        return (self.total - self.done) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came out.

    Attributes:
        directory: Where it is.
        summary: Of all episodes held.
        held: How many are held.
        total: How many there are in the whole run.
        failed: How many of those held failed.
        stopped: Why the run ended before all were held, if it did.
        seconds: This start took.
    """

    directory: Path
    summary: Summary
    held: int
    total: int
    failed: int
    stopped: str | None
    seconds: float


def run_batch(
    track: Track,
    directory: Path,
    *,
    seed: int,
    names: ModelNames | None = None,
    options: RunOptions | None = None,
    engine: Engine | None = None,
    tools: OpenTools | None = None,
    retry_failed: bool = False,
    command: str = "",
    progress: Callable[[RunProgress], None] | None = None,
) -> RunResult:
    """Holds what is left of a run, in its directory, and writes the summary.

    A run that was interrupted goes on where it stopped: episodes are known by track, arm, user,
    task and trial, and the directory refuses another configuration.

    Args:
        track: What is measured.
        directory: Of the run; made if it is missing.
        seed: From which all others derive.
        names: The chat models, if any.
        options: How the run is held; by default in this process.
        engine: By default the one that the options name.
        tools: Opens what episodes use, in the place of models by name; for fakes.
        retry_failed: Hold episodes again that failed before.
        command: What to type to run it again, for the record.
        progress: Told after every episode.

    Raises:
        InputError: The directory holds something else, or data is missing or malformed.
        NoChatModelError: A local model is not here.
    """
    from ... import __version__

    options = options if options is not None else RunOptions()
    names = names if names is not None else ModelNames()
    keys = list(track.keys())
    if len(set(keys)) != len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InputError(f"the track {track.name!r} names the episode {str(twice)!r} twice")
    identities = {role: identity_of(options.settings, name) for role, name in names.by_role.items()}
    depends: dict[str, Any] = {
        "track": track.name,
        "version": __version__,
        "seed": seed,
        "config": dict(track.config()),
        "models": identities,
        "settings": {name: getattr(options.settings, name) for name in _OUTCOME_SETTINGS},
    }
    record = {
        "track": track.name,
        "hash": config_hash(depends),
        "config": depends,
        "seed": seed,
        "penchant": __version__,
        "arms": list(dict.fromkeys(key.arm for key in keys)),
        "episodes": len(keys),
        "baseline": track.baseline,
        "higher_is_better": dict(track.higher_is_better),
        "models": identities,
        "embedder": options.settings.embedder,
        "cache": "none" if options.cache is None else "read and write",
        "slots": 1,
        "options": {
            "engine": options.engine,
            "workers": options.workers,
            "concurrency": options.concurrency,
            "retries": options.retries,
            "timeout_s": options.timeout_s,
            "budget_usd": options.budget_usd,
            "budget_tokens": options.budget_tokens,
            "budget_seconds": options.budget_seconds,
        },
        "environment": asdict(Environment.here()),
        "command": command,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    run = RunDirectory(directory, record)
    try:
        known = run.done(failed=not retry_failed)
        job = Job(
            track=track,
            seed=seed,
            names=names,
            identities=identities,
            options=options,
            tools=tools,
        )
        tally = _Tally(track.name, len(keys), known, progress)

        def keep(held: Held) -> None:
            if held.line:
                run.append(held.line)
            tally.add(held)

        left = [key for key in keys if key not in known]
        tally.tell(None)
        if left:
            chosen = engine if engine is not None else engine_of(options)
            chosen.run(job, left, spent=tally.spent, keep=keep)
        places = {key: place for place, key in enumerate(keys)}
        episodes = sorted(
            (each for each in run.episodes() if each.key in places),
            key=lambda each: places[each.key],
        )
        summary = track.summarise(episodes)
        result = RunResult(
            directory=directory,
            summary=summary,
            held=len(episodes),
            total=len(keys),
            failed=sum(each.error is not None for each in episodes),
            stopped=tally.stopped,
            seconds=tally.seconds,
        )
        run.write_summary(_summary_record(result, record, episodes))
        return result
    finally:
        run.close()


class _Tally:
    """What was held and spent since this start."""

    def __init__(
        self,
        track: str,
        total: int,
        known: Mapping[EpisodeKey, bool],
        progress: Callable[[RunProgress], None] | None,
    ) -> None:
        self._track, self._total = track, total
        self._before, self._failed = len(known), sum(known.values())
        self._progress = progress
        self._now, self._usd, self._tokens = 0, 0.0, 0
        self._began = time.monotonic()
        self.stopped: str | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def spent(self) -> Spent:
        return Spent(self._usd, self._tokens, self.seconds)

    def add(self, held: Held) -> None:
        self._usd += held.usd
        self._tokens += held.tokens
        self.stopped = self.stopped or held.stopped
        if held.line:
            self._now += 1
            self._failed += held.failed
        self.tell(held.key if held.line else None)

    def tell(self, latest: EpisodeKey | None) -> None:
        if self._progress is not None:
            self._progress(
                RunProgress(
                    track=self._track,
                    done=self._before + self._now,
                    total=self._total,
                    now=self._now,
                    failed=self._failed,
                    seconds=self.seconds,
                    usd=self._usd,
                    tokens=self._tokens,
                    latest=latest,
                )
            )


def _summary_record(
    result: RunResult, record: Mapping[str, Any], episodes: Sequence[Episode]
) -> dict[str, Any]:
    """What `summary.json` holds."""
    failures: dict[str, int] = {}
    for episode in episodes:
        for kind, count in episode.failures.items():
            failures[kind] = failures.get(kind, 0) + count
    told: dict[str, Any] = finite(
        {
            "command": record["command"],
            "version": record["penchant"],
            "environment": record["environment"],
            "seed": record["seed"],
            "figures": dict(result.summary.figures),
            "rows": [dict(row) for row in result.summary.rows],
            "notes": list(result.summary.notes),
            "counts": {
                "held": result.held,
                "total": result.total,
                "failed": result.failed,
                "failures": failures,
            },
            "stopped": result.stopped,
            "hash": record["hash"],
        }
    )
    return told
