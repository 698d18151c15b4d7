"""Priors that are read off a person's first pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import (
    Answers,
    Population,
    TextFeatures,
    fit_population,
    fit_rows,
    predict,
)
from penchant.policies.reward.amortised import Amortised, predict_amortised
from penchant.policies.reward.meta import meta_train
from penchant.policies.reward.saved import Provenance, SavedPrior, load_prior, save_prior

D = 8


def answers_of(count: int, *, seed: int, kinds: int = 4) -> Answers:
    """People of a few kinds, who answer alike within a kind; one Gaussian cannot say that."""
    rng = np.random.default_rng(5)
    centres = rng.normal(0.0, 2.0, (kinds, D))
    rng = np.random.default_rng(seed)
    thetas = centres[np.arange(count) % kinds] + rng.normal(0.0, 0.2, (count, D))
    rows = rng.normal(size=(count, 14, D))
    chances = 1 / (1 + np.exp(-np.einsum("utd,ud->ut", rows, thetas)))
    return Answers.of(list(rows), list((rng.random(chances.shape) < chances) * 1.0))


@pytest.fixture(scope="module")
def trained() -> tuple[Population, Amortised]:
    train = answers_of(240, seed=0)
    base = fit_population(train, rounds=10)
    return base, meta_train(base, train, steps=150, seed=0)


def test_first_pairs_tell_kinds_of_people_that_one_gaussian_cannot(
    trained: tuple[Population, Amortised],
) -> None:
    base, amortised = trained
    test = answers_of(200, seed=1)
    seen, rows, target = test.first(4), test.rows[:, 8:], test.target[:, 8:]

    def losses(chances: np.ndarray) -> np.ndarray:
        return -(target * np.log(chances) + (1 - target) * np.log(1 - chances)).mean(axis=1)

    gain = losses(predict(base, seen, rows)) - losses(predict_amortised(amortised, seen, rows))
    assert gain.mean() > 2 * gain.std() / np.sqrt(len(gain))


def test_without_pairs_only_the_common_gains_are_there(
    trained: tuple[Population, Amortised],
) -> None:
    base, amortised = trained
    made = amortised.population(np.zeros((0, D))).prototypes[0]
    np.testing.assert_allclose(made.mean, base.prototypes[0].mean)
    np.testing.assert_allclose(
        made.variance, base.prototypes[0].variance * np.exp(2 * amortised.gains[0])
    )


def test_pairs_are_read_in_any_order_either_way_round_and_up_to_the_first(
    trained: tuple[Population, Amortised],
) -> None:
    _, amortised = trained
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(amortised.first, D))
    made = amortised.population(rows)
    others = (
        amortised.population(rows[::-1]),
        amortised.population(-rows, np.zeros(len(rows))),
        amortised.population(np.vstack([rows, rng.normal(size=(3, D))])),
    )
    assert np.abs(made.prototypes[0].mean - amortised.population(rows[:1]).prototypes[0].mean).max()
    for other in others:
        np.testing.assert_allclose(other.prototypes[0].mean, made.prototypes[0].mean)
        np.testing.assert_allclose(other.router, made.router)


def test_training_is_deterministic_and_needs_people() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, 6, 3))
    noise = Answers.of(list(rows), list((rng.random((40, 6)) < 0.5) * 1.0))
    base = fit_population(noise, rounds=5)
    first, again = (meta_train(base, noise, steps=20, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first.outer, again.outer)
    with pytest.raises(InputError, match="too few"):
        meta_train(base, noise.people(np.arange(9)))
    with pytest.raises(InputError, match="rows has shape"):
        first.population(np.zeros((1, 2)))


@pytest.fixture(scope="module")
def features() -> TextFeatures:
    return TextFeatures(HashEmbedder(16), ["price"])


@pytest.fixture(scope="module")
def saved(features: TextFeatures) -> SavedPrior:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(20, 6, features.dimension))
    answers = Answers.of(list(rows), [np.ones(6)] * 20)
    groups = np.zeros(features.dimension, dtype=np.int64)
    groups[features.blocks["meaning"]] = 1
    base = fit_population(answers, base=features.prior(), worth=5.0, rounds=2, prototypes=2)
    amortised = meta_train(base, answers, groups=groups, steps=20)
    rng = np.random.default_rng(1)
    moved = {name: rng.normal(size=getattr(amortised, name).shape) for name in ("gains", "outer")}
    parts = {name: getattr(amortised, name) for name in Amortised.__slots__} | moved
    return SavedPrior(
        population=base,
        names=features.names,
        provenance=Provenance(
            features=features.with_app_features(()).id,
            data="00",
            layout="pairs",
            licence="CC0-1.0",
            people=20,
            comparisons=120,
            seed=0,
            version="0",
            held_out={"nll_gain": 0.1},
        ),
        sources={"click": 0.1},
        amortised=Amortised(**parts),
    )


def test_a_saved_prior_comes_back_as_it_was(
    saved: SavedPrior, features: TextFeatures, tmp_path: Path
) -> None:
    path = tmp_path / "prior.npz"
    save_prior(path, saved)
    back = load_prior(path, features)
    assert (back.provenance, back.names, dict(back.sources)) == (
        saved.provenance,
        saved.names,
        {"click": 0.1},
    )
    rows = np.random.default_rng(2).normal(size=(3, features.dimension))
    one, other = saved.prior(rows), back.prior(rows)
    for mine, theirs in zip(one.prototypes, other.prototypes, strict=True):
        np.testing.assert_array_equal(mine.mean, theirs.mean)
        np.testing.assert_array_equal(mine.factor, theirs.factor)
    first = fit_rows(features, rows, prior=one)
    again = fit_rows(features, rows, prior=other)
    np.testing.assert_array_equal(first.mean, again.mean)
    assert len(first.components) == 2


def test_other_app_features_keep_what_is_known_of_the_rest(
    saved: SavedPrior, features: TextFeatures
) -> None:
    other = features.with_app_features(["weight"])
    adapted = saved.for_features(other)
    prior, known = adapted.population.prototypes[0], saved.population.prototypes[0]
    place, price = other.names.index("weight"), features.names.index("price")
    assert prior.variance[place] == other.prior().variance[place]
    assert prior.mean[place] == 0.0
    shared = [name for name in other.names if name != "weight"]
    here, there = ([each.index(name) for name in shared] for each in (other.names, features.names))
    np.testing.assert_array_equal(prior.mean[here], known.mean[there])
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(2, features.dimension))
    rows[:, price] = 0.0
    adopted = other.adopt(rows, features)
    mine, theirs = adapted.prior(adopted).prototypes[0], saved.prior(rows).prototypes[0]
    np.testing.assert_allclose(mine.mean[here], theirs.mean[there])
    np.testing.assert_allclose(mine.variance[here], theirs.variance[there])
    fit_rows(other, adopted, prior=adapted.prior(adopted))


def test_a_prior_for_other_features_or_none_at_all_is_refused(
    saved: SavedPrior, tmp_path: Path
) -> None:
    path = tmp_path / "prior.npz"
    save_prior(path, saved)
    with pytest.raises(InputError, match="fit it again"):
        load_prior(path, TextFeatures(HashEmbedder(32)))
    with pytest.raises(InputError, match="cannot read"):
        load_prior(tmp_path / "none.npz", TextFeatures(HashEmbedder(16)))
    for junk in (b"", b"PK\x03\x04 no", path.read_bytes()[:200]):
        path.write_bytes(junk)
        with pytest.raises(InputError, match="holds no prior"):
            load_prior(path, TextFeatures(HashEmbedder(16)))
    with pytest.raises(InputError, match="cannot write"):
        save_prior(tmp_path / "no" / "prior.npz", saved)


def test_a_network_of_the_wrong_shape_is_refused(saved: SavedPrior) -> None:
    assert saved.amortised is not None
    parts = {name: getattr(saved.amortised, name) for name in Amortised.__slots__}
    with pytest.raises(InputError, match="outer has shape"):
        Amortised(**(parts | {"outer": np.zeros((1, 1))}))
