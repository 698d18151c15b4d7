"""Win rates among many, warm starts and snapshots."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import (
    Posterior,
    TextFeatures,
    fit_rows,
    pack,
    unpack,
    win_rate_error,
    win_rates,
)

FEATURES = TextFeatures(HashEmbedder(16))
D = FEATURES.dimension
SKEW = len(FEATURES.planes)


def rows(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, D))


def items(count: int, seed: int = 0) -> np.ndarray:
    found = rows(count, seed)
    found[:, -SKEW:] = 0.0
    return found


def posterior(seed: int = 0) -> Posterior:
    taste = np.random.default_rng(seed).normal(size=D)
    seen = rows(40, seed + 1)
    return fit_rows(FEATURES, seen * np.sign(seen @ taste)[:, None])


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("scale", [0.2, 1.0])
def test_many_win_rates_are_within_the_bound_of_the_exact_ones(seed: int, scale: float) -> None:
    user, given = posterior(seed), scale * items(1500, seed + 10)
    exact = (user.probabilities(given, skew=False).sum(axis=1) - 0.5) / (len(given) - 1)
    full = (user.probabilities(given).sum(axis=1) - 0.5) / (len(given) - 1)
    found = win_rates(user, given)
    bound = win_rate_error(user, given)
    best = np.argsort(-found)[:32]
    np.testing.assert_allclose(found[best], full[best], atol=1e-9)
    rest = np.argsort(-found)[64:]
    assert np.abs(found - exact)[rest].max() < min(bound, 0.005)
    assert 0.0 < bound < 0.5


def test_a_few_that_lie_far_out_do_not_spoil_the_scores_of_the_others() -> None:
    user, given = posterior(), items(1500)
    given[np.random.default_rng(5).random(len(given)) < 0.01] *= 20.0
    exact = (user.probabilities(given, skew=False).sum(axis=1) - 0.5) / (len(given) - 1)
    rest = np.argsort(-exact)[64:]
    assert np.abs(win_rates(user, given) - exact)[rest].max() < 0.01


def test_many_of_the_same_are_even() -> None:
    user = posterior()
    twice = win_rates(user, np.repeat(items(2), 400, axis=0))
    better = user.probabilities(items(2))[0, 1]
    expected = (199.5 + 400 * np.array([better, 1 - better])) / 799
    assert twice == pytest.approx(np.repeat(expected, 400), abs=1e-4)
    assert win_rates(user, np.repeat(items(1), 700, axis=0)) == pytest.approx([0.5] * 700)


def test_a_few_win_rates_are_exact_and_even_out() -> None:
    found = win_rates(posterior(), items(20))
    assert found.mean() == pytest.approx(0.5)
    assert win_rates(posterior(), items(1)) == [0.5]
    assert win_rates(posterior(), items(0)).shape == (0,)
    assert win_rate_error(posterior(), items(20)) == 0.0


def test_a_taste_that_goes_in_circles_is_learned() -> None:
    x, y = FEATURES.planes[0]
    corners = np.zeros((3, D))
    for place, angle in enumerate((0.0, 2 * np.pi / 3, 4 * np.pi / 3)):
        corners[place, x], corners[place, y] = 3 * np.cos(angle), 3 * np.sin(angle)
    pairs = [(0, 1), (1, 2), (2, 0)] * 60
    seen = np.array([corners[a] - corners[b] for a, b in pairs])
    seen[:, D - SKEW] = [
        corners[a, x] * corners[b, y] - corners[a, y] * corners[b, x] for a, b in pairs
    ]
    user = fit_rows(FEATURES, seen)
    chances = user.probabilities(corners)
    assert min(chances[0, 1], chances[1, 2], chances[2, 0]) > 0.6
    assert win_rates(user, corners) == pytest.approx([0.5] * 3, abs=1e-6)


def test_the_winner_is_sound_where_tastes_go_in_circles() -> None:
    x, y = FEATURES.planes[0]
    column = FEATURES.attributes.index("length")
    items = np.zeros((5, D))
    for place, angle in enumerate((0.0, 2 * np.pi / 3, 4 * np.pi / 3)):
        items[place, x], items[place, y] = 3 * np.cos(angle), 3 * np.sin(angle)
    items[3, column], items[4, column] = 2.0, -2.0
    pairs = [(0, 1), (1, 2), (2, 0), *((3, each) for each in range(3)), (0, 4), (1, 4), (2, 4)]
    seen = np.array([items[a] - items[b] for a, b in pairs * 40])
    seen[:, D - SKEW] = [
        items[a, x] * items[b, y] - items[a, y] * items[b, x] for a, b in pairs * 40
    ]
    user = fit_rows(FEATURES, seen)
    chances = user.probabilities(items)
    # Rock beats scissors beats paper beats rock; all lose to one and beat the other.
    assert min(chances[0, 1], chances[1, 2], chances[2, 0]) > 0.6
    found = win_rates(user, items)
    assert list(np.argsort(-found, kind="stable")) in [[3, *rest, 4] for rest in _orders()]
    assert found[:3] == pytest.approx([found[:3].mean()] * 3, abs=0.02)
    assert found[3] > 0.8
    assert found[4] < 0.2
    assert found.mean() == pytest.approx(0.5)
    # No order of the three is right about each pair: at most two of three edges go forward.
    wins = chances[:3, :3] > 0.5
    assert wins.sum() == 3
    # What an item scores does not depend on where it stands in the list.
    turned = win_rates(user, items[[2, 4, 0, 3, 1]])
    assert turned == pytest.approx(found[[2, 4, 0, 3, 1]])


def _orders() -> list[list[int]]:
    return [list(order) for order in permutations(range(3))]


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    seen = rows(60, 3)
    before = fit_rows(FEATURES, seen[:-1])
    cold, warm = fit_rows(FEATURES, seen), fit_rows(FEATURES, seen, start=before)
    np.testing.assert_allclose(cold.mean, warm.mean, atol=1e-7)
    fewer = fit_rows(FEATURES, seen[:-1], start=cold)
    np.testing.assert_allclose(fewer.mean, before.mean, atol=1e-7)


def test_contradictions_by_the_hundred_stay_finite() -> None:
    seen = rows(3)
    user = fit_rows(FEATURES, np.vstack([seen, -seen] * 150))
    assert np.isfinite(win_rates(user, items(10))).all()
    np.testing.assert_allclose(user.mean, 0.0, atol=1e-6)


def test_hundreds_of_the_same_large_rows_stay_finite() -> None:
    user = fit_rows(FEATURES, np.full((300, D), 1e6))
    assert np.isfinite(user.mean).all()
    assert np.isfinite(win_rates(user, items(10))).all()
    with pytest.raises(InputError, match="finite"):
        fit_rows(FEATURES, np.full((2, D), 1e9))


def test_labels_that_do_not_fit_are_refused() -> None:
    for broken in (np.array([1.0]), np.array([1.0, np.nan])):
        with pytest.raises(InputError, match="weight"):
            fit_rows(FEATURES, rows(2), weight=broken)


def test_a_snapshot_ranks_as_the_posterior_does_and_is_never_surer() -> None:
    user, given = posterior(), items(30)
    again = unpack(pack(user), FEATURES)
    np.testing.assert_allclose(again.mean, user.mean, atol=1e-6)
    assert (again.utility(given).sd > user.utility(given).sd - 0.01).all()
    assert np.argmax(win_rates(again, given)) == np.argmax(win_rates(user, given))
    exact = unpack(pack(user, rank=40), FEATURES)
    np.testing.assert_allclose(exact.utility(given).sd, user.utility(given).sd, atol=0.01)
    assert len(pack(fit_rows(FEATURES, rows(0)))) < 8 * D


def test_foreign_snapshots_are_refused() -> None:
    data = pack(posterior())
    for broken in (b"", b"PNR1", data[:-10], data[:20], b"XXXX" + data[4:]):
        with pytest.raises(InputError):
            unpack(broken, FEATURES)
    with pytest.raises(InputError, match="fit it again"):
        unpack(data, TextFeatures(HashEmbedder(32)))
