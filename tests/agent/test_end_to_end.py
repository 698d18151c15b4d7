"""The whole thing on real models: SmolLM2-135M in the embedded server, MiniLM, Chroma, SQLite.

So small a model writes nonsense; what is tested is everything around what it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from penchant import Agent, Settings
from penchant.agent import DraftDelta, Finished, ReplyDelta, Workspace
from penchant.policies.constraints import violations

if TYPE_CHECKING:
    from penchant.models import OnnxEmbedder


@pytest.fixture(scope="module")
def workspace(
    tmp_path_factory: pytest.TempPathFactory, smollm_path: Path, minilm: OnnxEmbedder
) -> Iterator[Workspace]:
    settings = Settings.load(
        home=tmp_path_factory.mktemp("home"),
        model=f"local/{smollm_path}",
        context_window=2048,
        reply_tokens=48,
    )
    shared = Workspace(settings, embedder=minilm)
    yield shared
    shared.close()


def test_asks_learns_answers_and_remembers(workspace: Workspace) -> None:
    with Agent("ana", workspace=workspace) as agent:
        agent.load()
        asked = agent.send("Any ideas for dinner tonight?")
        assert asked.question is not None
        assert asked.question.aspect == "diet"
        assert asked.decision.request_kind == "food"
        reply = agent.answer(asked.question, "I'm vegetarian, and in a hurry")
        while reply.question is not None:
            reply = agent.answer(reply.question, None)
        assert reply.text
        assert reply.trace.usage.calls in {1, 2}
        assert reply.trace.usage.completion_tokens > 0
        assert {p.aspect for p in reply.learned} == {"diet", "effort"}
        assert violations(reply.text, agent.memory.get_all()) == ()
        agent.edit(reply, "Tofu.")
        agent.learned()
        assert len(agent.memory.evidence(kind="edit")) == 1
        told = agent.send("I prefer short replies.")
        assert [p.aspect for p in told.learned] == ["length"]

    with Agent("ana", workspace=workspace) as later:
        events = list(later.stream("Give me one idea for lunch."))
        last = events[-1]
        assert isinstance(last, Finished)
        assert last.reply.question is None or last.reply.question.aspect != "diet"
        reply = last.reply
        while reply.question is not None:
            reply = later.answer(reply.question, None)
        assert any(isinstance(e, DraftDelta | ReplyDelta) for e in events) or reply.text
        assert any(p.value == "vegetarian" for p in reply.recalled)
        assert violations(reply.text, later.memory.get_all()) == ()
        short = "Hummus wrap."
        long = "First soak the chickpeas overnight, then boil them for an hour, " * 4
        assert later.rank("lunch", [long, short]).best.text == short


def test_an_example_and_an_edit_cost_a_call_each(workspace: Workspace) -> None:
    with Agent("dora", workspace=workspace) as agent:
        found = agent.learn_from(
            "Hey Sam, it's late. Don't worry, we're fine. Bring tea. Cheers, Ana"
        )
        assert found.usage.calls in {1, 2}
        assert found.items
        assert agent.confirm(found, [0])
        reply = agent.send("Say something about rain.")
        while reply.question is not None:
            reply = agent.answer(reply.question, None)
        agent.edit(reply, "Rain drums the tin roof of the shed; a moth folds into the gutter.")
        agent.learned()
        # So small a model may write nothing of use; the event is kept, and tried again at most.
        assert agent.background_usage.calls <= 2
        assert len(agent.memory.evidence(kind="edit")) == 1
        assert all(job.attempts == 1 for job in agent.memory.jobs())


def test_a_cancelled_turn_leaves_the_model_free(workspace: Workspace) -> None:
    with Agent("ben", workspace=workspace) as agent:
        events = agent.stream("Explain how tides work, at length.")
        for event in events:
            if isinstance(event, DraftDelta | ReplyDelta):
                break
        events.close()
        assert agent.send("Hello!").text
        assert [t.role for t in agent.turns()] == ["user", "user", "assistant"]


def test_a_revision_takes_one_call(workspace: Workspace) -> None:
    with Agent("cleo", workspace=workspace) as agent:
        agent.send("Hello!")
        reply = agent.send("Shorter, please.")
        assert reply.question is None
        assert reply.trace.usage.calls == 1
        assert reply.text
