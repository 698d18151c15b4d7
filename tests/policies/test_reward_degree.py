"""Texts that say less and less."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from penchant.errors import InputError
from penchant.policies.reward.degree import degraded, degree_comparisons, keywords

TEXT = (
    "Compatibility of systems of linear constraints over the set of natural numbers. "
    "Minimal generating sets of solutions are considered for all types of systems."
)


def test_keywords_are_runs_of_content_words() -> None:
    found = [TEXT[each.start : each.end] for each in keywords(TEXT)]
    assert set(found[:3]) <= {"Minimal generating sets", "linear constraints", "natural numbers"}
    assert found[0] == "Minimal generating sets"
    assert all(word not in found for word in ("the", "of", "are"))


def test_each_version_says_less_than_the_one_before() -> None:
    versions = degraded(TEXT, 3)
    assert versions[0] == TEXT
    assert len(versions) == 4
    words = [re.findall(r"\w+", version) for version in versions]
    assert [len(each) for each in words] == sorted(map(len, words), reverse=True)
    assert len({len(each) for each in words}) == 4
    assert "Minimal generating sets" not in versions[1]
    for fuller, barer in pairwise(words):
        rest = iter(fuller)
        assert all(any(word == other for other in rest) for word in barer)


@pytest.mark.parametrize("text", ["", "   ", "it is so", "?!"])
def test_a_text_without_keywords_stays_alone(text: str) -> None:
    assert degraded(text) == (text,)
    assert degree_comparisons(text) == ()


def test_pairs_are_surer_the_further_apart() -> None:
    pairs = degree_comparisons(TEXT, 2)
    assert [(each.target, each.key) for each in pairs] == [
        (0.75, "degree:0:1"),
        (1.0, "degree:0:2"),
        (0.75, "degree:1:2"),
    ]
    assert pairs[1].preferred == TEXT
    with pytest.raises(InputError, match="levels"):
        degraded(TEXT, 0)


def test_a_long_text_takes_time_in_proportion() -> None:
    versions = degraded("curious penguins assemble " * 20_000, 2)
    assert len(versions[1]) < len(versions[0])
