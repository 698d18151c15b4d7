"""Decides whether to act unasked, to ask for consent, or to stay silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ...memory.types import Preference
from .beliefs import Past, believe, gather, weigh
from .nearness import Embed, Nearness, applies, occasion_of, words_of
from .types import ASPECT, EVERYTHING, TOUCHING, Initiative, Manners, Offer, PastOffer

__all__ = ["consider"]


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
    made again, nor is what means the same, unless something nearer was welcome there. Otherwise
    the way of greatest expected worth is taken (see `weigh`), by a belief that answers to the like
    have formed (see `believe`): a topic that was never tried is worth asking about for what the
    answer teaches.

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
    near = gather(offer, here, past, nearness, by)
    belief = believe(near, past, by)
    unwelcome = made_this_session - welcome_this_session
    weights = weigh(offer, belief, unwelcome, by)

    def decided(
        kind: Literal["act", "ask", "silent"], reason: str, by_preference: str | None = None
    ) -> Initiative:
        return Initiative(
            kind=kind,
            reason=reason,
            wanted=round(belief.wanted, 4),
            surely_wanted=round(belief.surely, 4),
            weights=weights,
            preference_id=by_preference,
            evidence={"yes": near.yes, "no": near.no, "passed over": near.passed},
        )

    said = _said(offer, here, nearness, by, past=past, live=live, near=near)
    if said is not None and said.value in ("never", "only"):
        return decided("silent", f"You said so: {said.description}.", said.id)
    if said is not None and said.value == "always":
        return decided("act", f"You said so: {said.description}.", said.id)
    if near.refused_here:
        return decided("silent", "You refused this on an occasion like this one.")
    may_act = not offer.needs_consent and said is None
    if may_act and weights.act > 0.0 and weights.act >= weights.ask:
        return decided("act", f"You want this in {belief.wanted:.0%} of cases like this one.")
    if unwelcome >= by.most:
        return decided("silent", f"{by.most} offers of this session were not welcome.")
    if weights.ask <= 0.0:
        return decided("silent", f"Asking is worth {weights.ask:.2f}, less than silence.")
    if asks_less:
        return decided("silent", "You asked not to be asked so much.")
    return decided("ask", f"Asking is worth {weights.ask:.2f}; acting unasked, {weights.act:.2f}.")


def _said(
    offer: Offer,
    here: str,
    nearness: Nearness,
    by: Manners,
    *,
    past: Sequence[PastOffer],
    live: Sequence[Preference],
    near: Past,
) -> Preference | None:
    """The preference that decides: what forbids goes before what allows."""
    about = [each for each in live if (each.aspect or "").startswith(ASPECT)]
    if not about:
        return None
    topics = [(each.aspect or "")[len(ASPECT) :] for each in about]
    alike = nearness.of(offer.topic, topics)
    put = {each.topic: each.text for each in past}
    texts = [put.get(topic, "") for topic in topics]
    akin = nearness.of_offers(offer.topic, offer.text, topics, texts)
    scoped = [each.scope is None or applies(each.scope, here, nearness, by) for each in about]
    said = list(zip(about, topics, alike, akin, scoped, strict=True))
    allowing = [
        each
        for each, _, score, _, here_too in said
        if each.value in ("ask", "always") and score >= by.same_topic and here_too
    ]
    for each, topic, score, like, here_too in said:
        if topic.startswith(TOUCHING):
            reaches = _touches(offer, topic[len(TOUCHING) :], nearness, by)
        elif topic == EVERYTHING or score >= by.same_topic:
            reaches = True
        else:
            # Only akin: that this very one was welcome speaks against it. A yes elsewhere does not
            # speak against what was refused here.
            welcome = bool(allowing) or (near.welcome if each.scope is None else near.welcome_here)
            reaches = each.value == "never" and like >= by.refused_topic and not welcome
        if not reaches:
            continue
        if each.value == "never" and here_too:
            return each
        if each.value == "only" and each.scope is not None and not here_too:
            return each
    # Where both are said, to be asked goes before leave to act.
    return next(
        (each for value in ("ask", "always") for each in allowing if each.value == value), None
    )


def _touches(offer: Offer, thing: str, nearness: Nearness, by: Manners) -> bool:
    """Whether an offer lays hands on a thing: it says so, or its topic names it."""
    words = words_of(thing)
    if words and words <= words_of(offer.topic):
        return True
    return any(score >= by.same_topic for score in nearness.of(thing, offer.touches))
