"""The words in which memory speaks: evidence, contexts, preferences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Polarity = Literal["like", "dislike"]
Origin = Literal["stated", "inferred"]
Source = Literal["chat", "api", "cli", "import"]
Sentiment = Literal["satisfied", "dissatisfied"]
ReactionKind = Literal[
    "thanks",
    "insight",
    "compliance",
    "praise",
    "amusement",
    "acknowledgement",
    "farewell",
    "progress",
    "complaint",
    "revision",
    "error",
    "disengagement",
    "ignored",
    "decline",
    "thin",
    "style",
]
"""How a message shows satisfaction (the first eight) or dissatisfaction (the rest)."""
ReactionReader = Literal["rules", "embedder", "follow_ups"]
"""What told what a message shows: forms of words, messages of known meaning that it lies near, or
how likely a model holds it that its author goes on pleased. Each is trusted less than the last."""
Strength = Literal["much better", "better", "slightly better", "about the same"]
"""How far one text is ahead of another."""
OnConflict = Literal["supersede", "ask"]
Settled = Literal["old", "new", "both"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the user is doing when a preference applies.

    Attributes:
        text: The request, in the user's words.
        tags: Short labels such as "food" or "work email".
    """

    text: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The user said what they like, need or refuse."""

    text: str
    kind: Literal["statement"] = "statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The user told the assistant what to do differently ("shorter", "never seafood")."""

    text: str
    kind: Literal["command"] = "command"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """The user rewrote a reply.

    Attributes:
        before: The reply.
        after: What they made of it.
        reason: Why, in the user's words ("too long"), if they said so.
    """

    before: str
    after: str
    reason: str | None = None
    kind: Literal["edit"] = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The user was shown candidates and picked one, or none of them.

    Attributes:
        shown: The candidates.
        picked: Which was picked, from 0; None for none.
        ignored: The user went on without a word on any of them, rather than refuse them all.
        strength: How far the pick is ahead, if that was said; "about the same" with none picked
            says that all are as good.
        reason: Why, in words ("friendlier"), if that was said.
        judge: Who compared them, if it was not the user: a chat model's name.
    """

    shown: tuple[str, ...]
    picked: int | None
    ignored: bool = False
    strength: Strength | None = None
    reason: str | None = None
    judge: str | None = None
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """The user rated a text.

    Attributes:
        text: The text.
        value: From -1 (bad) to 1 (good).
        reason: Why, in the user's words, if they said so.
    """

    text: str
    value: float
    reason: str | None = None
    kind: Literal["rating"] = "rating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """The user's next message shows what they thought of a reply.

    Attributes:
        reply: The reply.
        text: The message.
        sentiment: What it shows.
        category: In which way it shows it, if that was told.
        about: What it found wrong or right, in the user's words, if it says so.
        instead_of: The reply that the user had objected to and that this one repaired, if it did.
        reader: What told it.
    """

    reply: str
    text: str
    sentiment: Sentiment
    category: ReactionKind | None = None
    about: str | None = None
    instead_of: str | None = None
    reader: ReactionReader = "rules"
    kind: Literal["reaction"] = "reaction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The user answered a clarifying question, or skipped it (`value` is None)."""

    question: str
    aspect: str
    value: str | None
    options: tuple[str, ...] = ()
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """The user pasted a sample of what they like."""

    text: str
    kind: Literal["artefact"] = "artefact"


Observation: TypeAlias = Statement | Command | Edit | Choice | Rating | Reaction | Answer | Artefact


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One observed event, verbatim; evidence is appended, never changed.

    Attributes:
        id: Opaque and unique.
        user_id: Whose event it is.
        observation: What was observed.
        context: What the user was doing, if known.
        session_id: The conversation it came from, if any.
        source: The door it came through.
        created_at: When, in UTC.
    """

    id: str
    user_id: str
    observation: Observation
    context: Context | None = None
    session_id: str | None = None
    source: Source = "api"
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceDraft:
    """A preference as it is proposed, before the store gives it an identity.

    Attributes:
        description: Plain language, third person ("is vegetarian", "likes short replies").
        polarity: Whether the thing described is liked or disliked.
        hard: A constraint that must hold, rather than a taste.
        strength: How much it matters, in (0, 1].
        origin: Stated by the user, or inferred from what they did.
        confidence: Belief that it is true, in (0, 1].
        scope: When it applies, in words ("work emails"); None is always.
        aspect: The aspect it answers ("diet", "length"), if known.
        value: The value of that aspect ("vegetarian", "short").
        lasts_hours: For passing needs ("in a hurry tonight"); None lasts.
    """

    description: str
    polarity: Polarity = "like"
    hard: bool = False
    strength: float = 0.7
    origin: Origin = "stated"
    confidence: float = 0.9
    scope: str | None = None
    aspect: str | None = None
    value: str | None = None
    lasts_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """A description in plain language of what a user likes, needs or refuses.

    The fields shared with `PreferenceDraft` mean the same.

    Attributes:
        id: Opaque and unique.
        user_id: Whose preference it is.
        evidence_ids: The events that support it.
        valid_from: When it began to hold, in UTC.
        valid_to: When it ceased to hold (or will), in UTC; None holds on.
        supersedes: The id of the preference that this one replaced.
        revised: True if the user corrected its description by hand.
        supported_at: When something last spoke for it, in UTC; None only where a caller made
            the preference up.
    """

    id: str
    user_id: str
    description: str
    polarity: Polarity
    hard: bool
    strength: float
    origin: Origin
    confidence: float
    scope: str | None
    aspect: str | None
    value: str | None
    evidence_ids: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime | None
    supersedes: str | None
    revised: bool = False
    supported_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How much a memory matters to a request, and what that is made of.

    Attributes:
        similarity: Cosine between what the memory says (with its scope) and the request, in
            [-1, 1]; of style for an occasion, between the occasion and the request. None while
            no embedder is at hand.
        keywords: Weight of the words they share, by how rare those are among the user's own
            memories, in [0, 1].
        recency: Halves with every half-year since something last spoke for it, in (0, 1].
        support: Grows with belief in it and the number of events behind it, in [0, 1).
        relevance: Similarity and keywords together; what is masked is masked by this.
        total: All of them together, at most 1; what is recalled is ordered by this.
    """

    similarity: float | None
    keywords: float
    recency: float
    support: float
    relevance: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A preference fetched for a context, and why.

    Attributes:
        preference: The live preference.
        score: The total of its parts; constraints are always recalled, whatever their score.
        reason: "hard" for a constraint that always applies, "near" for a close context,
            "general" for one that shapes every reply (length, tone), "aspect" for one that
            answers what the request leaves open, however far its words lie from it.
        parts: What the score is made of; None if it was not scored.
    """

    preference: Preference
    score: float
    reason: Literal["hard", "near", "general", "aspect"]
    parts: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation, kept so that sessions survive."""

    id: str
    session_id: str
    role: Literal["user", "assistant", "question"]
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDecision:
    """Why the last turn of a conversation went as it did.

    Attributes:
        session_id: The conversation.
        turn_id: The message that came of it.
        at: When, in UTC.
        decision: The decision with its numbers, as JSON.
    """

    session_id: str
    turn_id: str
    at: datetime
    decision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """A conversation, as lists show it."""

    id: str
    user_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a user's history: what happened to which preference, and when.

    Attributes:
        at: When, in UTC.
        operation: What was done.
        preference_id: To which preference; empty for an erasure of everything, and for a proposal
            that was dropped and would have replaced nothing.
        description: Its words then; empty once they are erased.
        reason: Why, in words.
        confidence: How sure of it the change left us, in (0, 1]; None where that is not the point.
        evidence_id: The event behind it, if there is one; the event may be erased by now.
    """

    at: datetime
    operation: Literal["add", "revise", "retire", "delete", "restore", "drop"]
    preference_id: str
    description: str
    reason: str
    confidence: float | None = None
    evidence_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """A line that the profile gains.

    Attributes:
        draft: What it says.
        reason: Why, in words that quote nobody: they outlive what is erased.
    """

    draft: PreferenceDraft
    reason: str
    kind: Literal["add"] = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """A line that takes the place of a live one, and its evidence with it.

    Attributes:
        preference_id: The line that goes.
        draft: What is said instead.
        reason: Why, in words that quote nobody.
    """

    preference_id: str
    draft: PreferenceDraft
    reason: str
    kind: Literal["revise"] = "revise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retire:
    """A live line that no longer holds."""

    preference_id: str
    reason: str
    kind: Literal["retire"] = "retire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """A live line that proved right once more.

    Attributes:
        preference_id: The line.
        reason: Why, in words that quote nobody.
        weight: How much of the way to `most` its confidence goes, in (0, 1].
        most: What its confidence does not exceed by this, in (0, 1].
    """

    preference_id: str
    reason: str
    weight: float = 0.1
    most: float = 0.85
    kind: Literal["confirm"] = "confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A proposal that failed its test: nothing changes, but the history tells.

    Attributes:
        description: What was proposed; erased with the event behind it.
        reason: Why not, with the numbers.
        preference_id: The live line that it would have replaced; empty if none.
    """

    description: str
    reason: str
    preference_id: str = ""
    kind: Literal["drop"] = "drop"


Operation: TypeAlias = Add | Revise | Retire | Confirm | Drop


@dataclass(frozen=True, slots=True, kw_only=True)
class NearEvidence:
    """An earlier event, and how near its context lies.

    Attributes:
        evidence: The event.
        score: Cosine between the contexts' texts, in [-1, 1]; overlap of their words, in [0, 1],
            while there is no embedder.
    """

    evidence: Evidence
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A contradiction that only the user can settle; until then the old preference stands.

    Attributes:
        old: The live preference that is contradicted.
        new: What contradicts it.
        evidence_id: The event that suggests `new`.
        reason: Why the user is asked, in one plain sentence.
    """

    old: Preference
    new: PreferenceDraft
    evidence_id: str
    reason: str

    @property
    def id(self) -> str:
        """Names this contradiction; the same event is never asked about twice."""
        return f"{self.old.id}:{self.evidence_id}"

    @property
    def question(self) -> str:
        """The contradiction as one question."""
        return (
            f"You told me before: “{self.old.description}”. Now: “{self.new.description}”. "
            "Which holds?"
        )


class Lesson(list[Preference]):
    """What `learn` and `resolve` taught: the new live preferences, and what waits for the user.

    Attributes:
        conflicts: Contradictions that nobody but the user can settle.
    """

    def __init__(
        self, learned: Iterable[Preference] = (), conflicts: Iterable[Conflict] = ()
    ) -> None:
        super().__init__(learned)
        self.conflicts: tuple[Conflict, ...] = tuple(conflicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How one topic of a user's preferences moved.

    Attributes:
        topic: The aspect ("length"), or the words of the latest version where there is none.
        scope: When it applies; None is always.
        before: What held at the start, oldest first; empty if nothing did.
        after: What holds now; empty if nothing does.
        change: Mean absolute change of belief of the preferences concerned, in [0, 1]; one that
            comes or goes counts with its whole belief.
        changes: What happened since the start, newest first.
    """

    topic: str
    scope: str | None
    before: tuple[Preference, ...]
    after: tuple[Preference, ...]
    change: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How what is known of a user moved since a moment.

    Attributes:
        since: That moment, in UTC.
        until: The moment of asking.
        change: Mean absolute change of belief of every preference that held at either moment,
            in [0, 1].
        shifts: The topics to which something happened, newest first.
    """

    since: datetime
    until: datetime
    change: float
    shifts: tuple[Shift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A live preference weighed against a query, recalled or not, with the numbers.

    Attributes:
        preference: The live preference.
        similarity: As in `Score`.
        keywords: As in `Score`.
        recalled: Whether `recall` would fetch it.
        reason: One plain sentence.
        score: Every part of its score; None if it was not scored.
    """

    preference: Preference
    similarity: float | None
    keywords: float
    recalled: bool
    reason: str
    score: Score | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryContext:
    """What a prompt should know of a user for one request, within a budget of tokens.

    Attributes:
        text: A fenced block of data, one line for each preference; empty if nothing matters.
        recalled: The preferences in it, in its order.
        tokens: What the text takes.
        left_out: What matters to the request and is not in it, with the reason; best first.
        masked: How many others were left out since they do not matter to the request.
    """

    text: str
    recalled: tuple[Recalled, ...]
    tokens: int
    left_out: tuple[Explained, ...]
    masked: int


MOST_ATTEMPTS = 5
"""How often queued inference is tried before it waits to be told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Inference that an event still awaits.

    Attributes:
        id: Opaque and unique.
        user_id: Whose event it is.
        evidence_id: The event.
        kind: What is to be inferred ("statements", "edit").
        details: What inference needs besides the event.
        attempts: How often it has failed.
        due_at: When it is tried next, in UTC.
        error: Why it failed last; empty if it has not.
        created_at: When it was queued, in UTC.
    """

    id: str
    user_id: str
    evidence_id: str
    kind: str
    details: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    due_at: datetime
    error: str = ""
    created_at: datetime

    @property
    def given_up(self) -> bool:
        """Whether it waits to be told to try again (`Memory.retry_jobs`)."""
        return self.attempts >= MOST_ATTEMPTS


class Undone(NamedTuple):
    """What `undo` took back.

    Attributes:
        erased: The preference that is gone.
        restored: The one it had replaced, live again, if any.
    """

    erased: Preference
    restored: Preference | None


class Comparisons(NamedTuple):
    """Comparisons to fit a reward model to, oldest first.

    Attributes:
        vectors: Feature differences, preferred minus other, float32 of shape `(n, d)`; `(0, 0)`
            if there are none.
        weights: float64 of shape `(n,)`.
        targets: Probabilities that the preferred is really better, float64 of shape `(n,)`.
        flips: Probabilities that a label is the wrong way round, float64 of shape `(n,)`.
        evidence_ids: The n events they come from.
        sources: What kind of event each comes from; empty where nobody said.
        keys: What tells the comparisons of one event apart.
        sessions: The conversation of each event, if any.
    """

    vectors: NDArray[np.float32]
    weights: NDArray[np.float64]
    targets: NDArray[np.float64]
    flips: NDArray[np.float64]
    evidence_ids: tuple[str, ...]
    sources: tuple[str, ...]
    keys: tuple[str, ...]
    sessions: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewComparison:
    """A comparison that the store is to keep; it goes when an event behind it goes.

    Attributes:
        evidence_id: The event that it comes from.
        key: What tells it from the other comparisons of the event.
        vector: Features of the preferred minus those of the other, of shape `(d,)`.
        weight: How much it counts, positive.
        target: Probability that the preferred is really better, in [0, 1].
        flip: Probability that the label is the wrong way round, in [0, 0.5).
        source: What kind of event it comes from.
        against_id: The other event, where two were compared.
    """

    evidence_id: str
    key: str
    vector: NDArray[np.float32]
    weight: float
    target: float = 1.0
    flip: float = 0.0
    source: str = ""
    against_id: str | None = None


class ComparisonKey(NamedTuple):
    """Names a comparison among those of one user and one set of features."""

    evidence_id: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPosterior:
    """What a store keeps of a fitted reward model.

    Attributes:
        revision: The user's revision when it was fitted; None if nothing is kept.
        basis: What it was fitted to besides the user's comparisons, as whoever fitted it names it.
        data: The model.
        current: The user's revision now; None for a user of whom nothing was ever kept.
    """

    revision: int | None
    basis: str
    data: bytes
    current: int | None
