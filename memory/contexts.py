"""Earlier events whose contexts lie near the present one, as CIPHER retrieves them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import RowMapping, bindparam, select

from ..errors import InputError
from . import schema
from .checks import check_user_id, clean_text
from .core import Core, vector_of
from .records import context_of, evidence_of
from .relevance import keyword_overlap
from .types import Context, Evidence, NearEvidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["ContextVerbs"]

# Longer contexts say no more to an embedder, and cost it more.
_CHARACTERS = 2_000
_CHUNK = 500


class ContextVerbs(Core):
    """The verb that looks events up by what the user was doing."""

    def near_evidence(
        self,
        user_id: str,
        context: Context | str,
        *,
        kinds: Sequence[str] = ("edit",),
        limit: int = 5,
        besides: Collection[str] = (),
    ) -> list[NearEvidence]:
        """The user's events whose contexts are nearest to one, best first.

        Exact cosine over the embeddings of the contexts' texts. They are kept beside the events
        and made when they are first needed, so that recording an event waits for no model. Events
        without a context are left out; while there is no embedder, words in common decide.

        Args:
            user_id: Whose.
            context: What the user is doing.
            kinds: The kinds of event to look among.
            limit: At most so many.
            besides: Ids of events to leave out.

        Raises:
            InputError: `limit` is not positive.
            EmbedderMismatchError: The user's memories were embedded with another embedder.
        """
        check_user_id(user_id)
        if limit < 1:
            raise InputError(f"limit is {limit!r}; give a positive number")
        query = clean_text(context if isinstance(context, str) else context.text, "context")
        texts = self._contexts(user_id, kinds, besides)
        if not texts or not query.strip():
            return []
        scores = self._context_scores(user_id, query, texts)
        # Of contexts that are equally near, the later event comes first: ids sort by time.
        best = sorted(scores, key=lambda each: (scores[each], each), reverse=True)[:limit]
        return [
            NearEvidence(evidence=each, score=scores[each.id])
            for each in self._evidence_by_id(user_id, best)
        ]

    def _contexts(
        self, user_id: str, kinds: Sequence[str], besides: Collection[str]
    ) -> dict[str, str]:
        table = schema.evidence
        with self._read() as connection:
            rows = connection.execute(
                select(table.c.id, table.c.context).where(
                    table.c.user_id == user_id,
                    table.c.kind.in_(list(kinds)),
                    table.c.context.is_not(None),
                )
            ).all()
        found = {row.id: context_of(row.context) for row in rows if row.id not in besides}
        return {each: c.text for each, c in found.items() if c is not None and c.text.strip()}

    def _context_scores(
        self, user_id: str, query: str, texts: Mapping[str, str]
    ) -> dict[str, float]:
        import numpy as np

        vector = self._embed_query(user_id, query)
        vectors = {} if vector is None else self._context_vectors(user_id, texts)
        ids = [
            each for each in vectors if vector is not None and vectors[each].shape == vector.shape
        ]
        if vector is None or not ids:
            return {each: keyword_overlap(query, text) for each, text in texts.items()}
        return dict(
            zip(ids, map(float, np.stack([vectors[each] for each in ids]) @ vector), strict=True)
        )

    def _context_vectors(
        self, user_id: str, texts: Mapping[str, str]
    ) -> dict[str, NDArray[np.float32]]:
        table = schema.evidence
        with self._read() as connection:
            rows = connection.execute(
                select(table.c.id, table.c.vector).where(
                    table.c.user_id == user_id, table.c.vector.is_not(None)
                )
            ).all()
        kept = {row.id: vector_of(row.vector) for row in rows if row.id in texts}
        found = {each: vector for each, vector in kept.items() if vector is not None}
        missing = [each for each in texts if each not in found]
        wanted = list(dict.fromkeys(texts[each][:_CHARACTERS] for each in missing))
        made = self._embed(user_id, wanted)
        if made is None:
            return found
        by_text = dict(zip(wanted, made, strict=True))
        new = {each: by_text[texts[each][:_CHARACTERS]] for each in missing}
        if not self.read_only:
            with self._write(user_id, preferences=False) as transaction:
                self._sign_vectors(transaction)
                transaction.connection.execute(
                    table.update().where(
                        table.c.user_id == user_id, table.c.id == bindparam("the_id")
                    ),
                    [{"the_id": each, "vector": row.tobytes()} for each, row in new.items()],
                )
        return found | new

    def _evidence_by_id(self, user_id: str, ids: Sequence[str]) -> list[Evidence]:
        """Events in the order of their ids as given."""
        table = schema.evidence
        rows: list[RowMapping] = []
        with self._read() as connection:
            for start in range(0, len(ids), _CHUNK):
                rows += connection.execute(
                    select(table).where(
                        table.c.user_id == user_id, table.c.id.in_(ids[start : start + _CHUNK])
                    )
                ).mappings()
        place = {each: at for at, each in enumerate(ids)}
        return [evidence_of(row) for row in sorted(rows, key=lambda row: place[row["id"]])]
