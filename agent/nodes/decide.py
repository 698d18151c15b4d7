"""Decides what to do next: ask, answer, offer a choice, or stay silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from ...errors import ModelError, StructuredOutputError
from ...memory.belief import has_faded
from ...memory.conflict import CONFLICT
from ...memory.types import Answer, Evidence, Preference, Recalled
from ...models.types import Usage
from ...policies.elicit import question_for
from ...policies.types import Decision, DecisionKind, Question, Reading
from ..services import Meter, Services
from ..state import TurnState, pack, unpack
from ..types import Status
from .node import Emit

__all__ = ["decide"]


async def decide(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Weighs the value of asking against its cost, and words the question if one is due."""
    reading = unpack(Reading, state["reading"])
    request = state["request"]
    emit(Status(text="thinking about what to ask"))
    known = await asyncio.to_thread(services.memory.get_all, services.user_id)
    live = [each for each in known if not has_faded(each)]
    answers = await asyncio.to_thread(services.memory.evidence, services.user_id, kind="answer")
    asked = [
        e.observation.aspect
        for e in answers
        if isinstance(e.observation, Answer) and _still_holds(e, services)
    ]
    asked_here = sum(1 for e in answers if e.session_id == services.session_id and _asked(e))
    asks_less = any(p.aspect == "questions" and p.value in ("none", "fewer") for p in live)
    cap = 0 if services.chat_missing else services.settings.questions_per_session
    if state.get("offer_choice"):
        reading = replace(reading, wants_options=True)
    may_ask = asked_here < cap and not asks_less
    try:
        if may_ask and await asyncio.to_thread(
            services.elicitor.needs_discovery, request, reading=reading, owner=services.user_id
        ):
            await _discover(request, services, meter)
        decision = await asyncio.to_thread(
            services.elicitor.decide,
            request,
            reading=reading,
            live=live,
            asked=asked,
            asked_this_session=asked_here,
            cap=cap,
            asks_less=asks_less,
            owner=services.user_id,
        )
    except ModelError as error:
        # Kinds of request are recognised by the embedder; the request can be answered without.
        kind: DecisionKind = "choose" if reading.wants_options else "answer"
        decision = Decision(kind=kind, reason=f"No question can be weighed: {error}")
    question: Question | None = None
    if decision.kind == "ask" and decision.aspect is not None:
        question = question_for(decision.aspect, request)
        await asyncio.to_thread(
            services.memory.add_turn,
            services.user_id,
            services.session_id,
            "question",
            question.text,
        )
    meter.note += _sentence(decision)
    recalled = [unpack(Recalled, each) for each in state["recalled"]]
    return {
        "recalled": [pack(each) for each in (*recalled, *_answering(decision, live, recalled))],
        "decision": pack(decision),
        "question": None if question is None else pack(question),
    }


async def _discover(request: str, services: Services, meter: Meter) -> None:
    """Has the chat model name the aspects of a request of no known kind."""
    try:
        with meter.waiting():
            found = await services.elicitor.discover(services.chat, request, owner=services.user_id)
    except ModelError as error:
        # What a failing call cost is not told; that it was made is.
        meter.add(Usage(calls=2 if isinstance(error, StructuredOutputError) else 1))
        # Without aspects there is nothing to ask.
        meter.note = f"no aspects found ({error}); "
    else:
        meter.add(found.usage)


def _asked(evidence: Evidence) -> bool:
    """Whether an answer is to a question that was worth asking, rather than to a contradiction."""
    return isinstance(evidence.observation, Answer) and evidence.observation.aspect != CONFLICT


def _still_holds(evidence: Evidence, services: Services) -> bool:
    """Whether an answer (or a skip) speaks for this request too, or only for its occasion."""
    assert isinstance(evidence.observation, Answer)
    hours = services.elicitor.aspects.lasts_hours(evidence.observation.aspect)
    return hours is None or services.memory.now - evidence.created_at < timedelta(hours=hours)


def _answering(
    decision: Decision, live: Sequence[Preference], recalled: Sequence[Recalled]
) -> list[Recalled]:
    """Preferences that answer an aspect of this request but that its words did not recall.

    "Is in a hurry" lies far from "dinner ideas", yet says how long a dinner may take.
    """
    aspects = {weighed.aspect for weighed in decision.weighed}
    known = {each.preference.id for each in recalled}
    return [
        Recalled(preference=preference, score=0.0, reason="aspect")
        for preference in live
        if preference.aspect in aspects and preference.id not in known and not preference.scope
    ]


def _sentence(decision: Decision) -> str:
    return f"{decision.kind}: {decision.reason}"
