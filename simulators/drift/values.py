"""How far stances moved between checkpoints or moments, topic by topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ...errors import InputError
from ..datasets.files import json_lines
from ..statistics import bootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...memory import Memory

    Floats = NDArray[np.float64]

__all__ = ["Stance", "ValuesDrifted", "load_stances", "memory_stances", "value_drift"]

_ENOUGH = 0.9
_UNKNOWN = 0.5

Row = Mapping[str, object]


class Stance(NamedTuple):
    """How likely something supports a topic at a checkpoint.

    Attributes:
        checkpoint: Names it ("step 400", a time).
        topic: The topic.
        p: The probability of support, in [0, 1].
    """

    checkpoint: str
    topic: str
    p: float


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    checkpoint: str | int | float
    topic: str = Field(min_length=1)
    p: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesDrifted:
    """How far stances moved.

    Attributes:
        figures: The last checkpoint's drift from the first, and when nine tenths of it had
            happened, interpolated between checkpoints: counted in checkpoints after the first, and
            in steps where checkpoints are numbers, or days where they are times.
        rows: Drift by checkpoint with intervals over topics; then by topic, the most moved first.
            Each tells how many topics were not known at every checkpoint, and are left out.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]


def load_stances(file: Path) -> list[Stance]:
    """Stances, one JSON object `{"checkpoint", "topic", "p"}` a line, in the checkpoints' order.

    Raises:
        InputError: The file cannot be read, or a line does not fit.
    """
    return [Stance(str(e.checkpoint), e.topic, e.p) for e in json_lines(file, _Line)]


def memory_stances(memory: Memory, user_id: str, moments: Sequence[datetime]) -> list[Stance]:
    """What memory held of a user at moments, as stances.

    A liking counts with its confidence, a dislike with the complement, and what was not held then
    as undecided (.5).

    Args:
        memory: The store.
        user_id: Whose.
        moments: With time zone, the earliest first.

    Raises:
        InputError: Two moments are the same, or nothing was held at any.
    """
    if len(set(moments)) < len(moments):
        raise InputError("two moments are the same; give moments that differ")
    held: list[dict[str, float]] = []
    for moment in moments:
        found = {}
        for each in memory.get_all(user_id, as_of=moment):
            topic = each.description if each.scope is None else f"{each.description} ({each.scope})"
            found[topic] = each.confidence if each.polarity == "like" else 1.0 - each.confidence
        held.append(found)
    topics = dict.fromkeys(topic for each in held for topic in each)
    if not topics:
        raise InputError(
            f"memory holds nothing of the user {user_id!r} at these moments; give later ones, or "
            "another user"
        )
    return [
        Stance(moment.isoformat(), topic, each.get(topic, _UNKNOWN))
        for moment, each in zip(moments, held, strict=True)
        for topic in topics
    ]


def value_drift(stances: Sequence[Stance], *, seed: int = 0) -> ValuesDrifted:
    """How far stances moved from the first checkpoint: the mean of |p_t - p_0| over topics.

    After "Value Drifts: Tracing Value Alignment During LLM Post-Training" (METHODS 22), whose
    stances come from a model's answers; here they are given, or read off a memory.

    Args:
        stances: Of two or more checkpoints, in their order.
        seed: Of the intervals, which draw topics again.

    Raises:
        InputError: There are fewer than two checkpoints, no topic is known at all of them, or a
            topic stands twice for one.
    """
    import numpy as np

    table: dict[str, dict[str, float]] = {}
    for each in stances:
        column = table.setdefault(each.checkpoint, {})
        if each.topic in column:
            raise InputError(
                f"the topic {each.topic!r} stands twice for {each.checkpoint!r}; give it once"
            )
        column[each.topic] = each.p
    checkpoints = list(table)
    if len(checkpoints) < 2:
        raise InputError(f"there are stances of {len(checkpoints)} checkpoints; give two or more")
    topics = [t for t in table[checkpoints[0]] if all(t in column for column in table.values())]
    if not topics:
        raise InputError("no topic is known at every checkpoint; drift needs the same topics")
    values = np.array([[table[name][topic] for topic in topics] for name in checkpoints])
    moved = np.abs(values - values[0])
    groups = np.arange(len(topics))
    left_out = len({each.topic for each in stances}) - len(topics)
    rows: list[Row] = []
    for place, name in enumerate(checkpoints[1:], 1):
        found = bootstrap(moved[place], groups, seed=seed)
        rows.append(
            {
                "what": "checkpoints",
                "checkpoint": name,
                "topics": len(topics),
                "left_out": left_out,
                "drift": found.mean,
                "drift_low": found.low,
                "drift_high": found.high,
            }
        )
    last = moved[-1]
    for topic in np.argsort(-last, kind="stable").tolist():
        rows.append(
            {
                "what": "topics",
                "topic": topics[topic],
                "first": float(values[0, topic]),
                "last": float(values[-1, topic]),
                "moved": float(values[-1, topic] - values[0, topic]),
            }
        )
    return ValuesDrifted(
        figures={
            "drift": float(last.mean()),
            "largest": float(last.max()),
            "topics": float(len(topics)),
            "topics_left_out": float(left_out),
            **_times(checkpoints, moved.mean(axis=1)),
        },
        rows=rows,
    )


def _times(checkpoints: Sequence[str], means: Floats) -> dict[str, float]:
    """When drift first reached nine tenths of what it was in the end."""
    import numpy as np

    enough = _ENOUGH * means[-1]
    after = int(np.flatnonzero(means >= enough)[0])
    counted = 0.0
    if after > 0:
        counted = after - 1 + float((enough - means[after - 1]) / (means[after] - means[after - 1]))
    found = {"checkpoints_to_90_percent": counted}
    for unit, read in (("steps", float), ("days", _day)):
        # Names that are neither numbers nor times ("sft") have nothing between them to count.
        with suppress(ValueError):
            at = np.array([read(each) for each in checkpoints])
            if np.isfinite(at).all():
                reached = float(np.interp(counted, np.arange(len(at)), at))
                found[f"{unit}_to_90_percent"] = reached - float(at[0])
                break
    return found


def _day(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() / 86_400.0
