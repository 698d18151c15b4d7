"""The two-user test: the same candidates, ranked for two people of opposed tastes.

Requests that people of two tastes were asked have an answer that each of the two preferred. These
two answers are the candidates, and every person of one taste is paired with every person of the
other, whatever request they were asked themselves: after a few earlier pairs of each, the one must
get theirs first and the other theirs. Who ranks by the options alone gives both the same ranking,
and is never right.
"""

from __future__ import annotations

from collections.abc import Sequence
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

__all__ = ["Met", "count_couples", "opposed_people", "opposed_row"]

_SHOTS = 4


class _Couple(NamedTuple):
    """One request, two tastes, and what people of each preferred."""

    request: str
    tastes: tuple[str, str]
    answers: tuple[str, str]


class Met(NamedTuple):
    """Every person of one taste beside every person of the other, on one request.

    Attributes:
        left: How many people of the first taste.
        right: How many of the other.
        own: Share of the first who get their own answer first.
        other: Share of the others who get theirs.
        longest: How often one person gets theirs where the longer answer is always first.
        people: How many there are in the file.
    """

    left: int
    right: int
    own: float
    other: float
    longest: float
    people: int


def count_couples(taste: Taste) -> int:
    """How many requests there are that two tastes were asked, for each two tastes."""
    return len(_couples(taste))


def opposed_people(taste: Taste, features: TextFeatures) -> list[Met]:
    """Every pair of opposed people, on every request that both tastes were asked.

    People who saw a request among their earlier pairs are left out for it.

    Args:
        taste: The file.
        features: Describe texts.
    """
    import numpy as np

    couples = _couples(taste)
    if not couples:
        return []
    rows = features.compare([c.answers[0] for c in couples], [c.answers[1] for c in couples])
    earlier = [
        features.compare([p.chosen for p in each], [p.rejected for p in each])
        for each in (item.history[:_SHOTS] for item in taste.items)
    ]
    seen = Answers.of(earlier, [np.ones(len(each)) for each in earlier])
    asked = np.repeat(rows[None], len(taste.items), axis=0)
    first = predict(Population.of(features.prior()), seen, asked)
    found = []
    for place, couple in enumerate(couples):
        left, right = (_people(taste, couple, side) for side in (0, 1))
        # Each taste's people by themselves, since every one meets every one of the other.
        alone = not len(left) or not len(right)
        found.append(
            Met(
                left=len(left),
                right=len(right),
                own=0.0 if alone else float((first[left, place] > 0.5).mean()),
                other=0.0 if alone else float((first[right, place] < 0.5).mean()),
                longest=_longest(couple),
                people=len(taste.items),
            )
        )
    return found


def opposed_row(file: str, met: Sequence[Met], *, failed: int, seed: int) -> Row:
    """The share of pairs of people where each of the two gets their own answer first.

    Args:
        file: The file.
        met: On each request, in a fixed order.
        failed: Requests on which that could not be told; they count as 0.
        seed: Of the interval, which draws requests again.

    Returns:
        The share over requests with its interval; how often one person alone gets theirs; and what
        rankings by the options alone reach.
    """
    import numpy as np

    found: dict[str, object] = {
        "data": TASTES,
        "file": file,
        "measure": "every pair of opposed people, the same candidates, each given their own first",
        "k": _SHOTS,
        "requests": len(met) + failed,
    }
    longest = [each.longest for each in met]
    floors = {
        "floor (one ranking for all)": 0.0,
        "floor for one person (longest first)": sum(longest) / len(longest) if longest else 0.5,
        "chance": 0.25,
    }
    some = [each for each in met if each.left and each.right]
    shares = [each.own * each.other for each in some] + [0.0] * failed
    if not shares:
        return found | {"pairs": 0, "share": 0.0} | floors
    interval = bootstrap(np.array(shares), np.arange(len(shares)), seed=seed)
    singles = [
        (each.own * each.left + each.other * each.right) / (each.left + each.right) for each in some
    ] + [0.0] * failed
    return (
        found
        | {
            "people": max((each.people for each in met), default=0),
            "pairs": sum(each.left * each.right for each in some),
            "share": interval.mean,
            "share_low": interval.low,
            "share_high": interval.high,
            "worst request": min(shares),
            "one person alone": float(np.mean(singles)),
        }
        | ({"failed": failed} if failed else {})
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


def _longest(couple: _Couple) -> float:
    """How many of all people get theirs first where the longer answer is always first: half."""
    first, second = couple.answers
    return (int(len(first) > len(second)) + int(len(second) > len(first))) / 2
