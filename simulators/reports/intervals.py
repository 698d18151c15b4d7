"""Means with intervals that draw whole people again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ..runner.episodes import Episode
from ..statistics import Interval, Resampler

__all__ = ["Intervals", "Place", "place"]

_KEPT = 3
"""Sets of draws that are kept: one holds 2000 counts for each person."""


class Place(NamedTuple):
    """Which episodes of two arms, or of two runs, belong together."""

    user: str
    task: str
    trial: int


def place(episode: Episode) -> Place:
    """Where an episode belongs, whatever its arm."""
    return Place(episode.key.user, episode.key.task, episode.key.trial)


class Intervals:
    """Means with 95% bootstrap intervals over the people of a run, or over tasks if it has one.

    The same people are drawn in the same way for every measure and arm.

    Args:
        episodes: All that the means may be over.
        seed: Of the draws.
    """

    def __init__(self, episodes: Sequence[Episode], *, seed: int) -> None:
        places = dict.fromkeys(place(each) for each in episodes)
        users = {each.user for each in places}
        names = {each: each.user if len(users) > 1 else each.task for each in places}
        numbers = {name: number for number, name in enumerate(sorted(set(names.values())))}
        self._groups: Mapping[Place, int] = {each: numbers[name] for each, name in names.items()}

        # The draws depend on who takes part only, and are by far the most work.
        @lru_cache(maxsize=_KEPT)
        def draws(clusters: bytes) -> Resampler:
            import numpy as np

            return Resampler(np.frombuffer(clusters, dtype=np.int64), seed=seed)

        self._draws = draws

    def clusters(self, places: Sequence[Place]) -> int:
        """How many people (or tasks) some episodes are of."""
        return len({self._groups[each] for each in places})

    def of(self, values: Sequence[float], places: Sequence[Place]) -> Interval | None:
        """The mean of some values; None if there are none.

        Args:
            values: One for each episode.
            places: Where these episodes belong.
        """
        if not values:
            return None
        return self.columns([[each] for each in values], places)[0]

    def columns(self, rows: Sequence[Sequence[float]], places: Sequence[Place]) -> list[Interval]:
        """The mean of each column.

        Args:
            rows: At least one, all of the same length.
            places: Where the episodes of the rows belong.
        """
        import numpy as np

        # Workers finish in any order, which must not show.
        order = sorted(range(len(places)), key=places.__getitem__)
        clusters = np.array([self._groups[places[each]] for each in order], dtype=np.int64)
        table = np.array(rows, dtype=np.float64)[order]
        draws = self._draws(clusters.tobytes())
        return [draws.interval(column) for column in table.T]
