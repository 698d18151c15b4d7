"""What is kept of one episode: everything needed to score it again, audit it and show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from typing_extensions import TypeAliasType

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "Compared",
    "Costs",
    "Disclosure",
    "Episode",
    "EpisodeKey",
    "How",
    "Json",
    "Line",
    "episode_from_json",
    "episode_to_json",
]

Json = TypeAliasType(
    "Json", "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
)
How = Literal["asked", "volunteered", "leaked"]


class EpisodeKey(NamedTuple):
    """Names an episode; a run holds each at most once.

    Attributes:
        track: The track ("prelude").
        arm: What is measured ("CIPHER-5").
        user: The simulated user.
        task: What the user brings: a request, a file, a form of question.
        trial: Counts repetitions of the same four, from 0.
    """

    track: str
    arm: str
    user: str
    task: str
    trial: int = 0

    def __str__(self) -> str:
        return "/".join(map(str, self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a transcript, or one event of it.

    Attributes:
        role: Who spoke: the simulated user, the assistant, or the run itself ("note").
        text: What was said.
    """

    role: Literal["user", "assistant", "note"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """Something that a simulated user let be known of hidden preferences.

    Attributes:
        turn: 0 for the opening message, then the number of the assistant's turn it answers.
        aspect: What it is about.
        what: What was let be known: a value, that it matters ("named"), that it does not.
        how: Asked for, volunteered, or leaked: let out though the gate had not released it.
        value: The value said, if one was.
    """

    turn: int
    aspect: str
    what: Literal["value", "named", "indifferent"]
    how: How
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What an episode took, beside what it brought.

    Attributes:
        questions: Questions put to the user.
        turns: Messages of the user.
        words_read: Words that the user had to read.
        words_written: Words that the user had to write.
        llm_calls: Calls of chat models, those answered by the cache included.
        cached_calls: Of these, answered by the cache.
        prompt_tokens: Read by chat models.
        completion_tokens: Written by chat models.
        usd: Price of the calls, where the provider's prices are known.
        seconds: Wall-clock time of the episode.
    """

    questions: int = 0
    turns: int = 0
    words_read: int = 0
    words_written: int = 0
    llm_calls: int = 0
    cached_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two answers to one prompt, of which the user preferred one.

    Attributes:
        prompt: What was asked.
        chosen: The answer that the user preferred, or made of the other.
        rejected: The other.
        strength: How far the chosen one is ahead, in (0, 1]; None if nothing tells.
        rationale: Why, in words, if something tells.
    """

    prompt: str
    chosen: str
    rejected: str
    strength: float | None = None
    rationale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode as it came out.

    Attributes:
        key: Names it.
        measures: Numbers by name; None where a measure does not apply. An episode that failed
            has the floor here, set by its track, and counts in every denominator.
        series: Numbers by name after 0, 1, 2, … questions or rounds.
        transcript: What was said, whole.
        disclosures: What the user let be known, and how.
        decisions: What the assistant decided, with the numbers that led to it.
        stop: Why it ended, a word of its track ("budget", "patience", "done", "error").
        costs: What it took.
        failures: Counts by kind ("parse", "timeout", "refusal", "tie", "judge", "role_flip").
        profile: The hidden preferences, for the audit: aspect to value, or a description.
        pairs: What the user preferred to what, where texts were compared.
        detail: Whatever else its track keeps, by name.
        error: What failed, if the episode could not be held at all.
        attempts: How often it was tried.
    """

    key: EpisodeKey
    measures: Mapping[str, float | None]
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)
    transcript: Sequence[Line] = ()
    disclosures: Sequence[Disclosure] = ()
    decisions: Sequence[Mapping[str, Json]] = ()
    stop: str = "done"
    costs: Costs = field(default_factory=Costs)
    failures: Mapping[str, int] = field(default_factory=dict)
    profile: Mapping[str, Json] = field(default_factory=dict)
    pairs: Sequence[Compared] = ()
    detail: Mapping[str, Json] = field(default_factory=dict)
    error: str | None = None
    attempts: int = 1


@cache
def _adapter() -> TypeAdapter[Episode]:
    from pydantic import TypeAdapter

    return TypeAdapter(Episode)


def episode_to_json(episode: Episode) -> str:
    """An episode as one line of JSON, without a line break."""
    return _adapter().dump_json(episode).decode()


def episode_from_json(line: str | bytes) -> Episode:
    """An episode from its line.

    Raises:
        pydantic.ValidationError: The line is no episode; what reads files says which line.
    """
    return _adapter().validate_json(line)
