"""Turns the message into a reading, and what it states into observations to learn."""

from __future__ import annotations

import asyncio

from ...memory.types import Choice, Command, Observation, PreferenceDraft, Reaction, Statement
from ...policies.feedback import pointed_at, read_message
from ...policies.types import Reading
from ..history import last_exchange
from ..services import Meter, Services
from ..state import PendingObservation, TurnState, pack
from .node import Emit

__all__ = ["observed", "read", "said_in"]


async def read(state: TurnState, services: Services, meter: Meter, _emit: Emit) -> TurnState:
    """Keeps the message, then reads what it says besides its request."""
    text = state["text"]
    user_id, session_id = services.user_id, services.session_id
    turns = await asyncio.to_thread(services.memory.turns, user_id, session_id, limit=12)
    answers = await asyncio.to_thread(
        services.memory.evidence, user_id, kind="answer", session_id=session_id
    )
    await asyncio.to_thread(services.memory.add_turn, user_id, session_id, "user", text)
    last = last_exchange(turns, answers)
    reading = read_message(text, last_reply=last.reply, last_request=last.request)
    shown = state["shown"]
    pending: list[PendingObservation] = []
    example = ""
    drafts = said_in(reading)
    if drafts or reading.uncertain:
        # What the rules are unsure of is left to the chat model, behind the turn.
        infer = "statements" if reading.uncertain else None
        pending.append(observed(Statement(text=text), drafts, infer=infer))
    if reading.command is not None:
        pending.append(observed(Command(text=text), []))
        place = pointed_at(reading.command, last.reply or "", len(shown))
        if place is not None:
            example = shown[place]
            if len(shown) > 1:
                pending.append(observed(Choice(shown=tuple(shown), picked=place), []))
    if reading.sentiment is not None and last.reply is not None:
        reaction = Reaction(reply=last.reply, text=text, sentiment=reading.sentiment)
        pending.append(observed(reaction, []))
    changed = last.request if reading.command is not None else None
    meter.note = _note(len(reading.preferences), reading.command, reading.sentiment)
    return {
        "reading": pack(reading),
        "request": reading.request,
        "about": reading.request or changed or text,
        "example": example,
        "pending": pending,
        "said": "",
        "forget": reading.forget,
        "explained": False,
        "back_to": "recall",
        "attempt": 0,
    }


def observed(
    observation: Observation, drafts: list[PreferenceDraft], *, infer: str | None = None
) -> PendingObservation:
    """An observation that `learn` shall take in, and the inference that it awaits besides."""
    pending: PendingObservation = {
        "observation": pack(observation),
        "drafts": [pack(draft) for draft in drafts],
    }
    return pending if infer is None else {**pending, "infer": infer}


def said_in(reading: Reading) -> list[PreferenceDraft]:
    """The preferences of a reading, "don't ask me so much" among them."""
    drafts = list(reading.preferences)
    if reading.asks_less is not None and not any(d.aspect == "questions" for d in drafts):
        less = reading.asks_less
        drafts.append(
            PreferenceDraft(
                description=(
                    "wants no clarifying questions" if less else "is fine with being asked"
                ),
                aspect="questions",
                value="none" if less else "welcome",
            )
        )
    return drafts


def _note(statements: int, command: str | None, sentiment: str | None) -> str:
    parts = []
    if statements:
        parts.append(f"{statements} statement{'s' if statements > 1 else ''} about the user")
    if command is not None:
        parts.append(f"a command ({command})")
    if sentiment is not None:
        parts.append(f"a {sentiment} reaction")
    return "the message holds " + " and ".join(parts) if parts else "the message is a request"
