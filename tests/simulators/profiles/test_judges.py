"""People as judges: how they differ, how they judge, and what can be read out of it."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.simulators.profiles import JudgeRecipe, draw_judges, read_out, shares_of


def pairs(count: int, width: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    first, second = rng.standard_normal((2, count, width))
    return first, second


def test_variance_is_shared_out_as_the_recipe_says() -> None:
    names = [f"a{place}" for place in range(60)]
    places = [f"s{place}" for place in range(60)]
    found = draw_judges(80, seed=0, attributes=names, scenarios=places)
    shares = shares_of(found.weights)
    assert sum(shares) == pytest.approx(1.0)
    assert shares == pytest.approx((0.26, 0.48, 0.27), abs=0.03)
    around = found.weights - found.weights.mean(axis=(0, 1))
    assert around.std() == pytest.approx(0.5, rel=0.05)


def test_two_components_carry_most_of_what_sets_judges_apart() -> None:
    recipe = JudgeRecipe(judge=1.0, scenario=0.0, interaction=0.0)
    found = draw_judges(400, seed=1, recipe=recipe)
    effects = found.weights[:, 0] - found.weights[:, 0].mean(axis=0)
    strengths = np.linalg.svd(effects, compute_uv=False) ** 2
    assert strengths[:2].sum() / strengths.sum() == pytest.approx(0.84, abs=0.04)


def test_judgements_follow_the_logistic_and_the_seed() -> None:
    judge = draw_judges(2, seed=3).of("judge-1", "travel")
    one = np.tile(np.linspace(-1, 1, 12), (6000, 1))
    two = np.zeros_like(one)
    labels = judge.judge(one, two, seed=5)
    logit = float(one[0] @ judge.weights)
    assert labels.mean() == pytest.approx(1 / (1 + np.exp(-logit)), abs=0.02)
    assert np.array_equal(labels, judge.judge(one, two, seed=5))
    assert not np.array_equal(labels, judge.judge(one, two, seed=6))
    assert judge.chances(one[:1], two[:1]) + judge.chances(two[:1], one[:1]) == pytest.approx(1.0)


def test_coin_tosses_pull_chances_to_the_middle() -> None:
    recipe = JudgeRecipe(noise=1.0)
    judge = draw_judges(1, seed=3, recipe=recipe).of("judge-0", "food")
    assert judge.chances(*pairs(5, 12)) == pytest.approx(0.5)


def test_weights_are_recovered_from_enough_judgements() -> None:
    panel = draw_judges(3, seed=2)
    first, second = pairs(3000, 12)
    inside = []
    for name in panel.names:
        judge = panel.of(name, "money")
        found = read_out(first, second, judge.judge(first, second, seed=0), scale=1.0)
        assert np.corrcoef(found.mean, judge.weights)[0, 1] > 0.97
        inside.append(np.abs(found.mean - judge.weights) < 1.96 * found.deviation)
    assert np.mean(inside) > 0.85


def test_few_judgements_leave_the_prior() -> None:
    first, second = pairs(1, 12)
    found = read_out(first, second, np.array([1]))
    assert np.abs(found.mean).max() < 0.05
    assert found.deviation == pytest.approx(np.full(12, 0.1), rel=0.05)


def test_shares_can_be_read_back_from_judgements() -> None:
    panel = draw_judges(6, seed=4, attributes=("a", "b", "c"), scenarios=("x", "y", "z", "v"))
    first, second = pairs(2500, 3)
    read = np.array(
        [
            [
                read_out(first, second, panel.of(n, s).judge(first, second, seed=1), scale=1.0).mean
                for s in panel.scenarios
            ]
            for n in panel.names
        ]
    )
    assert shares_of(read) == pytest.approx(shares_of(panel.weights), abs=0.06)


@pytest.mark.parametrize(
    "over", [{"judge": -0.1}, {"scale": 0.0}, {"noise": 1.2}, {"common": -0.1}]
)
def test_recipes_out_of_range_are_refused(over: dict[str, float]) -> None:
    with pytest.raises(InputError):
        JudgeRecipe(**over)


def test_shapes_and_names_are_checked() -> None:
    panel = draw_judges(2, seed=0)
    with pytest.raises(InputError, match="'nobody'"):
        panel.of("nobody", "food")
    with pytest.raises(InputError, match=r"\(n, 12\)"):
        panel.of("judge-0", "food").chances(*pairs(2, 3))
    with pytest.raises(InputError, match="0 judges"):
        draw_judges(0, seed=0)
    with pytest.raises(InputError, match="2 judges"):
        shares_of(panel.weights[:1])
    with pytest.raises(InputError, match=r"labels of shape \(2,\)"):
        read_out(*pairs(3, 3), np.array([0, 1]))
