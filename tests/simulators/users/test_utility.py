"""Utility users: picks, ratings and answers by a noisy logistic."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.simulators.profiles import Temperament
from penchant.simulators.users import Chooser, UtilityUser
from penchant.simulators.users.utility import LEVELS

NAMES = ("price", "noise", "weight")
WEIGHTS = np.array([1.5, -1.0, 0.0])


def user(seed: int = 0, **over: object) -> UtilityUser:
    return UtilityUser(WEIGHTS, NAMES, seed=seed, **over)  # type: ignore[arg-type]


def test_picks_follow_the_logistic_of_utilities() -> None:
    chooser: Chooser = user()
    options = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 5.0], [0.0, 0.0, 0.0]])
    picks = np.bincount([chooser.pick(options) for _ in range(4000)], minlength=3) / 4000
    chances = np.exp([1.5, -1.0, 0.0])
    assert picks == pytest.approx(chances / chances.sum(), abs=0.03)


def test_noise_is_any_option_at_its_stated_rate() -> None:
    noisy = user(temperament=Temperament(noise=0.5))
    options = np.array([[20.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    wrong = np.mean([noisy.pick(options) for _ in range(3000)])
    assert wrong == pytest.approx(0.25, abs=0.03)


def test_ratings_rise_with_utility_and_use_the_whole_scale() -> None:
    rater = UtilityUser(WEIGHTS * 6, NAMES, seed=1)
    things = np.random.default_rng(0).standard_normal((1500, 3))
    ratings = np.array([rater.rate(each).value for each in things])
    assert set(ratings) == {1, 2, 3, 4, 5}
    utilities = np.array([rater.utility(each) for each in things])
    means = [utilities[ratings == value].mean() for value in range(1, 6)]
    assert means == sorted(means)
    assert np.mean(ratings == 3) > np.mean(ratings == 1)


async def test_asked_about_a_feature_the_user_says_which_way() -> None:
    strong = UtilityUser(WEIGHTS * 20, NAMES, seed=0)
    assert (await strong.answer("What price?")).disclosures[0].value == "as much as possible"
    assert (await strong.answer("", about="noise")).disclosures[0].value == "as little as possible"
    weak = [UtilityUser(WEIGHTS / 5, NAMES, seed=seed) for seed in range(60)]
    said = [(await each.answer("", about="price")).disclosures for each in weak]
    # Some pass over the question.
    assert {each[0].value for each in said if each} == {LEVELS[0], None, LEVELS[2]}


def test_the_same_seed_picks_the_same() -> None:
    options = np.random.default_rng(3).standard_normal((20, 2, 3))
    one, two, other = ([u.pick(pair) for pair in options] for u in (user(), user(), user(9)))
    assert one == two
    assert one != other


def test_what_is_hidden_weighs_as_the_weights_do() -> None:
    hidden = user().hidden
    assert hidden.weights == pytest.approx([0.6, 0.4, 0.0])
    assert hidden.alignment([2, 0, 1]) == pytest.approx(1.0)
    assert hidden.alignment([0, 2, 1]) == 0.0


@pytest.mark.parametrize(
    ("weights", "names", "said"),
    [
        ([1.0], ("a", "b"), "2 features"),
        ([1.0, 1.0], ("a", "a"), "one name of its own"),
        ([0.0, 0.0], ("a", "b"), "not all 0"),
        ([np.nan, 1.0], ("a", "b"), "finite"),
    ],
)
def test_weights_that_make_no_taste_are_refused(
    weights: list[float], names: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        UtilityUser(np.array(weights), names, seed=0)


def test_options_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match=r"\(K, 3\)"):
        user().pick(np.zeros((2, 4)))
    with pytest.raises(InputError, match="at least 2"):
        user().pick(np.zeros((1, 3)))
