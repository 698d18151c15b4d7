"""Learning curves: what each arm reaches after each question or round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..runner.episodes import Episode
from ..statistics import Interval
from .intervals import Intervals, place
from .load import Run

__all__ = ["Curve", "curves_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """An arm's course.

    Attributes:
        arm: The arm.
        points: The mean after 0, 1, 2, … steps, with 95% intervals that draw people again.
        n: Episodes that the means are over.
        without: Episodes of the arm that failed and have no such series.
    """

    arm: str
    points: Sequence[Interval]
    n: int
    without: int


def curves_of(run: Run, intervals: Intervals) -> Mapping[str, Sequence[Curve]]:
    """The courses of all arms, by the name of the series.

    An episode that ended before others keeps its last value: means over those still going on would
    be over ever fewer and harder people.

    Args:
        run: Finished or not.
        intervals: Over its episodes.
    """
    names = dict.fromkeys(name for each in run.episodes for name in each.series)
    # Measures that reports show come first, in their order.
    shown = list(run.higher_is_better)
    ordered = sorted(names, key=lambda name: shown.index(name) if name in shown else len(shown))
    by_arm: dict[str, list[Episode]] = {arm: [] for arm in run.arms}
    for episode in run.episodes:
        by_arm[episode.key.arm].append(episode)
    found: dict[str, Sequence[Curve]] = {}
    for name in ordered:
        longest = max(len(each.series.get(name, ())) for each in run.episodes)
        if longest < 2:
            continue
        curves = []
        for arm, episodes in by_arm.items():
            having = [each for each in episodes if len(each.series.get(name, ()))]
            if having:
                points = _course(having, name, intervals)
                left = sum(
                    each.error is not None and not each.series.get(name) for each in episodes
                )
                curves.append(Curve(arm=arm, points=points, n=len(having), without=left))
        found[name] = curves
    return found


def _course(episodes: Sequence[Episode], name: str, intervals: Intervals) -> list[Interval]:
    """Means with intervals, as far as the arm's longest episode goes."""
    series = [each.series[name] for each in episodes]
    length = max(map(len, series))
    rows = [[*each, *[each[-1]] * (length - len(each))] for each in series]
    return intervals.columns(rows, [place(each) for each in episodes])
