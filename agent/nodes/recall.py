"""Fetches what is known of the user for this request."""

from __future__ import annotations

import asyncio

from ...memory.types import Context
from ..services import Meter, Services
from ..state import TurnState, pack
from ..types import Status
from .node import Emit

__all__ = ["recall"]


async def recall(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Recalls hard constraints, style, and the preferences nearest to the request."""
    emit(Status(text="remembering"))
    recalled = await asyncio.to_thread(
        services.memory.recall,
        services.user_id,
        Context(text=state["about"]),
        limit=services.settings.recall_limit,
        token_budget=services.settings.recall_tokens,
    )
    meter.note = f"{len(recalled)} preferences recalled" if recalled else "nothing to recall"
    return {"recalled": [pack(each) for each in recalled]}
