"""Which of a user's memories moved a candidate, in words."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..memory.types import Preference
from .rank import Explain
from .reward.influence import Grounds, grounds_of, influences
from .telling import tell
from .types import MemoryEffect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..memory import Memory
    from .posteriors import Known

    Floats = NDArray[np.float64]

__all__ = ["Explainer", "grounds"]

_TOP = 3
_USERS = 64


class Explainer:
    """Names memories by what they say, or by what the user did. Thread-safe.

    Args:
        memory: Where preferences and events are.
    """

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._told: OrderedDict[str, Mapping[str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def explain(
        self, user_id: str, known: Known, live: Sequence[Preference], *, top: int = _TOP
    ) -> Explain:
        """What to give `rank`, so that it tells the memories that moved each candidate.

        Args:
            user_id: Whose.
            known: Their posterior, and what it rests on.
            live: Their live preferences.
            top: How many memories to name for each candidate.
        """
        described = {each.id: each.description for each in live}
        rests_on = grounds(known)

        def explained(rows: Floats) -> list[tuple[MemoryEffect, ...]]:
            moved = influences(known.posterior, rests_on, rows, top)
            named = {each.source for one in moved for each in one}
            events = self._events(user_id, rests_on.sources, named - set(described))
            return [
                tuple(
                    MemoryEffect(
                        id=each.source,
                        kind="preference" if each.source in described else "evidence",
                        description=described.get(each.source) or events.get(each.source, ""),
                        effect=each.effect,
                    )
                    for each in one
                )
                for one in moved
            ]

        return explained

    def _events(self, user_id: str, sources: Iterable[str], wanted: set[str]) -> Mapping[str, str]:
        """Events in words; those that no posterior rests on any more are forgotten."""
        with self._lock:
            known = self._told.get(user_id, {})
        if not wanted <= set(known):
            known = {each.id: tell(each) for each in self._memory.evidence(user_id)}
        resting = set(sources)
        kept = {name: words for name, words in known.items() if name in resting}
        with self._lock:
            self._told[user_id] = kept
            self._told.move_to_end(user_id)
            while len(self._told) > _USERS:
                self._told.popitem(last=False)
        return kept


def grounds(known: Known) -> Grounds:
    """What a posterior was fitted to, row by row."""
    columns = {name: place for place, name in enumerate(known.posterior.attributes)}
    return grounds_of(
        known.compared.differences,
        known.compared.evidence_ids,
        [(each.source_id, columns[each.attribute]) for each in known.observed],
    )
