"""Which of a user's preferences hold for what they are doing now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..memory.relevance import Bearing, keyword_overlap, speaking
from ..memory.scoring import WEIGHTS
from ..memory.types import Context, Preference
from .feedback.occasions import bearing_on

if TYPE_CHECKING:
    from ..models.types import Embedder

__all__ = ["applying", "rules_for"]

# From here on recall is sure that this is the occasion.
_SURELY = 0.35


def applying(
    preferences: Sequence[Preference], context: Context | str | None, embedder: Embedder
) -> tuple[Preference, ...]:
    """Those that hold always, and those whose occasion this is, in the given order.

    What was said for an occasion ("work emails") says nothing of others. On the occasion it speaks
    over what holds always of the same aspect, as in a prompt.

    Args:
        preferences: Of one user.
        context: What the user is doing; if nothing is known of that, no occasion is told.
        embedder: Tells by nearness where the words of a scope do not.

    Raises:
        EmbedderError: The embedder is needed and cannot be loaded or run.
    """
    scopes = sorted({each.scope for each in preferences if each.scope})
    if not scopes:
        return tuple(preferences)
    about = Context(text=context) if isinstance(context, str) else context
    known = about is not None and (about.text.strip() or about.tags)
    here = _here(scopes, about, embedder) if about is not None and known else {}
    found = [each for each in preferences if not each.scope or each.scope in here]
    special = [each for each in found if each.scope and each.aspect is not None]
    if not special:
        return tuple(found)
    holding = {each.id for each in special if each.scope and here[each.scope]}
    speak = speaking(found, holding)
    aspects = {each.aspect.casefold() for each in special if each.aspect is not None}
    return tuple(
        each
        for each in found
        if each.id in speak
        or each.scope
        or each.aspect is None
        or each.aspect.casefold() not in aspects
    )


def rules_for(
    preferences: Sequence[Preference], context: Context | str | None
) -> tuple[Preference, ...]:
    """Hard constraints, but for those that were said for what this surely is not.

    Where nothing is known of the occasion all of them hold: one too many costs an option, one too
    few a promise.

    Args:
        preferences: Of one user.
        context: What the user is doing.
    """
    about = Context(text=context) if isinstance(context, str) else context
    bearing = None if about is None else bearing_on(about)
    return tuple(
        each
        for each in preferences
        if each.hard
        and not (each.scope and bearing is not None and bearing(each.scope) == "elsewhere")
    )


def _here(scopes: Sequence[str], about: Context, embedder: Embedder) -> dict[str, bool]:
    """Scopes that hold here, and whether they surely do."""
    bearing = bearing_on(about)
    told: dict[str, Bearing | None] = {scope: bearing(scope) for scope in scopes}
    here = {scope: how == "holds" for scope, how in told.items() if how in ("holds", "may hold")}
    asked = [scope for scope, how in told.items() if how is None]
    if asked and about.text.strip():
        vectors = embedder.embed([about.text, *asked])
        weight = WEIGHTS.similarity + WEIGHTS.keywords
        for scope, near in zip(asked, (vectors[1:] @ vectors[0]).tolist(), strict=True):
            shared = keyword_overlap(about.text, scope)
            if (WEIGHTS.similarity * near + WEIGHTS.keywords * shared) / weight >= _SURELY:
                here[scope] = True
    return here
