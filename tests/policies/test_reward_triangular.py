"""Systems whose Cholesky factors are known."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.policies.reward.laplace import Labels, find_modes
from penchant.policies.reward.smoothing import logit_variance
from penchant.policies.reward.triangular import (
    inverse_of_lower,
    reduced,
    solved,
    solved_by_factor,
)


def systems(people: int, size: int, seed: int = 0) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(people, size, size + 3))
    return np.eye(size) + root @ root.transpose(0, 2, 1) / max(size, 1)


@pytest.mark.parametrize("size", [1, 48, 49, 130])
def test_solutions_are_those_of_a_general_solver(size: int) -> None:
    matrices, rng = systems(3, size), np.random.default_rng(size)
    lower = np.linalg.cholesky(matrices)
    right, rows = rng.normal(size=(3, size)), rng.normal(size=(size, 7))
    plain = np.linalg.solve(matrices, right[..., None])[..., 0]
    np.testing.assert_allclose(solved(matrices, right), plain, atol=1e-10)
    np.testing.assert_allclose(solved_by_factor(lower, right), plain, atol=1e-10)
    before = rows.copy()
    np.testing.assert_allclose(reduced(lower[0], rows), np.linalg.solve(lower[0], rows), atol=1e-10)
    np.testing.assert_array_equal(rows, before)
    np.testing.assert_allclose(
        inverse_of_lower(lower) @ lower, np.broadcast_to(np.eye(size), lower.shape), atol=1e-9
    )


def test_nothing_to_solve_is_nothing() -> None:
    none = np.zeros((2, 0, 0))
    assert solved(none, np.zeros((2, 0))).shape == (2, 0)
    assert solved_by_factor(none, np.zeros((2, 0))).shape == (2, 0)
    assert inverse_of_lower(none).shape == (2, 0, 0)
    assert reduced(none[0], np.zeros((0, 5))).shape == (0, 5)


@pytest.mark.parametrize("least", [1.0, 1e-6, 1e-12, 0.0])
def test_variances_hold_for_rows_that_say_next_to_nothing(least: float) -> None:
    kernel = systems(2, 9) * 4.0
    curvature = np.random.default_rng(1).uniform(0.05, 0.25, size=(2, 9))
    curvature[:, ::2] *= least
    root = np.sqrt(curvature)
    system = np.eye(9) + root[:, :, None] * kernel * root[:, None, :]
    found = logit_variance(kernel, curvature, np.linalg.cholesky(system))
    exact = kernel - (kernel * root[:, None, :]) @ np.linalg.solve(system, root[..., None] * kernel)
    np.testing.assert_allclose(found, np.diagonal(exact, axis1=1, axis2=2), rtol=1e-9)


def test_one_label_more_is_found_in_three_steps_from_the_mode_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from penchant.policies.reward import laplace

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(81, 90))
    rows *= np.sign(rows[:, :1] + 0.1)
    kernel, base = (rows @ rows.T)[None], np.zeros((1, 81))
    one = np.ones((1, 81))
    before = find_modes(kernel[:, :80, :80], base[:, :80], Labels.plain(one[:, :80], one[:, :80]))
    steps: list[int] = []
    plain = laplace.solved

    def counted(matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
        steps.append(len(right))
        return plain(matrices, right)

    monkeypatch.setattr(laplace, "solved", counted)
    start = np.concatenate([before.alpha, np.zeros((1, 1))], axis=1)
    warm = find_modes(kernel, base, Labels.plain(one, one), start)
    assert len(steps) <= 3
    cold = find_modes(kernel, base, Labels.plain(one, one))
    np.testing.assert_allclose(warm.alpha, cold.alpha, atol=1e-7)
