"""Which memories come into a prompt, and why the others stay out.

What has nothing to do with a request makes answers worse, and crowds out what has: Pigeon (Xu et
al. 2024, "Personalized Image Generation with Large Multimodal Models") masks such parts of a noisy
history with a learned module. Here two floors do it without one. What is surely near comes in;
what is only perhaps near comes in where nothing is much nearer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, assert_never

from .belief import has_faded
from .relevance import Bearing, fit, recall_order, speaking
from .scoring import Scores
from .sheet import Sheet
from .types import Explained, Preference, Recalled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Chosen", "Fate", "choose", "explained"]

# With MiniLM, and chosen on every second pair of the written set.
_SURELY = 0.25
_PERHAPS = 0.15
_SHARE_OF_BEST = 0.8
# An occasion is a few words, and lies nearer to the requests that it is about, or farther.
_OCCASION = 0.22
# From here on it is surely one of them, so that what always holds gives way.
_SURELY_OCCASION = 0.35

Fate: TypeAlias = Literal[
    "recalled",
    "masked",
    "other occasion",
    "faded",
    "newer speaks",
    "occasion speaks",
    "beyond limit",
    "beyond budget",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What became of each memory of a sheet.

    Attributes:
        recalled: Those for the prompt: constraints, then style, then the nearest.
        fates: What became of those that are not masked, by place.
    """

    recalled: list[Recalled]
    fates: dict[int, Fate]


class _Found(NamedTuple):
    row: int
    recalled: Recalled


def choose(
    sheet: Sheet,
    scores: Scores,
    *,
    limit: int,
    token_budget: int,
    tokens: Callable[[Preference], int],
    bearing: Callable[[str], Bearing | None] | None = None,
) -> Chosen:
    """Picks the memories for a prompt.

    Args:
        sheet: A user's memories.
        scores: Their scores for the request.
        limit: At most so many of the nearest, besides constraints and style.
        token_budget: Tokens of the prompt for all; constraints are kept even beyond it.
        tokens: Tells what a preference takes in the prompt.
        bearing: Tells whether a scope holds for the request; where it does not know, nearness does.
    """
    told = _told(sheet, bearing)
    fates: dict[int, Fate] = {}
    found = [_found(sheet, scores, int(row), "hard") for row in sheet.hard]
    found += [_found(sheet, scores, int(row), "general") for row in sheet.general]
    for row in sheet.scoped:
        known = told.get(int(row)) is not None
        if known or scores.relevance[row] >= _OCCASION or _by_words(scores, int(row)):
            found.append(_found(sheet, scores, int(row), "general"))
        else:
            fates[int(row)] = "other occasion"
    found += [_found(sheet, scores, int(row), "near") for row in _near(sheet, scores)]
    for each in found:
        if told.get(each.row) == "elsewhere":
            fates[each.row] = "other occasion"
        elif has_faded(each.recalled.preference):
            fates[each.row] = "faded"
    found = [each for each in found if each.row not in fates]
    near_scopes = [row for row in sheet.scoped if scores.relevance[row] >= _SURELY_OCCASION]
    holding = {row for row, how in told.items() if how == "holds"}
    holding |= {int(row) for row in near_scopes} - told.keys()
    over = speaking(
        (each.recalled.preference for each in found),
        {sheet.preferences[row].id for row in holding},
    )
    alone = speaking(each.recalled.preference for each in found)
    near = 0
    wanted: list[Recalled] = []
    for each in sorted(found, key=lambda each: recall_order(each.recalled)):
        if each.recalled.reason != "hard" and each.recalled.preference.id not in over:
            silent = each.recalled.preference.id in alone and each.recalled.preference.scope is None
            fates[each.row] = "occasion speaks" if silent else "newer speaks"
        elif each.recalled.reason == "near" and near == limit:
            fates[each.row] = "beyond limit"
        else:
            near += each.recalled.reason == "near"
            fates[each.row] = "beyond budget"
            wanted.append(each.recalled)
    recalled = fit(wanted, token_budget, tokens)
    for kept in recalled:
        fates[sheet.rows[kept.preference.id]] = "recalled"
    return Chosen(recalled=recalled, fates=fates)


def explained(sheet: Sheet, scores: Scores, row: int, fate: Fate) -> Explained:
    """A memory with its score and, in a sentence, what became of it."""
    preference, score = sheet.preferences[row], scores.at(row)
    return Explained(
        preference=preference,
        similarity=score.similarity,
        keywords=score.keywords,
        recalled=fate == "recalled",
        reason=_sentence(sheet, row, fate, score.relevance),
        score=score,
    )


def _sentence(sheet: Sheet, row: int, fate: Fate, relevance: float) -> str:  # noqa: PLR0912
    preference = sheet.preferences[row]
    match fate:
        case "recalled" if preference.hard:
            told = "a constraint: always recalled"
        case "recalled" if row in sheet.general:
            told = "shapes every reply"
        case "recalled" if row in sheet.scoped:
            told = f"shapes replies for {preference.scope}"
        case "recalled":
            told = f"near: its relevance is {relevance:.2f}"
        case "masked" if relevance < _PERHAPS:
            told = f"masked: its relevance, {relevance:.2f}, is below {_PERHAPS}"
        case "masked":
            told = (
                f"masked: its relevance, {relevance:.2f}, is below {_SURELY}, and less than "
                f"{_SHARE_OF_BEST:.0%} of the best"
            )
        case "other occasion":
            told = (
                f"masked: only for {preference.scope}, whose relevance, {relevance:.2f}, is "
                f"below {_OCCASION}"
                if relevance < _OCCASION
                else f"masked: only for {preference.scope}, which this is not"
            )
        case "faded":
            told = f"left out: faded, only {preference.confidence:.0%} sure"
        case "newer speaks":
            told = "left out: a newer preference answers the same aspect"
        case "occasion speaks":
            told = "left out: what was said for this occasion answers the same aspect"
        case "beyond limit":
            told = "left out: others are nearer"
        case "beyond budget":
            told = "left out: the budget of tokens is spent"
        case _:
            assert_never(fate)
    return told


def _told(sheet: Sheet, bearing: Callable[[str], Bearing | None] | None) -> dict[int, Bearing]:
    """What is known of the scopes of a sheet, by place; what only nearness can tell is missing."""
    if bearing is None:
        return {}
    scopes = {each.scope for each in sheet.preferences if each.scope is not None}
    by_scope = {scope: bearing(scope) for scope in scopes}
    told: dict[int, Bearing] = {}
    for row, each in enumerate(sheet.preferences):
        how = None if each.scope is None else by_scope[each.scope]
        if how is not None:
            told[row] = how
    return told


def _near(sheet: Sheet, scores: Scores) -> NDArray[np.intp]:
    """The places of plain memories that are not masked."""
    import numpy as np

    if not len(sheet.plain):
        return sheet.plain
    relevance = scores.relevance[sheet.plain]
    floor = max(_PERHAPS, min(_SURELY, _SHARE_OF_BEST * float(relevance.max())))
    # Where nothing has a vector, a word in common is all there is to go by.
    by_words = np.isnan(scores.similarity[sheet.plain]) & (relevance > 0)
    return sheet.plain[(relevance >= floor) | by_words]


def _by_words(scores: Scores, row: int) -> bool:
    return math.isnan(scores.similarity[row]) and bool(scores.keywords[row] > 0)


def _found(
    sheet: Sheet, scores: Scores, row: int, reason: Literal["hard", "general", "near"]
) -> _Found:
    score = scores.at(row)
    return _Found(
        row,
        Recalled(preference=sheet.preferences[row], score=score.total, reason=reason, parts=score),
    )
