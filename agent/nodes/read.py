"""Turns the message into a reading, and what it states into observations to learn."""

from __future__ import annotations

import asyncio

from ...memory.types import Command, Observation, PreferenceDraft, Reaction, Statement
from ...policies.feedback import read_message
from ..history import last_exchange
from ..services import Meter, Services
from ..state import PendingObservation, TurnState, pack
from .node import Emit

__all__ = ["read"]


async def read(state: TurnState, services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Keeps the message, then reads what it says besides its request."""
    text = state["text"]
    turns = await asyncio.to_thread(
        services.memory.turns, services.user_id, services.session_id, limit=12
    )
    await asyncio.to_thread(
        services.memory.add_turn, services.user_id, services.session_id, "user", text
    )
    last_reply, last_request = last_exchange(turns)
    reading = read_message(text, last_reply=last_reply, last_request=last_request)
    pending: list[PendingObservation] = []
    if reading.preferences or reading.asks_less is not None:
        drafts = list(reading.preferences)
        if reading.asks_less is not None and not any(d.aspect == "questions" for d in drafts):
            drafts.append(_about_questions(less=reading.asks_less))
        pending.append(_pending(Statement(text=text), drafts))
    if reading.command is not None:
        pending.append(_pending(Command(text=text), []))
    if reading.sentiment is not None and last_reply is not None:
        pending.append(
            _pending(Reaction(reply=last_reply, text=text, sentiment=reading.sentiment), [])
        )
    meter.note = _note(len(reading.preferences), reading.command, reading.sentiment)
    return {
        "reading": pack(reading),
        "request": reading.request,
        "pending": pending,
        "back_to": "recall",
        "attempt": 0,
    }


def _pending(observation: Observation, drafts: list[PreferenceDraft]) -> PendingObservation:
    return {"observation": pack(observation), "drafts": [pack(draft) for draft in drafts]}


def _about_questions(*, less: bool) -> PreferenceDraft:
    return PreferenceDraft(
        description="wants no clarifying questions" if less else "is fine with being asked",
        aspect="questions",
        value="none" if less else "welcome",
    )


def _note(statements: int, command: str | None, sentiment: str | None) -> str:
    parts = []
    if statements:
        parts.append(f"{statements} statement{'s' if statements > 1 else ''} about the user")
    if command is not None:
        parts.append(f"a command ({command})")
    if sentiment is not None:
        parts.append(f"a {sentiment} reaction")
    return "the message holds " + " and ".join(parts) if parts else "the message is a request"
