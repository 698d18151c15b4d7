"""How far stances moved between checkpoints or moments, topic by topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ...errors import InputError
from ..datasets.files import json_lines
from ..statistics import bootstrap

if TYPE_CHECKING:
    from ...memory import Memory

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
            happened, as the number of checkpoints after the first.
        rows: Drift by checkpoint with intervals over topics; then by topic, the most moved first.
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
    rows: list[Row] = []
    for place, name in enumerate(checkpoints[1:], 1):
        found = bootstrap(moved[place], groups, seed=seed)
        rows.append(
            {
                "what": "checkpoints",
                "checkpoint": name,
                "topics": len(topics),
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
    means = moved.mean(axis=1)
    reached = np.flatnonzero(means >= _ENOUGH * means[-1])
    left_out = len({each.topic for each in stances}) - len(topics)
    return ValuesDrifted(
        figures={
            "drift": float(means[-1]),
            "largest": float(last.max()),
            "topics": float(len(topics)),
            "topics_left_out": float(left_out),
            "checkpoints_to_90_percent": float(reached[0]),
        },
        rows=rows,
    )
