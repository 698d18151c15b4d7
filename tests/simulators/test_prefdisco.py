"""Strangers to whom few of many aspects matter: the gate, the recipe, the arms and the figures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from penchant.config import Settings
from penchant.errors import ChatTimeoutError, InputError
from penchant.models import HashEmbedder
from penchant.models.fakes import FunctionChatModel, ScriptedChatModel
from penchant.policies.elicit import INDIFFERENT, Belief, Tendencies
from penchant.simulators.prefdisco import PrefDiscoTrack
from penchant.simulators.prefdisco.arms import (
    Arm,
    Fixed,
    Follow,
    Never,
    Ours,
    Pep,
    Random,
    Situation,
    Unfair,
)
from penchant.simulators.prefdisco.chosen import ModelChooses
from penchant.simulators.prefdisco.episodes import hold_course
from penchant.simulators.prefdisco.outcomes import Scores, adaptive_share
from penchant.simulators.prefdisco.people import Person, Recipe, World, answers_of
from penchant.simulators.prefdisco.records import Taken, taken
from penchant.simulators.runner import (
    Budget,
    BudgetExceededError,
    Costs,
    Episode,
    EpisodeKey,
    Meter,
    Models,
    Summary,
    Tools,
    Track,
    episode_from_json,
    episode_to_json,
    hold,
    hold_all,
)
from penchant.simulators.users.gate import OPEN, Asked, Gate


def tools_of(chat: FunctionChatModel | None = None, **over: Any) -> Tools:
    given: dict[str, Any] = {
        "settings": Settings(),
        "seed": 0,
        "embedder": HashEmbedder(),
        "models": None if chat is None else Models(agent=chat),
        "identities": {},
        "meter": Meter(),
        "budget": Budget(),
    }
    return Tools(**{**given, **over})


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
            [p.wanted for p in drawn.people(800, group=1) if p.task is drawn.tasks[0]], float
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


async def test_a_silent_agent_learns_nothing(people: list[Person]) -> None:
    for person in people:
        quiet = replace(person, volunteered=None)
        episode = await hold_course(Never(), quiet, prior(quiet), budget=5)
        assert episode.disclosures == ()
        assert set(episode.alignments) == {episode.generic}
        assert (episode.questions, episode.stop) == (0, "arm")


async def test_no_arm_asks_the_same_twice_or_beyond_its_budget(people: list[Person]) -> None:
    orders = {p.task.name: [a.key for a in p.task.aspects] for p in people}
    arms: tuple[Arm, ...] = (Random(0), Fixed(orders), Pep(), Follow(orders), Ours(), Unfair())
    for arm in arms:
        for person in people[:6]:
            episode = await hold_course(arm, person, prior(person), budget=4)
            asked = [each.question for each in episode.history if each.question != OPEN]
            assert len(asked) == len(set(asked))
            assert episode.questions <= 4
            assert len(episode.alignments) == 5
            assert sum(each.question == OPEN for each in episode.history) <= 2


async def test_knowing_the_person_beats_asking_at_random(people: list[Person]) -> None:
    async def mean(arm: Arm) -> float:
        held = [await hold_course(arm, p, prior(p), budget=3) for p in people]
        return float(np.mean([each.alignments[-1] for each in held]))

    assert await mean(Unfair()) > await mean(Ours()) > await mean(Random(0))


async def test_arms_tell_what_their_question_is_worth_to_them(people: list[Person]) -> None:
    now = Situation(person=people[0], belief=prior(people[0]), history=[], left=3)
    for arm in (Ours(), Pep(), Unfair()):
        chosen = await arm.choose(now)
        assert chosen.worth is not None
        assert chosen.worth > 0
    assert (await Random(0).choose(now)).worth is None
    assert await Never().choose(now) == await Never().choose(now)


def test_people_of_one_task_answer_everything_for_the_population(people: list[Person]) -> None:
    mine = [person for person in people if person.task is people[0].task]
    answers = answers_of(mine)
    assert answers.values.shape == answers.named.shape == (len(mine), 24)
    for row, person in zip(answers.named, mine, strict=True):
        assert row.sum() == min(person.names_at_once, len(person.names))


def course(task: str, *history: Asked, stop: str = "budget") -> Taken:
    return Taken(
        user=0,
        arm="x",
        task=task,
        chatty=True,
        alignments=(0.5,),
        generic=0.5,
        history=history,
        disclosures=(),
        questions=len(history),
        stop=stop,
        costs=Costs(),
        failures={},
    )


def test_adaptivity_counts_pairs_that_first_answered_differently() -> None:
    low, high = (Asked("length", "value", value=v) for v in ("a page", "a few lines"))
    warm, jargon = Asked("warmth", "indifferent"), Asked("jargon", "indifferent")
    assert adaptive_share([course("trip", low, warm), course("trip", high, jargon)]) == 1.0
    assert adaptive_share([course("trip", low, warm), course("trip", high, warm)]) == 0.0
    # One stops of its own accord; one is out of patience; the same answers; other tasks.
    stopped = course("trip", low, stop="arm")
    assert adaptive_share([stopped, course("trip", high, warm)]) == 1.0
    left = course("trip", low, stop="patience")
    assert adaptive_share([left, course("trip", high, warm)]) == 0.0
    assert adaptive_share([course("trip", low, warm) for _ in range(3)]) == 0.0
    assert adaptive_share([course("trip", low, warm), course("dish", high, jargon)]) == 0.0


def test_normalised_alignment_is_a_ratio_of_sums_with_paired_intervals() -> None:
    none = np.array([0.5, 0.6, 1.0, 0.4])
    asked = np.array([1.0, 0.6, 1.0, 0.7])
    found = Scores(asked, none, seed=0)
    assert found.mean == pytest.approx(0.8 / 1.5)
    assert found.interval.low <= found.mean <= found.interval.high
    same = found.over(Scores(asked, none, seed=0))
    assert tuple(same) == (0.0, 0.0, 0.0)
    assert Scores(np.ones(4), np.ones(4), seed=0).mean == 0.0


USERS = 32


class TestTrack:
    @pytest.fixture(scope="class")
    def found(self) -> tuple[Summary, list[Episode]]:
        track = PrefDiscoTrack(seed=5, users=USERS, population=480, sensitivity=False)
        held = asyncio.run(hold_all(track, tools_of()))
        # As they are read back from a run's directory.
        return track.summarise(held), [episode_from_json(episode_to_json(each)) for each in held]

    def test_figures(self, found: tuple[Summary, list[Episode]]) -> None:
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

    def test_rows_tell_cost_and_leaks_beside_quality(
        self, found: tuple[Summary, list[Episode]]
    ) -> None:
        rows = [
            row for row in found[0].rows if (row["questions_allowed"], row["setting"]) == (3, "")
        ]
        assert {"never ask", "random", "PEP-style", "ours", "oracle questions"} <= {
            row["arm"] for row in rows
        }
        for row in rows:
            assert row["disclosed_leaked"] == 0
            assert row["n"] == USERS
            assert 0 <= float(str(row["questions_asked"])) <= 3
        silent = next(row for row in rows if row["arm"] == "never ask")
        assert (silent["normalised_alignment"], silent["disclosed_asked"]) == (0.0, 0)

    def test_terse_and_chatty_people_are_told_apart(
        self, found: tuple[Summary, list[Episode]]
    ) -> None:
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
        assert sum(row["n"] for row in rows if row["arm"] == "ours") == 2 * USERS
        assert not any("ours_above_by" in row for row in rows if row["arm"] != "ours")

    def test_dearer_questions_are_asked_less(self, found: tuple[Summary, list[Episode]]) -> None:
        rows = [row for row in found[0].rows if row["setting"] == "stop rule"]
        asked = [float(str(row["questions_asked"])) for row in rows]
        assert len(asked) == 4
        assert asked == sorted(asked, reverse=True)

    def test_episodes_hold_the_whole_transcript(self, found: tuple[Summary, list[Episode]]) -> None:
        held = found[1]
        ours = [e for e in held if e.key.arm == "ours" and "@5" in e.key.task]
        assert len(ours) == USERS
        for each in ours:
            assert len(each.series["alignment"]) == 6
            assert each.series["alignment"][-1] == each.measures["alignment"]
            assert 3 <= len(each.profile) <= 6
            weights = each.detail["weights"]
            assert isinstance(weights, Mapping)
            assert sum(map(float, weights.values())) == pytest.approx(1.0, abs=1e-3)  # type: ignore[arg-type]
            said = [line for line in each.transcript if line.role == "user"]
            assert (
                len(said)
                == each.costs.turns
                == each.costs.questions + 1 + (each.stop == "patience")
            )
            assert each.costs.words_read > 0
            assert len(each.decisions) >= each.costs.questions
        assert {e.stop for e in ours} >= {"budget", "patience"}
        assert all(e.disclosures for e in ours if e.costs.questions)

    def test_the_floor_and_the_ceiling_take_no_questions(
        self, found: tuple[Summary, list[Episode]]
    ) -> None:
        rows = {r["arm"]: r for r in found[0].rows if r["questions_allowed"] == 0}
        assert rows["oracle"]["normalised_alignment"] == pytest.approx(1.0)
        assert float(str(rows["generic answer"]["normalised_alignment"])) <= 0.0
        held = found[1]
        silent = [e for e in held if e.key.arm in ("never ask", "generic answer", "oracle")]
        assert all(e.costs.questions == 0 and e.stop == "arm" for e in silent)
        told = [e for e in silent if e.key.arm == "oracle"]
        assert all(e.measures["alignment"] == pytest.approx(1.0) for e in told)

    def test_words_say_what_was_disclosed_and_nothing_of_the_rest(
        self, found: tuple[Summary, list[Episode]]
    ) -> None:
        held = found[1]
        for each in held[::7]:
            words = " ".join(x.text for x in each.transcript if x.role == "user").casefold()
            for disclosed in each.disclosures:
                if disclosed.what == "value":
                    assert str(disclosed.value).casefold() in words


SMALL = PrefDiscoTrack(
    users=8, seed=5, population=160, sensitivity=False, arms=("never ask", "random", "ours")
)


async def test_an_episode_does_not_depend_on_those_before_it() -> None:
    track: Track = SMALL
    keys = track.keys()
    assert len(keys) == len(set(keys)) == 3 * 3 * 8
    one, two = await track.prepare(tools_of()), await track.prepare(tools_of())
    some = [key for key in keys if key.arm != "never ask" and key.user in ("2", "5")]
    forth = [await track.episode(key, one, tools_of()) for key in some]
    back = [await track.episode(key, two, tools_of()) for key in reversed(some)]
    assert [episode_to_json(e) for e in forth] == [episode_to_json(e) for e in reversed(back)]


async def test_part_of_a_run_and_failed_episodes_are_summed_up() -> None:
    prepared = await SMALL.prepare(tools_of())
    every = SMALL.keys()
    keys = [key for key in every if key.task.endswith("@3")]
    held = [await SMALL.episode(key, prepared, tools_of()) for key in keys]
    assert SMALL.summarise([]).figures == {}
    part = [e for e in held if e.key.arm != "ours" or int(e.key.user) < 5]
    (random,) = [r for r in SMALL.summarise(part).rows if r["arm"] == "random"]
    assert (random["n"], random["not_held"]) == (5, 0)
    failed = SMALL.failed(keys[-1], "the model is gone")
    assert (failed.stop, failed.measures["alignment"]) == ("error", 0.0)
    rows = SMALL.summarise([*held[:-1], failed]).rows
    (ours,) = [r for r in rows if r["arm"] == "ours" and r["setting"] == ""]
    whole = [r for r in SMALL.summarise(held).rows if r["arm"] == "ours" and r["setting"] == ""]
    assert (ours["n"], ours["not_held"]) == (8, 1)
    assert float(str(ours["alignment"])) < float(str(whole[0]["alignment"]))


def test_keys_name_the_budget_and_the_setting_in_the_task() -> None:
    track = PrefDiscoTrack(users=8, model="fake/function", model_users=3)
    keys = track.keys()
    assert EpisodeKey("prefdisco", "ours", "1", "dish@3") in keys
    assert EpisodeKey("prefdisco", "ours", "1", "dish@5: no slips") in keys
    chosen = [key for key in keys if key.arm == "fake/function chooses"]
    assert [(key.user, key.task) for key in chosen] == [
        ("0", "trip@5"),
        ("1", "dish@5"),
        ("2", "learn@5"),
    ]
    assert track.config() != PrefDiscoTrack(users=8).config()


def test_arms_and_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="'guess'"):
        PrefDiscoTrack(arms=("guess",))
    with pytest.raises(InputError, match="users is 3"):
        PrefDiscoTrack(users=3)


def first_allowed(prompts: list[str]) -> FunctionChatModel:
    def first(messages: Any, schema: Any) -> str:
        prompts.append(messages[-1].content)
        allowed = schema.model_json_schema()["properties"]["ask_about"]["enum"]
        return json.dumps({"ask_about": "what matters most" if len(prompts) == 1 else allowed[0]})

    return FunctionChatModel(fn=first)


async def test_a_chat_model_may_choose(people: list[Person]) -> None:
    prompts: list[str] = []
    arm = ModelChooses(first_allowed(prompts), "it chooses")
    person = replace(people[0], skips=np.zeros(8, dtype=bool), volunteered=None, patient=True)
    found = await hold_course(arm, person, prior(person), budget=3)
    assert [each.question for each in found.history] == [
        OPEN,
        person.task.aspects[0].key,
        person.task.aspects[1].key,
    ]
    assert found.failures == {}
    assert person.task.request in prompts[0]
    assert "what matters most: " in prompts[1]


async def test_an_answer_that_names_no_question_ends_them_and_is_counted(
    people: list[Person],
) -> None:
    arm = ModelChooses(FunctionChatModel(fn=lambda _messages, _schema: "I cannot say."), "it")
    found = await hold_course(arm, people[0], prior(people[0]), budget=3)
    assert (found.questions, found.stop, found.failures) == (0, "arm", {"parse": 1})


async def test_a_model_that_does_not_answer_fails_the_episode_and_a_budget_ends_the_run() -> None:
    chat = ScriptedChatModel([ChatTimeoutError("slow")] * 3)
    track = PrefDiscoTrack(
        users=8, population=40, sensitivity=False, model=chat.name, arms=("never ask",)
    )
    every = track.keys()
    (key,) = [k for k in every if k.arm == track.chooses and k.user == "0"]
    tools = tools_of(chat)
    prepared = await track.prepare(tools)
    failed = await hold(track, key, prepared, tools, retries=2)
    assert (failed.stop, failed.attempts, failed.failures) == ("error", 3, {"timeout": 3})
    spent = tools_of(chat, budget=Budget(tokens=1, spent_tokens=2))
    with pytest.raises(BudgetExceededError):
        await track.episode(key, prepared, spent)


def test_the_model_s_rows_stand_beside_ours_on_the_same_people() -> None:
    prompts: list[str] = []
    chat = first_allowed(prompts)
    track = PrefDiscoTrack(
        users=8, population=160, sensitivity=False, model=chat.name, model_users=3, seed=5
    )
    found = track.summarise(asyncio.run(hold_all(track, tools_of(chat))))
    rows = [row for row in found.rows if row["setting"] == "the first 3 people"]
    assert [(r["arm"], r["questions_allowed"], r["n"]) for r in rows] == [
        (arm, after, 3) for after in (3, 5) for arm in ("fake/function chooses", "random", "ours")
    ]
    assert rows[0]["llm_calls"] == len(prompts)
    assert rows[0]["llm_failures"] == 0
    assert "llm_calls" not in rows[1]


def test_what_the_figures_need_can_be_read_back(people: list[Person]) -> None:
    failed = PrefDiscoTrack().failed(EpisodeKey("prefdisco", "ours", "7", "trip@3"), "gone")
    back = taken(episode_from_json(episode_to_json(failed)), "trip")
    assert (back.user, back.alignments, back.worse(3)) == (7, [0.0] * 4, True)
    assert isinstance(failed, Episode)
