"""The state of one turn, in plain types, so that a checkpoint holds nothing but data.

Typed values enter and leave it through `pack` and `unpack`; the serializer therefore never
needs to import a class of ours, and strict msgpack can stay on.
"""

from __future__ import annotations

import operator
from functools import cache
from typing import Annotated, Any, Literal, NotRequired, TypeAlias, TypedDict, TypeVar, cast

from pydantic import TypeAdapter

from ..memory.types import Observation, Settled, Strength
from ..policies.types import Candidate, MemoryEffect, Ranked, Unchecked, Violation

__all__ = [
    "Json",
    "PendingObservation",
    "Pick",
    "Settlement",
    "TurnState",
    "pack",
    "pack_ranked",
    "unpack",
    "unpack_observation",
    "unpack_ranked",
]

T = TypeVar("T")
Json: TypeAlias = dict[str, Any]


class PendingObservation(TypedDict):
    """An observation that `learn` has yet to take in, with what it is known to say.

    `infer` is the kind of inference that it awaits besides, if any, and `details` what that needs;
    `about` the request that it is about, if that is not the turn's.
    """

    observation: Json
    drafts: list[Json]
    infer: NotRequired[str]
    details: NotRequired[dict[str, str]]
    about: NotRequired[str]


class Settlement(TypedDict):
    """The user's word on a contradiction: what to keep, and when the new one applies."""

    keep: Settled | None
    scope: str | None


class Pick(TypedDict):
    """The user's pick among drafts: which, by how much, and why."""

    index: int | None
    strength: Strength | None
    reason: str | None


class TurnState(TypedDict, total=False):
    """What the nodes of a turn hand to each other; every value is plain data.

    `text` is the user's message, `shown` the drafts behind the last reply as the user saw them,
    `used` the ids of the preferences that it was written under.
    `request` is what the drafts answer, `about` what the turn is about: the request, or that of the
    reply to be changed. `example` is the draft that a command points at. `said` is a message that
    `learn` has yet to keep, `forget` what it has yet to forget, `narrow` the occasion to
    which it has yet to limit what was learned last. `conflicts` are the contradictions
    that wait for the user's word, `settled` that word on the first of them. `explained` says
    that the question was explained, `clarified` what was answered in this turn. `attempt` counts
    calls to `propose`; `streamed` says that the draft went out as the reply while it was written.
    `learned` holds preferences, `steps` grows by one entry a node.
    """

    text: str
    shown: list[str]
    used: list[str]
    request: str
    about: str
    example: str
    said: str
    forget: str | None
    narrow: str | None
    explained: bool
    offer_choice: bool
    reading: Json
    pending: list[PendingObservation]
    conflicts: list[Json]
    settled: Settlement | None
    back_to: Literal["ask", "recall", "reply"]
    recalled: list[Json]
    decision: Json
    question: Json | None
    clarified: Annotated[list[str], operator.add]
    drafts: list[Json]
    ranked: list[Json]
    choosing: str | None
    attempt: int
    streamed: bool
    reply_id: str
    reply: str
    notice: str
    learned: Annotated[list[Json], operator.add]
    steps: Annotated[list[Json], operator.add]


@cache  # as many as there are shapes
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def pack(value: Any) -> Json:
    """Turns one of the frozen dataclasses of a turn into plain data."""
    shape: Any = type(value)
    return cast("Json", _adapter(shape).dump_python(value, mode="json"))


def unpack(shape: type[T], data: Json) -> T:
    """Turns plain data back into the frozen dataclass it was."""
    wanted: Any = shape
    return cast("T", _adapter(wanted).validate_python(data))


def unpack_observation(data: Json) -> Observation:
    """Turns plain data back into the observation it was, by its `kind`."""
    return cast("Observation", _adapter(Observation).validate_python(data))


def pack_ranked(ranked: Ranked) -> Json:
    """Turns a ranked draft into plain data."""
    return {
        "text": ranked.candidate.text,
        "approach": ranked.candidate.approach,
        "index": ranked.index,
        "score": ranked.score,
        "utility": ranked.utility,
        "sd": ranked.sd,
        "contributions": dict(ranked.contributions),
        "violations": [pack(violation) for violation in ranked.violations],
        "unchecked": [pack(each) for each in ranked.unchecked],
        "memories": [pack(each) for each in ranked.memories],
    }


def unpack_ranked(data: Json) -> Ranked:
    """Turns plain data back into a ranked draft."""
    return Ranked(
        candidate=Candidate(text=data["text"], approach=data["approach"]),
        index=data["index"],
        score=data["score"],
        utility=data["utility"],
        sd=data["sd"],
        contributions=data["contributions"],
        violations=tuple(unpack(Violation, violation) for violation in data["violations"]),
        # A turn that an earlier version left open has neither.
        unchecked=tuple(unpack(Unchecked, each) for each in data.get("unchecked", [])),
        memories=tuple(unpack(MemoryEffect, each) for each in data.get("memories", [])),
    )
