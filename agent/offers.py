"""What the assistant may do unasked, for one user: decided and learned from what memory holds."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ..errors import ModelError
from ..memory.types import Answer, Evidence, Preference
from ..policies.offers import Initiative, Offer, PastOffer, consider, lessons, read_consent
from ..policies.offers.nearness import occasion_of
from ..policies.offers.types import ASPECT
from .services import Services

if TYPE_CHECKING:
    from ..models.types import Embedder

__all__ = ["answer_offer", "consider_offer"]


async def consider_offer(services: Services, embedder: Embedder, offer: Offer) -> Initiative:
    """What to do about an offer; nothing is recorded."""
    return await asyncio.to_thread(_consider, services, embedder, offer)


async def answer_offer(
    services: Services, embedder: Embedder, offer: Offer, answer: str | None
) -> tuple[Preference, ...]:
    """Records what the user said to an offer, and learns from it."""
    return await asyncio.to_thread(_answer, services, embedder, offer, answer)


def _consider(services: Services, embedder: Embedder, offer: Offer) -> Initiative:
    events = _events(services)
    past = [_past(event) for event in events]
    here = [event.session_id == services.session_id for event in events]
    live = services.memory.get_all(services.user_id)
    weigh = partial(
        consider,
        offer,
        past=past,
        live=live,
        made_this_session=sum(here),
        welcome_this_session=sum(
            each.accepted is True for each, now in zip(past, here, strict=True) if now
        ),
        asks_less=any(p.aspect == "questions" and p.value in ("none", "fewer") for p in live),
    )
    try:
        return weigh(embed=embedder.embed)
    except ModelError:
        # Without an embedder words decide.
        return weigh(embed=None)


def _answer(
    services: Services, embedder: Embedder, offer: Offer, answer: str | None
) -> tuple[Preference, ...]:
    said = None if answer is None or not answer.strip() else answer
    teach = partial(
        lessons,
        offer,
        read_consent(said),
        past=[_past(event) for event in _events(services)],
        live=services.memory.get_all(services.user_id),
    )
    try:
        drafts = teach(embed=embedder.embed)
    except ModelError:
        drafts = teach(embed=None)
    learned = services.memory.learn(
        services.user_id,
        Answer(question=offer.text, aspect=offer.aspect, value=said, options=("yes", "no")),
        drafts,
        context=offer.context,
        session_id=services.session_id,
        source="api",
    )
    return tuple(learned)


def _events(services: Services) -> list[Evidence]:
    """The offers that the user has answered or passed over, oldest first."""
    found = services.memory.evidence(services.user_id, kind="answer")
    return [
        event
        for event in found
        if isinstance(event.observation, Answer) and event.observation.aspect.startswith(ASPECT)
    ]


def _past(event: Evidence) -> PastOffer:
    said = event.observation
    assert isinstance(said, Answer), "only answers are asked for"
    consent = read_consent(said.value)
    return PastOffer(
        topic=said.aspect[len(ASPECT) :],
        occasion=occasion_of(event.context),
        # "Not now" says when, not whether.
        accepted=None if consent.hours is not None else consent.accepted,
        text=said.question,
    )
