"""The words in which policies speak: aspects, candidates, questions, decisions, rankings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..memory.types import PreferenceDraft, ReactionKind, Sentiment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DecisionKind = Literal["ask", "answer", "choose", "silent"]
QuestionForm = Literal["value", "open", "edge", "context", "choice"]
"""What a question asks for: the value of an aspect; what matters most, in free words; whether a
thing would do without what seems wanted; the occasion; a pick between drafts."""


class Link(NamedTuple):
    """How the values of an aspect lie along an attribute of the reward model.

    Attributes:
        attribute: The attribute's name ("length").
        positions: Where each value lies, in the attribute's units (-1 short, 1 long).
    """

    attribute: str
    positions: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """Something on which answers to a request may differ.

    Attributes:
        key: Stable short name ("diet", "effort"); memory answers it by this key.
        name: How a question names it ("diet", "time to cook").
        values: What it can be, as options to pick from, 2 to 12 of them.
        question: The clarifying question about it, if one is written already.
        why: Half a sentence on why it is worth asking, if written already.
        importance: The share of people to whom it matters, in [0, 1].
        hard: A wrong guess does harm (an allergy) rather than displease.
        lasts_hours: How long an answer holds, for what differs from one occasion to the next
            (a mood, the guests of a party); None is for good.
        ordered: The values go from little to much, so that the next one is half right.
        shares: How common each value is, before anything is known; empty if all are alike.
        links: The attributes of the reward model that its values differ on.
    """

    key: str
    name: str
    values: tuple[str, ...]
    question: str | None = None
    why: str | None = None
    importance: float = 0.5
    hard: bool = False
    lasts_hours: float | None = None
    ordered: bool = False
    shares: tuple[float, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A clarifying question; "something else" and "skip" are always possible besides its options.

    Attributes:
        id: Opaque and unique; answering names it.
        text: The question itself.
        why: Half a sentence on why it is asked.
        aspect: The key of the aspect it asks about.
        options: What can be picked; free text is "something else", None is "skip".
        form: What it asks for.
    """

    id: str
    text: str
    why: str
    aspect: str
    options: tuple[str, ...]
    form: QuestionForm = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One question a decision could have asked, with its numbers.

    Attributes:
        aspect: Key of the aspect.
        value: What asking is worth, in [0, 1]: `evoi` for every time the answer is expected to
            serve, and `ahead`.
        cost: Cost of asking now, on the same scale.
        reason: Why it was not asked, or "best" ("memory answers it: …", "asked before", …).
        form: What it would have asked for.
        eig: Expected information gain about what the user wants, in nats.
        evoi: Expected value of information, in [0, 1]: the gain in the reply's fit.
        ahead: What the best question after it is expected to gain beyond its own cost, in [0, 1].
        threshold: The value from which it would have been asked.
    """

    aspect: str
    value: float
    cost: float
    reason: str
    form: QuestionForm = "value"
    eig: float = 0.0
    evoi: float = 0.0
    ahead: float = 0.0
    threshold: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do next, with the numbers that led to it.

    Attributes:
        kind: Ask, answer, offer a choice, or stay silent.
        reason: One plain sentence.
        request_kind: The kind of request recognised ("food"), if any.
        weighed: Every question considered, best first.
        aspect: The aspect to ask about, if `kind` is "ask".
        form: What to ask for, if `kind` is "ask".
        probe: The value that an edge case puts to the test.
        settled: P(the reply that looks best now gets no aspect wrong that matters), in [0, 1].
    """

    kind: DecisionKind
    reason: str
    request_kind: str | None = None
    weighed: tuple[Weighed, ...] = ()
    aspect: Aspect | None = None
    form: QuestionForm = "value"
    probe: str = ""
    settled: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A thing that can be offered: a drafted reply, or an item of an app's catalogue.

    Attributes:
        text: What it says, or a caption of it.
        id: The app's own name for it.
        features: Named numbers of the app's own, roughly in [-1, 1].
        embedding: A vector of the app's own. It stands for the text's, by the same embedding model,
            or is the item's in another space (a picture's), which the features then declare with
            `ItemSpace`. By default the text is embedded.
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
        found: The words of the candidate that break it; empty if a chat model says that the
            candidate as a whole does.
        start: Where they begin in the candidate's text.
        end: Where they end.
    """

    preference_id: str
    description: str
    found: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A hard constraint that nobody could hold a candidate against.

    Attributes:
        preference_id: The constraint.
        description: The constraint in words.
        reason: Why it was not checked.
    """

    preference_id: str
    description: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEffect:
    """A memory that moved a candidate.

    Attributes:
        id: The preference or the event.
        kind: Which of the two it is.
        description: What the preference says, or what the user did, in a line.
        effect: What it adds to the candidate's utility, in logits.
    """

    id: str
    kind: Literal["preference", "evidence"]
    description: str
    effect: float


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
            They sum to the utility.
        violations: Hard constraints it breaks; those with any rank below all without.
        unchecked: Hard constraints that it may break for all that is known.
        memories: The memories that moved it most, largest effect first; with all the others, and
            with what holds of people at large, their effects sum to the utility.
    """

    candidate: Candidate
    index: int
    score: float
    utility: float
    sd: float
    contributions: Mapping[str, float]
    violations: tuple[Violation, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    memories: tuple[MemoryEffect, ...] = ()


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
        narrow: The occasion to which what was said last is limited ("only for work").
        why: The reasons for the last reply are asked for.
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
    narrow: str | None = None
    why: bool = False
    uncertain: bool = False
