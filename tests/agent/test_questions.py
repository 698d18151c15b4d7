"""Answers to questions: everything that people may write where an option was expected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penchant.agent import Agent, Reply
from penchant.errors import InputError, StaleQuestionError
from penchant.models import Message

if TYPE_CHECKING:
    from conftest import Agents

    from penchant.policies import Question

DINNER = "Any ideas for dinner tonight?"


def _asked(agent: Agent, text: str = DINNER) -> Question:
    question = agent.send(text).question
    assert question is not None
    assert question.aspect == "diet"
    return question


def _settle(agent: Agent, reply: Reply) -> Reply:
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def _last_prompt(agents: Agents) -> tuple[Agent, list[str]]:
    seen: list[str] = []

    def answering(messages: list[Message], schema: object) -> object:
        seen.append(messages[-1].content)
        return agents.drafting("Tofu stir fry.", "A lentil soup with bread and salad.")(
            messages,
            schema,  # type: ignore[arg-type]
        )

    return agents(answering=answering), seen  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, False, 1.0, 99, -1, b"x", ["vegan"]])
def test_what_is_no_answer_leaves_the_question_open(agents: Agents, value: object) -> None:
    agent = agents()
    question = _asked(agent)
    with pytest.raises(InputError, match="has no option"):
        agent.answer(question, value)  # type: ignore[arg-type]
    assert agent.pending == question
    assert agent.answer(question, 0).trace.steps


def test_only_the_open_question_is_answered(agents: Agents) -> None:
    agent = agents()
    question = _asked(agent)
    with pytest.raises(StaleQuestionError, match="nowhere"):
        agent.answer("nowhere", 0)
    following = agent.answer(question, "vegan")
    with pytest.raises(StaleQuestionError):
        agent.answer(question, "vegan")
    assert agent.pending == following.question
    assert [e.observation.value for e in agent.memory.evidence(kind="answer")] == ["vegan"]


@pytest.mark.parametrize("value", ["VEGETARIAN", " vegetarian. ", "Vegetarian!"])
def test_an_option_is_known_by_its_words_in_any_case(agents: Agents, value: str) -> None:
    agent = agents()
    agent.answer(_asked(agent), value)
    assert [(p.aspect, p.value) for p in agent.memory.get_all() if p.hard] == [
        ("diet", "vegetarian")
    ]


@pytest.mark.parametrize("value", ["asdkjhqwrtzp", "???", "…", "🙈🙈"])
def test_gibberish_teaches_nothing_and_the_turn_goes_on(agents: Agents, value: str) -> None:
    agent, seen = _last_prompt(agents)
    reply = _settle(agent, agent.answer(_asked(agent), value))
    assert reply.text
    assert agent.memory.get_all() == []
    assert value not in seen[-1]


def test_an_answer_in_another_language_is_kept_in_its_words(agents: Agents) -> None:
    agent, seen = _last_prompt(agents)
    _settle(agent, agent.answer(_asked(agent), "Ich esse kein Schweinefleisch"))
    assert any("Schweinefleisch" in p.description for p in agent.memory.get_all())
    assert "Schweinefleisch" in seen[-1]


@pytest.mark.parametrize("value", ["why do you ask?", "Why?", "what do you mean?", "huh?"])
def test_a_question_asked_back_is_explained_once_and_stays_open(agents: Agents, value: str) -> None:
    agent = agents()
    question = _asked(agent)
    back = agent.answer(question, value)
    assert back.question == question
    assert "I ask because" in back.notice
    assert back.learned == ()
    assert agent.memory.evidence() == []
    assert [t.role for t in agent.turns()] == ["user", "question", "user", "question"]
    reply = agent.answer(question, "vegan")
    assert [p.value for p in reply.learned] == ["vegan"]
    assert "I ask because" not in reply.notice
    assert _settle(agent, reply).text


def test_asking_back_twice_passes_over_the_question(agents: Agents) -> None:
    agent = agents()
    question = _asked(agent)
    agent.answer(question, "why?")
    reply = agent.answer(question, "why?")
    assert reply.question is None or reply.question.aspect != "diet"
    assert _settle(agent, reply).text
    assert agent.memory.get_all() == []


def test_a_question_asked_back_survives_the_process(agents: Agents) -> None:
    first = agents()
    question = _asked(first)
    first.answer(question, "why?")
    first.close()
    second = agents(session_id=first.session_id)
    assert second.pending == question
    assert [p.value for p in second.answer(question, "vegan").learned] == ["vegan"]


def test_a_new_request_takes_the_place_of_the_old_one(agents: Agents) -> None:
    agent, seen = _last_prompt(agents)
    question = _asked(agent)
    reply = agent.answer(question, "Actually, write a short poem about rain instead")
    assert reply.question is None
    assert "poem about rain" in seen[-1]
    assert "dinner" not in seen[-1]
    assert agent.memory.get_all() == []
    assert [e.observation.value for e in agent.memory.evidence(kind="answer")] == [None]
    agent.edit(reply, "Rain.")
    edit = agent.memory.evidence(kind="edit")[0]
    assert edit.context is not None
    assert "poem about rain" in edit.context.text


def test_a_request_that_comes_with_an_answer_is_added(agents: Agents) -> None:
    agent, seen = _last_prompt(agents)
    reply = agent.answer(_asked(agent), "I'm vegan. Can you make it for six people?")
    assert [p.value for p in reply.learned] == ["vegan"]
    assert _settle(agent, reply).text
    assert "dinner tonight" in seen[-1]
    assert "six people" in seen[-1]


@pytest.mark.parametrize("value", ["stop asking", "Don't ask me so many questions"])
def test_stop_asking_as_an_answer_is_obeyed_at_once(agents: Agents, value: str) -> None:
    agent = agents()
    reply = agent.answer(_asked(agent), value)
    assert reply.question is None
    assert reply.text
    assert [p.aspect for p in agent.memory.get_all()] == ["questions"]
    assert agents().send("What should I read next?").question is None


def test_a_statement_about_something_else_is_learned_too(agents: Agents) -> None:
    agent = agents()
    reply = agent.answer(_asked(agent), "I'm vegetarian and I love jazz")
    assert {p.value for p in reply.learned} >= {"vegetarian", "jazz"}


def test_forget_that_inside_an_answer(agents: Agents) -> None:
    agent = agents()
    agent.send("I love jazz.")
    reply = agent.answer(_asked(agent), "Forget that I love jazz. I'm vegan.")
    assert [p.value for p in agent.memory.get_all()] == ["vegan"]
    assert "jazz" in reply.notice


def test_what_was_to_be_forgotten_is_forgotten_once(agents: Agents) -> None:
    agent = agents()
    agent.send("I love jazz.")
    agent.send("I hate cilantro.")
    reply = agent.send("Forget that. Any ideas for dinner tonight?")
    assert "cilantro" in reply.notice
    assert reply.question is not None
    reply = _settle(agent, reply)
    assert [p.value for p in agent.memory.get_all()] == ["jazz"]
    assert "cilantro" not in reply.notice


def test_nothing_to_forget_is_said(agents: Agents) -> None:
    agent = agents()
    agent.send("I love jazz.")
    reply = agent.send("Forget that I like opera.")
    assert "opera" in reply.text
    assert [p.value for p in agent.memory.get_all()] == ["jazz"]


def test_a_reply_after_an_answer_belongs_to_the_request(agents: Agents) -> None:
    agent = agents()
    reply = _settle(agent, agent.answer(_asked(agent), "I'm vegetarian"))
    agent.edit(reply, "Tofu.")
    edit = agent.memory.evidence(kind="edit")[0]
    assert edit.context is not None
    assert edit.context.text == DINNER


def test_two_agents_of_one_session_share_its_question(agents: Agents) -> None:
    one = agents(session_id="s")
    two = agents(session_id="s")
    question = _asked(one)
    assert two.pending == question
    following = two.answer(question, "vegan").question
    assert one.pending == following
    with pytest.raises(StaleQuestionError):
        one.answer(question, "vegan")
