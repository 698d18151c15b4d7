"""What each constant of the stop rule does: how much is asked, and what is left wrong.

Stopping does not change which question comes next, so that one run of questions tells where every
setting would have stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import NamedTuple

from ...policies.elicit.stopping import StopRule
from ..runner.episodes import Json
from .arms import WORDS
from .records import Taken

__all__ = ["SETTINGS", "Stopped", "stop_curves"]


SETTINGS: Mapping[str, Sequence[float]] = {
    "turn": (0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2),
    "read": (0.0, 0.002, 0.005, 0.01, 0.02, 0.04),
    "annoy": (0.0, 0.05, 0.1, 0.2, 0.4, 0.8),
    "hope": (0.0, 0.5, 1.0, 2.0, 4.0, 8.0),
    "sure": (0.0, 0.4, 0.6, 0.8, 0.9, 1.0),
    "cap": (1, 2, 3, 5, 8, 12),
}
"""What each constant is set to, the others staying as they are."""


class Stopped(NamedTuple):
    """Where a setting stops.

    Attributes:
        constant: The one that is varied.
        setting: What it is set to.
        shipped: Whether that is what the rule has anyway.
        questions: Asked before an answer, on average.
        regret: What is left then; see `Measures`.
        accuracy: What is known then; see `Measures`.
        cost: What the questions cost by the rule that is shipped, in logits, on average.
        gain: How much better the offered item is than the one without questions, in logits.
    """

    constant: str
    setting: float
    shipped: bool
    questions: float
    regret: float
    accuracy: float
    cost: float
    gain: float


def stop_curves(course: Taken, rule: StopRule) -> list[Stopped]:
    """Stops a run by every setting.

    Args:
        course: Of an arm that reckons information, value and how sure the best is; everybody was
            asked at least one question.
        rule: What is shipped.
    """
    found = []
    for constant, settings in SETTINGS.items():
        shipped = getattr(rule, constant)
        for setting in sorted({*settings, shipped}):
            value = int(setting) if constant == "cap" else float(setting)
            varied = StopRule(**{**asdict(rule), constant: value})
            found.append(_stopped(course, rule, varied, constant, value, value == shipped))
    return found


def _stopped(  # noqa: PLR0917
    course: Taken, rule: StopRule, varied: StopRule, constant: str, setting: float, shipped: bool
) -> Stopped:
    import numpy as np

    ends = np.array([_end(person, varied) for person in course.decisions])
    everybody = np.arange(len(ends))
    read = WORDS * course.options(1)
    costs = [sum(rule.cost(read=read, asked=turn) for turn in range(end)) for end in ends]
    logits = course.measures["regret_logits"]
    return Stopped(
        constant,
        setting,
        shipped,
        float(ends.mean()),
        float(course.measures["regret"][everybody, ends].mean()),
        float(course.measures["accuracy"][everybody, ends].mean()),
        float(np.mean(costs)),
        float((logits[:, 0] - logits[everybody, ends]).mean()),
    )


def _end(asked: Sequence[Mapping[str, Json]], rule: StopRule) -> int:
    """After how many questions a person would have been answered."""
    for turn, question in enumerate(asked):
        verdict = rule.decide(
            value=_number(question, "value"),
            information=_number(question, "information"),
            sure=_number(question, "sure"),
            at_stake=_number(question, "at_stake"),
            unclear=_number(question, "unclear"),
            cost=rule.cost(read=WORDS * _count(question), asked=turn),
            asked=turn,
        )
        if not verdict.ask:
            return turn
    return len(asked)


def _number(question: Mapping[str, Json], name: str) -> float:
    value = question.get(name, 0.0)
    assert isinstance(value, int | float), "numbers of a question are numbers"
    return value


def _count(question: Mapping[str, Json]) -> int:
    options = question["options"]
    assert isinstance(options, Sequence), "a question has options"
    return len(options)
