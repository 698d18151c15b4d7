"""A taste as one vector, and several people's tastes as one."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.rank import rank
from penchant.policies.reward import (
    ItemSpace,
    Posterior,
    Prior,
    TextFeatures,
    fit_rows,
    taste_vector,
    together,
)
from penchant.policies.types import Candidate

FEATURES = TextFeatures(HashEmbedder(16), items=ItemSpace(6, "clip"))


def picture(*places: int) -> Candidate:
    vector = np.zeros(6)
    vector[list(places)] = 1.0
    return Candidate(text=f"picture {places}", embedding=vector)


def fan(place: int, other: int, count: int = 4) -> Posterior:
    """Somebody who preferred pictures of one thing to pictures of another."""
    rows = FEATURES.compare([picture(place)] * count, [picture(other)] * count)
    rows[:, : FEATURES.blocks["item"].start] = 0.0
    return fit_rows(FEATURES, rows)


def test_a_taste_vector_points_from_what_lost_to_what_won() -> None:
    vector = taste_vector(fan(0, 1), FEATURES)
    np.testing.assert_allclose(vector, np.array([1, -1, 0, 0, 0, 0]) / np.sqrt(2), atol=1e-9)
    unknown = fit_rows(FEATURES, np.zeros((0, FEATURES.dimension)))
    assert not taste_vector(unknown, FEATURES).any()
    assert taste_vector(unknown, FEATURES, "meaning").shape == (16,)


def test_two_people_get_what_both_like() -> None:
    one, two = fan(0, 3), fan(1, 3)
    both = together([one, two])
    np.testing.assert_allclose(both.mean, (one.mean + two.mean) / 2, atol=1e-12)
    shown = [picture(0), picture(1), picture(0, 1), picture(3)]
    assert rank(one, FEATURES, shown)[0].index == 0
    assert rank(two, FEATURES, shown)[0].index == 1
    ranked = rank(both, FEATURES, shown)
    assert ranked[0].index == 2
    assert ranked[-1].index == 3
    rows = FEATURES.transform(shown)
    np.testing.assert_allclose(
        both.probabilities(rows), (one.probabilities(rows) + two.probabilities(rows)) / 2
    )
    mostly = together([one, two], [9.0, 1.0])
    assert rank(mostly, FEATURES, shown[:2])[0].index == 0


def test_what_cannot_be_put_together_is_refused() -> None:
    one = fan(0, 1)
    with pytest.raises(InputError, match="at least one"):
        together([])
    with pytest.raises(InputError, match="positive share"):
        together([one, one], [1.0, 0.0])
    other = fit_rows(
        FEATURES,
        np.zeros((0, FEATURES.dimension)),
        prior=Prior.isotropic(FEATURES.dimension),
    )
    with pytest.raises(InputError, match="same prior"):
        together([one, other])
    plain = TextFeatures(HashEmbedder(16))
    with pytest.raises(InputError, match="fit it again"):
        taste_vector(one, plain)
    unknown = fit_rows(plain, np.zeros((0, plain.dimension)))
    with pytest.raises(InputError, match="no block 'item'"):
        taste_vector(unknown, plain)
