"""What users say of texts besides which they prefer: how much, and why; and what that shows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from ..errors import InputError
from ..memory.types import Answer, Choice, Context, Preference, PreferenceDraft, Source, Strength
from ..policies.reward import Suggestion
from .inferring import learn_reason
from .services import Services
from .text import clean_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..memory.types import Evidence

__all__ = [
    "SUGGESTED",
    "check_reason",
    "check_strength",
    "prefer",
    "settle",
    "suggestions",
]

SUGGESTED = "suggestion:"
"""How the aspect of an answer to a suggestion begins; the attribute follows."""

_LONGEST_REASON = 2_000
_CONFIRMED = 0.9


def check_strength(strength: Strength | None, index: int | None) -> Strength | None:
    """Returns a usable strength.

    Raises:
        InputError: It is none of the four, or says by how much nothing is better.
    """
    if strength is None:
        return None
    if strength not in get_args(Strength):
        raise InputError(f"strength is {strength!r}; use one of {get_args(Strength)}, or None")
    if index is None and strength != "about the same":
        raise InputError(
            f"strength is {strength!r} and none was picked; pick one, or say 'about the same'"
        )
    return strength


def check_reason(reason: str | None) -> str | None:
    """Returns a usable reason, as it was given but for what no message needs.

    Raises:
        InputError: It is empty, or longer than 2,000 characters.
    """
    if reason is None:
        return None
    clean = clean_message(reason)
    if len(clean) > _LONGEST_REASON:
        raise InputError(
            f"the reason has {len(clean):,} characters; a line will do, at most {_LONGEST_REASON:,}"
        )
    return clean


async def prefer(
    services: Services,
    preferred: str,
    other: str,
    *,
    strength: Strength | None,
    reason: str | None,
    context: Context | str | None,
    judge: str | None,
    source: Source,
) -> Evidence:
    """Records that one text was preferred to another, or that they are about the same.

    What the user picked themselves awaits inference, as a pick in a conversation does: memory puts
    into words what it bears out. A tie shows nothing, a judge is not the user, and of events from
    elsewhere there may be thousands.
    """
    texts = (clean_message(preferred), clean_message(other))
    if texts[0] == texts[1]:
        raise InputError(f"both texts are {texts[0][:40]!r}; compare two that differ")
    tie = strength == "about the same"
    choice = Choice(
        shown=texts,
        picked=None if tie else 0,
        strength=check_strength(strength, None if tie else 0),
        reason=check_reason(reason),
        judge=None if judge is None else clean_message(judge)[:200],
    )
    given = Context(text=clean_message(context)[:2000]) if isinstance(context, str) else context
    evidence = await asyncio.to_thread(
        services.memory.record,
        services.user_id,
        choice,
        context=given,
        session_id=services.session_id,
        source=source,
        infer=None if tie or judge is not None or source == "import" else "choice",
    )
    await learn_reason(services, evidence)
    await asyncio.to_thread(services.reward.catch_up, services.user_id)
    return evidence


async def suggestions(services: Services) -> tuple[Suggestion, ...]:
    """What the user's choices show and nothing says yet, without what they declined."""
    found = await asyncio.to_thread(services.reward.verbalised, services.user_id)
    if not found:
        return ()
    answers = await asyncio.to_thread(services.memory.evidence, services.user_id, kind="answer")
    declined = _declined(answers)
    return tuple(each for each in found if each.attribute not in declined)


async def settle(
    services: Services, suggestion: Suggestion, *, keep: bool, source: Source
) -> tuple[Preference, ...]:
    """Learns a suggestion that the user confirms, with their word as evidence; or keeps their no.

    The choices behind it are evidence of their own already: the preference rests on the user's
    word alone, so that taking it back takes back no choice.
    """
    answer = Answer(
        question=f"Is it true that this user {suggestion.draft.description}?",
        aspect=f"{SUGGESTED}{suggestion.attribute}",
        value="yes" if keep else "no",
        options=("yes", "no"),
    )
    drafts = [_confirmed(suggestion)] if keep else []
    learned = await asyncio.to_thread(
        services.memory.learn,
        services.user_id,
        answer,
        drafts,
        session_id=services.session_id if source == "chat" else None,
        source=source,
    )
    return tuple(learned)


def _confirmed(suggestion: Suggestion) -> PreferenceDraft:
    """A suggestion as the user states it by confirming it."""
    return replace(suggestion.draft, origin="stated", confidence=_CONFIRMED)


def _declined(answers: Sequence[Evidence]) -> frozenset[str]:
    """Attributes whose suggestion the user declined, and did not confirm since."""
    said: dict[str, bool] = {}
    for event in answers:
        seen = event.observation
        if isinstance(seen, Answer) and seen.aspect.startswith(SUGGESTED):
            said[seen.aspect.removeprefix(SUGGESTED)] = seen.value == "yes"
    return frozenset(attribute for attribute, kept in said.items() if not kept)
