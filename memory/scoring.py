"""How much a memory matters to a request: the score of recall, and its parts.

A weighted sum, after the memory streams of Park et al. (2023), "Generative Agents" (relevance,
recency, importance), with words beside vectors and with support in place of importance. Of the
104 pairs in `tests/memory/data/recall_pairs.json` it has .77 among the first five, vectors alone
.76, words alone .31, and reciprocal rank fusion (Cormack, Clarke & Büttcher 2009) .74 to .75:
fusing by rank makes a word in common ("evening", "week") count as much as nearness in meaning
does, whatever either is worth.

Words are weighed as in BM25 (Robertson & Zaragoza 2009), with two differences: how rare a word is
is counted among the user's own memories, so that nothing of other users' shows in a ranking; and a
word that stands twice in a description counts once, for a description is a line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from .relevance import keyword_overlap
from .sheet import Sheet
from .types import Score
from .words import WordMatch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["WEIGHTS", "Scores", "Weights", "score_all"]


class Weights(NamedTuple):
    """The share of each part in the total; together 1."""

    similarity: float
    keywords: float
    recency: float
    support: float


# Similarity and keywords: chosen on every second pair of the written set. Recency and support
# decide between memories that are about as near, and never bring up what is not.
WEIGHTS = Weights(similarity=0.8, keywords=0.1, recency=0.05, support=0.05)

HALF_LIFE_S = 180 * 86_400.0
"""Recency halves with so many seconds since something last spoke for a memory."""

_K1, _B = 1.2, 0.75
# The BM25 weight that counts as half of all there can be: about that of one telling word.
_HALF = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The parts of the score of n memories for one request, each float64 of shape `(n,)`.

    Attributes:
        similarity: Cosines, in [-1, 1]; nan where there is none.
        keywords: In [0, 1).
        recency: In (0, 1].
        support: In [0, 1).
        relevance: Similarity and keywords together, by their weights; what masks look at.
        total: All four, by their weights; what orders.
    """

    similarity: NDArray[np.float64]
    keywords: NDArray[np.float64]
    recency: NDArray[np.float64]
    support: NDArray[np.float64]
    relevance: NDArray[np.float64]
    total: NDArray[np.float64]

    def at(self, row: int) -> Score:
        """The score of one memory."""
        similarity = float(self.similarity[row])
        return Score(
            similarity=None if math.isnan(similarity) else similarity,
            keywords=float(self.keywords[row]),
            recency=float(self.recency[row]),
            support=float(self.support[row]),
            relevance=float(self.relevance[row]),
            total=float(self.total[row]),
        )


def score_all(
    sheet: Sheet,
    query: str,
    *,
    vector: NDArray[np.float32] | None,
    scopes: NDArray[np.float32] | None,
    matches: Sequence[WordMatch],
    terms: int,
    now: datetime,
) -> Scores:
    """Scores every memory of a sheet for a request.

    Of style for an occasion, only the occasion is compared: "formal tone" says nothing of when.

    Args:
        sheet: n memories.
        query: The request.
        vector: Its unit vector of shape `(d,)`, if there is one.
        scopes: Unit vectors of the scopes of `sheet.scoped`, of shape `(len(sheet.scoped), d)`.
        matches: Which words of the request stand in which memory; of ended ones too.
        terms: How many words of the request were looked for.
        now: The present moment.
    """
    import numpy as np

    count = len(sheet.preferences)
    similarity = np.full(count, np.nan)
    if vector is not None and sheet.vectors.shape[1] == vector.shape[0]:
        cosines = (sheet.vectors @ vector).astype(np.float64)
        similarity[sheet.embedded] = cosines[sheet.embedded]
    keywords = _keywords(sheet, matches, terms)
    if vector is not None and scopes is not None:
        similarity[sheet.scoped] = scopes @ vector
    for row in sheet.scoped:
        keywords[row] = keyword_overlap(query, sheet.preferences[row].scope or "")
    age = np.maximum(0.0, now.timestamp() - sheet.supported)
    recency = 0.5 ** (age / HALF_LIFE_S)
    about = WEIGHTS.similarity + WEIGHTS.keywords
    by_both = (WEIGHTS.similarity * similarity + WEIGHTS.keywords * keywords) / about
    relevance = np.where(np.isnan(similarity), keywords, by_both)
    total = about * relevance + WEIGHTS.recency * recency + WEIGHTS.support * sheet.support
    return Scores(
        similarity=similarity,
        keywords=keywords,
        recency=recency,
        support=sheet.support,
        relevance=relevance,
        total=total,
    )


def _keywords(sheet: Sheet, matches: Sequence[WordMatch], terms: int) -> NDArray[np.float64]:
    import numpy as np

    weight = np.zeros(len(sheet.preferences))
    here = [match for match in matches if match.preference_id in sheet.rows]
    if not here:
        return weight
    term = np.array([match.term for match in here], dtype=np.intp)
    row = np.array([sheet.rows[match.preference_id] for match in here], dtype=np.intp)
    frequency = np.bincount(term, minlength=terms)
    rarity = np.log1p((sheet.population - frequency + 0.5) / (frequency + 0.5))
    longer = 1.0 - _B + _B * sheet.lengths / sheet.lengths.mean()
    np.add.at(weight, row, rarity[term] * (_K1 + 1.0) / (1.0 + _K1 * longer[row]))
    return weight / (weight + _HALF)
