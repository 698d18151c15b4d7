"""The words in which policies speak: aspects, candidates, questions, decisions, rankings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ..memory.types import PreferenceDraft, ReactionKind, Sentiment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DecisionKind = Literal["ask", "answer", "choose", "silent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """Something on which answers to a request may differ.

    Attributes:
        key: Stable short name ("diet", "effort"); memory answers it by this key.
        name: How a question names it ("diet", "time to cook").
        values: What it can be, as options to pick from, 2 to 5 of them.
        question: The clarifying question about it, if one is written already.
        why: Half a sentence on why it is worth asking, if written already.
        importance: How much good answers differ along it, in [0, 1].
        hard: A wrong guess does harm (an allergy) rather than displease.
        lasts_hours: How long an answer holds, for what differs from one occasion to the next
            (a mood, the guests of a party); None is for good.
    """

    key: str
    name: str
    values: tuple[str, ...]
    question: str | None = None
    why: str | None = None
    importance: float = 0.5
    hard: bool = False
    lasts_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A clarifying question; "something else" and "skip" are always possible besides its options.

    Attributes:
        id: Opaque and unique; answering names it.
        text: The question itself.
        why: Half a sentence on why it is asked.
        aspect: The key of the aspect it asks about.
        options: What can be picked; free text is "something else", None is "skip".
    """

    id: str
    text: str
    why: str
    aspect: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One thing a decision could have asked about, with its numbers.

    Attributes:
        aspect: Key of the aspect.
        value: Expected value of knowing it, in [0, 1].
        cost: Cost of asking now, on the same scale.
        reason: Why it was not asked, or "best" ("memory answers it: …", "asked before", …).
    """

    aspect: str
    value: float
    cost: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next, with the numbers that led to it.

    Attributes:
        kind: Ask, answer, offer a choice, or stay silent.
        reason: One plain sentence.
        request_kind: The kind of request recognised ("food"), if any.
        weighed: Every aspect considered, best first.
        aspect: The aspect to ask about, if `kind` is "ask".
    """

    kind: DecisionKind
    reason: str
    request_kind: str | None = None
    weighed: tuple[Weighed, ...] = ()
    aspect: Aspect | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A thing that can be offered: a drafted reply, or an item of an app's catalogue.

    Attributes:
        text: What it says, or a caption of it.
        id: The app's own name for it.
        features: Named numbers of the app's own, roughly in [-1, 1].
        embedding: A unit vector of the app's own; by default the text is embedded.
        approach: How a draft set out to differ from the others.
    """

    text: str
    id: str | None = None
    features: Mapping[str, float] = field(default_factory=dict)
    embedding: NDArray[np.float32] | None = None
    approach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A hard constraint that a candidate breaks.

    Attributes:
        preference_id: The constraint.
        description: The constraint in words.
        found: The words of the candidate that break it.
        start: Where they begin in the candidate's text.
        end: Where they end.
    """

    preference_id: str
    description: str
    found: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A candidate with its place.

    Attributes:
        candidate: The candidate.
        index: Its place in the list that was given.
        score: Mean probability of being preferred to each of the others, in [0, 1].
        utility: Posterior mean utility, in logits.
        sd: Posterior standard deviation of the utility, in logits.
        contributions: Attribute name to logits, largest first, the top few; the rest is "other".
        violations: Hard constraints it breaks; those with any rank below all without.
    """

    candidate: Candidate
    index: int
    score: float
    utility: float
    sd: float
    contributions: Mapping[str, float]
    violations: tuple[Violation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a message says besides its request.

    Attributes:
        preferences: Explicit statements, as preferences to learn.
        command: A change to the last reply ("shorter"), in words for the prompt; None if none.
        lasting: Something is ordered from now on ("never seafood"); `preferences` has it.
        sentiment: What the message thinks of the last reply, if anything.
        reaction: In which way it shows that.
        about: What it finds wrong or right, in the user's words, if it says so.
        request: What is left to answer; empty if the message only states or commands.
        wants_options: The user asks for several versions to choose from.
        wants_silence: The user asks for no reply.
        asks_less: "Don't ask me so much": True stops questions, False allows them again.
        forget: Words naming what to forget ("forget that I like jazz"); None if nothing.
        uncertain: First-person signals that the rules could not turn into a preference.
    """

    preferences: tuple[PreferenceDraft, ...] = ()
    command: str | None = None
    lasting: bool = False
    sentiment: Sentiment | None = None
    reaction: ReactionKind | None = None
    about: str | None = None
    request: str = ""
    wants_options: bool = False
    wants_silence: bool = False
    asks_less: bool | None = None
    forget: str | None = None
    uncertain: bool = False
