"""Beliefs over weights, and what answers of either kind say about them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.elicit.gaussian import Gaussian, Picked, Rated, learn, rating_noise
from penchant.policies.reward import Prior, TextFeatures, fit_rows

D = 5
PRIOR = Gaussian.of(np.linspace(-1, 1, D), np.eye(D) + 0.3)


def test_the_posterior_is_at_the_mode_with_the_curvature_there() -> None:
    rng = np.random.default_rng(0)
    answers = [Picked(rng.normal(size=(k, D)), k - 1) for k in (2, 2, 4, 3)]
    found = learn(PRIOR, answers)
    precision = np.linalg.inv(PRIOR.matrix)
    slope, curvature = precision @ (found.mean - PRIOR.mean), precision.copy()
    for rows, picked in answers:
        raised = np.exp(rows @ found.mean)
        p = raised / raised.sum()
        slope += p @ rows - rows[picked]
        curvature += rows.T @ (np.diag(p) - np.outer(p, p)) @ rows
    np.testing.assert_allclose(slope, 0.0, atol=1e-6)
    np.testing.assert_allclose(found.matrix, np.linalg.inv(curvature), atol=1e-8)


def test_the_reward_models_prior_and_posterior_are_beliefs_too() -> None:
    prior = Prior(mean=np.ones(D), variance=np.ones(D), factor=np.full((1, D), 0.5))
    found = Gaussian.from_prior(prior)
    np.testing.assert_allclose(found.matrix, np.eye(D) + 0.25)
    features = TextFeatures(HashEmbedder(4))
    posterior = fit_rows(features, np.zeros((0, features.dimension)))
    plain = Gaussian.from_prior(features.prior())
    rows = np.random.default_rng(1).normal(size=(3, features.dimension))
    np.testing.assert_allclose(plain.utility(rows).sd, posterior.utility(rows).sd)
    np.testing.assert_allclose(plain.covariance(rows), posterior.covariance(rows))


def test_a_rating_is_a_gaussian_observation() -> None:
    row = np.eye(D)[2]
    found = learn(PRIOR, [Rated(row, 3.0, 0.5)])
    gain = PRIOR.matrix @ row / (PRIOR.matrix[2, 2] + 0.25)
    np.testing.assert_allclose(found.mean, PRIOR.mean + gain * (3.0 - PRIOR.mean[2]), atol=1e-8)
    expected = PRIOR.matrix - np.outer(gain, PRIOR.matrix[2])
    np.testing.assert_allclose(found.matrix, expected, atol=1e-8)


def test_a_slate_beats_its_pairs_taken_apart() -> None:
    """A pick of four is one observation, not three."""
    rows = np.random.default_rng(2).normal(size=(4, D))
    slate = learn(PRIOR, [Picked(rows, 1)])
    pairs = learn(PRIOR, [Picked(rows[[1, other]], 0) for other in (0, 2, 3)])
    assert np.linalg.slogdet(slate.matrix)[1] > np.linalg.slogdet(pairs.matrix)[1]


def test_answers_count_in_any_order_and_from_the_prior() -> None:
    rng = np.random.default_rng(3)
    answers = [Picked(rng.normal(size=(k, D)), 0) for k in (2, 4, 3)]
    answers.append(Rated(np.eye(D)[0], 1.0, 1.0))
    there, back = learn(PRIOR, answers), learn(PRIOR, answers[::-1])
    np.testing.assert_allclose(there.mean, back.mean, atol=1e-7)
    assert learn(PRIOR, []) is PRIOR


def test_what_does_not_vary_stays_where_it_is() -> None:
    fixed = Gaussian.of(np.array([1.0, 2.0]), np.diag([1.0, 0.0]))
    found = learn(fixed, [Picked(np.array([[1.0, 5.0], [0.0, 0.0]]), 1)] * 3)
    assert found.mean[1] == 2.0
    assert found.mean[0] < 1.0
    assert found.matrix[1, 1] == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=30)
@given(st.lists(st.sampled_from([0, 1]), min_size=1, max_size=80), st.floats(0.1, 1e3))
def test_contradictions_leave_it_finite(picks: list[int], size: float) -> None:
    rows = size * np.random.default_rng(4).normal(size=(2, D))
    found = learn(PRIOR, [Picked(rows, each) for each in picks])
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.matrix).all()
    assert (np.linalg.eigvalsh(found.matrix) > -1e-9).all()
    if sum(picks) * 2 == len(picks):
        utility = found.utility(rows).mean
        assert abs(utility[0] - utility[1]) <= abs(float((rows[0] - rows[1]) @ PRIOR.mean)) + 1e-6


@pytest.mark.parametrize(
    "response",
    [
        Picked(np.zeros((2, D)), 2),
        Picked(np.zeros((2, D + 1)), 0),
        Picked(np.full((2, D), np.nan), 0),
        Rated(np.zeros(D), np.nan, 1.0),
        Rated(np.zeros(D), 1.0, 0.0),
    ],
)
def test_answers_that_cannot_be_are_refused(response: Picked | Rated) -> None:
    with pytest.raises(InputError):
        learn(PRIOR, [response])


def test_beliefs_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="shape"):
        Gaussian.of(np.zeros(2), np.eye(3))
    with pytest.raises(InputError, match="finite"):
        Gaussian.of(np.array([np.inf]), np.eye(1))
    with pytest.raises(InputError, match="negative"):
        Gaussian.of(np.zeros(1), -np.eye(1))


def test_where_it_looks_first_does_not_change_the_posterior() -> None:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((6, 4))
    prior = Gaussian.of(rng.standard_normal(6), root @ root.T)
    said = [Picked(rng.standard_normal((3, 6)), int(rng.integers(3))) for _ in range(8)]
    plain = learn(prior, said)
    for near in (learn(prior, said[:-1]), prior, plain):
        found = learn(prior, said, near=near)
        np.testing.assert_allclose(found.mean, plain.mean, atol=1e-7)
        np.testing.assert_allclose(found.matrix, plain.matrix, atol=1e-7)


def test_the_noise_of_ratings_is_learned() -> None:
    rng = np.random.default_rng(5)
    belief = Gaussian.of(np.zeros(D), 1e-6 * np.eye(D))
    for true in (0.5, 3.0):
        rated = [Rated(np.eye(D)[n % D], float(true * rng.normal()), 1.0) for n in range(200)]
        assert rating_noise(rated, belief) == pytest.approx(true, rel=0.15)
    assert rating_noise([], belief) == 1.5
