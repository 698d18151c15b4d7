"""Priors and learning curves of people whose tastes are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import TextFeatures, fit_rows
from penchant.simulators.datasets import UserPair
from penchant.simulators.populations import (
    Described,
    describe,
    fit_people,
    learning_curves,
    pair_agreement,
)
from penchant.simulators.populations.fitting import DEFAULT, FITTED
from penchant.simulators.populations.plots import curves_page

TOPICS = ("soup", "tea", "rain", "trains", "chess", "birds", "bread", "maps", "stars", "paint")


def texts(topic: str, number: int) -> tuple[str, str]:
    brief = f"Try {topic} number {number}."
    return brief, f"One might, on reflection, consider {topic} number {number} at some length. " * 2


def pairs_of(people: int, each: int, *, seed: int = 0) -> list[UserPair]:
    """Most like it short and cheap; every fifth person likes it long. Prices matter to all."""
    rng = np.random.default_rng(seed)
    pairs = []
    for person in range(people):
        short = 2.0 if person % 5 else -2.0
        for number in range(each):
            brief, long = texts(TOPICS[number % len(TOPICS)], int(rng.integers(1000)))
            prices = rng.uniform(-1, 1, size=2)
            left_better = rng.random() < 1 / (1 + np.exp(-(short - 1.5 * (prices[0] - prices[1]))))
            sides = [(brief, prices[0]), (long, prices[1])]
            (chosen, first), (rejected, second) = sides if left_better else sides[::-1]
            pairs.append(
                UserPair(
                    user=f"p{person}",
                    prompt="about it",
                    chosen=chosen,
                    rejected=rejected,
                    kind="objective" if number % 2 else "subjective",
                    chosen_features={"price": float(first)},
                    rejected_features={"price": float(second)},
                )
            )
    return pairs


@pytest.fixture(scope="module")
def features() -> TextFeatures:
    return TextFeatures(HashEmbedder(8))


@pytest.fixture(scope="module")
def described(features: TextFeatures) -> Described:
    return describe(pairs_of(40, 10), features)


def test_a_fitted_prior_serves_people_held_out(described: Described) -> None:
    fit = fit_people(described, prototypes=1, seed=0)
    assert fit.gains
    assert 0.0 < fit.gain.low < fit.gain.mean < fit.gain.high
    assert fit.held_out["fitted_k0_nll"] < np.log(2) - 0.05
    arms = {str(row["arm"]) for row in fit.rows}
    assert arms == {"default prior", "pooled Bradley-Terry", "fitted prior"}
    weights = fit.population.prototypes[0].mean
    names = described.features.names
    assert weights[names.index("price")] < 0.0
    assert weights[names.index("length")] < 0.0
    # It is a prior like any other.
    posterior = fit_rows(described.features, described.rows[0], prior=fit.population)
    assert np.isfinite(posterior.mean).all()
    again = fit_people(described, prototypes=1, seed=0)
    np.testing.assert_array_equal(again.population.prototypes[0].mean, weights)


def test_everybody_is_held_out_once_and_never_learned_from(described: Described) -> None:
    users, held_out = described.users, []
    for train, held in described.folds(seed=3):
        assert not set(users[train]) & set(users[held])
        held_out += users[held].tolist()
    assert sorted(held_out) == list(range(40))


def test_noise_teaches_only_to_be_unsure(features: TextFeatures) -> None:
    rng = np.random.default_rng(0)
    noise = [
        UserPair(user=each.user, prompt="", chosen=sides[0], rejected=sides[1])
        for each in pairs_of(15, 6)
        for sides in [rng.permutation([each.chosen, each.rejected]).tolist()]
    ]
    fit = fit_people(describe(noise, features), prototypes=1)
    fitted = {row["k"]: row for row in fit.rows if row["arm"] == FITTED}
    assert all(row["nll"] > math.log(2) - 0.02 for row in fitted.values())
    default = [row for row in fit.rows if row["arm"] == DEFAULT and row["k"] > 0]
    assert all(fitted[row["k"]]["nll"] <= row["nll"] + 0.02 for row in default)


def test_an_unreliable_source_is_told_apart(features: TextFeatures) -> None:
    rng = np.random.default_rng(1)
    mixed = []
    for number, each in enumerate(pairs_of(25, 12)):
        sides = [each.chosen, each.rejected]
        if number % 2 and rng.random() < 0.4:
            sides.reverse()
        source = "click" if number % 2 else "expert"
        mixed.append(replace(each, chosen=sides[0], rejected=sides[1], source=source))
    fit = fit_people(describe(mixed, features), prototypes=1)
    assert set(fit.sources) == {"click", "expert"}
    assert fit.sources["click"] > fit.sources["expert"] + 0.05


def test_each_context_of_a_person_is_fitted_by_itself(features: TextFeatures) -> None:
    pairs = [
        replace(each, context="at work" if number % 2 else "at home")
        for number, each in enumerate(pairs_of(12, 4))
    ]
    found = describe(pairs, features)
    assert found.users.tolist() == [person for person in range(12) for _ in range(2)]
    assert found.context.shape == (24, 8)
    np.testing.assert_array_equal(found.context[0], found.context[2])
    fit = fit_people(found, prototypes=2)
    assert fit.population.router.shape == (2, 9)


def test_few_people_are_refused(features: TextFeatures) -> None:
    few = describe(pairs_of(9, 3), features)
    with pytest.raises(InputError, match="9 people"):
        fit_people(few)
    with pytest.raises(InputError, match="9 people"):
        learning_curves(few, pair_agreement([]))


def test_curves_rise_with_people_and_show_where_the_personal_model_wins(
    described: Described,
) -> None:
    found = learning_curves(described, pair_agreement(pairs_of(40, 10)), seed=0)
    assert (found.people, found.comparisons) == (40, 400)
    alone = {
        (row["people"], row["pairs"]): row["nll"]
        for row in found.scaling
        if row["k"] == 0 and row["kind"] == "all"
    }
    assert alone[32, 10] < alone[5, 1] - 0.02
    assert {row["kind"] for row in found.scaling} == {"all", "objective", "subjective"}
    arms = {(row["arm"], row["k"]) for row in found.personal}
    assert {arm for arm, _ in arms} == {
        "personal alone",
        "pooled Bradley-Terry",
        "prior of others, then personal",
    }
    assert {k for _, k in arms} == {0, 1, 2, 4, 5}
    for row in found.scaling:
        assert row["accuracy_low"] <= row["accuracy"] <= row["accuracy_high"]
    pytest.importorskip("matplotlib")
    page = curves_page(found, title="people <of> ours")
    assert page.count("<svg") == 2
    assert "people &lt;of&gt; ours" in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("http://purl.org", "")
    assert curves_page(found, title="people <of> ours") == page


def test_a_personal_model_beats_a_pooled_one_where_people_are_opposed(
    features: TextFeatures,
) -> None:
    pairs = []
    for person in range(20):
        for number in range(16):
            brief, long = texts(TOPICS[number % 10], 50 * person + number)
            chosen, rejected = (brief, long) if person % 2 else (long, brief)
            pairs.append(UserPair(user=f"p{person}", prompt="", chosen=chosen, rejected=rejected))
    found = learning_curves(describe(pairs, features), pair_agreement(pairs), seed=0)
    assert found.beats_at == 1
    assert found.agreement.alpha is None
