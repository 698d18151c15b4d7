"""Courses as episodes of a run, and what the figures need of an episode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...policies.types import Aspect
from ..runner.episodes import Costs, Disclosure, Episode, EpisodeKey, Json, Line
from ..runner.seeds import derive
from ..users.gate import OPEN, Asked
from ..users.wording import Point, Release, TemplateWording
from .episodes import Course
from .people import Person

if TYPE_CHECKING:
    from ..runner.tools import Tools

__all__ = ["Taken", "course_episode", "failed_episode", "taken"]

_SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the figures need of an episode.

    Attributes:
        user: Whose it is.
        arm: Who asked.
        task: What they brought.
        chatty: How they talk; None if the episode could not be held.
        alignments: PrefAlign of the reply after 0, 1, 2, … questions, as many as were allowed.
        generic: PrefAlign of the reply that suits people at large; None if it could not be held.
        history: What was asked and said, what was said with the request first.
        disclosures: What was let be known.
        questions: How many questions were put.
        stop: Why no more was asked.
        costs: What it took.
        failures: What went wrong, by kind.
    """

    user: int
    arm: str
    task: str
    chatty: bool | None
    alignments: Sequence[float]
    generic: float | None
    history: Sequence[Asked]
    disclosures: Sequence[Disclosure]
    questions: int
    stop: str
    costs: Costs
    failures: Mapping[str, int]

    @property
    def asked(self) -> Sequence[Asked]:
        """What was asked, without what was said with the request."""
        return self.history[len(self.history) - self.questions :]

    def worse(self, after: int) -> bool:
        """Whether the reply after so many questions serves less well than the generic one."""
        return self.generic is None or self.alignments[after] < self.generic - _SAME


async def course_episode(key: EpisodeKey, course: Course, tools: Tools) -> Episode:
    """A course as an episode, worded by templates.

    The profile is what the person wants of the aspects that matter to them. `detail` holds their
    weights, what the reply settled these aspects on and all their values, the history by keys, how
    the person was drawn, and as `slips` the aspects whose answer is another value than the one
    wanted, which is the stated noise and no contradiction.

    Args:
        key: Names the episode.
        course: What came of it.
        tools: Counts the calls.
    """
    person = course.person
    matters = [
        (place, aspect) for place, aspect in enumerate(person.aspects) if person.weights[place] > 0
    ]
    transcript = await _transcript(key, course)
    generic, last = course.generic, course.alignments[-1]
    detail: dict[str, Json] = {
        "weights": {a.key: round(float(person.weights[place]), 4) for place, a in matters},
        "reply": {a.key: course.reply[a.key] for _, a in matters},
        "values": {a.key: list(a.values) for _, a in matters},
        "gated": True,
        "history": [dict(each._asdict()) for each in course.history],
        "kind": person.kind,
        "chatty": person.chatty,
        "patient": person.patient,
        "slips": [a.key for place, a in matters if _slips(person, place)],
    }
    return Episode(
        key=key,
        measures={
            "alignment": last,
            "generic": generic,
            "worse_than_generic": float(last < generic - _SAME),
        },
        series={"alignment": course.alignments},
        transcript=transcript,
        disclosures=course.disclosures,
        decisions=[
            {"turn": turn, "asks": each.question, "worth": each.worth}
            for turn, each in enumerate(course.chosen, 1)
        ],
        stop=course.stop,
        costs=tools.meter.onto(
            Costs(
                questions=course.questions,
                turns=sum(line.role == "user" for line in transcript),
                words_read=_words(transcript, "assistant"),
                words_written=_words(transcript, "user"),
            )
        ),
        failures=course.failures,
        profile={a.key: a.values[int(person.wanted[place])] for place, a in matters},
        detail=detail,
    )


def failed_episode(key: EpisodeKey, budget: int, error: str) -> Episode:
    """The episode that stands for one that could not be held: no reply, which serves nobody."""
    return Episode(
        key=key,
        measures={"alignment": 0.0, "generic": None, "worse_than_generic": 1.0},
        series={"alignment": [0.0] * (budget + 1)},
        stop="error",
        error=error,
    )


def taken(episode: Episode, task: str) -> Taken:
    """What the figures need of an episode.

    Args:
        episode: As it came out.
        task: What the person brought.
    """
    detail: Mapping[str, Any] = episode.detail
    return Taken(
        user=int(episode.key.user),
        arm=episode.key.arm,
        task=task,
        chatty=detail.get("chatty"),
        alignments=episode.series["alignment"],
        generic=episode.measures["generic"],
        history=[
            Asked(each["question"], each["response"], each["value"], tuple(each["names"]))
            for each in detail.get("history", ())
        ],
        disclosures=episode.disclosures,
        questions=episode.costs.questions,
        stop=episode.stop,
        costs=episode.costs,
        failures=episode.failures,
    )


async def _transcript(key: EpisodeKey, course: Course) -> list[Line]:
    """What was said, in words: the same course has the same words."""
    wording, person = TemplateWording(), course.person
    names = {aspect.key: aspect for aspect in person.aspects}
    talk = "chatty" if person.chatty else "terse"
    asked = course.history[len(course.history) - course.questions :]
    unasked = course.history[: len(course.history) - course.questions]

    async def said(points: Sequence[Asked], turn: int, request: str | None = None) -> Line:
        release = Release(
            points=tuple(_point(each, names) for each in points),
            request=request,
            talk="chatty" if talk == "chatty" else "terse",
        )
        seed = derive(person.number, key.task, turn)
        return Line(role="user", text=(await wording.word(release, seed=seed)).text)

    lines = [await said(unasked, 0, person.task.request)]
    opened = 0
    for turn, each in enumerate(asked, 1):
        lines.append(Line(role="assistant", text=_question(each.question, names, opened)))
        opened += each.question == OPEN
        lines.append(await said([each], turn))
    if course.stop == "patience":
        question = course.chosen[-1].question
        assert question is not None, "patience ends at a question"
        lines.append(Line(role="assistant", text=_question(question, names, opened)))
        lines.append(await said([Asked(question, "stopped")], len(asked) + 1))
    return lines


def _question(question: str, names: Mapping[str, Aspect], opened: int) -> str:
    if question == OPEN:
        return "And what else matters?" if opened else "What matters most to you here?"
    aspect = names[question]
    return f"Which {aspect.name} would you like: {', '.join(aspect.values)}?"


def _point(asked: Asked, names: Mapping[str, Aspect]) -> Point:
    return Point(
        asked.response,
        asked.question,
        name=names[asked.question].name if asked.question in names else "",
        value=asked.value,
        names=tuple(names[key].name for key in asked.names),
    )


def _slips(person: Person, place: int) -> bool:
    return bool(person.answers[place] != person.wanted[place])


def _words(lines: Sequence[Line], role: str) -> int:
    return sum(len(line.text.split()) for line in lines if line.role == role)
