"""What messages think of the last reply: figures over tables of messages, and single readings."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from penchant.policies.feedback import read_message

REPLY = "Three ideas for dinner: a spicy chicken curry with rice, a mushroom risotto, fish tacos."
TABLES = ("reactions.toml", "reactions_later.toml")


def table(name: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "data" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TABLES)
def test_reactions_are_told_from_each_other_and_from_requests(name: str) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    right = told = 0
    for wanted, kinds in table(name).items():
        for kind, messages in kinds.items():
            for message in messages:
                reading = read_message(message, last_reply=REPLY)
                counts[wanted, reading.sentiment or "neutral"] += 1
                if wanted != "neutral" and reading.sentiment == wanted:
                    told += 1
                    right += reading.reaction == kind
    assert counts.total() >= 80
    for sentiment in ("satisfied", "dissatisfied"):
        hits = counts[sentiment, sentiment]
        given = sum(n for (_, got), n in counts.items() if got == sentiment)
        there = sum(n for (wanted, _), n in counts.items() if wanted == sentiment)
        assert hits / given >= 0.95, f"precision of {sentiment}"
        assert hits / there >= 0.93, f"recall of {sentiment}"
    assert right / told >= 0.85, "kinds"


@pytest.mark.parametrize(
    ("message", "category", "about"),
    [
        ("That's way too long", "style", "too long"),
        ("You ignored that I'm vegetarian", "ignored", "I'm vegetarian"),
        ("There is a mistake in the second step", "error", "the second step"),
        ("This is missing the cooking time", "thin", "the cooking time"),
        ("Thanks, but that's wrong", "error", None),
        ("No, something else", "revision", None),
        ("meh", "complaint", None),
    ],
)
def test_what_was_wrong_is_named(message: str, category: str, about: str | None) -> None:
    reading = read_message(message, last_reply=REPLY)
    assert (reading.sentiment, reading.reaction) == ("dissatisfied", category)
    assert reading.about == about


@pytest.mark.parametrize(
    ("message", "aspect", "value", "hard"),
    [
        ("That's way too long", "length", "short", False),
        ("Why so wordy?", "length", "short", False),
        ("you sound so formal", "tone", "casual", False),
        ("not enough detail", "detail", "in depth", False),
        ("You ignored that I'm vegetarian", "diet", "vegetarian", True),
        ("I told you I don't eat pork", "avoid:pork", "pork", True),
        ("I already said no rice", "avoid:rice", "rice", False),
    ],
)
def test_what_was_wrong_becomes_a_preference(
    message: str, aspect: str, value: str, hard: bool
) -> None:
    (draft,) = read_message(message, last_reply=REPLY).preferences
    assert (draft.aspect, draft.value, draft.hard) == (aspect, value, hard)


def test_a_fault_that_can_be_mended_is_a_command_too() -> None:
    assert read_message("Why so wordy?", last_reply=REPLY).command == "shorter"
    assert read_message("I already said no rice", last_reply=REPLY).command == "no rice"
    assert read_message("Much better!", last_reply=REPLY).command is None
    assert read_message("I hate it", last_reply=REPLY).command is None


def test_thanks_after_a_request_is_manners() -> None:
    reading = read_message("Explain why the sky is blue, thanks", last_reply=REPLY)
    assert (reading.sentiment, reading.request) == (None, "Explain why the sky is blue")
    assert read_message("Thanks! What about dessert?", last_reply=REPLY).sentiment == "satisfied"


@pytest.mark.parametrize("message", ["that's wrong " * 400, "no, " * 2000, "not " * 1500 + "good"])
def test_long_messages_take_no_longer_than_their_length(message: str) -> None:
    assert read_message(message, last_reply=REPLY).request is not None
