"""What a message may order at any turn: applied to this answer at once, and learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penchant.memory.types import Command

if TYPE_CHECKING:
    from conftest import Agents

    from penchant.agent import Agent, Reply

DINNER = "Three ideas for dinner: chicken curry. Mushroom risotto. Fish tacos."
MILD = "Chicken curry. Mushroom risotto."


def _settled(agent: Agent, text: str) -> Reply:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def test_a_rule_that_the_last_reply_breaks_mends_that_reply(agents: Agents) -> None:
    agent = agents(answering=agents.drafting(DINNER))
    _settled(agent, "Give me three ideas for dinner.")
    reply = agent.send("never seafood")
    assert reply.decision.kind == "answer"
    assert reply.text == "Three ideas for dinner: chicken curry. Mushroom risotto."
    assert [(p.description, p.hard) for p in reply.learned] == [("never seafood", True)]
    commands = [e for e in agent.memory.evidence() if isinstance(e.observation, Command)]
    assert [e.observation.text for e in commands] == ["never seafood"]
    again = agent.send("shorter")
    assert again.decision.reason == "The last reply is to be changed."
    assert "Fish" not in again.text


def test_a_rule_that_the_last_reply_keeps_is_only_noted(agents: Agents) -> None:
    agent = agents(answering=agents.drafting(MILD))
    _settled(agent, "Give me two ideas for dinner.")
    assert agent.send("never seafood").text == "Noted."


@pytest.mark.parametrize(
    ("said", "scope"),
    [
        ("only for work", "work"),
        ("That's only for work emails, please.", "work emails"),
        ("not always, only when I'm in a hurry", "when I'm in a hurry"),
    ],
)
def test_what_was_learned_last_is_limited_to_an_occasion(
    agents: Agents, said: str, scope: str
) -> None:
    agent = agents(answering=agents.drafting(MILD))
    _settled(agent, "I like jazz. Give me two ideas for dinner.")
    agent.send("make it more formal")
    reply = agent.send(said)
    assert reply.text == f"Only for this from now on ({scope}): prefers a formal tone."
    assert {(p.description, p.scope) for p in agent.memory.get_all()} == {
        ("likes jazz", None),
        ("prefers a formal tone", scope),
    }


def test_there_may_be_nothing_to_limit(agents: Agents) -> None:
    agent = agents(answering=agents.drafting(MILD))
    _settled(agent, "Give me two ideas for dinner.")
    assert agent.send("only for work").text == "There is nothing to limit to that."
    assert agents("ben").memory.get_all() == []


@pytest.mark.parametrize("said", ["why did you say that?", "How come you suggested this?"])
def test_why_is_told_without_the_chat_model(agents: Agents, said: str) -> None:
    agent = agents(answering=agents.drafting(MILD))
    agent.send("I prefer a casual tone.")
    first = _settled(agent, "Give me two ideas for dinner.")
    reply = agent.send(said)
    assert reply.trace.usage.calls == 0
    assert reply.decision.reason == "You asked why."
    assert "I had this of you in mind: prefers a casual tone." in reply.text
    assert first.decision.reason.split(":")[0] in reply.text
    assert agent.send("shorter").decision.reason == "The last reply is to be changed."


@pytest.mark.parametrize(
    "said",
    ["Why did you say that the sky is blue?", "why do you think people like jazz?", "just for fun"],
)
def test_other_questions_and_remarks_are_none(agents: Agents, said: str) -> None:
    agent = agents(answering=agents.drafting(MILD))
    _settled(agent, "I like jazz. Give me two ideas for dinner.")
    reply = _settled(agent, said)
    assert reply.decision.reason != "You asked why."
    assert [p.scope for p in agent.memory.get_all()] == [None]
