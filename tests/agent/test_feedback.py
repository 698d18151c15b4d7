"""What users do with replies: change, edit, pick and rate them, in any order; and time passing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from penchant.agent import Agent, Reply
from penchant.errors import InputError, NotFoundError
from penchant.memory import Memory
from penchant.models import FunctionChatModel, HashEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Agents

    from penchant.config import Settings

POEM = "Write a short poem about rain."
LUNCH = "Any ideas for lunch?"
ONE, TWO = "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it at all."


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def agent(agents: Agents, heard: list[str]) -> Agent:
    def answering(messages: Any, schema: Any) -> Any:
        heard.append(messages[-1].content)
        return agents.drafting(ONE, TWO)(messages, schema)

    return agents(answering=answering)


def _settled(agent: Agent, text: str) -> Reply:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def _rewriting(agents: Agents, revised: str) -> Callable[..., Any]:
    def answering(messages: Any, schema: Any) -> Any:
        if any("Rewrite your last reply" in message.content for message in messages):
            return revised
        return agents.drafting("Tofu curry with rice.", "A long lentil soup for the cold.")(
            messages, schema
        )

    return answering


def test_a_command_revises_the_last_reply_in_one_call(agent: Agent, heard: list[str]) -> None:
    _settled(agent, POEM)
    reply = agent.send("shorter")
    assert reply.trace.usage.calls == 1
    assert len(reply.candidates) == 1
    assert "Rewrite your last reply: shorter" in heard[-1]
    (command,) = agent.memory.evidence(kind="command")
    assert command.context is not None
    assert command.context.text == POEM


def test_a_revision_keeps_to_hard_constraints(agents: Agents) -> None:
    agent = agents(answering=_rewriting(agents, "- Tofu curry\n- Chicken curry"))
    agent.memory.add("is vegetarian", hard=True, aspect="diet", value="vegetarian")
    _settled(agent, LUNCH)
    reply = agent.send("make it a list")
    assert "Tofu curry" in reply.text
    assert "hicken" not in reply.text
    assert "vegetarian" in reply.notice


def test_a_revision_recalls_what_the_reply_was_about(agents: Agents) -> None:
    agent = agents(answering=_rewriting(agents, "Tofu."))
    agent.memory.add("loves coriander with lunch ideas")
    first = _settled(agent, LUNCH)
    assert first.recalled
    assert set(first.recalled) < set(agent.send("shorter").recalled)


def test_more_like_the_second_one_shows_it_and_counts_as_a_pick(
    agent: Agent, heard: list[str]
) -> None:
    reply = _settled(agent, POEM)
    second = reply.candidates[1].candidate.text
    agent.send("more like the second one")
    assert f"<wanted>\n{second}\n</wanted>" in heard[-1]
    choice = agent.memory.evidence(kind="choice")[-1].observation
    assert choice.shown[choice.picked] == second
    assert agent.rank("x", [ONE, TWO]).best.text == second


def test_the_second_is_the_second_that_was_offered(agent: Agent, heard: list[str]) -> None:
    reply = agent.send(POEM, offer_choice=True)
    assert reply.choosing is not None
    second = reply.choosing.candidates[1].text
    agent.choose(reply.choosing, 1)
    agent.send("more like the second one")
    assert f"<wanted>\n{second}\n</wanted>" in heard[-1]


def test_the_second_of_a_list_is_left_to_the_model(agents: Agents) -> None:
    heard: list[str] = []

    def answering(messages: Any, schema: Any) -> Any:
        heard.append(messages[-1].content)
        return agents.drafting("- Tofu\n- Soup", "- Dal\n- Rice\n- Bread and much more")(
            messages, schema
        )

    agent = agents(answering=answering)
    _settled(agent, LUNCH)
    agent.send("more like the second one")
    assert "<wanted>" not in heard[-1]
    assert "more like the second" in heard[-1]


def test_never_seafood_holds_from_the_next_draft_on(agents: Agents) -> None:
    agent = agents(answering=agents.drafting("Grilled shrimp.", "Tofu curry with rice."))
    agent.send("Hello!")
    told = agent.send("Never seafood. Any ideas for lunch?")
    while told.question is not None:
        told = agent.answer(told.question, None)
    assert told.text == "Tofu curry with rice."
    assert _settled(agent, "And for dinner, any ideas?").text == "Tofu curry with rice."


def test_only_what_keeps_to_the_rules_is_offered(agents: Agents) -> None:
    texts = ["Grilled chicken.", "Tofu curry with rice.", "Lentil soup and bread for the cold."]
    settings = agents.settings.model_copy(update={"drafts": 3})
    agents.settings = settings
    agent = agents(answering=agents.drafting(*texts))
    agent.memory.add("is vegetarian", hard=True, aspect="diet", value="vegetarian")
    reply = agent.send(LUNCH, offer_choice=True)
    assert reply.choosing is not None
    assert {c.text for c in reply.choosing.candidates} == set(texts[1:])


def test_picking_none_gives_the_best_and_weighs_against_all(agent: Agent) -> None:
    reply = agent.send(POEM, offer_choice=True)
    assert reply.choosing is not None
    settled = agent.choose(reply.choosing, None)
    assert settled.text == reply.choosing.candidates[0].text
    assert settled.decision.kind == "choose"
    (refused,) = agent.memory.evidence(kind="choice")
    assert (refused.observation.picked, refused.observation.ignored) == (None, False)
    liked = agent.rank("x", [ONE, "Drizzle hums on slates."]).best.text
    assert liked == "Drizzle hums on slates."


def test_going_on_from_a_choice_is_a_weaker_no(agent: Agent) -> None:
    assert agent.send(POEM, offer_choice=True).choosing is not None
    _settled(agent, LUNCH)
    (passed,) = agent.memory.evidence(kind="choice")
    assert passed.observation.ignored
    assert passed.observation.shown
    assert passed.context is not None
    assert passed.context.text == POEM


@pytest.mark.parametrize("index", [True, -1, 2, 0.0, "1"])
def test_a_pick_is_a_number_of_a_candidate(agent: Agent, index: object) -> None:
    reply = agent.send(POEM, offer_choice=True)
    with pytest.raises(InputError, match="no candidate"):
        agent.choose(reply, index)  # type: ignore[arg-type]
    assert agent.pending == reply.choosing


def test_a_reply_of_someone_else_cannot_be_picked_from(agents: Agents, agent: Agent) -> None:
    reply = _settled(agent, POEM)
    ben = agents("ben")
    with pytest.raises(NotFoundError):
        ben.choose(reply, 0)
    with pytest.raises(NotFoundError):
        ben.edit(reply, "x")
    assert ben.memory.evidence() == []


def test_an_edit_of_an_edited_reply_starts_from_the_edit(agent: Agent) -> None:
    reply = _settled(agent, POEM)
    agent.edit(reply, "Rain taps on tin.")
    assert agent.edit(reply, "Rain taps on tin.") == ()
    agent.edit(reply, "Rain taps.  On tin!")
    edits = [e.observation for e in agent.memory.evidence(kind="edit")]
    assert [e.before for e in edits] == [reply.text, "Rain taps on tin."]


def test_an_older_reply_is_edited_with_its_own_request(agent: Agent) -> None:
    first = _settled(agent, POEM)
    _settled(agent, "Write a poem about snow.")
    agent.edit(first, "Drip.")
    (edit,) = agent.memory.evidence(kind="edit")
    assert edit.context is not None
    assert edit.context.text == POEM
    assert edit.observation.before == first.text


@pytest.mark.parametrize("value", ["1", None, float("nan"), 1.01])
def test_a_rating_is_a_number(agent: Agent, value: object) -> None:
    reply = _settled(agent, POEM)
    with pytest.raises(InputError, match="rating"):
        agent.rate(reply, value)  # type: ignore[arg-type]


def test_ratings_and_reactions_move_the_ranking(agents: Agents) -> None:
    texts = iter([ONE, TWO, ONE, TWO])
    agent = agents(answering=lambda _messages, _schema: next(texts))
    before = {i.candidate.text: i.utility for i in agent.rank("x", [ONE, TWO]).items}
    agent.rate(_settled(agent, POEM), 1.0)
    agent.rate(_settled(agent, "Write a poem about snow."), -1.0)
    rated = {i.candidate.text: i.utility for i in agent.rank("x", [ONE, TWO]).items}
    assert rated[ONE] - rated[TWO] > before[ONE] - before[TWO]
    agent.send("Perfect, thanks!")
    assert agent.memory.evidence(kind="reaction")


def test_a_reaction_counts_at_once(agents: Agents) -> None:
    texts = iter([TWO, ONE])
    agent = agents(answering=lambda _messages, _schema: next(texts))
    _settled(agent, POEM)
    agent.rank("x", [ONE, TWO])
    agent.send("That's terrible.")
    _settled(agent, "Write a poem about snow.")
    agent.send("Perfect, thanks!")
    known = {i.candidate.text: i.utility for i in agent.rank("x", [ONE, TWO]).items}
    assert known[ONE] > known[TWO]


def test_repeating_a_wish_strengthens_it(agent: Agent) -> None:
    agent.send("I prefer short replies.")
    once = agent.rank("x", [ONE, TWO]).items
    agent.send("I prefer short replies.")
    agent.send("I really do prefer short replies.")
    often = agent.rank("x", [ONE, TWO]).items
    assert often[0].candidate.text == once[0].candidate.text == ONE
    assert often[0].sd < once[0].sd


def test_passing_needs_pass_and_may_be_asked_about_again(
    agents: Agents, settings: Settings
) -> None:
    now = [datetime(2026, 3, 1, 18, tzinfo=UTC)]
    embedder = HashEmbedder()
    with Memory(settings.home, embedder, clock=lambda: now[0]) as memory:
        agent = Agent(
            "ana",
            settings=settings,
            chat=FunctionChatModel(fn=agents.drafting(ONE, TWO)),
            embedder=embedder,
            memory=memory,
        )
        told = agent.send("I'm in a hurry tonight. I love jazz.")
        assert {p.aspect for p in told.learned} >= {"effort"}
        soon = _settled(agent, "Any ideas for dinner tonight?")
        assert any(p.aspect == "effort" for p in soon.recalled)
        now[0] += timedelta(days=3)
        later = _settled(agent, "Any ideas for dinner tonight?")
        assert not any(p.aspect == "effort" for p in later.recalled)
        assert [p.value for p in agent.memory.get_all() if p.aspect != "diet"] == ["jazz"]
        agent.close()


def test_a_wish_supersedes_its_contrary(agent: Agent) -> None:
    agent.send("I prefer short replies.")
    agent.send("Actually, I prefer long replies.")
    lengths = [p for p in agent.memory.get_all() if p.aspect == "length"]
    assert len(lengths) == 1
    assert lengths[0].supersedes is not None


def test_background_calls_are_counted_apart(agents: Agents) -> None:
    def answering(messages: Any, schema: Any) -> Any:
        if schema is not None and "verdicts" in schema.model_fields:
            return '{"verdicts": ["likes"]}'
        return agents.drafting(ONE, TWO)(messages, schema)

    agent = agents(answering=answering)
    reply = _settled(agent, "I guess I'm sort of into jazz lately. " + POEM)
    in_turn = reply.trace.usage.calls
    learned = agent.learned()
    assert agent.background_usage.calls == len(learned) == 1
    assert reply.trace.usage.calls == in_turn == 1
