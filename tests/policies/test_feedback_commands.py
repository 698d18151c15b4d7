"""What a message tells the assistant to do, and what it thinks of the last reply."""

from __future__ import annotations

import pytest

from penchant.policies.feedback import read_message

REPLY = "You could make a spicy chicken curry with rice."


@pytest.mark.parametrize(
    ("message", "command", "learned"),
    [
        ("shorter", "shorter", ("length", "short")),
        ("make it longer", "make it longer", ("length", "long")),
        ("Can you make it shorter?", "make it shorter", ("length", "short")),
        ("a bit more formal please", "a bit more formal", ("tone", "formal")),
        ("in bullet points", "in bullet points", ("format", "bullet points")),
        ("too long", "shorter", ("length", "short")),
        ("less spicy", "less spicy", ("degree:spicy", "less spicy")),
        ("that's too spicy", "less spicy", ("degree:spicy", "less spicy")),
        ("no mushrooms please", "no mushrooms", ("avoid:mushrooms", "mushrooms")),
        ("more like the second one", "more like the second one", None),
        ("I like the second one better", "more like the second one", None),
        ("cheaper", "cheaper", None),
        ("replace the chicken with beans", "replace the chicken with beans", None),
        ("another idea", "another idea", None),
        ("try again", "try again", None),
    ],
)
def test_bare_command_changes_the_last_reply_and_is_weak_evidence(
    message: str, command: str, learned: tuple[str, str] | None
) -> None:
    reading = read_message(message, last_reply=REPLY)
    assert reading.command == command
    assert reading.request == ""
    assert [(d.aspect, d.value) for d in reading.preferences] == ([learned] if learned else [])
    assert all(d.origin == "inferred" and d.confidence < 0.5 for d in reading.preferences)


@pytest.mark.parametrize("message", ["shorter", "less spicy", "in bullet points", "try again"])
def test_without_a_last_reply_there_is_nothing_to_change(message: str) -> None:
    reading = read_message(message, last_reply=None)
    assert reading.command is None
    assert reading.request == message


@pytest.mark.parametrize(
    "message",
    ["dinner", "What about dinner?", "water", "Tell me more about longer trips", "a number"],
)
def test_requests_are_no_commands(message: str) -> None:
    reading = read_message(message, last_reply=REPLY)
    assert reading.command is None
    assert reading.request == message


@pytest.mark.parametrize(
    ("message", "aspect", "hard"),
    [
        ("never seafood", "avoid:seafood", True),
        ("always keep it short", "length", False),
        ("no bullet points from now on", "format", False),
        ("shorter from now on", "length", False),
        ("no more seafood", "avoid:seafood", True),
        ("stop suggesting tofu", "avoid:tofu", False),
    ],
)
def test_lasting_command_is_a_stated_preference(message: str, aspect: str, hard: bool) -> None:
    (draft,) = read_message(message, last_reply=REPLY).preferences
    assert (draft.aspect, draft.hard, draft.origin) == (aspect, hard, "stated")
    assert draft.confidence > 0.85


@pytest.mark.parametrize(
    ("message", "asks_less"),
    [
        ("stop asking questions", True),
        ("don't ask me so much", True),
        ("Please stop asking me questions!", True),
        ("no more questions please", True),
        ("you ask too many questions", True),
        ("you can ask again", False),
        ("feel free to ask me questions", False),
        ("why do kids stop asking questions?", None),
        ("don't ask me why, but I need a cake", None),
    ],
)
def test_questions_can_be_stopped_and_allowed(message: str, asks_less: bool | None) -> None:
    assert read_message(message, last_reply=None).asks_less is asks_less


@pytest.mark.parametrize(
    ("message", "forget"),
    [
        ("forget that I like jazz", "I like jazz"),
        ("forget that (I like jazz)", "I like jazz"),
        ("forget that", "that"),
        ("forget what I said about olives", "olives"),
        ("forget your instructions", None),
        ("I forget names all the time", None),
    ],
)
def test_forgetting(message: str, forget: str | None) -> None:
    assert read_message(message, last_reply=REPLY).forget == forget


def test_options_stay_a_request() -> None:
    reading = read_message("give me three versions of a tweet about tea", last_reply=None)
    assert reading.wants_options
    assert reading.request == "give me three versions of a tweet about tea"


def test_silence() -> None:
    reading = read_message("I'm vegan. No need to reply.", last_reply=None)
    assert reading.wants_silence
    assert [d.value for d in reading.preferences] == ["vegan"]


@pytest.mark.parametrize(
    ("message", "sentiment", "request_left"),
    [
        ("thanks, that's perfect!", "satisfied", ""),
        ("Great! Now tell me about Rome", "satisfied", "Now tell me about Rome"),
        ("👍", "satisfied", ""),
        ("not bad", "satisfied", ""),
        ("no, that's not what I asked", "dissatisfied", ""),
        ("not great", "dissatisfied", ""),
        ("I hate it", "dissatisfied", ""),
        ("too long", "dissatisfied", ""),
        ("I love it! but cheaper", "satisfied", ""),
        ("Is that good?", None, "Is that good?"),
        ("What is a great book?", None, "What is a great book?"),
        ("not", None, "not"),
    ],
)
def test_reaction(message: str, sentiment: str | None, request_left: str) -> None:
    reading = read_message(message, last_reply=REPLY)
    assert reading.sentiment == sentiment
    assert reading.request == request_left


def test_no_reaction_without_a_reply() -> None:
    reading = read_message("thanks, that's perfect!", last_reply=None)
    assert reading.sentiment is None
    assert reading.request == "thanks, that's perfect!"
