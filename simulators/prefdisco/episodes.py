"""One person, one task, one arm: questions until one of them stops, or none is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from ...policies.elicit.beliefs import Belief
from .arms import Arm, Situation
from .gate import Asked, Disclosure, Gate
from .people import Person

__all__ = ["Episode", "run_episode"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """What happened.

    Attributes:
        person: Whose it is.
        arm: Who asked.
        alignments: PrefAlign of the reply after 0, 1, 2, … questions, as many as were allowed; an
            episode that ended early keeps its last.
        generic: PrefAlign of the reply that suits people at large.
        history: What was asked and said.
        disclosures: What the person let be known, and how.
        stop: Why no more was asked: "arm", "patience" or "budget".
    """

    person: Person
    arm: str
    alignments: tuple[float, ...]
    generic: float
    history: tuple[Asked, ...]
    disclosures: tuple[Disclosure, ...]
    stop: str

    @property
    def questions(self) -> int:
        """How many questions were put; what was said with the request answers none."""
        unasked = any(each.turn == 0 for each in self.disclosures)
        return len(self.history) - unasked


def run_episode(arm: Arm, person: Person, prior: Belief, *, budget: int) -> Episode:
    """Runs an episode.

    Args:
        arm: Chooses the questions.
        person: Who answers.
        prior: What is believed of a stranger who brings this task.
        budget: The most questions.
    """
    gate, belief = Gate(person), prior
    history: list[Asked] = []
    said = gate.request()
    if said is not None:
        # Who says something unasked shows besides that it matters.
        belief = learn(belief.named([said.question]), said)
        history.append(said)
    alignments = [_alignment(person, belief)]
    stop = "budget"
    for asked in range(budget):
        question = arm.choose(
            Situation(person=person, belief=belief, history=history, left=budget - asked)
        )
        if question is None:
            stop = "arm"
            break
        answer = gate.ask(question)
        if answer.response == "stopped":
            stop = "patience"
            break
        history.append(answer)
        belief = learn(belief, answer)
        alignments.append(_alignment(person, belief))
    alignments += [alignments[-1]] * (budget + 1 - len(alignments))
    return Episode(
        person=person,
        arm=arm.name,
        alignments=tuple(alignments),
        generic=person.alignment(_places(person, prior)),
        history=tuple(history),
        disclosures=tuple(gate.log),
        stop=stop,
    )


def learn(belief: Belief, answer: Asked) -> Belief:
    """The belief after an answer."""
    match answer.response:
        case "value":
            assert answer.value is not None, "a value was said"
            return belief.told(answer.question, answer.value)
        case "indifferent":
            return belief.indifferent(answer.question)
        case "named":
            return belief.named(answer.names)
        case "skipped" | "stopped":
            return belief
        case _:
            assert_never(answer.response)


def _alignment(person: Person, belief: Belief) -> float:
    return person.alignment(_places(person, belief))


def _places(person: Person, belief: Belief) -> Sequence[int]:
    best = belief.best()
    return [aspect.values.index(best[aspect.key]) for aspect in person.task.aspects]
