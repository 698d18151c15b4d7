"""Draws from posteriors, and exploring with them."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Population, Posterior, Prior, TextFeatures, fit_rows
from penchant.policies.reward.thompson import draw, draw_utilities, drawn_scores, thompson_slots

FEATURES = TextFeatures(HashEmbedder(8))
D = FEATURES.dimension


def items(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, D))
    found[:, D - len(FEATURES.planes) :] = 0.0
    return found


def factored() -> Prior:
    rng = np.random.default_rng(1)
    variance = np.full(D, 0.5)
    variance[3] = 0.0
    return Prior(mean=rng.normal(size=D), variance=variance, factor=0.3 * rng.normal(size=(2, D)))


def mixed() -> Population:
    one = factored()
    other = Prior(mean=-one.mean, variance=one.variance, factor=one.factor)
    return Population(prototypes=(one, other), router=np.zeros((2, 1)))


@pytest.mark.parametrize("prior", [None, factored(), mixed()])
def test_draws_have_the_posteriors_mean_and_covariance(prior: Prior | Population | None) -> None:
    posterior = fit_rows(FEATURES, items(10), prior=prior)
    drawn = draw(posterior, 20_000, 0)
    expected = posterior.covariance(np.eye(D))
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected))) + 1e-3
    assert np.abs((drawn.mean(axis=0) - posterior.mean) / np.sqrt(np.diag(scale))).max() < 0.04
    assert np.abs((np.cov(drawn.T) - expected) / scale).max() < 0.06


@pytest.mark.parametrize("prior", [None, factored(), mixed()])
def test_utilities_are_drawn_together(prior: Prior | Population | None) -> None:
    posterior, given = fit_rows(FEATURES, items(10), prior=prior), items(4, 8)
    drawn = draw_utilities(posterior, given, 20_000, 0)
    expected = posterior.covariance(given)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert np.abs((np.cov(drawn.T) - expected) / scale).max() < 0.05
    many = items(100, 9)
    assert draw_utilities(posterior, many, 2, 0).shape == (2, 100)


def test_draws_are_those_of_their_seed() -> None:
    posterior = fit_rows(FEATURES, items(5))
    np.testing.assert_array_equal(draw(posterior, 3, 7), draw(posterior, 3, 7))
    assert not np.array_equal(draw(posterior, 3, 7), draw(posterior, 3, 8))
    with pytest.raises(InputError, match="count"):
        draw(posterior, 0, 7)
    with pytest.raises(InputError, match="count"):
        draw_utilities(posterior, items(2), 0, 7)


def test_scores_of_a_draw_are_its_mean_logits_against_all() -> None:
    posterior = fit_rows(FEATURES, items(5))
    given, weights = items(6, 2), draw(posterior, 1, 0)
    logits = np.zeros((6, 6))
    first = D - len(posterior.planes)
    for a in range(6):
        for b in range(6):
            row = given[a] - given[b]
            for place, (x, y) in enumerate(posterior.planes, first):
                row[place] = given[a, x] * given[b, y] - given[a, y] * given[b, x]
            logits[a, b] = weights[0] @ row
    np.testing.assert_allclose(
        drawn_scores(posterior, weights, given)[0], logits.mean(axis=1), atol=1e-9
    )


def test_every_place_goes_to_somebody_once() -> None:
    posterior = fit_rows(FEATURES, items(5))
    for count in (0, 1, 2, 31, 70):
        order = thompson_slots(posterior, items(count, 4), 3)
        assert sorted(order) == list(range(count))
    assert thompson_slots(posterior, items(9), 3) == thompson_slots(posterior, items(9), 3)


def test_what_is_uncertain_gets_a_chance_and_what_is_bad_does_not() -> None:
    taste = np.zeros((40, D))
    taste[:, 0] = 1.5
    posterior: Posterior = fit_rows(FEATURES, taste)
    good, bad, unknown = np.zeros((3, D))
    good[0], bad[0] = 1.0, -3.0
    unknown[1] = 2.5
    given = np.array([good, bad, unknown])
    firsts = [thompson_slots(posterior, given, seed)[0] for seed in range(300)]
    shares = np.bincount(firsts, minlength=3) / 300
    assert shares[0] > 0.5
    assert shares[2] > 0.05
    assert shares[1] < 0.02
