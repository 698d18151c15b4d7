"""The gate between a person's hidden wants and whoever asks: it decides what each turn discloses.

A question that names an aspect releases that aspect's value, a vague one gets a vague answer (the
names of aspects that matter, without values), and a question passed over costs patience, as does
each that touches nothing the person cares about. Every disclosure is logged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from ...policies.elicit.answering import INDIFFERENT
from .people import Person

__all__ = ["OPEN", "Asked", "Disclosure", "Gate", "Response"]

OPEN = "matters"
"""The vague question: what matters most here? Asked again: and what else?"""

Response: TypeAlias = Literal["value", "indifferent", "named", "skipped", "stopped"]

_PATIENCE = {True: 10.0, False: 5.0}
_IDLE_COST, _COST, _SKIP_COST = 1.5, 1.0, 2.0


class Disclosure(NamedTuple):
    """Something a person let be known.

    Attributes:
        turn: 0 for the request itself, then the number of the question.
        aspect: Key of the aspect.
        what: "value", that it does not matter ("indifferent"), or that it does ("named").
        how: Asked for, volunteered, or leaked: let out though nobody asked.
    """

    turn: int
    aspect: str
    what: Literal["value", "indifferent", "named"]
    how: Literal["asked", "volunteered", "leaked"]


class Asked(NamedTuple):
    """A question and what came of it.

    Attributes:
        question: Key of an aspect, or `OPEN`.
        response: The kind of response.
        value: The value said, if one was.
        names: Keys of the aspects named, if any were.
    """

    question: str
    response: Response
    value: str | None = None
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Gate:
    """One person in one episode.

    Attributes:
        person: Whose wants are behind it.
        log: Every disclosure so far.
        patience: What is left of it; at 0 the person wants the answer and no more questions.
    """

    person: Person
    log: list[Disclosure] = field(default_factory=list)
    patience: float = 0.0
    _turn: int = 0
    _named: int = 0

    def __post_init__(self) -> None:
        self.patience = _PATIENCE[self.person.patient]

    def request(self) -> Asked | None:
        """What the person says along with the request, if anything."""
        place = self.person.volunteered
        if place is None:
            return None
        said = self._value(place, int(self.person.wanted[place]))
        self._disclose(said, "volunteered")
        return said

    def ask(self, question: str) -> Asked:
        """Puts a question to the person.

        Args:
            question: Key of an aspect of the task, or `OPEN`.
        """
        person = self.person
        if self.patience <= 0:
            return Asked(question, "stopped")
        skips = self._turn < len(person.skips) and bool(person.skips[self._turn])
        self._turn += 1
        if skips:
            self.patience -= _COST + _SKIP_COST
            return Asked(question, "skipped")
        keys = [aspect.key for aspect in person.task.aspects]
        if question == OPEN:
            self.patience -= _COST
            named = person.names[self._named : self._named + person.names_at_once]
            self._named += len(named)
            answer = Asked(OPEN, "named", names=tuple(keys[place] for place in named))
        else:
            place = keys.index(question)
            self.patience -= _COST if person.weights[place] > 0 else _IDLE_COST
            answer = self._value(place, int(person.answers[place]))
        self._disclose(answer, "asked")
        return answer

    @property
    def leaks(self) -> int:
        """Disclosures that nobody asked for and the person did not volunteer."""
        return sum(each.how == "leaked" for each in self.log)

    def _value(self, place: int, said: int) -> Asked:
        aspect = self.person.task.aspects[place]
        if said == INDIFFERENT:
            return Asked(aspect.key, "indifferent")
        return Asked(aspect.key, "value", value=aspect.values[said])

    def _disclose(self, answer: Asked, how: Literal["asked", "volunteered"]) -> None:
        """Logs what an answer lets be known, by the answer itself and not by what was meant."""
        for name in answer.names:
            self.log.append(
                Disclosure(self._turn, name, "named", how if answer.question == OPEN else "leaked")
            )
        if answer.response in ("value", "indifferent"):
            what: Literal["value", "indifferent"] = (
                "value" if answer.response == "value" else "indifferent"
            )
            leaked = answer.question == OPEN
            self.log.append(
                Disclosure(self._turn, answer.question, what, "leaked" if leaked else how)
            )
