"""Learning whom to trust, and which labels."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import (
    SOURCES,
    Compared,
    Population,
    Posterior,
    Prior,
    Reliability,
    Stated,
    TextFeatures,
    fit_compared,
    fit_rows,
    learn_rates,
)
from penchant.policies.reward.fitting import pose
from penchant.policies.reward.keeping import Kept, keep, rebuilt
from penchant.policies.reward.laplace import sigmoid
from penchant.policies.reward.learning import SourceRates, rates_window
from penchant.policies.reward.solving import Evidence, settle, solve
from penchant.policies.reward.sources import trusting

NAMES = [f"taste {place}" for place in range(12)]
FEATURES = TextFeatures(HashEmbedder(2), NAMES)
D = FEATURES.dimension
COLUMNS = [FEATURES.names.index(name) for name in NAMES]


def narrow() -> Prior:
    """Only the app's features matter, so that a person can be known from few comparisons."""
    variance = np.zeros(D)
    variance[COLUMNS] = 1.0
    return Prior(mean=np.zeros(D), variance=variance)


class Person:
    """Somebody with a taste, who answers with the logistic model's noise."""

    def __init__(self, seed: int, scale: float = 0.7) -> None:
        self.rng = np.random.default_rng(seed)
        self.taste = self.rng.normal(size=len(NAMES))
        self.scale = scale

    def rows(self, count: int) -> np.ndarray:
        rows = np.zeros((count, D))
        rows[:, COLUMNS] = self.rng.normal(size=(count, len(NAMES))) * self.scale
        return rows

    def compared(self, counts: dict[str, int], lies: dict[str, float]) -> Compared:
        sources = [source for source, count in counts.items() for _ in range(count)]
        self.rng.shuffle(sources)
        rows = self.rows(len(sources))
        label = np.sign(rows[:, COLUMNS] @ self.taste + self.rng.logistic(size=len(rows)))
        lied = self.rng.random(len(rows)) < [lies.get(source, 0.0) for source in sources]
        return comparisons_of(rows * np.where(lied, -label, label)[:, None], sources)

    def loss(self, posterior: Posterior) -> float:
        """Negative log-likelihood of what they would prefer, over many pairs."""
        rows = self.rows(500)
        truth = sigmoid(rows[:, COLUMNS] @ self.taste)
        found = posterior.utility(rows)
        chance = sigmoid(found.mean / np.sqrt(1.0 + np.pi / 8.0 * found.sd**2))
        return float(-(truth * np.log(chance) + (1 - truth) * np.log(1 - chance)).mean())


def comparisons_of(rows: np.ndarray, sources: list[str], **changed: np.ndarray) -> Compared:
    count = len(rows)
    given = {
        "target": np.ones(count),
        "weight": np.ones(count),
        "flip": np.array([SOURCES[each].flip if each in SOURCES else 0.0 for each in sources]),
    }
    return Compared(
        differences=rows,
        sources=tuple(sources),
        evidence_ids=tuple(map(str, range(count))),
        **(given | changed),
    )


def test_a_source_that_lies_gets_the_rate_at_which_it_lies() -> None:
    rates, gains = [], []
    for seed in range(12):
        person = Person(seed, scale=1.2)
        told = person.compared({"choice": 120, "judge": 120}, {"judge": 0.3})
        learned = fit_compared(FEATURES, told, prior=narrow())
        fixed = fit_compared(FEATURES, told, prior=narrow(), rates=SourceRates(flip={}))
        rates.append((learned.rates["choice"], learned.rates["judge"]))
        gains.append(person.loss(fixed.posterior) - person.loss(learned.posterior))
    honest, lying = np.mean(rates, axis=0)
    assert honest < 0.05
    assert lying == pytest.approx(0.3, abs=0.06)
    assert np.mean(gains) > 2.0 * np.std(gains) / np.sqrt(len(gains)) > 0.0


def test_a_source_is_believed_as_stated_until_it_says_enough() -> None:
    person = Person(1)
    few = person.compared({"choice": 4, "judge": 4}, {"judge": 1.0})
    assert learn_rates(FEATURES, few, prior=narrow()).flip == {}
    more = person.compared({"choice": 60, "judge": 4}, {"judge": 1.0})
    doubted = learn_rates(FEATURES, more, prior=narrow())
    assert SOURCES["judge"].flip < doubted.flip["judge"] <= 0.45
    firm = trusting({"judge": Reliability(0.2, 10_000.0)})
    believed = learn_rates(FEATURES, more, prior=narrow(), sources=firm)
    assert believed.flip["judge"] == pytest.approx(0.2, abs=1e-3)


def test_rates_of_unnamed_labels_are_never_learned() -> None:
    told = Person(2).compared({"choice": 40, "": 40}, {"": 0.5})
    assert set(learn_rates(FEATURES, told, prior=narrow()).flip) == {"choice"}


@pytest.mark.parametrize(
    ("count", "window"), [(0, (0, 0)), (15, (0, 0)), (33, (0, 32)), (300, (32, 288))]
)
def test_rates_are_learned_at_every_sixteenth_comparison(
    count: int, window: tuple[int, int]
) -> None:
    found = rates_window(count)
    assert (found.start, found.stop) == window


@pytest.mark.parametrize("stated", [{"judge": 0.5}, {"judge": -0.1}, {"x": Reliability(0.1, 0.0)}])
def test_impossible_reliabilities_are_refused(stated: dict[str, float]) -> None:
    with pytest.raises(InputError, match="is said to be"):
        trusting(stated)


def test_a_label_that_the_others_contradict_counts_less() -> None:
    person = Person(3, scale=2.0)
    told = person.compared({"": 60}, {})
    worst = int(np.argmax(told.differences[:, COLUMNS] @ person.taste))
    turned = told.differences.copy()
    turned[worst] *= -1.0
    told = comparisons_of(turned, [""] * 60)
    learned = fit_compared(FEATURES, told, prior=narrow())
    assert learned.trust[worst] == 0.5
    assert (learned.trust >= 0.5).all()
    assert (np.delete(learned.trust, worst) == 1.0).mean() > 0.8
    plain = fit_compared(FEATURES, told, prior=narrow(), votes=False)
    assert (plain.trust == 1.0).all()


def test_the_vote_helps_where_some_labels_are_slips_and_no_rate_is_learned() -> None:
    gains = []
    for seed in range(12):
        person = Person(seed, scale=2.0)
        told = person.compared({"": 200}, {"": 0.1})
        plain = fit_compared(FEATURES, told, prior=narrow(), votes=False)
        voted = fit_compared(FEATURES, told, prior=narrow())
        gains.append(person.loss(plain.posterior) - person.loss(voted.posterior))
    assert np.mean(gains) > 2.0 * np.std(gains) / np.sqrt(len(gains)) > 0.0


def test_a_tie_is_contradicted_by_nobody() -> None:
    person = Person(4, scale=2.0)
    told = person.compared({"": 40}, {})
    told = comparisons_of(told.differences, [""] * 40, target=np.full(40, 0.5))
    assert (fit_compared(FEATURES, told, prior=narrow()).trust == 1.0).all()


def test_the_vote_is_that_of_a_fit_without_the_label() -> None:
    from penchant.policies.reward.learning import _without_itself

    told = Person(5).compared({"": 30}, {})
    posed = pose(FEATURES, told.differences, flip=told.flip, prior=narrow())
    alone = _without_itself(posed, solve(posed.evidence, posed.labels), None)
    fits = [
        fit_rows(FEATURES, np.delete(told.differences, place, axis=0), prior=narrow()).utility(
            told.differences[place][None]
        )
        for place in range(30)
    ]
    means = np.array([each.mean[0] for each in fits])
    assert np.corrcoef(alone.mean, means)[0, 1] > 0.99
    assert np.abs(alone.mean - means).mean() < 0.2
    deviations = np.array([each.sd[0] for each in fits])
    np.testing.assert_allclose(np.sqrt(alone.variance), deviations, rtol=0.2)


@pytest.mark.parametrize("flip", [0.0, 0.1])
def test_many_rows_are_solved_like_few(flip: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(2, D)) * 0.3
    prior = Prior(mean=rng.normal(size=D) * 0.1, variance=np.full(D, 0.5), factor=factor)
    shift = Prior(mean=prior.mean + 0.3, variance=prior.variance, factor=factor)
    mixed = Population(prototypes=(prior, shift), router=np.zeros((2, 1)))
    rows = rng.normal(size=(D + 40, D)) / 4.0
    given = {
        "flip": np.full(len(rows), flip),
        "weight": rng.uniform(0.2, 2.0, size=len(rows)),
        "target": rng.choice([0.5, 0.75, 1.0], size=len(rows)),
        "observed": [Stated("length", 1.0, 0.5, "p"), Stated("warm", -1.0, 1.0, "q")],
        "prior": mixed,
    }
    wide = fit_rows(FEATURES, rows, **given)
    assert pose(FEATURES, rows, prior=mixed).evidence.wide
    monkeypatch.setattr(Evidence, "wide", False)
    narrow_ = fit_rows(FEATURES, rows, **given)
    points = rng.normal(size=(5, D))
    np.testing.assert_allclose(wide.mean, narrow_.mean, atol=1e-7)
    np.testing.assert_allclose(wide.covariance(points), narrow_.covariance(points), atol=1e-6)
    for one, two in zip(wide.components, narrow_.components, strict=True):
        assert one.share == pytest.approx(two.share, abs=1e-7)
        np.testing.assert_allclose(one.alpha, two.alpha, atol=1e-7)


@pytest.mark.parametrize("count", [20, D + 20])
def test_dual_weights_bring_a_posterior_back_to_the_last_bit(count: int) -> None:
    told = Person(6).compared({"choice": count // 2, "judge": count - count // 2}, {"judge": 0.2})
    observed = (Stated("length", -1.0, 0.7, "p"),)
    learned = fit_compared(FEATURES, told, observed, prior=narrow())
    back = rebuilt(FEATURES, told, Kept.read(keep(learned, observed)), prior=narrow())
    np.testing.assert_array_equal(back.posterior.mean, learned.posterior.mean)
    np.testing.assert_array_equal(
        back.posterior.components[0].reduction, learned.posterior.components[0].reduction
    )
    with pytest.raises(InputError, match="fit it again"):
        rebuilt(FEATURES, told.part(slice(5)), Kept.read(keep(learned, observed)), prior=narrow())
    posed = pose(FEATURES, told.differences, prior=narrow())
    solved = solve(posed.evidence, posed.labels)
    again = settle(posed.evidence, posed.labels, solved.alpha)
    np.testing.assert_array_equal(again.logits, solved.logits)
    np.testing.assert_array_equal(again.evidence, solved.evidence)


def test_contradictions_by_the_hundred_are_a_coin_toss() -> None:
    rows = Person(7).rows(1)
    told = comparisons_of(np.vstack([rows, -rows] * 200), ["choice"] * 400)
    learned = fit_compared(FEATURES, told, prior=narrow())
    assert np.isfinite(learned.posterior.mean).all()
    assert abs(float(learned.posterior.utility(rows).mean[0])) < 1e-6
    assert learned.rates["choice"] <= 0.45


def test_nothing_compared_is_the_prior() -> None:
    told = comparisons_of(np.zeros((0, D)), [])
    learned = fit_compared(FEATURES, told, prior=narrow())
    assert (learned.rates, len(learned.trust)) == ({}, 0)
    assert (learned.posterior.mean == 0.0).all()
    with pytest.raises(InputError, match="finite"):
        fit_compared(FEATURES, comparisons_of(np.full((1, D), np.nan), ["choice"]))


def test_one_thread_is_for_the_block_alone() -> None:
    """In a process of its own, in which scipy's library, a second one, is not loaded yet."""
    code = """
import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
from penchant.policies.reward.threads import one_thread
from penchant.policies.reward.triangular import reduced

def threads():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

threadpool_limits(2)
with one_thread():
    with one_thread():
        reduced(np.eye(3), np.ones((3, 2)))
    assert set(threads()) == {1}
threadpool_limits(2)
with one_thread():
    assert set(threads()) == {1}
assert set(threads()) == {2}
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("count", [60, 300])
def test_a_fit_ends_at_the_same_mode_wherever_it_starts(count: int) -> None:
    told = Person(4).compared({"choice": count}, {})
    rates = learn_rates(FEATURES, told, prior=narrow())
    assert rates.alpha is not None
    near = fit_compared(FEATURES, told, prior=narrow(), rates=rates)
    far = fit_compared(FEATURES, told, prior=narrow(), rates=replace(rates, alpha=None))
    np.testing.assert_allclose(near.posterior.mean, far.posterior.mean, atol=1e-8)
