"""What is erased from memory is erased from the turns that wait for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penchant.agent import Agent
from penchant.agent.checkpoints import CHECKPOINTS, count_checkpoints
from penchant.errors import StaleQuestionError

if TYPE_CHECKING:
    from conftest import Agents

    from penchant.memory import Conflict

DINNER = "Any ideas for dinner tonight?"


def _bytes(agent: Agent) -> bytes:
    home = agent.settings.home
    return b"".join(file.read_bytes() for file in sorted(home.glob(f"{CHECKPOINTS}*")))


def _open(agent: Agent) -> int:
    return count_checkpoints(agent.settings.home, agent.user_id)


def _contradicted(agent: Agent) -> Conflict:
    agent.send("I love quinceblossom tea.")
    conflict = agent.send("I can't stand quinceblossom tea.").conflict
    assert conflict is not None
    return conflict


@pytest.mark.parametrize("verb", ["delete", "undo"])
def test_a_contradiction_with_what_is_gone_is_settled(agents: Agents, verb: str) -> None:
    agent, other = agents(), agents("ana2")
    conflict, others = _contradicted(agent), _contradicted(other)
    assert agent.pending == conflict
    getattr(agent.memory, verb)(conflict.old.id)
    # What the user said last holds.
    assert [p.description for p in agent.memory.get_all()] == [conflict.new.description]
    assert agent.pending is None
    assert _open(agent) == 0
    with pytest.raises(StaleQuestionError):
        agent.resolve(conflict, "old")
    assert other.pending == others
    assert conflict.old.id.encode() not in _bytes(agent)
    assert others.old.id.encode() in _bytes(agent)


@pytest.mark.parametrize("verb", ["delete", "undo"])
def test_an_open_question_goes_on_without_what_is_gone(agents: Agents, verb: str) -> None:
    prompts: list[str] = []
    answering = agents.drafting("Tofu stir fry.", "Lentil soup.")

    def keeping(messages, schema):  # type: ignore[no-untyped-def]
        prompts.append("\n".join(each.content for each in messages))
        return answering(messages, schema)

    agent = agents(answering=keeping)
    agent.memory.add("likes quinceblossom tea with dinner ideas tonight")
    agent.memory.add("likes jazz at dinner tonight")
    tea, jazz = agent.memory.get_all()
    asked = agent.send(DINNER)
    assert asked.question is not None
    assert {tea.id, jazz.id} <= {each.id for each in asked.recalled}
    assert b"quinceblossom" in _bytes(agent)
    getattr(agent.memory, verb)(tea.id)
    assert b"quinceblossom" not in _bytes(agent)
    assert tea.id.encode() not in _bytes(agent)
    # Still open, for this process and the next.
    assert agent.pending == asked.question
    agent.close()
    later = agents(answering=keeping, session_id=agent.session_id)
    question = later.pending
    assert question == asked.question
    prompts.clear()
    reply = None
    while question is not None:
        reply = later.answer(question, None)
        question = reply.question
    assert reply is not None
    assert reply.text
    assert [each.id for each in reply.recalled] == [jazz.id]
    assert any("likes jazz" in prompt for prompt in prompts)
    assert not any("quinceblossom" in prompt for prompt in prompts)


def test_other_questions_are_left_as_they_are(agents: Agents) -> None:
    agent = agents()
    agent.memory.add("likes chess")
    (chess,) = agent.memory.get_all()
    asked = agent.send(DINNER)
    assert asked.question is not None
    before = _bytes(agent)
    agent.memory.delete(chess.id)
    assert _bytes(agent) == before
    assert agent.pending == asked.question


def test_all_is_gone_with_all(agents: Agents) -> None:
    agent, other = agents(), agents("ana2")
    assert agent.send(DINNER).question
    assert other.send(DINNER).question
    agent.memory.delete_all()
    assert agent.pending is None
    assert _open(agent) == 0
    assert other.pending is not None


async def test_from_a_loop_of_the_apps_own(agents: Agents) -> None:
    agent = agents()
    await agent.asend("I love quinceblossom tea.")
    conflict = (await agent.asend("I can't stand quinceblossom tea.")).conflict
    assert conflict is not None
    agent.memory.delete(conflict.old.id)
    assert b"quinceblossom" not in _bytes(agent)
