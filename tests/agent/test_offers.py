"""Offers through the agent: what users answer is kept, and holds in other sessions."""

from __future__ import annotations

from penchant.agent import Agent
from penchant.memory.types import Context
from penchant.policies.offers import Offer

from .conftest import Agents

TABLE = Offer(topic="book a table", text="Shall I book a table?")
WORK = Context(text="writing a report", tags=("work",))


def test_a_refusal_holds_in_other_sessions_and_for_nobody_else(agents: Agents) -> None:
    ana: Agent = agents("ana")
    assert ana.consider(TABLE).kind == "ask"
    (never,) = ana.answer_offer(TABLE, "never offer that again")
    assert never.evidence_ids
    later = agents("ana").consider(TABLE)
    assert (later.kind, later.preference_id) == ("silent", never.id)
    assert agents("ben").consider(TABLE).kind == "ask"


def test_a_bare_refusal_is_kept_as_evidence(agents: Agents) -> None:
    ana = agents("ana")
    offer = Offer(topic="book a table", text="Shall I?", context=WORK)
    assert ana.answer_offer(offer, "no") == ()
    (event,) = ana.memory.evidence(kind="answer")
    assert (event.context, event.session_id) == (WORK, ana.session_id)
    assert agents("ana").consider(offer).kind == "silent"


def test_what_was_put_off_is_no_refusal(agents: Agents) -> None:
    ana = agents("ana")
    (never,) = ana.answer_offer(TABLE, "not now")
    assert ana.consider(TABLE).kind == "silent"
    ana.undo(never)
    assert ana.consider(TABLE).kind == "ask"


def test_undoing_a_refusal_allows_offers_again(agents: Agents) -> None:
    ana = agents("ana")
    (never,) = ana.answer_offer(TABLE, "never offer that again")
    ana.undo(never)
    assert ana.consider(TABLE).kind == "ask"


async def test_async_twins_agree(agents: Agents) -> None:
    ana = agents("ana")
    assert (await ana.aconsider(TABLE)).kind == "ask"
    (always,) = await ana.aanswer_offer(TABLE, "yes, and just do it next time")
    assert always.value == "always"
    assert (await ana.aconsider(TABLE)).kind == "act"
    assert await ana.aanswer_offer(TABLE, None) == ()
