"""What the Agent hands to an app: replies, events of a turn, traces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..errors import InputError
from ..memory.types import Conflict, Preference
from ..models.types import Usage
from ..policies.types import Candidate, Decision, Question, Ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node of the turn: what it cost and what it noted.

    Attributes:
        node: Name of the node.
        milliseconds: Wall-clock time, LLM calls included.
        llm_calls: Requests to the chat model.
        llm_milliseconds: Of the time, what the chat model took, loading and queueing included.
        prompt_tokens: Tokens read by the chat model.
        completion_tokens: Tokens written by it.
        note: One plain sentence for people who ask why.
    """

    node: str
    milliseconds: float
    llm_calls: int = 0
    llm_milliseconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The steps of a turn, in order."""

    steps: tuple[Step, ...] = ()

    @property
    def usage(self) -> Usage:
        """The cost of all calls to the chat model in this turn."""
        return Usage(
            prompt_tokens=sum(s.prompt_tokens for s in self.steps),
            completion_tokens=sum(s.completion_tokens for s in self.steps),
            seconds=sum(s.llm_milliseconds for s in self.steps) / 1000,
            calls=sum(s.llm_calls for s in self.steps),
        )

    @property
    def overhead_ms(self) -> float:
        """Time spent on everything but the chat model."""
        return sum(s.milliseconds - s.llm_milliseconds for s in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """Candidates offered for the user to pick from; `Agent.choose` takes it up."""

    id: str
    candidates: tuple[Candidate, ...]


Pending: TypeAlias = Question | Choosing | Conflict
"""What may wait for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The outcome of a turn: an answer, or a question that has to be answered first.

    Attributes:
        id: Opaque and unique; `edit`, `rate` and `choose` name it.
        session_id: The conversation it belongs to.
        text: The answer in Markdown; empty while something is open.
        question: The clarifying question that is open, if any.
        choosing: The choice that is open, if any.
        conflict: The contradiction that is open, if any; `Agent.resolve` settles it.
        candidates: The drafts, best first, with scores and contributions.
        recalled: The preferences that were put before the model.
        learned: What this turn taught, each with an id that `undo` takes.
        decision: What was decided, and why.
        trace: What each node cost.
        notice: A plain sentence about anything degraded ("no model: …"), else empty.
    """

    id: str
    session_id: str
    text: str
    question: Question | None = None
    choosing: Choosing | None = None
    conflict: Conflict | None = None
    candidates: tuple[Ranked, ...] = ()
    recalled: tuple[Preference, ...] = ()
    learned: tuple[Preference, ...] = ()
    decision: Decision
    trace: Trace
    notice: str = ""

    def __str__(self) -> str:
        if self.question is not None:
            return self.question.text
        return self.text if self.conflict is None else self.conflict.question


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The turn reached a stage; `text` is fit to show ("recalling", "drafting")."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDelta:
    """More characters of a draft in the making; drafts are numbered from 0."""

    draft: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyDelta:
    """More characters of the reply itself."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Something was learned, now or in the background; `Agent.undo` takes the id of each."""

    preferences: tuple[Preference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The turn is over, or waits for the user; always the last event of a turn."""

    reply: Reply


Event: TypeAlias = Status | DraftDelta | ReplyDelta | Learned | Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Candidates in order of this user's preference, best first.

    Attributes:
        items: The candidates.
        filtered: Items of a catalogue that did not meet a condition, and are not among them.
        forbidden: Items of a catalogue that broke a hard constraint, and are not among them.
    """

    items: tuple[Ranked, ...]
    filtered: int = 0
    forbidden: int = 0

    @property
    def best(self) -> Candidate:
        """The first candidate.

        Raises:
            InputError: Nothing of a catalogue was left.
        """
        if not self.items:
            raise InputError(
                f"nothing is left: {self.filtered} items did not meet a condition, and "
                f"{self.forbidden} broke a hard constraint; ask for less"
            )
        return self.items[0].candidate
