"""What each piece of evidence adds to a utility."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import Population, Posterior, Prior, Stated, TextFeatures, fit_rows
from penchant.policies.reward.influence import Grounds, grounds_of, influences, shares

FEATURES = TextFeatures(HashEmbedder(16))
D = FEATURES.dimension
SAID = Stated("length", -2.0, 0.5, "short")


def rows(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, D))


def fitted(prior: Prior | Population | None = None) -> tuple[Posterior, Grounds]:
    seen = rows(12)
    posterior = fit_rows(FEATURES, seen, observed=[SAID], prior=prior)
    column = FEATURES.attributes.index("length")
    sources = [f"event {place // 2}" for place in range(12)]
    return posterior, grounds_of(seen, sources, [("short", column)])


def populations() -> list[Prior | Population | None]:
    rng = np.random.default_rng(5)
    shaped = Prior(
        mean=rng.normal(size=D), variance=np.full(D, 0.3), factor=0.1 * rng.normal(size=(3, D))
    )
    other = Prior(mean=-shaped.mean, variance=shaped.variance, factor=shaped.factor)
    return [None, shaped, Population(prototypes=(shaped, other), router=np.zeros((2, 1)))]


@pytest.mark.parametrize("prior", populations())
def test_the_parts_and_the_prior_sum_to_the_utility(prior: Prior | Population | None) -> None:
    posterior, grounds = fitted(prior)
    items = rows(7, 9)
    parts = shares(posterior, grounds, items)
    before = np.zeros(D)
    if isinstance(prior, Prior):
        before = prior.mean
    elif isinstance(prior, Population):
        before = sum(
            component.share * prototype.mean
            for component, prototype in zip(posterior.components, prior.prototypes, strict=True)
        )
    assert parts.shape == (13, 7)
    np.testing.assert_allclose(
        parts.sum(axis=0) + items @ before, posterior.utility(items).mean, atol=1e-9
    )


def test_rows_of_one_source_count_as_one_and_the_largest_come_first() -> None:
    posterior, grounds = fitted()
    items = rows(3, 9)
    found = influences(posterior, grounds, items, 20)
    for column, moved in enumerate(found):
        assert {each.source for each in moved} == {*(f"event {i}" for i in range(6)), "short"}
        sizes = [abs(each.effect) for each in moved]
        assert sizes == sorted(sizes, reverse=True)
        total = posterior.utility(items[column]).mean[0]
        assert sum(each.effect for each in moved) == pytest.approx(total, abs=1e-9)
    assert [len(moved) for moved in influences(posterior, grounds, items, 2)] == [2, 2, 2]


def test_without_the_strongest_source_the_utility_moves_its_way() -> None:
    seen = rows(6)
    item = rows(1, 3)
    posterior = fit_rows(FEATURES, seen)
    grounds = Grounds(seen, tuple("abcdef"))
    (moved,) = influences(posterior, grounds, item, 1)[0]
    rest = fit_rows(FEATURES, np.delete(seen, "abcdef".index(moved.source), axis=0))
    change = posterior.utility(item).mean[0] - rest.utility(item).mean[0]
    assert change * moved.effect > 0


def test_no_evidence_moves_nothing() -> None:
    nothing = fit_rows(FEATURES, rows(0))
    assert influences(nothing, Grounds(np.zeros((0, D)), ()), rows(2), 3) == [(), ()]


def test_the_grounds_of_another_posterior_are_refused() -> None:
    posterior, grounds = fitted()
    with pytest.raises(InputError, match="fitted to"):
        influences(posterior, Grounds(grounds.rows[:3], grounds.sources[:3]), rows(1), 1)
