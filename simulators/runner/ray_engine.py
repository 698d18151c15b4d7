"""Holds episodes on a Ray cluster; a node that is lost has its episodes held elsewhere."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...errors import ConfigError, PenchantError
from .engines import Keep, WorkersDiedError, chunks
from .episodes import EpisodeKey
from .worker import Held, Job, Spent, Worker

__all__ = ["RayEngine"]

_TRIES = 10
_PATIENCE_S = 5.0


class RayEngine:
    """Episodes as Ray tasks of one CPU each, `workers` of them at a time.

    A task is any worker's; each worker process opens models and prepares the track once. Tasks
    whose node or process is lost are run again by Ray. A result counts when it reaches this
    process, once for each episode, so that nothing is lost and nothing is kept twice.

    Args:
        address: A cluster's address ("auto" for one on this machine); None uses a cluster that
            this process is connected to, or else starts one here.

    Raises:
        ConfigError: Ray is not installed.
    """

    def __init__(self, *, address: str | None = None) -> None:
        # Read when Ray is imported and by the processes that it starts.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError as error:
            raise ConfigError(
                "the engine 'ray' needs the package ray; install penchant[ray], or use "
                "--engine local"
            ) from error
        self._ray: Any = ray
        self._address = address

    def run(
        self, job: Job, keys: Sequence[EpisodeKey], *, spent: Callable[[], Spent], keep: Keep
    ) -> None:
        """See `Engine.run`.

        Raises:
            ConfigError: The cluster cannot be reached.
            WorkersDiedError: Ray gave up on a task.
        """
        ray = self._ray
        try:
            with self.cluster(job.options.workers):
                self._run(job, keys, spent=spent, keep=keep)
        except ray.exceptions.RayTaskError as error:
            # What a worker raised on purpose is told as if it had been raised here.
            if isinstance(error.cause, PenchantError):
                raise error.cause from None
            raise
        except ray.exceptions.RayError as error:
            raise WorkersDiedError(f"Ray gave up: {error}") from error

    @contextmanager
    def cluster(self, workers: int) -> Iterator[None]:
        """Within the block this process is connected to a cluster; what was before stays.

        Args:
            workers: CPUs of a cluster that is started here.

        Raises:
            ConfigError: The cluster cannot be reached.
        """
        if self._ray.is_initialized():
            yield
            return
        self._connect(workers)
        try:
            yield
        finally:
            self._ray.shutdown()

    def _connect(self, workers: int) -> None:
        address = self._address
        if address is None:
            # Nothing outside this machine has business with a cluster of one's own.
            self._ray.init(
                num_cpus=workers,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
                _node_ip_address="127.0.0.1",
            )
            return
        _check(address)
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise ConfigError(f"no Ray cluster answers at {address!r}: {error}") from error

    def _run(
        self, job: Job, keys: Sequence[EpisodeKey], *, spent: Callable[[], Spent], keep: Keep
    ) -> None:
        ray = self._ray
        # Retried whatever ended the process; what the code raises is not retried.
        task = ray.remote(num_cpus=1, max_retries=_TRIES)(_chunk)
        # Owned by this process, so that it outlives any node.
        shared = ray.put(job)
        name = os.urandom(8).hex()
        todo = chunks(keys, job)
        running: list[Any] = []
        kept: set[EpisodeKey] = set()
        stopped = False
        try:
            while True:
                while not stopped and len(running) < job.options.workers + 1:
                    chunk = next(todo, None)
                    if chunk is None:
                        break
                    running.append(task.remote(name, shared, list(chunk), spent()))
                if not running:
                    return
                done, running = ray.wait(running, num_returns=1)
                for held in ray.get(done[0]):
                    stopped = stopped or held.stopped is not None
                    if held.key not in kept:
                        kept.add(held.key)
                        keep(held)
        finally:
            for each in running:
                ray.cancel(each, force=True)


def _check(address: str) -> None:
    """Sees that something listens at an address, since Ray tries for minutes.

    Raises:
        ConfigError: Nothing does.
    """
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        return  # "auto" and the like, which Ray looks up itself
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_S).close()
    except (OSError, OverflowError) as error:
        raise ConfigError(
            f"no Ray cluster answers at {address!r}: {error}; start one with `ray start --head`, "
            "or leave the address out to have one started here"
        ) from error


_workers: dict[str, Worker] = {}


def _chunk(name: str, job: Job, keys: Sequence[EpisodeKey], spent: Spent) -> list[Held]:
    if name not in _workers:
        # One run at a time: a process that Ray uses again lets go of the former run's models.
        for former in _workers.values():
            former.close()
        _workers.clear()
        _workers[name] = Worker(job)
    held: list[Held] = []
    _workers[name].run(keys, spent, held.append)
    return held
