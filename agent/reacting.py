"""What a message shows of the last reply: read within the turn, or guessed behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..errors import InputError, ModelError
from ..memory.types import Evidence, Reaction, Statement
from ..models.likelihood import likelihood_model
from ..models.types import Usage
from ..policies.feedback import StagedReaction
from ..policies.feedback.staged import plain
from ..policies.types import Reading
from .history import Exchange
from .services import Inference, Services

__all__ = ["FOLLOW_UPS", "infer_from_follow_ups", "quick_reaction", "worth_following_up"]

FOLLOW_UPS = "follow_ups"
"""The kind of job that reads a message by the likelihood of follow-ups."""

_UNDECIDED = StagedReaction(None, None)


async def quick_reaction(
    services: Services, text: str, reading: Reading, last: Exchange
) -> StagedReaction:
    """What rules and the embedder read; without an embedder, rules alone.

    Args:
        services: Whose turn it is, and what serves it.
        text: The message.
        reading: What the rules made of it.
        last: The reply before it.
    """
    if last.reply is None:
        return _UNDECIDED
    try:
        return await asyncio.to_thread(
            services.reactions.quick,
            text,
            request=last.request or "",
            reply=last.reply,
            reading=reading,
        )
    except ModelError:
        return _UNDECIDED


def worth_following_up(
    services: Services, text: str, shows: StagedReaction, last: Exchange
) -> bool:
    """Whether the likelihood of follow-ups is to be asked, and there is a model that tells it.

    Args:
        services: Whose turn it is, and what serves it.
        text: The message.
        shows: What the earlier stages made of it.
        last: The reply before it.
    """
    return (
        services.settings.read_follow_ups
        and last.reply is not None
        and shows.label is None
        and plain(text)
        and likelihood_model(services.chat) is not None
    )


async def infer_from_follow_ups(
    services: Services, evidence: Evidence, details: Mapping[str, str]
) -> Inference:
    """Guesses what a message thinks of a reply; a guess is recorded once, as weak evidence.

    Args:
        services: Whose turn it was, and what serves it.
        evidence: The message as a statement.
        details: "reply", the reply that it followed.

    Raises:
        InputError: The evidence is no message.
        ModelError: The call failed.
    """
    said = evidence.observation
    if not isinstance(said, Statement):
        raise InputError(f"evidence {evidence.id!r} is {said.kind!r}; give a statement")
    model = likelihood_model(services.chat)
    reply = details.get("reply", "")
    if model is None or not reply:
        # Another model serves by now, which cannot tell.
        return Inference((), Usage(calls=0))
    request = "" if evidence.context is None else evidence.context.text
    found = await services.reactions.likely(model, said.text, request=request, reply=reply)
    if found.label not in ("satisfied", "dissatisfied"):
        return Inference((), found.usage)
    reaction = Reaction(reply=reply, text=said.text, sentiment=found.label, reader="follow_ups")
    await asyncio.to_thread(
        services.memory.learn,
        services.user_id,
        reaction,
        [],
        context=evidence.context,
        session_id=evidence.session_id,
        finishes=services.job_id,
    )
    await asyncio.to_thread(services.reward.catch_up, services.user_id)
    return Inference((), found.usage)
