"""Users who slip into the assistant's part are caught, and users who do not are left alone."""

from __future__ import annotations

import pytest

from penchant.simulators.users import role_slip

INSTRUCTIONS = ("Write one message as the person who talks with an assistant, in few words.",)


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("", "empty"),
        (" \n… ", "empty"),
        ("As an AI language model, I don't have preferences.", "assistant"),
        ("Sure! How can I help you today?", "assistant"),
        ("I'd be happy to help you plan that trip.", "assistant"),
        ("As always, it is my pleasure to assist you.", "assistant"),
        ("I’d recommend the coastal line.", "assistant"),
        ("Of course, let me put together a plan.", "assistant"),
        ("Could you please provide more details?", "assistant"),
        ("What is your budget for this?", "assistant"),
        ("Let me know if you have any other questions!", "assistant"),
        ("Assistant: Take the train.", "assistant"),
        ("Sure, here is a recipe for lentil soup.", "answers"),
        ("Here are three ideas that fit.", "answers"),
        ("Certainly! Below is the mail.", "answers"),
        ("Get these:\n- rice\n- beans\n- chilli", "answers"),
        ("# Itinerary\nDay one: Porto.", "answers"),
        ("word " * 91, "answers"),
        ("<points>\n- on heat: mild\n</points>", "echo"),
        ("I should write one message as the person who talks with an assistant.", "echo"),
    ],
)
def test_slips_are_told_apart(text: str, slip: str) -> None:
    assert role_slip(text, INSTRUCTIONS) == slip


@pytest.mark.parametrize(
    "text",
    [
        "Slow, please.",
        "Sure, by train is fine.",
        "Of course! I always take the train.",
        "Well, I can help myself to breakfast, thanks.",
        "I'd sooner have numbered points, like 1. and 2.",
        "I'm an assistant nurse, so nights are when I read.",
        "Here in Leeds it's raining.",
        "Tell me what you'd suggest.",
        "Let me think. No, I don't mind.",
        "I talk with an assistant in few words.",
    ],
)
def test_users_are_left_alone(text: str) -> None:
    assert role_slip(text, INSTRUCTIONS) is None
