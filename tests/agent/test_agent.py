"""Turns of an agent on fakes: what it asks, answers, learns and refuses to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from penchant.agent import Agent, DraftDelta, Finished, Learned, ReplyDelta, Status
from penchant.errors import (
    EmbedderError,
    InputError,
    NoChatModelError,
    NotFoundError,
    SessionBusyError,
    StaleQuestionError,
)
from penchant.models import FunctionChatModel
from penchant.policies import Candidate

if TYPE_CHECKING:
    from conftest import Agents

REQUEST = "Write a short poem about rain."
DINNER = "Any ideas for dinner tonight?"
SHORT = "Tofu stir fry with rice."
LONG = "Lentil soup: fry onions, add lentils and stock, simmer for half an hour, then serve."
MEAT = "Grilled chicken with bacon."


def test_a_plain_turn_costs_one_call_and_ends_with_finished(agents: Agents) -> None:
    agent = agents()

    events = list(agent.stream(REQUEST))

    assert isinstance(events[-1], Finished)
    reply = events[-1].reply
    assert reply.text in {SHORT, LONG}
    assert reply.question is None
    assert "".join(e.text for e in events if isinstance(e, ReplyDelta)) == reply.text
    assert any(isinstance(e, Status) for e in events)
    assert reply.trace.usage.calls == 1
    assert [s.node for s in reply.trace.steps] == [
        "read", "recall", "decide", "propose", "rank", "reply",
    ]  # fmt: skip


def test_drafts_are_streamed_while_they_are_written(agents: Agents) -> None:
    agent = agents()
    events = list(agent.stream("Suggest a name for my boat, please"))
    reply = events[-1].reply if isinstance(events[-1], Finished) else None
    assert reply is not None
    if reply.question is not None:
        events = list(agent.stream_answer(reply.question, None))
    drafts = {e.draft for e in events if isinstance(e, DraftDelta)}
    assert drafts == {0, 1}


def test_asks_then_answers_within_what_was_learned(agents: Agents) -> None:
    agent = agents(answering=agents.drafting(MEAT, SHORT))

    asked = agent.send(DINNER)

    assert asked.text == ""
    assert asked.question is not None
    assert asked.question.aspect == "diet"
    assert asked.trace.usage.calls == 0
    assert agent.pending == asked.question

    reply = agent.answer(asked.question, "I'm vegetarian, and in a hurry")

    diet = [p for p in agent.memory.get_all() if p.aspect == "diet"]
    assert [p.value for p in diet] == ["vegetarian"]
    assert diet[0].hard
    assert diet[0] in reply.learned
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    assert reply.text == SHORT
    assert reply.candidates[-1].violations[0].found.lower() in {"chicken", "grilled chicken"}
    assert agent.pending is None


def test_never_asks_the_same_twice(agents: Agents) -> None:
    agent = agents()
    first = agent.send(DINNER)
    assert first.question is not None
    seen = [first.question.aspect]
    reply = agent.answer(first.question, None)
    for _ in range(4):
        while reply.question is not None:
            seen.append(reply.question.aspect)
            reply = agent.answer(reply.question, None)
        reply = agent.send("And another idea for dinner?")
    assert len(seen) == len(set(seen))
    assert len(seen) <= agent.settings.questions_per_session


def test_an_option_is_answered_by_its_number(agents: Agents) -> None:
    agent = agents()
    question = agent.send(DINNER).question
    assert question is not None
    index = next(i for i, option in enumerate(question.options) if "egetarian" in option)
    agent.answer(question, index)
    assert any(p.value == "vegetarian" for p in agent.memory.get_all())
    with pytest.raises(StaleQuestionError, match=question.id):
        agent.answer(question, index)


@pytest.mark.parametrize("value", [17, -1, "", "   "])
def test_an_impossible_answer_leaves_the_question_open(agents: Agents, value: object) -> None:
    agent = agents()
    question = agent.send(DINNER).question
    assert question is not None
    with pytest.raises(InputError):
        agent.answer(question, value)  # type: ignore[arg-type]
    assert agent.pending == question


def test_a_new_message_passes_over_an_open_question(agents: Agents) -> None:
    agent = agents()
    question = agent.send(DINNER).question
    assert question is not None
    reply = agent.send(REQUEST)
    assert reply.text
    with pytest.raises(StaleQuestionError):
        agent.answer(question, None)
    again = agent.send("Any ideas for dinner tomorrow?")
    assert again.question is None or again.question.aspect != question.aspect


def test_stop_asking_is_obeyed_at_once_and_remembered(agents: Agents) -> None:
    first = agents()
    first.send("Stop asking me questions. Any ideas for dinner?")
    assert first.pending is None
    second = agents()
    assert second.send(DINNER).question is None


def test_drafts_that_break_a_rule_are_written_again(agents: Agents) -> None:
    calls: list[int] = []

    def answering(messages, schema):  # type: ignore[no-untyped-def]
        calls.append(len(messages))
        good = len(calls) > 1
        return agents.drafting(*((SHORT, LONG) if good else (MEAT, MEAT + " Twice.")))(
            messages, schema
        )

    agent = agents(answering=answering)
    agent.memory.add("is vegetarian", hard=True, aspect="diet", value="vegetarian")
    reply = _settled(agent, "Any ideas for lunch?")
    assert len(calls) == 2
    assert reply.text in {SHORT, LONG}
    assert "chicken" not in reply.text.lower()


def test_what_keeps_breaking_a_rule_is_taken_out_and_said(agents: Agents) -> None:
    listed = "Try one of these:\n\n- Grilled chicken\n- Tofu curry\n- Bacon rolls"
    agent = agents(answering=agents.drafting(listed, listed + "\n- Ham"))
    agent.memory.add("is vegetarian", hard=True, aspect="diet", value="vegetarian")
    reply = _settled(agent, "Any ideas for lunch?")
    assert "Tofu curry" in reply.text
    for word in ("chicken", "bacon", "ham"):
        assert word not in reply.text.lower()
    assert "vegetarian" in reply.notice


def test_an_edit_teaches_and_the_next_reply_fits(agents: Agents) -> None:
    agent = agents(answering=agents.drafting(LONG, SHORT))
    reply = _settled(agent, REQUEST)
    taught = agent.edit(reply, "Rain taps.")
    assert taught
    assert agent.memory.get_all()
    fresh = agents(answering=agents.drafting(LONG, SHORT))
    assert fresh.rank("lunch", [LONG, SHORT]).best.text == SHORT
    assert _settled(fresh, "Suggest a name for my cat").text == SHORT


def test_undo_leaves_the_posterior_as_it_was(agents: Agents) -> None:
    agent = agents()
    before = agent.rank("x", [LONG, SHORT]).items
    reply = _settled(agent, REQUEST)
    taught = agent.edit(reply, "Rain.")
    changed = agent.rank("x", [LONG, SHORT]).items
    assert changed[0].utility != pytest.approx(before[0].utility)
    for preference in taught:
        agent.undo(preference)
    after = agent.rank("x", [LONG, SHORT]).items
    assert [i.utility for i in after] == pytest.approx([i.utility for i in before], abs=1e-6)
    assert agent.memory.get_all() == []


def test_offers_a_choice_when_asked_for(agents: Agents) -> None:
    agent = agents()
    reply = agent.send(REQUEST, offer_choice=True)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    assert reply.choosing is not None
    assert {c.text for c in reply.choosing.candidates} == {SHORT, LONG}
    index = [c.text for c in reply.choosing.candidates].index(LONG)
    settled = agent.choose(reply.choosing, index)
    assert settled.text == LONG
    assert agent.rank("x", [SHORT, LONG]).best.text == LONG
    with pytest.raises(StaleQuestionError):
        agent.choose(reply.choosing, 0)


def test_a_draft_can_be_chosen_after_the_reply(agents: Agents) -> None:
    agent = agents()
    reply = _settled(agent, "Suggest a name for my boat")
    other = next(i for i, c in enumerate(reply.candidates) if c.candidate.text != reply.text)
    settled = agent.choose(reply, other)
    assert settled.text == reply.candidates[other].candidate.text
    assert agent.turns()[-1].text == settled.text


def test_a_statement_is_learned_without_a_call(agents: Agents) -> None:
    agent = agents()
    events = list(agent.stream("I'm allergic to peanuts."))
    reply = events[-1].reply if isinstance(events[-1], Finished) else None
    assert reply is not None
    assert reply.trace.usage.calls == 0
    assert reply.decision.kind == "silent"
    learned = [p for e in events if isinstance(e, Learned) for p in e.preferences]
    assert learned
    assert learned[0].hard
    assert tuple(learned) == reply.learned


def test_forget_that_erases_it(agents: Agents) -> None:
    agent = agents()
    agent.send("I love jazz.")
    assert any("jazz" in p.description for p in agent.memory.get_all())
    agent.send("Forget that I love jazz.")
    assert not any("jazz" in p.description for p in agent.memory.get_all())


def test_forget_that_takes_back_what_was_learned_last(agents: Agents) -> None:
    agent = agents()
    agent.send("I love jazz.")
    agent.send("I hate cilantro.")
    reply = agent.send("Forget that.")
    assert [p.value for p in agent.memory.get_all()] == ["jazz"]
    assert "cilantro" in reply.notice


def test_a_second_rule_of_diet_stands_beside_the_first(agents: Agents) -> None:
    agent = agents()
    agent.send("I'm vegetarian.")
    agent.send("I don't drink alcohol.")
    agent.send("I'm allergic to nuts.")
    rules = {p.value for p in agent.memory.get_all() if p.hard}
    assert rules == {"vegetarian", "alcohol-free", "nut-allergy"}
    agent.send("I'm vegan now.")
    rules = {p.value for p in agent.memory.get_all() if p.hard}
    assert rules == {"vegan", "alcohol-free", "nut-allergy"}


def test_without_an_embedder_replies_are_not_ranked_but_rules_hold(agents: Agents) -> None:
    agent = agents.without_embedder(answering=agents.drafting(MEAT, SHORT))
    agent.send("I'm vegetarian.")
    reply = _settled(agent, "Suggest three dinner ideas, please")
    assert reply.text == SHORT or MEAT not in reply.text
    assert "not ranked" in reply.notice or len(reply.candidates) == 1


def test_ratings_are_bounded(agents: Agents) -> None:
    agent = agents()
    reply = _settled(agent, REQUEST)
    agent.rate(reply, 1.0)
    with pytest.raises(InputError, match="2"):
        agent.rate(reply, 2.0)
    with pytest.raises(NotFoundError, match="nowhere"):
        agent.rate("nowhere", 1.0)


def test_rank_needs_candidates_and_respects_hard_constraints(agents: Agents) -> None:
    agent = agents()
    with pytest.raises(InputError):
        agent.rank("dinner", [])
    agent.memory.add("is vegetarian", hard=True, aspect="diet", value="vegetarian")
    ranking = agent.rank("dinner", [Candidate(text=MEAT, id="meat"), Candidate(text=SHORT)])
    assert ranking.best.text == SHORT
    assert ranking.items[1].violations
    with pytest.raises(InputError, match="spice"):
        agent.rank("dinner", [Candidate(text="soup", features={"spice": float("nan")})])


def test_a_session_goes_on_in_another_agent(agents: Agents) -> None:
    first = agents()
    question = first.send(DINNER).question
    assert question is not None
    first.close()
    second = agents(session_id=first.session_id)
    assert second.pending == question
    assert second.turns()[0].text == DINNER
    assert second.answer(question, "I'm vegan").learned
    assert [s.id for s in second.sessions()] == [first.session_id]


def test_history_reaches_the_model_with_edits_in_place(agents: Agents) -> None:
    seen: list[str] = []

    def answering(messages, schema):  # type: ignore[no-untyped-def]
        seen.append("\n".join(f"{m.role}: {m.content}" for m in messages))
        return agents.drafting(LONG, SHORT)(messages, schema)

    agent = agents(answering=answering)
    reply = _settled(agent, REQUEST)
    agent.edit(reply, "Rain taps on tin.")
    agent.learned()
    _settled(agent, "Now one about snow, as a poem")
    assert "assistant: Rain taps on tin." in seen[-1]
    assert f"user: {REQUEST}" in seen[-1]
    assert reply.text not in seen[-1]


def test_one_turn_at_a_time(agents: Agents) -> None:
    agent = agents()
    events = agent.stream(REQUEST)
    next(events)
    with pytest.raises(SessionBusyError):
        agent.send(REQUEST)
    events.close()
    assert agent.send(REQUEST).text


def test_a_cancelled_turn_keeps_its_message(agents: Agents) -> None:
    agent = agents()
    events = agent.stream(REQUEST)
    for event in events:
        if isinstance(event, ReplyDelta | DraftDelta):
            break
    events.close()
    assert [t.text for t in agent.turns()] == [REQUEST]
    assert agent.send("Again, please: a poem about rain").text


def test_without_a_chat_model_memory_and_ranking_work(agents: Agents) -> None:
    agent = agents.without_chat()
    with pytest.raises(NoChatModelError):
        agent.send("I'm vegetarian. Any ideas for dinner?")
    assert any(p.value == "vegetarian" for p in agent.memory.get_all())
    assert agent.turns()[0].text.startswith("I'm vegetarian")
    assert agent.rank("dinner", [MEAT, SHORT]).best.text == SHORT


def test_a_failing_model_loses_no_turn(agents: Agents) -> None:
    from penchant.errors import ChatTimeoutError

    def failing(_messages, _schema):  # type: ignore[no-untyped-def]
        raise ChatTimeoutError("no token within 120 s")

    agent = agents(chat=FunctionChatModel(fn=failing))
    with pytest.raises(ChatTimeoutError):
        agent.send(REQUEST)
    assert [t.text for t in agent.turns()] == [REQUEST]


async def test_the_async_twins_work_in_a_running_loop(agents: Agents) -> None:
    agent = agents()
    reply = await agent.asend(DINNER)
    assert reply.question is not None
    events = [e async for e in agent.astream_answer(reply.question, "I'm vegan")]
    last = events[-1]
    assert isinstance(last, Finished)
    while last.reply.question is not None:
        last = Finished(reply=await agent.aanswer(last.reply.question, None))
    assert last.reply.text
    assert await agent.aedit(last.reply, "Tofu.")
    assert (await agent.arank("x", [SHORT, LONG])).items
    assert isinstance(await agent.alearned(), tuple)
    await agent.aclose()


def _settled(agent, text):  # type: ignore[no-untyped-def]
    reply = agent.send(text)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def test_loading_names_all_that_is_missing(agents: Agents) -> None:
    with pytest.raises(EmbedderError, match=r"no ranking.*penchant models pull minilm"):
        agents.without_embedder(answering=agents.drafting(SHORT)).load()
    agents.close()
    missing = agents.settings.model_copy(update={"cache": agents.settings.home / "empty"})
    with Agent("ana", settings=missing) as agent:
        with pytest.raises(NoChatModelError, match="penchant models pull minilm"):
            agent.load()
        assert agent.memory.get_all() == []
