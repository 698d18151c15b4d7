"""The elicitation track on small data of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.elicit.gaussian import Gaussian
from penchant.policies.elicit.stopping import StopRule
from penchant.simulators.datasets import Choices, load_choices
from penchant.simulators.elicit import ElicitTrack
from penchant.simulators.elicit.adaptive import Asker, adapted
from penchant.simulators.elicit.arms import ANSWER, ARMS, BOTH, LEARN, RANDOM, SILENT, arms
from penchant.simulators.elicit.episodes import Bayesian, Course, hold
from penchant.simulators.elicit.replay import by_information
from penchant.simulators.elicit.stops import SETTINGS
from penchant.simulators.elicit.world import World, make_world, read_factors
from penchant.simulators.runner import (
    Budget,
    Episode,
    EpisodeKey,
    Meter,
    Summary,
    Tools,
    episode_from_json,
    episode_to_json,
)
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
def tools() -> Tools:
    return Tools(
        settings=Settings(),
        seed=1,
        embedder=HashEmbedder(16),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )


def held(
    track: ElicitTrack, tools: Tools, keys: Sequence[EpisodeKey] | None = None
) -> list[Episode]:
    async def run() -> list[Episode]:
        prepared = await track.prepare(tools)
        return [
            await track.episode(key, prepared, tools)
            for key in (track.keys() if keys is None else keys)
        ]

    return asyncio.run(run())


@pytest.fixture(scope="module")
def track(data: Path) -> ElicitTrack:
    return ElicitTrack(data=data, people=4, peers=0, seed=1)


@pytest.fixture(scope="module")
def episodes(track: ElicitTrack, tools: Tools) -> list[Episode]:
    return held(track, tools)


@pytest.fixture(scope="module")
def found(track: ElicitTrack, episodes: list[Episode]) -> Summary:
    return track.summarise(episodes)


def course(world: World, arm: str, person: int, questions: int = 12) -> Course:
    known = arms(world.factors, rule=StopRule(), seed=0, questions=questions)
    return hold(
        world,
        person,
        lambda items, _: Bayesian(world.prior, known[arm], items),
        seed=0,
        questions=questions,
    )


def untimed(summary: Summary) -> tuple[object, ...]:
    """Figures and rows without what the clock decides."""
    figures = {name: value for name, value in summary.figures.items() if name[:3] != "ms_"}
    rows = [{name: v for name, v in row.items() if name[:3] != "ms_"} for row in summary.rows]
    return figures, rows


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


def test_every_wanted_figure_is_there_and_finite(found: Summary) -> None:
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


def test_every_arm_stands_beside_random_pairs_with_intervals(found: Summary) -> None:
    rows = [each for each in found.rows if each["what"] == "questions"]
    names = {each["arm"] for each in rows}
    assert {RANDOM, LEARN, ANSWER, BOTH, "EUBO pair", "Thompson pair", "full knowledge"} <= names
    assert names == {*ARMS, "full knowledge"}
    before = {each["accuracy"] for each in rows if each["questions"] == 0}
    assert len(before) == 1
    for each in rows:
        if "accuracy_low" in each:
            assert each["accuracy_low"] <= each["accuracy"] <= each["accuracy_high"]
    gains = [each for each in rows if "regret_gain" in each]
    assert len(gains) == 16 * 6
    mixed = [each for each in found.rows if each["what"] == "mixed"]
    assert [each["questions"] for each in mixed] == [1, 3, 5, 8, 12]
    (missing,) = [each for each in found.rows if each["what"] == "side by side"]
    assert "peers" in str(missing["not run"])


def test_answers_help_and_choosing_helps_more(choices: Choices) -> None:
    world = make_world(choices, people=20, seed=0)

    def mean(arm: str, measure: str, after: int) -> float:
        courses[arm] = courses.get(arm) or [course(world, arm, person) for person in range(20)]
        return float(np.mean([getattr(each.known[after], measure) for each in courses[arm]]))

    courses: dict[str, list[Course]] = {}
    assert mean(LEARN, "accuracy", 5) > mean(RANDOM, "accuracy", 5)
    assert mean(LEARN, "accuracy", 12) > mean(LEARN, "accuracy", 0) + 0.05
    assert mean(ANSWER, "regret", 5) < mean(RANDOM, "regret", 5)
    assert mean(RANDOM, "regret", 0) == mean(ANSWER, "regret", 0)
    for some in courses.values():
        for known in (known for each in some for known in each.known):
            assert 0 <= known.regret <= min(1, known.regret_over_average + 1e-12)


def test_who_never_asks_stays_at_the_prior(episodes: list[Episode], found: Summary) -> None:
    silent = [each for each in episodes if each.key.arm == SILENT]
    assert len(silent) == 4
    for each in silent:
        assert not each.decisions
        assert not each.disclosures
        assert each.costs.questions == 0
        assert len(each.series["accuracy"]) == 13
        assert len(set(each.series["accuracy"])) == 1
    rows = [row for row in found.rows if row.get("arm") == SILENT]
    start = next(row for row in found.rows if row.get("arm") == LEARN and row["questions"] == 0)
    assert {row["accuracy"] for row in rows} == {start["accuracy"]}
    assert "nats_per_question" not in rows[-1]


def test_who_knows_the_person_is_at_the_ceiling(choices: Choices) -> None:
    world = make_world(choices, people=6, seed=0)
    for person in range(6):
        known = Gaussian.of(world.tastes[person], 1e-9 * np.eye(len(world.attributes)))
        course = hold(
            world, person, lambda items, _, known=known: Bayesian(known, None, items), seed=0
        )
        assert {(each.accuracy, each.regret) for each in course.known} == {(1.0, 0.0)}


def test_everybody_gets_the_same_fixed_questions(episodes: list[Episode]) -> None:
    asked = {
        str([each["options"] for each in episode.decisions])
        for episode in episodes
        if episode.key.arm == "fixed slate of 4"
    }
    assert len(asked) == 1


def test_episodes_tell_what_was_asked_and_what_is_hidden(episodes: list[Episode]) -> None:
    (one,) = [e for e in episodes if e.key == EpisodeKey("elicit", BOTH, "2", "loans")]
    assert set(one.profile) == set(NAMES)
    assert one.costs.questions == one.costs.turns == 12
    assert one.costs.words_read == 12 * 4 * 12
    for decision in one.decisions:
        assert {"options", "picked", "information", "value", "sure"} <= set(decision)
    (rated,) = [e for e in episodes if e.key == ("elicit", "rating, noise 1", "2", "loans", 0)]
    assert {"rated", "noise"} <= set(rated.decisions[0])
    assert one.measures["pair_accuracy_q5"] == one.series["accuracy"][5]
    assert one.measures["regret_q1"] == one.series["regret"][1]


def test_a_summary_is_made_of_what_was_written_down(
    track: ElicitTrack, episodes: list[Episode], found: Summary
) -> None:
    kept = [episode_from_json(episode_to_json(each)) for each in reversed(episodes)]
    again = track.summarise(kept)
    assert untimed(again)[0] == pytest.approx(untimed(found)[0], abs=1e-12)
    assert len(again.rows) == len(found.rows)


def test_an_episode_does_not_depend_on_those_before_it(
    track: ElicitTrack, episodes: list[Episode], tools: Tools
) -> None:
    some = [
        each
        for each in reversed(episodes)
        if each.key.user in {"1", "p7"} and each.key.arm in {RANDOM, LEARN, "Thompson pair"}
    ]
    assert {each.key.task for each in some} == {
        "loans",
        "loans: same profiles for all",
        "loans: replay",
    }
    for one, again in zip(some, held(track, tools, [each.key for each in some]), strict=True):
        assert again.series == one.series
        assert again.decisions == one.decisions


def test_what_failed_counts_at_the_floor(
    track: ElicitTrack, episodes: list[Episode], found: Summary
) -> None:
    lost = [track.failed(each.key, "gone") for each in episodes if each.key.user == "0"]
    rest = [each for each in episodes if each.key.user != "0"]
    summary = track.summarise([*lost, *rest])
    assert summary.figures["pair_accuracy_q5"] < found.figures["pair_accuracy_q5"]
    assert summary.figures["regret_q5"] > found.figures["regret_q5"]
    (row,) = [r for r in summary.rows if r.get("arm") == LEARN and r["questions"] == 5]
    assert (row["n"], row["failed"]) == (4, 1)
    (missing,) = [r for r in track.summarise(rest).rows if r.get("arm") == LEARN][2:3]
    assert (missing["questions"], missing["n"]) == (3, 3)
    assert "failed" not in missing


def test_some_arms_alone_are_asked(data: Path, tools: Tools) -> None:
    some = ElicitTrack(data=data, people=3, questions=5, arms=("EIG pair", RANDOM), seed=1)
    assert {key.arm for key in some.keys()} == {"EIG pair", RANDOM}  # noqa: SIM118
    assert {key.task for key in some.keys()} == {"loans"}  # noqa: SIM118
    summary = some.summarise(held(some, tools))
    assert set(summary.figures) == {
        "random_pair_accuracy_q5",
        "random_regret_q1",
        "random_regret_q5",
    }
    assert {row["what"] for row in summary.rows} == {"questions"}
    with pytest.raises(InputError, match="unknown arms \\['EUBO'\\]"):
        ElicitTrack(data=data, arms=("EUBO",))


def test_catalogues_are_files_with_figures_of_their_own(data: Path, tools: Tools) -> None:
    some = ElicitTrack(
        data=data,
        catalogues=("restaurants",),
        people=6,
        questions=5,
        arms=("EIG pair", RANDOM, SILENT),
        seed=1,
    )
    episodes = held(some, tools)
    about = [each for each in episodes if each.key.task == "restaurants (catalogue)"]
    assert len(about) == 3 * 6
    assert {len(each.profile) for each in about} == {10}
    # Few features matter to a person.
    assert all(3 <= sum(v != 0 for v in each.profile.values()) <= 6 for each in about)
    summary = some.summarise(episodes)
    alone = replace(some, catalogues=())
    assert {n: v for n, v in summary.figures.items() if not n.startswith("catalogues_")} == (
        alone.summarise(held(alone, tools)).figures
    )
    figures = summary.figures
    assert figures["catalogues_random_regret_q5"] < 0.5
    (row,) = [
        r
        for r in summary.rows
        if (r["file"], r["arm"], r["questions"]) == ("restaurants (catalogue)", "EIG pair", 5)
    ]
    assert row["accuracy"] > 0.6
    # The people whom the prior stems from are others: with a seed, always the same.
    assert some.config() == replace(some).config() != replace(some, catalogues=("gifts",)).config()
    with pytest.raises(InputError, match="nothing to ask about"):
        ElicitTrack(data=None)
    twice = ElicitTrack(data=None, catalogues=("gifts", "gifts"))
    with pytest.raises(InputError, match="rename all but one"):
        twice.keys()


def test_what_episodes_depend_on_is_on_record(data: Path, track: ElicitTrack) -> None:
    config = track.config()
    assert json.loads(json.dumps(config)) == config
    assert config != replace(track, people=5).config()
    assert config != replace(track, seed=2).config()
    assert len(str(config["data"])) == 64


def test_nobody_is_asked_the_same_twice(choices: Choices) -> None:
    world = make_world(choices, people=3, seed=2)
    for arm in ARMS:
        for person in range(3):
            asked = course(world, arm, person, questions=5).asked
            assert len({each.key for each in asked}) == (0 if arm == SILENT else 5)


def test_only_answers_tell_people_apart(choices: Choices) -> None:
    world = make_world(choices, people=20, seed=0)
    asker = Asker(world, seed=0)
    found = adapted(asker.ask(person) for person in range(20))
    assert found.pairs > 100
    assert 0.6 <= found.share <= 1.0


def test_the_replay_asks_for_what_says_most(choices: Choices) -> None:
    prior = Gaussian.of(np.zeros(5), np.diag([0.01, 0.01, 9.0, 0.01, 0.01]))
    person = next(p for p, rows in enumerate(choices.rows) if rows[:, 2].any())
    pool = np.arange(len(choices.rows[person]))
    order = by_information(choices, person, pool, prior)
    assert len(set(order.tolist())) == len(order) == 5
    assert choices.rows[person][order[0], 2] != 0


def test_the_stop_rule_stops_sooner_the_dearer_questions_are(found: Summary) -> None:
    stops = [each for each in found.rows if each["what"] == "stop rule"]
    assert {each["constant"] for each in stops} == set(SETTINGS)
    for constant in SETTINGS:
        some = [each for each in stops if each["constant"] == constant]
        assert sum(bool(each["shipped"]) for each in some) == 1
        asked = [float(str(each["questions"])) for each in some]
        rising = constant in {"sure", "cap", "hope"}
        assert asked == sorted(asked, reverse=not rising)
        assert all(each <= StopRule().cap for each in asked if constant != "cap")


def test_botorch_runs_beside_ours_where_it_is_installed(choices: Choices) -> None:
    pytest.importorskip("botorch")
    from penchant.simulators.elicit.peers import BoTorchLearner

    world = make_world(choices, people=2, seed=0)
    for person in range(2):
        learned = hold(
            world,
            person,
            lambda items, fresh: BoTorchLearner("EUBO", items, fresh, seed=0),
            seed=0,
            questions=3,
        )
        assert np.isfinite([each.accuracy for each in learned.known]).all()
        assert np.isnan(learned.nats).all()
        assert len({each.key for each in learned.asked}) == 3


def test_nothing_to_measure_on_is_an_error(tmp_path: Path, tools: Tools) -> None:
    with pytest.raises(InputError, match=r"bayesm.*GPL"):
        ElicitTrack(data=tmp_path).keys()
    with pytest.raises(InputError, match="at least 2"):
        ElicitTrack(data=tmp_path, people=1).keys()
    write_choices(tmp_path / "bank", people=6)
    with pytest.raises(InputError, match="at least 20"):
        held(ElicitTrack(data=tmp_path), tools)


def test_the_command_prints_the_same_for_the_same_seed(data: Path, found: Summary) -> None:
    asked = ["eval", "elicit", "--data", str(data), "--people", "4", "--peers", "0"]
    result = CliRunner().invoke(app, [*asked, "--seed", "1", "--json"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["command"].startswith("eval elicit")
    timed = {"ms_per_question"}
    assert {k: v for k, v in printed["figures"].items() if k not in timed} == {
        k: v for k, v in found.figures.items() if k not in timed
    }
