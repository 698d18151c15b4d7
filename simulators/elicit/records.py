"""Courses of questions as episodes, and episodes of an arm as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..runner.episodes import Costs, Episode, EpisodeKey, Json
from .arms import ARMS, WORDS, Asked
from .episodes import MEASURES, Course
from .world import World

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["FLOORS", "Taken", "course_episode", "shown", "taken"]

FLOORS: Mapping[str, float] = {
    "accuracy": 0.0,
    "fresh_accuracy": 0.0,
    "regret": 1.0,
    "regret_over_average": 1.0,
}
"""What counts for an episode that could not be held; logits have no floor."""

_SHOWN = (("accuracy", 5), ("accuracy", 12), ("regret", 1), ("regret", 5))
_NAMES = {"accuracy": "pair_accuracy", "regret": "regret"}


def shown(series: Mapping[str, Sequence[float]]) -> dict[str, float | None]:
    """The measures of an episode: `pair_accuracy_q5`, …, as far as questions went."""
    return {
        f"{_NAMES[measure]}_q{after}": (
            series[measure][after] if after < len(series[measure]) else None
        )
        for measure, after in _SHOWN
    }


def course_episode(key: EpisodeKey, course: Course, world: World, person: int) -> Episode:
    """A course as an episode.

    Series hold each of `Measures` and, for arms that know, `nats` by question. `detail` holds the
    person's respondent and `milliseconds` by question: wall-clock time, another on every run.

    Args:
        key: Names the episode.
        course: What came of it.
        world: The people.
        person: Which of them.
    """
    series = {name: [getattr(each, name) for each in course.known] for name in MEASURES}
    if all(map(math.isfinite, course.nats)):
        series["nats"] = list(course.nats)
    options = sum(len(each.rows) for each in course.asked)
    return Episode(
        key=key,
        measures=shown(series),
        series=series,
        decisions=[
            _decision(world.attributes, asked, said)
            for asked, said in zip(course.asked, course.answers, strict=True)
        ],
        stop="budget" if course.asked else "silent",
        costs=Costs(
            questions=len(course.asked),
            turns=len(course.asked),
            words_read=round(WORDS * options),
        ),
        profile=dict(zip(world.attributes, world.tastes[person].tolist(), strict=True)),
        detail={
            "respondent": int(world.respondents[person]),
            "milliseconds": list(course.milliseconds),
        },
    )


def _decision(attributes: Sequence[str], asked: Asked, said: float) -> dict[str, Json]:
    """A question with its numbers, as far as the arm reckons them."""
    found: dict[str, Json] = {"options": [_worded(attributes, row) for row in asked.rows.tolist()]}
    if asked.noise is None:
        found["picked"] = int(said)
    else:
        found |= {"rated": said, "noise": asked.noise}
    for name in ("value", "information", "sure", "at_stake", "unclear"):
        number = getattr(asked, name)
        if number is not None:
            found[name] = number
    return found


def _worded(attributes: Sequence[str], row: Sequence[float]) -> str:
    """What an option is described by, but for zeros."""
    parts = [f"{name} {value:g}" for name, value in zip(attributes, row, strict=True) if value]
    return ", ".join(parts) or "nothing of all this"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Taken:
    """One arm's episodes, by person.

    Attributes:
        people: Who, as numbers in rising order, shape `(u,)`.
        respondents: What belongs together, shape `(u,)`.
        measures: By name, shape `(u, questions + 1)`; not a number where there is none.
        nats: How much less unsure each answer left the arm, shape `(u, questions)`.
        milliseconds: To choose each question and take up its answer, shape `(u, questions)`.
        decisions: Each person's.
        failed: How many episodes could not be held; they count with `FLOORS`.
    """

    people: Ints
    respondents: Ints
    measures: Mapping[str, Floats]
    nats: Floats
    milliseconds: Floats
    decisions: Sequence[Sequence[Mapping[str, Json]]]
    failed: int

    @property
    def questions(self) -> int:
        """How many everybody was asked."""
        return int(self.nats.shape[1])

    def some(self, chosen: Ints, questions: int) -> Taken:
        """Some of the people, by their places, and the first questions to them."""
        return Taken(
            people=self.people[chosen],
            respondents=self.respondents[chosen],
            measures={name: each[chosen, : questions + 1] for name, each in self.measures.items()},
            nats=self.nats[chosen, :questions],
            milliseconds=self.milliseconds[chosen, :questions],
            decisions=[self.decisions[place][:questions] for place in chosen.tolist()],
            failed=self.failed,
        )

    def options(self, after: int) -> float:
        """How many options a question has on average: what there is to read."""
        seen = [len(_options(each)) for person in self.decisions for each in person[:after]]
        return sum(seen) / len(seen) if seen else float("nan")


def _options(decision: Mapping[str, Json]) -> Sequence[Json]:
    found = decision["options"]
    assert isinstance(found, Sequence), "a question has options"
    return found


def taken(episodes: Iterable[Episode]) -> dict[str, Taken]:
    """Episodes of questions, in any order, by arm in the order of `ARMS`."""
    arms: dict[str, dict[int, Episode]] = {name: {} for name in ARMS}
    respondents: dict[int, int] = {}
    for each in episodes:
        person = int(each.key.user)
        arms.setdefault(each.key.arm, {})[person] = each
        respondent = each.detail.get("respondent")
        if isinstance(respondent, int):
            respondents[person] = respondent
    return {arm: _taken(some, respondents) for arm, some in arms.items() if some}


def _taken(episodes: Mapping[int, Episode], respondents: Mapping[int, int]) -> Taken:
    import numpy as np

    people = sorted(episodes)
    ordered = [episodes[person] for person in people]
    questions = max((len(each.series["accuracy"]) for each in ordered), default=1) - 1
    return Taken(
        people=np.array(people, dtype=np.int64),
        # Of whom nothing is known but that they failed stands alone.
        respondents=np.array([respondents.get(each, -1 - each) for each in people]),
        measures={name: _array(ordered, name, questions + 1) for name in MEASURES},
        nats=_array(ordered, "nats", questions),
        milliseconds=_timed(ordered, questions),
        decisions=[each.decisions for each in ordered],
        failed=sum(each.error is not None for each in ordered),
    )


def _array(episodes: Sequence[Episode], name: str, width: int) -> Floats:
    import numpy as np

    made = np.full((len(episodes), width), np.nan)
    for row, each in zip(made, episodes, strict=True):
        values = each.series.get(name, ())
        row[: len(values)] = values
    return made


def _timed(episodes: Sequence[Episode], width: int) -> Floats:
    import numpy as np

    made = np.full((len(episodes), width), np.nan)
    for row, each in zip(made, episodes, strict=True):
        values = each.detail.get("milliseconds", ())
        assert isinstance(values, Sequence), "times are a list"
        row[: len(values)] = values
    return made
