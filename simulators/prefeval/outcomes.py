"""Figures and rows of the prefeval track."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..runner.episodes import Episode
from ..runner.tracks import Row, Summary
from ..statistics import Interval, bootstrap
from .arms import ARMS, FLOORS, FULL_HISTORY, NO_MEMORY, OURS, SAID

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["summarise"]

_Cell = tuple[str, str]

# Items from which on the mean over them tells what the model likes.
_FEWEST = 12


def summarise(episodes: Sequence[Episode], *, seed: int) -> Summary:
    """One row for each arm and task, with gains over no memory and over the full history.

    Args:
        episodes: Of the track; may be some of them only.
        seed: Of the intervals.
    """
    cells: dict[_Cell, dict[str, Episode]] = defaultdict(dict)
    for each in episodes:
        cells[each.key.task, each.key.arm][each.key.user] = each
    tasks = list(dict.fromkeys(task for task, _ in cells))
    order = sorted(tasks, key=lambda task: any((task, arm) in cells for arm in SAID))
    rows = [
        _row(cells, task, arm, seed=seed) for task in order for arm in ARMS if (task, arm) in cells
    ]
    return Summary(figures=_figures(cells), rows=rows, notes=_notes(cells))


def _row(cells: Mapping[_Cell, Mapping[str, Episode]], task: str, arm: str, *, seed: int) -> Row:
    found = cells[task, arm]
    row: dict[str, object] = {"task": task, "arm": arm, "n": len(found)}
    row["parse_failures"] = sum(each.failures.get("parse", 0) for each in found.values())
    row["failed"] = sum(each.error is not None for each in found.values())
    for measure in ("accuracy", "accuracy_not_longest"):
        row |= _measured(measure, _values(found, measure), seed)
    row["not_longest_n"] = len(_values(found, "accuracy_not_longest"))
    row["accuracy_debiased"] = _debiased(found)
    nothing = _cell(cells, NO_MEMORY)
    if arm != NO_MEMORY:
        row |= _gained("accuracy_gain", found, nothing, seed)
    if arm in SAID and arm != FULL_HISTORY:
        row |= _gained("accuracy_over_history", found, cells.get((task, FULL_HISTORY), {}), seed)
    for measure in ("recalled", "learned", "mislearned", "prompt_tokens"):
        values = _values(found, measure)
        if values:
            row[measure] = sum(values.values()) / len(values)
    row["llm_calls"] = _mean([each.costs.llm_calls for each in found.values()])
    row["seconds"] = _mean([each.costs.seconds for each in found.values()])
    return row


def _debiased(found: Mapping[str, Episode]) -> float | None:
    """Accuracy once the liking for letters is taken out; None where there are no likelihoods.

    A small model likes some letters better, whatever they stand for. Right options stand equally
    often behind each, so that a letter's mean log-probability over all items shows that liking;
    it is subtracted before the best is taken (batch calibration, arXiv 2309.17249).
    """
    import numpy as np

    told = [each.detail.get("log_probabilities") for each in found.values()]
    if len(told) < _FEWEST or not all(told):
        return None
    scores: NDArray[np.float64] = np.array(told, dtype=np.float64)
    right = np.array([each.detail["right"] for each in found.values()])
    return float(((scores - scores.mean(axis=0)).argmax(axis=1) == right).mean())


def _cell(cells: Mapping[_Cell, Mapping[str, Episode]], arm: str) -> Mapping[str, Episode]:
    """The episodes of an arm that is held once for each item."""
    return next((found for (_, name), found in cells.items() if name == arm), {})


def _values(found: Mapping[str, Episode], measure: str) -> dict[str, float]:
    told = {user: each.measures.get(measure) for user, each in found.items()}
    return {user: value for user, value in told.items() if value is not None}


def _measured(name: str, values: Mapping[str, float], seed: int) -> dict[str, object]:
    if not values:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return _spread(name, _interval(list(values.values()), seed))


def _gained(
    name: str, found: Mapping[str, Episode], against: Mapping[str, Episode], seed: int
) -> dict[str, object]:
    """The difference on the items that both have."""
    mine, theirs = _values(found, "accuracy"), _values(against, "accuracy")
    both = [mine[user] - theirs[user] for user in mine if user in theirs]
    return _spread(name, _interval(both, seed)) if both else {}


def _spread(name: str, interval: Interval) -> dict[str, object]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _interval(values: Sequence[float], seed: int) -> Interval:
    import numpy as np

    each: NDArray[np.float64] = np.array(values, dtype=np.float64)
    # Every item is asked once in a cell.
    return bootstrap(each, np.arange(len(each)), seed=seed)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _figures(cells: Mapping[_Cell, Mapping[str, Episode]]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for (task, arm), found in cells.items():
        values = _values(found, "accuracy")
        name = arm if arm not in SAID else f"{arm} {task}"
        if values:
            figures[f"{_slug(name)}_accuracy"] = _mean(list(values.values()))
        if arm == OURS:
            recalled = _values(found, "recalled")
            figures[f"{_slug(name)}_recalled"] = _mean(list(recalled.values() or [0.0]))
    return figures


def _slug(name: str) -> str:
    return name.replace(",", "").replace(" ", "_")


def _notes(cells: Mapping[_Cell, Mapping[str, Episode]]) -> list[str]:
    floors = [
        f"{arm} {_mean(list(_values(found, 'accuracy').values())):.2f}"
        for (_, arm), found in cells.items()
        if arm in (*FLOORS, "options only") and found
    ]
    notes = ["No judge: the right option is the data's. Items are drawn evenly over the topics."]
    if floors:
        notes.append(f"What the options give away by themselves: {', '.join(floors)} right.")
    return notes
