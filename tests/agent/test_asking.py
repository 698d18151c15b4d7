"""Questions of every form through a whole conversation, and why they were asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from penchant.agent import Agent, Workspace
from penchant.agent.decisions import kept, read_kept
from penchant.memory.types import PreferenceDraft, Statement
from penchant.models import FunctionChatModel, HashEmbedder
from penchant.policies.elicit import Aspects
from penchant.policies.types import Decision, Weighed

if TYPE_CHECKING:
    from conftest import Agents

    from penchant import Settings
    from penchant.models.embedder import OnnxEmbedder

LAPTOP = "Which laptop should I buy?"
DINNER = "Any ideas for dinner tonight?"
EMAIL = "Write an email to Tom."


def _shop() -> Aspects:
    level = Literal["low", "middle", "high"]
    fields = {
        f"part_{chr(97 + place)}": (level, Field(json_schema_extra={"importance": 0.15}))
        for place in range(20)
    }
    model: type[BaseModel] = create_model("Laptop", **fields)  # type: ignore[call-overload]
    return Aspects.from_schema(model, [LAPTOP, "Recommend a laptop."], words=["laptop"])


class Chat:
    """Drafts, and words one question; keeps the prompts."""

    def __init__(self, question: str = "Which part b do you need?") -> None:
        self.prompts: list[str] = []
        self.worded = 0
        self._question = question

    def __call__(self, messages: Any, schema: Any) -> str:
        if schema is not None and "question" in schema.model_fields:
            self.worded += 1
            return json.dumps({"question": self._question, "why": "It rules models out."})
        self.prompts.append(messages[-1].content)
        texts = ("Buy the light one.", "Take the one with the long battery life and the screen.")
        if schema is None:
            return texts[0]
        return json.dumps({"drafts": [{"approach": text[:4], "text": text} for text in texts]})


Shops = Callable[[Chat], Agent]


@pytest.fixture
def shops(settings: Settings) -> Iterator[Shops]:
    spaces: list[Workspace] = []
    opened: list[Agent] = []

    def make(chat: Chat) -> Agent:
        space = Workspace(
            settings, chat=FunctionChatModel(fn=chat), embedder=HashEmbedder(), aspects=_shop()
        )
        spaces.append(space)
        opened.append(Agent("ana", workspace=space))
        return opened[-1]

    yield make
    for each in (*opened, *spaces):
        each.close()


def test_what_matters_and_then_about_that(shops: Shops) -> None:
    chat = Chat()
    agent = shops(chat)
    first = agent.send(LAPTOP).question
    assert first is not None
    assert (first.form, first.text) == ("open", "What matters most to you here?")
    then = agent.answer(first, "part b").question
    assert then is not None
    assert (then.form, then.aspect, then.text) == ("value", "part_b", "Which part b do you need?")
    assert then.why == "it rules models out"
    reply = agent.answer(then, "high")
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    assert reply.text
    assert chat.worded == 1
    assert "What matters most to you here? part b" in chat.prompts[-1]
    learned = {(p.aspect, p.value) for p in agent.memory.get_all()}
    assert ("part_b", "high") in learned
    assert all(not (aspect or "").startswith("matters") for aspect, _ in learned)


def test_a_question_takes_one_call_at_most(shops: Shops) -> None:
    agent = shops(Chat("nonsense"))
    first = agent.send(LAPTOP)
    assert first.question is not None
    assert first.trace.usage.calls == 0
    then = agent.answer(first.question, "part b")
    assert then.question is not None
    assert then.question.text == "Which part b would you like?"
    assert then.trace.usage.calls == 1


def test_without_words_from_the_model_there_is_a_template(shops: Shops) -> None:
    class Mute(Chat):
        def __call__(self, messages: Any, schema: Any) -> str:
            if schema is not None and "question" in schema.model_fields:
                return "I would rather not."
            return super().__call__(messages, schema)

    agent = shops(Mute())
    first = agent.send(LAPTOP).question
    assert first is not None
    then = agent.answer(first, "part b")
    assert then.question is not None
    assert then.question.text == "Which part b would you like?"


@pytest.mark.parametrize("value", ["???", "Das Display, glaube ich", "part z", "whatever"])
def test_any_answer_to_an_open_question_goes_on(shops: Shops, value: str) -> None:
    agent = shops(Chat())
    question = agent.send(LAPTOP).question
    assert question is not None
    reply = agent.answer(question, value)
    while reply.question is not None:
        assert reply.question.form == "value"
        reply = agent.answer(reply.question, None)
    assert reply.text


def test_stop_asking_is_obeyed_in_every_form(shops: Shops) -> None:
    agent = shops(Chat())
    question = agent.send(LAPTOP).question
    assert question is not None
    assert agent.answer(question, "stop asking me questions").text
    assert agent.send(LAPTOP).text


def test_a_guess_about_a_diet_is_asked_about(agents: Agents) -> None:
    agent = agents()
    agent.memory.learn(
        Statement(text="hm"),
        [
            PreferenceDraft(
                description="seems to be vegetarian",
                aspect="diet",
                value="vegetarian",
                origin="inferred",
                confidence=0.6,
            )
        ],
    )
    reply = agent.send(DINNER)
    assert reply.question is not None
    assert reply.question.aspect == "diet"
    assert "edge" in {each.form for each in reply.decision.weighed}


def test_the_occasion_is_asked_and_recalled(settings: Settings, minilm: OnnxEmbedder) -> None:
    chat = Chat()
    agent = Agent("ana", settings=settings, chat=FunctionChatModel(fn=chat), embedder=minilm)
    with agent:
        for description, value, scope in [
            ("likes a formal tone", "formal", "at work"),
            ("likes a casual tone", "casual", None),
        ]:
            draft = PreferenceDraft(
                description=description, aspect="tone", value=value, scope=scope
            )
            agent.memory.learn(Statement(text=description), [draft])
        question = agent.send(EMAIL).question
        assert question is not None
        assert (question.form, question.text) == ("context", "Is this at work?")
        reply = agent.answer(question, "at work")
        while reply.question is not None:
            reply = agent.answer(reply.question, None)
        assert "likes a formal tone" in {p.description for p in reply.recalled}
        assert len(agent.memory.get_all()) == 2


def test_skips_make_it_ask_less(agents: Agents) -> None:
    agent = agents()
    costs = []
    for request in (DINNER, "What should I read next?", "Plan a trip for me."):
        reply = agents().send(request)
        costs.append(reply.decision.weighed[0].cost)
        if reply.question is not None:
            agents(session_id=reply.session_id).answer(reply.question, None)
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]
    assert agent.memory.evidence(kind="answer")


def test_the_last_decision_is_kept_without_quoting_anybody(agents: Agents) -> None:
    agent = agents()
    agent.send("I am vegetarian and love Italian food.")
    question = agent.send(DINNER).question
    assert question is not None
    found = agent.memory.last_decision(agent.session_id)
    assert found is not None
    decision = read_kept(found.decision)
    assert decision is not None
    assert (decision.kind, decision.request_kind) == ("ask", "food")
    reasons = {each.aspect: each.reason for each in decision.weighed}
    assert reasons["diet"] == "memory answers it"
    assert "egetarian" not in found.decision
    assert "talian" not in found.decision
    turn = agent.turns()[-1]
    assert (turn.role, turn.id) == ("question", found.turn_id)
    reply = agent.answer(question, 0)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    after = agent.memory.last_decision(agent.session_id)
    assert after is not None
    assert after.turn_id == agent.turns()[-1].id
    answered = read_kept(after.decision)
    assert answered is not None
    assert answered.kind == "answer"


def test_the_last_decision_goes_with_what_it_rests_on(agents: Agents) -> None:
    agent = agents()
    agent.send("I am vegetarian.")
    agent.send("What is the capital of Peru?")
    assert agent.memory.last_decision(agent.session_id) is not None
    agent.memory.delete(agent.memory.get_all()[0].id)
    assert agent.memory.last_decision(agent.session_id) is None
    agent.send("What is the capital of Chile?")
    agent.delete_session(agent.session_id)
    other = agents()
    other.send("What is the capital of Peru?")
    assert other.memory.last_decision(other.session_id) is not None


def test_a_kept_decision_of_another_form_is_no_decision() -> None:
    whole = Decision(
        kind="answer",
        reason="No question pays: diet: memory answers it: is; vegetarian.",
        weighed=(
            Weighed(
                aspect="a",
                value=0.1,
                cost=0.2,
                reason="worth 0.10, costs 0.20; your choices suggest: short",
            ),
        ),
    )
    found = read_kept(kept(whole))
    assert found is not None
    assert found.reason == "No question pays: diet: memory answers it"
    assert found.weighed[0].reason == "worth 0.10, costs 0.20; your choices suggest"
    assert read_kept("{}") is None
    assert read_kept("not json") is None
    assert read_kept('{"kind": "dance", "reason": ""}') is None
