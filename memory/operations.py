"""The profile as a stream of small operations, each tested on entry and kept in the history.

AlignXplore (Li et al. 2025, "Extended Inductive Reasoning for Personalized Preference Inference
from Behavioral Signals") updates a description from the one before and the new signals alone. Here
the update is a list of typed operations, which code checks and the history tells one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, assert_never

from ..errors import InputError
from . import schema
from .belief import believed
from .checks import check_draft, clean_line
from .contexts import ContextVerbs
from .core import Transaction, embedding_text
from .learning import LearningVerbs
from .records import Stored, link_evidence, load_preferences
from .taking import Outcome
from .types import (
    Add,
    Confirm,
    Conflict,
    Context,
    Drop,
    Evidence,
    Lesson,
    Observation,
    OnConflict,
    Operation,
    Preference,
    PreferenceDraft,
    Retire,
    Revise,
    Source,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MOST_INFERRED", "OperationVerbs"]

MOST_INFERRED = 60
"""How many inferred lines a profile holds at most; stated ones are not bounded."""

_LEAST_GAIN = 0.01
_MOST_REASON = 500


class OperationVerbs(LearningVerbs, ContextVerbs):
    """The verb that applies operations to a profile."""

    def apply(
        self,
        user_id: str,
        evidence: Observation | Evidence,
        operations: Sequence[Operation],
        *,
        context: Context | None = None,
        session_id: str | None = None,
        source: Source = "chat",
        infer: str | None = None,
        details: Mapping[str, str] | None = None,
        finishes: str | None = None,
        on_conflict: OnConflict = "supersede",
        most: int = MOST_INFERRED,
    ) -> Lesson:
        """Applies operations that one event suggests, all of them or none, in one transaction.

        Every line that results names the event among its evidence. An added line follows the
        rules of `learn`: one that is known already is confirmed, and one that a stated line
        contradicts yields to it. A revised line keeps the evidence of the one before. Beyond
        `most` inferred lines the weakest are retired (the least belief times strength, of
        those the oldest); hard constraints are never among them.

        Args:
            user_id: Whose profile.
            evidence: The event; one that is recorded already is not repeated.
            operations: What it suggests, in order; none records the event alone.
            context: What the user was doing; ignored for evidence, which has its own.
            session_id: The conversation; ignored for evidence.
            source: The door it came through; ignored for evidence.
            infer: The kind of inference that the event awaits; `jobs` has it from now on.
            details: What that inference needs besides the event.
            finishes: The job whose outcome this is; it is done with this transaction. Nothing is
                applied if it has been done, or its event erased, meanwhile.
            on_conflict: "ask" returns what events have contradicted too often, as `learn` does.
            most: How many inferred lines may remain.

        Returns:
            The lines that are live because of this call, without those merely confirmed; and the
            conflicts to put to the user.

        Raises:
            InputError: A draft cannot be used, a line no longer holds, or an operation would
                revise or retire what the user stated, corrected by hand or made a hard rule.
            NotFoundError: This user has no such line.
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            ReadOnlyError: The store is open for reading only.
        """
        if most < 1:
            raise InputError(f"most is {most!r}; give a positive number of lines")
        operations = [_checked(each) for each in operations]
        drafts = [each.draft for each in operations if isinstance(each, Add | Revise)]
        made = self._embed(user_id, [embedding_text(draft) for draft in drafts])
        vectors = iter([None] * len(drafts) if made is None else list(made))
        changed: dict[str, Preference] = {}
        conflicts: list[Conflict] = []
        with self._write(user_id) as transaction:
            if finishes is not None and not self._finish_job(transaction, finishes):
                return Lesson()
            event = self._append(transaction, evidence, context, session_id, source)
            if infer is not None:
                self._enqueue(transaction, event, infer, details or {})
            for operation in operations:
                vector = next(vectors) if isinstance(operation, Add | Revise) else None
                outcome = self._carry(transaction, event, operation, vector, on_conflict)
                if outcome is not None and outcome.new is not None:
                    changed[outcome.new.id] = outcome.new
                if outcome is not None and outcome.conflict is not None:
                    conflicts.append(outcome.conflict)
            gone = self._bound(transaction, event, most) if changed else set()
        replaced = {each.supersedes for each in changed.values()} | gone
        return Lesson((each for each in changed.values() if each.id not in replaced), conflicts)

    def _carry(
        self,
        transaction: Transaction,
        event: Evidence,
        operation: Operation,
        vector: NDArray[np.float32] | None,
        on_conflict: OnConflict,
    ) -> Outcome | None:
        """Carries one operation out; returns where a draft of it ended."""
        match operation:
            case Add():
                row = None if vector is None else vector[None, :]
                (outcome,) = self._take_in(
                    transaction, event, [operation.draft], row, on_conflict=on_conflict
                )
                if outcome.new is not None:
                    self._say_why(transaction, outcome.new.id, operation.reason)
                return outcome
            case Revise():
                old = self._yielding(transaction, operation.preference_id)
                self._retire(transaction, old)
                support = tuple(each for each in old.evidence_ids if each != event.id)
                new = self._new(
                    transaction,
                    operation.draft,
                    vector,
                    evidence_ids=(*support, event.id),
                    supersedes=old.id,
                )
                self._tell(transaction, event, "retire", old, f"superseded by {new.id}")
                self._tell(transaction, event, "revise", new, operation.reason)
                return Outcome(preference_id=new.id, new=new)
            case Retire():
                old = self._yielding(transaction, operation.preference_id)
                self._retire(transaction, old)
                self._tell(transaction, event, "retire", old, operation.reason)
                return None
            case Confirm():
                self._grow(transaction, event, operation)
                return None
            case Drop():
                self._tell_of(
                    transaction,
                    event,
                    "drop",
                    line=operation.preference_id,
                    words=operation.description,
                    reason=operation.reason,
                )
                return None
            case _:
                assert_never(operation)

    def _yielding(self, transaction: Transaction, preference_id: str) -> Preference:
        """A live line that an inference may replace or retire."""
        line = self._one_live(transaction.connection, transaction.user_id, preference_id).preference
        if line.origin == "stated" or line.revised or line.hard:
            kind = "a hard rule" if line.hard else "the user's own word"
            raise InputError(
                f"preference {preference_id!r} is {kind}, which an inference neither revises nor "
                "retires; ask the user, or call `update` or `delete` for them"
            )
        return line

    def _grow(self, transaction: Transaction, event: Evidence, operation: Confirm) -> None:
        connection = transaction.connection
        old = self._one_live(connection, transaction.user_id, operation.preference_id).preference
        if event.id in old.evidence_ids:
            # An event counts once, however often it is taken in.
            return
        gain = operation.weight * max(0.0, operation.most - old.confidence)
        table = schema.preferences
        connection.execute(
            table.update()
            .where(table.c.id == old.id)
            .values(supported_at=transaction.now, confidence=old.confidence + gain)
        )
        if gain >= _LEAST_GAIN:
            # Acceptance goes on for as long as a line is right: support stops at the bound too.
            link_evidence(connection, old.id, [event.id], len(old.evidence_ids))
            self._tell_of(
                transaction,
                event,
                "revise",
                line=old.id,
                words=old.description,
                reason=operation.reason,
                confidence=old.confidence + gain,
            )

    def _say_why(self, transaction: Transaction, line: str, reason: str) -> None:
        """Adds to the history of a new line why it was proposed."""
        table = schema.changes
        transaction.connection.execute(
            table.update()
            .where(
                table.c.user_id == transaction.user_id,
                table.c.preference_id == line,
                table.c.operation.in_(("add", "revise")),
            )
            .values(reason=table.c.reason + f"; {reason}")
        )

    def _bound(self, transaction: Transaction, event: Evidence, most: int) -> set[str]:
        """Retires the weakest inferred lines beyond a number; returns their ids."""
        table = schema.preferences
        lines: list[Stored] = load_preferences(
            transaction.connection,
            self._live(transaction.user_id, transaction.now),
            table.c.origin == "inferred",
            table.c.hard.is_(False),
        )
        weakest = sorted(
            (each.preference for each in lines),
            key=lambda p: (believed(p, transaction.now).confidence * p.strength, p.id),
        )[: max(0, len(lines) - most)]
        for each in weakest:
            self._retire(transaction, each)
            reason = f"the weakest of {len(lines)} inferred lines; a profile holds {most}"
            self._tell(transaction, event, "retire", each, reason)
        return {each.id for each in weakest}

    def _tell(
        self,
        transaction: Transaction,
        event: Evidence,
        operation: Literal["add", "revise", "retire"],
        line: Preference,
        reason: str,
    ) -> None:
        confidence = None if operation == "retire" else line.confidence
        self._tell_of(
            transaction,
            event,
            operation,
            line=line.id,
            words=line.description,
            reason=reason,
            confidence=confidence,
        )

    def _tell_of(
        self,
        transaction: Transaction,
        event: Evidence,
        operation: Literal["add", "revise", "retire", "drop"],
        *,
        line: str,
        words: str,
        reason: str,
        confidence: float | None = None,
    ) -> None:
        transaction.connection.execute(
            schema.changes.insert(),
            {
                "id": self._new_id(),
                "user_id": transaction.user_id,
                "at": transaction.now,
                "operation": operation,
                "preference_id": line,
                "description": words,
                "reason": reason,
                "confidence": confidence,
                "evidence_id": event.id,
            },
        )


def _checked(operation: Operation) -> Operation:
    """An operation with clean texts and numbers in their ranges."""
    reason = clean_line(operation.reason, "reason", _MOST_REASON)
    match operation:
        case Add():
            return Add(draft=_inferred(operation.draft), reason=reason)
        case Revise():
            draft = _inferred(operation.draft)
            return Revise(preference_id=operation.preference_id, draft=draft, reason=reason)
        case Retire():
            return Retire(preference_id=operation.preference_id, reason=reason)
        case Confirm():
            for name, number in (("weight", operation.weight), ("most", operation.most)):
                if not 0 < number <= 1:
                    raise InputError(f"{name} is {number!r}; give a number in (0, 1]")
            return Confirm(
                preference_id=operation.preference_id,
                reason=reason,
                weight=operation.weight,
                most=operation.most,
            )
        case Drop():
            words = clean_line(operation.description, "description", _MOST_REASON)
            return Drop(description=words, reason=reason, preference_id=operation.preference_id)
        case _:
            assert_never(operation)


def _inferred(draft: PreferenceDraft) -> PreferenceDraft:
    clean = check_draft(draft)
    if clean.origin != "inferred" or clean.hard:
        raise InputError(
            f"the draft {clean.description!r} is {'hard' if clean.hard else clean.origin}; "
            "operations carry soft, inferred lines: use `learn` for what the user said"
        )
    return clean
