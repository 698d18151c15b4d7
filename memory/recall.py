"""Fetching what is known of a user for a request, and explaining the choice.

Up to a few thousand memories, a request is compared with each of them: their vectors, read from
the truth once per change, take a tenth of a millisecond, where a first query through the index
takes 35 ms and the import of Chroma half a second. Above that the index of vectors and the index
of words name the memories that are compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select

from ..errors import InputError
from . import schema
from .belief import believed
from .checks import check_user_id, clean_text
from .core import vector_of
from .masking import Chosen, choose, explained
from .preferences import PreferenceVerbs
from .prompt import MEMORY_TAG, as_prompt_data, prompt_line
from .records import Stored, load_preferences
from .relevance import GENERAL_ASPECTS, Bearing, prompt_tokens
from .scoring import Scores, score_all
from .sheet import Sheet, Sheets, lay_out
from .types import Context, Explained, MemoryContext, Preference, Recalled
from .words import WordMatch, find_words, query_terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["RecallVerbs"]

# What the indexes name beyond those asked for: some have ended, others come in by their words.
_CANDIDATES = 64
# What the tags around the block take in a prompt, by estimate.
_FRAME_TOKENS = 16
_FRAME = f"<{MEMORY_TAG}>\n</{MEMORY_TAG}>\n"


class _Weighed(NamedTuple):
    """A user's memories, weighed for a request."""

    sheet: Sheet
    scores: Scores


class RecallVerbs(PreferenceVerbs):
    """The verbs that look things up by meaning."""

    exact_limit = 5_000
    """Live memories of a user up to which each is compared; above, the indexes name some."""

    def context(
        self,
        user_id: str,
        context: Context | str,
        *,
        token_budget: int = 400,
        limit: int = 8,
        count_tokens: Callable[[str], int] | None = None,
        vector: NDArray[np.float32] | None = None,
        bearing: Callable[[str], Bearing | None] | None = None,
    ) -> MemoryContext:
        """What a prompt should know of a user, as text that fits into it.

        Every live hard constraint; every live preference about style (length, tone, language, …)
        that applies always or whose occasion is near; and the nearest others. What has nothing to
        do with the request is masked. Where a need of the moment and a lasting preference answer
        the same aspect, the newer speaks; and over what holds always speaks what was said for the
        occasion that this is. While there is no embedder, words in common stand in for nearness.

        Args:
            user_id: Whose.
            context: What the user is doing.
            token_budget: Tokens that the text may take; constraints are kept even beyond it.
            limit: At most so many of the nearest, besides constraints and style.
            count_tokens: Counts as the model does that will read the text; by default an
                estimate that errs on the high side.
            vector: Unit vector of the context's text of shape `(dimension,)`, if there is one.
            bearing: Tells whether a scope ("work emails") holds for this context; by default, and
                where it answers None, nearness tells.

        Raises:
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            InputError: The budget or the limit is negative.
        """
        check_user_id(user_id)
        for name, number in (("token_budget", token_budget), ("limit", limit)):
            if number < 0:
                raise InputError(f"{name} is {number!r}; give 0 or more")
        query = _query(context)
        sheet, scores = self._weigh(user_id, query, vector)
        frame = _FRAME_TOKENS if count_tokens is None else count_tokens(_FRAME)

        def tokens(preference: Preference) -> int:
            if count_tokens is None:
                return prompt_tokens(preference)
            return count_tokens(prompt_line(preference) + "\n")

        chosen = choose(
            sheet,
            scores,
            limit=limit,
            token_budget=token_budget - frame,
            tokens=tokens,
            bearing=bearing,
        )
        recalled = chosen.recalled
        text = as_prompt_data(recalled)
        if count_tokens is None:
            taken = frame + sum(tokens(each.preference) for each in recalled) if recalled else 0
        else:
            taken = count_tokens(text) if text else 0
        return MemoryContext(
            text=text,
            recalled=tuple(recalled),
            tokens=taken,
            left_out=_left_out(sheet, scores, chosen),
            masked=len(sheet.preferences) - len(chosen.fates),
        )

    def recall(
        self,
        user_id: str,
        context: Context | str,
        *,
        limit: int = 8,
        token_budget: int = 400,
        vector: NDArray[np.float32] | None = None,
    ) -> list[Recalled]:
        """What a reply to this context should know: the preferences of `context`, without the text.

        Returns:
            Constraints first, then style, then the nearest; each group by falling score.

        Raises:
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            InputError: The budget or the limit is negative.
        """
        found = self.context(
            user_id, context, token_budget=token_budget, limit=limit, vector=vector
        )
        return list(found.recalled)

    def search(self, user_id: str, query: str, *, limit: int = 10) -> list[Recalled]:
        """The live preferences that a query is about, best first; none is masked.

        While there is no embedder, those that share words with it.

        Raises:
            EmbedderMismatchError: The user's memories were embedded with another embedder.
            InputError: The limit is less than 1.
        """
        check_user_id(user_id)
        if limit < 1:
            raise InputError(f"limit is {limit!r}; give a positive number")
        query = clean_text(query, "query")
        sheet, scores = self._weigh(user_id, query, None, candidates=limit)
        totals = scores.total.round(6).tolist()
        found = [
            row
            for row in range(len(totals))
            if scores.keywords[row] > 0 or not math.isnan(scores.similarity[row])
        ]
        found.sort(key=lambda row: (-totals[row], sheet.preferences[row].id))
        best = [(sheet.preferences[row], scores.at(row)) for row in found[:limit]]
        return [
            Recalled(preference=preference, score=score.total, reason="near", parts=score)
            for preference, score in best
        ]

    def explain(self, user_id: str, query: Context | str) -> list[Explained]:
        """Every live preference with its score for a query, and whether `recall` fetches it.

        Returns:
            Those recalled first, then by falling score.

        Raises:
            EmbedderMismatchError: The user's memories were embedded with another embedder.
        """
        check_user_id(user_id)
        sheet, scores = self._weigh(user_id, _query(query), None, candidates=None)
        chosen = choose(sheet, scores, limit=8, token_budget=400, tokens=prompt_tokens)
        found = [
            explained(sheet, scores, row, chosen.fates.get(row, "masked"))
            for row in range(len(sheet.preferences))
        ]
        return sorted(found, key=_best_first)

    def _weigh(
        self,
        user_id: str,
        query: str,
        vector: NDArray[np.float32] | None,
        *,
        candidates: int | None = 0,
    ) -> _Weighed:
        """Scores a user's memories for a request.

        Args:
            user_id: Whose.
            query: The request.
            vector: Its unit vector, if there is one already.
            candidates: How many are wanted, of a user with too many to compare them all; None
                compares them all nevertheless.
        """
        if vector is None:
            vector = self._embed_query(user_id, query)
        terms = query_terms(query)
        if candidates is not None and self._has_many(user_id):
            matches = self._matches(user_id, terms)
            sheet = self._some(user_id, vector, matches, candidates + _CANDIDATES)
        else:
            sheet = self._all(user_id, embeds=vector is not None)
            matches = self._matches(user_id, terms) if sheet.preferences else []
        scopes = None
        if vector is not None and len(sheet.scoped):
            names = [sheet.preferences[row].scope or "" for row in sheet.scoped]
            scopes = self._embed(user_id, names)
        scores = score_all(
            sheet,
            query,
            vector=vector,
            scopes=scopes,
            matches=matches,
            terms=len(terms),
            now=self._now(),
        )
        return _Weighed(sheet, scores)

    def _matches(self, user_id: str, terms: Sequence[str]) -> list[WordMatch]:
        with self._read() as connection:
            return find_words(connection, user_id, terms)

    @cached_property
    def _sheets(self) -> Sheets:
        return Sheets()

    def _has_many(self, user_id: str) -> bool:
        """Whether a user has more memories than are compared one by one."""
        return not self._sheets.has(user_id) and self._count_live(user_id) > self.exact_limit

    def _count_live(self, user_id: str) -> int:
        with self._read() as connection:
            counted = select(func.count()).select_from(schema.preferences)
            return connection.scalar(counted.where(self._live(user_id))) or 0

    def _all(self, user_id: str, *, embeds: bool) -> Sheet:
        """All live memories of a user."""
        live = self._live_preferences(user_id)
        sheet = self._sheets.get(user_id, live)
        if sheet is None or (embeds and sheet.bare):
            vectors = self._truth_vectors(user_id)
            if embeds and not self.read_only and len(vectors) < len(live):
                # Some were added while there was no embedder.
                self._fill_vectors(user_id)
                live, vectors = self._live_preferences(user_id), self._truth_vectors(user_id)
            sheet = lay_out(live, vectors)
            if len(live) <= self.exact_limit:
                self._sheets.put(user_id, sheet)
        return sheet

    def _some(
        self,
        user_id: str,
        vector: NDArray[np.float32] | None,
        matches: Sequence[WordMatch],
        wanted: int,
    ) -> Sheet:
        """Constraints, style, and the memories that the indexes name."""
        population = self._count_live(user_id)
        named = self._named(user_id, vector, matches, wanted)
        table = schema.preferences
        aspect = func.lower(table.c.aspect)
        always = or_(table.c.hard, aspect.in_(GENERAL_ASPECTS), aspect.like("style:%"))
        with self._read() as connection:
            stored = load_preferences(
                connection, self._live(user_id), or_(always, table.c.id.in_(named)), vectors=True
            )
        now = self._now()
        return _sheet_of(
            [replace(each, preference=believed(each.preference, now)) for each in stored],
            population,
        )

    def _named(
        self,
        user_id: str,
        vector: NDArray[np.float32] | None,
        matches: Sequence[WordMatch],
        wanted: int,
    ) -> list[str]:
        """Ids of the memories nearest by meaning, and of those with the rarest words in common."""
        frequency = Counter(match.term for match in matches)
        weights: Counter[str] = Counter()
        for match in matches:
            weights[match.preference_id] += 1_000_000 // frequency[match.term]
        by_words = [preference_id for preference_id, _ in weights.most_common(wanted)]
        if vector is None:
            return by_words
        near = self._nearest(user_id, vector, wanted)
        live = self._truth_vectors(user_id, [each.preference_id for each in near])
        if len(near) == wanted and len(live) < wanted // 2:
            # Ended ones crowd the index: bring it in line with the truth, and ask again.
            self._index.forget(user_id)
            near = self._nearest(user_id, vector, wanted)
        return [*by_words, *(each.preference_id for each in near)]


def _query(context: Context | str) -> str:
    if isinstance(context, str):
        return context
    return " ".join((context.text, *context.tags))


def _sheet_of(stored: Sequence[Stored], population: int) -> Sheet:
    vectors = {each.preference.id: vector_of(each.vector) for each in stored}
    return lay_out(
        tuple(each.preference for each in stored),
        {each: vector for each, vector in vectors.items() if vector is not None},
        population,
    )


def _left_out(sheet: Sheet, scores: Scores, chosen: Chosen) -> tuple[Explained, ...]:
    found = [
        explained(sheet, scores, row, fate)
        for row, fate in chosen.fates.items()
        if fate != "recalled"
    ]
    return tuple(sorted(found, key=_best_first))


class _Best(NamedTuple):
    left_out: bool
    distance: float
    preference_id: str


def _best_first(each: Explained) -> _Best:
    total = 0.0 if each.score is None else each.score.total
    return _Best(not each.recalled, -round(total, 6), each.preference.id)
