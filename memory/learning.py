"""From an observed event and the preferences it suggests to what is known of a user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..errors import InputError
from . import schema
from .checks import check_draft
from .conflict import CONFLICT, TOLD, settled_draft, settled_words
from .core import Transaction, embedding_text
from .taking import TakingIn
from .types import (
    Answer,
    Conflict,
    Context,
    Evidence,
    Lesson,
    Observation,
    OnConflict,
    Origin,
    Polarity,
    Preference,
    PreferenceDraft,
    Settled,
    Source,
    Statement,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LearningVerbs"]


class LearningVerbs(TakingIn):
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
        on_conflict: OnConflict = "supersede",
    ) -> Lesson:
        """Appends an event and the preferences it suggests, in one transaction.

        A draft that says what a live preference of the same scope says (the same value of the
        same aspect, the same words, or a cosine of at least 0.92 with the same polarity) confirms
        it: its confidence grows and the event supports it. A draft that contradicts one (another
        value of the same aspect, for and against the same thing) supersedes it, unless the draft
        is inferred and the live one stated: then that stays, and is believed a little less. An
        aspect key has one value at a time; what may be several at once takes a key for each
        ("avoid:nuts"). The module `conflict` has the rules.

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
            on_conflict: "ask" leaves a contradiction that needs the user's word unapplied and
                returns it, once for each event; `resolve` takes the answer. By default the newer
                statement supersedes there too.

        Returns:
            The preferences that are live because of this call: the new ones, without those that
            were merely confirmed; and the conflicts to put to the user.

        Raises:
            InputError: A draft or the observation cannot be used; nothing is kept then.
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            ReadOnlyError: The store is open for reading only.
        """
        drafts = [check_draft(draft) for draft in drafts]
        vectors = self._embed(user_id, [embedding_text(draft) for draft in drafts])
        with self._write(user_id) as transaction:
            if finishes is not None and not self._finish_job(transaction, finishes):
                return Lesson()
            evidence = self._append(transaction, observation, context, session_id, source)
            if infer is not None:
                self._enqueue(transaction, evidence, infer, details or {})
            known = self._known_at_first(transaction) if drafts else []
            outcomes = self._take_in(
                transaction, evidence, drafts, vectors, on_conflict=on_conflict, known=known
            )
        if drafts and all(each.only_adds for each in outcomes):
            self._keep_known(transaction, known)
        learned = {each.new.id: each.new for each in outcomes if each.new is not None}
        # A draft may supersede an earlier one of the same call.
        replaced = {each.supersedes for each in learned.values()}
        return Lesson(
            (each for each in learned.values() if each.id not in replaced),
            (each.conflict for each in outcomes if each.conflict is not None),
        )

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
            known = self._known_at_first(transaction)
            (outcome,) = self._take_in(transaction, evidence, [draft], vectors, known=known)
            if outcome.new is None:
                return self._now_believed(transaction, outcome.preference_id)
        if outcome.only_adds:
            self._keep_known(transaction, known)
        return outcome.new

    def resolve(
        self,
        user_id: str,
        conflict: Conflict,
        keep: Settled | None,
        *,
        scope: str | None = None,
        session_id: str | None = None,
        source: Source = "api",
    ) -> Lesson:
        """Applies the user's word on a contradiction, and keeps it as evidence.

        Args:
            user_id: Whose.
            conflict: What `learn` returned.
            keep: "old" confirms the old preference; "new" puts the new one in its place; "both"
                lets the two live side by side; None leaves the old one in force, unanswered.
            scope: When the new one applies, for "both". Without a scope it loses its aspect key,
                which has one value at a time.
            session_id: The conversation.
            source: The door it came through.

        Returns:
            The new preference, if it lives now. If the old one has gone meanwhile, the new one is
            learned like any other, unless the old one was to be kept.

        Raises:
            InputError: The conflict is another user's, or `keep` or `scope` cannot be used.
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            ReadOnlyError: The store is open for reading only.
        """
        if conflict.old.user_id != user_id:
            raise InputError(
                f"the conflict is about user {conflict.old.user_id!r}, not {user_id!r}; "
                "resolve it for its own user"
            )
        draft = settled_draft(conflict, keep, scope)
        vectors = self._embed(user_id, [embedding_text(draft)]) if keep in ("new", "both") else None
        vector = None if vectors is None else vectors[0]
        answer = Answer(
            question=conflict.question,
            aspect=CONFLICT,
            value=None if keep is None else settled_words(keep, scope),
            options=("the old one", "the new one", "both"),
        )
        with self._write(user_id) as transaction:
            event = self._append(transaction, answer, None, session_id, source)
            if keep is None:
                return Lesson()
            if keep == "old":
                return self._uphold(transaction, event, conflict)
            return self._admit(transaction, event, conflict, draft, vector, both=keep == "both")

    def _uphold(self, transaction: Transaction, event: Evidence, conflict: Conflict) -> Lesson:
        """The user keeps to the old one."""
        if self._holds(transaction, conflict.old):
            word = PreferenceDraft(
                description=conflict.old.description,
                strength=conflict.old.strength,
                confidence=TOLD,
            )
            self._confirm(transaction, conflict.old.id, event, word)
        return Lesson()

    def _admit(
        self,
        transaction: Transaction,
        event: Evidence,
        conflict: Conflict,
        draft: PreferenceDraft,
        vector: NDArray[np.float32] | None,
        *,
        both: bool,
    ) -> Lesson:
        """The user takes the new one, in the place of the old one or beside it."""
        old = conflict.old
        # The event behind the contradiction may have been erased meanwhile.
        table = schema.evidence
        behind = transaction.connection.scalars(
            select(table.c.id).where(
                table.c.user_id == transaction.user_id, table.c.id == conflict.evidence_id
            )
        ).all()
        if not self._holds(transaction, old):
            row = None if vector is None else vector[None, :]
            (outcome,) = self._take_in(transaction, event, [draft], row)
            return Lesson() if outcome.new is None else Lesson([outcome.new])
        if not both:
            return Lesson(
                [
                    self._replace(
                        transaction, event, draft, vector, old.id, same=False, besides=behind
                    )
                ]
            )
        new = self._new(
            transaction, draft, vector, evidence_ids=(*behind, event.id), supersedes=None
        )
        self._note(
            transaction, "add", new, f"both hold, by answer {event.id}", evidence_id=event.id
        )
        return Lesson([new])

    def _holds(self, transaction: Transaction, preference: Preference) -> bool:
        table = schema.preferences
        found = select(table.c.id).where(
            self._live(transaction.user_id, transaction.now), table.c.id == preference.id
        )
        return transaction.connection.scalar(found) is not None
