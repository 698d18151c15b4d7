"""The elicitation track: every arm on the same people, real answers replayed, and what stops it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.elicit.gaussian import Gaussian
from ...policies.elicit.stopping import StopRule
from ..datasets import Choices, data_hash, load_choices
from ..datasets.sources import missing
from ..runner.episodes import Costs, Episode, EpisodeKey, Json
from ..runner.tracks import Summary
from ..tasks.catalogues import Catalogue, load_catalogue
from .adaptive import Asker
from .arms import ARMS, EIG, LEARN, RANDOM, Arm, arms
from .episodes import QUESTIONS, Bayesian, Learner, hold
from .peers import BoTorchLearner, botorch_version
from .records import FLOORS, course_episode, shown, taken
from .replay import SHOTS, Replay, replayable
from .shelves import catalogue_hash, catalogue_world
from .summary import (
    ALONE,
    BOTORCH,
    Found,
    adaptive_found,
    asked_found,
    mean_figures,
    peers_found,
    replay_found,
    stops_found,
)
from .world import World, make_world

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..runner.tools import Tools

    Floats = NDArray[np.float64]

__all__ = ["BANK", "ElicitTrack"]

BANK = "bank"
_PEER_QUESTIONS = 5
_CATALOGUE = " (catalogue)"
_ALIKE = ": same profiles for all"
_REPLAY = ": replay"
_BESIDE = ": side by side"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElicitTrack:
    """Which question to ask next.

    Files are those of `bank`, with people drawn from their respondents' posteriors, and catalogues,
    with people of tastes drawn for them (see `shelves`). An episode is one arm's questions to one
    simulated person about one file's items. The task is the file; with ": same profiles for all"
    the person is asked the same as everybody until their answers differ, with ": replay" real
    answers of a respondent are asked for again, and with ": side by side" BoTorch asks the first
    people.

    No language takes part: what a person answers is a noisy choice by weights over attributes, so
    that there is nothing to volunteer or leak and episodes have no disclosures. Transcripts are
    empty: decisions hold every question with its options, the answer and the numbers behind it.

    Attributes:
        data: A directory with the folder `bank`; None for catalogues alone.
        catalogues: Names or paths of catalogues to ask about too; see `load_catalogue`.
        people: How many to simulate, at least 2; ratios of small regrets need hundreds.
        peers: How many of them BoTorch asks too, five questions each, if it is installed: it takes
            a second and more for each.
        questions: To each person, at least 1.
        arms: Which of `ARMS` ask; all by default. Where some are named, nothing else is held: no
            replay, no same profiles, no BoTorch.
        seed: Of every split, draw and interval.
    """

    data: Path | None
    catalogues: tuple[str, ...] = ()
    people: int = 450
    peers: int = 8
    questions: int = QUESTIONS
    arms: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if self.people < 2 or self.peers < 0 or self.questions < 1:
            raise InputError(
                f"people is {self.people!r}, peers {self.peers!r} and questions "
                f"{self.questions!r}; simulate at least 2 people and ask at least 1 question"
            )
        if self.data is None and not self.catalogues:
            raise InputError("there is nothing to ask about; give a data directory or a catalogue")
        unknown = [each for each in self.arms if each not in ARMS]
        if unknown:
            raise InputError(f"unknown arms {unknown!r}; arms are {', '.join(map(repr, ARMS))}")

    @property
    def name(self) -> str:
        """See `Track`."""
        return "elicit"

    @property
    def baseline(self) -> str:
        """See `Track`."""
        return RANDOM

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track`."""
        return {
            "pair_accuracy_q5": True,
            "regret_q5": False,
            "pair_accuracy_q12": True,
            "regret_q1": False,
            "nll_q3": False,
        }

    def config(self) -> Mapping[str, Json]:
        """See `Track`."""
        return {
            "data": None if self.data is None else data_hash(self.data / BANK),
            "catalogues": {each.name: catalogue_hash(each) for each in self._catalogues()},
            "people": self.people,
            "peers": self.peers,
            "questions": self.questions,
            "arms": list(self._arms),
            "extras": not self.arms,
            "botorch": botorch_version() if self._beside else None,
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track`."""
        keys: list[EpisodeKey] = []
        for table in self._tables():
            keys += [self._key(arm, who, table.name) for arm in self._arms for who in self._who]
            if self.arms:
                continue
            keys += [self._key(LEARN, who, table.name + _ALIKE) for who in self._who]
            keys += [
                self._key(arm, table.people[place], table.name + _REPLAY)
                for arm in (RANDOM, EIG)
                for place in replayable(table)
            ]
            if self._beside:
                keys += [
                    self._key(arm, who, table.name + _BESIDE)
                    for arm in (ALONE, *BOTORCH)
                    for who in self._who[: self.peers]
                ]
        for shelf in self._catalogues():
            file = shelf.name + _CATALOGUE
            keys += [self._key(arm, who, file) for arm in self._arms for who in self._who]
            if not self.arms:
                keys += [self._key(LEARN, who, file + _ALIKE) for who in self._who]
        return keys

    async def prepare(self, tools: Tools) -> Mapping[str, _File]:
        """Draws people for every file, and fits the prior to respondents they do not stem from."""
        people, seed = self.people, self.seed
        files = [
            _File(make_world(table, people=people, seed=seed), self, table)
            for table in self._tables()
        ]
        for shelf in self._catalogues():
            name = shelf.name + _CATALOGUE
            files.append(_File(catalogue_world(shelf, name=name, people=people, seed=seed), self))
        return {file.world.name: file for file in files}

    async def episode(
        self, key: EpisodeKey, prepared: Mapping[str, _File], tools: Tools
    ) -> Episode:
        """See `Track`."""
        name, colon, kind = key.task.rpartition(": ")
        if colon + kind == _ALIKE:
            return _alike(key, prepared[name])
        if colon + kind == _REPLAY:
            return _replayed(key, prepared[name])
        if colon + kind == _BESIDE:
            return _beside(key, prepared[name], seed=self.seed)
        file, person = prepared[key.task], int(key.user)
        meet = file.meets(key.arm)
        course = hold(file.world, person, meet, seed=self.seed, questions=self.questions)
        return course_episode(key, course, file.world, person)

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track`: no pair ordered rightly, the worst item offered, a coin's loss."""
        if key.task.endswith(_ALIKE):
            return Episode(key=key, measures={}, stop="error", error=error)
        series: dict[str, list[float]]
        if key.task.endswith(_REPLAY):
            series = {"answers": [0.0, *SHOTS], "nll": [math.log(2.0)] * (1 + len(SHOTS))}
            measures: Mapping[str, float | None] = {"nll_q3": math.log(2.0)}
        else:
            asked = _PEER_QUESTIONS if key.task.endswith(_BESIDE) else self.questions
            series = {name: [floor] * (1 + asked) for name, floor in FLOORS.items()}
            measures = shown(series)
        return Episode(key=key, measures=measures, series=series, stop="error", error=error)

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track`."""
        tasks: dict[str, list[Episode]] = {}
        for each in episodes:
            tasks.setdefault(each.key.task, []).append(each)
        extras = (_ALIKE, _REPLAY, _BESIDE)
        files = {task.rpartition(": ")[0] if task.endswith(extras) else task for task in tasks}
        # Catalogues come last and have figures of their own.
        ordered = sorted(files, key=lambda file: (file.endswith(_CATALOGUE), file))
        found = {file: self._found(file, tasks) for file in ordered}
        shelves = mean_figures(f.figures for n, f in found.items() if n.endswith(_CATALOGUE))
        return Summary(
            figures=mean_figures(
                each.figures for name, each in found.items() if not name.endswith(_CATALOGUE)
            )
            | {f"catalogues_{name}": value for name, value in shelves.items()},
            rows=[row for each in found.values() for row in each.rows],
            notes=(
                "Simulated people answer as the model assumes, so that gains on them are "
                "optimistic; the replay is of real people's answers.",
            ),
        )

    def _found(self, file: str, tasks: Mapping[str, Sequence[Episode]]) -> Found:
        asked = taken(tasks.get(file, ()))
        parts = [asked_found(file, asked, seed=self.seed)]
        if not self.arms:
            parts.append(adaptive_found(file, tasks.get(file + _ALIKE, ())))
        if not self.arms and not file.endswith(_CATALOGUE):
            parts.append(replay_found(file, tasks.get(file + _REPLAY, ()), seed=self.seed))
            beside = tasks.get(file + _BESIDE, ())
            parts.append(
                peers_found(file, asked, beside, seed=self.seed)
                if beside
                else Found({}, [{"file": file, "what": "side by side", "not run": self._alone()}])
            )
        parts.append(stops_found(file, asked, rule=StopRule()))
        figures = {name: value for part in parts for name, value in part.figures.items()}
        return Found(figures, [row for part in parts for row in part.rows])

    def _alone(self) -> str:
        why = "no people were set aside for it" if not self.peers else "botorch is not installed"
        return f"{why}; install penchant[botorch] and leave --peers above 0"

    @property
    def _arms(self) -> tuple[str, ...]:
        return tuple(each for each in ARMS if each in self.arms) if self.arms else ARMS

    @property
    def _who(self) -> Sequence[str]:
        return [str(person) for person in range(self.people)]

    @property
    def _beside(self) -> bool:
        return bool(self.peers) and not self.arms and botorch_version() is not None

    def _key(self, arm: str, user: str, task: str) -> EpisodeKey:
        return EpisodeKey(self.name, arm, user, task)

    def _catalogues(self) -> Sequence[Catalogue]:
        found = [load_catalogue(each) for each in self.catalogues]
        names = [each.name for each in found]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(f"several catalogues are called {twice!r}; rename all but one")
        return found

    def _tables(self) -> Sequence[Choices]:
        if self.data is None:
            return ()
        tables = load_choices(self.data / BANK)
        if not tables:
            raise missing(self.data, "bank")
        return tables


class _File:
    """What all episodes on a file share."""

    def __init__(self, world: World, track: ElicitTrack, choices: Choices | None = None) -> None:
        self.world = world
        self.asker = Asker(world, seed=track.seed)
        self._arms = arms(
            world.factors, rule=StopRule(), seed=track.seed, questions=track.questions
        )
        self._choices = choices
        self._seed = track.seed

    @cached_property
    def choices(self) -> Choices:
        """The real answers behind it."""
        assert self._choices is not None, "only files of answers have respondents"
        return self._choices

    @cached_property
    def replay(self) -> Replay:
        """Replays them."""
        return Replay(self.choices, seed=self._seed)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each respondent is."""
        return {person: place for place, person in enumerate(self.choices.people)}

    def meets(self, arm: str, prior: Gaussian | None = None) -> Callable[[Floats, Floats], Learner]:
        """What asks somebody, from this prior or the population's."""
        return partial(_met, self.world.prior if prior is None else prior, self._arms[arm])


def _met(prior: Gaussian, arm: Arm | None, items: Floats, fresh: Floats) -> Learner:
    return Bayesian(prior, arm, items)


def _alike(key: EpisodeKey, file: _File) -> Episode:
    person = int(key.user)
    history = file.asker.ask(person)
    return Episode(
        key=key,
        measures={},
        decisions=[{"question": question, "picked": picked} for question, picked in history],
        stop="budget",
        costs=Costs(questions=len(history), turns=len(history)),
        profile=dict(zip(file.world.attributes, file.world.tastes[person].tolist(), strict=True)),
    )


def _replayed(key: EpisodeKey, file: _File) -> Episode:
    losses = file.replay.losses(file.places[key.user])
    by_answers = losses.informed if key.arm == EIG else losses.shuffled
    return Episode(
        key=key,
        measures={"nll_q3": by_answers[3]},
        series={"answers": list(map(float, by_answers)), "nll": list(by_answers.values())},
        stop="budget",
        costs=Costs(questions=SHOTS[-1], turns=SHOTS[-1]),
        detail={"respondent": file.places[key.user]},
    )


def _beside(key: EpisodeKey, file: _File, *, seed: int) -> Episode:
    import numpy as np

    person = int(key.user)
    meet: Callable[[Floats, Floats], Learner]
    if key.arm == ALONE:
        width = len(file.world.prior.mean)
        meet = file.meets(EIG, Gaussian.of(np.zeros(width), 4.0 * np.eye(width)))
    else:
        kind = key.arm.removeprefix("BoTorch ")
        meet = partial(BoTorchLearner, "EUBO" if kind == "EUBO" else "BALD", seed=seed)
    course = hold(file.world, person, meet, seed=seed, questions=_PEER_QUESTIONS)
    return course_episode(key, course, file.world, person)
