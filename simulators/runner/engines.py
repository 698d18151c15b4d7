"""Engines: how episodes are spread over this machine's processes, or over a Ray cluster."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from typing import Protocol

from ...errors import PenchantError
from .episodes import EpisodeKey
from .options import RunOptions
from .worker import Held, Job, Spent, Worker

__all__ = ["Engine", "LocalEngine", "WorkersDiedError", "chunks", "engine_of"]

_LARGEST_CHUNK = 64
_SHARE = 8
_DEATHS = 3

Keep = Callable[[Held], None]


class WorkersDiedError(PenchantError):
    """Worker processes end again and again without a result; what was held is kept."""


class Engine(Protocol):
    """Has workers hold episodes."""

    def run(
        self, job: Job, keys: Sequence[EpisodeKey], *, spent: Callable[[], Spent], keep: Keep
    ) -> None:
        """Holds episodes; each comes to `keep` at most once, in this thread.

        Args:
            job: The run.
            keys: Which episodes, in the order in which they are best held.
            spent: What the run has spent so far.
            keep: Given each when it is done.

        Raises:
            WorkersDiedError: Workers end without a result.
        """
        ...


def engine_of(options: RunOptions) -> Engine:
    """The engine that options name.

    Raises:
        ConfigError: Ray is not installed.
    """
    if options.engine == "ray":
        from .ray_engine import RayEngine

        return RayEngine(address=options.ray_address)
    return LocalEngine()


def chunks(keys: Sequence[EpisodeKey], job: Job) -> Iterator[Sequence[EpisodeKey]]:
    """What workers take at a time: eight shares for each, so that none waits long at the end.

    Runs with chat models take few at a time, since an episode that a worker has not handed over is
    held again if the run is interrupted.
    """
    options = job.options
    size = options.chunk
    if size is None:
        share = max(1, len(keys) // (options.workers * _SHARE))
        size = min(share, _LARGEST_CHUNK)
        if job.names.agent is not None:
            size = min(size, 2 * options.concurrency)
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


class LocalEngine:
    """This process if there is one worker, else processes of their own.

    A process that ends (killed, out of memory) is replaced and its episodes are held again.
    """

    def run(
        self, job: Job, keys: Sequence[EpisodeKey], *, spent: Callable[[], Spent], keep: Keep
    ) -> None:
        """See `Engine.run`."""
        if job.options.workers == 1:
            worker = Worker(job)
            try:
                worker.run(keys, spent(), keep)
            finally:
                worker.close()
            return
        left = dict.fromkeys(keys)
        deaths = 0
        while left:
            before = len(left)
            try:
                if not self._pool(job, list(left), spent=spent, keep=keep, left=left):
                    return
            except BrokenProcessPool as error:
                deaths = deaths + 1 if len(left) == before else 0
                if deaths >= _DEATHS:
                    raise WorkersDiedError(
                        f"worker processes ended {deaths} times without holding any of "
                        f"{len(left)} episodes, {str(next(iter(left)))!r} the first; look for lack "
                        "of memory, or hold them with --workers 1 to see why"
                    ) from error

    def _pool(
        self,
        job: Job,
        keys: Sequence[EpisodeKey],
        *,
        spent: Callable[[], Spent],
        keep: Keep,
        left: dict[EpisodeKey, None],
    ) -> bool:
        """Holds what is left; False if the budget is used up."""
        pool = ProcessPoolExecutor(
            job.options.workers,
            # A copy of a process with threads may hang; a new one does not.
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(job,),
        )
        todo = chunks(keys, job)
        running: set[Future[list[Held]]] = set()
        stopped = False
        try:
            while True:
                while not stopped and len(running) < job.options.workers + 1:
                    chunk = next(todo, None)
                    if chunk is None:
                        break
                    running.add(pool.submit(_chunk, chunk, spent()))
                if not running:
                    return not stopped
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    for held in each.result():
                        stopped = stopped or held.stopped is not None
                        left.pop(held.key, None)
                        keep(held)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_worker: Worker | None = None


def _begin(job: Job) -> None:
    global _worker  # noqa: PLW0603
    _worker = Worker(job)
    Finalize(None, _worker.close, exitpriority=10)


def _chunk(keys: Sequence[EpisodeKey], spent: Spent) -> list[Held]:
    assert _worker is not None, "the pool's initializer makes it"
    held: list[Held] = []
    _worker.run(keys, spent, held.append)
    return held
