"""What inference in the background does with an event: one handler for each kind of work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from ..errors import InputError
from ..memory.types import Edit, Evidence
from ..policies.feedback import describe_edit, infer_edit
from .services import Inference, Services

__all__ = ["infer_from_edit"]


async def infer_from_edit(
    services: Services, evidence: Evidence, details: Mapping[str, str]
) -> Inference:
    """Asks the chat model which preference lies behind an edit that rules do not explain.

    CIPHER's inference step (Gao et al. 2024, "Aligning LLM Agents by Learning Latent Preference
    from User Edits"); here measured differences are learned first, and what the model says is
    dropped where it contradicts them.

    Args:
        services: Whose turn it was, and what serves it.
        evidence: The edit, recorded already.
        details: "before", the reply as it was first shown: an earlier edit of it that waited for
            the same has given way to this one.

    Raises:
        InputError: The evidence is no edit.
        ModelError: The call failed.
    """
    edit = evidence.observation
    if not isinstance(edit, Edit):
        raise InputError(f"evidence {evidence.id!r} is {edit.kind!r}; give an edit")
    before = details.get("before", edit.before)
    drafts, usage = await infer_edit(
        services.chat,
        request="" if evidence.context is None else evidence.context.text,
        before=before,
        after=edit.after,
        summary=describe_edit(before, edit.after).summary,
    )
    if not drafts:
        return Inference((), usage)
    learned = await asyncio.to_thread(
        services.memory.learn,
        services.user_id,
        evidence,
        drafts,
        finishes=services.job_id,
    )
    return Inference(tuple(learned), usage)
