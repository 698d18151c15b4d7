"""The gate between hidden wants and whoever asks: it decides what each turn discloses.

A question that names an aspect releases that aspect's value, a vague one gets a vague answer (the
names of aspects that matter, without values), and a question passed over costs patience, as does
each that touches nothing the person cares about. Every disclosure is logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

from ...errors import InputError
from ...policies.elicit.answering import INDIFFERENT
from ...policies.types import Aspect
from ..runner.episodes import Disclosure, How
from .naming import Naming, read_question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ELSEWHERE", "OPEN", "Asked", "Gate", "Guarded", "Response"]

OPEN = "matters"
"""The vague question: what matters most here? Asked again: and what else?"""

ELSEWHERE = "elsewhere"
"""A question that touches none of the aspects, as far as code can tell."""

Response: TypeAlias = Literal["value", "indifferent", "named", "skipped", "stopped"]

_PATIENCE = {True: 10.0, False: 5.0}
_IDLE_COST, _COST, _SKIP_COST = 1.5, 1.0, 2.0


class Guarded(Protocol):
    """What a gate has to know of the person behind it; places are those of `aspects`."""

    @property
    def aspects(self) -> Sequence[Aspect]:
        """What may be asked about, `J` of them, those that do not matter included."""
        ...

    @property
    def patient(self) -> bool:
        """Bears many questions."""
        ...

    @property
    def weights(self) -> Floats:
        """How much each aspect matters, shape `(J,)`; 0 where it does not."""
        ...

    @property
    def wanted(self) -> NDArray[np.int64]:
        """Place of the value wanted of each aspect, shape `(J,)`."""
        ...

    @property
    def answers(self) -> NDArray[np.int64]:
        """What a question about each gets: a place or `INDIFFERENT`, slips included."""
        ...

    @property
    def names(self) -> tuple[int, ...]:
        """The aspects named when asked what matters, in their order."""
        ...

    @property
    def names_at_once(self) -> int:
        """How many of these are named at a time."""
        ...

    @property
    def volunteered(self) -> int | None:
        """The aspect on which they say what they want with the request, if any."""
        ...

    @property
    def skips(self) -> NDArray[np.bool_]:
        """Whether they pass over the first, second, … question; beyond these they answer."""
        ...


class Asked(NamedTuple):
    """A question and what came of it.

    Attributes:
        question: Key of an aspect, `OPEN`, or `ELSEWHERE`.
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

    person: Guarded
    log: list[Disclosure] = field(default_factory=list)
    patience: float = 0.0
    _turn: int = 0
    _named: int = 0

    def __post_init__(self) -> None:
        self.patience = _PATIENCE[self.person.patient]

    @property
    def turn(self) -> int:
        """How many turns of the assistant put questions so far."""
        return self._turn

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
            question: Key of an aspect, `OPEN` or `ELSEWHERE`.

        Raises:
            InputError: There is no such aspect.
        """
        return self.ask_all((question,))[0]

    def ask_all(self, questions: Sequence[str]) -> tuple[Asked, ...]:
        """Puts the questions of one message; each costs patience, and so does each one's answer.

        Args:
            questions: At least one, as for `ask`.

        Returns:
            What came of each that was answered; one entry if the person passes over them all or
            has had enough. Where patience ends between two, the rest is not answered.

        Raises:
            InputError: One names no aspect, or there is none.
        """
        keys = [aspect.key for aspect in self.person.aspects]
        unknown = [each for each in questions if each not in {OPEN, ELSEWHERE, *keys}]
        if unknown or not questions:
            raise InputError(f"{unknown!r} cannot be asked about; give one of {keys!r} or {OPEN!r}")
        if self.patience <= 0:
            return (Asked(questions[0], "stopped"),)
        skips = self._turn < len(self.person.skips) and bool(self.person.skips[self._turn])
        self._turn += 1
        if skips:
            self.patience -= _COST + _SKIP_COST
            return (Asked(questions[0], "skipped"),)
        found: list[Asked] = []
        for question in questions:
            if self.patience <= 0:
                break
            found.append(self._answer(question, keys))
            self._disclose(found[-1], "asked")
        return tuple(found)

    def hear(self, message: str, naming: Naming) -> tuple[Asked, ...]:
        """Puts the questions that a message in free words asks, if it asks any.

        Args:
            message: What the assistant wrote.
            naming: Tells which aspects a question names.

        Returns:
            As for `ask_all`; nothing if the message asks nothing.
        """
        read = read_question(message, naming)
        if not read.asks:
            return ()
        if read.aspects:
            return self.ask_all(read.aspects)
        return self.ask_all((OPEN if read.vague else ELSEWHERE,))

    def leaked(self, aspect: str, value: str | None) -> None:
        """Logs that something was let out which was not released."""
        self.log.append(
            Disclosure(turn=self._turn, aspect=aspect, what="value", how="leaked", value=value)
        )

    @property
    def leaks(self) -> int:
        """Disclosures that nobody asked for and the person did not volunteer."""
        return sum(each.how == "leaked" for each in self.log)

    @property
    def released(self) -> frozenset[str]:
        """Keys of the aspects on which the value wanted was let be known; a slip tells none."""
        person = self.person
        wanted = {
            aspect.key: aspect.values[int(place)]
            for aspect, place in zip(person.aspects, person.wanted, strict=True)
        }
        return frozenset(
            each.aspect
            for each in self.log
            if each.how != "leaked" and each.value is not None and each.value == wanted[each.aspect]
        )

    def _answer(self, question: str, keys: Sequence[str]) -> Asked:
        person = self.person
        if question == OPEN:
            self.patience -= _COST
            named = person.names[self._named : self._named + person.names_at_once]
            self._named += len(named)
            return Asked(OPEN, "named", names=tuple(keys[place] for place in named))
        if question == ELSEWHERE:
            self.patience -= _IDLE_COST
            return Asked(ELSEWHERE, "indifferent")
        place = keys.index(question)
        self.patience -= _COST if person.weights[place] > 0 else _IDLE_COST
        return self._value(place, int(person.answers[place]))

    def _value(self, place: int, said: int) -> Asked:
        aspect = self.person.aspects[place]
        if said == INDIFFERENT:
            return Asked(aspect.key, "indifferent")
        return Asked(aspect.key, "value", value=aspect.values[said])

    def _disclose(self, answer: Asked, how: How) -> None:
        """Logs what an answer lets be known, by the answer itself and not by what was meant."""
        for name in answer.names:
            self.log.append(
                Disclosure(
                    turn=self._turn,
                    aspect=name,
                    what="named",
                    how=how if answer.question == OPEN else "leaked",
                )
            )
        if answer.question == ELSEWHERE or answer.response not in ("value", "indifferent"):
            return
        self.log.append(
            Disclosure(
                turn=self._turn,
                aspect=answer.question,
                what="value" if answer.response == "value" else "indifferent",
                how="leaked" if answer.question == OPEN else how,
                value=answer.value,
            )
        )
