"""Krippendorff's alpha against published examples."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.simulators.datasets import UserPair
from penchant.simulators.populations import krippendorff_alpha, pair_agreement

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": the data of sections A and C.
TWO_CODERS = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float)
NONE = np.nan
FOUR_OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
)


def test_alpha_is_that_of_the_published_examples() -> None:
    assert krippendorff_alpha(TWO_CODERS) == pytest.approx(0.095, abs=5e-4)
    assert krippendorff_alpha(FOUR_OBSERVERS) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(FOUR_OBSERVERS, interval=True) == pytest.approx(0.849, abs=5e-4)


def test_alpha_of_nothing_to_compare_is_none() -> None:
    assert krippendorff_alpha(np.array([[1.0, NONE], [NONE, 2.0]])) is None
    assert krippendorff_alpha(np.ones((2, 3))) is None
    with pytest.raises(InputError, match="judges, units"):
        krippendorff_alpha(np.ones(3))


def judged(user: str, prompt: str, chosen: str, rejected: str, strength: float = 1.0) -> UserPair:
    return UserPair(user=user, prompt=prompt, chosen=chosen, rejected=rejected, strength=strength)


def test_people_who_judge_alike_agree_whichever_way_a_pair_is_written() -> None:
    alike = [
        judged(user, "p", *sides)
        for user in ("ada", "ben", "cid")
        for sides in (("a", "b"), ("d", "c"), ("e", "f"), ("h", "g"))
    ]
    assert pair_agreement(alike) == (1.0, 4)
    opposed = [*alike[:4], *(judged("ben", "p", each.rejected, each.chosen) for each in alike[:4])]
    found = pair_agreement(opposed)
    assert found.alpha is not None
    assert found.alpha < 0


def test_ties_and_what_one_person_judged_do_not_count() -> None:
    alone = [judged("ada", "p", "a", "b"), judged("ben", "q", "a", "b")]
    assert pair_agreement(alone) == (None, 0)
    tied = [judged("ada", "p", "a", "b"), judged("ben", "p", "a", "b", 0.0)]
    assert pair_agreement(tied) == (None, 0)
