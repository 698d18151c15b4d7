"""What a next message shows where no rule says so: weak evidence, read behind the turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from penchant.agent import Agent
from penchant.errors import ChatTimeoutError
from penchant.memory.types import Reaction
from penchant.models import FunctionLikelihoodModel, Message, OnnxEmbedder
from penchant.policies.reward import SOURCES

if TYPE_CHECKING:
    from conftest import Agents

POEM = "Write a short poem about rain."
ONE, TWO = "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it at all."
GLAD = "My children asked to hear this one again at bedtime"
SORRY = "We fell asleep over that one"


class Model(FunctionLikelihoodModel):
    """Drafts, and holds pleased follow-ups likelier after one message, others after another."""

    def __init__(self, drafting: Any) -> None:
        super().__init__(fn=drafting(ONE, TWO), likelihood=self.told)
        self.failing = False

    def told(self, messages: Sequence[Message], continuation: str) -> float:
        if self.failing:
            raise ChatTimeoutError("too late")
        good = not any(word in continuation for word in ("not", "No", "wrong"))
        said = messages[-1].content
        if said not in (GLAD, SORRY):
            return -10.0 + 3.0 * good
        return -5.0 if good == (said == GLAD) else -30.0


@pytest.fixture
def model(agents: Agents) -> Model:
    return Model(agents.drafting)


@pytest.fixture
def agent(agents: Agents, model: Model) -> Iterator[Agent]:
    agents.settings = agents.settings.model_copy(update={"read_follow_ups": True})
    return agents(chat=model)


def settled(agent: Agent, text: str) -> str:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply.text


def reactions(agent: Agent) -> list[Reaction]:
    return [event.observation for event in agent.memory.evidence(kind="reaction")]


def test_follow_ups_are_asked_behind_the_turn_and_recorded_once(agent: Agent, model: Model) -> None:
    shown = settled(agent, POEM)
    settled(agent, GLAD)
    agent.learned()
    (found,) = reactions(agent)
    assert (found.sentiment, found.reader) == ("satisfied", "follow_ups")
    assert (found.reply, found.text) == (shown, GLAD)
    assert agent.memory.jobs() == []
    asked = len(model.asked)
    settled(agent, POEM)
    agent.learned()
    assert len(reactions(agent)) == 1
    # The last message was asked about too, and lies between the thresholds.
    assert len(model.asked) == 2 * asked
    assert agent.background_usage.calls >= len(model.asked)


def test_a_model_that_fails_leaves_the_message_in_the_queue(agent: Agent, model: Model) -> None:
    settled(agent, POEM)
    model.failing = True
    settled(agent, SORRY)
    agent.learned()
    assert reactions(agent) == []
    (job,) = agent.memory.jobs()
    assert job.kind == "follow_ups"
    assert job.details["reply"]


def test_what_rules_read_is_not_asked_again(agent: Agent, model: Model) -> None:
    settled(agent, POEM)
    settled(agent, "Perfect, thanks!")
    settled(agent, "shorter")
    agent.learned()
    assert model.asked == []
    assert [each.reader for each in reactions(agent)] == ["rules"]


def test_by_default_and_by_hosted_models_nothing_is_asked(agents: Agents) -> None:
    quiet = Model(agents.drafting)
    agent = agents(chat=quiet)
    settled(agent, POEM)
    settled(agent, GLAD)
    agent.learned()
    assert quiet.asked == []
    agents.settings = agents.settings.model_copy(update={"read_follow_ups": True})
    hosted = agents("bo", agents.drafting(ONE, TWO))
    settled(hosted, POEM)
    settled(hosted, GLAD)
    hosted.learned()
    assert reactions(hosted) == []
    assert hosted.memory.jobs() == []


def test_erased_before_it_was_read_it_is_not_recorded(agent: Agent, model: Model) -> None:
    settled(agent, POEM)
    model.failing = True
    settled(agent, GLAD)
    agent.learned()
    agent.erase()
    model.failing = False
    agent.learned()
    assert reactions(agent) == []


def test_what_the_embedder_reads_is_weak_evidence_and_leaves_the_turn_alone(
    agents: Agents, minilm: OnnxEmbedder
) -> None:
    agents.embedder = minilm  # type: ignore[assignment]
    agent = agents(answering=agents.drafting(ONE, TWO))
    shown = settled(agent, POEM)
    glad = settled(agent, "The children loved it, they asked for more!")
    (found,) = reactions(agent)
    assert (found.sentiment, found.reader, found.reply) == ("satisfied", "embedder", shown)
    assert glad in (ONE, TWO)
    assert agent.memory.get_all() == []
    assert SOURCES["reaction"].flip < SOURCES["reaction_embedder"].flip
    assert SOURCES["reaction_embedder"].flip < SOURCES["reaction_follow_ups"].flip < 0.5
