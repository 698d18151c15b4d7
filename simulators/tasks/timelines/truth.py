"""What holds at a point of a timeline, and what is asked there."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ...runner.seeds import derive
from .types import Probe, Taste, Timeline

__all__ = [
    "POINTS",
    "Point",
    "Quiz",
    "ended",
    "holding",
    "point_of",
    "quizzes",
    "target",
    "true_of",
]

Point = Literal["zero-memory", "in-time", "post-distraction", "after-change"]
POINTS: tuple[Point, ...] = ("zero-memory", "in-time", "post-distraction", "after-change")
"""Before anything was said; in the session after; later; once the value has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz:
    """A multiple choice as it is put.

    Attributes:
        probe: What it is made of.
        after: After how many sessions.
        point: What sort of point that is.
        options: Four, in the order in which they stand.
        gold: The place of the one that fits what holds.
        stale: The places of those that fit what held once.
    """

    probe: Probe
    after: int
    point: Point
    options: tuple[str, ...]
    gold: int
    stale: tuple[int, ...]


@dataclass(slots=True)
class _State:
    """What holds and what has ended, by key; values in the order in which they began."""

    now: dict[str, Taste]
    gone: dict[str, list[Taste]]
    last: dict[str, int]


def _state(timeline: Timeline, after: int) -> _State:
    state = _State({}, {}, {})
    for number, session in enumerate(timeline.sessions[:after], start=1):
        for turn in session.turns:
            for key, value in turn.ends:
                ends = state.now.get(key)
                if ends is not None and ends.value == value:
                    state.gone.setdefault(key, []).append(state.now.pop(key))
            for key, value in turn.shows:
                taste, before = timeline.taste(key, value), state.now.get(key)
                if before is not None and before != taste:
                    state.gone.setdefault(key, []).append(before)
                state.now[key] = taste
                state.last[key] = number
    return state


def holding(timeline: Timeline, after: int) -> Mapping[str, Taste]:
    """What holds after a number of sessions and was shown by then, by key."""
    return _state(timeline, after).now


def ended(timeline: Timeline, after: int) -> tuple[Taste, ...]:
    """What held once and holds no longer."""
    state = _state(timeline, after)
    live = set(state.now.values())
    return tuple(
        dict.fromkeys(taste for gone in state.gone.values() for taste in gone if taste not in live)
    )


def true_of(timeline: Timeline, key: str, after: int) -> Taste | None:
    """The value of a key that is true after a number of sessions, said or not.

    What is yet to be said is taken to be true before; None once it has ended and no other began.
    """
    for sessions in range(after, len(timeline.sessions) + 1):
        state = _state(timeline, sessions)
        if key in state.now:
            return state.now[key]
        if state.gone.get(key):
            return None
    return None


def target(timeline: Timeline, probe: Probe, after: int) -> Taste:
    """The value that decides a probe at a point; before anything was said, the first to come."""
    taste = true_of(timeline, probe.about, after)
    assert taste is not None, "loading checks that something decides each probe"
    return taste


def point_of(timeline: Timeline, probe: Probe, after: int) -> Point:
    """What sort of point it is."""
    state = _state(timeline, after)
    if probe.about not in state.now:
        return "zero-memory"
    if state.gone.get(probe.about):
        return "after-change"
    return "in-time" if state.last[probe.about] == after else "post-distraction"


def quizzes(timeline: Timeline) -> Iterator[Quiz]:
    """All multiple choices of a timeline, by point in time.

    The place of the one that fits goes round, from a start that the timeline's name decides; the
    others are shuffled. Neither depends on a run's seed.
    """
    start = derive(0, timeline.name) % 4
    asked = sorted(
        ((after, place) for place, probe in enumerate(timeline.probes) for after in probe.after)
    )
    for number, (after, place) in enumerate(asked):
        probe = timeline.probes[place]
        fitting = target(timeline, probe, after).value
        rest = [(value, text) for value, text in probe.options.items() if value != fitting]
        rest += [("", text) for text in probe.others]
        random.Random(derive(0, timeline.name, place, after)).shuffle(rest)
        gold = (start + number) % 4
        rest.insert(gold, (fitting, probe.options[fitting]))
        stale = {taste.value for taste in ended(timeline, after) if taste.key == probe.about}
        yield Quiz(
            probe=probe,
            after=after,
            point=point_of(timeline, probe, after),
            options=tuple(text for _, text in rest),
            gold=gold,
            stale=tuple(at for at, (value, _) in enumerate(rest) if value in stale),
        )
