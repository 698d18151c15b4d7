"""The occasion of a request: the kind of text that it asks for, or none."""

from __future__ import annotations

import pytest

from penchant.memory import Context
from penchant.policies.feedback import bearing_on, occasion_of


@pytest.mark.parametrize(
    ("request_text", "occasion"),
    [
        ("Write a short poem about rain.", "poems"),
        ("write me a haiku about snow", "poems"),
        ("Write an email to my boss about the late delivery", "work emails"),
        ("I need to answer an e-mail from my landlord", "emails"),
        ("Email Sam that I'm late", "emails"),
        ("please text my brother that dinner is at 8", "private messages"),
        ("Write a work email to Sam declining the meeting", "work emails"),
        ("For work emails, write a note to Sam that I am late", "work emails"),
        ("Draft a cover letter for a barista job", "cover letters"),
        ("I want to send a thank-you letter to my aunt", "thank-you letters"),
        ("Can you help me with a birthday speech for Tom?", "speeches"),
        ("Write a LinkedIn post about our launch", "social media posts"),
        ("Write a product announcement for the new app.", "announcements"),
        ("Write a python function that reverses a list", "code"),
        ("Give me a recipe for lentil soup", "recipes"),
        ("Summarise this article: cats sleep.", "summaries of articles"),
        ("Write a summary of the French revolution", "summaries"),
        (
            "Write a summary of these long meeting minutes:\n\nall came",
            "summaries of meeting minutes",
        ),
        ("Summarise yesterday's team meeting", "summaries of team meetings"),
        ("Sum up these notes about Rome", None),
        ("Write an email to Rita of the book club from my lab notes", "emails from lab notes"),
        ("Draft an email from these notes on our garden", "emails from notes on garden"),
        ("Draft an email from these notes", "emails"),
        ("Write an email to thank Ana for the flowers", "thank-you emails"),
        ("Write an email to Tom inviting him to dinner", "invitation emails"),
        ("Draft a letter of complaint to the bank", "complaint letters"),
        ("Any ideas for dinner?", None),
        ("How do tides work?", None),
        ("What does the word letter mean?", None),
        ("Who wrote the poem about the raven?", None),
        ("When I lived in Rome, I ate well. Why?", None),
        ("Make it shorter", None),
        ("", None),
    ],
)
def test_occasions(request_text: str, occasion: str | None) -> None:
    assert occasion_of(Context(text=request_text)) == occasion


def test_an_apps_tag_is_the_occasion() -> None:
    assert occasion_of(Context(text="Write a poem", tags=("team chat", "x"))) == "team chat"


def test_only_the_start_of_a_long_request_is_read() -> None:
    assert occasion_of(Context(text="write " * 50_000 + "a poem")) is None
    assert occasion_of(Context(text="Write a poem of these: " + "word " * 50_000)) == "poems"


@pytest.mark.parametrize(
    ("scope", "request_text", "bearing"),
    [
        ("recipes", "Write an email to Sam", "elsewhere"),
        ("code reviews", "Write a function that adds", "elsewhere"),
        ("emails", "Write an email to Sam", "holds"),
        ("Haiku", "Write me a poem about rain", "holds"),
        ("work emails", "Write a work email to Sam", "holds"),
        ("work emails", "Write an email to my boss about Friday", "holds"),
        ("work emails", "Write an email to my boss about my son's exam", "holds"),
        ("work emails", "Write an email to my mum about Sunday", "elsewhere"),
        ("emails to friends", "Write an email to my boss about Friday", "elsewhere"),
        ("emails", "Write an email to thank Ana", "holds"),
        ("thank-you emails", "Write a thank-you email to Sam from my notes on June", "holds"),
        ("thank-you emails", "Write an email to Sam", "elsewhere"),
        ("summaries of meeting minutes", "Summarise these minutes", "elsewhere"),
        ("summaries of minutes", "Write a summary of these meeting minutes", "holds"),
        ("summaries of meeting minutes", "Write a summary of my lab notes", "elsewhere"),
        ("summaries of meeting minutes", "Write a summary of what I paste here", None),
        ("reports", "Write a summary of these reports", "elsewhere"),
        ("emails", "For work emails, write a poem to Sam", "holds"),
        # For whom it is, nobody says.
        ("work emails", "Write an email to Sam", "may hold"),
        ("emails to the landlord", "Write an email to Sam", None),
        ("when they travel", "Write an email to Sam", None),
        ("recipes", "How do tides work?", None),
    ],
)
def test_which_scopes_hold(scope: str, request_text: str, bearing: str | None) -> None:
    assert bearing_on(Context(text=request_text))(scope) == bearing


def test_an_apps_tag_is_what_its_scopes_name() -> None:
    bearing = bearing_on(Context(text="Write a poem", tags=("team chat",)))
    assert bearing("Team chat") == "holds"
    assert bearing("recipes") is None
