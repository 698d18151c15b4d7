"""A table of what users say: what is learned of it, how firmly, where and for how long it holds."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from penchant.memory.types import PreferenceDraft
from penchant.policies.feedback import read_message

REPLY = "You could make a spicy chicken curry with rice."
TABLE = Path(__file__).parent / "data" / "utterances.toml"


def wrong(expected: dict[str, Any]) -> list[str]:
    """In what a reading differs from what the table expects."""
    last = REPLY if expected.get("after") else None
    drafts = read_message(expected["said"], last_reply=last).preferences
    if expected.get("learns") == 0:
        return ["learned"] if drafts else []
    if not drafts:
        return ["nothing"]
    draft: PreferenceDraft = drafts[0]
    found = {
        "polarity": draft.polarity,
        "aspect": draft.aspect,
        "value": draft.value,
        "hard": draft.hard,
        "scope": draft.scope,
        "lasts": draft.lasts_hours or "always",
        "weak": draft.origin == "inferred" and draft.confidence < 0.5,
    }
    wanted = {"hard": False, "scope": None, "lasts": "always", "weak": False} | expected
    return [name for name, value in found.items() if name in wanted and value != wanted[name]]


def test_what_users_say_is_learned_as_they_mean_it() -> None:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))["utterance"]
    assert len(table) >= 70
    failures = {each["said"]: found for each in table if (found := wrong(each))}
    assert len(failures) / len(table) <= 0.04, failures


def test_a_scope_is_not_always_and_tonight_passes() -> None:
    (formal,) = read_message("For work emails, be formal", last_reply=None).preferences
    assert (formal.scope, formal.value, formal.lasts_hours) == ("work emails", "formal", None)
    (meat,) = read_message("No meat tonight", last_reply=None).preferences
    assert (meat.polarity, meat.lasts_hours, meat.hard) == ("dislike", 12.0, False)


def test_orders_that_last_are_told_from_those_for_one_reply() -> None:
    assert read_message("never seafood", last_reply=REPLY).lasting
    assert read_message("from now on, shorter", last_reply=REPLY).lasting
    momentary = read_message("shorter", last_reply=REPLY)
    assert not momentary.lasting
    assert momentary.command == "shorter"
    assert not read_message("I love jazz", last_reply=REPLY).lasting
