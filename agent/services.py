"""What the nodes of a turn work with: the run's context, and a meter of what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..models.types import Usage

if TYPE_CHECKING:
    from ..config import Settings
    from ..memory import Memory
    from ..memory.types import Preference
    from ..models.types import ChatModel
    from ..policies.constraints import ConstraintJudge
    from ..policies.elicit import Elicitor
    from ..policies.feedback import ReactionStages
    from ..policies.personal import PersonalReward

__all__ = ["Inference", "Meter", "Services"]


class Inference(NamedTuple):
    """What inference taught, and what asking the chat model cost."""

    learned: tuple[Preference, ...]
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The context of one run: whose turn it is, and what serves it.

    Attributes:
        user_id: The only user whose data this run may touch.
        session_id: The conversation.
        settings: The settings in force.
        memory: What is known of users.
        chat: The chat model.
        elicitor: Decides what to ask.
        reward: The personal reward models.
        judge: Has the chat model decide what words cannot, of hard constraints.
        reactions: Reads what a message shows of the last reply.
        seed: Seed of this turn's sampling; None leaves it to the model.
        chat_missing: Why no chat model can answer; empty if one can.
        job_id: The queued job that this run does, if it does one; what it learns finishes it.
    """

    user_id: str
    session_id: str
    settings: Settings
    memory: Memory
    chat: ChatModel
    elicitor: Elicitor
    reward: PersonalReward
    judge: ConstraintJudge
    reactions: ReactionStages
    seed: int | None = None
    chat_missing: str = ""
    job_id: str | None = None


@dataclass(slots=True)
class Meter:
    """Adds up what a node spends on the chat model, and what it has to say about itself."""

    usage: Usage = field(default_factory=lambda: Usage(calls=0))
    seconds: float = 0.0
    note: str = ""

    def add(self, usage: Usage) -> None:
        """Counts one call (or a repaired pair of calls)."""
        self.usage = self.usage + usage

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Counts the time of a block as the chat model's: loading and queueing are its own too."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began
