"""The elicitation track on small data of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.errors import InputError
from penchant.policies.elicit.gaussian import Gaussian
from penchant.policies.elicit.stopping import StopRule
from penchant.simulators.datasets import Choices, load_choices
from penchant.simulators.elicit import Elicitation, elicitation_page, run_elicit
from penchant.simulators.elicit.adaptive import adaptive_share
from penchant.simulators.elicit.arms import ANSWER, BOTH, LEARN, RANDOM, arms
from penchant.simulators.elicit.episodes import Bayesian, run_arm
from penchant.simulators.elicit.replay import by_information
from penchant.simulators.elicit.stops import SETTINGS, stop_curves
from penchant.simulators.elicit.world import make_world, read_factors
from penchant.tui.cli import app

NAMES = ("low", "lowest", "near", "free", "fast")
LEVELS = (((0,), (1,)), ((2,),), ((3,),), ((4,),))
MEAN = np.array([1.0, 2.0, 0.5, -0.5, 1.0])


def row(rng: np.random.Generator) -> np.ndarray:
    """Two things that differ in two respects; low and lowest are levels of one price."""
    made = np.zeros((2, 5))
    for place in rng.choice(4, 2, replace=False):
        columns = [column for level in LEVELS[place] for column in level]
        for thing, level in enumerate(rng.permutation(len(columns) + 1)[:2]):
            if level:
                made[thing, columns[level - 1]] = 1.0
    return made[0] - made[1]


def write_choices(folder: Path, people: int = 40) -> None:
    rng = np.random.default_rng(0)
    lines = ["id,choice," + ",".join(NAMES)]
    for person in range(people):
        theta = MEAN + rng.normal(size=5)
        for _ in range(14):
            asked = row(rng)
            choice = int(rng.random() < 1 / (1 + np.exp(-asked @ theta)))
            lines.append(f"p{person},{choice}," + ",".join(map(str, asked.astype(int))))
    folder.mkdir(parents=True)
    (folder / "loans.csv").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_choices(folder / "bank")
    return folder


@pytest.fixture(scope="module")
def choices(data: Path) -> Choices:
    (found,) = load_choices(data / "bank")
    return found


@pytest.fixture(scope="module")
def found(data: Path) -> Elicitation:
    return run_elicit(data, people=4, peers=0, seed=1)


def test_levels_of_one_factor_are_found_in_the_differences(choices: Choices) -> None:
    factors = read_factors(choices)
    assert factors.names == ("low / lowest", "near", "free", "fast")
    assert factors.sizes == (3, 2, 2, 2)


def test_people_are_drawn_from_respondents_that_the_prior_never_saw(choices: Choices) -> None:
    world = make_world(choices, people=30, seed=0)
    again = make_world(choices, people=30, seed=0)
    np.testing.assert_array_equal(world.tastes, again.tastes)
    # At most half are held out; the others are drawn from the same posteriors again.
    assert len(set(world.respondents.tolist())) == 20
    assert world.items.shape == world.fresh.shape == (30, 12, 5)
    for items, fresh in zip(world.items, world.fresh, strict=True):
        assert len(np.unique(np.vstack([items, fresh]), axis=0)) == 24
    # The prior does not depend on what the held-out ones answered.
    held = set(world.respondents.tolist())
    turned = replace(
        choices,
        picked=tuple(
            1.0 - each if person in held else each for person, each in enumerate(choices.picked)
        ),
    )
    other = make_world(turned, people=30, seed=0)
    np.testing.assert_array_equal(other.prior.mean, world.prior.mean)
    assert not np.allclose(other.tastes, world.tastes)


def test_every_wanted_figure_is_there_and_finite(found: Elicitation) -> None:
    wanted = {
        "pair_accuracy_q5",
        "pair_accuracy_q12",
        "regret_q1",
        "regret_q5",
        "random_pair_accuracy_q5",
        "random_pair_accuracy_q12",
        "random_regret_q1",
        "random_regret_q5",
        "replay_nll_gain_q3",
        "adaptive_share",
    }
    assert wanted <= set(found.figures)
    assert np.isfinite(list(found.figures.values())).all()
    assert found.figures["adaptive_share"] >= 0.6


def test_every_arm_stands_beside_random_pairs_with_intervals(found: Elicitation) -> None:
    rows = [each for each in found.rows if each["what"] == "questions"]
    names = {each["arm"] for each in rows}
    assert {RANDOM, LEARN, ANSWER, BOTH, "EUBO pair", "Thompson pair", "full knowledge"} <= names
    assert len(names) == 16
    before = {each["accuracy"] for each in rows if each["questions"] == 0}
    assert len(before) == 1
    for each in rows:
        if "accuracy_low" in each:
            assert each["accuracy_low"] <= each["accuracy"] <= each["accuracy_high"]
    gains = [each for each in rows if "regret_gain" in each]
    assert len(gains) == 14 * 6
    mixed = [each for each in found.rows if each["what"] == "mixed"]
    assert [each["questions"] for each in mixed] == [1, 3, 5, 8, 12]
    (missing,) = [each for each in found.rows if each["what"] == "side by side"]
    assert "peers" in str(missing["not run"])


def test_answers_help_and_choosing_helps_more(choices: Choices) -> None:
    world = make_world(choices, people=20, seed=0)
    known = arms(world.factors, rule=StopRule(), seed=0)

    def course(name: str) -> dict[str, np.ndarray]:
        return dict(
            run_arm(
                world, lambda items, _: Bayesian(world.prior, known[name], items), seed=0
            ).measures
        )

    random, learn, answer = course(RANDOM), course(LEARN), course(ANSWER)
    assert learn["accuracy"][:, 5].mean() > random["accuracy"][:, 5].mean()
    assert learn["accuracy"][:, 12].mean() > learn["accuracy"][:, 0].mean() + 0.05
    assert answer["regret"][:, 5].mean() < random["regret"][:, 5].mean()
    np.testing.assert_array_equal(random["regret"][:, 0], answer["regret"][:, 0])
    for each in (random, learn, answer):
        assert ((each["regret"] >= 0) & (each["regret"] <= 1)).all()
        assert (each["regret"] <= each["regret_over_average"] + 1e-12).all()


def test_nobody_is_asked_the_same_twice(choices: Choices) -> None:
    world = make_world(choices, people=3, seed=2)
    for arm in arms(world.factors, rule=StopRule(), seed=0).values():
        course = run_arm(
            world, lambda items, _, arm=arm: Bayesian(world.prior, arm, items), seed=0, questions=5
        )
        for asked in course.asked:
            assert len({each.key for each in asked}) == 5


def test_only_answers_tell_people_apart(choices: Choices) -> None:
    world = make_world(choices, people=20, seed=0)
    adapted = adaptive_share(world, seed=0)
    assert adapted.pairs > 100
    assert 0.6 <= adapted.share <= 1.0


def test_the_replay_asks_for_what_says_most(choices: Choices) -> None:
    prior = Gaussian.of(np.zeros(5), np.diag([0.01, 0.01, 9.0, 0.01, 0.01]))
    person = next(p for p, rows in enumerate(choices.rows) if rows[:, 2].any())
    pool = np.arange(len(choices.rows[person]))
    order = by_information(choices, person, pool, prior)
    assert len(set(order.tolist())) == len(order) == 5
    assert choices.rows[person][order[0], 2] != 0


def test_the_stop_rule_stops_sooner_the_dearer_questions_are(choices: Choices) -> None:
    world = make_world(choices, people=10, seed=0)
    arm = arms(world.factors, rule=StopRule(), seed=0)[BOTH]
    course = run_arm(world, lambda items, _: Bayesian(world.prior, arm, items), seed=0)
    stops = stop_curves(course, StopRule())
    assert {each.constant for each in stops} == set(SETTINGS)
    for constant in SETTINGS:
        some = [each for each in stops if each.constant == constant]
        assert sum(each.shipped for each in some) == 1
        asked = [each.questions for each in some]
        rising = constant in {"sure", "cap", "hope"}
        assert asked == sorted(asked, reverse=not rising)
        assert all(each.questions <= StopRule().cap for each in some if constant != "cap")


def test_the_page_shows_arms_and_constants(found: Elicitation) -> None:
    pytest.importorskip("matplotlib")
    page = elicitation_page(found, title="a <run>")
    assert page.startswith("<!doctype html>")
    assert "a &lt;run&gt;" in page
    assert page.count("<svg") == 2
    assert "annoy" in page


def test_botorch_runs_beside_ours_where_it_is_installed(choices: Choices) -> None:
    pytest.importorskip("botorch")
    from penchant.simulators.elicit.peers import BoTorchLearner

    world = make_world(choices, people=2, seed=0)
    course = run_arm(
        world,
        lambda items, fresh: BoTorchLearner("EUBO", items, fresh, seed=0),
        seed=0,
        questions=3,
    )
    assert np.isfinite(course.measures["accuracy"]).all()
    assert np.isnan(course.nats).all()
    assert all(len({each.key for each in asked}) == 3 for asked in course.asked)


def test_nothing_to_measure_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="PENCHANT_DATA"):
        run_elicit(tmp_path)
    with pytest.raises(InputError, match="at least 2"):
        run_elicit(tmp_path, people=1)
    write_choices(tmp_path / "bank", people=6)
    with pytest.raises(InputError, match="at least 20"):
        run_elicit(tmp_path)


def test_the_command_prints_the_same_for_the_same_seed(data: Path, found: Elicitation) -> None:
    asked = ["eval", "elicit", "--data", str(data), "--people", "4", "--peers", "0"]
    result = CliRunner().invoke(app, [*asked, "--seed", "1", "--json"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["command"].startswith("eval elicit")
    timed = {"ms_per_question"}
    assert {k: v for k, v in printed["figures"].items() if k not in timed} == {
        k: v for k, v in found.figures.items() if k not in timed
    }
