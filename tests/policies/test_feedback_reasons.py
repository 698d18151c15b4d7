"""What the reason for an edit or a pick says, read as a message would be."""

from __future__ import annotations

import pytest

from penchant.policies.feedback import read_reason

TEXT = "Dear all, I hope this finds you well. The hall is shut on Monday. Kind regards, Bo"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("too long, cut the chit-chat", {"length": "short", "style:pleasantries": "none"}),
        ("it is too wordy and too formal", {"length": "short", "tone": "casual"}),
        ("the others are too formal", {"tone": "casual"}),
        ("not friendly enough", {"tone": "friendly"}),
        ("Too many emoji!", {"emoji": "none"}),
        ("it's shorter", {"length": "short"}),
        ("I prefer bullet points", {"format": "bullet points"}),
        # Neither good nor bad.
        ("because it is in bullet points", {}),
        ("my boss likes it short", {}),
        ("the date was wrong", {}),
        ("Monday is too early", {}),
        ("", {}),
        (None, {}),
        ("x" * 5000, {}),
    ],
)
def test_a_reason_names_a_style(reason: str | None, said: dict[str, str]) -> None:
    drafts = read_reason(reason, TEXT)
    assert {draft.aspect: draft.value for draft in drafts} == said
    assert all((d.origin, d.scope, d.confidence) == ("inferred", None, 0.65) for d in drafts)


def test_what_a_reason_states_is_stated() -> None:
    rule, greeting = read_reason("I'm vegetarian; no greeting in emails", TEXT)
    assert (rule.aspect, rule.hard, rule.origin) == ("diet", True, "stated")
    assert (greeting.aspect, greeting.scope, greeting.origin) == ("greeting", "emails", "stated")
