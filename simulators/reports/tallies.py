"""What else an arm's episodes show: costs, disclosures, failures, and the worst of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from ..runner.episodes import Costs, Episode
from ..statistics import Interval
from .intervals import Intervals, place
from .load import Run

__all__ = ["COSTS", "Tally", "tally_run", "worst_of"]

COSTS = tuple(each.name for each in fields(Costs))
"""The costs that an episode counts, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The episodes of an arm, counted.

    Attributes:
        arm: The arm.
        n: Episodes.
        users: People.
        asked: Disclosures that a question had asked for.
        volunteered: Disclosures that the user made unasked.
        leaked: Disclosures that the gate had not released.
        leaking: Episodes with a leak.
        failures: Counts by kind.
        failed: Episodes that could not be held at all.
        errors: Their errors, counted.
        retried: Episodes that were tried more than once.
        stops: Why episodes ended, counted.
        costs: Means of an episode, with intervals.
        counted: The same over the episodes to which the headline measure applies.
        totals: Sums over all episodes.
    """

    arm: str
    n: int
    users: int
    asked: int
    volunteered: int
    leaked: int
    leaking: int
    failures: Mapping[str, int]
    failed: int
    errors: Mapping[str, int]
    retried: int
    stops: Mapping[str, int]
    costs: Mapping[str, Interval]
    counted: Mapping[str, Interval]
    totals: Mapping[str, float]


def tally_run(run: Run, intervals: Intervals) -> list[Tally]:
    """Counts the episodes of each arm; an arm of which none was held has zeros.

    Args:
        run: Finished or not.
        intervals: Over its episodes.
    """
    found = []
    for arm in run.arms:
        episodes = [each for each in run.episodes if each.key.arm == arm]
        how = Counter(told.how for each in episodes for told in each.disclosures)
        failures: Counter[str] = Counter()
        for each in episodes:
            failures.update(each.failures)
        having = [each for each in episodes if each.measures.get(run.headline) is not None]
        found.append(
            Tally(
                arm=arm,
                n=len(episodes),
                users=len({each.key.user for each in episodes}),
                asked=how["asked"],
                volunteered=how["volunteered"],
                leaked=how["leaked"],
                leaking=sum(
                    any(told.how == "leaked" for told in each.disclosures) for each in episodes
                ),
                failures={kind: count for kind, count in failures.items() if count},
                failed=sum(each.error is not None for each in episodes),
                errors=Counter(each.error for each in episodes if each.error is not None),
                retried=sum(each.attempts > 1 for each in episodes),
                stops=Counter(each.stop for each in episodes),
                costs=_costs(episodes, intervals),
                # Of a measure that no episode has by itself, all count.
                counted=_costs(having or episodes, intervals),
                totals={
                    name: float(sum(getattr(each.costs, name) for each in episodes))
                    for name in COSTS
                },
            )
        )
    return found


def _costs(episodes: Sequence[Episode], intervals: Intervals) -> Mapping[str, Interval]:
    if not episodes:
        return {}
    spent = [[float(getattr(each.costs, name)) for name in COSTS] for each in episodes]
    means = intervals.columns(spent, [place(each) for each in episodes])
    return dict(zip(COSTS, means, strict=True))


def worst_of(run: Run, *, count: int) -> Mapping[str, Sequence[Episode]]:
    """The worst episodes of each arm by the headline measure, the worst first.

    Of equally bad ones, those with failures or leaks come first, then those with most to read.

    Args:
        run: Finished or not.
        count: How many of each arm, at least 0.
    """
    measure, higher = run.headline, run.higher_is_better[run.headline]
    found = {}
    for arm in run.arms:
        having = [
            (value if higher else -value, each)
            for each in run.episodes
            if each.key.arm == arm and (value := each.measures.get(measure)) is not None
        ]
        having.sort(key=lambda pair: (pair[0], -_trouble(pair[1]), -len(pair[1].transcript)))
        found[arm] = [each for _, each in having[:count]]
    return found


def _trouble(episode: Episode) -> int:
    leaks = sum(each.how == "leaked" for each in episode.disclosures)
    return leaks + sum(episode.failures.values()) + (episode.error is not None)
