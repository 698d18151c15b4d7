"""What the locomo track makes of its episodes: recall by arm and category, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..datasets.locomo import CATEGORIES
from ..runner import Episode, Summary
from ..statistics import bootstrap

__all__ = ["AT", "summarised"]

AT = (5, 10)
"""How many turns may be found."""

_ALL = "all"
_NOTE = (
    "Recall is of the annotated evidence; intervals draw whole conversations again. An adversarial "
    "question asks one speaker for what the other said: its evidence is what the other said."
)


class _Place(NamedTuple):
    conversation: str
    number: int


def summarised(
    episodes: Sequence[Episode], *, arms: Sequence[str], baseline: str, seed: int
) -> Summary:
    """Figures and rows.

    Args:
        episodes: Of any arms and conversations.
        arms: In the order of the rows.
        baseline: The arm that gains are reckoned against, question by question.
        seed: Of the intervals.
    """
    by_arm = {arm: [each for each in episodes if each.key.arm == arm] for arm in arms}
    rows: list[dict[str, object]] = []
    figures: dict[str, float] = {}
    for category in (_ALL, *CATEGORIES):
        for arm, some in by_arm.items():
            mine = {most: _values(some, most, category) for most in AT}
            if not mine[AT[0]]:
                continue
            row = _row(arm, category, some, mine)
            for most, values in mine.items():
                row |= _told(f"recall_{most}", values, seed)
                other = _values(by_arm.get(baseline, ()), most, category)
                if arm != baseline and other:
                    gains = {at: each - other[at] for at, each in values.items() if at in other}
                    row |= _told(f"recall_{most}_gain", gains, seed)
            rows.append(row)
            if category == _ALL:
                name = arm.replace(",", "").replace(" ", "_")
                figures |= {
                    f"{name}_recall_{most}": float(str(row[f"recall_{most}"])) for most in AT
                }
    return Summary(figures=figures, rows=rows, notes=(_NOTE,))


def _row(
    arm: str, category: str, episodes: Sequence[Episode], mine: Mapping[int, Mapping[_Place, float]]
) -> dict[str, object]:
    return {
        "arm": arm,
        "category": category,
        "conversations": len({each.key.user for each in episodes}),
        "n": len(mine[AT[0]]),
        "kept": sum(int(str(each.detail["kept"])) for each in episodes),
        "without_evidence": sum(int(str(each.detail["without_evidence"])) for each in episodes),
        "unknown_evidence": sum(int(str(each.detail["unknown_evidence"])) for each in episodes),
        "seconds": sum(each.costs.seconds for each in episodes),
        "failed": sum(each.error is not None for each in episodes),
    }


def _values(episodes: Sequence[Episode], most: int, category: str) -> dict[_Place, float]:
    found: dict[_Place, float] = {}
    for episode in episodes:
        asked = episode.detail["asked"]
        assert isinstance(asked, Sequence)
        for each in asked:
            assert isinstance(each, Mapping)
            if category in (_ALL, each["category"]):
                place = _Place(episode.key.user, int(str(each["number"])))
                found[place] = float(str(each[f"recall_{most}"]))
    return found


def _told(name: str, values: Mapping[_Place, float], seed: int) -> dict[str, object]:
    import numpy as np

    if not values:
        return {}
    known = sorted({place.conversation for place in values})
    number = {each: at for at, each in enumerate(known)}
    clusters = np.array([number[place.conversation] for place in values], dtype=np.int64)
    found = bootstrap(np.array(list(values.values())), clusters, seed=seed)
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
