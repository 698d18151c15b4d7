"""Drafts that mean the same."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.policies.propose import apart


def test_later_drafts_that_mean_what_an_earlier_one_means_are_dropped() -> None:
    vectors = np.array([[1.0, 0.0], [0.999, 0.045], [0.0, 1.0], [0.0, 1.0]])
    found = apart(vectors)
    assert found.kept == (0, 2)
    cosines = [vectors[i] @ vectors[j] for i in range(4) for j in range(i + 1, 4)]
    assert found.mean_cosine == pytest.approx(np.mean(cosines))
    assert apart(vectors, same=1.1).kept == (0, 1, 2, 3)


def test_one_draft_or_none_has_no_distance() -> None:
    assert apart(np.array([[1.0, 0.0]])) == ((0,), None)
    assert apart(np.zeros((0, 2))) == ((), None)
    # Blank drafts have no meaning to share.
    assert apart(np.zeros((2, 2))).kept == (0, 1)
