"""Fetching what is known of a user for a request, and explaining the choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, or_

from ..errors import InputError
from . import schema
from .checks import check_user_id, clean_text
from .core import Core, embedding_text, vector_of
from .records import Stored, load_preferences
from .relevance import (
    FLOOR,
    GENERAL_ASPECTS,
    fit,
    keyword_overlap,
    newest_of_each_aspect,
    recall_order,
)
from .types import Context, Explained, Preference, Recalled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RecallVerbs"]

# The index may name preferences that ended by themselves or are recalled anyway.
_SPARE = 16


class RecallVerbs(Core):
    """The verbs that look things up by meaning."""

    def recall(
        self,
        user_id: str,
        context: Context,
        *,
        limit: int = 8,
        token_budget: int = 400,
        vector: NDArray[np.float32] | None = None,
    ) -> list[Recalled]:
        """What a reply to this context should know.

        Every live hard constraint; every live preference about style (length, tone, language, …)
        that applies always or whose scope is near; and the nearest others above a floor. Where
        a need of the moment and a lasting preference answer the same aspect, the newer speaks.
        While there is no embedder, words in common stand in for nearness.

        Args:
            user_id: Whose.
            context: What the user is doing.
            limit: At most so many of the nearest, besides constraints and style.
            token_budget: Tokens of a prompt for all; constraints are kept even beyond it.
            vector: Unit vector of the context's text of shape `(dimension,)`, if there is one.

        Returns:
            Constraints first, then style, then the nearest; each group by falling score.

        Raises:
            EmbedderMismatchError: The user's memories were embedded with another embedder.
        """
        check_user_id(user_id)
        if vector is None:
            vector = self._embed_query(user_id, _query(context))
        always = self._always(user_id)
        near = self._near(
            user_id, _query(context), vector, limit, {s.preference.id for s in always}
        )
        recalled: list[Recalled] = []
        for stored in always:
            preference = stored.preference
            score = self._score(stored, _query(context), vector)
            if preference.hard:
                recalled.append(Recalled(preference=preference, score=score, reason="hard"))
            elif preference.scope is None or score >= FLOOR:
                recalled.append(Recalled(preference=preference, score=score, reason="general"))
        recalled += near
        speaking = newest_of_each_aspect(each.preference for each in recalled)
        recalled = [
            each for each in recalled if each.reason == "hard" or each.preference.id in speaking
        ]
        return fit(sorted(recalled, key=recall_order), token_budget)

    def search(self, user_id: str, query: str, *, limit: int = 10) -> list[Recalled]:
        """The live preferences nearest to a query, best first; none is masked.

        While there is no embedder, those that share words with it.

        Raises:
            EmbedderMismatchError: The user's memories were embedded with another embedder.
        """
        check_user_id(user_id)
        if limit < 1:
            raise InputError(f"limit is {limit!r}; give a positive number")
        query = clean_text(query, "query")
        vector = self._embed_query(user_id, query)
        return self._near(user_id, query, vector, limit, set(), floor=-1.0)

    def explain(self, user_id: str, query: str) -> list[Explained]:
        """Every live preference with its scores for a query and whether `recall` fetches it.

        Returns:
            Those recalled first, then by falling similarity.
        """
        recalled = {each.preference.id: each for each in self.recall(user_id, Context(text=query))}
        vector = self._embed_query(user_id, query)
        with self._read() as connection:
            live = load_preferences(connection, self._live(user_id), vectors=True)
        speaking = newest_of_each_aspect(each.preference for each in live)
        found = []
        for stored in live:
            preference = stored.preference
            here = recalled.get(preference.id)
            score = self._score(stored, query, vector)
            if here is not None:
                reason = {
                    "hard": "a constraint: always recalled",
                    "general": "shapes every reply",
                    "near": f"near: {score:.2f} is at least {FLOOR}",
                }[here.reason]
            elif preference.id not in speaking:
                reason = "a newer preference answers the same aspect"
            elif score < FLOOR:
                reason = f"masked: {score:.2f} is below {FLOOR}"
            else:
                reason = "left out: others are nearer, or the budget is spent"
            found.append(
                Explained(
                    preference=preference,
                    similarity=None if vector is None or stored.vector is None else score,
                    keywords=keyword_overlap(query, embedding_text(preference)),
                    recalled=here is not None,
                    reason=reason,
                )
            )
        return sorted(found, key=lambda e: (not e.recalled, -(e.similarity or e.keywords)))

    def _always(self, user_id: str) -> list[Stored]:
        """Live constraints and style."""
        table = schema.preferences
        general = func.lower(table.c.aspect).in_(GENERAL_ASPECTS)
        with self._read() as connection:
            return load_preferences(
                connection, self._live(user_id), or_(table.c.hard, general), vectors=True
            )

    def _near(
        self,
        user_id: str,
        query: str,
        vector: NDArray[np.float32] | None,
        limit: int,
        besides: set[str],
        *,
        floor: float = FLOOR,
    ) -> list[Recalled]:
        if vector is None:
            return self._sharing_words(user_id, query, limit, besides)
        near = self._live_near(user_id, vector, limit, besides, floor)
        if near is None:
            # Ended preferences crowd the index: bring it in line with the truth, and ask again.
            self._index.forget(user_id)
            near = self._live_near(user_id, vector, limit, besides, floor)
        return near or []

    def _live_near(
        self,
        user_id: str,
        vector: NDArray[np.float32],
        limit: int,
        besides: set[str],
        floor: float,
    ) -> list[Recalled] | None:
        """The nearest that are live; None if ended ones took the places of others."""
        wanted = limit + len(besides) + _SPARE
        found = self._nearest(user_id, vector, wanted)
        scores = {
            each.preference_id: each.score
            for each in found
            if each.score >= floor and each.preference_id not in besides
        }
        table = schema.preferences
        with self._read() as connection:
            live = load_preferences(connection, self._live(user_id), table.c.id.in_(list(scores)))
        if len(live) < limit and len(found) == wanted and found[-1].score >= floor:
            return None
        near = [
            Recalled(preference=each.preference, score=scores[each.preference.id], reason="near")
            for each in live
        ]
        return sorted(near, key=recall_order)[:limit]

    def _sharing_words(
        self, user_id: str, query: str, limit: int, besides: set[str]
    ) -> list[Recalled]:
        with self._read() as connection:
            live: Sequence[Preference] = [
                each.preference for each in load_preferences(connection, self._live(user_id))
            ]
        near = [
            Recalled(
                preference=each,
                score=keyword_overlap(query, embedding_text(each)),
                reason="near",
            )
            for each in live
            if each.id not in besides
        ]
        return sorted((each for each in near if each.score > 0), key=recall_order)[:limit]

    def _score(self, stored: Stored, query: str, vector: NDArray[np.float32] | None) -> float:
        mine = vector_of(stored.vector)
        if vector is None or mine is None or mine.shape != vector.shape:
            return keyword_overlap(query, embedding_text(stored.preference))
        return float(mine @ vector)


def _query(context: Context) -> str:
    return " ".join((context.text, *context.tags))
