"""Takes observations in: evidence, preferences and comparisons, each event in one go."""

from __future__ import annotations

import asyncio
import re

from ...memory.types import (
    Answer,
    Choice,
    Context,
    Preference,
    PreferenceDraft,
)
from ...policies.feedback import read_answer
from ...policies.types import Decision, Question, Reading
from ..services import Meter, Services
from ..state import TurnState, pack, unpack, unpack_observation
from ..types import Learned
from .node import Emit

__all__ = ["learn"]


async def learn(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Learns from what is pending; nothing here calls a chat model or waits for one."""
    learned: list[Preference] = []
    request = state["request"] or state["text"]
    context = Context(text=request[:2000])
    for pending in state["pending"]:
        observation = unpack_observation(pending["observation"])
        drafts = [unpack(PreferenceDraft, draft) for draft in pending["drafts"]]
        if isinstance(observation, Answer):
            drafts = _answered(observation, state)
            if observation.value is not None:
                await asyncio.to_thread(
                    services.memory.add_turn,
                    services.user_id,
                    services.session_id,
                    "user",
                    observation.value,
                )
        learned += await asyncio.to_thread(
            services.memory.learn,
            services.user_id,
            observation,
            drafts,
            context=context,
            session_id=services.session_id,
            source="chat",
        )
        if isinstance(observation, Choice):
            await asyncio.to_thread(services.reward.catch_up, services.user_id)
    forgotten = await _forget(state, services)
    if learned:
        emit(Learned(preferences=tuple(learned)))
    meter.note = "learned: " + "; ".join(p.description for p in learned) if learned else ""
    if forgotten:
        meter.note += ("; " if meter.note else "") + f"forgot: {'; '.join(forgotten)}"
    if not meter.note:
        meter.note = "kept as evidence"
    return {
        "pending": [],
        "learned": [pack(preference) for preference in learned],
        "notice": f"Forgot: {'; '.join(forgotten)}." if forgotten else state.get("notice", ""),
    }


def _answered(answer: Answer, state: TurnState) -> list[PreferenceDraft]:
    if answer.value is None:
        return []
    decision = unpack(Decision, state["decision"])
    question = state["question"]
    assert question is not None, "an answer belongs to a question"
    return list(read_answer(unpack(Question, question), decision.aspect, answer.value).preferences)


async def _forget(state: TurnState, services: Services) -> list[str]:
    """Carries out "forget that …"; "forget that" alone takes back what was learned last."""
    reading = unpack(Reading, state["reading"])
    if reading.forget is None or state["back_to"] != "recall" or state.get("clarified"):
        return []
    live = await asyncio.to_thread(services.memory.get_all, services.user_id)
    wanted = _words(reading.forget)
    if not wanted:
        last = max(live, key=lambda p: p.valid_from, default=None)
        if last is not None:
            await asyncio.to_thread(services.memory.undo, services.user_id, last.id)
        return [] if last is None else [last.description]
    overlaps = {p.id: len(wanted & _words(p.description)) for p in live}
    named = max(reversed(live), key=lambda p: overlaps[p.id], default=None)
    if named is None or not overlaps[named.id]:
        return []
    await asyncio.to_thread(services.memory.delete, services.user_id, named.id)
    return [named.description]


# Words that say that something is liked, or point at it, but not what it is.
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        """
        that this it i am i'm im a an the of to my me is are was about what you learned just said
        like likes love loves prefer prefers hate hates dislike dislikes want wants
        """,
    )
)


def _words(text: str) -> set[str]:
    """The words of a text that tell one preference from another, in the singular."""
    words = {word.strip(".,;:!?'\"()").removesuffix("s") for word in text.casefold().split()}
    return {word for word in words if word and word not in _EMPTY and word + "s" not in _EMPTY}
