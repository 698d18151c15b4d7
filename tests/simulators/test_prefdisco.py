"""Strangers to whom few of many aspects matter: the gate, the recipe, the arms and the figures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from penchant.models.fakes import FunctionChatModel
from penchant.policies.elicit import INDIFFERENT, Belief, Tendencies
from penchant.simulators.prefdisco import run_prefdisco
from penchant.simulators.prefdisco.arms import Fixed, Follow, Never, Ours, Pep, Random, Unfair
from penchant.simulators.prefdisco.chosen import Chosen
from penchant.simulators.prefdisco.episodes import Episode, run_episode
from penchant.simulators.prefdisco.gate import OPEN, Asked, Gate
from penchant.simulators.prefdisco.outcomes import Scores, adaptive_share
from penchant.simulators.prefdisco.people import Person, Recipe, World, answers_of

if TYPE_CHECKING:
    from pathlib import Path

    from penchant.simulators.prefdisco import PrefDisco


@pytest.fixture(scope="module")
def world() -> World:
    return World(Recipe(), seed=3)


@pytest.fixture(scope="module")
def people(world: World) -> list[Person]:
    return world.people(40, group=2)


def prior(person: Person) -> Belief:
    return Belief.of(Tendencies.independent(person.task.aspects))


def test_tasks_have_more_than_twenty_aspects_of_which_few_matter(people: list[Person]) -> None:
    assert {person.task.name for person in people} == {"trip", "dish", "learn", "buy"}
    for person in people:
        assert len(person.task.aspects) > 20
        assert 3 <= (person.weights > 0).sum() <= 6
        assert person.weights.sum() == pytest.approx(1.0)
        rows = np.arange(len(person.wanted))
        assert (person.grades[rows, person.wanted] == 1.0).all()
        assert ((person.grades >= 0) & (person.grades <= 1)).all()
        assert person.alignment(person.wanted) == pytest.approx(1.0)
    assert {person.kind for person in people} == {"persona", "utility"}


def test_the_same_seed_draws_the_same_people_and_groups_are_others(world: World) -> None:
    one, two = world.people(8, group=2), World(Recipe(), seed=3).people(8, group=2)
    for mine, theirs in zip(one, two, strict=True):
        assert np.array_equal(mine.weights, theirs.weights)
        assert np.array_equal(mine.answers, theirs.answers)
    others = world.people(8, group=1)
    assert not any(
        np.array_equal(a.weights, b.weights) for a in one for b in others if a.task is b.task
    )


def test_wants_go_together_as_far_as_the_recipe_says() -> None:
    def strongest(correlation: float) -> float:
        drawn = World(Recipe(correlation=correlation), seed=0)
        wanted = np.array(
            [p.wanted for p in drawn.people(1600, group=1) if p.task is drawn.tasks[0]], float
        )
        together = np.abs(np.corrcoef(wanted[:, :12].T) - np.eye(12))
        return float(np.sort(together.ravel())[-10:].mean())

    assert strongest(0.8) > 0.4
    assert strongest(0.0) < 0.2


def test_a_question_that_names_an_aspect_releases_its_value(people: list[Person]) -> None:
    person = replace(people[0], skips=np.zeros(8, dtype=bool), volunteered=None)
    gate = Gate(person)
    aspect = person.task.aspects[2]
    said = gate.ask(aspect.key)
    if person.answers[2] == INDIFFERENT:
        assert said == Asked(aspect.key, "indifferent")
    else:
        assert said == Asked(aspect.key, "value", value=aspect.values[person.answers[2]])
    assert [(d.turn, d.aspect, d.how) for d in gate.log] == [(1, aspect.key, "asked")]


def test_a_vague_question_releases_names_and_no_values(people: list[Person]) -> None:
    person = replace(people[1], skips=np.zeros(8, dtype=bool), names_at_once=2)
    gate = Gate(person)
    keys = [aspect.key for aspect in person.task.aspects]
    first, second = gate.ask(OPEN), gate.ask(OPEN)
    assert first.value is None
    assert first.names == tuple(keys[place] for place in person.names[:2])
    assert second.names == tuple(keys[place] for place in person.names[2:4])
    for _ in range(3):
        last = gate.ask(OPEN)
    assert last.names == ()
    assert all(d.what == "named" for d in gate.log)
    assert gate.leaks == 0


def test_skips_and_idle_questions_cost_patience_until_it_is_gone(people: list[Person]) -> None:
    person = replace(people[0], patient=False, skips=np.array([True] + [False] * 7))
    gate = Gate(person)
    idle = next(a.key for a, w in zip(person.task.aspects, person.weights, strict=True) if w == 0)
    full = gate.patience
    assert gate.ask(idle).response == "skipped"
    assert gate.patience == full - 3.0
    assert gate.ask(idle).response in ("value", "indifferent")
    assert gate.patience == full - 4.5
    gate.ask(idle)
    assert gate.ask(idle).response == "stopped"
    assert gate.log[-1].turn == 3


def test_what_is_volunteered_is_logged_as_such(people: list[Person]) -> None:
    person = replace(people[0], volunteered=5)
    gate = Gate(person)
    said = gate.request()
    assert said is not None
    assert said.value == person.task.aspects[5].values[person.wanted[5]]
    assert [(d.turn, d.how) for d in gate.log] == [(0, "volunteered")]
    assert Gate(replace(person, volunteered=None)).request() is None


def test_an_answer_that_says_more_than_was_asked_is_a_leak(people: list[Person]) -> None:
    gate = Gate(people[0])
    gate._disclose(Asked("length", "named", names=("warmth",)), "asked")
    assert gate.leaks == 1


def test_a_silent_agent_learns_nothing(people: list[Person]) -> None:
    for person in people:
        quiet = replace(person, volunteered=None)
        episode = run_episode(Never(), quiet, prior(quiet), budget=5)
        assert episode.disclosures == ()
        assert set(episode.alignments) == {episode.generic}
        assert (episode.questions, episode.stop) == (0, "arm")


def test_no_arm_asks_the_same_twice_or_beyond_its_budget(people: list[Person]) -> None:
    orders = {p.task.name: [a.key for a in p.task.aspects] for p in people}
    for arm in (Random(0), Fixed(orders), Pep(), Follow(orders), Ours(), Unfair()):
        for person in people[:6]:
            episode = run_episode(arm, person, prior(person), budget=4)
            asked = [each.question for each in episode.history if each.question != OPEN]
            assert len(asked) == len(set(asked))
            assert episode.questions <= 4
            assert len(episode.alignments) == 5
            assert sum(each.question == OPEN for each in episode.history) <= 2


def test_knowing_the_person_beats_asking_at_random(people: list[Person]) -> None:
    def mean(arm: Any) -> float:
        return float(
            np.mean([run_episode(arm, p, prior(p), budget=3).alignments[-1] for p in people])
        )

    assert mean(Unfair()) > mean(Ours()) > mean(Random(0))


def test_people_of_one_task_answer_everything_for_the_population(people: list[Person]) -> None:
    mine = [person for person in people if person.task is people[0].task]
    answers = answers_of(mine)
    assert answers.values.shape == answers.named.shape == (len(mine), 24)
    for row, person in zip(answers.named, mine, strict=True):
        assert row.sum() == min(person.names_at_once, len(person.names))


def episode(person: Person, *history: Asked, stop: str = "budget") -> Episode:
    return Episode(
        person=person,
        arm="x",
        alignments=(0.5,),
        generic=0.5,
        history=history,
        disclosures=(),
        stop=stop,
    )


def test_adaptivity_counts_pairs_that_first_answered_differently(people: list[Person]) -> None:
    trips = [person for person in people if person.task.name == "trip"][:3]
    low, high = (Asked("length", "value", value=v) for v in ("a page", "a few lines"))
    warm, jargon = Asked("warmth", "indifferent"), Asked("jargon", "indifferent")
    assert adaptive_share([episode(trips[0], low, warm), episode(trips[1], high, jargon)]) == 1.0
    assert adaptive_share([episode(trips[0], low, warm), episode(trips[1], high, warm)]) == 0.0
    # One stops of its own accord; one is out of patience; the same answers; other tasks.
    stopped = episode(trips[0], low, stop="arm")
    assert adaptive_share([stopped, episode(trips[1], high, warm)]) == 1.0
    left = episode(trips[0], low, stop="patience")
    assert adaptive_share([left, episode(trips[1], high, warm)]) == 0.0
    assert adaptive_share([episode(t, low, warm) for t in trips]) == 0.0
    dish = next(person for person in people if person.task.name == "dish")
    assert adaptive_share([episode(trips[0], low, warm), episode(dish, high, jargon)]) == 0.0


def test_normalised_alignment_is_a_ratio_of_sums_with_paired_intervals() -> None:
    none = np.array([0.5, 0.6, 1.0, 0.4])
    asked = np.array([1.0, 0.6, 1.0, 0.7])
    found = Scores(asked, none, seed=0)
    assert found.mean == pytest.approx(0.8 / 1.5)
    assert found.interval.low <= found.mean <= found.interval.high
    same = found.over(Scores(asked, none, seed=0))
    assert tuple(same) == (0.0, 0.0, 0.0)
    assert Scores(np.ones(4), np.ones(4), seed=0).mean == 0.0


class TestTrack:
    @pytest.fixture(scope="class")
    def found(self, tmp_path_factory: pytest.TempPathFactory) -> tuple[PrefDisco, Path]:
        file = tmp_path_factory.mktemp("prefdisco") / "episodes.jsonl"
        return run_prefdisco(seed=5, users=60, sensitivity=False, episodes=file), file

    def test_figures(self, found: tuple[PrefDisco, Path]) -> None:
        figures = found[0].figures
        assert {
            "normalised_alignment_q3",
            "random_normalised_alignment_q3",
            "normalised_alignment_q5",
            "worse_than_generic_share",
            "adaptive_share",
        } <= set(figures)
        assert figures["normalised_alignment_q3"] > 1.5 * figures["random_normalised_alignment_q3"]
        assert figures["normalised_alignment_q5"] > figures["normalised_alignment_q3"]
        assert figures["worse_than_generic_share"] <= 0.1
        assert figures["adaptive_share"] >= 0.5
        assert figures["ceiling_normalised_alignment_q5"] > figures["normalised_alignment_q5"]

    def test_rows_tell_cost_and_leaks_beside_quality(self, found: tuple[PrefDisco, Path]) -> None:
        rows = [
            row for row in found[0].rows if (row["questions_allowed"], row["setting"]) == (3, "")
        ]
        assert {"never ask", "random", "PEP-style", "ours", "oracle questions"} <= {
            row["arm"] for row in rows
        }
        for row in rows:
            assert row["disclosed_leaked"] == 0
            assert row["n"] == 60
            assert 0 <= float(str(row["questions_asked"])) <= 3
        silent = next(row for row in rows if row["arm"] == "never ask")
        assert (silent["normalised_alignment"], silent["disclosed_asked"]) == (0.0, 0)

    def test_terse_and_chatty_people_are_told_apart(self, found: tuple[PrefDisco, Path]) -> None:
        rows = [row for row in found[0].rows if str(row["setting"]).endswith(" people")]
        reached = {
            (row["setting"], row["arm"], row["questions_allowed"]): row["normalised_alignment"]
            for row in rows
        }
        assert len(reached) == 12
        for setting in ("terse people", "chatty people"):
            oracle = [reached[setting, "oracle of what matters", after] for after in (2, 3, 4, 5)]
            assert oracle == sorted(oracle)
            assert reached[setting, "ours", 5] < oracle[-1]
        assert sum(row["n"] for row in rows if row["arm"] == "ours") == 2 * 60
        assert not any("ours_above_by" in row for row in rows if row["arm"] != "ours")

    def test_dearer_questions_are_asked_less(self, found: tuple[PrefDisco, Path]) -> None:
        rows = [row for row in found[0].rows if row["setting"] == "stop rule"]
        asked = [float(str(row["questions_asked"])) for row in rows]
        assert len(asked) == 4
        assert asked == sorted(asked, reverse=True)

    def test_episodes_hold_the_whole_transcript(self, found: tuple[PrefDisco, Path]) -> None:
        lines = [json.loads(line) for line in found[1].read_text().splitlines()]
        ours = [line for line in lines if line["arm"] == "ours" and line["budget"] == 5]
        assert len(ours) == 60
        assert all(len(line["alignments"]) == 6 for line in ours)
        assert any(line["history"] and line["disclosures"] for line in ours)

    def test_the_same_seed_gives_the_same_figures(self, found: tuple[PrefDisco, Path]) -> None:
        again = run_prefdisco(seed=5, users=60, sensitivity=False)
        assert again.figures == found[0].figures


def test_a_chat_model_may_choose(people: list[Person]) -> None:
    prompts: list[str] = []

    def first(messages: Any, schema: Any) -> str:
        prompts.append(messages[-1].content)
        allowed = schema.model_json_schema()["properties"]["ask_about"]["enum"]
        return json.dumps({"ask_about": "what matters most" if len(prompts) == 1 else allowed[0]})

    arm = Chosen(FunctionChatModel(fn=first))
    person = replace(people[0], skips=np.zeros(8, dtype=bool), volunteered=None, patient=True)
    found = run_episode(arm, person, prior(person), budget=3)
    arm.close()
    assert [each.question for each in found.history] == [
        OPEN,
        person.task.aspects[0].key,
        person.task.aspects[1].key,
    ]
    assert (arm.calls, arm.failures) == (3, 0)
    assert person.task.request in prompts[0]
    assert "what matters most: " in prompts[1]


def test_a_chat_model_that_fails_ends_the_questions(people: list[Person]) -> None:
    arm = Chosen(FunctionChatModel(fn=lambda _messages, _schema: "I cannot say."))
    found = run_episode(arm, people[0], prior(people[0]), budget=3)
    arm.close()
    assert (found.questions, found.stop, arm.failures) == (0, "arm", 1)
