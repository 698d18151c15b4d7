"""A track whose episodes a function holds, and tools without models: for tests and examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...models.hash_embedder import HashEmbedder
from .episodes import Episode, EpisodeKey, Json
from .metering import Budget, Meter
from .tools import Tools
from .tracks import Summary
from .worker import Job

__all__ = ["FunctionTrack", "bare_tools"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionTrack:
    """A track whose episodes a function holds.

    Attributes:
        fn: Holds an episode; a function at the top of a module if other processes hold them.
        arms: Its arms, the baseline first.
        users: How many users each meets.
        trials: How often each meets each.
        name: What the track is called.
        parameters: What the episodes depend on besides, for the record.
        measure: The measure that the function gives; higher is better, 0 the floor.
    """

    fn: Callable[[EpisodeKey, Tools], Episode]
    arms: Sequence[str] = ("baseline", "ours")
    users: int = 3
    trials: int = 1
    name: str = "fake"
    parameters: Mapping[str, Json] = field(default_factory=dict)
    measure: str = "score"

    @property
    def baseline(self) -> str:
        """See `Track`."""
        return self.arms[0]

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track`."""
        return {self.measure: True}

    def config(self) -> Mapping[str, Json]:
        """See `Track`."""
        return {
            "arms": list(self.arms),
            "users": self.users,
            "trials": self.trials,
            **self.parameters,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track`."""
        return [
            EpisodeKey(self.name, arm, f"user {user}", "task", trial)
            for user in range(self.users)
            for arm in self.arms
            for trial in range(self.trials)
        ]

    async def prepare(self, tools: Tools) -> None:
        """See `Track`."""

    async def episode(self, key: EpisodeKey, prepared: None, tools: Tools) -> Episode:
        """See `Track`."""
        return self.fn(key, tools)

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track`."""
        return Episode(key=key, measures={self.measure: 0.0}, error=error)

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """The mean of the measure by arm."""
        found: dict[str, list[float]] = {}
        for each in episodes:
            found.setdefault(each.key.arm, []).append(each.measures[self.measure] or 0.0)
        means = {arm: sum(values) / len(values) for arm, values in found.items()}
        return Summary(
            figures={f"{arm}_{self.measure}": mean for arm, mean in means.items()},
            rows=[
                {"arm": arm, "n": len(found[arm]), self.measure: mean}
                for arm, mean in means.items()
            ],
        )


def bare_tools(job: Job, budget: Budget) -> Tools:
    """Tools without chat models, and with an embedder that needs none; see `Job.tools`."""
    return Tools(
        settings=job.options.settings,
        seed=job.seed,
        embedder=HashEmbedder(),
        models=None,
        identities={},
        meter=Meter(),
        budget=budget,
    )
