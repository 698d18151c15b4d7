"""Slates with "none of these": their probabilities, their likelihood, and which to show."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Posterior, TextFeatures, fit_rows
from penchant.policies.reward.laplace import Labels, find_modes
from penchant.policies.reward.slate import (
    Shown,
    choice_probabilities,
    choose_slate,
    fit_slates,
    slate_log_likelihood,
)

FEATURES = TextFeatures(HashEmbedder(8))
D = FEATURES.dimension
ATTRIBUTES = 6
UNKNOWN = fit_rows(FEATURES, np.zeros((0, D)))


def offers(count: int, seed: int) -> np.ndarray:
    """Electricity plans: a price, a length of contract, and who sells them at which rate."""
    found = np.zeros((count, 4, D))
    rng = np.random.default_rng(seed)
    found[:, :, 0] = rng.normal(size=(count, 4))
    found[:, :, 1] = rng.integers(0, 3, size=(count, 4)) - 1.0
    found[:, :, 2:ATTRIBUTES] = rng.integers(0, 2, size=(count, 4, ATTRIBUTES - 2))
    return found


def chosen(taste: np.ndarray, count: int, seed: int, *, none: bool = True) -> list[Shown]:
    noise = np.random.default_rng(seed + 1000).gumbel(size=(count, 5))
    slates = []
    for rows, luck in zip(offers(count, seed), noise, strict=True):
        utilities = np.append(rows @ taste, 0.0) + luck
        picked = int(np.argmax(utilities if none else utilities[:4]))
        slates.append(Shown(rows=rows, picked=None if picked == 4 else picked, none=none))
    return slates


def taste_of(seed: int) -> np.ndarray:
    taste = np.zeros(D)
    taste[:ATTRIBUTES] = np.random.default_rng(seed).normal(size=ATTRIBUTES) * 0.8
    return taste


def mean_log_likelihood(posterior: Posterior, slates: list[Shown]) -> float:
    return float(
        np.mean([
            np.log(
                choice_probabilities(posterior, each.rows, none=0.0 if each.none else None)[
                    4 if each.picked is None else each.picked
                ]
            )
            for each in slates
        ])
    )  # fmt: skip


def test_the_fit_is_at_the_mode_with_its_curvature() -> None:
    slates = chosen(taste_of(0), 30, 1)
    slates[0] = Shown(rows=slates[0].rows, picked=slates[0].picked, weight=2.5)
    posterior = fit_slates(UNKNOWN, slates)
    mean, precision = posterior.mean, np.diag(1.0 / UNKNOWN.prior.variance)

    def loss(theta: np.ndarray) -> float:
        likely = sum(s.weight * slate_log_likelihood(s.rows @ theta, s.picked) for s in slates)
        return 0.5 * theta @ precision @ theta - likely

    for direction in np.eye(D)[: ATTRIBUTES + 2]:
        slope = (loss(mean + 1e-5 * direction) - loss(mean - 1e-5 * direction)) / 2e-5
        assert slope == pytest.approx(0.0, abs=1e-6)
    for each in slates:
        options = np.append(each.rows @ mean, 0.0)
        chances = np.exp(options - np.logaddexp.reduce(options))[:4]
        bend = np.diag(chances) - np.outer(chances, chances)
        precision = precision + each.weight * each.rows.T @ bend @ each.rows
    np.testing.assert_allclose(posterior.covariance(np.eye(D)), np.linalg.inv(precision), atol=1e-9)


@pytest.mark.parametrize("none", [True, False])
def test_tastes_are_learned_from_picks_among_four(none: bool) -> None:
    gains = []
    for seed in range(4):
        taste = taste_of(seed)
        posterior = fit_slates(UNKNOWN, chosen(taste, 40, seed, none=none))
        later = chosen(taste, 100, seed + 50, none=none)
        gains.append(mean_log_likelihood(posterior, later) - mean_log_likelihood(UNKNOWN, later))
    assert min(gains) > -0.05
    assert np.mean(gains) > 0.1


def test_one_slate_of_two_is_an_ordinary_comparison_at_its_mode() -> None:
    rows = offers(1, 3)[0][:2]
    slate = fit_slates(UNKNOWN, [Shown(rows=rows, picked=0, none=False)])
    row = (rows[0] - rows[1])[None]
    prior = FEATURES.prior()
    spread = prior.spread(row)
    one = np.ones((1, 1))
    pair = find_modes((spread @ row.T)[None], 0.0 * one, Labels.plain(one, one))
    np.testing.assert_allclose(slate.mean, pair.alpha[0] @ spread, atol=1e-7)
    reduction = np.sqrt(pair.curvature[0]) / pair.system[0, 0] * spread
    np.testing.assert_allclose(
        slate.covariance(np.eye(D)), np.diag(prior.variance) - reduction.T @ reduction, atol=1e-7
    )


def test_taking_none_lowers_all_and_raises_the_chance_of_none() -> None:
    rows = offers(1, 3)[0]
    before = choice_probabilities(UNKNOWN, rows)
    after = choice_probabilities(fit_slates(UNKNOWN, [Shown(rows=rows, picked=None)] * 3), rows)
    assert before.shape == after.shape == (5,)
    assert before.sum() == pytest.approx(1.0)
    assert after[-1] > before[-1]
    assert choice_probabilities(UNKNOWN, rows, none=None).shape == (4,)
    threshold = choice_probabilities(UNKNOWN, rows, none=2.0)
    assert threshold[-1] > before[-1]


def test_likelihoods_sum_to_one_and_do_not_overflow() -> None:
    utilities = np.array([1000.0, -1000.0, 0.3])
    total = sum(np.exp(slate_log_likelihood(utilities, pick)) for pick in (0, 1, 2, None))
    assert total == pytest.approx(1.0)


def test_the_best_slate_hedges_between_tastes_that_are_both_plausible() -> None:
    good, other, alike = np.zeros((3, D))
    good[0], alike[0], other[1] = 2.0, 1.9, 1.8
    rows = np.array([good, alike, other])
    assert choose_slate(UNKNOWN, rows, 2)[1] != choose_slate(UNKNOWN, rows, 2)[0]
    assert set(choose_slate(UNKNOWN, rows, 2)) != {0, 1}
    assert sorted(choose_slate(UNKNOWN, rows, 9)) == [0, 1, 2]
    known = fit_rows(FEATURES, np.repeat(np.eye(D)[:1] * 2, 60, axis=0))
    assert choose_slate(known, rows, 1) == [0]


def test_thompson_slates_are_of_their_seed_and_without_repeats() -> None:
    rows = offers(2, 0).reshape(8, D)
    first = choose_slate(UNKNOWN, rows, 4, how="thompson", seed=1)
    assert first == choose_slate(UNKNOWN, rows, 4, how="thompson", seed=1)
    assert len(set(first)) == 4
    assert any(choose_slate(UNKNOWN, rows, 4, how="thompson", seed=s) != first for s in range(5))


def test_impossible_slates_are_refused() -> None:
    rows = offers(1, 0)[0]
    with pytest.raises(InputError, match="empty"):
        choice_probabilities(UNKNOWN, rows[:0])
    with pytest.raises(InputError, match="size"):
        choose_slate(UNKNOWN, rows, 0)
    for picked, none in ((4, True), (None, False), (-1, True)):
        with pytest.raises(InputError, match="picked"):
            fit_slates(UNKNOWN, [Shown(rows=rows, picked=picked, none=none)])
    with pytest.raises(InputError, match="finite"):
        fit_slates(UNKNOWN, [Shown(rows=rows * np.nan, picked=0)])
    assert fit_slates(UNKNOWN, []) is UNKNOWN
    assert choose_slate(UNKNOWN, rows[:0], 3) == []
