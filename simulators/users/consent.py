"""Consent users: who welcomes which offer, says so in natural words, and means it.

What somebody holds of each topic is decided in code; `consent_speech` puts it into words.
KnowU-Bench (2026, "KnowU-Bench: Towards Interactive, Proactive, and Personalized Mobile Agent
Evaluation") plays such users by language models from written profiles; here they are drawn, so that
hundreds are cheap and what they said binds can be told for sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..tasks.scenarios import Occasion, Scenario

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "TEMPERAMENTS",
    "Change",
    "ConsentUser",
    "Form",
    "Held",
    "Refusal",
    "Temperament",
    "Welcome",
    "draw_user",
]

Welcome = Literal["welcome", "ask", "unwanted"]
"""They would have it done; they want to be asked; they want neither."""
Form = Literal["no", "later", "never", "occasion", "thing", "everything", "stop"]
"""How a refusal is meant."""

_LEVELS = (0.25, 0.4, 0.35)
_WITH_CONSENT = (0.0, 0.6, 0.4)
_OCCASION_BOUND = 0.25
_REFUSES_ALL = 0.04
_CHANGES = 0.3
_GUARDED = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperament:
    """How somebody is to talk to.

    Attributes:
        name: Its name.
        chatty: They say more than is needed.
        interrupt: What being asked costs them, on the scale of a benefit.
        noise: How often an answer is the opposite of what they mean, or says nothing.
        passes: How often they pass over an offer without a word.
    """

    name: str
    chatty: bool
    interrupt: float
    noise: float = 0.0
    passes: float = 0.05


TEMPERAMENTS: tuple[Temperament, ...] = (
    Temperament(name="terse, patient", chatty=False, interrupt=0.08),
    Temperament(name="chatty, patient", chatty=True, interrupt=0.08),
    Temperament(name="terse, impatient", chatty=False, interrupt=0.2, passes=0.15),
    Temperament(name="chatty, impatient", chatty=True, interrupt=0.2, passes=0.1),
    Temperament(name="noisy", chatty=False, interrupt=0.12, noise=0.15, passes=0.1),
)
"""The kinds of which users are drawn in turn."""


class Held(NamedTuple):
    """What somebody holds of a topic.

    Attributes:
        welcome: On most occasions.
        not_at: Places where they want neither.
        form: How they refuse where they do not want it at all.
    """

    welcome: Welcome
    not_at: frozenset[str] = frozenset()
    form: Form = "no"


class Change(NamedTuple):
    """A change of mind: before which occasion, about which topic, and what is held from then on."""

    step: int
    topic: str
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A no that was said, and what it covers by its words.

    Attributes:
        form: How it was meant.
        step: When it was said.
        topic: Of which scenario; related words mean the same.
        named: The words in which it was refused.
        place: Only there, if it was bound to an occasion.
        doing: Only while they do this, for a bare no.
        touches: Everything that lays hands on this, if it named a thing.
        until: It lapses then.
    """

    form: Form
    step: int
    topic: str
    named: str
    place: str | None = None
    doing: str | None = None
    touches: str | None = None
    until: datetime | None = None

    def covers(self, scenario: Scenario, occasion: Occasion, now: datetime) -> bool:
        """Whether to offer this now, or to do it, would pass over the refusal."""
        if self.until is not None and now >= self.until:
            return False
        if self.form == "everything":
            return True
        if self.touches is not None and scenario.touches == self.touches:
            return True
        return (
            scenario.topic == self.topic
            and self.place in (None, occasion.place)
            and self.doing in (None, occasion.doing)
        )

    def in_words_of(self, topic: str) -> bool:
        """Whether it was said of just this topic, or of more than a topic."""
        return self.named == topic or self.form in ("thing", "everything")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentUser:
    """Somebody with hidden wishes about what is done or offered unasked.

    Attributes:
        name: Who it is.
        temperament: How they are to talk to.
        held: What they hold of each topic at first.
        changes: Where they change their mind.
        refuses_all: They want no offers of any kind.
    """

    name: str
    temperament: Temperament
    held: Mapping[str, Held]
    changes: Sequence[Change] = field(default_factory=tuple)
    refuses_all: bool = False

    def holds(self, topic: str, step: int) -> Held:
        """What they hold of a topic when an occasion comes."""
        found = self.held[topic]
        for change in self.changes:
            if change.topic == topic and change.step <= step:
                found = change.held
        return found

    def welcome(self, scenario: Scenario, occasion: Occasion, step: int) -> Welcome:
        """How welcome a scenario is on an occasion."""
        held = self.holds(scenario.topic, step)
        return "unwanted" if occasion.place in held.not_at else held.welcome


def draw_user(
    name: str,
    temperament: Temperament,
    scenarios: Sequence[Scenario],
    *,
    steps: int,
    seed: int,
) -> ConsentUser:
    """Draws somebody.

    Of what needs no consent by its nature a quarter is welcome unasked, two fifths if asked for;
    of what does, three fifths are welcome if asked for. A quarter of what is welcome is not so at
    one place. One in 25 wants no offers at all; each thing (calendar, money) is one that 6 of 100
    want nobody to touch. Three in ten change their mind about up to two topics in the second half.

    Args:
        name: Who it is.
        temperament: How they are.
        scenarios: Of which topics they hold something.
        steps: How many occasions they will live through.
        seed: Of the draw.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    refuses_all = bool(rng.random() < _REFUSES_ALL)
    things = sorted({each.touches for each in scenarios} - {"nothing"})
    barred = {each for each in things if rng.random() < _GUARDED}
    held = {
        each.topic: _draw_held(
            each,
            rng,
            barred="everything" if refuses_all else "thing" if each.touches in barred else None,
        )
        for each in scenarios
    }
    changes: list[Change] = []
    if not refuses_all and rng.random() < _CHANGES:
        for at in sorted(int(each) for each in rng.integers(steps // 2, steps, 2)):
            topic = scenarios[int(rng.integers(len(scenarios)))].topic
            if any(change.topic == topic for change in changes):
                continue
            if held[topic].form == "thing":
                continue
            wanted = held[topic].welcome == "unwanted"
            now = Held("ask") if wanted else Held("unwanted", form="never")
            changes.append(Change(at, topic, now))
    return ConsentUser(
        name=name,
        temperament=temperament,
        held=held,
        changes=tuple(changes),
        refuses_all=refuses_all,
    )


def _draw_held(scenario: Scenario, rng: np.random.Generator, *, barred: Form | None) -> Held:
    shares = _LEVELS if scenario.consent == "none" else _WITH_CONSENT
    levels: tuple[Welcome, ...] = ("welcome", "ask", "unwanted")
    level = levels[int(rng.choice(3, p=shares))]
    bound = rng.random() < _OCCASION_BOUND
    places = sorted({each.place for each in scenario.occasions})
    place = places[int(rng.integers(len(places)))]
    forms: tuple[Form, ...] = ("no", "never", "never")
    form = forms[int(rng.integers(len(forms)))]
    if barred is not None:
        return Held("unwanted", form=barred)
    if level == "unwanted":
        return Held(level, form=form)
    return Held(level, frozenset({place}) if bound and len(places) > 1 else frozenset())
