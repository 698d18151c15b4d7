"""What a memory holds after each session, against what is true then: no model judges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..tasks.timelines.truth import ended, holding
from ..tasks.timelines.types import Taste, Timeline

if TYPE_CHECKING:
    from ...memory import UserMemory
    from ...memory.types import Preference
    from .outcomes import Item

__all__ = ["MEASURES", "Snapshot", "floor_items", "state_items", "take_snapshot"]

MEASURES = {
    "state_learned": True,
    "state_held_recall": True,
    "state_held_precision": True,
    "state_retired_recall": True,
    "state_retired_precision": True,
    "wrong_supersede": False,
    "decoys_taken": False,
}
"""The measures of a memory's state, and whether more is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A memory on the day after a session.

    Attributes:
        after: The session's number, from 1.
        live: What its live memories say, those that pass by themselves apart.
        ever: What all its memories say that ever were, live or not.
        retired: What those said that were retired or deleted, and not merely ran out.
    """

    after: int
    live: tuple[str, ...]
    ever: tuple[str, ...]
    retired: tuple[str, ...]

    def without_retiring(self) -> Snapshot:
        """The same memory, had it only ever added."""
        return Snapshot(after=self.after, live=self.ever, ever=self.ever, retired=())


def take_snapshot(memory: UserMemory, after: int) -> Snapshot:
    """Reads a memory as it is.

    Args:
        memory: Of the user.
        after: The number of the session before.
    """
    every = memory.get_all(live_only=False)
    live = {each.id for each in memory.get_all()}
    gone = {
        change.preference_id
        for change in memory.history()
        if change.operation in ("retire", "delete")
    }
    return Snapshot(
        after=after,
        live=tuple(said(each) for each in every if each.id in live and each.valid_to is None),
        ever=tuple(said(each) for each in every),
        retired=tuple(said(each) for each in every if each.id in gone - live),
    )


def said(preference: Preference) -> str:
    """What a memory says, with when it applies."""
    scope = f" ({preference.scope})" if preference.scope else ""
    return f"{preference.description}{scope}"


def state_items(timeline: Timeline, snapshots: Sequence[Snapshot]) -> list[Item]:
    """Scores a memory after each session.

    `state_learned` is over all that was shown by the end; the others are over the ends of sessions.
    `state_held_recall` asks of each taste that holds whether a live memory says it, and
    `state_held_precision` of each live memory whether it says something that holds. A memory that
    says what holds and what held says what holds.
    `state_retired_recall` asks of each taste that has ended, and was learned, whether no live
    memory says it any more; `state_retired_precision` of each retired memory that said a taste
    whether that taste has ended. `wrong_supersede` asks of each taste that holds, and was learned,
    whether what said it was retired and nothing live says it. `decoys_taken` asks of each decoy
    whether a live memory at the end says it.
    """
    from .outcomes import Item

    items: list[Item] = []

    def add(measure: str, name: str, *, hit: bool) -> None:
        items.append(Item(measure=measure, name=name, value=float(hit)))

    for snapshot in snapshots:
        now = tuple(holding(timeline, snapshot.after).values())
        past = ended(timeline, snapshot.after)
        fresh = [text for text in snapshot.live if _any(now, text)]
        stale = [text for text in snapshot.live if not _any(now, text)]
        for taste in now:
            name = f"{snapshot.after}/{taste.key}/{taste.value}"
            held = any(taste.said_by(text) for text in fresh)
            add("state_held_recall", name, hit=held)
            if any(taste.said_by(text) for text in snapshot.ever):
                lost = any(taste.said_by(text) for text in snapshot.retired) and not held
                add("wrong_supersede", name, hit=lost)
        for number, text in enumerate(snapshot.live):
            add("state_held_precision", f"{snapshot.after}/{number}", hit=text in fresh)
        for taste in past:
            if any(taste.said_by(text) for text in snapshot.ever if not _any(now, text)):
                name = f"{snapshot.after}/{taste.key}/{taste.value}"
                add(
                    "state_retired_recall",
                    name,
                    hit=not any(taste.said_by(text) for text in stale),
                )
        for number, text in enumerate(snapshot.retired):
            if _any(timeline.tastes, text):
                # Kept in a better form (stricter, for always), it is not lost.
                right = _any(past, text) or any(
                    taste.said_by(text) and any(taste.said_by(each) for each in fresh)
                    for taste in now
                )
                add("state_retired_precision", f"{snapshot.after}/{number}", hit=right)
    last = snapshots[-1]
    shown = dict.fromkeys(
        timeline.taste(key, value)
        for session in timeline.sessions
        for turn in session.turns
        for key, value in turn.shows
    )
    for taste in shown:
        learned = any(taste.said_by(text) for text in last.ever)
        add("state_learned", f"{taste.key}/{taste.value}", hit=learned)
    for decoy in timeline.decoys:
        taken = any(
            decoy.told.search(text) and not _any(timeline.tastes, text) for text in last.live
        )
        add("decoys_taken", decoy.what, hit=taken)
    return items


def floor_items(timeline: Timeline) -> list[Item]:
    """The scores of a memory that could not be read: nothing learned, everything wrong."""
    from .outcomes import Item

    nothing = [
        Snapshot(after=after, live=(), ever=(), retired=())
        for after in range(1, len(timeline.sessions) + 1)
    ]
    return [
        *state_items(timeline, nothing),
        *(
            Item(measure=measure, name="error", value=0.0 if better else 1.0)
            for measure, better in MEASURES.items()
        ),
    ]


def _any(tastes: Sequence[Taste], text: str) -> bool:
    return any(taste.said_by(text) for taste in tastes)
