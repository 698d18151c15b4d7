"""What comes up in a user's days: a few topics again and again, in other words, and near ones."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from ...memory.types import Context
from ...policies.offers import Offer
from ..tasks.scenarios import Occasion, Scenario

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Step", "steps_of"]

_BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)
_BETWEEN = timedelta(minutes=35)
_ANCHORS = 4
_RELATED = 0.35
_INNOCENT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One occasion on which something could be done.

    Attributes:
        number: From 0.
        session: Which conversation it falls into, from 0.
        at: The moment.
        scenario: What could be done.
        occasion: What the user is doing.
        topic: In which words it is known this time.
        words: The scenario's own words, or others for the same.
        offer: As the assistant has it.
    """

    number: int
    session: int
    at: datetime
    scenario: Scenario
    occasion: Occasion
    topic: str
    words: Literal["own", "related"]
    offer: Offer


def steps_of(
    scenarios: Sequence[Scenario], *, sessions: int, per_session: int, seed: int
) -> tuple[Step, ...]:
    """Draws the occasions of one user.

    Four scenarios, each with one of those that look alike, come up again and again over all
    sessions, a third of the later times in other words; a fifth of the occasions are of others.
    Sessions are one to three days apart.

    Args:
        scenarios: What can come up.
        sessions: How many conversations.
        per_session: Occasions in each.
        seed: Of the draw.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    by_topic = {each.topic: each for each in scenarios}
    anchors = [scenarios[int(i)] for i in rng.permutation(len(scenarios))[:_ANCHORS]]
    focus = {each.topic: each for each in anchors}
    for each in anchors:
        near = by_topic[each.near[int(rng.integers(len(each.near)))]]
        focus[near.topic] = near
    others = [each for each in scenarios if each.topic not in focus]
    again = list(focus.values())
    seen: set[str] = set()
    found: list[Step] = []
    day = _BEGIN
    for session in range(sessions):
        order: list[Scenario] = []
        for place in range(per_session):
            if others and rng.random() < _INNOCENT:
                scenario = others[int(rng.integers(len(others)))]
            else:
                if not order:
                    order = [again[int(i)] for i in rng.permutation(len(again))]
                scenario = order.pop()
            at = day + place * _BETWEEN
            found.append(_step(scenario, seen, rng, number=len(found), session=session, at=at))
            seen.add(scenario.topic)
        day += timedelta(days=int(rng.integers(1, 4)))
    return tuple(found)


def _step(
    scenario: Scenario,
    seen: Set[str],
    rng: np.random.Generator,
    *,
    number: int,
    session: int,
    at: datetime,
) -> Step:
    occasion = scenario.occasions[int(rng.integers(len(scenario.occasions)))]
    related = rng.random() < _RELATED and scenario.topic in seen
    topic, text = scenario.topic, scenario.offers[int(rng.integers(len(scenario.offers)))]
    if related:
        alike = scenario.related[int(rng.integers(len(scenario.related)))]
        topic, text = alike.topic, alike.offer
    return Step(
        number=number,
        session=session,
        at=at,
        scenario=scenario,
        occasion=occasion,
        topic=topic,
        words="related" if related else "own",
        offer=Offer(
            topic=topic,
            text=text,
            context=Context(text=occasion.doing, tags=(occasion.place, occasion.time)),
            benefit=scenario.benefit,
            harm=scenario.harm,
            needs_consent=scenario.consent != "none",
            touches=() if scenario.touches == "nothing" else (scenario.touches,),
        ),
    )
