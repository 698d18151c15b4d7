"""What edits, picks, repairs and thanks teach, for which occasion, and at which cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from penchant.agent import Agent, Reply
from penchant.errors import ChatTimeoutError
from penchant.memory.types import Retire
from penchant.models import FunctionChatModel

if TYPE_CHECKING:
    from conftest import Agents

POEM = "Write a short poem about rain."
POEM_2 = "Write a poem about snow at night."
MAIL = "Write an email to Sam about the late report."
LUNCH = "Any ideas for lunch?"
RAIN = "Rain falls softly on the ground and brings a calm to all the town around."
DRUMS = "Rain drums the tin roof of the shed, a moth folds into the wet iron gutter."
SHORT = "Tofu stir fry with rice."
LONG = "Lentil soup! Fry onions, add lentils and stock, simmer for half an hour, then serve it!"


class Model(FunctionChatModel):
    """Drafts two texts, and says of rewritten ones what it is told to, or raises it."""

    def __init__(self, *drafts: str, wants: object = ()) -> None:
        super().__init__(fn=self.answering)
        self.drafts = drafts or (RAIN, LONG)
        self.wants = wants
        self.asked = 0

    def answering(self, messages: Any, schema: Any) -> Any:
        if schema is None:
            return self.drafts[0]
        if "drafts" in schema.model_fields:
            texts = [{"approach": f"way {i}", "text": text} for i, text in enumerate(self.drafts)]
            return json.dumps({"drafts": texts})
        if "wants" not in schema.model_fields:
            return "{}"
        self.asked += 1
        if isinstance(self.wants, Exception):
            raise self.wants
        return self.wants if isinstance(self.wants, str) else json.dumps({"wants": self.wants})


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def agent(agents: Agents, model: Model) -> Agent:
    return agents(chat=model)


def settled(agent: Agent, text: str, **options: Any) -> Reply:
    reply = agent.send(text, **options)
    while reply.question is not None:
        reply = agent.answer(reply.question, None)
    return reply


def lines(agent: Agent) -> set[tuple[str, str | None]]:
    return {(p.description, p.scope) for p in agent.memory.get_all()}


# Occasions


@pytest.mark.parametrize(
    ("request_text", "scope"),
    [
        (POEM, "poems"),
        (MAIL, "emails"),
        ("For work emails, write a note to Sam that I am late.", "work emails"),
        (LUNCH, None),
    ],
)
def test_an_edit_teaches_for_its_occasion(agent: Agent, request_text: str, scope: str) -> None:
    reply = settled(agent, request_text)
    (learned,) = agent.edit(reply, "Rain falls.")
    assert (learned.aspect, learned.scope, learned.origin) == ("length", scope, "inferred")
    (event,) = agent.memory.evidence(kind="edit")
    assert learned.evidence_ids == (event.id,)


def test_the_same_shown_for_three_kinds_of_text_holds_always(agents: Agents) -> None:
    model = Model()
    agent = agents(chat=model)
    scopes = []
    for request_text in (POEM, MAIL, "Write a short speech for the wedding"):
        model.drafts = (f"It rains 🎉 on {request_text} 🎉",)
        reply = settled(agent, request_text)
        agent.edit(reply, reply.text.replace(" 🎉", ""))
        agent.learned()
        scopes.append({line.scope for line in agent.memory.get_all()})
    assert scopes == [{"poems"}, {"poems", "emails"}, {None}]
    (line,) = agent.memory.get_all()
    assert line.description == "prefers replies without emoji"
    assert len(line.evidence_ids) == 2


def test_edits_of_one_kind_of_text_from_two_sources_do_not_touch(agents: Agents) -> None:
    model = Model()
    agent = agents(chat=model)
    minutes = "Write a summary of these meeting minutes: all came, the hall is let, a vote is due"
    trip = "Write a summary of our trip: three days of rain, a hut, a long way down"
    told = "All came to the meeting.\nThe hall is let.\nA vote is due in May."
    listed = "- All came to the meeting.\n- The hall is let.\n- A vote is due in May."
    for request_text, before, after in (
        (minutes, told, listed), (trip, listed, told), (minutes, told, listed)
    ):  # fmt: skip
        model.drafts = (before,)
        agent.edit(settled(agent, request_text), after)
        agent.learned()
    assert lines(agent) == {
        ("prefers bullet points", "summaries of meeting minutes"),
        ("prefers prose to lists", "summaries of trips"),
    }
    recalled = {
        each: {line.description for line in settled(agent, each).recalled}
        for each in (minutes, trip)
    }
    assert recalled == {minutes: {"prefers bullet points"}, trip: {"prefers prose to lists"}}


def test_the_contrary_on_another_occasion_is_no_contradiction(agents: Agents) -> None:
    agent = agents(chat=Model(RAIN, LONG))
    agent.edit(settled(agent, POEM), "Rain falls.")
    agent.learned()
    reply = settled(agent, MAIL)
    agent.edit(reply, f"{reply.text} {DRUMS} {RAIN}")
    scopes = {p.scope: p.value for p in agent.memory.get_all() if p.aspect == "length"}
    assert scopes == {"poems": "about 5 words", "emails": "about 50 words"}


def test_an_order_is_for_its_occasion_and_a_statement_is_as_it_is_said(agent: Agent) -> None:
    settled(agent, POEM)
    agent.send("shorter")
    assert lines(agent) == {("prefers short replies", "poems")}
    agent.send("For work emails, I prefer a formal tone.")
    agent.send("I prefer your answers in bullet points.")
    assert lines(agent) == {
        ("prefers short replies", "poems"),
        ("prefers a formal tone", "work emails"),
        ("prefers bullet points", None),
    }
    hard = agent.send("From now on, never seafood.").learned
    assert [(p.hard, p.polarity, p.scope) for p in hard] == [(True, "dislike", None)]
    settled(agent, MAIL)
    agent.send("shorter")
    assert {
        ("prefers short replies", "poems"), ("prefers short replies", "emails")
    } < lines(agent)  # fmt: skip


def test_a_changed_reply_still_answers_the_first_request(agent: Agent, model: Model) -> None:
    settled(agent, POEM)
    agent.send("shorter")
    model.drafts = (f"{DRUMS} {DRUMS}",)
    reply = agent.send("more formal")
    (learned, *_) = agent.edit(reply, "Rain drums on tin.")
    assert learned.scope == "poems"
    contexts = {e.observation.kind: e.context.text for e in agent.memory.evidence() if e.context}
    assert contexts == {"command": POEM, "edit": POEM}


def test_what_holds_for_another_kind_of_text_is_not_recalled(agent: Agent) -> None:
    agent.memory.add("prefers bullet points", aspect="format", value="bullets", scope="recipes")
    agent.memory.add("prefers a formal tone", aspect="tone", value="formal", scope="emails to Sam")
    agent.memory.add("prefers plain words", aspect="style:plain words")

    def recalled(request_text: str) -> set[str]:
        return {p.description for p in settled(agent, request_text).recalled}

    assert recalled("Write an email to Sam about emails of recipes.") == {
        "prefers a formal tone",
        "prefers plain words",
    }
    assert recalled("Give me a recipe for soup.") == {
        "prefers bullet points",
        "prefers plain words",
    }


def test_an_answer_with_an_occasion_is_not_for_always(agents: Agents) -> None:
    agent = agents(chat=Model())
    question = agent.send("Any ideas for dinner?").question
    assert question is not None
    agent.answer(question, "For work emails, I prefer a formal tone. I'm vegetarian.")
    scopes = {p.aspect: (p.scope, p.hard, p.origin) for p in agent.memory.get_all()}
    assert scopes["tone"] == ("work emails", False, "stated")
    assert scopes["diet"] == (None, True, "stated")


# Reasons


def test_a_reason_for_an_edit_is_learned_for_its_occasion(agent: Agent) -> None:
    reply = settled(agent, MAIL)
    after = reply.text.replace("late", "in time", 1) if "late" in reply.text else f"{reply.text}."
    agent.edit(reply, after, reason="too formal; I'm vegetarian")
    found = {line.aspect: (line.value, line.scope, line.hard) for line in agent.memory.get_all()}
    assert found == {"tone": ("casual", "emails", False), "diet": ("vegetarian", None, True)}
    (event,) = agent.memory.evidence(kind="edit")
    assert all(line.evidence_ids == (event.id,) for line in agent.memory.get_all())


def test_a_count_says_more_exactly_what_a_reason_only_names(agent: Agent) -> None:
    reply = settled(agent, POEM)
    agent.edit(reply, "Rain falls.", reason="too long")
    (line,) = agent.memory.get_all()
    assert (line.aspect, line.value) == ("length", "about 5 words")


def test_a_reason_for_a_pick_is_learned(agent: Agent) -> None:
    agent.prefer("Rain.", RAIN, reason="shorter", context=POEM)
    (line,) = agent.memory.get_all()
    assert (line.aspect, line.value, line.scope) == ("length", "short", "poems")
    agent.prefer("Rain.", RAIN, reason="more formal", context=POEM, judge="a model")
    assert len(agent.memory.get_all()) == 1


# Edits


def test_one_small_call_for_what_counting_does_not_explain(agent: Agent, model: Model) -> None:
    model.wants = ["tin and iron sounds"]
    agent.edit(settled(agent, POEM), DRUMS)
    assert model.asked <= 1
    agent.learned()
    assert model.asked == 1
    assert agent.background_usage.calls == 1
    assert agent.memory.jobs() == []
    (call,) = [c for c in model.calls if c.schema is not None and "wants" in c.schema.model_fields]
    assert (call.background, call.max_tokens) == (True, 64)


def test_what_counting_explains_costs_no_call(agent: Agent, model: Model) -> None:
    agent.edit(settled(agent, POEM), "Rain falls softly.")
    agent.learned()
    assert model.asked == 0
    assert agent.memory.jobs() == []


def test_what_the_model_says_is_tested_and_the_rest_is_told(agent: Agent, model: Model) -> None:
    model.wants = ["sensory nouns", "many questions", "short sentences and no full stop"]
    agent.edit(
        settled(agent, POEM), "Rain drums. Tin rings. A moth folds. Iron smells. Wet streets."
    )
    agent.learned()
    kept = [p for p in agent.memory.get_all() if p.aspect and p.aspect.startswith("style:")]
    dropped = [c for c in agent.memory.history() if c.operation == "drop"]
    assert all("predicts" in c.reason for c in dropped)
    assert any("many questions" in c.description for c in dropped)
    (event,) = agent.memory.evidence(kind="edit")
    assert {c.evidence_id for c in dropped} == {event.id}
    assert all(p.evidence_ids == (event.id,) for p in kept)
    proposed = [c for c in agent.memory.history() if c.evidence_id == event.id]
    assert len(proposed) <= 4


@pytest.mark.parametrize(
    "failure", [ChatTimeoutError("late"), "They like it short!", '{"wants": "short"}']
)
def test_a_failing_model_loses_nothing(agent: Agent, model: Model, failure: object) -> None:
    model.wants = failure
    agent.edit(settled(agent, POEM), DRUMS)
    assert agent.learned() == ()
    (job,) = agent.memory.jobs()
    assert (job.kind, job.attempts) == ("edit", 1)
    assert len(agent.memory.evidence(kind="edit")) == 1
    model.wants = ["exact numbers"]
    agent.memory.retry_jobs()
    settled(agent, LUNCH)
    agent.learned()
    assert agent.memory.jobs() == []
    assert any(c.operation == "drop" for c in agent.memory.history())


def test_without_a_chat_model_what_was_counted_is_learned(agents: Agents) -> None:
    alone = agents.without_chat()
    memory, session = alone.memory, alone.session_id
    memory.memory.start_session("ana", "t", session_id=session)
    memory.add_turn(session, "user", MAIL)
    reply = memory.add_turn(session, "assistant", f"{RAIN} {RAIN}!")
    learned = alone.edit(reply.id, "Sam, it rains.")
    assert {(p.aspect, p.scope) for p in learned} >= {("length", "emails")}


def test_without_an_embedder_what_was_counted_is_learned_untested(agents: Agents) -> None:
    agent = agents.without_embedder(answering=agents.drafting(RAIN))
    (learned,) = agent.edit(settled(agent, POEM), "Rain falls.")
    assert (learned.aspect, learned.scope) == ("length", "poems")


def test_a_line_that_goes_meanwhile_loses_no_edit(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def outdated(*_args: object, **_options: object) -> tuple[Retire, ...]:
        return (Retire(preference_id="gone", reason="x"),)

    monkeypatch.setattr("penchant.agent.inferring.update", outdated)
    (learned,) = agent.edit(settled(agent, POEM), "Rain falls.")
    assert learned.aspect == "length"
    assert len(agent.memory.evidence(kind="edit")) == 1


def test_a_length_shown_again_is_surer_and_a_single_contrary_one_is_dropped(
    agent: Agent, model: Model
) -> None:
    def rewritten(number: str, words: int) -> None:
        model.drafts = (f"{number} {RAIN} {number} {DRUMS} {number} {LONG}",)
        reply = settled(agent, POEM)
        agent.edit(reply, " ".join([*reply.text.split(), *DRUMS.split()][:words]))

    for number, words in (("One", 8), ("Two", 8), ("Three", 9)):
        rewritten(number, words)
    (line,) = [p for p in agent.memory.get_all() if p.aspect == "length"]
    assert (line.value, len(line.evidence_ids)) == ("about 10 words", 3)
    assert line.confidence > 0.7
    rewritten("Four", 26)
    (still,) = [p for p in agent.memory.get_all() if p.aspect == "length"]
    assert still.id == line.id
    (drop,) = [c for c in agent.memory.history() if c.operation == "drop"]
    assert drop.description == "prefers longer replies, about 30 words"
    assert drop.preference_id == line.id
    assert "no better than what is known" in drop.reason


# Picks and repairs


SHORTS = ("Tofu stir fry with rice.", "Egg fried in butter.", "Soup of the day.")
LONGS = (
    "Lentil soup! Fry onions, add lentils and stock, simmer for half an hour, then serve it!",
    "Bread dumplings! Soak old bread in milk, add eggs and herbs, and boil them for a while!",
    "Potato pancakes! Grate potatoes, press them dry, add an egg and fry them on both sides!",
)


def pick(agent: Agent, model: Model, request_text: str, wanted: str, other: str) -> None:
    model.drafts = (wanted, other)
    choosing = settled(agent, request_text, offer_choice=True).choosing
    assert choosing is not None
    agent.choose(choosing, [c.text for c in choosing.candidates].index(wanted))
    agent.learned()


def test_one_pick_adds_no_line_and_costs_no_call(agent: Agent, model: Model) -> None:
    pick(agent, model, POEM, SHORTS[0], LONGS[0])
    assert agent.memory.get_all() == []
    assert model.asked == 0
    assert agent.memory.jobs() == []


def test_what_a_second_pick_bears_out_is_learned(agent: Agent, model: Model) -> None:
    pick(agent, model, POEM, SHORTS[0], LONGS[0])
    pick(agent, model, POEM_2, SHORTS[1], LONGS[1])
    assert ("prefers short replies, about 5 words", "poems") in lines(agent)
    assert model.asked == 0
    picks = {e.id for e in agent.memory.evidence(kind="choice")}
    for line in agent.memory.get_all():
        assert set(line.evidence_ids) <= picks
        assert line.confidence < 0.5


def test_a_pick_confirms_the_line_that_predicts_it(agent: Agent, model: Model) -> None:
    settled(agent, POEM)
    agent.send("shorter")
    (before,) = agent.memory.get_all()
    pick(agent, model, POEM_2, SHORTS[0], LONGS[0])
    (after,) = agent.memory.get_all()
    assert after.id == before.id
    assert after.confidence > before.confidence
    assert len(after.evidence_ids) == len(before.evidence_ids) + 1
    assert model.asked == 0


def test_a_pick_that_nothing_explains_asks_once_if_it_can_be_tested(
    agent: Agent, model: Model
) -> None:
    model.wants = ["sounds of metal"]
    pick(agent, model, POEM, DRUMS, RAIN)
    assert model.asked == 0
    hums = "Snow hums on copper wires, a fox writes along the frozen rail of the yard."
    quiet = "Snow comes quietly at night and makes all of the world look gentle and white."
    pick(agent, model, POEM_2, hums, quiet)
    assert model.asked == 1
    assert agent.memory.jobs() == []


def test_picks_against_an_inferred_line_retire_it(agent: Agent, model: Model) -> None:
    settled(agent, POEM)
    agent.send("shorter")
    for short, long in zip(SHORTS, LONGS, strict=True):
        pick(agent, model, POEM, long, short)
    assert "short" not in {p.value for p in agent.memory.get_all()}
    told = [c for c in agent.memory.history() if c.operation == "retire"]
    assert [c.description for c in told] == ["prefers short replies"]


def test_an_accepted_repair_is_inferred_from_and_an_unopposed_one_is_not(agents: Agents) -> None:
    revised = iter([SHORT, SHORT])

    def answering(messages: Any, schema: Any) -> Any:
        if any("Rewrite your last reply" in message.content for message in messages):
            return next(revised)
        return agents.drafting(LONG, RAIN)(messages, schema)

    agent = agents(answering=answering)
    settled(agent, POEM)
    agent.send("That's way too long")
    (before,) = agent.memory.get_all()
    agent.send("Much better, thanks!")
    agent.learned()
    (after,) = [p for p in agent.memory.get_all() if p.aspect == "length"]
    assert after.confidence > before.confidence
    (repair,) = [e for e in agent.memory.evidence(kind="reaction") if e.observation.instead_of]
    assert repair.context.text == POEM
    assert repair.id in after.evidence_ids
    settled(agent, MAIL)
    agent.send("No, make it shorter")
    settled(agent, LUNCH)
    unopposed = agent.memory.evidence(kind="reaction")[-1]
    assert unopposed.observation.category is None
    agent.learned()
    assert all(unopposed.id not in p.evidence_ids for p in agent.memory.get_all())


def test_suggestions_passed_over_are_a_weak_no(agents: Agents) -> None:
    agent = agents(chat=Model(SHORT, LONG))
    fresh = "Drizzle hums on the old slates."
    before = {i.candidate.text: i.utility for i in agent.rank("x", [SHORT, LONG, fresh]).items}
    assert agent.send(POEM, offer_choice=True).choosing is not None
    settled(agent, LUNCH)
    after = {i.candidate.text: i.utility for i in agent.rank("x", [SHORT, LONG, fresh]).items}
    for passed in (SHORT, LONG):
        assert after[passed] - before[passed] < after[fresh] - before[fresh]
    agent.learned()
    assert agent.memory.get_all() == []


# Acceptance


def inferred(agent: Agent) -> Any:
    (line,) = [p for p in agent.memory.get_all() if p.origin == "inferred"]
    return line


def test_a_reply_liked_as_it_was_confirms_what_it_was_written_under(agents: Agents) -> None:
    agent = agents(chat=Model(SHORT, LONG))
    agent.memory.add("prefers a formal tone", aspect="tone", value="formal")
    settled(agent, LUNCH)
    agent.send("shorter")
    before, stated = inferred(agent), agent.memory.get_all()[0]
    assert {p.aspect for p in settled(agent, LUNCH).recalled} == {"length", "tone"}
    agent.send("Thanks, that was perfect!")
    after = inferred(agent)
    assert before.confidence < after.confidence < 0.85
    (thanks,) = agent.memory.evidence(kind="reaction")
    assert after.evidence_ids == (*before.evidence_ids, thanks.id)
    assert agent.memory.get_all()[0] == stated
    (told,) = [c for c in agent.memory.history() if c.evidence_id == thanks.id]
    assert (told.operation, told.preference_id) == ("revise", before.id)


@pytest.mark.parametrize("said", ["Bye!", "No, that's wrong.", "Any ideas for dinner?"])
def test_other_words_confirm_nothing(agents: Agents, said: str) -> None:
    agent = agents(chat=Model(SHORT, LONG))
    settled(agent, LUNCH)
    agent.send("shorter")
    settled(agent, LUNCH)
    before = inferred(agent).confidence
    agent.send(said)
    assert inferred(agent).confidence <= before


def test_a_rewritten_reply_was_not_liked_as_it_was(agents: Agents) -> None:
    agent = agents(chat=Model(SHORT, LONG))
    settled(agent, LUNCH)
    agent.send("shorter")
    reply = settled(agent, LUNCH)
    agent.edit(reply, reply.text.replace("Tofu", "Egg"))
    before = inferred(agent)
    agent.send("Thanks, that was perfect!")
    assert inferred(agent) == before


def test_a_good_rating_confirms_and_a_bad_one_does_not(agents: Agents) -> None:
    agent = agents(chat=Model(SHORT, LONG))
    settled(agent, LUNCH)
    agent.send("shorter")
    before = inferred(agent).confidence
    reply = settled(agent, LUNCH)
    agent.rate(reply, -1.0)
    assert inferred(agent).confidence == before
    agent.rate(reply, 1.0)
    once = inferred(agent)
    assert once.confidence > before
    # Gone with its evidence, it is confirmed no more; the rating is kept.
    agent.memory.delete(once.id)
    ratings = len(agent.memory.evidence(kind="rating"))
    agent.rate(reply, 1.0)
    assert len(agent.memory.evidence(kind="rating")) == ratings + 1
