"""Inference behind the turns: queued, done once, kept through failures and restarts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from penchant.agent import Agent
from penchant.errors import ChatTimeoutError, StructuredOutputError
from penchant.models import FunctionChatModel

if TYPE_CHECKING:
    from conftest import Agents

POEM = "Write a short poem about rain."
UNSURE = "I guess I'm sort of into jazz lately. " + POEM
ONE, TWO = "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it at all."


class Model(FunctionChatModel):
    """Drafts, and says of statements what it is told to, or raises it."""

    def __init__(self, verdict: object = "likes") -> None:
        super().__init__(fn=self.answering)
        self.verdict = verdict
        self.asked = 0

    def answering(self, messages: Any, schema: Any) -> Any:
        if schema is not None and "drafts" in schema.model_fields:
            drafts = [{"approach": "x", "text": text} for text in (ONE, TWO)]
            return json.dumps({"drafts": drafts})
        if schema is None or not any("erdict" in name for name in schema.model_fields):
            return ONE
        self.asked += 1
        if isinstance(self.verdict, Exception):
            raise self.verdict
        if self.verdict in ("dislikes", "likes"):
            return json.dumps({"verdicts": [self.verdict]})
        return str(self.verdict)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def agent(agents: Agents, model: Model) -> Iterator[Agent]:
    return agents(chat=model)


def settled(agent: Agent, text: str) -> None:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)


def test_an_unsure_message_is_kept_and_inferred_from_once(agent: Agent, model: Model) -> None:
    settled(agent, UNSURE)
    (learned,) = agent.learned()
    assert "jazz" in learned.description.lower()
    (event,) = agent.memory.evidence(kind="statement")
    assert event.observation.text == UNSURE
    assert learned.evidence_ids == (event.id,)
    assert agent.memory.jobs() == []
    settled(agent, POEM)
    assert agent.learned() == ()
    assert model.asked == 1


@pytest.mark.parametrize(
    "failure",
    [ChatTimeoutError("no answer in 60 s"), "I think they like it!", '{"verdicts": "yes"}'],
)
def test_a_failing_model_loses_nothing(agent: Agent, model: Model, failure: object) -> None:
    model.verdict = failure
    settled(agent, UNSURE)
    assert agent.learned() == ()
    (job,) = agent.memory.jobs()
    assert (job.attempts, job.kind) == (1, "statements")
    assert job.error
    assert agent.background_usage.calls == model.asked >= 1
    assert agent.memory.jobs(due=True) == []
    # Nothing is tried again before its time.
    settled(agent, POEM)
    agent.learned()
    assert agent.memory.jobs()[0].attempts == 1
    model.verdict = "likes"
    agent.memory.retry_jobs()
    settled(agent, POEM)
    assert len(agent.learned()) == 1
    assert agent.memory.jobs() == []


def test_an_error_nobody_foresaw_is_kept_as_a_failure(agent: Agent, model: Model) -> None:
    model.verdict = ZeroDivisionError("oops")
    settled(agent, UNSURE)
    agent.learned()
    assert agent.memory.jobs()[0].error == "oops"


def test_without_a_model_it_waits_and_the_next_conversation_takes_it_up(agents: Agents) -> None:
    alone = agents.without_chat()
    with pytest.raises(Exception, match="model"):
        alone.send(UNSURE)
    (job,) = alone.memory.jobs(due=True)
    assert job.attempts == 0
    alone.close()
    model = Model()
    later = agents(chat=model)
    settled(later, POEM)
    assert len(later.learned()) == 1
    assert later.memory.jobs() == []
    first = next(call for call in model.calls)
    assert not first.background, "the first reply comes first"
    assert [call.background for call in model.calls if call.schema is not None][-1]


def test_no_other_user_takes_it_up(agents: Agents, model: Model) -> None:
    ana = agents(chat=model)
    ana.memory.record(_statement(UNSURE), infer="statements")
    bo = agents("bo", chat=model)
    settled(bo, POEM)
    assert bo.learned() == ()
    assert model.asked == 0
    assert len(ana.memory.jobs()) == 1


def test_two_conversations_of_a_user_ask_once(agents: Agents, model: Model) -> None:
    one, two = agents(chat=model), agents(chat=model)
    one.memory.record(_statement(UNSURE), infer="statements")
    settled(one, POEM)
    settled(two, POEM)
    assert len([*one.learned(), *two.learned()]) == 1
    assert model.asked == 1


def test_jobs_of_no_known_kind_wait(agent: Agent) -> None:
    agent.memory.record(_statement("x"), infer="of tomorrow")
    settled(agent, POEM)
    agent.learned()
    (job,) = agent.memory.jobs()
    assert job.attempts == 0


def test_edits_of_one_reply_that_wait_are_one_job(agents: Agents) -> None:
    alone = agents.without_chat()
    memory, session = alone.memory, alone.session_id
    memory.memory.start_session("ana", "t", session_id=session)
    memory.add_turn(session, "user", POEM)
    reply = memory.add_turn(session, "assistant", "Rain taps on the tin roof of the barn.")
    alone.edit(reply.id, "Snow drifts on the old stone bridge of the town.")
    alone.edit(reply.id, "Hail beats the red slate tiles of our school.")
    assert len(memory.evidence(kind="edit")) == 2
    (job,) = memory.jobs()
    assert memory.job_evidence(job.id).observation.after.startswith("Hail")
    assert job.details == {"before": reply.text}


def test_an_erased_user_is_taught_nothing(agents: Agents) -> None:
    model = Model()
    agent = agents(chat=model)
    agent.memory.record(_statement(UNSURE), infer="statements")
    agent.erase()
    settled(agent, POEM)
    assert agent.learned() == ()
    assert model.asked == 0


async def test_closing_leaves_the_job_that_hangs(agents: Agents) -> None:
    class Hanging(Model):
        async def structured(self, messages: Any, schema: Any, **options: Any) -> Any:
            if any("erdict" in name for name in schema.model_fields):
                await asyncio.Event().wait()
            return await super().structured(messages, schema, **options)

    agent = agents(chat=Hanging())
    reply = await agent.asend(UNSURE)
    while reply.question is not None:
        reply = await agent.aanswer(reply.question, None)
    background = agent._conversation.background
    await agent._loop.bridge(background.finish(0.0))
    (job,) = agent.memory.jobs(due=True)
    assert job.attempts == 0
    model = Model()
    later = agents(chat=model)
    await later.asend("thanks")
    assert len(await later.alearned()) == 1


def test_a_repaired_answer_that_fails_counts_twice(agent: Agent, model: Model) -> None:
    model.verdict = StructuredOutputError("prose")
    settled(agent, UNSURE)
    agent.learned()
    assert agent.background_usage.calls == 2


def _statement(text: str) -> Any:
    from penchant.memory import Statement

    return Statement(text=text)
