"""How a run is held, as opposed to what is measured: none of this changes an outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from ...config import Settings
from ...errors import InputError

__all__ = ["EngineName", "ModelNames", "RunOptions"]

EngineName: TypeAlias = Literal["local", "ray"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNames:
    """The chat models of a run by their names; what they are changes outcomes.

    Attributes:
        agent: Answers as the assistant; None for a run without chat models.
        simulator: Words what simulated users say; None takes the agent's.
        judge: Judges; None takes the agent's.
    """

    agent: str | None = None
    simulator: str | None = None
    judge: str | None = None

    @property
    def by_role(self) -> dict[str, str]:
        """Every role's model; none without an agent's.

        Raises:
            InputError: Others are named without the agent's.
        """
        if self.agent is None:
            if self.simulator or self.judge:
                raise InputError("a simulator's or judge's model is named without an agent's")
            return {}
        return {
            "agent": self.agent,
            "simulator": self.simulator or self.agent,
            "judge": self.judge or self.agent,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How episodes are held.

    Attributes:
        settings: Models' directories, addresses and windows; `home` is not touched.
        engine: Processes of this machine, or Ray.
        workers: Processes, or Ray tasks at a time.
        concurrency: Episodes at a time in each worker; more than one helps with hosted models.
        chunk: Episodes that a worker takes at a time, at least one; None reckons it.
        retries: How often an episode whose model failed is held again.
        timeout_s: Seconds after which an episode counts as failed; None waits.
        budget_usd: Dollars, where prices are known.
        budget_tokens: Tokens read and written by chat models.
        budget_seconds: Wall-clock time.
        cache: The file of the response cache; None asks models every time.
        ray_address: A Ray cluster's address; None starts one on this machine.
    """

    settings: Settings = field(default_factory=Settings)
    engine: EngineName = "local"
    workers: int = 1
    concurrency: int = 1
    chunk: int | None = None
    retries: int = 2
    timeout_s: float | None = None
    budget_usd: float | None = None
    budget_tokens: int | None = None
    budget_seconds: float | None = None
    cache: Path | None = None
    ray_address: str | None = None

    def __post_init__(self) -> None:
        for name, least in (("workers", 1), ("concurrency", 1), ("retries", 0)):
            value = getattr(self, name)
            if value < least:
                raise InputError(f"{name} is {value!r}; give at least {least}")
        for name in ("chunk", "timeout_s", "budget_usd", "budget_tokens", "budget_seconds"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"{name} is {value!r}; give more than 0, or nothing for no limit")
        if self.engine not in ("local", "ray"):
            raise InputError(f"engine is {self.engine!r}; there are 'local' and 'ray'")
