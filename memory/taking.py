"""Taking in what one event suggests: confirm, supersede, yield, ask, or add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, assert_never

from sqlalchemy import func, select

from . import schema
from .belief import believed, strengthened, weakened
from .checks import fold
from .conflict import (
    PATIENCE,
    Asks,
    Confirms,
    IsNew,
    Known,
    Supersedes,
    Verdict,
    Yields,
    judge,
    tells_of_change,
)
from .core import Transaction
from .events import EventVerbs
from .known import KnownVerbs, known_of
from .preferences import ends_at
from .records import Stored, link_evidence
from .types import Conflict, Evidence, OnConflict, Preference, PreferenceDraft

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Outcome", "TakingIn"]

_KEPT = "kept: an inference from"
_IN_DOUBT = "in doubt: the user is asked, because of"
_OFTEN = "What you do has spoken against it again and again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where a draft ended.

    Attributes:
        preference_id: The preference that now says it, or the contrary.
        new: That preference, if it is new.
        conflict: What the user has to settle, if anything.
    """

    preference_id: str
    new: Preference | None = None
    conflict: Conflict | None = None

    @property
    def only_adds(self) -> bool:
        """Whether what was live before is as it was."""
        return self.new is not None and self.new.supersedes is None


class _Taught(NamedTuple):
    """A preference that an event supports, live or not."""

    id: str
    description: str
    polarity: str
    scope: str | None
    hard: bool

    def says(self, draft: PreferenceDraft) -> bool:
        """Whether it says what the draft says, in the same words."""
        return (
            self.polarity == draft.polarity
            and self.hard >= draft.hard
            and fold(self.description) == fold(draft.description)
            and fold(self.scope) == fold(draft.scope)
        )


class TakingIn(EventVerbs, KnownVerbs):
    """What the learning verbs stand on."""

    def _take_in(
        self,
        transaction: Transaction,
        evidence: Evidence,
        drafts: Sequence[PreferenceDraft],
        vectors: NDArray[np.float32] | None,
        *,
        on_conflict: OnConflict = "supersede",
        known: list[Known] | None = None,
    ) -> list[Outcome]:
        """Takes drafts in, in order; `known` are the live preferences, brought up to date here."""
        if known is None:
            known = self._known(transaction) if drafts else []
        changed = tells_of_change(evidence.observation)
        taught = self._taught(transaction, evidence) if drafts else []
        mine: set[str] = set()
        outcomes: list[Outcome] = []
        for index, draft in enumerate(drafts):
            said = next((each.id for each in taught if each.says(draft)), None)
            if said is not None:
                # An event counts once, however often it is taken in.
                outcomes.append(Outcome(preference_id=said))
                continue
            vector = None if vectors is None else vectors[index]
            verdict = judge(draft, vector, known, now=transaction.now, changed=changed)
            # Within one event the later words count.
            if isinstance(verdict, Asks) and (on_conflict == "supersede" or verdict.id in mine):
                verdict = verdict.otherwise
            outcome = self._carry_out(
                transaction, evidence, draft, vector, verdict, may_ask=on_conflict == "ask"
            )
            outcomes.append(outcome)
            if outcome.new is not None:
                mine.add(outcome.new.id)
                gone = outcome.new.supersedes
                if gone is not None:
                    known[:] = [each for each in known if each.id != gone]
                known.append(known_of(outcome.new, None if vector is None else vector.tobytes()))
        return outcomes

    def _carry_out(
        self,
        transaction: Transaction,
        evidence: Evidence,
        draft: PreferenceDraft,
        vector: NDArray[np.float32] | None,
        verdict: Verdict,
        *,
        may_ask: bool,
    ) -> Outcome:
        match verdict:
            case Confirms(known_id):
                self._confirm(transaction, known_id, evidence, draft)
                return Outcome(preference_id=known_id)
            case Yields(known_id):
                return self._doubt(transaction, evidence, draft, known_id, may_ask=may_ask)
            case Asks(known_id, reason):
                return self._ask(transaction, evidence, draft, known_id, reason)
            case Supersedes(known_id, same):
                new = self._replace(transaction, evidence, draft, vector, known_id, same=same)
                return Outcome(preference_id=new.id, new=new)
            case IsNew():
                new = self._new(
                    transaction, draft, vector, evidence_ids=(evidence.id,), supersedes=None
                )
                kind = evidence.observation.kind
                reason = f"{draft.origin}, from {kind} {evidence.id}"
                self._note(transaction, "add", new, reason, evidence_id=evidence.id)
                return Outcome(preference_id=new.id, new=new)
            case _:
                assert_never(verdict)

    def _replace(
        self,
        transaction: Transaction,
        evidence: Evidence,
        draft: PreferenceDraft,
        vector: NDArray[np.float32] | None,
        known_id: str,
        *,
        same: bool,
        besides: Sequence[str] = (),
    ) -> Preference:
        """Puts a draft in the place of a live preference; `besides` are more events behind it."""
        old = self._now_believed(transaction, known_id)
        self._retire(transaction, old)
        before = old.evidence_ids if same else ()
        support = dict.fromkeys((*before, *besides, evidence.id))
        new = self._new(
            transaction, draft, vector, evidence_ids=tuple(support), supersedes=known_id
        )
        behind = evidence.id
        self._note(transaction, "retire", old, f"superseded by {new.id}", evidence_id=behind)
        form = "a stricter or lasting form of" if same else "in place of"
        reason = f"{draft.origin}, {form} {known_id}"
        self._note(transaction, "revise", new, reason, evidence_id=behind)
        return new

    def _confirm(
        self, transaction: Transaction, known_id: str, evidence: Evidence, draft: PreferenceDraft
    ) -> Preference:
        connection = transaction.connection
        old = self._one(connection, transaction.user_id, known_id)
        before = believed(old.preference, transaction.now)
        if evidence.id in before.evidence_ids:
            return before
        link_evidence(connection, known_id, [evidence.id], len(before.evidence_ids))
        sure = strengthened(before.confidence, draft.confidence)
        changed: dict[str, object] = {
            "confidence": sure,
            "strength": max(before.strength, draft.strength),
            "supported_at": transaction.now,
        }
        if draft.origin == "stated":
            changed["origin"] = "stated"
        end = ends_at(draft, transaction.now)
        if old.expires_at is not None and end is not None and end > old.expires_at:
            changed["expires_at"] = changed["valid_to"] = end
        table = schema.preferences
        connection.execute(table.update().where(table.c.id == known_id).values(changed))
        reason = f"confirmed by {evidence.observation.kind} {evidence.id}"
        after = replace(before, confidence=sure)
        self._note(transaction, "revise", after, reason, evidence_id=evidence.id)
        return after

    def _doubt(
        self,
        transaction: Transaction,
        evidence: Evidence,
        draft: PreferenceDraft,
        known_id: str,
        *,
        may_ask: bool,
    ) -> Outcome:
        """Keeps what an inference contradicts, a little less sure of it than before."""
        connection, table = transaction.connection, schema.preferences
        if self._told(transaction, known_id, evidence, _KEPT):
            return Outcome(preference_id=known_id)
        stored = self._one(connection, transaction.user_id, known_id).preference
        lower = 1.0 if stored.hard else weakened(1.0, draft.confidence)
        # Decay is exponential, so that the belief of now falls by the same share.
        stored = replace(stored, confidence=stored.confidence * lower)
        connection.execute(
            table.update().where(table.c.id == known_id).values(confidence=stored.confidence)
        )
        kept = believed(stored, transaction.now)
        reason = f"{_KEPT} {evidence.observation.kind} {evidence.id} does not undo it"
        self._note(transaction, "revise", kept, reason, evidence_id=evidence.id)
        if may_ask and self._contradictions(transaction, stored) >= PATIENCE:
            return self._ask(transaction, evidence, draft, known_id, _OFTEN)
        return Outcome(preference_id=known_id)

    def _contradictions(self, transaction: Transaction, preference: Preference) -> int:
        """How many inferences spoke against a preference since anything spoke for it."""
        table = schema.changes
        count = transaction.connection.scalar(
            select(func.count(table.c.evidence_id.distinct())).where(
                table.c.user_id == transaction.user_id,
                table.c.preference_id == preference.id,
                table.c.at > (preference.supported_at or preference.valid_from),
                table.c.reason.like(f"{_KEPT}%"),
            )
        )
        return int(count or 0)

    def _ask(
        self,
        transaction: Transaction,
        evidence: Evidence,
        draft: PreferenceDraft,
        known_id: str,
        reason: str,
    ) -> Outcome:
        """Leaves a contradiction to the user, once for each event."""
        if self._told(transaction, known_id, evidence, _IN_DOUBT):
            return Outcome(preference_id=known_id)
        old = self._now_believed(transaction, known_id)
        doubt = f"{_IN_DOUBT} {evidence.observation.kind} {evidence.id}"
        self._note(transaction, "revise", old, doubt, evidence_id=evidence.id)
        conflict = Conflict(old=old, new=draft, evidence_id=evidence.id, reason=reason)
        return Outcome(preference_id=known_id, conflict=conflict)

    def _told(
        self, transaction: Transaction, preference_id: str, evidence: Evidence, how: str
    ) -> bool:
        """Whether the history has a line of this kind about this event and this preference."""
        table = schema.changes
        found = select(table.c.id).where(
            table.c.user_id == transaction.user_id,
            table.c.preference_id == preference_id,
            table.c.evidence_id == evidence.id,
            table.c.reason.like(f"{how}%"),
        )
        return transaction.connection.scalar(found.limit(1)) is not None

    def _taught(self, transaction: Transaction, evidence: Evidence) -> list[_Taught]:
        """What an event supports already, live or not."""
        table, links = schema.preferences, schema.preference_evidence
        rows = transaction.connection.execute(
            select(table.c.id, table.c.description, table.c.polarity, table.c.scope, table.c.hard)
            .join(links, links.c.preference_id == table.c.id)
            .where(table.c.user_id == transaction.user_id, links.c.evidence_id == evidence.id)
        )
        return [_Taught._make(row) for row in rows]

    def _new(
        self,
        transaction: Transaction,
        draft: PreferenceDraft,
        vector: NDArray[np.float32] | None,
        *,
        evidence_ids: tuple[str, ...],
        supersedes: str | None,
    ) -> Preference:
        expires_at = ends_at(draft, transaction.now)
        new = Preference(
            id=self._new_id(),
            user_id=transaction.user_id,
            description=draft.description,
            polarity=draft.polarity,
            hard=draft.hard,
            strength=draft.strength,
            origin=draft.origin,
            confidence=draft.confidence,
            scope=draft.scope,
            aspect=draft.aspect,
            value=draft.value,
            evidence_ids=evidence_ids,
            valid_from=transaction.now,
            valid_to=expires_at,
            supersedes=supersedes,
            supported_at=transaction.now,
        )
        blob = None if vector is None else vector.tobytes()
        self._insert(transaction, Stored(preference=new, expires_at=expires_at, vector=blob))
        return new

    def _now_believed(self, transaction: Transaction, preference_id: str) -> Preference:
        """A preference with the belief of now."""
        stored = self._one(transaction.connection, transaction.user_id, preference_id)
        return believed(stored.preference, transaction.now)
