"""Learns from a text that the user likes: shows what it suggests, keeps what they confirm."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from ..errors import ModelError, NoChatModelError, StructuredOutputError
from ..memory.inference.artefact import (
    Example,
    Proposal,
    Proposals,
    chosen,
    describe_example,
)
from ..memory.types import Preference, Source
from ..models.types import Usage
from ..policies.feedback import describer, measured
from .services import Services

__all__ = ["confirm", "propose_from"]


async def propose_from(services: Services, given: Example) -> Proposals:
    """What an example suggests; without a chat model, what can be measured.

    A model that fails costs nothing but its say: the notice tells so, and what was measured stays.
    """
    counted = await asyncio.to_thread(measured, given)
    found = Proposals(example=given, items=counted)
    if services.chat_missing:
        return replace(found, notice=_notice(services.chat_missing))
    try:
        described = await describe_example(services.chat, given, draft_of=describer(counted))
    except NoChatModelError as error:
        return replace(found, notice=_notice(str(error)))
    except ModelError as error:
        calls = 2 if isinstance(error, StructuredOutputError) else 1
        notice = f"only what can be measured is proposed: {error}"
        return replace(found, notice=notice, usage=Usage(calls=calls))
    items: tuple[Proposal, ...] = (*counted, *described.items)
    return replace(found, items=items, usage=described.usage)


async def confirm(
    services: Services,
    proposals: Proposals,
    keep: Sequence[int] | None,
    *,
    scope: str | None,
    source: Source,
) -> tuple[Preference, ...]:
    """Learns what the user confirmed, with the example as its evidence.

    Raises:
        InputError: A number is none of a proposal's, or nothing is kept.
    """
    drafts = chosen(proposals, keep, scope=scope)
    if not drafts:
        return ()
    learned = await asyncio.to_thread(
        services.memory.learn,
        services.user_id,
        proposals.example,
        drafts,
        session_id=services.session_id if source == "chat" else None,
        source=source,
    )
    await asyncio.to_thread(services.reward.catch_up, services.user_id)
    return tuple(learned)


def _notice(why: str) -> str:
    return f"only what can be measured is proposed, no chat model was asked: {why}"
