"""From an observed event and the preferences it suggests to what is known of a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from sqlalchemy import select

from . import schema
from .checks import check_draft
from .conflict import Confirms, IsNew, Known, Supersedes, Verdict, Yields, judge
from .core import Transaction, embedding_text
from .erasure import ErasureVerbs
from .events import EventVerbs
from .preferences import ends_at
from .records import Stored, link_evidence
from .types import (
    Context,
    Evidence,
    Observation,
    Origin,
    Polarity,
    Preference,
    PreferenceDraft,
    Source,
    Statement,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LearningVerbs"]

_MOST_CONFIDENT = 0.99


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """Where a draft ended: the preference that now says it (or the contrary), and whether new."""

    preference_id: str
    new: Preference | None


class LearningVerbs(EventVerbs, ErasureVerbs):
    """The verbs that turn events into preferences."""

    def learn(
        self,
        user_id: str,
        observation: Observation | Evidence,
        drafts: Sequence[PreferenceDraft],
        *,
        context: Context | None = None,
        session_id: str | None = None,
        source: Source = "chat",
        infer: str | None = None,
        details: Mapping[str, str] | None = None,
        finishes: str | None = None,
    ) -> list[Preference]:
        """Appends an event and the preferences it suggests, in one transaction.

        A draft that says what a live preference of the same scope says (the same value of the
        same aspect, the same words, or a cosine of at least 0.92 with the same polarity) confirms
        it: its confidence grows and the event supports it. A draft that contradicts one (another
        value of the same aspect, the same words with the other polarity) supersedes it, unless
        the draft is inferred and the live one stated: then that stays. An aspect key has one
        value at a time; what may be several at once takes a key for each ("avoid:nuts").

        Args:
            user_id: Whose event it is.
            observation: What was observed; evidence that is recorded already is not repeated.
            drafts: What it suggests, in order.
            context: What the user was doing; ignored for evidence, which has its own.
            session_id: The conversation; ignored for evidence.
            source: The door it came through; ignored for evidence.
            infer: The kind of inference that the event awaits; `jobs` has it from now on.
            details: What that inference needs besides the event.
            finishes: The job whose outcome this is; it is done with this transaction. Nothing is
                learned if it has been done, or its event erased, meanwhile.

        Returns:
            The preferences that are live because of this call: the new ones, without those that
            were merely confirmed.

        Raises:
            InputError: A draft or the observation cannot be used; nothing is kept then.
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            ReadOnlyError: The store is open for reading only.
        """
        drafts = [check_draft(draft) for draft in drafts]
        vectors = self._embed(user_id, [embedding_text(draft) for draft in drafts])
        with self._write(user_id) as transaction:
            if finishes is not None and not self._finish_job(transaction, finishes):
                return []
            evidence = self._append(transaction, observation, context, session_id, source)
            if infer is not None:
                self._enqueue(transaction, evidence, infer, details or {})
            outcomes = self._take_in(transaction, evidence, drafts, vectors)
        learned = {each.new.id: each.new for each in outcomes if each.new is not None}
        # A draft may supersede an earlier one of the same call.
        replaced = {each.supersedes for each in learned.values()}
        return [each for each in learned.values() if each.id not in replaced]

    def add(
        self,
        user_id: str,
        description: str,
        *,
        polarity: Polarity = "like",
        hard: bool = False,
        strength: float = 0.7,
        scope: str | None = None,
        aspect: str | None = None,
        value: str | None = None,
        origin: Origin = "stated",
        lasts_hours: float | None = None,
        source: Source = "api",
    ) -> Preference:
        """Adds a preference, with a statement of it as evidence.

        The rules of `learn` hold: what is known already is confirmed and not doubled.

        Returns:
            The live preference that says so: the new one, the one confirmed, or the stated one
            that an inferred addition had to yield to.

        Raises:
            InputError: A field cannot be used.
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            ReadOnlyError: The store is open for reading only.
        """
        draft = check_draft(
            PreferenceDraft(
                description=description,
                polarity=polarity,
                hard=hard,
                strength=strength,
                origin=origin,
                scope=scope,
                aspect=aspect,
                value=value,
                lasts_hours=lasts_hours,
            )
        )
        vectors = self._embed(user_id, [embedding_text(draft)])
        with self._write(user_id) as transaction:
            statement = Statement(text=draft.description)
            evidence = self._append(transaction, statement, None, None, source)
            (outcome,) = self._take_in(transaction, evidence, [draft], vectors)
            if outcome.new is not None:
                return outcome.new
            held = self._one(transaction.connection, user_id, outcome.preference_id)
            return held.preference

    def _take_in(
        self,
        transaction: Transaction,
        evidence: Evidence,
        drafts: Sequence[PreferenceDraft],
        vectors: NDArray[np.float32] | None,
    ) -> list[_Outcome]:
        known = self._known(transaction) if drafts else []
        outcomes: list[_Outcome] = []
        for index, draft in enumerate(drafts):
            vector = None if vectors is None else vectors[index]
            verdict = judge(draft, vector, known)
            outcome = self._carry_out(transaction, evidence, draft, vector, verdict)
            outcomes.append(outcome)
            if outcome.new is not None:
                gone = outcome.new.supersedes
                known = [each for each in known if each.id != gone]
                blob = None if vector is None else vector.tobytes()
                passing = draft.lasts_hours is not None
                known.append(_known(outcome.new, passing=passing, vector=blob))
        return outcomes

    def _carry_out(
        self,
        transaction: Transaction,
        evidence: Evidence,
        draft: PreferenceDraft,
        vector: NDArray[np.float32] | None,
        verdict: Verdict,
    ) -> _Outcome:
        connection, user_id = transaction.connection, transaction.user_id
        match verdict:
            case Confirms(known_id):
                self._confirm(transaction, known_id, evidence, draft)
                return _Outcome(preference_id=known_id, new=None)
            case Yields(known_id):
                kept = self._one(connection, user_id, known_id).preference
                reason = f"kept: stated, against an inference from {evidence.id}"
                self._note(transaction, "revise", kept, reason)
                return _Outcome(preference_id=known_id, new=None)
            case Supersedes(known_id, same):
                old = self._one(connection, user_id, known_id).preference
                self._retire(transaction, old)
                support = tuple(each for each in old.evidence_ids if each != evidence.id)
                new = self._new(
                    transaction,
                    draft,
                    vector,
                    evidence_ids=(*support, evidence.id) if same else (evidence.id,),
                    supersedes=known_id,
                )
                self._note(transaction, "retire", old, f"superseded by {new.id}")
                reason = "a stricter or lasting form of" if same else "in place of"
                self._note(transaction, "revise", new, f"{draft.origin}, {reason} {known_id}")
                return _Outcome(preference_id=new.id, new=new)
            case IsNew():
                new = self._new(
                    transaction, draft, vector, evidence_ids=(evidence.id,), supersedes=None
                )
                kind = evidence.observation.kind
                self._note(transaction, "add", new, f"{draft.origin}, from {kind} {evidence.id}")
                return _Outcome(preference_id=new.id, new=new)
            case _:
                assert_never(verdict)

    def _confirm(
        self, transaction: Transaction, known_id: str, evidence: Evidence, draft: PreferenceDraft
    ) -> None:
        connection = transaction.connection
        old = self._one(connection, transaction.user_id, known_id)
        before = old.preference
        if evidence.id not in before.evidence_ids:
            link_evidence(connection, known_id, [evidence.id], len(before.evidence_ids))
        gap = max(0.0, _MOST_CONFIDENT - before.confidence)
        changed: dict[str, object] = {
            "confidence": before.confidence + gap * draft.confidence / 2,
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
        kind = evidence.observation.kind
        self._note(transaction, "revise", before, f"confirmed by {kind} {evidence.id}")

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

    def _known(self, transaction: Transaction) -> list[Known]:
        table = schema.preferences
        rows = transaction.connection.execute(
            select(
                table.c.id,
                table.c.description,
                table.c.polarity,
                table.c.hard,
                table.c.origin,
                table.c.scope,
                table.c.aspect,
                table.c.value,
                table.c.expires_at.is_not(None).label("passing"),
                table.c.vector,
            )
            .where(self._live(transaction.user_id, transaction.now))
            .order_by(table.c.valid_from, table.c.id)
        )
        return [Known._make(row) for row in rows]


def _known(preference: Preference, *, passing: bool, vector: bytes | None) -> Known:
    return Known(
        id=preference.id,
        description=preference.description,
        polarity=preference.polarity,
        hard=preference.hard,
        origin=preference.origin,
        scope=preference.scope,
        aspect=preference.aspect,
        value=preference.value,
        passing=passing,
        vector=vector,
    )
