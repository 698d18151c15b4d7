"""Ranking through an agent: rules that words cannot decide, memories, catalogues and drafts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from penchant import Agent
from penchant.agent import DraftDelta
from penchant.errors import ChatProviderError, InputError
from penchant.memory.types import Choice
from penchant.models import FunctionChatModel, Message
from penchant.policies import Candidate

if TYPE_CHECKING:
    from conftest import Agents

REQUEST = "Write a short poem about rain."
BAKED, BOILED = "Bake a pie until it is golden.", "Boil an egg and eat it with salt."
SHORT, LONG = "Soup, then.", "One might consider preparing a rather elaborate soup today. " * 5
OVEN = "never anything that needs an oven"


def cook(*texts: str, broken: str = "Bake", fails: bool = False) -> FunctionChatModel:
    """Drafts these texts, and judges that those with a word in them break a rule."""

    def answer(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        if schema is None:
            return texts[0]
        if "drafts" in schema.model_fields:
            return json.dumps({"drafts": [{"text": text} for text in texts]})
        if "answer_1" in schema.model_fields:
            if fails:
                raise ChatProviderError("the provider is down")
            blocks = messages[-1].content.split("<text>")[1:]
            return json.dumps({
                name: "yes" if broken in block else "no"
                for name, block in zip(schema.model_fields, blocks, strict=True)
            })  # fmt: skip
        return "{}"

    return FunctionChatModel(fn=answer)


def judging(chat: FunctionChatModel) -> int:
    return sum("answer_1" in c.schema.model_fields for c in chat.calls if c.schema is not None)


def test_a_rule_that_words_cannot_decide_is_judged_in_the_turn(agents: Agents) -> None:
    chat = cook(BAKED, BOILED)
    agent = agents(chat=chat)
    agent.memory.add(OVEN, hard=True, polarity="dislike")
    reply = agent.send(REQUEST)
    assert reply.text == BOILED
    assert reply.candidates[-1].candidate.text == BAKED
    assert reply.candidates[-1].violations[0].description == OVEN
    assert reply.trace.usage.calls == 2
    assert judging(chat) == 1
    assert not reply.notice


def test_if_every_draft_breaks_it_others_are_asked_for(agents: Agents) -> None:
    chat = cook(BAKED, f"{BAKED} Then rest.")
    agent = agents(chat=chat)
    agent.memory.add(OVEN, hard=True, polarity="dislike")
    reply = agent.send(REQUEST)
    redraft = chat.calls[2].messages[-1].content
    assert f"what goes against “{OVEN}”" in redraft
    # What a chat model says of the whole has no place that could be cut out.
    assert reply.text.startswith("I could not find an answer that keeps to this")
    assert judging(chat) == 1


def test_without_such_a_rule_a_turn_makes_one_call(agents: Agents) -> None:
    chat = cook(BAKED, BOILED)
    agent = agents(chat=chat)
    agent.memory.add("never cilantro", hard=True, polarity="dislike")
    agent.memory.add("is vegetarian", hard=True)
    assert agent.send(REQUEST).trace.usage.calls == 1


def test_what_could_not_be_judged_is_said(agents: Agents) -> None:
    agent = agents(chat=cook(BAKED, BOILED, fails=True))
    agent.memory.add(OVEN, hard=True, polarity="dislike")
    reply = agent.send(REQUEST)
    assert reply.text in {BAKED, BOILED}
    assert f"Not checked against a rule of yours: {OVEN} (the provider is down)" in reply.notice
    assert all(each.unchecked[0].description == OVEN for each in reply.candidates)


def test_an_apps_candidates_are_judged_once_and_only_if_wanted(agents: Agents) -> None:
    chat = cook(BAKED)
    agent = agents(chat=chat)
    agent.memory.add(OVEN, hard=True, polarity="dislike")
    first = agent.rank("dinner", [BAKED, BOILED])
    assert first.best.text == BOILED
    assert first.items[1].violations
    again = agent.rank("dinner", [BOILED, BAKED])
    assert [each.candidate.text for each in again.items] == [BOILED, BAKED]
    assert judging(chat) == 1
    plain = agent.rank("dinner", [BAKED, "Grill a leek."], judge=False)
    assert all(each.unchecked for each in plain.items)
    assert judging(chat) == 1


def test_without_a_chat_model_candidates_say_what_was_not_checked(agents: Agents) -> None:
    agent = agents.without_chat()
    agent.memory.add(OVEN, hard=True, polarity="dislike")
    ranking = agent.rank("dinner", [BAKED, BOILED])
    assert len(ranking.items) == 2
    assert "no chat model" in ranking.items[0].unchecked[0].reason


def test_without_an_embedder_what_words_cannot_decide_is_judged_all_the_same(
    agents: Agents,
) -> None:
    chat = cook(BAKED, BOILED)
    agent = agents.without_embedder(answering=chat.fn)
    agent.memory.add(OVEN, hard=True, polarity="dislike")
    reply = agent.send(REQUEST)
    assert reply.text == BOILED
    assert "not ranked" in reply.notice


def test_deleting_the_memory_that_moved_a_draft_changes_the_reply(agents: Agents) -> None:
    agent = agents(chat=cook(SHORT, LONG))
    agent.memory.add("likes short replies", aspect="length", value="short")
    reply = agent.send(REQUEST)
    assert reply.text == SHORT
    moved = reply.candidates[0].memories[0]
    assert (moved.kind, moved.description) == ("preference", "likes short replies")
    assert moved.effect > 0
    before = {each.candidate.text: each.utility for each in reply.candidates}
    agent.memory.delete(moved.id)
    agent.memory.add("likes long, detailed replies", aspect="length", value="long")
    after = agent.rank("poem", [SHORT, LONG])
    assert after.best.text == LONG
    assert all(moved.id != one.id for each in after.items for one in each.memories)
    assert after.items[1].utility < before[SHORT]


def test_what_was_said_for_an_occasion_ranks_there_and_nowhere_else(agents: Agents) -> None:
    agent = agents(chat=cook(LONG))
    before = agent.rank(REQUEST, [LONG, SHORT])
    kept = agent.memory.add(
        "likes short replies", aspect="length", value="short", scope="work emails"
    )
    at_work = agent.rank("Write a work email about lunch.", [LONG, SHORT])
    assert at_work.best.text == SHORT
    assert [each.id for each in at_work.items[0].memories] == [kept.id]
    assert agent.rank(REQUEST, [LONG, SHORT]) == before
    assert agent.rank("", [LONG, SHORT]).best.text == LONG


def test_choices_and_what_they_moved_are_told_again_after_a_restart(agents: Agents) -> None:
    agent = agents(chat=cook(SHORT, LONG))
    offered = agent.send(REQUEST, offer_choice=True)
    assert offered.choosing is not None
    texts = [each.text for each in offered.choosing.candidates]
    agent.choose(offered, texts.index(SHORT))
    later = agents(chat=cook(SHORT, LONG), session_id="later")
    top = later.rank("poem", [LONG, SHORT]).items[0]
    assert top.candidate.text == SHORT
    assert top.memories[0].kind == "evidence"
    assert top.memories[0].description.startswith("picked “Soup, then.” over")


def test_a_catalogue_is_filtered_steered_and_ranked(agents: Agents, tmp_path: Path) -> None:
    agent = agents()
    agent.memory.add("is vegetarian", hard=True)
    items = [
        Candidate(text="Beef stew", features={"minutes": 90.0}),
        Candidate(text="Lentil soup", features={"minutes": 30.0}),
        Candidate(text="Tofu with rice", features={"minutes": 20.0}),
        Candidate(text="Nut roast", features={"minutes": 80.0}),
    ]
    menu = agent.catalogue(items, cache=tmp_path / "menu.npz")
    assert len(menu) == 4
    ranking = menu.rank("dinner", steer="more soup", where=["minutes <= 60"], limit=1)
    assert ranking.best.text == "Lentil soup"
    assert len(ranking.items) == 1
    assert (ranking.filtered, ranking.forbidden) == (2, 0)
    assert menu.rank().forbidden == 1
    nothing = menu.rank(where=["minutes > 500"])
    with pytest.raises(InputError, match="nothing is left"):
        _ = nothing.best


async def test_the_async_twins_rank_too(agents: Agents) -> None:
    agent = agents()
    assert (await agent.arank("x", [SHORT, LONG], explore=True, seed=1)).items
    assert (await agent.catalogue([SHORT, LONG]).arank(limit=1)).items


def test_a_slate_has_chances_that_sum_to_one(agents: Agents) -> None:
    agent = agents()
    agent.memory.add("is vegetarian", hard=True)
    for number in range(4):
        shown = (f"{SHORT} {number}", f"{LONG} {number}")
        agent.memory.record(Choice(shown=shown, picked=0))
    slate = agent.slate("dinner", ["Beef stew", SHORT, LONG, "Eat bread."], size=2)
    assert len(slate.options) == 2
    assert "Beef stew" not in {each.candidate.text for each in slate.options}
    assert sum(each.chance for each in slate.options) + slate.none == pytest.approx(1.0)
    assert slate.options[0].chance >= slate.options[1].chance
    assert slate == agent.slate("dinner", ["Beef stew", SHORT, LONG, "Eat bread."], size=2)
    assert agent.slate("dinner", ["Beef stew"]).none == 1.0
    with pytest.raises(InputError, match="empty"):
        agent.slate("dinner", [])


def test_choices_that_go_in_circles_are_found(agents: Agents) -> None:
    agent = agents()
    for pair in (("tea", "milk"), ("milk", "water"), ("water", "tea")):
        agent.memory.record(Choice(shown=pair, picked=0))
    (circle,) = agent.cycles()
    assert set(circle.texts) == {"tea", "milk", "water"}


def test_drafts_lean_to_what_choices_have_shown(agents: Agents) -> None:
    chat = cook(SHORT, LONG)
    agent = agents(chat=chat)
    leaning = ("in everyday words", "in short sentences", "at most 45 words", "without hedging")
    agent.send("Write a note to my neighbour.")
    assert not any(words in _drafts_asked(chat) for words in leaning)
    for number in range(6):
        shown = (
            f"Dig. Plant {number}. Rest.",
            f"One might conceivably contemplate horticultural undertaking number {number}, whose "
            "methodological intricacies notwithstanding, considerable satisfaction could ensue.",
        )
        agent.memory.record(Choice(shown=shown, picked=0))
    agent.send("Write a note to my sister.")
    assert any(words in _drafts_asked(chat) for words in leaning)


def _drafts_asked(chat: FunctionChatModel) -> str:
    """The last prompt for drafts."""
    return next(
        call.messages[-1].content
        for call in reversed(chat.calls)
        if call.schema is not None and "drafts" in call.schema.model_fields
    )


def test_drafts_that_mean_the_same_are_one_and_their_distance_is_noted(agents: Agents) -> None:
    one, other = "Rain falls on roofs and on the river", "Snow lies on hills and on the harbour"
    agent = agents(chat=cook(f"{one}. {other}.", f"{other}. {one}."))
    reply = agent.send(REQUEST)
    assert len(reply.candidates) == 1
    note = next(step.note for step in reply.trace.steps if step.node == "propose")
    assert "mean cosine 0.9" in note
    assert "1 said the same as another" in note


def test_hosted_models_can_write_drafts_separately(agents: Agents) -> None:
    agents.settings = agents.settings.model_copy(update={"drafting": "separate", "drafts": 3})
    texts = iter(["One soup.", "Two stews, slowly.", "Three pies with cream."])
    chat = FunctionChatModel(fn=lambda _messages, schema: next(texts) if schema is None else "{}")
    agent = agents(chat=chat)
    events = list(agent.stream("Write a note to my neighbour."))
    reply = events[-1].reply  # type: ignore[union-attr]
    assert reply.trace.usage.calls == 3
    assert {each.candidate.text for each in reply.candidates} == {
        "One soup.", "Two stews, slowly.", "Three pies with cream.",
    }  # fmt: skip
    assert len({each.candidate.approach for each in reply.candidates}) == 3
    assert {e.draft for e in events if isinstance(e, DraftDelta)} == {0, 1, 2}
    prompts = [call.messages[-1].content for call in chat.calls]
    assert len(set(prompts)) == 3


def test_separate_drafts_survive_a_call_that_fails(agents: Agents) -> None:
    agents.settings = agents.settings.model_copy(update={"drafting": "separate"})
    count = 0

    def answer(_messages: Sequence[Message], _schema: type[BaseModel] | None) -> str:
        nonlocal count
        count += 1
        if count == 1:
            raise ChatProviderError("too many requests")
        return "A stew."

    assert agents(answering=answer).send(REQUEST).text == "A stew."

    def fail(_messages: Sequence[Message], _schema: type[BaseModel] | None) -> str:
        raise ChatProviderError("it is down")

    with pytest.raises(ChatProviderError, match="it is down"):
        agents(answering=fail, session_id="other").send(REQUEST)


def test_separate_drafts_that_break_a_rule_cost_one_call_more(agents: Agents) -> None:
    agents.settings = agents.settings.model_copy(update={"drafting": "separate"})
    texts = iter(["Beef stew.", "Chicken pie.", "Lentil soup."])
    chat = FunctionChatModel(fn=lambda _messages, schema: next(texts) if schema is None else "{}")
    agent = agents(chat=chat)
    agent.memory.add("is vegetarian", hard=True)
    reply = agent.send(REQUEST)
    assert reply.text == "Lentil soup."
    assert reply.trace.usage.calls == 3


async def test_every_method_has_a_twin_that_does_the_same(agents: Agents) -> None:
    public = {name for name in dir(Agent) if not name.startswith("_")}
    given = {"memory", "settings", "user_id", "session_id", "background_usage"}
    alone = {name for name in public - given if f"a{name}" not in public and name[1:] not in public}
    assert alone == set()
    agent = agents()
    texts = [SHORT, LONG]
    assert await agent.aslate("x", texts, size=2) == agent.slate("x", texts, size=2)
    walks, again = await agent.acatalogue(texts), agent.catalogue(texts)
    assert walks.rank().items == again.rank().items
    assert await agent.acycles() == agent.cycles() == ()
    await agent.asend("Write a haiku about rain.")
    assert await agent.aturns() == agent.turns() != []
    assert await agent.asessions() == agent.sessions() != []
    assert await agent.apending() == agent.pending
    await agent.aclose()
