"""Priors fitted to many people."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import (
    Answers,
    Population,
    Prior,
    TextFeatures,
    choose_population,
    fit_population,
    fit_rows,
    flip_rates,
    predict,
    with_gains,
)

D = 4


def people(
    count: int,
    answers: int,
    *,
    seed: int = 0,
    centres: tuple[tuple[float, ...], ...] = ((2, 1, 0, 0),),
    apart: float = 1.0,
) -> tuple[Answers, np.ndarray]:
    """People whose weights lie around centres, the first two varying together."""
    rng = np.random.default_rng(seed)
    spread = np.array([[1, 0.9, 0, 0], [0, 0.43, 0, 0], [0, 0, 0.3, 0], [0, 0, 0, 0.3]])
    kinds = np.arange(count) % len(centres)
    thetas = np.array(centres)[kinds] + apart * rng.normal(size=(count, D)) @ spread
    rows = rng.normal(size=(count, answers, D))
    chances = 1 / (1 + np.exp(-np.einsum("utd,ud->ut", rows, thetas)))
    target = (rng.random(chances.shape) < chances).astype(float)
    return Answers.of(list(rows), list(target)), kinds


def nll(population: Population, seen: Answers, later: Answers) -> float:
    p = predict(population, seen, later.rows)
    return float(-(later.target * np.log(p) + (1 - later.target) * np.log(1 - p)).mean())


def test_the_prior_of_many_people_is_found_again() -> None:
    answers, _ = people(400, 30)
    prior = fit_population(answers, shrink=0.05).prototypes[0]
    covariance = np.diag(prior.variance) + prior.factor.T @ prior.factor
    assert prior.mean == pytest.approx([2, 1, 0, 0], abs=0.35)
    assert covariance[0, 1] > 0.4
    assert abs(covariance[2, 3]) < 0.15


def test_a_fitted_prior_predicts_new_people_better_than_none() -> None:
    train, _ = people(200, 12)
    test, _ = people(200, 12, seed=1)
    seen, later = test.first(4), Answers.of(list(test.rows[:, 6:]), list(test.target[:, 6:]))
    none = Population.of(Prior.isotropic(D))
    assert nll(fit_population(train), seen, later) < nll(none, seen, later) - 0.03


def test_prototypes_come_only_with_held_out_gain() -> None:
    def parts(answers: Answers) -> tuple[Answers, Answers]:
        return answers.first(8), Answers.of(list(answers.rows[:, 8:]), list(answers.target[:, 8:]))

    one = choose_population(*parts(people(150, 14, apart=0.2)[0]))
    two = choose_population(
        *parts(people(400, 14, centres=((3, 3, 0, 0), (-3, 0, 3, 0)), apart=0.2)[0])
    )
    assert len(one.prototypes) == 1
    assert len(two.prototypes) == 2


def test_the_context_routes_to_a_prototype() -> None:
    answers, kinds = people(300, 10, centres=((4, 4, 0, 0), (-4, -4, 0, 0)))
    context = np.where(kinds == 0, 1.0, -1.0)[:, None]
    routed = Answers.of(list(answers.rows), list(answers.target), context=context)
    population = fit_population(routed, prototypes=2, rounds=20)
    home, work = population.shares(np.array([1.0])), population.shares(np.array([-1.0]))
    assert home.max() > 0.8
    assert home.argmax() != work.argmax()
    with pytest.raises(InputError, match="context"):
        population.shares(np.array([1.0, 2.0]))


def test_gains_never_predict_worse_on_what_they_were_chosen_on() -> None:
    answers, _ = people(100, 12)
    earlier, later = (
        answers.first(8),
        Answers.of(list(answers.rows[:, 8:]), list(answers.target[:, 8:])),
    )
    plain = fit_population(answers)
    gained = with_gains(plain, earlier, later, asked=(3,))
    assert nll(gained, earlier.first(3), later) <= nll(plain, earlier.first(3), later) + 1e-12


def test_an_unreliable_source_is_found_out() -> None:
    answers, _ = people(150, 30)
    rng = np.random.default_rng(2)
    source = np.tile(np.arange(30) % 2, (150, 1))
    turned = (rng.random(source.shape) < 0.3) & (source == 1)
    noisy = Answers.of(
        list(answers.rows),
        list(np.where(turned, 1 - answers.target, answers.target)),
        sources=list(source),
    )
    sure, doubtful = flip_rates(fit_population(answers), noisy, 2)
    assert sure < 0.1
    assert 0.18 < doubtful < 0.45


def test_batched_people_are_what_each_would_be_alone() -> None:
    features = TextFeatures(HashEmbedder(16))
    rng = np.random.default_rng(0)
    width = features.dimension
    rows = [rng.normal(size=(count, width)) for count in (0, 3, 7)]
    asked = rng.normal(size=(3, 2, width))
    together = predict(
        Population.of(features.prior()), Answers.of(rows, [np.ones(len(r)) for r in rows]), asked
    )
    for person, each in enumerate(rows):
        posterior = fit_rows(features, each)
        utility = posterior.utility(asked[person])
        alone = 1 / (1 + np.exp(-utility.mean / np.sqrt(1 + np.pi / 8 * utility.sd**2)))
        np.testing.assert_allclose(together[person], alone, atol=1e-7)


def test_prototypes_are_weighed_by_evidence() -> None:
    features = TextFeatures(HashEmbedder(16))
    width = features.dimension
    up, down = np.zeros(width), np.zeros(width)
    up[0], down[0] = 2.0, -2.0
    prior = features.prior()
    both = Population(
        prototypes=tuple(Prior(mean=mean, variance=prior.variance) for mean in (up, down)),
        router=np.zeros((2, 1)),
    )
    longer = np.zeros((4, width))
    longer[:, 0] = 1.0
    unknown = fit_rows(features, longer[:0], prior=both)
    known = fit_rows(features, longer, prior=both)
    assert [each.share for each in unknown.components] == [0.5, 0.5]
    assert known.components[0].share > 0.9
    points = np.eye(3, width)
    np.testing.assert_allclose(
        known.utility(points).sd ** 2, np.diag(known.covariance(points)), atol=1e-9
    )
    chances = known.probabilities(points)
    np.testing.assert_allclose(chances + chances.T, 1.0, atol=1e-9)


@pytest.mark.parametrize(
    ("rows", "targets"),
    [
        ([], []),
        ([np.ones((2, 3))], [np.ones(1)]),
        ([np.full((1, 3), np.nan)], [np.ones(1)]),
        ([np.ones((1, 3)), np.ones((1, 2))], [np.ones(1), np.ones(1)]),
    ],
)
def test_unusable_answers_are_refused(rows: list[np.ndarray], targets: list[np.ndarray]) -> None:
    with pytest.raises(InputError):
        Answers.of(rows, targets)
    with pytest.raises(InputError, match="prototypes"):
        fit_population(people(3, 3)[0], prototypes=0)


def test_columns_that_are_not_learned_keep_the_base() -> None:
    answers, _ = people(120, 12)
    base = Prior(mean=np.array([0.0, 0.0, 0.5, 0.5]), variance=np.array([2.0, 2.0, 0.3, 0.2]))
    prior = fit_population(answers, base=base, learned=slice(0, 2), rounds=10).prototypes[0]
    assert prior.mean[2:].tolist() == [0.5, 0.5]
    assert prior.variance[2:].tolist() == [0.3, 0.2]
    assert prior.factor is not None
    assert not prior.factor[:, 2:].any()
    assert prior.mean[:2] == pytest.approx([2, 1], abs=0.5)


def test_what_the_base_is_worth_is_chosen_on_people_held_out() -> None:
    few, _ = people(25, 8)
    earlier, later = few.first(4), Answers.of(list(few.rows[:, 4:]), list(few.target[:, 4:]))
    test, _ = people(200, 12, seed=1)
    asked = Answers.of(list(test.rows[:, 6:]), list(test.target[:, 6:]))
    near = Prior(mean=np.array([2.0, 1.0, 0.0, 0.0]), variance=np.full(D, 0.7))
    trusting = choose_population(earlier, later, asked=(0, 3), base=near, worths=(0.0, 100.0))
    assert nll(trusting, test.first(3), asked) < nll(
        choose_population(earlier, later, asked=(0, 3)), test.first(3), asked
    )
