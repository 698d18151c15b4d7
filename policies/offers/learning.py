"""What an answer to an offer teaches: for this time, for occasions like it, or for good."""

from __future__ import annotations

from collections.abc import Sequence

from ...memory.types import Preference, PreferenceDraft
from .nearness import Embed, Nearness, applies, occasion_of
from .reading import standing_words
from .types import ASPECT, EVERYTHING, TOUCHING, Consent, Manners, Offer, PastOffer, Standing

__all__ = ["lessons"]

_STATED = 0.95
_INFERRED = 0.6
_REFUSALS = 2


def lessons(
    offer: Offer,
    consent: Consent,
    *,
    past: Sequence[PastOffer] = (),
    live: Sequence[Preference] = (),
    embed: Embed | None = None,
    manners: Manners | None = None,
) -> tuple[PreferenceDraft, ...]:
    """The preferences to learn from an answer.

    What the user says about the future is learned as stated. A bare refusal counts where it was
    given; how far it reaches is learned from the next ones: two on unlike occasions, and never a
    yes, are inferred to be about the topic everywhere, and two on occasions of one tag, with a
    yes elsewhere, about that tag. A yes to what was forbidden allows asking again. Who names a
    thing that is not to be touched forbids this offer and all that touch it.

    Args:
        offer: What was offered.
        consent: What the answer says.
        past: Earlier offers, without this one.
        live: The user's live preferences.
        embed: Embeds texts; without it they are compared by their words.
        manners: The constants.

    Raises:
        EmbedderError: The embedder cannot be loaded or run.
    """
    by = manners or Manners()
    nearness = Nearness(embed)
    if consent.standing is not None:
        aspects = [(offer.aspect, offer.topic)]
        if consent.everything:
            aspects = [(f"{ASPECT}{EVERYTHING}", "anything unasked")]
        elif consent.thing is not None:
            aspects.append((f"{ASPECT}{TOUCHING}{consent.thing}", f"anything with {consent.thing}"))
        return tuple(_stated(consent, consent.standing, aspect, topic) for aspect, topic in aspects)
    if consent.accepted:
        return _allowed(offer, live, nearness, by)
    if consent.accepted is None:
        return ()
    return _spread(offer, past, nearness, by)


def _stated(consent: Consent, standing: Standing, aspect: str, topic: str) -> PreferenceDraft:
    return PreferenceDraft(
        description=standing_words(standing, topic),
        polarity="dislike" if standing in ("never", "only") else "like",
        strength=1.0,
        confidence=_STATED,
        scope=consent.scope,
        aspect=aspect,
        value=standing,
        lasts_hours=consent.hours,
    )


def _allowed(
    offer: Offer, live: Sequence[Preference], nearness: Nearness, by: Manners
) -> tuple[PreferenceDraft, ...]:
    here = occasion_of(offer.context)
    forbidden = [
        each
        for each in live
        if each.aspect == offer.aspect
        and each.value == "never"
        and (each.scope is None or applies(each.scope, here, nearness, by))
    ]
    return tuple(
        PreferenceDraft(
            description=f"may be offered: {offer.topic}",
            strength=0.5,
            confidence=_STATED,
            scope=each.scope,
            aspect=offer.aspect,
            value="ask",
        )
        for each in forbidden
    )


def _spread(
    offer: Offer, past: Sequence[PastOffer], nearness: Nearness, by: Manners
) -> tuple[PreferenceDraft, ...]:
    """How far refusals without a word about the future reach."""
    alike = nearness.of(offer.topic, [each.topic for each in past])
    same = [e for e, score in zip(past, alike, strict=True) if score >= by.same_topic]
    refused = [each for each in same if each.accepted is False]
    accepted = [each for each in same if each.accepted]
    here = occasion_of(offer.context)
    if not refused:
        return ()
    if not accepted:
        unlike = nearness.of(here, [each.occasion for each in refused])
        if min(unlike) >= by.same_occasion or 1 + len(refused) < _REFUSALS:
            return ()
        return (_inferred(offer, None),)
    for tag in () if offer.context is None else offer.context.tags:
        there = [each for each in refused if applies(tag, each.occasion, nearness, by)]
        if 1 + len(there) >= _REFUSALS and not any(
            applies(tag, each.occasion, nearness, by) for each in accepted
        ):
            return (_inferred(offer, tag),)
    return ()


def _inferred(offer: Offer, scope: str | None) -> PreferenceDraft:
    return PreferenceDraft(
        description=standing_words("never", offer.topic),
        polarity="dislike",
        strength=0.8,
        origin="inferred",
        confidence=_INFERRED,
        scope=scope,
        aspect=offer.aspect,
        value="never",
    )
