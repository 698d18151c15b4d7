"""Choosing the next question: forms, purposes, costs, designed profiles, and bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.elicit.acquisition import slate_scores
from penchant.policies.elicit.designer import Designer
from penchant.policies.elicit.factors import Factors
from penchant.policies.elicit.gaussian import Gaussian, Picked, learn
from penchant.policies.elicit.proposals import Form, question_key
from penchant.policies.elicit.search import Aim, best_profiles, best_slate, utility_draws
from penchant.policies.elicit.stopping import StopRule, patience
from penchant.policies.reward import TextFeatures, fit_rows

FORMS: tuple[Form, ...] = ("pair", "slate", "value", "rating", "edge", "open")
COLUMNS = np.eye(5)
FACTORS = Factors.of(
    ["size", "colour", "price"],
    [
        np.stack([0 * COLUMNS[0], COLUMNS[0]]),
        np.stack([0 * COLUMNS[0], COLUMNS[1], COLUMNS[2]]),
        np.stack([0 * COLUMNS[0], COLUMNS[3], COLUMNS[4]]),
    ],
)
BELIEF = Gaussian.of(np.array([0.5, 0.0, 0.2, -0.4, 0.3]), np.diag([4.0, 1.0, 1.0, 0.3, 2.0]))
ITEMS = FACTORS.rows(FACTORS.listed(100, np.random.default_rng(0)))


def brute_force(aim: Aim, size: int, draws: np.ndarray) -> float:
    slates = np.array(list(itertools.combinations(range(len(ITEMS)), size)))
    found = slate_scores(np.stack([draws[:, slot] for slot in slates.T]), draws)
    return float((aim.information * found.information + aim.value * found.value).max())


def test_profiles_are_made_of_levels() -> None:
    assert FACTORS.sizes == (2, 3, 3)
    assert FACTORS.count == len(ITEMS) == 18
    assert len(np.unique(ITEMS, axis=0)) == 18
    levels = FACTORS.sample(7, np.random.default_rng(1))
    np.testing.assert_array_equal(FACTORS.nearest(FACTORS.rows(levels)), levels)
    assert len(FACTORS.listed(5, np.random.default_rng(2))) == 5
    assert Factors.switches(["a", "b"]).count == 4
    for levels_ in (
        [np.zeros((1, 2))],
        [np.zeros((2, 2)), np.zeros((2, 3))],
        [],
        [COLUMNS * np.nan],
    ):
        with pytest.raises(InputError):
            Factors.of(["a", "b"][: len(levels_)], levels_)


@pytest.mark.parametrize("aim", [Aim(1.0, 0.0), Aim(0.0, 1.0), Aim(0.3, 3.0)])
def test_exchange_finds_slates_nearly_as_good_as_the_best(aim: Aim) -> None:
    draws = utility_draws(BELIEF, ITEMS, 256, np.random.default_rng(3))
    best = brute_force(aim, 3, draws)
    order = np.argsort(-draws.mean(axis=0))
    found = best_slate(draws, [order[:3].tolist(), [0, 7, 13]], aim)
    assert found is not None
    assert found.score >= 0.9 * best
    levels = utility_draws(BELIEF, FACTORS.stacked, 256, np.random.default_rng(3))
    items = sum(levels[:, s + FACTORS.nearest(ITEMS)[:, p]] for p, s in enumerate(FACTORS.starts))
    designed = best_profiles(FACTORS, levels, items, [FACTORS.nearest(ITEMS[found.chosen])], aim)
    assert designed is not None
    assert designed.score >= 0.9 * brute_force(aim, 3, items)


def test_draws_have_the_beliefs_mean_and_covariance() -> None:
    many = np.vstack([ITEMS, ITEMS])
    for rows in (ITEMS[:3], many):
        drawn = utility_draws(BELIEF, rows, 40_000, np.random.default_rng(4))
        np.testing.assert_allclose(drawn.mean(axis=0), rows @ BELIEF.mean, atol=1e-9)
        np.testing.assert_allclose(np.cov(drawn.T), BELIEF.covariance(rows), atol=0.15)


def test_every_form_is_scored_and_the_purpose_decides() -> None:
    designer = Designer(factors=FACTORS)
    weighed = {
        purpose: designer.weigh(BELIEF, ITEMS, purpose=purpose, forms=FORMS)
        for purpose in ("learn", "answer", "both")
    }
    for each in weighed.values():
        assert {proposal.form for proposal in each.proposals} == set(FORMS)
        assert [p.score for p in each.proposals] == sorted(p.score for p in each.proposals)[::-1]
        assert all(p.information >= 0 and p.value >= 0 and p.cost > 0 for p in each.proposals)
        assert 0.0 < each.sure < 1.0
        assert each.best == int((ITEMS @ BELIEF.mean).argmax())

    def slate(purpose: str) -> tuple[float, float]:
        best = next(p for p in weighed[purpose].proposals if p.form == "slate")
        return best.information, best.value

    assert slate("learn")[0] > slate("answer")[0]
    assert slate("answer")[1] > slate("learn")[1]
    information, value = slate("both")
    assert information >= slate("answer")[0] - 1e-9
    assert value >= slate("learn")[1] - 1e-9


def test_nothing_is_asked_twice() -> None:
    designer = Designer(factors=FACTORS)
    asked: list[str] = []
    for _ in range(25):
        found = designer.weigh(BELIEF, ITEMS[:4], forms=("pair", "value"), asked=asked).proposals
        if not found:
            break
        assert not {each.key for each in found} & set(asked)
        asked.append(found[0].key)
    assert len(set(asked)) == len(asked) > 10
    pair = ITEMS[[0, 5]]
    assert question_key("pair", pair) == question_key("slate", pair[::-1])
    assert question_key("pair", pair) == question_key("pair", pair + 1e-12)
    assert question_key("rating", pair) != question_key("pair", pair)


def test_the_same_arguments_give_the_same_question_and_other_answers_another() -> None:
    designer = Designer(factors=FACTORS, seed=7)
    first = designer.weigh(BELIEF, ITEMS, forms=("slate",), purpose="learn").proposals[0]
    again = designer.weigh(BELIEF, ITEMS, forms=("slate",), purpose="learn").proposals[0]
    assert first.key == again.key
    following = {
        designer.weigh(
            learn(BELIEF, [Picked(first.rows, picked)]),
            ITEMS,
            forms=("slate",),
            purpose="learn",
            asked=[first.key],
        )
        .proposals[0]
        .key
        for picked in range(4)
    }
    assert len(following) >= 3


def test_it_asks_until_the_best_is_sure_and_says_why_it_stops() -> None:
    designer = Designer(factors=FACTORS)
    taste = np.array([2.0, 1.0, -1.0, 0.5, 2.5])
    belief, answers, asked = BELIEF, [], []
    weighing = designer.weigh(belief, ITEMS, forms=("pair", "slate"))
    assert weighing.verdict.ask
    while weighing.verdict.ask:
        best = weighing.proposals[0]
        answers.append(Picked(best.rows, int((best.rows @ taste).argmax())))
        asked.append(best.key)
        belief = learn(BELIEF, answers)
        weighing = designer.weigh(belief, ITEMS, forms=("pair", "slate"), asked=asked)
    assert 1 <= len(asked) <= designer.rule.cap
    assert "costs" in weighing.verdict.reason or "questions of a session" in weighing.verdict.reason
    sure = Gaussian.of(taste, 1e-4 * np.eye(5))
    assert not designer.weigh(sure, ITEMS).verdict.ask


def test_costs_rise_with_reading_annoyance_and_impatience() -> None:
    rule = StopRule()
    plain = rule.cost(read=20)
    assert rule.cost(read=60) > plain
    assert rule.cost(read=20, write=5) > plain
    assert rule.cost(read=20, asked=2) > plain
    # A skipped question counts twice.
    assert rule.cost(read=20, asked=1, skipped=1) == pytest.approx(rule.cost(read=20, asked=2))
    assert rule.cost(read=20, patience=patience(0, 6)) > rule.cost(read=20, patience=patience(6, 0))
    assert patience(9, 0) == 1.0
    cases = {
        "worth it": {"value": 1.0, "sure": 0.9},
        "unclear, and much is at stake": {"at_stake": 2.0, "unclear": 1.0},
        "unclear, and little is at stake": {"at_stake": 0.05, "unclear": 1.0},
        "unclear, and it would clear up little": {"at_stake": 2.0, "unclear": 60.0},
        "nothing to offer, something to learn": {"at_stake": None},
        "nothing left to learn": {"at_stake": None, "information": 0.01},
        "clear": {"sure": 0.9, "at_stake": 2.0, "unclear": 1.0},
        "too many": {"value": 1.0, "asked": rule.cap},
    }
    plain_case = {"value": 0.0, "information": 0.5, "sure": 0.5, "cost": 0.2, "asked": 0}
    asks = {name for name, case in cases.items() if rule.decide(**{**plain_case, **case}).ask}
    assert asks == {
        "worth it",
        "unclear, and much is at stake",
        "nothing to offer, something to learn",
    }
    with pytest.raises(InputError, match="turn"):
        StopRule(turn=-1.0)


def test_it_works_on_the_reward_models_own_posterior() -> None:
    features = TextFeatures(HashEmbedder(8))
    texts = ["Soup.", "A long and winding stew, at length.", "Bread!", "Tea, perhaps?", "No idea"]
    rows = features.transform(texts)
    posterior = fit_rows(features, rows[:2] - rows[2:4])
    weighing = Designer().weigh(posterior, rows)
    assert {each.form for each in weighing.proposals} == {"pair", "slate"}
    assert weighing.verdict.threshold > 0


def test_many_candidates_are_cut_to_the_promising() -> None:
    rng = np.random.default_rng(6)
    many = rng.normal(size=(2000, 5))
    weighing = Designer().weigh(BELIEF, many)
    assert weighing.best == int((many @ BELIEF.mean).argmax())
    assert all(0 <= place < 2000 for each in weighing.proposals for place in each.items)


def test_without_anything_to_tell_apart_nothing_is_asked() -> None:
    equal = np.ones((6, 5))
    for candidates in (equal, equal[:1], equal[:0], None):
        weighing = Designer().weigh(BELIEF, candidates, forms=FORMS)
        assert weighing.proposals == ()
        assert not weighing.verdict.ask
    assert Designer().weigh(BELIEF, equal).sure == 1.0
    designed = Designer(factors=FACTORS).weigh(BELIEF, None, forms=FORMS)
    assert designed.best is None
    assert designed.proposals
    assert designed.verdict.ask


def test_what_cannot_be_weighed_is_refused() -> None:
    designer = Designer()
    for bad in (np.full((2, 5), np.nan), np.zeros((2, 4)), np.zeros(5)):
        with pytest.raises(InputError, match="5 wide"):
            designer.weigh(BELIEF, bad)
    with pytest.raises(InputError, match="describe both"):
        Designer(factors=Factors.switches(["a"])).weigh(BELIEF, ITEMS)
    with pytest.raises(InputError, match="size"):
        designer.weigh(BELIEF, ITEMS, size=2)
    with pytest.raises(InputError, match="riddle"):
        designer.weigh(BELIEF, ITEMS, forms=("riddle",))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="patience"):
        designer.weigh(BELIEF, ITEMS, patience=0.0)
    with pytest.raises(InputError, match="draws"):
        Designer(draws=0)
