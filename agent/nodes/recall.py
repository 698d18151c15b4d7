"""Fetches what is known of the user for this request."""

from __future__ import annotations

import asyncio

from ...memory.types import Context
from ...policies.feedback import bearing_on, occasion_of
from ..services import Meter, Services
from ..state import TurnState, pack
from ..types import Status
from .node import Emit

__all__ = ["recall"]


async def recall(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Recalls hard constraints, style, and the preferences nearest to the request."""
    emit(Status(text="remembering"))
    about = Context(text=state["about"])
    occasion = occasion_of(about)
    found = await asyncio.to_thread(
        services.memory.context,
        services.user_id,
        # Named, an occasion lies near to the lines that hold on it, whatever the topic is.
        Context(text=state["about"], tags=() if occasion is None else (occasion,)),
        limit=services.settings.recall_limit,
        token_budget=services.settings.recall_tokens,
        count_tokens=services.chat.count_tokens,
        bearing=bearing_on(about),
    )
    recalled = found.recalled
    told = f"{len(recalled)} preferences recalled" if recalled else "nothing to recall"
    elsewhere = [each for each in found.left_out if each.reason.startswith("masked")]
    masked = found.masked + len(elsewhere)
    meter.note = f"{told}, {masked} masked" if masked else told
    return {"recalled": [pack(each) for each in recalled]}
