"""The locomo track: which turns does memory find for a question, months of talk later?

After Maharana et al. 2024, "Evaluating Very Long-Term Conversational Memory of LLM Agents"
(LoCoMo): their retrieval is scored by the recall of the annotated evidence among the turns found,
which is what is measured here, at 5 and at 10. What differs: nothing is answered, so that no chat
model is needed. LoCoMo asks about all that two people told each other; the product keeps what
somebody prefers. Its memory is therefore measured twice: with every turn kept, which is its search
alone, and with what it learns by itself, which leaves out most of what is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...errors import InputError
from ..datasets.locomo import CATEGORIES, LocomoConversation, LocomoQuestion, load_locomo
from ..runner import Costs, Episode, EpisodeKey, Json, Summary, Tools, derive
from .finding import ARMS, BASELINE, find
from .summary import AT, summarised

__all__ = ["LocomoTrack"]

_TASK = "evidence"


@dataclass(frozen=True, kw_only=True)
class LocomoTrack:
    """One episode is one arm on one conversation, with all its questions.

    Attributes:
        data: Where the data is, see `load_locomo`.
        conversations: On how many, in the file's order; None for all.
        arms: Which arms, of `ARMS`.
        seed: Of the floor and of intervals.

    Raises:
        InputError: A number is not positive, or an arm is not known.
    """

    data: Path
    conversations: int | None = None
    arms: tuple[str, ...] = ARMS
    seed: int = 0

    def __post_init__(self) -> None:
        if self.conversations is not None and self.conversations < 1:
            raise InputError(f"conversations is {self.conversations!r}; give 1 or more")
        odd = [each for each in self.arms if each not in ARMS]
        if odd or not self.arms:
            raise InputError(f"arms has {odd!r}; choose from {', '.join(ARMS)}")

    @property
    def name(self) -> str:
        """See `Track.name`."""
        return "locomo"

    @property
    def baseline(self) -> str:
        """See `Track.baseline`."""
        return BASELINE

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track.higher_is_better`."""
        return {
            **{f"recall_{most}": True for most in AT},
            **{f"recall_{AT[-1]}_{_plain(each)}": True for each in CATEGORIES},
            f"words_{AT[-1]}": False,
        }

    def config(self) -> Mapping[str, Json]:
        """See `Track.config`; the embedder belongs to the run."""
        told = repr(tuple(self._loaded.values()))
        return {
            "data_sha256": hashlib.sha256(told.encode()).hexdigest(),
            "conversations": list(self._loaded),
            "arms": list(self.arms),
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track.keys`."""
        return [
            EpisodeKey(self.name, arm, name, _TASK) for name in self._loaded for arm in self.arms
        ]

    async def prepare(self, tools: Tools) -> None:
        """Nothing is shared: the data is read on first use."""

    async def episode(self, key: EpisodeKey, prepared: object, tools: Tools) -> Episode:
        """See `Track.episode`."""
        conversation = self._loaded[key.user]
        seed = derive(self.seed, "floor", key.user)
        found = find(key.arm, conversation, tools.embedder, most=AT[-1], seed=seed)
        length = {turn.id: len(turn.text.split()) for turn in conversation.turns}
        asked = [
            {
                "number": number,
                "category": each.category,
                "evidence": list(each.evidence),
                "found": list(turns),
                **{f"recall_{most}": _recall(each, turns[:most]) for most in AT},
            }
            for number, (each, turns) in enumerate(
                zip(conversation.questions, found.turns, strict=True)
            )
            if each.evidence
        ]
        words = [sum(length[turn] for turn in turns) for turns in found.turns]
        return Episode(
            key=key,
            measures={
                **_means(asked),
                f"words_{AT[-1]}": sum(words) / len(words) if words else None,
            },
            costs=tools.meter.onto(Costs(turns=len(conversation.turns))),
            detail={"asked": asked, "kept": found.kept, **_left_out(conversation)},
        )

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track.failed`: nothing was found."""
        conversation = self._loaded[key.user]
        asked: list[Mapping[str, Json]] = [
            {
                "number": number,
                "category": each.category,
                "evidence": list(each.evidence),
                "found": [],
                **{f"recall_{most}": 0.0 for most in AT},
            }
            for number, each in enumerate(conversation.questions)
            if each.evidence
        ]
        return Episode(
            key=key,
            measures=_means(asked),
            stop="error",
            failures={"failed": 1},
            detail={"asked": asked, "kept": 0, **_left_out(conversation)},
            error=error,
        )

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track.summarise`."""
        return summarised(episodes, arms=self.arms, baseline=self.baseline, seed=self.seed)

    @cached_property
    def _loaded(self) -> Mapping[str, LocomoConversation]:
        found = load_locomo(self.data)[: self.conversations]
        return {each.id: each for each in found}


def _recall(question: LocomoQuestion, turns: Sequence[str]) -> float:
    return sum(each in turns for each in question.evidence) / len(question.evidence)


def _left_out(conversation: LocomoConversation) -> Mapping[str, Json]:
    """Questions without a turn that could be found, and ids that no turn has."""
    return {
        "without_evidence": sum(not each.evidence for each in conversation.questions),
        "unknown_evidence": sum(len(each.unknown) for each in conversation.questions),
    }


def _means(asked: Sequence[Mapping[str, Json]]) -> dict[str, float | None]:
    def mean(measure: str, category: str | None = None) -> float | None:
        values = [
            float(str(each[measure]))
            for each in asked
            if category is None or each["category"] == category
        ]
        return sum(values) / len(values) if values else None

    most = f"recall_{AT[-1]}"
    return {
        **{f"recall_{at}": mean(f"recall_{at}") for at in AT},
        **{f"{most}_{_plain(each)}": mean(most, each) for each in CATEGORIES},
    }


def _plain(category: str) -> str:
    return category.replace("-", "_")
