"""Orders the drafts by the personal reward model, hard constraints first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from ...errors import ModelError
from ...policies.telling import tell_cycle
from ...policies.types import Candidate, Decision, Ranked
from ..ranking import judged
from ..services import Meter, Services
from ..state import TurnState, pack_ranked, unpack
from ..types import Status
from .node import Emit

__all__ = ["rank"]


async def rank(state: TurnState, services: Services, meter: Meter, emit: Emit) -> TurnState:
    """Ranks the drafts for this user; the chat model judges where words cannot tell."""
    candidates = [
        Candidate(text=draft["text"], approach=draft["approach"]) for draft in state["drafts"]
    ]
    notice = ""
    try:
        ranked = await asyncio.to_thread(
            services.reward.rank, services.user_id, candidates, context=state["about"]
        )
    except ModelError as error:
        # Without an embedder there are no features; hard constraints hold all the same.
        ranked = await asyncio.to_thread(services.reward.unranked, services.user_id, candidates)
        meter.note = f"not ranked: {error}"
        notice = f"Replies are not ranked: {error}"
    if any(each.unchecked for each in ranked):
        emit(Status(text="checking your rules"))
        with meter.waiting():
            checked = await judged(services, ranked)
        meter.add(checked.usage)
        ranked = checked.ranked
    best = ranked[0]
    broken = sum(1 for each in ranked if each.violations)
    meter.note = meter.note or (
        f"draft {best.index + 1} leads with {best.score:.2f}"
        if len(ranked) > 1
        else "a single draft"
    )
    if broken:
        meter.note += f"; {broken} of {len(ranked)} break a hard constraint"
    if any(each.kind == "evidence" for one in ranked for each in one.memories):
        circles = await asyncio.to_thread(services.reward.cycles, services.user_id)
        if circles:
            meter.note += f"; your choices go in circles: {tell_cycle(circles[0])}"
    if best.unchecked:
        told = "; ".join(f"{each.description} ({each.reason})" for each in best.unchecked)
        meter.note += f"; not checked against: {told}"
        notice = f"{notice} Not checked against a rule of yours: {told}.".strip()
    return _update(state, ranked, notice=notice)


def _update(state: TurnState, ranked: Sequence[Ranked], *, notice: str = "") -> TurnState:
    choosing: str | None = None
    if unpack(Decision, state["decision"]).kind == "choose":
        # Nothing that breaks a rule of the user's is put before them.
        fit = [each for each in ranked if not each.violations]
        if len(fit) > 1:
            ranked, choosing = fit, uuid4().hex
    return {
        "ranked": [pack_ranked(each) for each in ranked],
        "choosing": choosing,
        "notice": state.get("notice", "") or notice,
    }
