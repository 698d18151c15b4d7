"""Contradictions: the turn stops, shows old and new side by side, and goes on with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penchant.agent import Agent, Finished, Reply
from penchant.errors import InputError, StaleQuestionError
from penchant.memory import Answer, Conflict, Statement
from penchant.memory.conflict import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Agents
    from pydantic import BaseModel

    from penchant.models import Message

LONG = "I like long replies."
SHORT = "I prefer short replies. What is the capital of France?"


def _contradicted(agent: Agent, first: str = LONG, then: str = SHORT) -> Conflict:
    agent.send(first)
    conflict = agent.send(then).conflict
    assert conflict is not None
    return conflict


def _settle(agent: Agent, reply: Reply) -> Reply:
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def _lengths(agent: Agent) -> list[str | None]:
    return [p.value for p in agent.memory.get_all() if p.aspect == "length"]


def test_old_and_new_are_shown_and_the_old_one_stands(agents: Agents) -> None:
    agent = agents()
    agent.send(LONG)
    reply = agent.send(SHORT)
    conflict = reply.conflict
    assert conflict is not None
    assert reply.text == ""
    assert reply.question is None
    assert str(reply) == conflict.question
    assert (conflict.old.value, conflict.new.value) == ("long", "short")
    assert reply.decision.reason == conflict.reason
    assert agent.pending == conflict
    assert _lengths(agent) == ["long"]
    assert agent.turns()[-1].role == "question"
    assert reply.trace.usage.calls == 0


def test_the_new_one_takes_the_place_and_the_request_is_answered(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    reply = agent.resolve(conflict, "new")
    assert [p.value for p in reply.learned] == ["short"]
    assert reply.learned[0].supersedes == conflict.old.id
    assert _settle(agent, reply).text
    assert _lengths(agent) == ["short"]
    assert agent.pending is None
    texts = [turn.text for turn in agent.turns()]
    assert texts[3:5] == [conflict.question, "the new one"]


def test_the_old_one_is_confirmed(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    reply = _settle(agent, agent.resolve(conflict.id, "old"))
    assert reply.text
    (kept,) = [p for p in agent.memory.get_all() if p.aspect == "length"]
    assert kept.id == conflict.old.id
    assert kept.confidence > conflict.old.confidence
    answers = [e.observation for e in agent.memory.evidence(kind="answer")]
    assert isinstance(answers[0], Answer)
    assert answers[0].value == "the old one"


def test_both_hold_in_different_situations(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    reply = agent.resolve(conflict, "both", scope="work emails")
    assert [(p.value, p.scope) for p in reply.learned] == [("short", "work emails")]
    assert sorted(map(str, _lengths(agent))) == ["long", "short"]


def test_a_new_message_leaves_the_old_one_in_force(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    reply = _settle(agent, agent.send("What is the capital of Spain?"))
    assert reply.conflict is None
    assert reply.text
    assert _lengths(agent) == ["long"]
    # What was said is kept, and so is that nothing was answered.
    kept = [e.id for e in agent.memory.evidence(kind="statement")]
    assert conflict.evidence_id in kept
    assert [
        e.observation.value
        for e in agent.memory.evidence(kind="answer")
        if isinstance(e.observation, Answer) and e.observation.aspect == "conflict"
    ] == [None]
    with pytest.raises(StaleQuestionError):
        agent.resolve(conflict, "new")


def test_it_can_be_left_open_and_the_turn_goes_on(agents: Agents) -> None:
    agent = agents()
    reply = _settle(agent, agent.resolve(_contradicted(agent), None))
    assert reply.text
    assert _lengths(agent) == ["long"]


def test_words_of_change_need_no_question(agents: Agents) -> None:
    agent = agents()
    agent.send(LONG)
    reply = agent.send("Actually, I prefer short replies. What is the capital of France?")
    assert reply.conflict is None
    assert _lengths(agent) == ["short"]


def test_an_allergy_is_not_lifted_by_a_taste(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent, "I'm allergic to peanuts.", "I love peanuts.")
    assert conflict.old.hard
    reply = agent.resolve(conflict, "old")
    assert [p.hard for p in agent.memory.get_all()] == [True]
    # A statement without a request gets no more than a nod.
    assert reply.decision.kind == "silent"


def test_several_are_asked_one_after_the_other(agents: Agents) -> None:
    agent = agents()
    agent.send("I like long replies and I love jazz.")
    first = agent.send("I prefer short replies. I can't stand jazz.")
    assert first.conflict is not None
    second = agent.resolve(first.conflict, "new")
    assert second.conflict is not None
    assert second.conflict.id != first.conflict.id
    last = agent.resolve(second.conflict, "old")
    assert last.conflict is None
    assert {p.description for p in agent.memory.get_all()} >= {"prefers short replies"}
    assert not any("dislikes jazz" in p.description for p in agent.memory.get_all())


@pytest.mark.parametrize(
    ("keep", "scope"), [("maybe", None), ("old", "work"), ("new", "work"), (3, None)]
)
def test_what_is_no_answer_leaves_it_open(agents: Agents, keep: object, scope: str | None) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    with pytest.raises(InputError):
        agent.resolve(conflict, keep, scope=scope)  # type: ignore[arg-type]
    assert agent.pending == conflict
    agent.resolve(conflict, "new")


def test_only_the_open_one_is_settled(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    with pytest.raises(StaleQuestionError, match="nowhere"):
        agent.resolve("nowhere", "old")
    with pytest.raises(StaleQuestionError):
        agent.answer(conflict.id, 0)
    agent.resolve(conflict, "old")
    with pytest.raises(StaleQuestionError):
        agent.resolve(conflict, "old")


def test_it_survives_the_process(agents: Agents) -> None:
    first = agents()
    conflict = _contradicted(first)
    first.close()
    second = agents(session_id=first.session_id)
    assert second.pending == conflict
    second.resolve(conflict, "new")
    assert _lengths(second) == ["short"]


def test_what_was_deleted_meanwhile_does_not_come_back(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    agent.memory.delete(conflict.old.id)
    # Nothing speaks against the new one any more.
    assert agent.pending is None
    assert _lengths(agent) == ["short"]
    assert _settle(agent, agent.send("What is the capital of France?")).text
    assert _lengths(agent) == ["short"]


def test_edits_that_speak_against_a_statement_again_and_again(agents: Agents) -> None:
    cities = iter(["Paris", "Rome", "Oslo", "Bern", "Riga"])

    def answering(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        return "{}" if schema else f"{next(cities)} it is, which is a city that many know. " * 8

    agent = agents(answering=answering)
    agent.send("I like long replies.")
    for _ in range(PATIENCE):
        reply = _settle(agent, agent.send("What is the capital of France?"))
        assert reply.conflict is None
        agent.edit(reply, reply.text.split()[0])
    assert _lengths(agent) == ["long"]
    conflict = agent.send("What is the capital of Spain?").conflict
    assert conflict is not None
    assert conflict.new.origin == "inferred"
    assert _settle(agent, agent.resolve(conflict, "new")).text
    assert "long" not in _lengths(agent)


async def test_twins_and_streams(agents: Agents) -> None:
    agent = agents()
    await agent.asend(LONG)
    conflict = (await agent.asend(SHORT)).conflict
    assert conflict is not None
    reply = await agent.aresolve(conflict, "old")
    assert reply.conflict is None
    conflict = (await agent.asend("I prefer short replies.")).conflict
    assert conflict is not None
    events = [event async for event in agent.astream_resolve(conflict, "new")]
    assert isinstance(events[-1], Finished)
    again = agent.send("I like long replies.").conflict
    assert again is not None
    assert isinstance(list(agent.stream_resolve(again, "old"))[-1], Finished)
    assert _lengths(agent) == ["short"]


def test_the_same_event_is_not_asked_about_twice(agents: Agents) -> None:
    agent = agents()
    conflict = _contradicted(agent)
    (event,) = [e for e in agent.memory.evidence() if e.id == conflict.evidence_id]
    assert isinstance(event.observation, Statement)
    lesson = agent.memory.learn(event, [conflict.new], on_conflict="ask")
    assert lesson == []
    assert lesson.conflicts == ()
