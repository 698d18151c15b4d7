"""What questions are expected to bring, against integrals and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.policies.elicit.acquisition import (
    choice_probabilities,
    expected_best,
    expected_best_of,
    look_ahead,
    pair_information,
    pair_information_by_quadrature,
    pair_value,
    rating_information,
    rating_value,
    slate_scores,
)

MEANS = np.linspace(0.0, 8.0, 161)


def exact(mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """The integral on a fine grid."""
    z = np.linspace(-9.0, 9.0, 6001)
    weight = np.exp(-0.5 * z**2)
    weight /= weight.sum()
    p = 1.0 / (1.0 + np.exp(-(mean[:, None] + sd[:, None] * z)))

    def entropy(q: np.ndarray) -> np.ndarray:
        q = np.clip(q, 1e-15, 1.0 - 1e-15)
        return -(q * np.log(q) + (1.0 - q) * np.log(1.0 - q))

    return entropy(p @ weight) - entropy(p) @ weight


@pytest.mark.parametrize(
    ("sd", "error"), [(0.3, 0.0035), (1.0, 0.0035), (2.0, 0.0135), (3.0, 0.0335)]
)
def test_the_closed_form_is_as_near_to_the_integral_as_it_says(sd: float, error: float) -> None:
    sds = np.full_like(MEANS, sd)
    worst = np.abs(pair_information(MEANS, sds) - exact(MEANS, sds)).max()
    assert worst < error
    assert np.abs(pair_information_by_quadrature(MEANS, sds) - exact(MEANS, sds)).max() < 6.1e-4


def test_the_closed_form_orders_questions_as_the_integral_does() -> None:
    rng = np.random.default_rng(0)
    mean, sd = rng.normal(0.0, 2.0, 2000), rng.uniform(0.0, 3.0, 2000)

    def ranks(values: np.ndarray) -> np.ndarray:
        return np.argsort(np.argsort(values))

    ours, true = pair_information(mean, sd), exact(mean, sd)
    assert np.corrcoef(ranks(ours), ranks(true))[0, 1] > 0.999
    # BALD's form for probit answers (Houlsby et al., 2011) orders them less well.
    scale = np.pi * np.log(2.0) / 2.0
    slope = np.pi / 8.0
    chance = 1.0 / (1.0 + np.exp(-mean / np.sqrt(1.0 + slope * sd**2)))
    entropy = -(chance * np.log(chance) + (1.0 - chance) * np.log1p(-chance))
    probit = entropy - np.log(2.0) * np.sqrt(scale / (slope * sd**2 + scale)) * np.exp(
        -slope * mean**2 / (2.0 * (slope * sd**2 + scale))
    )
    assert (
        np.corrcoef(ranks(probit), ranks(true))[0, 1] < np.corrcoef(ranks(ours), ranks(true))[0, 1]
    )


def test_no_yes_or_no_says_more_than_ln_2() -> None:
    sd = np.array([0.0, 1.0, 1e3, 1e8])
    nats = pair_information(np.zeros(4), sd)
    assert nats[0] == 0.0
    assert (nats <= np.log(2.0)).all()
    assert (np.diff(nats) >= 0.0).all()


def test_a_slate_of_two_says_what_a_pair_does() -> None:
    rng = np.random.default_rng(1)
    mean, sd = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 0.5])
    draws = mean + sd * rng.standard_normal((40_000, 3))
    found = slate_scores(np.stack([draws, np.zeros_like(draws)]))
    np.testing.assert_allclose(found.information, exact(mean, sd), atol=0.005)
    np.testing.assert_array_equal(found.value, 0.0)


def test_128_draws_order_slates() -> None:
    rng = np.random.default_rng(2)
    slates = rng.normal(0.0, 1.0, (4, 1, 60)) + rng.uniform(0.2, 2.0, 60) * rng.standard_normal(
        (4, 20_000, 60)
    )
    few, many = slate_scores(slates[:, :128]).information, slate_scores(slates).information
    assert np.corrcoef(few, many)[0, 1] > 0.97
    assert (many <= np.log(4.0)).all()


def test_equal_options_and_certainty_say_nothing() -> None:
    assert slate_scores(np.ones((3, 10, 1))).information[0] == pytest.approx(0.0, abs=1e-12)
    huge = slate_scores(np.array([1e4, -1e4])[:, None, None] * np.ones((2, 5, 1)))
    assert np.isfinite(huge.information).all()
    assert choice_probabilities(np.array([1e5, 0.0])).tolist() == [1.0, 0.0]


def test_eubo_is_the_mean_of_the_better() -> None:
    rng = np.random.default_rng(3)
    a, b = 1.0 + rng.standard_normal(400_000), 0.5 + 2.0 * rng.standard_normal(400_000)
    found = expected_best(np.array([0.5]), np.array([0.5]), np.array([np.sqrt(5.0)]))
    assert found[0] == pytest.approx(np.maximum(a, b).mean(), abs=0.01)
    assert expected_best_of(np.stack([a, b])[:, :, None])[0] == pytest.approx(found[0], abs=0.01)
    certain = expected_best(np.array([1.0, 1.0]), np.array([2.0, -2.0]), np.zeros(2))
    np.testing.assert_allclose(certain, [3.0, 1.0])


def test_the_means_after_both_answers_average_to_the_mean_before() -> None:
    mean, sd = np.array([0.7, -2.0]), np.array([1.5, 0.3])
    cross = np.array([[1.0, -0.5, 0.0], [0.2, 0.1, -0.3]])
    chance = 1.0 / (1.0 + np.exp(-mean))
    moved = chance[:, None] * look_ahead(mean, sd, cross, 1.0)
    moved += (1.0 - chance)[:, None] * look_ahead(mean, sd, cross, 0.0)
    np.testing.assert_allclose(moved, 0.0, atol=1e-12)
    yes = look_ahead(mean, sd, cross, 1.0)[0]
    expected = cross[0] * (1.0 - chance[0]) / (1.0 + chance[0] * (1.0 - chance[0]) * sd[0] ** 2)
    np.testing.assert_allclose(yes, expected)


def test_evoi_is_0_where_no_answer_changes_the_choice() -> None:
    mean, sd = np.array([0.0, 0.0]), np.array([1.0, 1.0])
    candidates = np.array([5.0, 0.0])
    cross = np.array([[0.1, -0.1], [1.0, -9.0]])
    found = pair_value(mean, sd, cross, candidates)
    assert found[0] == pytest.approx(0.0, abs=1e-12)
    # The better of the two after either answer, less the better before.
    step = 0.5 / 1.25
    assert pair_value(mean[:1], sd[:1], np.array([[4.0, -4.0]]), np.zeros(2))[0] == pytest.approx(
        4.0 * step
    )


def test_evoi_from_draws_agrees_with_the_newton_step() -> None:
    rng = np.random.default_rng(4)
    matrix = np.array([[0.5, 0.1, 0.0], [0.1, 0.4, 0.1], [0.0, 0.1, 0.6]])
    mean = np.array([0.2, 0.1, 0.0])
    draws = mean + rng.standard_normal((60_000, 3)) @ np.linalg.cholesky(matrix).T
    x = np.array([1.0, -1.0, 0.0])
    closed = pair_value(
        np.array([x @ mean]), np.array([np.sqrt(x @ matrix @ x)]), (matrix @ x)[None], mean
    )
    sampled = slate_scores(np.stack([draws[:, [0]], draws[:, [1]]]), draws).value
    assert sampled[0] == pytest.approx(closed[0], abs=0.02)


def test_ratings() -> None:
    assert rating_information(np.array([1.0]), 1.0)[0] == pytest.approx(0.5 * np.log(2.0))
    worth = rating_value(np.array([[2.0, -2.0]]), np.array([1.0]), 1.0, np.zeros(2))
    # E|z| times the slope 2/√2.
    assert worth[0] == pytest.approx(np.sqrt(2.0) * np.sqrt(2.0 / np.pi), abs=0.05)
    with pytest.raises(InputError, match="above 0"):
        rating_information(np.array([1.0]), 0.0)


@given(st.floats(-50, 50), st.floats(0, 50))
def test_nothing_is_ever_negative_or_not_finite(mean: float, sd: float) -> None:
    means, sds = np.array([mean]), np.array([sd])
    for nats in (pair_information(means, sds), pair_information_by_quadrature(means, sds)):
        assert 0.0 <= nats[0] <= np.log(2.0) + 1e-12
    assert expected_best(np.zeros(1), means, sds)[0] >= max(0.0, mean) - 1e-9
    assert pair_value(means, sds, np.array([[sd, -sd]]), np.zeros(2))[0] >= 0.0
