"""The two-user test: the same candidates, ranked for two people of opposed tastes.

Requests that people of two tastes were asked have an answer that each of the two preferred. These
two answers are the candidates, and every person of one taste is paired with every person of the
other, whatever request they were asked themselves: after a few earlier pairs of each, the one must
get theirs first and the other theirs. Who ranks by the options alone gives both the same ranking,
and is never right.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from ...policies.reward import Answers, Population, TextFeatures, predict
from ..datasets import Taste, TasteItem
from ..statistics import bootstrap
from .outcomes import Row
from .tastes import TASTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["opposed_people"]

_SHOTS = 4


class _Couple(NamedTuple):
    """One request, two tastes, and what people of each preferred."""

    request: str
    tastes: tuple[str, str]
    answers: tuple[str, str]


def opposed_people(taste: Taste, features: TextFeatures, *, seed: int) -> Row:
    """Every pair of opposed people, on every request that both tastes were asked.

    People who saw a request among their earlier pairs are left out for it.

    Args:
        taste: The file.
        features: Describe texts.
        seed: Of the interval, which draws requests again.

    Returns:
        The share of pairs where each of the two gets their own answer first, over requests, with
        its interval; how often one person alone does; and what rankings by the options alone reach.
    """
    import numpy as np

    couples = _couples(taste)
    found: dict[str, object] = {
        "data": TASTES,
        "file": taste.name,
        "measure": "every pair of opposed people, the same candidates, each given their own first",
        "k": _SHOTS,
        "requests": len(couples),
    }
    floors = {
        "floor (one ranking for all)": 0.0,
        "floor for one person (longest first)": _longest(couples),
        "chance": 0.25,
    }
    nothing = found | {"pairs": 0, "share": 0.0} | floors
    if not couples:
        return nothing
    rows = features.compare([c.answers[0] for c in couples], [c.answers[1] for c in couples])
    earlier = [
        features.compare([p.chosen for p in each], [p.rejected for p in each])
        for each in (item.history[:_SHOTS] for item in taste.items)
    ]
    seen = Answers.of(earlier, [np.ones(len(each)) for each in earlier])
    asked = np.repeat(rows[None], len(taste.items), axis=0)
    first = predict(Population.of(features.prior()), seen, asked)
    shares, singles, pairs = [], [], 0
    for place, couple in enumerate(couples):
        left, right = (_people(taste, couple, side) for side in (0, 1))
        if not len(left) or not len(right):
            continue
        # Each taste's people by themselves, since every one meets every one of the other.
        own, other = (first[left, place] > 0.5).mean(), (first[right, place] < 0.5).mean()
        shares.append(own * other)
        singles.append((own * len(left) + other * len(right)) / (len(left) + len(right)))
        pairs += len(left) * len(right)
    if not shares:
        return nothing
    interval = bootstrap(np.array(shares), np.arange(len(shares)), seed=seed)
    return (
        found
        | {
            "people": len(taste.items),
            "pairs": pairs,
            "share": interval.mean,
            "share_low": interval.low,
            "share_high": interval.high,
            "worst request": min(shares),
            "one person alone": float(np.mean(singles)),
        }
        | floors
    )


def _couples(taste: Taste) -> list[_Couple]:
    preferred: dict[str, dict[str, str]] = {}
    for item in taste.items:
        preferred.setdefault(item.pair.prompt, {}).setdefault(item.taste, item.pair.chosen)
    return [
        _Couple(request, (one, other), (answers[one], answers[other]))
        for request, answers in preferred.items()
        for one, other in combinations(answers, 2)
        if answers[one] != answers[other]
    ]


def _people(taste: Taste, couple: _Couple, side: int) -> NDArray[np.int64]:
    """Everybody of a taste who has not seen the request before."""
    import numpy as np

    def fits(item: TasteItem) -> bool:
        new = couple.request not in {pair.prompt for pair in item.history[:_SHOTS]}
        return new and item.taste == couple.tastes[side]

    return np.flatnonzero([fits(item) for item in taste.items])


def _longest(couples: list[_Couple]) -> float:
    """How many of all people get theirs first where the longer answer is always first: half."""
    if not couples:
        return 0.5
    right = [
        sum(len(couple.answers[side]) > len(couple.answers[1 - side]) for side in (0, 1)) / 2
        for couple in couples
    ]
    return sum(right) / len(right)
