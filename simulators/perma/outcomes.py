"""Counts what came out: every item by itself, then means with intervals over timelines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..runner.episodes import Episode, Json

if TYPE_CHECKING:
    from ..statistics import Interval

__all__ = ["LOWER", "Item", "Row", "items_from", "items_of", "means", "row_of"]

LOWER = frozenset({"stale_use", "stale_reply", "prompt_tokens", "wrong_supersede", "decoys_taken"})
"""The measures of which less is better."""

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that was measured.

    Attributes:
        measure: By what.
        name: Which one; the same for every arm of the same timeline.
        value: In [0, 1], but for counts of tokens.
    """

    measure: str
    name: str
    value: float


def items_of(items: Iterable[Item]) -> list[Json]:
    """Items as an episode keeps them."""
    return [{"measure": each.measure, "name": each.name, "value": each.value} for each in items]


def items_from(episode: Episode) -> list[Item]:
    """The items of an episode, which may have been read from a file."""
    kept = episode.detail.get("items", ())
    assert isinstance(kept, Sequence)
    assert not isinstance(kept, str)
    found = []
    for each in kept:
        assert isinstance(each, Mapping)
        measure, name, value = each["measure"], each["name"], each["value"]
        assert isinstance(measure, str)
        assert isinstance(name, str)
        assert isinstance(value, int | float)
        found.append(Item(measure=measure, name=name, value=float(value)))
    return found


def means(items: Iterable[Item], measures: Iterable[str]) -> dict[str, float | None]:
    """The mean of each measure; None where nothing was measured."""
    values = defaultdict(list)
    for each in items:
        values[each.measure].append(each.value)
    return {
        measure: sum(values[measure]) / len(values[measure]) if values[measure] else None
        for measure in measures
    }


def row_of(
    episodes: Sequence[Episode],
    measures: Iterable[str],
    *,
    against: Mapping[str, Sequence[Episode]],
    seed: int,
) -> Row:
    """The measures of one arm, each with its interval over timelines and its number of items.

    Args:
        episodes: Of the arm.
        measures: Which; those without an item are left out.
        against: Episodes of arms to compare with, by what the difference is called ("gain"); items
            of the same timeline and name are paired.
        seed: Of the intervals.

    Returns:
        For a measure x its `x`, `x_low`, `x_high`, `x_n`, and `x_gain` with `x_gain_low` and
        `x_gain_high` for each comparison.
    """
    mine = _by_measure(episodes)
    others = {name: _by_measure(each) for name, each in against.items()}
    row: Row = {}
    for measure in measures:
        own = mine.get(measure)
        if not own:
            continue
        whole = _interval(own, seed=seed)
        row |= {
            measure: whole.mean,
            f"{measure}_low": whole.low,
            f"{measure}_high": whole.high,
            f"{measure}_n": len(own),
        }
        for name, theirs in others.items():
            known = theirs.get(measure, {})
            pairs = {place: value - known[place] for place, value in own.items() if place in known}
            if pairs:
                # A gain is what is better, and of some less is.
                way = -1.0 if measure in LOWER else 1.0
                gain = _interval({place: way * value for place, value in pairs.items()}, seed=seed)
                row |= {
                    f"{measure}_{name}": gain.mean,
                    f"{measure}_{name}_low": gain.low,
                    f"{measure}_{name}_high": gain.high,
                }
    return row


class _Place(NamedTuple):
    """Where an item belongs: what is resampled together, and which one it is there."""

    timeline: str
    trial: int
    name: str


def _by_measure(episodes: Sequence[Episode]) -> dict[str, dict[_Place, float]]:
    found: dict[str, dict[_Place, float]] = defaultdict(dict)
    for episode in episodes:
        key = episode.key
        for item in items_from(episode):
            found[item.measure][_Place(key.task, key.trial, item.name)] = item.value
    return found


def _interval(values: Mapping[_Place, float], *, seed: int) -> Interval:
    import numpy as np

    from ..statistics import bootstrap

    timelines = sorted({place.timeline for place in values})
    number = {name: at for at, name in enumerate(timelines)}
    clusters = np.array([number[place.timeline] for place in values], dtype=np.int64)
    return bootstrap(np.array(list(values.values())), clusters, seed=seed)
