"""Conjoint tools: designed surveys, best offers, routing of labels, regret of conversations."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.policies.elicit import conjoint
from penchant.policies.elicit.conjoint import (
    Exchange,
    Router,
    Segment,
    design_questions,
    dialogue_regret,
    efficiency,
    optimal_offer,
    prefer_dialogue,
    rival_offers,
    route,
)
from penchant.policies.elicit.factors import Factors
from penchant.policies.elicit.gaussian import Gaussian, Picked, learn

UNIT = np.eye(6)
NOTHING = np.zeros(6)
FACTORS = Factors.of(
    ["price", "bank", "fee", "grace"],
    [
        np.stack([NOTHING, UNIT[0], UNIT[1]]),
        np.stack([NOTHING, UNIT[2], UNIT[3]]),
        np.stack([NOTHING, UNIT[4]]),
        np.stack([NOTHING, UNIT[5]]),
    ],
)
PROFILES = FACTORS.listed(100, np.random.default_rng(0))
TASTES = np.array([1.0, 1.5, -0.5, 0.3, 0.8, 0.2]) + np.random.default_rng(1).normal(
    0.0, 0.5, (40, 6)
)
SEGMENT = Segment.of(FACTORS, TASTES)


def test_everything_is_exported() -> None:
    assert sorted(conjoint.__all__) == conjoint.__all__
    for name in conjoint.__all__:
        assert getattr(conjoint, name) is not None


# Designed surveys


@pytest.mark.parametrize("size", [2, 4])
def test_designs_say_more_than_random_ones(size: int) -> None:
    design = design_questions(FACTORS, 8, size=size, seed=3)
    assert design.rows.shape == (8, size, 6)
    assert len({tuple(sorted(each)) for each in design.slates.tolist()}) == 8
    assert design.over_random > 1.15
    assert efficiency(design.candidates, design.slates) == pytest.approx(
        design.efficiency, rel=1e-6
    )
    rng = np.random.default_rng(4)
    for _ in range(20):
        random = np.array([rng.choice(36, size, replace=False) for _ in range(8)])
        assert efficiency(design.candidates, random) < design.efficiency


def test_a_small_design_is_the_best_there_is() -> None:
    candidates = FACTORS.rows(PROFILES)[:, [0, 4]]
    pairs = np.array(list(itertools.combinations(range(len(candidates)), 2)))
    rng = np.random.default_rng(5)
    design = design_questions(candidates, 3, starts=5, seed=6)
    others = [efficiency(candidates, pairs[rng.choice(len(pairs), 3, False)]) for _ in range(3000)]
    assert design.efficiency >= max(others) - 1e-9


def test_a_designed_survey_leaves_less_unsure() -> None:
    design = design_questions(FACTORS, 10, size=3, seed=7)
    rng = np.random.default_rng(8)
    prior = Gaussian.of(np.zeros(6), 4.0 * np.eye(6))

    def left(slates: np.ndarray) -> float:
        total = 0.0
        for taste in TASTES[:10]:
            answers = [Picked(rows, int((rows @ taste).argmax())) for rows in slates]
            total += float(np.linalg.slogdet(learn(prior, answers).matrix)[1])
        return total

    rows = FACTORS.rows(PROFILES)
    random = [left(rows[[rng.choice(36, 3, False) for _ in range(10)]]) for _ in range(5)]
    assert left(design.rows) < min(random)


def test_a_guess_of_the_taste_changes_the_design() -> None:
    plain = design_questions(FACTORS, 6, seed=9)
    guessed = design_questions(FACTORS, 6, taste=3.0 * TASTES.mean(axis=0), seed=9)
    taste = 3.0 * TASTES.mean(axis=0)
    assert efficiency(guessed.candidates, guessed.slates, taste=taste) > efficiency(
        plain.candidates, plain.slates, taste=taste
    )


def test_designs_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="alike"):
        design_questions(np.ones((5, 3)), 2)
    with pytest.raises(InputError, match="fewer than"):
        design_questions(np.eye(2), 2)
    with pytest.raises(InputError, match="at least"):
        design_questions(FACTORS, 0)
    with pytest.raises(InputError, match="finite"):
        design_questions(np.full((4, 2), np.nan), 1)
    with pytest.raises(InputError, match="taste"):
        design_questions(FACTORS, 2, taste=np.zeros(2))
    with pytest.raises(InputError, match="slates"):
        efficiency(np.eye(3), np.zeros((0, 2), dtype=np.int64))


# Offers


def shares_of(profile: np.ndarray) -> np.ndarray:
    found = np.zeros(sum(FACTORS.sizes))
    found[np.array(FACTORS.starts) + profile] = 1.0
    return found


UNIFORM = np.concatenate([np.full(size, 1.0 / size) for size in FACTORS.sizes])


def test_without_caution_the_offer_is_the_best_profile() -> None:
    assert SEGMENT.explained > 0.9
    offer = optimal_offer(SEGMENT, caution=0.0)
    utilities = FACTORS.rows(PROFILES) @ TASTES.T
    wins = [
        float(np.mean([0.5 + 0.5 * np.tanh(0.5 * (each - utilities)).mean() for each in [row]]))
        for row in utilities
    ]
    assert offer.profile == tuple(PROFILES[int(np.argmax(wins))].tolist())
    assert offer.chosen == pytest.approx(max(wins), abs=0.02)
    assert all(each.max() == pytest.approx(1.0) for each in offer.shares)


def test_the_linear_solution_is_the_best_distribution() -> None:
    offer = optimal_offer(SEGMENT, caution=0.5)
    assert offer.certain
    shares = np.concatenate(offer.shares)
    assert shares.min() > 0.0
    against = SEGMENT.linear + SEGMENT.rivalry @ UNIFORM

    def objective(pi: np.ndarray) -> float:
        quadratic = 0.5 * pi @ SEGMENT.interactions @ pi
        return float(against @ pi + quadratic - 0.5 * np.sum((pi - UNIFORM) ** 2))

    rng = np.random.default_rng(2)
    best = objective(shares)
    for _ in range(300):
        other = np.concatenate([rng.dirichlet(np.full(size, 2.0)) for size in FACTORS.sizes])
        for mix in (0.02, 0.5, 1.0):
            assert objective((1 - mix) * shares + mix * other) <= best + 1e-12


def test_where_the_linear_solution_is_no_distribution_constraints_hold() -> None:
    offer = optimal_offer(SEGMENT, caution=0.05)
    for each in offer.shares:
        assert each.min() >= 0.0
        assert each.sum() == pytest.approx(1.0)
    assert min(each.min() for each in offer.shares) == 0.0
    # At the best, no share can move to a level of the same factor that is worth more.
    shares = np.concatenate(offer.shares)
    slope = SEGMENT.linear + SEGMENT.rivalry @ UNIFORM + SEGMENT.interactions @ shares
    slope -= 2 * 0.05 * (shares - UNIFORM)
    for start, each in zip(FACTORS.starts, offer.shares, strict=True):
        own = slope[start : start + len(each)]
        assert own[each > 1e-6].max() - own[each > 1e-6].min() < 1e-5
        assert own.max() <= own[each > 1e-6].max() + 1e-5


def test_caution_keeps_the_offer_near_what_is_usual() -> None:
    usual = [np.array([0.8, 0.1, 0.1]), np.array([0.2, 0.2, 0.6]), np.array([0.9, 0.1])]
    usual.append(np.array([0.5, 0.5]))
    far = [
        float(
            sum(
                np.square(mine - theirs).sum()
                for mine, theirs in zip(
                    optimal_offer(SEGMENT, caution=caution, usual=usual).shares, usual, strict=True
                )
            )
        )
        for caution in (0.05, 0.5, 50.0)
    ]
    assert far == sorted(far, reverse=True)
    assert far[-1] < 1e-3


def test_rivals_end_where_neither_gains_by_another_offer() -> None:
    duel = rival_offers(SEGMENT, caution=0.1)
    assert duel.gain < 1e-6
    # The same people, the same means: nobody wins.
    assert duel.chosen == pytest.approx(0.5, abs=0.02)
    bound = [np.array([0.9, 0.05, 0.05]), *(np.full(size, 1 / size) for size in (3, 2, 2))]
    uneven = rival_offers(SEGMENT, caution=0.02, their_caution=5.0, their_usual=bound)
    assert uneven.gain < 1e-6
    assert uneven.chosen > 0.6
    assert uneven.ours.profile[0] == 2
    assert uneven.theirs.profile[0] == 0


def test_offers_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="caution"):
        optimal_offer(SEGMENT, caution=-1.0)
    with pytest.raises(InputError, match="shares"):
        optimal_offer(SEGMENT, usual=[np.array([0.5, 0.6])])
    with pytest.raises(InputError, match="at least one person"):
        Segment.of(FACTORS, np.zeros((0, 6)))
    with pytest.raises(InputError, match="finite"):
        Segment.of(FACTORS, np.full((1, 6), np.nan))
    # Nobody cares: any offer is as good as any.
    indifferent = Segment.of(FACTORS, np.zeros((3, 6)))
    assert optimal_offer(indifferent).chosen == 0.5


# Who labels what


def pilot(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A judge that errs on long texts it is unsure of."""
    rng = np.random.default_rng(seed)
    features = rng.uniform(0.0, 1.0, (count, 3))
    wrong = rng.random(count) < 0.05 + 0.8 * features[:, 0] * features[:, 1]
    return features, wrong.astype(float)


def test_people_get_what_the_judge_gets_wrong() -> None:
    router = Router(*pilot(300, 0))
    features, wrong = pilot(1000, 1)
    routing = route(router, features, 200)
    assert len(routing.people) == 200
    assert sorted([*routing.people.tolist(), *routing.judge.tolist()]) == list(range(1000))
    caught = wrong[routing.people].mean()
    assert caught > 1.7 * wrong.mean()
    assert routing.expected == pytest.approx(wrong[routing.people].sum(), rel=0.25)
    gains = routing.gains[routing.people]
    assert (np.diff(gains) <= 0).all()


def test_costs_and_budgets_are_kept() -> None:
    router = Router(*pilot(300, 0))
    features, _ = pilot(100, 2)
    costs = np.random.default_rng(3).uniform(0.5, 5.0, 100)
    routing = route(router, features, 20, costs=costs)
    assert costs[routing.people].sum() <= 20.0
    assert len(route(router, features, 0).people) == 0
    assert len(route(router, features[:0], 5).people) == 0
    # A judge that is never wrong leaves nothing to people.
    perfect = Router(pilot(50, 4)[0], np.zeros(50))
    assert len(route(perfect, features, 10).people) == 0


def test_routing_that_cannot_be_is_refused() -> None:
    features, wrong = pilot(30, 0)
    with pytest.raises(InputError, match="at least 10"):
        Router(features[:5], wrong[:5])
    with pytest.raises(InputError, match="gains"):
        Router(features, wrong[:5])
    with pytest.raises(InputError, match="finite"):
        Router(features * np.nan, wrong)
    router = Router(features, wrong)
    with pytest.raises(InputError, match="2 features"):
        route(router, features[:, :2], 3)
    with pytest.raises(InputError, match="budget"):
        route(router, features, -1)


# Conversations


def test_regret_counts_what_was_lost_and_what_questions_cost() -> None:
    perfect = [Exchange(best=2.0, given=2.0)]
    assert dialogue_regret(perfect) == 0.0
    asked = [Exchange(best=2.0, given=1.9, costs=(0.1, 0.2)), Exchange(best=1.0, given=1.0)]
    assert dialogue_regret(asked) == pytest.approx(0.4)
    guessed = [Exchange(best=2.0, given=1.0), Exchange(best=1.0, given=0.5)]
    assert dialogue_regret(guessed) > dialogue_regret(asked)
    # What can still be reached is not lost yet; what cannot is.
    assert dialogue_regret([Exchange(best=2.0, given=None, reachable=2.0)]) == 0.0
    assert dialogue_regret([Exchange(best=2.0, given=None)]) == 2.0
    assert dialogue_regret([Exchange(best=2.0, given=None)], worst=-1.0) == 3.0
    assert dialogue_regret([]) == 0.0


def test_people_prefer_conversations_of_less_regret() -> None:
    assert prefer_dialogue(0.2, 1.2) == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert prefer_dialogue(0.4, 0.4) == 0.5
    assert prefer_dialogue(0.0, 1e6) == 1.0


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange(best=1.0, given=2.0),
        Exchange(best=float("nan"), given=1.0),
        Exchange(best=1.0, given=1.0, costs=(-0.1,)),
    ],
)
def test_conversations_that_cannot_be_are_refused(exchange: Exchange) -> None:
    with pytest.raises(InputError, match="exchange 0"):
        dialogue_regret([exchange])
