"""Decides whether to act unasked, to ask for consent, or to stay silent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...memory.types import Context, Preference
from .types import ASPECT, EVERYTHING, Initiative, Offer, PastOffer, Weights

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
        annoy: What each offer made before in this session adds.
        delay: Share of the benefit that is lost by asking first.
        yes: Offers accepted that nobody made, before anything is known.
        no: Offers refused that nobody made.
        passed: How much of a refusal an offer that was passed over is.
        same_topic: Cosine from which two topics are one.
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
    same_occasion: float = 0.6
    cautious: float = 0.1
    most: int = 5


class _Near(NamedTuple):
    """Past offers of the like, by how near they are."""

    yes: float
    no: float
    passed: float
    refused_here: bool


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
    asks_less: bool = False,
    manners: Manners | None = None,
) -> Initiative:
    """Decides what to do about an offer.

    What the user said about such offers comes first: "never" and "only for …" keep silent, "just
    do it" acts. An offer that was refused on a like occasion is not made again. Otherwise the
    probability p that it is wanted is a Beta posterior over past offers of the topic, each
    counting as much as its occasion is near, and the way of greatest expected worth is taken:
    `p·benefit − (1−p)·harm` for acting, with the tenth percentile of p, since unasked acts need to
    be sure; `p·benefit·(1−delay) − interrupt − annoy·made` for asking; 0 for silence.

    KnowU-Bench (2026, "KnowU-Bench: Towards Interactive, Proactive, and Personalized Mobile Agent
    Evaluation") scores such decisions of language models: to ask, act or hold back, and to
    respect a refusal. Here they follow from the user's own answers.

    Args:
        offer: What could be done.
        past: Earlier offers to this user.
        live: Their live preferences; those with aspect keys that start with "offer:" count.
        embed: Embeds texts; without it topics and occasions are compared by their words.
        made_this_session: Offers made in this session.
        asks_less: The user asked not to be asked: asking is no way then.
        manners: The constants.

    Raises:
        EmbedderError: The embedder cannot be loaded or run.
    """
    by = manners or Manners()
    nearness = Nearness(embed)
    here = occasion_of(offer.context)
    near = _near(offer, here, past, nearness, by)
    sure = _beta(by.yes + near.yes, by.no + near.no + by.passed * near.passed, by.cautious)
    weights = Weights(
        act=round(sure.low * offer.benefit - (1.0 - sure.low) * offer.harm, 4),
        ask=round(
            sure.mean * offer.benefit * (1.0 - by.delay)
            - by.interrupt
            - by.annoy * made_this_session,
            4,
        ),
    )

    def decided(
        kind: Literal["act", "ask", "silent"], reason: str, by_preference: str | None = None
    ) -> Initiative:
        return Initiative(
            kind=kind,
            reason=reason,
            wanted=round(sure.mean, 4),
            surely_wanted=round(sure.low, 4),
            weights=weights,
            preference_id=by_preference,
            evidence={"yes": near.yes, "no": near.no, "passed over": near.passed},
        )

    said = _said(offer, here, live, nearness, by)
    if said is not None and said.value != "always":
        return decided("silent", f"You said so: {said.description}.", said.id)
    if said is not None:
        return decided("act", f"You said so: {said.description}.", said.id)
    if near.refused_here:
        return decided("silent", "You refused this on an occasion like this one.")
    if weights.act > 0.0 and weights.act >= weights.ask:
        return decided("act", f"You want this in {sure.mean:.0%} of cases like this one.")
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
        return _Near(0.0, 0.0, 0.0, refused_here=False)
    topics = nearness.of(offer.topic, [each.topic for each in past])
    occasions = nearness.of(here, [each.occasion for each in past])
    sums = {True: 0.0, False: 0.0, None: 0.0}
    last_here: bool | None = None
    for each, topic, occasion in zip(past, topics, occasions, strict=True):
        if topic < by.same_topic:
            continue
        sums[each.accepted] += topic * max(occasion, 0.25)
        if occasion >= by.same_occasion and each.accepted is not None:
            last_here = each.accepted
    return _Near(sums[True], sums[False], sums[None], refused_here=last_here is False)


class _Beta(NamedTuple):
    mean: float
    low: float


def _beta(yes: float, no: float, percentile: float) -> _Beta:
    from scipy.special import betaincinv  # type: ignore[import-untyped]

    return _Beta(yes / (yes + no), float(betaincinv(yes, no, percentile)))


def _said(
    offer: Offer, here: str, live: Sequence[Preference], nearness: Nearness, by: Manners
) -> Preference | None:
    """The preference that decides: what forbids goes before what allows."""
    about = [each for each in live if (each.aspect or "").startswith(ASPECT)]
    if not about:
        return None
    topics = [(each.aspect or "")[len(ASPECT) :] for each in about]
    alike = nearness.of(offer.topic, topics)
    allowed: Preference | None = None
    for each, topic, score in zip(about, topics, alike, strict=True):
        if topic != EVERYTHING and score < by.same_topic:
            continue
        here_too = each.scope is None or applies(each.scope, here, nearness, by)
        if each.value == "never" and here_too:
            return each
        if each.value == "only" and each.scope is not None and not here_too:
            return each
        if each.value == "always" and here_too:
            allowed = each
    return allowed


def applies(scope: str, here: str, nearness: Nearness, by: Manners) -> bool:
    """Whether an occasion is one that a scope names: it says the words, or means the same."""
    words = _words(scope)
    if words and words <= _words(here):
        return True
    return bool(here.strip()) and nearness.of(scope, [here])[0] >= by.same_occasion
