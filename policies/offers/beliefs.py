"""What is believed of an offer: how likely it is wanted, and what each way is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .nearness import Nearness
from .types import Manners, Offer, PastOffer, Weights

__all__ = ["Belief", "Past", "believe", "gather", "weigh"]


class Past(NamedTuple):
    """Past offers of the like, by how near they are.

    Attributes:
        yes: Summed weight of those accepted.
        no: Of those refused.
        passed: Of those passed over or put off.
        refused_here: The last answer on an occasion like this one was a no.
        welcome: One of this very topic was accepted before.
        welcome_here: The same, on an occasion like this one.
    """

    yes: float = 0.0
    no: float = 0.0
    passed: float = 0.0
    refused_here: bool = False
    welcome: bool = False
    welcome_here: bool = False


class Belief(NamedTuple):
    """How likely an offer is wanted.

    Attributes:
        wanted: Posterior mean, for asking.
        after_yes: The same, were the user to say yes now.
        surely: The cautious percentile, for acting.
    """

    wanted: float
    after_yes: float
    surely: float


def gather(
    offer: Offer, here: str, past: Sequence[PastOffer], nearness: Nearness, by: Manners
) -> Past:
    """Sums up what past offers say of this one.

    A refusal reaches further than a yes: to topics that are only akin, unless this very one was
    welcome on an occasion like this.
    """
    if not past:
        return Past()
    topics = nearness.of(offer.topic, [each.topic for each in past])
    offers = nearness.of_offers(
        offer.topic, offer.text, [each.topic for each in past], [each.text for each in past]
    )
    occasions = nearness.of(here, [each.occasion for each in past])
    sums = {True: 0.0, False: 0.0, None: 0.0}
    accepted = [
        occasion
        for each, topic, occasion in zip(past, topics, occasions, strict=True)
        if each.accepted and topic >= by.same_topic
    ]
    welcome_here = max(accepted, default=0.0) >= by.same_occasion
    last_here: bool | None = None
    for each, topic, like, occasion in zip(past, topics, offers, occasions, strict=True):
        akin = each.accepted is False and like >= by.refused_topic and not welcome_here
        if topic < by.same_topic and not akin:
            continue
        sums[each.accepted] += max(topic, like if akin else 0.0) * max(occasion, by.elsewhere)
        if occasion >= by.same_occasion and each.accepted is not None:
            last_here = each.accepted
    return Past(
        sums[True], sums[False], sums[None], last_here is False, bool(accepted), welcome_here
    )


def believe(near: Past, past: Sequence[PastOffer], by: Manners) -> Belief:
    """How likely an offer is wanted, after what was said to the like and to others.

    For asking, a Beta posterior that starts from how many topics this user said yes to, itself
    pulled towards an even chance; it starts weak, since most topics are either wanted or not and
    one answer tells. For acting it starts from nothing: a yes to being asked is no leave to act.

    Args:
        near: What past offers of the like say.
        past: All of them.
        by: The constants.
    """
    from scipy.special import betaincinv  # type: ignore[import-untyped]

    against = near.no + by.passed * near.passed
    known = by.topic_prior + near.yes + against
    yes = by.topic_prior * _usual(past, by) + near.yes
    surely = float(betaincinv(by.yes + near.yes, by.no + against, by.cautious))
    return Belief(yes / known, (yes + 1.0) / (known + 1.0), surely)


def weigh(offer: Offer, belief: Belief, unwelcome: int, by: Manners) -> Weights:
    """What acting and asking are worth; silence is worth 0.

    Acting: `p·benefit − (1−p)·harm` with the cautious p. Asking: `p·benefit·(1−delay) −
    interrupt − annoy·unwelcome`, and what its answer is worth on the occasions ahead: after a yes
    it is offered again with more confidence, after a no never, where without the answer it would
    be offered or not as it is now. That is the knowledge gradient (Frazier, Powell & Dayanik 2008,
    "A Knowledge-Gradient Policy for Sequential Information Collection") of a one-armed bandit
    whose arm is closed by a refusal.

    Args:
        offer: What could be done.
        belief: How likely it is wanted.
        unwelcome: Offers of this session that were no yes.
        by: The constants.
    """
    gain = offer.benefit * (1.0 - by.delay)
    later = max(0.0, belief.wanted * gain - by.interrupt)
    informed = belief.wanted * max(0.0, belief.after_yes * gain - by.interrupt)
    learn = by.ahead * max(0.0, informed - later)
    act = belief.surely * offer.benefit - (1.0 - belief.surely) * offer.harm
    ask = belief.wanted * gain - by.interrupt - by.annoy * max(0, unwelcome) + learn
    return Weights(act=round(act, 4), ask=round(ask, 4), learn=round(learn, 4))


def _usual(past: Sequence[PastOffer], by: Manners) -> float:
    """Of how many topics this user said yes last, pulled towards an even chance."""
    last: dict[str, bool] = {}
    for each in past:
        if each.accepted is not None:
            last[" ".join(each.topic.casefold().split())] = each.accepted
    return (by.yes + sum(last.values())) / (by.yes + by.no + len(last))
