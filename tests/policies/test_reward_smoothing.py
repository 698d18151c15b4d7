"""How sure a posterior of few comparisons is, beside the exact one."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Prior, TextFeatures, fit_rows
from penchant.policies.reward.laplace import (
    Labels,
    at_modes,
    find_modes,
    sigmoid,
)
from penchant.policies.reward.smoothing import smoothed

FEATURES = TextFeatures(HashEmbedder(8))
D = FEATURES.dimension


def exact(kernel: np.ndarray, draws: int = 400_000) -> float:
    """P(last label 1 | all others 1) by drawing from the prior, for a kernel of shape (n, n)."""
    root = np.linalg.cholesky(kernel + 1e-9 * np.eye(len(kernel)) * kernel.max())
    logits = np.random.default_rng(0).normal(size=(draws, len(kernel))) @ root.T
    weight = np.exp(-np.logaddexp(0.0, -logits[:, :-1]).sum(axis=1))
    return float((weight * sigmoid(logits[:, -1])).sum() / weight.sum())


@pytest.mark.parametrize("sd", [0.5, 1.0, 4.0, 8.0])
@pytest.mark.parametrize("along", [0.3, 0.7])
def test_four_pairs_make_it_nearly_as_sure_as_the_exact_posterior(sd: float, along: float) -> None:
    """Pairs whose logits have this deviation a priori, and this correlation with each other."""
    kernel = sd * sd * (along + (1.0 - along) * np.eye(5))
    root = np.linalg.cholesky(kernel)
    rows = np.zeros((5, D))
    rows[:, :5] = root
    posterior = fit_rows(FEATURES, rows[:4], prior=Prior.isotropic(D))
    chance = float(posterior.probabilities(rows[4:], np.zeros((1, D)), skew=False)[0, 0])
    known = Labels.plain(np.ones((1, 4)), np.ones((1, 4)))
    modes = find_modes(kernel[None, :4, :4], np.zeros((1, 4)), known)
    mean = kernel[4, :4] @ modes.alpha[0]
    reduced = np.linalg.solve(modes.system[0], np.sqrt(modes.curvature[0]) * kernel[:4, 4])
    laplace = float(sigmoid(mean / np.sqrt(1 + np.pi / 8 * (sd * sd - reduced @ reduced))))
    truth = exact(kernel)
    assert abs(chance - truth) < 0.04
    if sd > 1.0:
        assert abs(chance - truth) < 0.5 * abs(laplace - truth)
        assert laplace < chance


def test_many_comparisons_leave_the_mode() -> None:
    rng = np.random.default_rng(0)
    rows = np.zeros((4000, D))
    rows[:, :3] = rng.normal(size=(4000, 3))
    taste = np.array([1.0, -0.5, 0.2])
    rows *= np.where(rows[:, :3] @ taste + rng.logistic(size=4000) > 0, 1.0, -1.0)[:, None]
    posterior = fit_rows(FEATURES, rows, prior=Prior.isotropic(D))
    mode = posterior.components[0].mode
    assert mode is not None
    np.testing.assert_allclose(posterior.mean, mode @ rows, atol=2e-3)
    np.testing.assert_allclose(posterior.components[0].alpha @ rows, posterior.mean, atol=1e-8)


@pytest.mark.parametrize("count", [20, 200])
def test_both_systems_of_equations_take_the_same_step(count: int) -> None:
    """More rows than columns are solved for the columns, and end at the same posterior."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(count, D))
    target, weight = rng.uniform(0.5, 1.0, count), rng.uniform(0.2, 2.0, count)
    flip = np.where(rng.random(count) < 0.3, 0.1, 0.0)
    posterior = fit_rows(
        FEATURES, rows, target=target, weight=weight, flip=flip, prior=Prior.isotropic(D)
    )
    kernel, base = (rows @ rows.T)[None], np.zeros((1, count))
    labels = Labels.plain(target[None], weight[None], flip[None])
    mode = posterior.components[0].mode
    assert mode is not None
    step = smoothed(kernel, base, labels, at_modes(kernel, base, labels, mode[None]))
    np.testing.assert_allclose(posterior.mean, step.alpha[0] @ rows, atol=1e-6)
    scaled = np.sqrt(step.curvature[0])[:, None] * rows
    reduction = np.linalg.solve(step.system[0], scaled)
    np.testing.assert_allclose(
        posterior.covariance(np.eye(D)), np.eye(D) - reduction.T @ reduction, atol=1e-6
    )


def test_labels_that_may_be_wrong_keep_what_the_mode_says() -> None:
    kernel, base = np.full((1, 1, 1), 64.0), np.zeros((1, 1))
    labels = Labels.plain(np.ones((1, 1)), np.ones((1, 1)), 0.1)
    modes = find_modes(kernel, base, labels)
    step = smoothed(kernel, base, labels, modes)
    np.testing.assert_allclose(step.alpha, modes.alpha, atol=1e-6)
    np.testing.assert_allclose(step.curvature, modes.curvature)
    assert step.evidence == modes.evidence


def test_nothing_seen_and_contradictions_are_defined() -> None:
    empty = Labels.plain(np.ones((2, 0)), np.ones((2, 0)))
    kernel, base = np.zeros((2, 0, 0)), np.zeros((2, 0))
    assert smoothed(kernel, base, empty, find_modes(kernel, base, empty)).alpha.shape == (2, 0)
    row = np.zeros((1, D))
    row[0, 0] = 1.0
    rows = np.vstack([row, -row] * 300)
    posterior = fit_rows(FEATURES, rows, prior=Prior.isotropic(D, 100.0))
    assert abs(posterior.mean).max() < 1e-6
    large = fit_rows(FEATURES, 1e6 * np.vstack([row] * 20), prior=Prior.isotropic(D))
    assert np.isfinite(large.mean).all()
    assert 0.5 < large.probabilities(row, 0 * row)[0, 0] <= 1.0
