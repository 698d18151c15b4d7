"""Cutting what breaks a constraint out of Markdown."""

from __future__ import annotations

import re

import pytest

from penchant.policies.constraints import repair
from penchant.policies.types import Violation


def cut(text: str, pattern: str = "beef") -> tuple[str, tuple[str, ...]]:
    found = [
        Violation(
            preference_id="p", description="no beef", found=m[0], start=m.start(), end=m.end()
        )
        for m in re.finditer(pattern, text)
    ]
    repaired = repair(text, found)
    return repaired.text, repaired.removed


@pytest.mark.parametrize(
    ("text", "left", "removed"),
    [
        ("Tofu is fine.", "Tofu is fine.", ()),
        ("Try beef. Tofu is fine!", "Tofu is fine!", ("Try beef.",)),
        ("Tofu is fine! Or try beef", "Tofu is fine!", ("Or try beef",)),
        ("Just beef.", "", ("Just beef.",)),
        ("1. rice\n2. beef\n3. soup\n", "1. rice\n2. soup\n", ("2. beef",)),
        (
            "1. beef\n   - salt\n   - oil\n2. soup\n   - leek",
            "1. soup\n   - leek",
            ("1. beef", "- salt", "- oil"),
        ),
        ("- rice\n  - beef\n  - peas", "- rice\n  - peas", ("- beef",)),
        ("- rice\n  with beef\n- soup", "- soup", ("- rice", "with beef")),
        ("Ideas:\n\n- beef\n- more beef\n\nEnjoy!", "Enjoy!", None),
        (
            "# Menu\n\n## beef stew\n\nNice.\n\n## Soup\n\nLeek.",
            "# Menu\n\n## Soup\n\nLeek.",
            ("## beef stew", "Nice."),
        ),
        ("## A\n\n- beef\n\n## B\n\nLeek.", "## B\n\nLeek.", None),
        (
            "| dish | time |\n|---|---|\n| beef | 1 |\n| soup | 2 |",
            "| dish | time |\n|---|---|\n| soup | 2 |",
            ("| beef | 1 |",),
        ),
        ("Hi.\n\n| dish |\n|---|\n| beef |\n", "Hi.\n", None),
        ("```\nbeef()\nsoup()\n```", "```\nsoup()\n```", ("beef()",)),
        ("A long line about\nbeef goes on. Soup\nis good.", "Soup\nis good.", None),
    ],
)
def test_parts_are_cut_whole(text: str, left: str, removed: tuple[str, ...] | None) -> None:
    text, parts = cut(text)
    assert text == left
    if removed is not None:
        assert parts == removed


def test_lists_interrupted_by_their_own_text_keep_counting() -> None:
    text = "1. rice\n\n   Boil it.\n\n2. beef\n\n3. soup\n\nThen:\n\n1. tea"
    assert cut(text)[0] == "1. rice\n\n   Boil it.\n\n2. soup\n\nThen:\n\n1. tea"


def test_what_has_no_place_cannot_be_cut() -> None:
    whole = Violation(preference_id="p", description="no ovens", found="", start=0, end=0)
    assert repair("Bake a pie. Then eat.", [whole]).text == ""
