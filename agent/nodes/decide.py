"""Decides what to do next: ask, answer, offer a choice, or stay silent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ...errors import ModelError, StructuredOutputError
from ...memory.belief import has_faded
from ...memory.conflict import CONFLICT
from ...memory.types import Answer, Evidence, Observation, Preference, Recalled
from ...models.types import Usage
from ...policies.elicit import PASSING, Patience, question_for
from ...policies.types import Aspect, Decision, DecisionKind, Question, Reading
from ..decisions import kept
from ..services import Meter, Services
from ..state import TurnState, pack, unpack
from ..types import Status
from .node import Emit

if TYPE_CHECKING:
    from ...policies.reward.posterior import Weight

__all__ = ["decide"]


async def decide(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Weighs the value of asking against its cost, and words the question if one is due."""
    reading = unpack(Reading, state["reading"])
    request = state["request"]
    emit(Status(text="thinking about what to ask"))
    known = await asyncio.to_thread(services.memory.get_all, services.user_id)
    live = [each for each in known if not has_faded(each)]
    events = await asyncio.to_thread(services.memory.evidence, services.user_id, kind="answer")
    answers = [e.observation for e in events if _asked(e) and isinstance(e.observation, Answer)]
    holding = [
        e.observation
        for e in events
        if isinstance(e.observation, Answer) and _still_holds(e, services)
    ]
    here = [e.observation for e in events if e.session_id == services.session_id and _asked(e)]
    asked_here = len(here)
    asks_less = any(p.aspect == "questions" and p.value in ("none", "fewer") for p in live)
    cap = 0 if services.chat_missing else services.settings.questions_per_session
    if state.get("offer_choice"):
        reading = replace(reading, wants_options=True)
    may_ask = asked_here < cap and not asks_less
    discovered = False
    try:
        if may_ask and await asyncio.to_thread(
            services.elicitor.needs_discovery, request, reading=reading, owner=services.user_id
        ):
            await _discover(request, services, meter)
            discovered = True
        decision = await asyncio.to_thread(
            services.elicitor.decide,
            request,
            reading=reading,
            live=live,
            asked=[answer.aspect for answer in holding],
            answers=holding,
            asked_this_session=asked_here,
            skipped_this_session=sum(map(_is_skip, here)),
            patience=Patience(
                answered=len(answers) - sum(map(_is_skip, answers)),
                skipped=sum(map(_is_skip, answers)),
            ),
            cap=cap,
            asks_less=asks_less,
            tastes=await asyncio.to_thread(_tastes, services, known, state["about"])
            if may_ask
            else {},
            owner=services.user_id,
        )
    except ModelError as error:
        # Kinds of request are recognised by the embedder; the request can be answered without.
        kind: DecisionKind = "choose" if reading.wants_options else "answer"
        decision = Decision(kind=kind, reason=f"No question can be weighed: {error}")
    question: Question | None = None
    if decision.kind == "ask" and decision.aspect is not None:
        # A question costs one call at most: not a second one for its words.
        if not discovered:
            decision = await _worded(decision, decision.aspect, request, services, meter)
        assert decision.aspect is not None, "it is the one that was worded"
        question = question_for(decision.aspect, request, form=decision.form, probe=decision.probe)
        await asyncio.to_thread(
            services.memory.add_turn,
            services.user_id,
            services.session_id,
            "question",
            question.text,
            decision=kept(decision),
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


async def _worded(
    decision: Decision, aspect: Aspect, request: str, services: Services, meter: Meter
) -> Decision:
    """The decision with a question that the chat model worded, if none is written."""
    if decision.form != "value" or aspect.question is not None:
        return decision
    try:
        with meter.waiting():
            worded = await services.elicitor.word(
                services.chat, aspect, request, owner=services.user_id
            )
    except ModelError as error:
        meter.add(Usage(calls=2 if isinstance(error, StructuredOutputError) else 1))
        # There is a template for it.
        meter.note = f"no wording ({error}); "
        return decision
    meter.add(worded.usage)
    return replace(decision, aspect=worded.aspect)


def _tastes(services: Services, known: Sequence[Preference], about: str) -> Mapping[str, Weight]:
    """What the reward model knows of its attributes; nothing while there is no embedder."""
    try:
        return services.reward.posterior(services.user_id, known, context=about).weights()
    except ModelError:
        # Ranking says so; questions are weighed without.
        return {}


def _is_skip(answer: Observation) -> bool:
    return isinstance(answer, Answer) and answer.value is None


def _asked(evidence: Evidence) -> bool:
    """Whether an answer is to a question that was worth asking.

    Answers to contradictions, offers and suggestions are not: those mark their aspects.
    """
    assert isinstance(evidence.observation, Answer)
    aspect = evidence.observation.aspect
    return aspect != CONFLICT and (":" not in aspect or aspect.startswith(PASSING))


def _still_holds(evidence: Evidence, services: Services) -> bool:
    """Whether an answer (or a skip) speaks for this request too, or only for its occasion."""
    assert isinstance(evidence.observation, Answer)
    hours = services.elicitor.aspects.lasts_hours(evidence.observation.aspect)
    return hours is None or services.memory.now - evidence.created_at < timedelta(hours=hours)


def _answering(
    decision: Decision, live: Sequence[Preference], recalled: Sequence[Recalled]
) -> list[Recalled]:
    """Preferences that answer an aspect of this request but that its words did not recall.

    "Is in a hurry" lies far from "dinner ideas", yet says how long a dinner may take. What another
    one speaks over (a newer one, or one for this occasion) stays out.
    """
    aspects = {weighed.aspect for weighed in decision.weighed}
    aspects -= {each.preference.aspect for each in recalled}
    known = {each.preference.id for each in recalled}
    return [
        Recalled(preference=preference, score=0.0, reason="aspect")
        for preference in live
        if preference.aspect in aspects and preference.id not in known and not preference.scope
    ]


def _sentence(decision: Decision) -> str:
    return f"{decision.kind}: {decision.reason}"
