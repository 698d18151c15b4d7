"""Evidence of every kind, as the agent keeps it: verbatim, with time, session and source."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import penchant.memory
from penchant.agent import Agent, Reply
from penchant.memory import Memory
from penchant.models import FunctionChatModel, HashEmbedder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Agents

    from penchant.config import Settings

POEM = "Write a short poem about rain."
LUNCH = "Any ideas for lunch?"
ONE, TWO = "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it at all."
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def agent(agents: Agents, settings: Settings, clock: Clock) -> Iterator[Agent]:
    embedder = HashEmbedder()
    with (
        Memory(settings.home, embedder, clock=clock) as memory,
        Agent(
            "ana",
            session_id="s1",
            settings=settings,
            chat=FunctionChatModel(fn=agents.drafting(ONE, TWO)),
            embedder=embedder,
            memory=memory,
        ) as agent,
    ):
        yield agent


def settled(agent: Agent, text: str) -> Reply:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def test_every_kind_is_kept_with_time_session_and_source(agent: Agent, clock: Clock) -> None:
    said = "By the way,  I love  jazz — really!"
    agent.send(said)
    question = agent.send("Any ideas for dinner?").question
    assert question is not None
    reply = agent.answer(question, "I eat anything")
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    clock.now = START + timedelta(hours=1)
    agent.rate(reply, -0.5)
    agent.edit(reply, "Soup.\n\nThat is all.")
    agent.send("shorter")
    agent.send("thanks, that's perfect")
    choosing = agent.send(POEM, offer_choice=True).choosing
    assert choosing is not None
    agent.choose(choosing, 1)
    agent.send("From now on, always use metric units.")
    kept = {event.observation.kind: event for event in agent.memory.evidence()}
    assert set(kept) == {
        "statement", "answer", "rating", "edit", "command", "reaction", "choice"
    }  # fmt: skip
    assert {(e.session_id, e.source, e.user_id) for e in kept.values()} == {("s1", "chat", "ana")}
    (statement,) = agent.memory.evidence(kind="statement")
    assert (statement.observation.text, statement.created_at) == (said, START)
    assert kept["edit"].observation.after == "Soup.\n\nThat is all."
    assert kept["edit"].created_at == START + timedelta(hours=1)
    assert kept["rating"].observation.value == -0.5
    assert kept["reaction"].observation.category == "thanks"
    assert kept["choice"].observation.picked == 1
    orders = [event.observation.text for event in agent.memory.evidence(kind="command")]
    assert orders == ["shorter", "From now on, always use metric units."]
    answered = [event.observation.value for event in agent.memory.evidence(kind="answer")]
    assert answered[0] == "I eat anything"


def test_nothing_in_memory_updates_what_was_observed() -> None:
    home = Path(penchant.memory.__file__).parent
    updates = re.compile(r"\bevidence(?:\.c)?\s*\.\s*update\(|update\(\s*(?:schema\.)?evidence\b")
    aliased = re.compile(r"\btable = schema\.evidence\b")
    for file in home.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        for found in updates.finditer(text):
            what = text[found.start() : found.start() + 300]
            assert "observation" not in what.split("connection.execute")[0], file
        for function in re.split(r"\n    def |\ndef ", text):
            if aliased.search(function) is not None:
                assert "table.update(" not in function or "observation" not in function, file


def test_evidence_stays_as_it_was_whatever_follows(agent: Agent) -> None:
    reply = settled(agent, POEM)
    agent.send("I prefer short replies.")
    before = agent.memory.evidence()
    agent.edit(reply, "Rain.")
    agent.send("I prefer long replies.")
    agent.send("I prefer short replies.")
    (live,) = [p for p in agent.memory.get_all() if p.aspect == "length" and p.value == "short"]
    agent.memory.update(live.id, "likes one-liners")
    after = {event.id: event for event in agent.memory.evidence()}
    assert [after[event.id] for event in before] == before


def reactions(agent: Agent) -> list[Any]:
    return [event.observation for event in agent.memory.evidence(kind="reaction")]


def revising(agents: Agents, *revised: str) -> Any:
    """Drafts twice, then gives these replies one after the other."""
    left = list(revised)

    def answering(messages: Any, schema: Any) -> Any:
        if any("Rewrite your last reply" in message.content for message in messages):
            return left.pop(0)
        return agents.drafting(ONE, TWO)(messages, schema)

    return answering


def test_an_accepted_repair_beats_what_it_repaired(agents: Agents) -> None:
    agent = agents(answering=revising(agents, "Drip."))
    bad = settled(agent, POEM).text
    mended = agent.send("That's way too long").text
    assert mended == "Drip."
    agent.send("Much better, thanks!")
    first, second = reactions(agent)
    assert (first.sentiment, first.category, first.reply) == ("dissatisfied", "style", bad)
    assert (second.sentiment, second.category) == ("satisfied", "progress")
    assert (second.reply, second.instead_of) == ("Drip.", bad)
    assert agent.rank("x", [bad, "Drip."]).best.text == "Drip."


def test_going_on_after_a_repair_accepts_it_with_less_force(agents: Agents) -> None:
    agent = agents(answering=revising(agents, "Drip."))
    bad = settled(agent, POEM).text
    agent.send("No, make it shorter")
    settled(agent, LUNCH)
    unopposed = reactions(agent)[-1]
    assert (unopposed.reply, unopposed.instead_of) == ("Drip.", bad)
    assert unopposed.category is None
    assert settled(agent, POEM).text
    assert len(reactions(agent)) == 2


def test_a_repair_that_meets_another_objection_teaches_no_pair(agents: Agents) -> None:
    agent = agents(answering=revising(agents, "Drip.", "Drop."))
    settled(agent, POEM)
    agent.send("No, make it shorter")
    agent.send("No, make it formal")
    assert [each.instead_of for each in reactions(agent)] == [None, None]
    agent.send("Perfect")
    last = reactions(agent)[-1]
    assert (last.reply, last.instead_of) == ("Drop.", "Drip.")


def test_a_new_request_is_no_repair(agents: Agents) -> None:
    agent = agents(answering=agents.drafting(ONE, TWO))
    settled(agent, POEM)
    settled(agent, "That's wrong. Any ideas for lunch?")
    agent.send("Perfect")
    assert [each.instead_of for each in reactions(agent)] == [None, None]


def test_what_a_complaint_names_is_learned_from_it(agents: Agents) -> None:
    agent = agents(answering=revising(agents, "Drip."))
    settled(agent, POEM)
    agent.send("Why so wordy?")
    (length,) = agent.memory.get_all()
    assert (length.aspect, length.value, length.origin) == ("length", "short", "inferred")
    kinds = {e.id: e.observation.kind for e in agent.memory.evidence()}
    assert [kinds[each] for each in length.evidence_ids] == ["command"]
