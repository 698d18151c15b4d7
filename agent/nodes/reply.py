"""Gives the reply: the best draft, cleared of anything that breaks a hard constraint."""

from __future__ import annotations

import asyncio

from ...policies.constraints import repair
from ...policies.types import Decision, Reading
from ..decisions import kept
from ..history import NOD
from ..services import Meter, Services
from ..state import TurnState, unpack, unpack_ranked
from ..types import ReplyDelta
from .node import Emit

__all__ = ["reply"]


async def reply(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Settles the text of the reply and keeps it."""
    decision = unpack(Decision, state["decision"])
    notice = state.get("notice", "")
    if decision.kind == "silent":
        text = _acknowledgement(state, notice)
        meter.note = "nothing to answer"
    else:
        text, removed = _checked(state)
        if removed:
            left_out = f"Left out what breaks a rule of yours: {'; '.join(removed)}."
            notice = f"{notice} {left_out}".strip()
            meter.note = f"repaired: {'; '.join(removed)}"
    if text and not state.get("streamed"):
        emit(ReplyDelta(text=text))
    turn = await asyncio.to_thread(
        services.memory.add_turn,
        services.user_id,
        services.session_id,
        "assistant",
        text,
        decision=kept(decision),
    )
    return {"reply": text, "reply_id": turn.id, "notice": notice}


def _acknowledgement(state: TurnState, notice: str) -> str:
    """What a message that asks for nothing gets, without a call to the chat model."""
    if unpack(Reading, state["reading"]).wants_silence:
        return ""
    return notice or NOD


def _checked(state: TurnState) -> tuple[str, list[str]]:
    """The best draft's text, and the words taken out of it if every draft broke a rule."""
    best = unpack_ranked(state["ranked"][0])
    if not best.violations:
        return best.candidate.text, []
    repaired = repair(best.candidate.text, best.violations)
    found = list(
        dict.fromkeys(
            f"{v.found} ({v.description})" if v.found else v.description for v in best.violations
        )
    )
    if repaired.text.strip():
        return repaired.text, found
    rules = "; ".join(dict.fromkeys(v.description for v in best.violations))
    return (
        f"I could not find an answer that keeps to this: {rules}. "
        "Tell me more about what you have in mind, and I will try again.",
        found,
    )
