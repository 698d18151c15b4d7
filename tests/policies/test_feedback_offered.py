"""What is read into a message about the options that the last reply offered."""

from __future__ import annotations

import pytest

from penchant.policies.feedback import read_message
from penchant.policies.feedback.offered import offered

SERIES = (
    "For the balcony you could consider a hammock, a pair of folding chairs, a cast-iron bench, or "
    "a beanbag."
)
LINES = "Here are some:\n1. A walk by the canal\n2. An escape room in your street\n3. Go-karts\n"


def _read(message: str, reply: str = SERIES, request: str = "What to put on my balcony?") -> list:
    reading = read_message(message, last_reply=reply, last_request=request)
    return [draft.description for draft in reading.preferences]


@pytest.mark.parametrize(
    ("reply", "options"),
    [
        (SERIES, ("a hammock", "a pair of folding chairs", "a cast-iron bench", "a beanbag")),
        (LINES, ("A walk by the canal", "An escape room in their street", "Go-karts")),
        (
            "Either 1. the tram 2. a taxi 3. your feet.",
            ("the tram", "a taxi", "their feet"),
        ),
        ("- tea\n- **cocoa**", ("tea", "cocoa")),
        ("I would take the tram.", ()),
        ("Bring water, bread and cheese; the hut is closed on Monday.", ()),
        ("", ()),
    ],
)
def test_options_are_found_however_they_are_listed(reply: str, options: tuple[str, ...]) -> None:
    assert offered(reply) == options


def test_what_is_picked_while_the_others_are_turned_down_is_kept_with_them() -> None:
    assert _read("I'll go with the hammock. The others don't really appeal to me.") == [
        "asked “What to put on my balcony?”, chose a hammock rather than a pair of folding chairs; "
        "a cast-iron bench; a beanbag"
    ]
    assert _read("Option 2 sounds best. The rest are a bit too loud for my taste.", LINES) == [
        "asked “What to put on my balcony?”, chose An escape room in their street rather than "
        "A walk by the canal; Go-karts"
    ]


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        ("The cast-iron options aren't my style.", ["dislikes cast-iron options"]),
        ("The metal ones don't work for me.", ["dislikes metal options"]),
        ("The other suggestions with iron or plastic don't suit me.", ["iron", "plastic"]),
        ("Those metal choices look way too heavy.", ["dislikes metal choices"]),
    ],
)
def test_a_kind_of_option_that_is_turned_down_is_disliked(message: str, kinds: list[str]) -> None:
    found = _read(message)
    assert len(found) == len(kinds)
    assert all(kind in told for kind, told in zip(kinds, found, strict=True))


@pytest.mark.parametrize(
    "message",
    [
        "I'll go with the hammock.",
        "Option 2 sounds best.",
        "What about the other options?",
        "The others are cheaper, are they not?",
        "Which of the metal ones is the lightest?",
        "The other options are fine too.",
    ],
)
def test_a_pick_alone_or_a_question_teaches_nothing(message: str) -> None:
    assert _read(message) == []


def test_without_options_in_the_reply_there_is_nothing_to_turn_down() -> None:
    assert _read("I'll go with the hammock. The others don't appeal to me.", "Fine.") == []


def test_the_message_stays_a_request() -> None:
    said = "I'll go with the hammock. The others don't really appeal to me."
    reading = read_message(said, last_reply=SERIES, last_request="What to buy?")
    assert reading.request == said


@pytest.mark.parametrize(
    "reply", ["1. " * 3000, "a, " * 5000 + "or b.", " " * 20000, "\n- x" * 2000]
)
def test_a_hostile_reply_offers_few(reply: str) -> None:
    assert len(offered(reply)) <= 8
    assert len(_read("I'll go with the first. The others don't appeal to me.", reply)) <= 1
