"""What users' events say to the reward model, kept in line with the events."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ..errors import NotFoundError
from ..memory.comparisons import OWN
from ..memory.types import ComparisonKey, Comparisons, Evidence, NewComparison
from .reward import Comparison, TextFeatures, comparisons
from .reward.learning import Compared
from .reward.reasons import Reason, reasons_in
from .types import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..memory import Memory

__all__ = ["Ledger", "Told"]

_USERS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Told:
    """What a user's events say.

    Attributes:
        revision: The user's revision at which they said it; None for a user without any event.
        rows: Their comparisons, oldest event first.
        ages: How many sessions with comparisons or reasons have begun since each comparison's own.
        reasons: Their reasons, oldest first.
        reason_ages: The same for each reason.
    """

    revision: int | None
    rows: Comparisons
    ages: tuple[int, ...]
    reasons: tuple[Reason, ...]
    reason_ages: tuple[int, ...]

    def compared(self, retention: float, differences: NDArray[np.float64]) -> Compared:
        """The comparisons as a posterior takes them, each worth less the older it is.

        Args:
            retention: What is left of a comparison's weight a session later.
            differences: Its row in the columns of the features at hand, shape `(n, d)`.
        """
        import numpy as np

        rows = self.rows
        ages = np.array(self.ages, dtype=np.float64)
        return Compared(
            differences=differences,
            target=rows.targets,
            weight=rows.weights * retention**ages,
            flip=rows.flips,
            sources=rows.sources,
            evidence_ids=rows.evidence_ids,
        )


class Ledger:
    """Keeps the comparisons in memory equal to what a user's events say. Thread-safe.

    Which comparisons there are is a function of the events alone, and so each look brings the two
    in line: what an erased event said goes, and so does what another event said in comparison with
    it; what is missing is described and added. Only describing costs, and rows are kept for that.

    Args:
        memory: Where events and rows are.
        features: Describe texts.
    """

    def __init__(self, memory: Memory, features: TextFeatures) -> None:
        self._memory = memory
        self._features = features
        self._told: OrderedDict[str, Told] = OrderedDict()
        self._lock = threading.Lock()

    def told(self, user_id: str, revision: int | None) -> Told:
        """What a user's events say now.

        Args:
            user_id: Whose.
            revision: The user's revision, read before.

        Raises:
            EmbedderError: Something has to be described, and the embedder cannot be loaded or run.
        """
        with self._lock:
            known = self._told.get(user_id)
        if known is not None and known.revision == revision:
            return known
        events = self._memory.evidence(user_id) if revision is not None else []
        told = _told(revision, events, self._in_line(user_id, events))
        with self._lock:
            self._told[user_id] = told
            self._told.move_to_end(user_id)
            while len(self._told) > _USERS:
                self._told.popitem(last=False)
        return told

    def until(self, user_id: str, moment: datetime) -> Told:
        """What a user's events said at an earlier moment, as far as they are still kept.

        Args:
            user_id: Whose.
            moment: With time zone.

        Raises:
            EmbedderError: Something has to be described, and the embedder cannot be loaded or run.
        """
        events = [each for each in self._memory.evidence(user_id) if each.created_at <= moment]
        then = {each.id for each in events}
        said = {_key(each): each for each in comparisons(events)}
        rows = self._memory.comparisons(user_id, self._features.id)
        held = [ComparisonKey(*each) for each in zip(rows.evidence_ids, rows.keys, strict=True)]
        known = {key: _Row.of(rows, place) for place, key in enumerate(held)}
        gone = {key for key in held if key[0] not in then or not key[1].startswith(OWN)}
        vectors = self._described(said, known)
        added = [_new(each, vectors[key]) for key, each in said.items()]
        return _told(None, events, _merged(rows, gone, added, events))

    def forget(self, user_id: str) -> None:
        """Looks at the events again the next time."""
        with self._lock:
            self._told.pop(user_id, None)

    def describe(self, user_id: str, evidence_id: str, shown: Sequence[Candidate]) -> None:
        """Describes what an event compares by the candidates themselves, not their texts alone.

        Args:
            user_id: Whose.
            evidence_id: The event.
            shown: The candidates that it speaks of, each with a text of its own.

        Raises:
            NotFoundError: The user has no such event, or it compares nothing.
            InputError: A candidate's features or embedding cannot be used.
        """
        events = self._memory.evidence(user_id)
        said = {_key(each): each for each in comparisons(events) if each.evidence_id == evidence_id}
        if not said:
            raise NotFoundError(f"no event {evidence_id!r} of user {user_id!r} compares anything")
        vectors = self._features.compare(
            [each.preferred for each in said.values()],
            [each.other for each in said.values()],
            shown={candidate.text: candidate for candidate in shown},
        )
        rows = [
            _new(each, vector)
            for each, vector in zip(said.values(), vectors.astype("<f4"), strict=True)
        ]
        self._memory.put_comparisons(user_id, self._features.id, rows, drop=said)
        self.forget(user_id)

    def _in_line(self, user_id: str, events: Sequence[Evidence]) -> Comparisons:
        said = {_key(each): each for each in comparisons(events)}
        rows = self._memory.comparisons(user_id, self._features.id)
        known = {
            ComparisonKey(event, key): _Row.of(rows, place)
            for place, (event, key) in enumerate(zip(rows.evidence_ids, rows.keys, strict=True))
            if not key.startswith(OWN)
        }
        stale = [key for key, row in known.items() if key not in said or not row.says(said[key])]
        new = [key for key in said if key not in known or not known[key].says(said[key])]
        if not stale and not new:
            return rows
        vectors = self._described({key: said[key] for key in new}, known)
        added = [_new(said[key], vectors[key]) for key in new]
        if self._memory.read_only:
            return _merged(rows, set(stale), added, events)
        self._memory.put_comparisons(user_id, self._features.id, added, drop=stale)
        return self._memory.comparisons(user_id, self._features.id)

    def _described(
        self, wanted: Mapping[ComparisonKey, Comparison], known: Mapping[ComparisonKey, _Row]
    ) -> dict[ComparisonKey, NDArray[np.float32]]:
        """Rows of comparisons; an event never changes, so that rows that are there still hold."""
        found = {
            key: known[key].vector
            for key, said in wanted.items()
            if key in known and known[key].source == said.source
        }
        missing = {key: said for key, said in wanted.items() if key not in found}
        if missing:
            made = self._features.compare(
                [said.preferred for said in missing.values()],
                [said.other for said in missing.values()],
            )
            found |= zip(missing, made.astype("<f4"), strict=True)
        return found


class _Row(NamedTuple):
    vector: NDArray[np.float32]
    weight: float
    target: float
    flip: float
    source: str

    @classmethod
    def of(cls, rows: Comparisons, place: int) -> _Row:
        return cls(
            rows.vectors[place],
            float(rows.weights[place]),
            float(rows.targets[place]),
            float(rows.flips[place]),
            rows.sources[place],
        )

    def says(self, said: Comparison) -> bool:
        """Whether it is what an event says, to the last bit."""
        return (self.weight, self.target, self.flip, self.source) == (
            said.weight,
            said.target,
            said.flip,
            said.source,
        )


def _key(said: Comparison) -> ComparisonKey:
    assert said.evidence_id is not None, "it came from stored evidence"
    return ComparisonKey(said.evidence_id, said.key)


def _new(said: Comparison, vector: NDArray[np.float32]) -> NewComparison:
    event, key = _key(said)
    return NewComparison(
        evidence_id=event,
        key=key,
        vector=vector,
        weight=said.weight,
        target=said.target,
        flip=said.flip,
        source=said.source,
        against_id=said.against_id,
    )


def _merged(
    rows: Comparisons,
    stale: set[ComparisonKey],
    added: Sequence[NewComparison],
    events: Sequence[Evidence],
) -> Comparisons:
    """What a store would hold that takes away some rows and adds others."""
    import numpy as np

    sessions = {event.id: event.session_id for event in events}
    order = {event.id: place for place, event in enumerate(events)}
    kept = [
        (event, key, place)
        for place, (event, key) in enumerate(zip(rows.evidence_ids, rows.keys, strict=True))
        if ComparisonKey(event, key) not in stale
    ]
    merged = [
        *((event, key, _Row.of(rows, place)) for event, key, place in kept),
        *(
            (
                each.evidence_id,
                each.key,
                _Row(each.vector, each.weight, each.target, each.flip, each.source),
            )
            for each in added
        ),
    ]
    merged.sort(key=lambda each: (order[each[0]], each[1]))
    return Comparisons(
        vectors=np.stack([row.vector for _, _, row in merged])
        if merged
        else np.zeros((0, 0), dtype=np.float32),
        weights=np.array([row.weight for _, _, row in merged], dtype=np.float64),
        targets=np.array([row.target for _, _, row in merged], dtype=np.float64),
        flips=np.array([row.flip for _, _, row in merged], dtype=np.float64),
        evidence_ids=tuple(event for event, _, _ in merged),
        sources=tuple(row.source for _, _, row in merged),
        keys=tuple(key for _, key, _ in merged),
        sessions=tuple(sessions.get(event) for event, _, _ in merged),
    )


def _told(revision: int | None, events: Sequence[Evidence], rows: Comparisons) -> Told:
    reasons = reasons_in(events)
    ages = _ages(events, rows, reasons)
    return Told(
        revision=revision,
        rows=rows,
        ages=tuple(ages.get(each, 0) for each in rows.evidence_ids),
        reasons=reasons,
        reason_ages=tuple(ages.get(each.evidence_id, 0) for each in reasons),
    )


def _ages(
    events: Sequence[Evidence], rows: Comparisons, reasons: Sequence[Reason]
) -> dict[str, int]:
    """How many sessions with comparisons or reasons have begun since each event's own.

    Only events that say something count, so that an erased session leaves no trace in the ages of
    others. Events that belong to no session belong to the one before.
    """
    speaking = {*rows.evidence_ids, *(each.evidence_id for each in reasons)}
    order: dict[str, int] = {}
    places: dict[str, int] = {}
    at = 0
    for event in events:
        if event.id not in speaking:
            continue
        if event.session_id is not None:
            at = order.setdefault(event.session_id, len(order))
        places[event.id] = at
    latest = max(places.values(), default=0)
    return {event: latest - place for event, place in places.items()}
