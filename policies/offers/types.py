"""The words in which offers are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from ...errors import InputError
from ...memory.types import Context

__all__ = [
    "ASPECT",
    "EVERYTHING",
    "TOUCHING",
    "Consent",
    "Initiative",
    "Manners",
    "Offer",
    "PastOffer",
    "Standing",
    "Weights",
]

ASPECT = "offer:"
"""What the aspect keys of preferences about offers start with; the topic follows."""
EVERYTHING = "*"
"""The topic of a preference about offers of any kind."""
TOUCHING = "touching "
"""What the topic of a preference starts with that is about all that lays hands on a thing."""

_MOST_TOPIC = 80
_MOST_TEXT = 2_000

Standing = Literal["never", "only", "ask", "always"]
"""Never offer it; only under the scope; ask before doing it; do it without asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that the assistant could do unasked.

    Attributes:
        topic: What it is, in a few words that stay the same ("book a table"); refusals are of it.
        text: How it is offered, as the user reads it.
        context: What the user is doing; its text and tags tell occasions apart.
        benefit: What it is worth to a user who wants it, in (0, 1].
        harm: What it costs a user who does not, if it is done unasked, in [0, 1]; what cannot be
            taken back is near 1.
        needs_consent: It is never done but with leave given in words, however often it was
            accepted: what spends money, writes to others, deletes, or is about health.
        touches: What it lays hands on ("calendar", "money"): who forbids that forbids this.

    Raises:
        InputError: A field is out of its range, or the topic or the text is empty or too long.
    """

    topic: str
    text: str
    context: Context | None = None
    benefit: float = 0.6
    harm: float = 0.5
    needs_consent: bool = False
    touches: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, value, most in (
            ("topic", self.topic, _MOST_TOPIC),
            ("text", self.text, _MOST_TEXT),
        ):
            if not isinstance(value, str) or not value.strip() or len(value) > most:
                raise InputError(
                    f"an offer's {name} is {value[:60] if isinstance(value, str) else value!r}; "
                    f"give a text of 1 to {most} characters"
                )
        if " ".join(self.topic.split()) == EVERYTHING:
            raise InputError("an offer's topic is '*', which stands for every offer; name one")
        if isinstance(self.touches, str) or not all(
            isinstance(each, str) and 0 < len(each.strip()) <= _MOST_TOPIC for each in self.touches
        ):
            raise InputError(
                f"an offer's touches is {self.touches!r}; give a tuple of texts of 1 to "
                f"{_MOST_TOPIC} characters"
            )
        if not 0.0 < self.benefit <= 1.0:
            raise InputError(f"an offer's benefit is {self.benefit!r}; it must be in (0, 1]")
        if not 0.0 <= self.harm <= 1.0:
            raise InputError(f"an offer's harm is {self.harm!r}; it must be in [0, 1]")

    @property
    def aspect(self) -> str:
        """The aspect key under which memory knows the topic."""
        return f"{ASPECT}{' '.join(self.topic.casefold().split())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOffer:
    """An offer that was made before.

    Attributes:
        topic: What it was.
        occasion: What the user was doing, in words; empty if unknown.
        accepted: Whether they said yes; None if they passed over it or put it off.
        text: How it was put to them; empty if unknown.
    """

    topic: str
    occasion: str
    accepted: bool | None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an answer to an offer says.

    Attributes:
        accepted: Yes or no; None if it is neither.
        standing: What it says about the future; None if it is about this time only.
        scope: When that holds, in words ("at work"); None is always.
        hours: How long it holds; None is for good.
        everything: It is about offers of any kind.
        thing: What is not to be touched ("calendar"), whatever the offer.
    """

    accepted: bool | None
    standing: Standing | None = None
    scope: str | None = None
    hours: float | None = None
    everything: bool = False
    thing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The constants of the decision, on the scale of an offer's benefit.

    Attributes:
        interrupt: What asking costs a user who has to answer.
        annoy: What each offer adds that was made before in this session and was no yes.
        delay: Share of the benefit that is lost by asking first.
        ahead: On how many further occasions an answer is expected to count.
        yes: Offers accepted that nobody made, before anything is known of a user.
        no: Offers refused that nobody made.
        topic_prior: How many answers to a topic what is known of the user at large is worth.
        passed: How much of a refusal an offer that was passed over or put off is.
        elsewhere: How much an answer counts on an occasion unlike its own.
        same_topic: Cosine from which two topics are one.
        refused_topic: Cosine from which a refusal of one offer is one of another, unless something
            nearer was welcome. It is lower, since to offer what was refused is worse than to miss
            an offer.
        same_occasion: Cosine from which two occasions are one.
        cautious: The percentile of P(wanted) by which acting unasked is judged.
        most: Offers in one session that were no yes.
    """

    interrupt: float = 0.12
    annoy: float = 0.04
    delay: float = 0.1
    ahead: float = 3.0
    yes: float = 1.0
    no: float = 1.0
    topic_prior: float = 1.0
    passed: float = 0.4
    elsewhere: float = 0.25
    same_topic: float = 0.75
    refused_topic: float = 0.4
    same_occasion: float = 0.6
    cautious: float = 0.1
    most: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each way is expected to be worth, on the scale of `benefit`; silence is worth 0.

    Attributes:
        act: To do it unasked.
        ask: To ask first.
        learn: How much of that is what the answer is worth on later occasions.
    """

    act: float
    ask: float
    learn: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Initiative:
    """What to do about an offer, with the numbers that led to it.

    Attributes:
        kind: Do it, ask first, or stay silent.
        reason: One plain sentence.
        wanted: Probability that the user wants it, posterior mean.
        surely_wanted: Its tenth percentile, by which acting unasked is judged.
        weights: What acting and asking are worth.
        preference_id: The preference that decided, if one did.
        evidence: How much past offers of the like say: their summed nearness by answer
            ("yes", "no", "passed over").
    """

    kind: Literal["act", "ask", "silent"]
    reason: str
    wanted: float
    surely_wanted: float
    weights: Weights
    preference_id: str | None = None
    evidence: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
