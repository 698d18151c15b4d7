"""The rewardbench track: of two good answers, does the reward model prefer the person's own?

After "Personalized RewardBench: Evaluating Reward Models with Human Aligned Personalization"
(arXiv 2604.07343): a question, two answers of which one keeps the asker's rubric and the other
does not, and what the person asked before, from which a reward model may infer what they want.
What differs: no language model judges. The product's personal reward model learns from earlier
questions what can be read in them without a chat model, on top of what others' pairs teach of
people at large; numbers compare within a run, and with the paper's only as accuracies on a sample.
A tie is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...errors import InputError
from ..datasets.rewardbench import RewardBenchItem, load_rewardbench
from ..runner import Costs, Episode, EpisodeKey, Json, Summary, Tools, derive
from .judging import ARMS, BASELINE, Judging
from .summary import summarised

__all__ = ["RewardBenchTrack"]

_TIE = 1e-9


@dataclass(frozen=True, kw_only=True)
class RewardBenchTrack:
    """One episode is one arm on one person's question.

    Attributes:
        data: Where the data is, see `load_rewardbench`.
        items: How many questions, drawn; None for all.
        posts: How many earlier questions of a person are read, those nearest to what is asked.
        arms: Which arms, of `ARMS`.
        seed: Of draws, folds and intervals.

    Raises:
        InputError: A number is not positive, or an arm is not known.
    """

    data: Path
    items: int | None = 200
    posts: int = 20
    arms: tuple[str, ...] = ARMS
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("items", "posts"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} is {value!r}; give 1 or more")
        odd = [each for each in self.arms if each not in ARMS]
        if odd or not self.arms:
            raise InputError(f"arms has {odd!r}; choose from {', '.join(ARMS)}")

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "rewardbench"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return BASELINE

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return {"accuracy": True, "accuracy_not_longer": True, "tie": False}

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`; the embedder belongs to the run."""
        told = repr(tuple(self._drawn.values()))
        return {
            "data_sha256": hashlib.sha256(told.encode()).hexdigest(),
            "items": len(self._drawn),
            "posts": self.posts,
            "arms": list(self.arms),
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`."""
        return [
            EpisodeKey(self.name, arm, item.id, item.category)
            for item in self._drawn.values()
            for arm in self.arms
        ]

    async def prepare(self, tools: Tools) -> Judging:
        """See `Track.prepare`: fits what holds of people at large."""
        return Judging.fitted(
            tuple(self._drawn.values()), tools.embedder, posts=self.posts, seed=self.seed
        )

    async def episode(self, key: EpisodeKey, prepared: Judging, tools: Tools) -> Episode:
        """See `Track.episode`."""
        item = self._drawn[key.user]
        judged = prepared.judge(key.arm, item)
        tie = abs(judged.margin) <= _TIE
        right = judged.margin > _TIE
        return Episode(
            key=key,
            measures={**_scores(item, right=right), "tie": float(tie)},
            costs=tools.meter.onto(Costs(turns=judged.posts)),
            failures={"tie": 1} if tie else {},
            profile={"rubric": list(item.rubric)},
            detail={"margin": judged.margin, "learned": judged.learned, "posts": judged.posts},
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track.failed`: the other answer was preferred."""
        return Episode(
            key=key,
            measures={**_scores(self._drawn[key.user], right=False), "tie": 0.0},
            stop="error",
            failures={"failed": 1},
            detail={"margin": 0.0, "learned": 0, "posts": 0},
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        return summarised(episodes, arms=self.arms, baseline=self.baseline, seed=self.seed)

    @cached_property
    def _drawn(self) -> Mapping[str, RewardBenchItem]:
        found = sorted(
            load_rewardbench(self.data), key=lambda item: derive(self.seed, "drawn", item.id)
        )
        return {item.id: item for item in found[: self.items]}


def _scores(item: RewardBenchItem, *, right: bool) -> dict[str, float | None]:
    """The second is over pairs in which length points the other way."""
    telling = len(item.chosen) <= len(item.rejected)
    return {"accuracy": float(right), "accuracy_not_longer": float(right) if telling else None}
