"""The Bayesian logistic model of one user's taste."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.memory.types import Preference
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Comparison, Prior, Stated, TextFeatures, fit, fit_rows, stated

FEATURES = TextFeatures(HashEmbedder(16), ["price"])
D = FEATURES.dimension
UNIT = Prior.isotropic(D)


def preference(
    description: str,
    *,
    aspect: str | None = None,
    value: str | None = None,
    polarity: Literal["like", "dislike"] = "like",
    strength: float = 1.0,
    confidence: float = 1.0,
) -> Preference:
    return Preference(
        id=description,
        user_id="ana",
        description=description,
        polarity=polarity,
        hard=False,
        strength=strength,
        origin="stated",
        confidence=confidence,
        scope=None,
        aspect=aspect,
        value=value,
        evidence_ids=(),
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


def rows(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, D))


def primal_mode(differences: np.ndarray, weight: np.ndarray, flip: np.ndarray) -> np.ndarray:
    """The mode by plain gradient descent on the weights, to check the dual against."""
    theta = np.zeros(D)
    step = 1.0 / (1.0 + 0.25 * (weight[:, None] * differences**2).sum())
    for _ in range(20000):
        sigma = 1 / (1 + np.exp(-differences @ theta))
        p = flip + (1 - 2 * flip) * sigma
        slope = weight * (1 - 2 * flip) * sigma * (1 - sigma) / p
        gradient = theta - differences.T @ slope
        theta -= step * gradient
        if np.abs(gradient).max() < 1e-9:
            break
    return theta


def test_nothing_seen_is_the_prior() -> None:
    posterior = fit(FEATURES, [], prior=UNIT)
    row = rows(1)
    utility = posterior.utility(row)
    assert utility.mean[0] == 0
    assert utility.sd[0] == pytest.approx(np.linalg.norm(row))


@pytest.mark.parametrize("flip", [0.0, 0.1])
def test_the_dual_mode_is_the_mode(flip: float) -> None:
    x = rows(6)
    weight, flips = np.linspace(0.3, 2.0, 6), np.full(6, flip)
    posterior = fit_rows(FEATURES, x, weight=weight, flip=flips, prior=UNIT)
    mode = posterior.components[0].mode
    assert mode is not None
    np.testing.assert_allclose(mode @ x, primal_mode(x, weight, flips), atol=1e-6)


def test_mean_and_covariance_are_one_averaged_step_from_the_mode() -> None:
    x = rows(5)
    posterior = fit_rows(FEATURES, x, observed=[Stated("length", 1.0, 0.5, "p")], prior=UNIT)
    column = np.zeros(D)
    column[FEATURES.names.index("length")] = 1.0
    mode = posterior.components[0].mode
    assert mode is not None
    theta = mode @ np.vstack([x, column])

    def hessian(curvature: np.ndarray) -> np.ndarray:
        return np.eye(D) + (x.T * curvature) @ x + 4.0 * np.outer(column, column)

    logits = x @ theta
    sigma = 1 / (1 + np.exp(-logits))
    variance = np.diag(x @ np.linalg.inv(hessian(sigma * (1 - sigma))) @ x.T)
    kappa = 1 / np.sqrt(1 + np.pi / 8 * variance)
    average = 1 / (1 + np.exp(-kappa * logits))
    curvature = kappa * average * (1 - average)
    moved = hessian(curvature)
    pulled = x.T @ (curvature * logits + 1 - average) + 4.0 * column
    np.testing.assert_allclose(posterior.mean, np.linalg.solve(moved, pulled), atol=1e-7)
    points = rows(3, seed=1)
    np.testing.assert_allclose(
        posterior.covariance(points), points @ np.linalg.inv(moved) @ points.T, atol=1e-7
    )
    np.testing.assert_allclose(
        posterior.utility(points).sd ** 2, np.diag(posterior.covariance(points)), atol=1e-8
    )
    assert posterior.weights()["length"].sd ** 2 == pytest.approx(
        column @ np.linalg.inv(moved) @ column
    )


def test_a_removed_comparison_leaves_no_trace() -> None:
    x = rows(30)
    without = fit_rows(FEATURES, np.delete(x, 7, axis=0))
    never = fit_rows(FEATURES, np.vstack([x[:7], x[8:]]))
    shuffled = fit_rows(FEATURES, np.delete(x, 7, axis=0)[::-1].copy())
    np.testing.assert_array_equal(without.mean, never.mean)
    np.testing.assert_allclose(without.mean, shuffled.mean, atol=1e-6)
    points = rows(3, seed=1)
    np.testing.assert_allclose(
        without.utility(points).sd, shuffled.utility(points).sd, rtol=0, atol=1e-6
    )


def test_a_hundred_contradictions_stay_finite_and_undecided() -> None:
    x = rows(100)
    posterior = fit_rows(FEATURES, np.vstack([x, -x]))
    assert np.abs(posterior.mean).max() < 1e-6
    same = fit_rows(FEATURES, np.vstack([x[:1]] * 300), flip=np.full(300, 0.2))
    assert np.isfinite(same.mean).all()
    assert np.isfinite(same.components[0].reduction).all()


def test_weights_and_flip_rates_count() -> None:
    x = rows(1)
    plain, heavy = fit_rows(FEATURES, x), fit_rows(FEATURES, x, weight=np.array([3.0]))
    doubtful = fit_rows(FEATURES, x, flip=np.array([0.3]))
    tie = fit_rows(FEATURES, x, target=np.array([0.5]))
    gains = [float(p.utility(x).mean[0]) for p in (tie, doubtful, plain, heavy)]
    assert gains[0] == pytest.approx(0, abs=1e-9)
    assert gains == sorted(gains)
    assert gains[1] < gains[2] < gains[3]
    thrice = fit_rows(FEATURES, np.vstack([x] * 3))
    np.testing.assert_allclose(thrice.mean, heavy.mean, atol=1e-7)


def test_a_prior_shifts_the_start() -> None:
    prior = Prior(mean=np.full(D, 0.5), variance=np.full(D, 0.1))
    np.testing.assert_array_equal(fit(FEATURES, [], prior=prior).mean, prior.mean)
    posterior = fit(FEATURES, [Comparison(preferred="yes", other="no")], prior=prior)
    assert not np.allclose(posterior.mean, prior.mean)
    with pytest.raises(InputError, match="prior"):
        fit(FEATURES, [], prior=Prior(mean=np.zeros(3), variance=np.ones(3)))


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=6),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_probabilities_are_antisymmetric_and_finite(
    pairs: list[tuple[str, str]], one: str, two: str
) -> None:
    posterior = fit(FEATURES, [Comparison(preferred=a, other=b) for a, b in pairs])
    chances = posterior.probabilities(FEATURES.transform([one, two]))
    assert np.isfinite(chances).all()
    np.testing.assert_allclose(chances + chances.T, 1.0, atol=1e-9)


def test_what_was_preferred_is_preferred_and_explained() -> None:
    short, long = "Yes, do it.", "It is, all things considered, advisable to do it. " * 8
    posterior = fit(FEATURES, [Comparison(preferred=short, other=long)] * 3)
    new_short, new_long = FEATURES.transform(["No, wait.", "One might rather wait a while. " * 9])
    assert posterior.probabilities(np.array([new_short, new_long]))[0, 1] > 0.55
    parts = posterior.contributions(new_short - new_long)
    assert sum(parts.values()) == pytest.approx(
        float(posterior.utility((new_short - new_long)[None]).mean[0])
    )
    assert next(iter(parts)) == "length"
    assert set(parts) == {*FEATURES.attributes, "meaning"}
    sizes = [abs(value) for value in parts.values()]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (preference("x", aspect="length", value="short"), {"length": -1}),
        (preference("likes short replies"), {"length": -1}),
        (preference("dislikes long answers", polarity="dislike"), {"length": -1}),
        (preference("wants answers that are not too long"), {"length": -1}),
        (preference("wants no emoji"), {"emoji": -1}),
        (preference("prefers bullet points"), {"lists": 1}),
        (preference("x", aspect="tone", value="playful"), {"playful": 1}),
        (preference("x", aspect="tone", value="casual"), {"formal": -1}),
        (preference("likes simple explanations without jargon"), {"expert": -1, "hard words": -1}),
        (preference("likes cheap things", aspect="price", polarity="dislike"), {"price": -1}),
        (preference("x", aspect="price", value="low"), {"price": -1}),
        (preference("likes short walks"), {}),
        (preference("is vegetarian", aspect="diet", value="vegetarian"), {}),
    ],
)
def test_stored_preferences_speak_of_attributes(
    asked: Preference, expected: dict[str, int]
) -> None:
    observed = stated([asked], FEATURES.app_features)
    assert {each.attribute: np.sign(each.value) for each in observed} == expected


def test_a_stored_preference_moves_the_ranking_and_its_deletion_moves_it_back() -> None:
    texts = FEATURES.transform(["Yes.", "Yes, and here is a long story about why that is. " * 5])
    wish = preference("likes short replies", confidence=0.9)
    with_it, without = fit(FEATURES, [], [wish]), fit(FEATURES, [], [])
    assert with_it.probabilities(texts)[0, 1] > 0.8
    assert without.probabilities(texts)[0, 1] == 0.5
    doubtful = fit(FEATURES, [], [preference("likes short replies", confidence=0.2)])
    assert with_it.mean.min() < doubtful.mean.min() < 0


@pytest.mark.parametrize(
    "broken",
    [
        Comparison(preferred="a", other="b", weight=0.0),
        Comparison(preferred="a", other="b", weight=float("nan")),
        Comparison(preferred="a", other="b", flip=0.5),
        Comparison(preferred="a", other="b", target=1.5),
    ],
)
def test_unusable_comparisons_are_refused(broken: Comparison) -> None:
    with pytest.raises(InputError, match="comparison"):
        fit(FEATURES, [broken])


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(InputError, match="wide"):
        fit_rows(FEATURES, np.ones((2, 3)))
    with pytest.raises(InputError, match="finite"):
        fit_rows(FEATURES, np.full((2, D), np.nan))
