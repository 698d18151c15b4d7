"""What was said for an occasion, on it and elsewhere, as it comes to the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penchant.memory.prompt import MEMORY_TAG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import Agents, Answering
    from pydantic import BaseModel

    from penchant.agent import Agent, Reply
    from penchant.models import Message


class _Prompts:
    """A chat model that keeps what it was told of the user when it was to write a reply."""

    def __init__(self, answering: Answering) -> None:
        self.last = ""
        self._answering = answering

    def __call__(
        self, messages: Sequence[Message], schema: type[BaseModel] | None
    ) -> str | BaseModel:
        if schema is None or "drafts" in schema.model_fields:
            prompt = "\n".join(each.content for each in messages)
            self.last = prompt.partition(f"\n<{MEMORY_TAG}>\n")[2].partition(f"</{MEMORY_TAG}>")[0]
        return self._answering(messages, schema)


def _asked(agent: Agent, text: str) -> Reply:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def _told(reply: Reply) -> str:
    return next(step.note for step in reply.trace.steps if step.node == "recall")


def test_for_work_emails_formal_and_else_casual(agents: Agents) -> None:
    prompts = _Prompts(agents.drafting("It rains.", "Rain falls on the roof."))
    agent = agents(answering=prompts)
    agent.send("For work emails, I prefer a formal tone.")
    agent.send("I prefer a casual tone.")
    assert [(p.value, p.scope) for p in agent.memory.get_all()] == [
        ("formal", "work emails"),
        ("casual", None),
    ]

    work = _asked(agent, "Write a work email to Sam about the late delivery.")
    assert "formal" in prompts.last
    assert "casual" not in prompts.last
    assert _told(work) == "1 preferences recalled"

    poem = _asked(agent, "Write a poem about rain.")
    assert "casual" in prompts.last
    assert "formal" not in prompts.last
    assert _told(poem) == "1 preferences recalled, 1 masked"

    _asked(agent, "Write an email to my mum about Sunday lunch.")
    assert "casual" in prompts.last
    assert "formal" not in prompts.last

    # For whom it is, nobody says: both stand, each with when it holds.
    _asked(agent, "Write an email to Sam about Sunday lunch.")
    assert "casual" in prompts.last
    assert "formal tone (only for: work emails)" in prompts.last


def test_the_order_in_which_they_were_said_does_not_matter(agents: Agents) -> None:
    prompts = _Prompts(agents.drafting("It rains.", "Rain falls on the roof."))
    agent = agents(answering=prompts)
    agent.send("I prefer a casual tone.")
    agent.send("For work emails, I prefer a formal tone.")
    _asked(agent, "Write a work email to Sam about the late delivery.")
    assert "formal" in prompts.last
    assert "casual" not in prompts.last


def test_after_a_nod_a_taste_is_no_order(agents: Agents) -> None:
    agent = agents()
    agent.send("I love jazz.")
    reply = agent.send("I like a casual tone.")
    assert reply.decision.kind == "silent"
    casual = agent.memory.get_all()[-1]
    assert (casual.value, casual.origin) == ("casual", "stated")


def test_what_a_request_is_weighed_for_brings_nothing_back(agents: Agents) -> None:
    prompts = _Prompts(agents.drafting("It rains.", "Rain falls on the roof."))
    agent = agents(answering=prompts)
    wanted = "a work email about the late delivery"
    agent.memory.add(f"prefers {wanted} funny", aspect="creative_tone", value="funny")
    agent.memory.add(
        f"prefers {wanted} serious", aspect="creative_tone", value="serious", scope="work emails"
    )
    reply = _asked(agent, "Write a work email to Sam about the late delivery.")
    assert "creative_tone" in {each.aspect for each in reply.decision.weighed}
    assert "serious (only for: work emails)" in prompts.last
    assert "funny" not in prompts.last
