"""Holds episodes in one process, whatever engine sends them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ...errors import ModelError
from ...policies.reward.threads import one_thread
from .episodes import Costs, Episode, EpisodeKey, episode_to_json
from .metering import Budget, BudgetExceededError
from .opening import close_tools, open_tools
from .options import ModelNames, RunOptions
from .tools import Tools
from .tracks import Track

__all__ = ["Held", "Job", "Spent", "Worker", "hold", "hold_all"]

OpenTools = Callable[["Job", Budget], Tools]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that a worker needs to know of a run; pickled to other processes.

    Attributes:
        track: What is measured.
        seed: From which all others derive.
        names: The chat models.
        identities: Which models these are, by role.
        options: How the run is held.
        tools: Opens what episodes use; None opens the models that `names` names. A function at
            the top of a module, so that other processes find it.
    """

    track: Track
    seed: int
    names: ModelNames
    identities: Mapping[str, Mapping[str, str]]
    options: RunOptions
    tools: OpenTools | None = None


class Spent(NamedTuple):
    """What the run has spent so far, told to a worker with each chunk."""

    usd: float = 0.0
    tokens: int = 0
    seconds: float = 0.0


class Held(NamedTuple):
    """An episode as it travels from a worker.

    Attributes:
        key: Names it.
        line: The episode as JSON; empty if it was not held, since the budget is used up.
        failed: Whether it could not be held.
        usd: Dollars spent on it.
        tokens: Tokens spent on it, those from the cache not counted.
        stopped: Why no more are held, if so.
    """

    key: EpisodeKey
    line: str
    failed: bool = False
    usd: float = 0.0
    tokens: int = 0
    stopped: str | None = None


async def hold(
    track: Track,
    key: EpisodeKey,
    prepared: Any,
    tools: Tools,
    *,
    retries: int = 2,
    timeout_s: float | None = None,
) -> Episode:
    """Holds one episode; one whose models fail every time is recorded as failed.

    Args:
        track: What is measured.
        key: Which episode.
        prepared: What `track.prepare` returned.
        tools: With a meter of this episode's own.
        retries: How often it is held again after a model failed or time ran out.
        timeout_s: Seconds for each attempt; None waits.

    Raises:
        BudgetExceededError: The budget was used up meanwhile; the episode counts as not held.
    """
    began, attempt = time.perf_counter(), 0
    while True:
        attempt += 1
        try:
            if timeout_s is None:
                episode = await track.episode(key, prepared, tools)
            else:
                async with asyncio.timeout(timeout_s):
                    episode = await track.episode(key, prepared, tools)
        except BudgetExceededError:
            raise
        except (ModelError, TimeoutError) as error:
            if attempt <= retries:
                continue
            told = str(error) or f"not held within {timeout_s:g} s" if timeout_s else str(error)
            failures = {"timeout" if isinstance(error, TimeoutError) else "model": attempt}
            episode = replace(
                track.failed(key, told),
                error=told,
                stop="error",
                failures=failures,
                costs=tools.meter.onto(Costs()),
            )
        return replace(
            episode,
            attempts=attempt,
            costs=replace(episode.costs, seconds=time.perf_counter() - began),
        )


async def hold_all(track: Track, tools: Tools) -> list[Episode]:
    """Holds a track's episodes here, one after another, and writes nothing; for notebooks.

    Args:
        track: What is measured.
        tools: What episodes use; each gets a meter of its own.
    """
    keys, prepared = track.keys(), await track.prepare(tools)
    return [await hold(track, key, prepared, tools.fresh()) for key in keys]


class Worker:
    """One process's share of a run; prepares the track once, on the first chunk.

    Args:
        job: The run.
    """

    def __init__(self, job: Job) -> None:
        options = job.options
        self._job = job
        self._budget = Budget(
            usd=options.budget_usd, tokens=options.budget_tokens, seconds=options.budget_seconds
        )
        self._loop = asyncio.new_event_loop()
        self._tools: Tools | None = None
        self._prepared: Any = None

    def run(self, keys: Sequence[EpisodeKey], spent: Spent, keep: Callable[[Held], None]) -> None:
        """Holds episodes, as many at a time as the options say.

        Args:
            keys: Which.
            spent: What the run has spent before.
            keep: Given each when it is done. Once the budget is used up, it is given one unheld
                episode, and the rest are left.
        """
        with one_thread():
            self._loop.run_until_complete(self._run(keys, spent, keep))

    async def _run(
        self, keys: Sequence[EpisodeKey], spent: Spent, keep: Callable[[Held], None]
    ) -> None:
        job, budget = self._job, self._budget
        budget.resume(usd=spent.usd, tokens=spent.tokens, seconds=spent.seconds)
        if self._tools is None:
            if job.tools is not None:
                self._tools = job.tools(job, budget)
            else:
                self._tools = open_tools(
                    job.options,
                    job.names,
                    seed=job.seed,
                    budget=budget,
                    identities=job.identities,
                )
            self._prepared = await job.track.prepare(self._tools)
        waiting = iter(keys)
        stopped = False

        async def take() -> None:
            nonlocal stopped
            for key in waiting:
                if stopped:
                    return
                held = await self._hold(key)
                stopped = stopped or held.stopped is not None
                keep(held)

        if job.options.concurrency == 1:
            await take()
            return
        async with asyncio.TaskGroup() as group:
            for _ in range(min(job.options.concurrency, len(keys))):
                group.create_task(take())

    async def _hold(self, key: EpisodeKey) -> Held:
        assert self._tools is not None, "tools are opened first"
        tools, options = self._tools.fresh(), self._job.options
        try:
            self._budget.check()
            episode = await hold(
                self._job.track,
                key,
                self._prepared,
                tools,
                retries=options.retries,
                timeout_s=options.timeout_s,
            )
        except BudgetExceededError as error:
            return Held(key, "", usd=tools.meter.usd, tokens=tools.meter.spent, stopped=str(error))
        return Held(
            key,
            episode_to_json(episode),
            failed=episode.error is not None,
            usd=tools.meter.usd,
            tokens=tools.meter.spent,
        )

    def close(self) -> None:
        """Frees models; safe to call twice."""
        if self._loop.is_closed():
            return
        try:
            if self._tools is not None:
                self._loop.run_until_complete(close_tools(self._tools))
        finally:
            with contextlib.suppress(RuntimeError):
                self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
