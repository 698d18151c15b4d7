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
    found = await asyncio.to_thread(
        services.memory.context,
        services.user_id,
        Context(text=state["about"]),
        limit=services.settings.recall_limit,
        token_budget=services.settings.recall_tokens,
        count_tokens=services.chat.count_tokens,
    )
    told = f"{len(found.recalled)} preferences recalled" if found.recalled else "nothing to recall"
    masked = f", {found.masked} masked" if found.masked else ""
    meter.note = told + masked
    return {"recalled": [pack(each) for each in found.recalled]}
