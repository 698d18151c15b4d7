"""One person, one task, one arm: questions until one of them stops, or none is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from ...policies.elicit.beliefs import Belief
from ..runner.episodes import Disclosure
from ..users.gate import Asked, Gate
from .arms import Arm, Chosen, Situation
from .people import Person

__all__ = ["Course", "hold_course"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happened.

    Attributes:
        person: Whose it is.
        alignments: PrefAlign of the reply after 0, 1, 2, … questions, as many as were allowed; a
            course that ended early keeps its last.
        generic: PrefAlign of the reply that suits people at large.
        history: What was asked and said.
        chosen: What the arm chose each time, the last of which may be to answer.
        disclosures: What the person let be known, and how.
        reply: The value of each aspect in the last reply.
        stop: Why no more was asked: "arm", "patience" or "budget".
        failures: What went wrong in choosing, by kind.
    """

    person: Person
    alignments: tuple[float, ...]
    generic: float
    history: tuple[Asked, ...]
    chosen: tuple[Chosen, ...]
    disclosures: tuple[Disclosure, ...]
    reply: Mapping[str, str]
    stop: str
    failures: Mapping[str, int] = field(default_factory=dict)

    @property
    def questions(self) -> int:
        """How many questions were put; what was said with the request answers none."""
        unasked = any(each.turn == 0 for each in self.disclosures)
        return len(self.history) - unasked


async def hold_course(arm: Arm, person: Person, prior: Belief, *, budget: int) -> Course:
    """Asks one person.

    Args:
        arm: Chooses the questions.
        person: Who answers.
        prior: What is believed of a stranger who brings this task.
        budget: The most questions.

    Raises:
        ModelError: The arm has a chat model, which did not answer.
    """
    gate, belief = Gate(person), prior
    history: list[Asked] = []
    said = gate.request()
    if said is not None:
        # Who says something unasked shows besides that it matters.
        belief = learn(belief.named([said.question]), said)
        history.append(said)
    alignments = [_alignment(person, belief)]
    chosen: list[Chosen] = []
    failures: Counter[str] = Counter()
    stop = "budget"
    for asked in range(budget):
        choice = await arm.choose(
            Situation(person=person, belief=belief, history=history, left=budget - asked)
        )
        chosen.append(choice)
        failures.update(choice.failures)
        if choice.question is None:
            stop = "arm"
            break
        answer = gate.ask(choice.question)
        if answer.response == "stopped":
            stop = "patience"
            break
        history.append(answer)
        belief = learn(belief, answer)
        alignments.append(_alignment(person, belief))
    alignments += [alignments[-1]] * (budget + 1 - len(alignments))
    return Course(
        person=person,
        alignments=tuple(alignments),
        generic=person.alignment(_places(person, prior)),
        history=tuple(history),
        chosen=tuple(chosen),
        disclosures=tuple(gate.log),
        reply=belief.best(),
        stop=stop,
        failures=dict(failures),
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
