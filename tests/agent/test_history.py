"""How a message after a reply is read."""

from __future__ import annotations

import pytest

from penchant.agent.history import read_after

REPLY = "Try a boutique in the city, with bright colours and minimal decor."


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("I like it white and minimal.", "make it white and minimal."),
        ("No, I'd really prefer it quiet", "make it quiet"),
        ("But I like them plain.", "make them plain."),
    ],
)
def test_how_it_should_be_changes_the_reply(text: str, order: str) -> None:
    reading = read_after(text, reply=REPLY, request="Suggest a look for my bathroom.")
    assert reading.command == order
    assert reading.preferences
    assert read_after(text, reply=None).command is None


@pytest.mark.parametrize(
    "text",
    ["I like it!", "I love it a lot", "I like it here", "I like it when it rains", "I like tea."],
)
def test_praise_and_what_is_of_other_things_changes_nothing(text: str) -> None:
    assert read_after(text, reply=REPLY, request="Suggest a look.").command is None
