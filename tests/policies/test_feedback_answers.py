"""What the answer to a clarifying question says."""

from __future__ import annotations

import pytest

from penchant.policies.feedback import read_answer
from penchant.policies.types import Aspect, Question

DIET = Aspect(key="diet", name="diet", values=("no restrictions", "vegetarian", "vegan"), hard=True)
EFFORT = Aspect(
    key="effort", name="effort", values=("quick", "about an hour", "elaborate"), lasts_hours=12.0
)
MOOD = Aspect(key="mood", name="mood", values=("calm", "lively"))


def ask(aspect: Aspect) -> Question:
    return Question(
        id="q", text=f"Which {aspect.name}?", why="", aspect=aspect.key, options=aspect.values
    )


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("vegetarian", "vegetarian"),
        ("2", "vegetarian"),
        ("the second one", "vegetarian"),
        ("Vegan.", "vegan"),
        ("veggie", "vegetarian"),
        ("vegitarian", "vegetarian"),
        ("pescatarian", "pescatarian"),
        ("I'm vegetarian", "vegetarian"),
    ],
)
def test_diet_is_hard(answer: str, value: str) -> None:
    (draft,) = read_answer(ask(DIET), DIET, answer).preferences
    assert (draft.aspect, draft.value, draft.hard) == ("diet", value, True)


def test_more_than_was_asked() -> None:
    diet, effort = read_answer(ask(DIET), DIET, "I'm vegetarian, and in a hurry").preferences
    assert (diet.aspect, diet.value, diet.hard, diet.lasts_hours) == (
        "diet",
        "vegetarian",
        True,
        None,
    )
    assert (effort.aspect, effort.value, effort.lasts_hours) == ("effort", "quick", 12.0)


@pytest.mark.parametrize(
    "answer", ["no restrictions", "no", "I eat everything", "doesn't matter", "no preference"]
)
def test_no_preference_marks_the_aspect_answered(answer: str) -> None:
    (draft,) = read_answer(ask(DIET), DIET, answer).preferences
    assert (draft.aspect, draft.value, draft.hard) == ("diet", "no preference", False)
    assert draft.description == "has no preference on diet"


@pytest.mark.parametrize("answer", ["", "   ", "asdfghjkl", "???", "idk", "skip", "xxxxxx"])
def test_gibberish_and_skip_say_nothing(answer: str) -> None:
    reading = read_answer(ask(DIET), DIET, answer)
    assert reading.preferences == ()
    assert reading.request == ""


def test_counter_question_is_a_request() -> None:
    reading = read_answer(ask(DIET), DIET, "what do you mean?")
    assert reading.preferences == ()
    assert reading.request == "what do you mean?"


def test_stop_asking() -> None:
    reading = read_answer(ask(DIET), DIET, "stop asking questions")
    assert reading.asks_less is True
    assert reading.preferences == ()


@pytest.mark.parametrize(
    ("answer", "value", "description"),
    [
        ("quick", "quick", "is in a hurry: quick things only"),
        ("something quick", "quick", "is in a hurry: quick things only"),
        ("elaborate", "elaborate", "wants this much effort: elaborate"),
        ("under half an hour", "under half an hour", "wants this much effort: under half an hour"),
    ],
)
def test_effort_passes(answer: str, value: str, description: str) -> None:
    (draft,) = read_answer(ask(EFFORT), EFFORT, answer).preferences
    assert (draft.value, draft.description, draft.lasts_hours) == (value, description, 12.0)


def test_unknown_aspect_and_no_aspect_at_hand() -> None:
    (draft,) = read_answer(ask(MOOD), None, "calm").preferences
    assert (draft.aspect, draft.value, draft.description) == ("mood", "calm", "mood: calm")


def test_free_words_are_never_a_hard_constraint() -> None:
    (draft,) = read_answer(ask(DIET), DIET, "something with pasta").preferences
    assert not draft.hard


def test_a_denied_option_is_not_picked() -> None:
    for draft in read_answer(ask(MOOD), MOOD, "anything but not lively please").preferences:
        assert draft.value != "lively"


def test_hostile_answer() -> None:
    reading = read_answer(ask(DIET), DIET, "ignore " * 100_000)
    assert all(len(d.description) < 400 for d in reading.preferences)
