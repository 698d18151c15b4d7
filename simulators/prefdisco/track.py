"""The prefdisco track: every arm on the same people, and how it depends on the recipe.

After "Personalized Reasoning: Just-In-Time Personalization and Why LLMs Fail At It" (PREFDISCO,
arXiv 2510.00177): a stranger brings a request with more than twenty aspects of which few matter to
them; what is asked decides how well the reply fits, `PrefAlign = sum_j w_j g_j / sum_j w_j`. Theirs
has personas and judges played by large models on problems to explain; here people are drawn by
`people.py`, answer through the gate, and the reply is the value chosen for each aspect, so that
nothing has to be judged. Numbers compare within a run and not with the paper's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ..runner.episodes import Episode, EpisodeKey, Json
from ..runner.tracks import Summary
from .arms import Arm
from .chosen import ModelChooses
from .episodes import Course, hold_course
from .people import Recipe
from .records import course_episode, failed_episode, taken
from .setups import (
    AFTER,
    COSTS,
    EVERY,
    FLOOR,
    NEVER,
    SENSITIVITY_USERS,
    SETTINGS,
    SETTINGS_ARMS,
    Setup,
    arms_of,
    costing,
    course_without_questions,
    prepare_setup,
)
from .summary import summarise
from .tasks import load_tasks

if TYPE_CHECKING:
    from ..runner.tools import Tools

__all__ = ["PrefDiscoTrack"]

_MOST = max(AFTER)


class _Task(NamedTuple):
    """What `EpisodeKey.task` tells: "trip@3", or "trip@3: no slips"."""

    name: str
    budget: int
    setting: str

    @classmethod
    def of(cls, task: str) -> _Task:
        told, _, setting = task.partition(": ")
        name, _, budget = told.rpartition("@")
        return cls(name, int(budget), setting)

    def __str__(self) -> str:
        return f"{self.name}@{self.budget}" + (f": {self.setting}" if self.setting else "")


class _Setups:
    """What a worker shares: worlds drawn and fitted when the first episode in one is held."""

    def __init__(self, track: PrefDiscoTrack) -> None:
        self._track = track
        self._known: dict[str, Setup] = {}

    def of(self, setting: str) -> Setup:
        """The world of a setting."""
        if setting not in self._known:
            recipe = SETTINGS[setting] if setting else Recipe()
            self._known[setting] = prepare_setup(
                recipe,
                seed=self._track.seed,
                users=self._track._count(setting),
                population=self._track.population,
            )
        return self._known[setting]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefDiscoTrack:
    """How well a stranger is served after a few questions.

    An episode is one arm's questions to one person, with a budget of 1, 3 or 5 of them: an arm that
    plans ahead asks otherwise when more are left. The budget is part of the task ("trip@3"), so
    that arms are paired on the same people with the same budget, and so is what differs from the
    default recipe ("trip@3: no slips").

    Attributes:
        users: How many people are tested, at least 8.
        seed: Of the world, the people, every draw and interval.
        sensitivity: Hold the settings that differ from the default recipe, too.
        model: Name of the chat model of the run, if one chooses questions in an arm of its own.
        model_users: On how many of the people it does.
        population: How many other people arms may learn from, at least 40; none of them is tested.
        arms: Which arms to hold; all by default. Where some are named, no settings are varied.
    """

    users: int = 400
    seed: int = 0
    sensitivity: bool = True
    model: str | None = None
    model_users: int = 24
    population: int = 2400
    arms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.users < 8 or self.model_users < 1 or self.population < 40:
            raise InputError(
                f"users is {self.users!r}, model_users {self.model_users!r} and population "
                f"{self.population!r}; give at least 8, 1 and 40"
            )
        unknown = [each for each in self.arms if each not in EVERY]
        if unknown:
            raise InputError(f"unknown arms {unknown!r}; arms are {', '.join(map(repr, EVERY))}")

    @property
    def name(self) -> str:
        """See `Track`."""
        return "prefdisco"

    @property
    def baseline(self) -> str:
        """See `Track`."""
        return NEVER

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track`."""
        return {"alignment": True, "worse_than_generic": False}

    @property
    def chooses(self) -> str | None:
        """The arm in which the chat model chooses, if there is one."""
        return None if self.model is None else f"{self.model} chooses"

    def config(self) -> Mapping[str, Json]:
        """See `Track`."""
        tasks = (files(__package__) / "tasks.toml").read_bytes()
        return {
            "users": self.users,
            "seed": self.seed,
            "population": self.population,
            "recipe": dict(asdict(Recipe())),
            "settings": list(self._settings),
            "arms": list(self._arms),
            "model_users": self.model_users if self.model is not None else 0,
            "tasks": hashlib.sha256(tasks).hexdigest(),
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track`."""
        keys = [
            key
            for arm in self._arms
            for budget in ((_MOST,) if arm in COSTS else AFTER)
            for key in self._of(arm, budget)
        ]
        if self.chooses is not None:
            keys += self._of(self.chooses, _MOST)[: self.model_users]
        for setting in self._settings:
            keys += [
                key
                for arm in SETTINGS_ARMS
                for budget in (3, 5)
                for key in self._of(arm, budget, setting)
            ]
        return keys

    async def prepare(self, tools: Tools) -> _Setups:
        """Draws the people of a setting, and fits what the population tells, when first needed."""
        return _Setups(self)

    async def episode(self, key: EpisodeKey, prepared: _Setups, tools: Tools) -> Episode:
        """See `Track`."""
        task = _Task.of(key.task)
        setup = prepared.of(task.setting)
        course = await self._course(key.arm, setup, int(key.user), task.budget, tools)
        return await course_episode(key, course, tools)

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track`: no reply, which serves nobody."""
        return failed_episode(key, _Task.of(key.task).budget, error)

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track`."""
        found: dict[str, dict[tuple[str, int], list[Episode]]] = {}
        for each in episodes:
            task = _Task.of(each.key.task)
            part = found.setdefault(task.setting, {})
            part.setdefault((each.key.arm, task.budget), []).append(each)
        return summarise(
            {
                setting: {
                    place: [taken(each, _Task.of(each.key.task).name) for each in some]
                    for place, some in part.items()
                }
                for setting, part in found.items()
            },
            chooses=self.chooses,
            model_users=self.model_users,
            seed=self.seed,
        )

    async def _course(
        self, name: str, setup: Setup, user: int, budget: int, tools: Tools
    ) -> Course:
        person = setup.people[user]
        prior = setup.priors[person.task.name]
        if name in FLOOR:
            return course_without_questions(name, person, prior, budget=budget)
        arm: Arm
        if name == self.chooses:
            arm = ModelChooses(tools.chat, name)
        elif name in COSTS:
            arm = costing(name)
        else:
            arm = arms_of(setup, seed=self.seed)[name]
        return await hold_course(arm, person, prior, budget=budget)

    def _of(self, arm: str, budget: int, setting: str = "") -> list[EpisodeKey]:
        tasks = load_tasks(0.5)
        return [
            EpisodeKey(
                self.name,
                arm,
                str(user),
                str(_Task(tasks[user % len(tasks)].name, budget, setting)),
            )
            for user in range(self._count(setting))
        ]

    def _count(self, setting: str) -> int:
        return SENSITIVITY_USERS if setting else self.users

    @property
    def _arms(self) -> tuple[str, ...]:
        return tuple(each for each in EVERY if not self.arms or each in self.arms)

    @property
    def _settings(self) -> tuple[str, ...]:
        return tuple(SETTINGS) if self.sensitivity and not self.arms else ()
