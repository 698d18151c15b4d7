"""How much better, and why; what an app compares; and what the user's choices show in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from penchant.agent import Agent, Reply
from penchant.errors import InputError
from penchant.memory.types import Choice, Context, Strength

if TYPE_CHECKING:
    from conftest import Agents

POEM = "Write a short poem about rain."
ONE, TWO = "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it at all."
WORDS = ["river", "stone", "quiet", "green", "lamp", "carry", "soft", "bread", "window", "never"]
WORDS += ["small", "bright", "walk", "table", "under", "music", "paper", "cold", "story", "rain"]


@pytest.fixture
def agent(agents: Agents) -> Agent:
    return agents(answering=agents.drafting(ONE, TWO))


def settled(agent: Agent, text: str = POEM) -> Reply:
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def weight(agent: Agent, attribute: str) -> float:
    return agent._workspace.reward.posterior(agent.user_id).weights()[attribute].mean


def text(rng: np.random.Generator, count: int) -> str:
    """So many words in sentences of any length."""
    sentences = []
    while count > 0:
        size = min(count, int(rng.integers(4, 10)))
        sentences.append(" ".join(rng.choice(WORDS, size=size)).capitalize() + ".")
        count -= size
    return " ".join(sentences)


def texts(rng: np.random.Generator) -> tuple[str, str]:
    """A short text and a long one that differ in all else by chance."""
    long = int(rng.integers(12, 60))
    return text(rng, max(5, int(long * rng.uniform(0.45, 0.8)))), text(rng, long)


def test_an_open_choice_takes_how_much_and_why(agent: Agent) -> None:
    reply = agent.send(POEM, offer_choice=True)
    assert reply.choosing is not None
    shown = tuple(candidate.text for candidate in reply.choosing.candidates)
    place = shown.index(ONE)
    agent.choose(reply.choosing, place, strength="much better", reason="shorter")
    (event,) = agent.memory.evidence(kind="choice")
    assert event.observation == Choice(
        shown=shown, picked=place, strength="much better", reason="shorter"
    )
    known = agent._workspace.reward.known("ana")
    assert known.compared.weight.tolist() == [2.0]
    assert [(each.attribute, each.source_id) for each in known.observed] == [("length", event.id)]


def test_drafts_compared_later_may_be_about_the_same(agent: Agent) -> None:
    reply = settled(agent)
    assert agent.choose(reply, None) == reply
    assert agent.memory.evidence(kind="choice") == []
    assert agent.choose(reply, None, strength="about the same") == reply
    agent.choose(reply, 1, strength="slightly better", reason="it sings")
    tie, pick = (each.observation for each in agent.memory.evidence(kind="choice"))
    assert (tie.picked, tie.strength) == (None, "about the same")
    assert (pick.strength, pick.reason) == ("slightly better", "it sings")


@pytest.mark.parametrize("strength", ["hugely better", "", 1])
def test_a_strength_that_nobody_knows_is_refused(agent: Agent, strength: Strength) -> None:
    reply = agent.send(POEM, offer_choice=True)
    assert reply.choosing is not None
    with pytest.raises(InputError, match="strength"):
        agent.choose(reply.choosing, 0, strength=strength)
    with pytest.raises(InputError, match="none was picked"):
        agent.choose(reply.choosing, None, strength="better")
    with pytest.raises(InputError, match="reason"):
        agent.choose(reply.choosing, 0, reason="too long " * 1000)
    with pytest.raises(InputError, match="empty"):
        agent.choose(reply.choosing, 0, reason=" ")
    assert agent.pending == reply.choosing


def test_the_reason_of_an_edit_or_a_rating_moves_what_it_names(agent: Agent) -> None:
    first = settled(agent)
    agent.rate(first, -0.5, reason="not friendly enough")
    assert weight(agent, "friendly") > 0.0
    before = weight(agent, "formal")
    agent.edit(first, "Rain taps softly.", reason="too formal")
    assert weight(agent, "formal") < before
    (rating,) = agent.memory.evidence(kind="rating")
    (edit,) = agent.memory.evidence(kind="edit")
    assert (rating.observation.reason, edit.observation.reason) == (
        "not friendly enough",
        "too formal",
    )


def test_an_app_records_a_comparison(agent: Agent) -> None:
    event = agent.prefer(ONE, TWO, strength="slightly better", reason="less wordy", context="poems")
    assert event.context == Context(text="poems")
    assert event.source == "api"
    assert weight(agent, "length") < 0.0
    tie = agent.prefer(ONE, "Rain is warm.", strength="about the same")
    assert (tie.observation.picked, tie.observation.strength) == (None, "about the same")
    judged = agent.prefer(TWO, ONE, judge="a model")
    assert judged.observation.judge == "a model"
    known = agent._workspace.reward.known("ana")
    assert known.compared.sources == ("choice", "choice", "judge")
    assert known.compared.target.tolist() == [0.75, 0.5, 1.0]
    with pytest.raises(InputError, match="differ"):
        agent.prefer(ONE, f" {ONE} ")


async def test_twins_do_the_same(agent: Agent) -> None:
    await agent.aprefer(ONE, TWO, reason="shorter")
    reply = await agent.asend(POEM)
    while reply.question is not None:
        reply = await agent.aanswer(reply.question, None)
    await agent.achoose(reply, 0, strength="better", reason="warm")
    await agent.arate(reply, 1.0, reason="warm")
    await agent.aedit(reply, "Drip.", reason="too long")
    reasons = [
        each.observation.reason
        for each in agent.memory.evidence()
        if hasattr(each.observation, "reason")
    ]
    assert reasons == ["shorter", "warm", "warm", "too long"]
    assert await agent.asuggestions() == agent.suggestions()


def test_what_choices_show_is_proposed_and_taken_up_by_the_users_word(agent: Agent) -> None:
    assert agent.suggestions() == ()
    rng = np.random.default_rng(0)
    for _ in range(30):
        agent.prefer(*texts(rng))
    found = {each.attribute: each for each in agent.suggestions()}
    length = found["length"]
    assert length.draft.description == "prefers shorter texts"
    assert agent.memory.get_all() == []
    (kept,) = agent.settle(length, True)
    assert (kept.description, kept.origin) == ("prefers shorter texts", "stated")
    assert "length" not in {each.attribute for each in agent.suggestions()}
    # Taking it back takes back no choice.
    agent.undo(kept)
    assert len(agent.memory.evidence(kind="choice")) == 30
    assert "length" in {each.attribute for each in agent.suggestions()}


def test_what_was_declined_is_not_proposed_again(agent: Agent) -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        agent.prefer(*texts(rng))
    (length,) = [each for each in agent.suggestions() if each.attribute == "length"]
    assert agent.settle(length, False) == ()
    assert "length" not in {each.attribute for each in agent.suggestions()}
    assert agent.memory.get_all() == []
    agent.settle(length, True)
    assert [each.aspect for each in agent.memory.get_all()] == ["length"]


SHORTS = ("Rain taps.", "Snow falls softly now.", "Fog hides hills.")
LONGS = tuple(
    f"{each} It goes on for hours, and everybody who lives around here has seen it all before, "
    "and will see it again, and again, and again."
    for each in ("Rain drums.", "Snow drifts down.", "Fog rolls in.")
)


def test_what_an_apps_comparisons_bear_out_becomes_a_line_as_in_a_conversation(
    agent: Agent,
) -> None:
    agent.prefer(SHORTS[0], LONGS[0], context="Write a short poem about rain.")
    assert agent.learned() == ()
    event = agent.prefer(SHORTS[1], LONGS[1], context="Write a poem about snow.")
    taught = agent.learned()
    assert [each.aspect for each in taught] == ["length"]
    assert taught[0].description.startswith("prefers short replies")
    assert taught[0].origin == "inferred"
    assert event.id in taught[0].evidence_ids
    assert agent.memory.jobs() == []
    assert agent.background_usage.calls == 0
    agent.undo(taught[0])
    assert agent.memory.get_all() == []


def test_ties_judges_and_imports_say_nothing_in_words(agent: Agent) -> None:
    for place, (short, long) in enumerate(zip(SHORTS, LONGS, strict=True)):
        context = f"Write a poem number {place}."
        agent.prefer(short, long, context=context, judge="a model")
        agent.prefer(short, long, context=context, source="import")
        agent.prefer(short, long, context=context, strength="about the same")
    assert agent.learned() == ()
    assert agent.memory.jobs() == []
    assert agent.memory.get_all() == []


def test_a_call_that_fails_leaves_the_comparison_and_its_job(agents: Agents) -> None:
    agent = agents.without_chat()
    event = agent.prefer(SHORTS[0], LONGS[0], context=POEM)
    assert [each.kind for each in agent.memory.jobs()] == ["choice"]
    assert [each.id for each in agent.memory.evidence()] == [event.id]
