"""Decides whether to act unasked, to ask for consent, or to stay silent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...memory.types import Context, Preference
from .types import ASPECT, EVERYTHING, TOUCHING, Initiative, Offer, PastOffer, Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embed", "Manners", "Nearness", "applies", "consider", "occasion_of"]

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Texts to unit vectors, shape `(n, d)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The constants of the decision, on the scale of an offer's benefit.

    Attributes:
        interrupt: What asking costs a user who has to answer.
        annoy: What each offer adds that was made before in this session and was no yes.
        delay: Share of the benefit that is lost by asking first.
        yes: Offers accepted that nobody made, before anything is known.
        no: Offers refused that nobody made.
        passed: How much of a refusal an offer that was passed over is.
        same_topic: Cosine from which two topics are one.
        refused_topic: Cosine from which a refusal of one topic is one of another, unless something
            nearer was welcome. It is lower, since to offer what was refused is worse than to miss
            an offer: chosen on every second of the written scenarios, where it reaches 96% of the
            same things in other words, 27% of those that look alike and 2% of all others.
        same_occasion: Cosine from which two occasions are one.
        cautious: The percentile of P(wanted) by which acting unasked is judged.
        most: Offers in one session.
    """

    interrupt: float = 0.12
    annoy: float = 0.08
    delay: float = 0.1
    yes: float = 1.0
    no: float = 1.0
    passed: float = 0.4
    same_topic: float = 0.75
    refused_topic: float = 0.4
    same_occasion: float = 0.6
    cautious: float = 0.1
    most: int = 5


class _Near(NamedTuple):
    """Past offers of the like, by how near they are."""

    yes: float
    no: float
    passed: float
    refused_here: bool
    welcome: float
    welcome_here: float


def occasion_of(context: Context | None) -> str:
    """What the user is doing, in words: tags and text."""
    if context is None:
        return ""
    return " ".join(part for part in (*context.tags, context.text.strip()) if part)[:600]


def consider(  # noqa: PLR0911
    offer: Offer,
    *,
    past: Sequence[PastOffer] = (),
    live: Sequence[Preference] = (),
    embed: Embed | None = None,
    made_this_session: int = 0,
    welcome_this_session: int = 0,
    asks_less: bool = False,
    manners: Manners | None = None,
) -> Initiative:
    """Decides what to do about an offer.

    What the user said about such offers comes first: "never" and "only for …" keep silent, "just
    do it" acts, "ask me first" never acts. An offer that was refused on a like occasion is not
    made again. A refusal reaches further than a yes: also to topics that are only akin, unless one
    that is nearer was welcome. Otherwise the
    probability p that it is wanted is a Beta posterior over past offers of the topic, each
    counting as much as its occasion is near, and the way of greatest expected worth is taken:
    `p·benefit − (1−p)·harm` for acting, with the tenth percentile of p, since unasked acts need to
    be sure; `p·benefit·(1−delay) − interrupt − annoy·unwelcome` for asking; 0 for silence. What is
    believed of a topic never offered before starts, for asking, from how often this user says yes
    to offers of other topics; for acting it starts from nothing, since a yes to being asked is no
    leave to act.

    KnowU-Bench (2026, "KnowU-Bench: Towards Interactive, Proactive, and Personalized Mobile Agent
    Evaluation") scores such decisions of language models: to ask, act or hold back, and to
    respect a refusal. Here they follow from the user's own answers.

    Args:
        offer: What could be done.
        past: Earlier offers to this user.
        live: Their live preferences; those with aspect keys that start with "offer:" count.
        embed: Embeds texts; without it topics and occasions are compared by their words.
        made_this_session: Offers made in this session.
        welcome_this_session: Of these, those accepted.
        asks_less: The user asked not to be asked: asking is no way then.
        manners: The constants.

    Raises:
        EmbedderError: The embedder cannot be loaded or run.
    """
    by = manners or Manners()
    nearness = Nearness(embed)
    here = occasion_of(offer.context)
    near = _near(offer, here, past, nearness, by)
    against = near.no + by.passed * near.passed
    sure = _beta(by.yes + near.yes, by.no + against, by.cautious)
    usual = _usual(past, by)
    unknown = by.yes + by.no
    wanted = (unknown * usual + near.yes) / (unknown + near.yes + against)
    weights = Weights(
        act=round(sure.low * offer.benefit - (1.0 - sure.low) * offer.harm, 4),
        ask=round(
            wanted * offer.benefit * (1.0 - by.delay)
            - by.interrupt
            - by.annoy * max(0, made_this_session - welcome_this_session),
            4,
        ),
    )

    def decided(
        kind: Literal["act", "ask", "silent"], reason: str, by_preference: str | None = None
    ) -> Initiative:
        return Initiative(
            kind=kind,
            reason=reason,
            wanted=round(wanted, 4),
            surely_wanted=round(sure.low, 4),
            weights=weights,
            preference_id=by_preference,
            evidence={"yes": near.yes, "no": near.no, "passed over": near.passed},
        )

    said = _said(offer, here, live, nearness, by, near=near)
    if said is not None and said.value in ("never", "only"):
        return decided("silent", f"You said so: {said.description}.", said.id)
    if said is not None and said.value == "always":
        return decided("act", f"You said so: {said.description}.", said.id)
    if near.refused_here:
        return decided("silent", "You refused this on an occasion like this one.")
    may_act = not offer.needs_consent and said is None
    if may_act and weights.act > 0.0 and weights.act >= weights.ask:
        return decided("act", f"You want this in {wanted:.0%} of cases like this one.")
    if made_this_session >= by.most:
        return decided("silent", f"The most offers of a session ({by.most}) are made.")
    if weights.ask <= 0.0:
        return decided("silent", f"Asking is worth {weights.ask:.2f}, less than silence.")
    if asks_less:
        return decided("silent", "You asked not to be asked so much.")
    return decided("ask", f"Asking is worth {weights.ask:.2f}; acting unasked, {weights.act:.2f}.")


class Nearness:
    """How near texts are: cosines, or the share of common words where nothing embeds.

    Args:
        embed: Embeds texts; None compares words.
    """

    def __init__(self, embed: Embed | None) -> None:
        self._embed = embed

    def of(self, text: str, others: Sequence[str]) -> list[float]:
        """Nearness of each other text, in [0, 1]; two blank texts are one occasion."""
        given = [other for other in others if other.strip()]
        if not text.strip():
            return [0.0 if other.strip() else 1.0 for other in others]
        scores = dict.fromkeys(given, 0.0)
        if given:
            folded = " ".join(text.casefold().split())
            unlike = [other for other in scores if " ".join(other.casefold().split()) != folded]
            scores = dict.fromkeys(given, 1.0) | self._unlike(text, unlike)
        return [scores[other] if other.strip() else 0.0 for other in others]

    def _unlike(self, text: str, others: Sequence[str]) -> dict[str, float]:
        if not others:
            return {}
        if self._embed is not None:
            rows = self._embed([text, *others])
            return dict(
                zip(others, (max(0.0, float(each)) for each in rows[1:] @ rows[0]), strict=True)
            )
        words = _words(text)
        return {
            other: len(words & _words(other)) / max(1, len(words | _words(other)))
            for other in others
        }


def _words(text: str) -> set[str]:
    from ...memory.relevance import content_words

    return set(content_words(text))


def _near(
    offer: Offer, here: str, past: Sequence[PastOffer], nearness: Nearness, by: Manners
) -> _Near:
    if not past:
        return _Near(0.0, 0.0, 0.0, refused_here=False, welcome=0.0, welcome_here=0.0)
    topics = nearness.of(offer.topic, [each.topic for each in past])
    occasions = nearness.of(here, [each.occasion for each in past])
    sums = {True: 0.0, False: 0.0, None: 0.0}
    welcome = welcome_here = 0.0
    for each, topic, occasion in zip(past, topics, occasions, strict=True):
        if each.accepted:
            welcome = max(welcome, topic)
            welcome_here = max(welcome_here, topic if occasion >= by.same_occasion else 0.0)
    last_here: bool | None = None
    for each, topic, occasion in zip(past, topics, occasions, strict=True):
        akin = each.accepted is False and topic >= max(by.refused_topic, welcome_here)
        if topic < by.same_topic and not akin:
            continue
        sums[each.accepted] += topic * max(occasion, 0.25)
        if occasion >= by.same_occasion and each.accepted is not None:
            last_here = each.accepted
    return _Near(
        sums[True],
        sums[False],
        sums[None],
        refused_here=last_here is False,
        welcome=welcome,
        welcome_here=welcome_here,
    )


def _usual(past: Sequence[PastOffer], by: Manners) -> float:
    """How often this user says yes to offers of any kind."""
    weights = {True: 1.0, False: 1.0, None: by.passed}
    yes = by.yes + sum(each.accepted is True for each in past)
    return yes / (by.yes + by.no + sum(weights[each.accepted] for each in past))


class _Beta(NamedTuple):
    mean: float
    low: float


def _beta(yes: float, no: float, percentile: float) -> _Beta:
    from scipy.special import betaincinv  # type: ignore[import-untyped]

    return _Beta(yes / (yes + no), float(betaincinv(yes, no, percentile)))


def _said(
    offer: Offer,
    here: str,
    live: Sequence[Preference],
    nearness: Nearness,
    by: Manners,
    *,
    near: _Near,
) -> Preference | None:
    """The preference that decides: what forbids goes before what allows."""
    about = [each for each in live if (each.aspect or "").startswith(ASPECT)]
    if not about:
        return None
    topics = [(each.aspect or "")[len(ASPECT) :] for each in about]
    alike = nearness.of(offer.topic, topics)
    scoped = [each.scope is None or applies(each.scope, here, nearness, by) for each in about]
    said = list(zip(about, topics, alike, scoped, strict=True))
    allowing = [
        (score, each)
        for each, _, score, here_too in said
        if each.value in ("ask", "always") and score >= by.same_topic and here_too
    ]
    allowed = max((score for score, _ in allowing), default=0.0)
    for each, topic, score, here_too in said:
        if topic.startswith(TOUCHING):
            reaches = _touches(offer, topic[len(TOUCHING) :], nearness, by)
        elif topic == EVERYTHING or score >= by.same_topic:
            reaches = True
        else:
            # Only akin: something nearer that was welcome speaks against it. A yes elsewhere does
            # not speak against what was refused here.
            welcome = near.welcome if each.scope is None else near.welcome_here
            reaches = each.value == "never" and score >= max(by.refused_topic, allowed, welcome)
        if not reaches:
            continue
        if each.value == "never" and here_too:
            return each
        if each.value == "only" and each.scope is not None and not here_too:
            return each
    # Where both are said, to be asked goes before leave to act.
    return next(
        (each for value in ("ask", "always") for _, each in allowing if each.value == value), None
    )


def _touches(offer: Offer, thing: str, nearness: Nearness, by: Manners) -> bool:
    """Whether an offer lays hands on a thing: it says so, or its topic names it."""
    words = _words(thing)
    if words and words <= _words(offer.topic):
        return True
    return any(score >= by.same_topic for score in nearness.of(thing, offer.touches))


def applies(scope: str, here: str, nearness: Nearness, by: Manners) -> bool:
    """Whether an occasion is one that a scope names: it says the words, or means the same."""
    words = _words(scope)
    if words and words <= _words(here):
        return True
    return bool(here.strip()) and nearness.of(scope, [here])[0] >= by.same_occasion
