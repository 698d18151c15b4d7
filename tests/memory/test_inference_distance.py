"""What an edit costs, in words and marks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from penchant.memory.inference.distance import edit_distance, words_of


def test_words_and_marks_are_the_units() -> None:
    assert words_of("It's well-known: 3 cats!") == ["It's", "well-known", ":", "3", "cats", "!"]
    assert edit_distance("The cat sat.", "The cat sat.") == 0
    assert edit_distance("The cat sat.", "The dog sat!") == 2
    assert edit_distance("", "one two three") == 3
    assert edit_distance("one  two\nthree", "one two three") == 0


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_it_is_a_distance(left: list[str], right: list[str]) -> None:
    one, other = " ".join(left), " ".join(right)
    apart = edit_distance(one, other)
    assert apart == edit_distance(other, one)
    assert abs(len(left) - len(right)) <= apart <= max(len(left), len(right))
    assert (apart == 0) == (left == right)


def test_long_texts_are_compared_whole() -> None:
    text = "word " * 20_000
    assert edit_distance(text, text + "end") == 1
