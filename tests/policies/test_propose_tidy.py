"""Drafts put right: inline lists become lists, and length keeps to its limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.policies.propose import tidy, unechoed


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("- Soup. - Salad. - Curry.", "- Soup.\n- Salad.\n- Curry."),
        ("1. Soup 2. Salad 3. Curry", "1. Soup\n2. Salad\n3. Curry"),
        ("- Soup\n- Salad", "- Soup\n- Salad"),
        ("A well-known dish - a curry - is quick.", "A well-known dish - a curry - is quick."),
        ("- Stir-fry with 2 eggs", "- Stir-fry with 2 eggs"),
        ("```\n- a - b\n```", "```\n- a - b\n```"),
    ],
)
def test_inline_lists_become_lines(text: str, tidied: str) -> None:
    assert tidy(text) == (tidied, 0)


def test_a_long_list_is_cut_between_items() -> None:
    text = "- Chickpea curry with rice.\n- Lentil soup with bread.\n- Quinoa salad with greens."
    assert tidy(text, 8).text == "- Chickpea curry with rice.\n- Lentil soup with bread."
    assert tidy(text, 8).dropped == 4


def test_long_prose_is_cut_between_sentences() -> None:
    text = "Make a soup. Add lentils and stock to it. Then let it simmer for an hour or so."
    assert tidy(text, 8).text == "Make a soup."
    assert tidy(text, 11).text == "Make a soup. Add lentils and stock to it."


def test_a_fifth_more_is_let_pass_and_so_is_a_first_sentence() -> None:
    assert tidy("one two three four five six", 5) == ("one two three four five six", 0)
    assert tidy("one two three four five six seven.", 3).text.startswith("one two three four")


def test_an_introduction_of_nothing_goes() -> None:
    text = "Soup tonight.\nOr one of these:\n- a very long description of some other dish indeed"
    assert tidy(text, 6).text == "Soup tonight."


@given(st.text(max_size=300), st.integers(1, 40))
def test_never_longer_and_never_empty(text: str, limit: int) -> None:
    tidied = tidy(text, limit)
    assert len(tidied.text.split()) <= len(text.split())
    assert tidied.dropped >= 0
    assert bool(tidied.text.strip()) == bool(text.strip())


ORDER = "the whole text, brief and plain, at most 60 words"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("The whole text, brief and plain, at most 60 words: rain falls.", "Rain falls."),
        ("Draft two: The whole text, brief and plain, at most 60 words.\n\nRain.", "Rain."),
        ("**The whole text, brief and plain, at most 60 words** – Rain.", "Rain."),
        ("The whole text, brief and plain, at most 60 words.", ""),
        ("The whole text is brief and plain. Rain falls.", None),
        ("At most 60 words: the whole text, brief and plain.", None),
        ("Rain falls. The whole text, brief and plain, at most 60 words.", None),
    ],
)
def test_an_order_said_back_at_the_beginning_goes(text: str, rest: str | None) -> None:
    assert unechoed(text, ["a list", ORDER, ""]) == (text if rest is None else rest)
