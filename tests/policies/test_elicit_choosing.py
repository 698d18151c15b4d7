"""Which question is asked, in which form, and when none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from penchant.errors import InputError
from penchant.memory.types import Answer, Preference
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.elicit import Aspects, Costs, Elicitor, Patience, question_for
from penchant.policies.feedback import read_message
from penchant.policies.reward.posterior import Weight
from penchant.policies.types import Decision

if TYPE_CHECKING:
    from penchant.models.embedder import OnnxEmbedder

LAPTOP = "Which laptop should I buy?"
DINNER = "Any ideas for dinner tonight?"
EMAIL = "Write an email to Tom."


def laptops(
    count: int = 20, *, importance: float = 0.15, reply_words: int | None = None
) -> Aspects:
    level = Literal["low", "middle", "high"]
    fields = {
        f"part_{chr(97 + place)}": (level, Field(json_schema_extra={"importance": importance}))
        for place in range(count)
    }
    model: type[BaseModel] = create_model("Laptop", **fields)  # type: ignore[call-overload]
    requests = [LAPTOP, "Recommend a laptop."]
    return Aspects.from_schema(model, requests, words=["laptop"], reply_words=reply_words)


def preference(description: str, **more: object) -> Preference:
    plain = Preference(
        id="p",
        user_id="ana",
        description=description,
        polarity="like",
        hard=False,
        strength=0.8,
        origin="stated",
        confidence=0.9,
        scope=None,
        aspect=None,
        value=None,
        evidence_ids=(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def decide(elicitor: Elicitor, message: str, **more: object) -> Decision:
    reading = read_message(message, last_reply=None)
    given = {"live": (), "asked": (), "asked_this_session": 0, "cap": 5, "asks_less": False}
    return elicitor.decide(reading.request, reading=reading, **(given | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def shipped() -> Elicitor:
    return Elicitor(HashEmbedder(512))


@pytest.fixture(scope="module")
def shop() -> Elicitor:
    return Elicitor(HashEmbedder(512), laptops())


def named(value: str | None, key: str = "matters:laptop") -> Answer:
    return Answer(question="What matters most to you here?", aspect=key, value=value)


def test_with_many_aspects_it_asks_what_matters_and_then_about_that(shop: Elicitor) -> None:
    first = decide(shop, LAPTOP)
    assert (first.kind, first.form) == ("ask", "open")
    assert first.aspect is not None
    question = question_for(first.aspect, LAPTOP, form=first.form)
    assert question.text == "What matters most to you here?"
    assert 2 <= len(question.options) <= 4
    best = first.weighed[0]
    assert (best.evoi, best.ahead > best.cost, best.eig > 0) == (0.0, True, True)
    then = decide(
        shop,
        LAPTOP,
        asked=["matters:laptop"],
        answers=[named("the Part B, mostly")],
        asked_this_session=1,
    )
    assert (then.kind, then.form) == ("ask", "value")
    assert then.aspect is not None
    assert then.aspect.key == "part_b"
    other = decide(
        shop,
        LAPTOP,
        asked=["matters:laptop"],
        answers=[named("part k")],
        asked_this_session=1,
    )
    assert other.aspect is not None
    assert other.aspect.key == "part_k"


@pytest.mark.parametrize("value", [None, "whatever", "ünïcode ??", "", "part z"])
def test_an_open_question_that_named_nothing_is_not_asked_again(
    shop: Elicitor, value: str | None
) -> None:
    decision = decide(
        shop, LAPTOP, asked=["matters:laptop"], answers=[named(value)], asked_this_session=1
    )
    assert decision.form == "value"
    assert all(not each.aspect.startswith("matters") for each in decision.weighed)


def test_what_else_matters_is_asked_once(shop: Elicitor) -> None:
    answers = [named("part b"), named("part c", "matters:laptop:else")]
    weighed = decide(shop, LAPTOP, asked=["matters:laptop", "part_b"], answers=answers[:1]).weighed
    assert any(each.aspect == "matters:laptop:else" for each in weighed)
    asked = ["matters:laptop", "matters:laptop:else", "part_b"]
    weighed = decide(shop, LAPTOP, asked=asked, answers=answers).weighed
    assert all(each.form != "open" for each in weighed)


def test_few_aspects_are_asked_about_one_by_one(shipped: Elicitor) -> None:
    assert decide(shipped, DINNER).form == "value"
    assert all(each.form == "value" for each in decide(shipped, DINNER).weighed)


def test_every_weighed_question_has_its_numbers(shipped: Elicitor) -> None:
    decision = decide(shipped, DINNER)
    for each in decision.weighed:
        assert each.eig > 0
        assert 0 < each.evoi <= 1
        assert each.cost > 0
        assert each.threshold == pytest.approx(each.cost / Costs().stretch, abs=0.002)
    assert 0 < decision.settled < 0.8
    known = decide(shipped, "I'm vegan and in a hurry. An Italian dinner idea?")
    assert known.settled > decision.settled
    assert known.kind == "answer"


def test_a_guess_about_what_may_harm_is_made_sure_of(shipped: Elicitor) -> None:
    guess = preference(
        "seems to be vegetarian",
        aspect="diet",
        value="vegetarian",
        origin="inferred",
        confidence=0.6,
    )
    decision = decide(shipped, DINNER, live=[guess])
    assert decision.kind == "ask"
    assert decision.aspect is not None
    assert decision.aspect.key == "diet"
    forms = {each.form for each in decision.weighed if each.aspect == "diet"}
    assert forms == {"value", "edge"}
    sure = decide(shipped, DINNER, live=[replace(guess, origin="stated", confidence=0.9)])
    assert sure.aspect is not None
    assert sure.aspect.key != "diet"


def test_an_edge_case_is_asked_where_the_options_take_long_to_read() -> None:
    long = ("no restrictions " * 9, "vegetarian", "vegan " + "and " * 60, "gluten " * 40)
    library = Aspects.load()
    food = next(kind for kind in library.kinds if kind.name == "food")
    diet = replace(food.aspects[0], values=tuple(each.strip() for each in long))
    kinds = tuple(
        replace(kind, aspects=(diet, *kind.aspects[1:])) if kind is food else kind
        for kind in library.kinds
    )
    elicitor = Elicitor(HashEmbedder(512), replace(library, kinds=kinds))
    guess = preference(
        "seems vegetarian", aspect="diet", value="vegetarian", origin="inferred", confidence=0.7
    )
    decision = decide(elicitor, DINNER, live=[guess])
    assert (decision.kind, decision.form, decision.probe) == ("ask", "edge", "vegetarian")
    assert decision.aspect is not None
    question = question_for(decision.aspect, DINNER, form="edge", probe=decision.probe)
    assert question.text == "Would you still want it if the diet were not vegetarian?"
    assert question.options == ("no, it must be", "yes, still fine")


FORMAL = preference("likes a formal tone", aspect="tone", value="formal", scope="at work")
CASUAL = preference("likes a casual tone", aspect="tone", value="casual", id="q")


def test_the_occasion_is_asked_only_where_the_reply_would_flip(minilm: OnnxEmbedder) -> None:
    elicitor = Elicitor(minilm)
    flips = decide(elicitor, EMAIL, live=[FORMAL, CASUAL])
    assert (flips.kind, flips.form) == ("ask", "context")
    assert flips.aspect is not None
    question = question_for(flips.aspect, EMAIL, form=flips.form)
    assert question.text == "Is this at work?"
    assert "tone" in question.why
    assert question.options == ("at work", "something else")
    for message, live, asked in [
        # The request says it; both want the same; one taste alone; another kind; asked before.
        ("Write an email to Tom at work.", [FORMAL, CASUAL], ()),
        (EMAIL, [FORMAL, replace(CASUAL, value="formal")], ()),
        (EMAIL, [FORMAL], ()),
        ("Any ideas for dinner tonight?", [FORMAL, CASUAL], ()),
        (EMAIL, [FORMAL, CASUAL], ("context:tone",)),
    ]:
        assert decide(elicitor, message, live=live, asked=asked).form != "context", message


def test_drafts_are_offered_where_they_are_short_and_much_is_open() -> None:
    brief = Elicitor(HashEmbedder(512), laptops(4, importance=0.9, reply_words=12))
    costs = {each.form: each.cost for each in decide(brief, LAPTOP).weighed}
    assert "choice" in costs
    dear = Elicitor(
        HashEmbedder(512),
        laptops(4, importance=0.9, reply_words=12),
        costs=Costs(read=0.08, turn=0.1),
    )
    decision = decide(dear, LAPTOP)
    assert (decision.kind, decision.form) == ("choose", "choice")
    wordy = Elicitor(
        HashEmbedder(512),
        laptops(4, importance=0.9, reply_words=600),
        costs=Costs(read=0.08, turn=0.1),
    )
    assert decide(wordy, LAPTOP).kind != "choose"
    unknown = Elicitor(HashEmbedder(512), laptops(4, importance=0.9))
    assert all(each.form != "choice" for each in decide(unknown, LAPTOP).weighed)


def test_patience_is_learned(shipped: Elicitor) -> None:
    def cost(answered: int, skipped: int) -> float:
        patience = Patience(answered=answered, skipped=skipped)
        return decide(shipped, DINNER, patience=patience).weighed[0].cost

    assert cost(6, 0) < cost(0, 0) < cost(0, 1) < cost(0, 2) < cost(0, 30)
    assert cost(0, 30) == cost(0, 3000)
    assert cost(6000, 0) == cost(60, 0)
    assert cost(4, 4) > cost(0, 0)
    tired = decide(shipped, DINNER, patience=Patience(skipped=9))
    assert tired.kind == "answer"


def test_a_skipped_question_costs_double(shipped: Elicitor) -> None:
    def cost(asked: int, skipped: int) -> float:
        decision = decide(shipped, DINNER, asked_this_session=asked, skipped_this_session=skipped)
        return decision.weighed[0].cost

    assert cost(1, 1) - cost(0, 0) == pytest.approx(2 * (cost(1, 0) - cost(0, 0)), abs=0.002)


def test_an_answer_that_lasts_is_worth_more() -> None:
    once, often = (Elicitor(HashEmbedder(512), costs=Costs(reuses=r)) for r in (1.0, 1.5))
    value = lambda e: {w.aspect: w.value for w in decide(e, DINNER, cap=1).weighed}  # noqa: E731
    assert value(often)["diet"] > value(once)["diet"]
    assert value(often)["effort"] == value(once)["effort"]


def test_a_question_that_falls_a_little_short_is_asked_while_the_reply_is_unsure() -> None:
    """The stop rule's second half: unsure of the best reply, and much to learn."""
    request = "I want to learn about economics."
    strict = Elicitor(HashEmbedder(512), costs=Costs(turn=0.25, stretch=1.0))
    best = decide(strict, request).weighed[0]
    short = Costs(turn=0.25 + best.value - best.cost + 0.01, stretch=1.0)
    assert decide(Elicitor(HashEmbedder(512), costs=short), request, cap=1).kind == "answer"
    lenient = replace(short, stretch=1.5)
    assert decide(Elicitor(HashEmbedder(512), costs=lenient), request, cap=1).kind == "ask"
    sure = replace(lenient, sure=0.0)
    assert decide(Elicitor(HashEmbedder(512), costs=sure), request, cap=1).kind == "answer"
    dull = replace(lenient, least_eig=9.0)
    assert decide(Elicitor(HashEmbedder(512), costs=dull), request, cap=1).kind == "answer"


def test_costs_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="turn is -1"):
        Costs(turn=-1)
    with pytest.raises(InputError, match=r"hard is 0\.5"):
        Costs(hard=0.5)
    with pytest.raises(InputError, match="annoy"):
        Costs(annoy=float("nan"))


def test_taste_answers_an_aspect_that_is_linked_to_an_attribute(shipped: Elicitor) -> None:
    request = "Help me write an email to my boss."
    plain = {w.aspect: w for w in decide(shipped, request).weighed}
    tastes = {
        "length": Weight(-4.0, 0.3),
        "formal": Weight(3.0, 0.4),
        "friendly": Weight(-3.0, 0.4),
    }
    known = {w.aspect: w for w in decide(shipped, request, tastes=tastes).weighed}
    assert known["length"].value < plain["length"].value / 2
    assert known["email_tone"].value < plain["email_tone"].value / 2
    assert known["length"].reason.endswith("your choices suggest: short")
    vague = {"length": Weight(0.1, 3.0), "formal": Weight(float("nan"), 1.0)}
    unmoved = {w.aspect: w for w in decide(shipped, request, tastes=vague).weighed}
    assert unmoved["length"].value == pytest.approx(plain["length"].value, abs=0.02)


def test_memory_of_another_request_tells_about_this_one(shipped: Elicitor) -> None:
    trip = "Plan a trip for me."
    frugal = preference("buys the cheapest", aspect="shopping_budget", value="low")
    plain = decide(shipped, trip)
    told = decide(shipped, trip, live=[frugal])
    assert {w.aspect for w in told.weighed} == {w.aspect for w in plain.weighed}
    worth = {w.aspect: w.evoi for w in told.weighed}
    assert worth["trip_budget"] < {w.aspect: w.evoi for w in plain.weighed}["trip_budget"]


def test_stop_asking_and_the_cap_hold_for_every_form(shop: Elicitor) -> None:
    assert decide(shop, LAPTOP, asks_less=True).reason == "You asked not to be asked so much."
    assert decide(shop, LAPTOP, cap=0).kind == "answer"
    assert decide(shop, LAPTOP, cap=2, asked_this_session=2).kind == "answer"


@pytest.mark.parametrize(
    "message",
    ["laptop ???", "ノートパソコン laptop", "laptop " * 300, "laptop \x00\u202e", "Laptop 🙈"],
)
def test_odd_requests_are_decided(shop: Elicitor, message: str) -> None:
    assert decide(shop, message).kind in ("ask", "answer", "silent")


def test_the_same_is_decided_every_time(shop: Elicitor) -> None:
    assert decide(shop, LAPTOP) == decide(Elicitor(HashEmbedder(512), laptops()), LAPTOP)


def test_only_the_likeliest_values_of_many_are_offered(shipped: Elicitor) -> None:
    decision = decide(shipped, "I need a gift idea.")
    assert decision.aspect is not None
    assert decision.aspect.key == "recipient"
    assert len(decision.aspect.values) == 4
