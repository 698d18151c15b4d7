"""A preference as its owner rewrites it, with what it is for in brackets."""

from __future__ import annotations

from types import ModuleType

import pytest

from penchant.tui.text import Rewording, rewording, with_scope


@pytest.mark.parametrize(
    ("text", "description", "scope"),
    [
        ("likes tea (for breakfast)", "likes tea", "breakfast"),
        (" likes tea  (only for late evenings) ", "likes tea", "late evenings"),
        ("likes tea", "likes tea", None),
        ("likes tea (green)", "likes tea (green)", None),
        ("likes tea (green) (for lunch)", "likes tea (green)", "lunch"),
        ("(for lunch)", "(for lunch)", None),
    ],
)
def test_what_stands_in_brackets_at_the_end(text: str, description: str, scope: str | None) -> None:
    assert rewording(text) == Rewording(description, scope)


def test_what_is_shown_is_read_back(kit: ModuleType) -> None:
    known = kit.preference("likes tea", scope="breakfast")
    assert rewording(with_scope(known)) == Rewording("likes tea", "breakfast")
