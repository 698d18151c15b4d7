"""What an edit shows by measure."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from penchant.memory.inference.prediction import Pair
from penchant.models import HashEmbedder
from penchant.policies.feedback import describe_edit
from penchant.policies.reward.features import TextFeatures
from penchant.policies.reward.predicting import RewardPredictor

EDITS: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("data").joinpath("edits.toml").read_text("utf-8")
)["edit"]

LONG = (
    "You could make a delicious vegetable stir fry with tofu, served over rice with a "
    "soy-ginger sauce. Start by pressing the tofu for thirty minutes and fry it until crisp."
)


def test_shortening_names_the_length() -> None:
    reading = describe_edit(LONG, "Vegetable stir fry with tofu, served over rice with soy sauce.")
    (draft,) = reading.drafts
    assert draft.description == "prefers short replies, about 15 words"
    assert (draft.aspect, draft.value, draft.origin) == ("length", "about 15 words", "inferred")
    assert reading.explained
    assert reading.summary == "shortened from 30 to 11 words"


@pytest.mark.parametrize(
    ("before", "after", "aspect", "value"),
    [
        ("Pasta, rice and soup.", "- Pasta\n- Rice\n- Soup", "format", "bullet points"),
        (
            "- Pasta with oil\n- Rice with peas\n- Soup with leeks and oil",
            "Pasta with oil, rice with peas, or soup with leeks and oil, as you like it.",
            "format",
            "prose",
        ),
        ("Great 😀 idea", "Great idea", "emoji", "none"),
        ("Try it! It is good!", "Try it. It is good.", "exclamation", "none"),
        ("Hi Ana,\n\nThe meeting is at 5.", "The meeting is at 5.", "greeting", "none"),
        (
            "The meeting is at 5 in the big room.\n\nBest regards,\nTom",
            "The meeting is at 5 in the big room.",
            "sign-off",
            "none",
        ),
        (
            "You might perhaps try the red one, I think it could be good enough.",
            "Try the red one, it is good enough for you and for me.",
            "tone",
            "direct",
        ),
        (
            "Subject: Friday\n\nHello Tom,\n\nThe hall is free on Friday.",
            "Hello Tom,\n\nThe hall is free on Friday.",
            "subject line",
            "none",
        ),
        (
            "Subject: Friday\n\nHello Tom,\n\nThe hall is free on Friday.",
            "Subject: Friday\n\nThe hall is free on Friday.",
            "greeting",
            "none",
        ),
        ("The hall is free.", "Subject: Hall\n\nThe hall is free.", "subject line", "welcome"),
        ("Dear Tom,\n\nIt is done.", "Moin Tom,\n\nIt is done.", "greeting", "Moin"),
        (
            "It is done.\n\nBest regards,\n[Your Name]",
            "It is done.\n\nBest regards,\nJulie",
            "sign-off",
            "Best regards, Julie",
        ),
        ("It is done.\n\nRegards,\nJo", "It is done.\n\nCheers!", "sign-off", "Cheers"),
        (
            "We meet at nine.\n\nBest,\nJo",
            "We meet at nine. Is that early enough?\n\nBest,\nJo",
            "ending",
            "question",
        ),
        ("It rains. Shall we go?", "It rains.", "ending", "no question"),
        ("Rain falls on Lisbon all day.", "rain falls on lisbon all day.", "capitals", "none"),
        ("rain falls on lisbon all day.", "Rain falls on Lisbon all day.", "capitals", "as usual"),
        ("Soup.", "Soup, with bread and a salad of tomato, basil and oil.", "length", None),
    ],
)
def test_one_difference(before: str, after: str, aspect: str, value: str | None) -> None:
    drafts = {d.aspect: d.value for d in describe_edit(before, after).drafts}
    assert aspect in drafts
    if value is not None:
        assert drafts[aspect] == value


def test_edits_of_many_kinds_show_what_a_reader_would_note_and_little_else() -> None:
    right = wrong = missed = 0
    for each in EDITS:
        drafts = describe_edit(each["before"], each["after"]).drafts
        shown = {(draft.aspect, draft.value) for draft in drafts}
        wanted = {(aspect, value) for aspect, value in each["shows"]}
        hit = {
            (aspect, value) for aspect, value in shown if {(aspect, value), (aspect, "")} & wanted
        }
        right += len(hit)
        wrong += len(shown - hit)
        missed += len(wanted) - len(hit)
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.95


@pytest.mark.parametrize("each", EDITS, ids=lambda each: each["name"])
def test_what_an_edit_shows_predicts_it(each: dict[str, Any]) -> None:
    pair = Pair(chosen=each["after"], rejected=each["before"])
    predictor = RewardPredictor(TextFeatures(HashEmbedder(8)))
    for draft in describe_edit(each["before"], each["after"]).drafts:
        # Between 0.4 and 0.6 it only guesses.
        assert predictor.measure(draft, [pair])[0] >= 0.4, draft.description


def test_what_stands_above_a_greeting_does_not_hide_it() -> None:
    before = "Subject: Friday\n\nDear Tom,\n\nThe hall is free on Friday."
    (draft,) = describe_edit(before, "Dear Tom,\n\nThe hall is free on Friday.").drafts
    assert (draft.aspect, draft.value) == ("subject line", "none")
    (draft,) = describe_edit("Hi Tom,\n\nIt is done.", "# Done\n\nHi Tom,\n\nIt is done.").drafts
    assert draft.aspect == "headings"


def test_a_short_list_at_the_end_makes_no_list_of_a_text() -> None:
    before = (
        "The hall is free on Friday from noon, and the caretaker has the keys. The heating is off "
        "until October, so bring a warm coat. Somebody should ask for chairs."
    )
    after = f"{before}\n\nTo do:\n- ask for chairs\n- find the keys"
    assert "format" not in {draft.aspect for draft in describe_edit(before, after).drafts}


def test_changed_content_is_not_explained() -> None:
    reading = describe_edit("Try the chicken curry with rice.", "Try the lentil dal with rice.")
    assert reading.drafts == ()
    assert not reading.explained


def test_tone() -> None:
    reading = describe_edit(
        "Hey Tom, can't wait to see you, thanks a lot for the super cool invite, it's great!",
        "Dear Tom, I am writing regarding the invitation and would like to kindly accept.",
    )
    assert ("tone", "formal") in [(d.aspect, d.value) for d in reading.drafts]


@pytest.mark.parametrize("text", ["", "same words here", "  spaced   out "])
def test_nothing_changed(text: str) -> None:
    reading = describe_edit(text, text.strip())
    assert reading.drafts == ()
    assert reading.explained


def test_everything_deleted_or_huge() -> None:
    assert describe_edit(LONG, "").drafts == ()
    assert describe_edit("word " * 200_000, "word").drafts[0].aspect == "length"


def test_a_month_is_no_hedge() -> None:
    before = "It was due on 3 May and came on May 9, as you may recall it perhaps did."
    assert describe_edit(before, before.replace("3 May", "3 June")).drafts == ()
    assert describe_edit("It is due 3 May.", "It is due 3 June.").drafts == ()
