"""Takes observations in: evidence, preferences and comparisons, each event in one go."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Literal

from ...memory.types import (
    Choice,
    Conflict,
    Context,
    Observation,
    Preference,
    PreferenceDraft,
    Reaction,
)
from ...models.prompts import one_line
from ..inferring import learn_said
from ..services import Meter, Services
from ..state import TurnState, pack, unpack, unpack_observation
from ..types import Learned
from .node import Emit

__all__ = ["learn"]


async def learn(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Learns from what is pending; nothing here calls a chat model or waits for one."""
    if state["said"]:
        await _keep(services, "user", state["said"])
    if state["back_to"] == "ask":
        await _keep(services, "question", state["notice"])
        return {"said": ""}
    learned: list[Preference] = []
    conflicts = [unpack(Conflict, each) for each in state.get("conflicts", [])]
    settled = state.get("settled")
    if settled is not None:
        learned += await asyncio.to_thread(
            services.memory.resolve,
            services.user_id,
            conflicts.pop(0),
            settled["keep"],
            scope=settled["scope"],
            session_id=services.session_id,
            source="chat",
        )
    for pending in state["pending"]:
        observation = unpack_observation(pending["observation"])
        about = pending.get("about", state["about"])
        lesson = await learn_said(
            services,
            observation,
            Context(text=about[:2000]),
            drafts=[unpack(PreferenceDraft, draft) for draft in pending["drafts"]],
            used=state.get("used", ()) if _liked(observation) else (),
            infer=pending.get("infer"),
            details=pending.get("details"),
        )
        learned += lesson
        conflicts += lesson.conflicts
        if isinstance(observation, Choice | Reaction):
            await asyncio.to_thread(services.reward.catch_up, services.user_id)
    if conflicts:
        await _keep(services, "question", conflicts[0].question)
    if learned:
        emit(Learned(preferences=tuple(learned)))
    notes = ["learned: " + "; ".join(p.description for p in learned)] if learned else []
    update: TurnState = {
        "pending": [],
        "said": "",
        "forget": None,
        "narrow": None,
        "learned": [pack(preference) for preference in learned],
        "conflicts": [pack(conflict) for conflict in conflicts],
        "settled": None,
    }
    if state["forget"] is not None:
        update["notice"] = await _forget(state["forget"], services, besides=learned)
        notes.append(update["notice"].rstrip("."))
    narrow = state.get("narrow")
    if narrow:
        narrowed = await asyncio.to_thread(_narrow, narrow, services, learned)
        update["notice"] = f"{update.get('notice', '')} {narrowed}".strip()
        notes.append(narrowed.rstrip("."))
    meter.note = "; ".join(notes) or "kept as evidence"
    return update


def _liked(observation: Observation) -> bool:
    """Whether the user says that the last reply was to their liking; a goodbye says nothing."""
    return (
        isinstance(observation, Reaction)
        and observation.sentiment == "satisfied"
        and observation.category not in (None, "farewell")
    )


async def _keep(services: Services, role: Literal["user", "question"], text: str) -> None:
    await asyncio.to_thread(
        services.memory.add_turn, services.user_id, services.session_id, role, text
    )


async def _forget(what: str, services: Services, *, besides: Sequence[Preference]) -> str:
    """Carries out "forget that …" and says so; "forget that" takes back what was learned last."""
    new = {each.id for each in besides}
    everything = await asyncio.to_thread(services.memory.get_all, services.user_id)
    live = [each for each in everything if each.id not in new]
    wanted = _words(what)
    if not wanted:
        last = max(live, key=lambda p: p.valid_from, default=None)
        if last is None:
            return "There is nothing to forget."
        await asyncio.to_thread(services.memory.undo, services.user_id, last.id)
        return f"Forgot: {last.description}."
    overlaps = {p.id: len(wanted & _words(p.description)) for p in live}
    named = max(reversed(live), key=lambda p: overlaps[p.id], default=None)
    if named is None or not overlaps[named.id]:
        return f"Nothing is remembered about “{one_line(what, limit=60)}”."
    await asyncio.to_thread(services.memory.delete, services.user_id, named.id)
    return f"Forgot: {named.description}."


def _narrow(occasion: str, services: Services, learned: Sequence[Preference]) -> str:
    """Limits what was learned last in this conversation to an occasion, and says so."""
    memory, user_id = services.memory, services.user_id
    events = memory.evidence(user_id, session_id=services.session_id)
    here = {event.id for event in events}
    live = [
        each
        for each in memory.get_all(user_id)
        if here.intersection(each.evidence_ids)
        and each.scope is None
        and each.aspect != "questions"
    ]
    mine = {each.id for each in learned}
    last = max(live, key=lambda p: (p.id in mine, p.valid_from), default=None)
    if last is None:
        return "There is nothing to limit to that."
    memory.update(user_id, last.id, scope=occasion)
    return f"Only for this from now on ({one_line(occasion, limit=60)}): {last.description}."


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
