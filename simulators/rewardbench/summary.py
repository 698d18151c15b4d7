"""What the rewardbench track makes of its episodes: accuracy by arm and category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..runner import Episode, Summary
from ..statistics import bootstrap

__all__ = ["summarised"]

_ALL = "all"
_MEASURES = ("accuracy", "accuracy_not_longer")
_NOTE = (
    "Chance is .5, and a tie is wrong. accuracy_not_longer is over the pairs whose chosen answer "
    "is not the longer one."
)


def summarised(
    episodes: Sequence[Episode], *, arms: Sequence[str], baseline: str, seed: int
) -> Summary:
    """Figures and rows, with gains over the baseline on the same questions.

    Args:
        episodes: Of any arms and questions.
        arms: In the order of the rows.
        baseline: The arm that gains are reckoned against.
        seed: Of the intervals.
    """
    rows: list[dict[str, object]] = []
    figures: dict[str, float] = {}
    for category in (_ALL, *sorted({each.key.task for each in episodes})):
        some = [each for each in episodes if category in (_ALL, each.key.task)]
        base = {each.key.user: each for each in some if each.key.arm == baseline}
        for arm in arms:
            mine = {each.key.user: each for each in some if each.key.arm == arm}
            if not mine:
                continue
            row = _row(arm, category, mine, {} if arm == baseline else base, seed)
            rows.append(row)
            if category == _ALL:
                figures[f"{_plain(arm)}_accuracy"] = float(str(row["accuracy"]))
    return Summary(figures=figures, rows=rows, notes=(_NOTE,))


def _row(
    arm: str,
    category: str,
    mine: Mapping[str, Episode],
    base: Mapping[str, Episode],
    seed: int,
) -> dict[str, object]:
    row: dict[str, object] = {"arm": arm, "category": category, "n": len(mine)}
    for measure in _MEASURES:
        values = _values(mine, measure)
        row[f"{measure}_n"] = len(values)
        row |= _told(measure, list(values.values()), seed)
        other = _values(base, measure)
        gains = [value - other[user] for user, value in values.items() if user in other]
        row |= _told(f"{measure}_gain", gains, seed)
    held = mine.values()
    return row | {
        "ties": sum(each.failures.get("tie", 0) for each in held),
        "something_learned": sum(int(str(each.detail["learned"])) > 0 for each in held),
        "seconds": sum(each.costs.seconds for each in held),
        "failed": sum(each.error is not None for each in held),
    }


def _values(episodes: Mapping[str, Episode], measure: str) -> dict[str, float]:
    return {
        user: value
        for user, each in episodes.items()
        if (value := each.measures.get(measure)) is not None
    }


def _told(name: str, values: Sequence[float], seed: int) -> dict[str, object]:
    import numpy as np

    if not values:
        return {}
    found = bootstrap(np.array(values), np.arange(len(values)), seed=seed)
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}


def _plain(arm: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in arm).split())
