"""Consent users: who welcomes which offer, says so in natural words, and means it.

What somebody holds of each topic, and what they answer, is decided in code; words come from
templates. KnowU-Bench (2026, "KnowU-Bench: Towards Interactive, Proactive, and Personalized Mobile
Agent Evaluation") plays such users by language models from written profiles; here they are drawn,
so that hundreds are cheap and what they said binds can be told for sure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..tasks.scenarios import Occasion, Scenario

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "TEMPERAMENTS",
    "Change",
    "ConsentUser",
    "Held",
    "Part",
    "Reaction",
    "Refusal",
    "Speaker",
    "Temperament",
    "Welcome",
    "draw_user",
]

Welcome = Literal["welcome", "ask", "unwanted"]
"""They would have it done; they want to be asked; they want neither."""
Part = Literal["development", "held out"]
"""Which wordings are spoken."""
Form = Literal["no", "later", "never", "occasion", "thing", "everything", "stop"]
"""How a refusal is meant."""

_WHEN: Mapping[str, str] = {
    "home": "when I'm at home",
    "work": "while I'm at work",
    "out": "when I'm out",
    "driving": "while I'm driving",
    "travelling": "while I'm travelling",
}
_LATER = timedelta(hours=12)
_LEVELS = (0.25, 0.4, 0.35)
_WITH_CONSENT = (0.0, 0.6, 0.4)
_OCCASION_BOUND = 0.25
_THIS_TIME = 0.85
_SAYS_ALWAYS = 0.5
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


class Reaction(NamedTuple):
    """What somebody said to an offer or a deed.

    Attributes:
        text: The words; None if they passed over it.
        form: What they meant by it ("yes", "later", …).
        refusal: What it forbids, if anything.
        slip: It was said by mistake.
    """

    text: str | None
    form: str
    refusal: Refusal | None = None
    slip: bool = False


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


@cache
def _words(part: Part) -> Mapping[str, tuple[str, ...]]:
    import yaml

    text = (files(__package__) / "consent_words.yaml").read_text(encoding="utf-8")
    first = 0 if part == "development" else 1
    return {form: tuple(said[first::2]) for form, said in yaml.safe_load(text).items()}


class Speaker:
    """Says what a user holds; the same seed says the same.

    Args:
        user: Whose words these are.
        part: Which wordings are spoken.
    """

    def __init__(self, user: ConsentUser, part: Part) -> None:
        self._user = user
        self._words = _words(part)

    def wants_now(self, scenario: Scenario, occasion: Occasion, step: int, *, seed: int) -> bool:
        """Whether they want it this time, as they mostly do where they want it at all."""
        if self._user.welcome(scenario, occasion, step) != "ask":
            return self._user.welcome(scenario, occasion, step) == "welcome"
        return _rng(seed).random() < _THIS_TIME

    def answer(
        self,
        scenario: Scenario,
        topic: str,
        occasion: Occasion,
        step: int,
        now: datetime,
        *,
        acted: bool,
        wanted: bool,
        seed: int,
    ) -> Reaction:
        """What they say to an offer, or to something that was done.

        Args:
            scenario: What it is about.
            topic: In which words it was put.
            occasion: When.
            step: The number of the occasion.
            now: The moment.
            acted: It was done, not offered.
            wanted: They want it this time.
            seed: Of words and slips.
        """
        rng = _rng(seed)
        temper = self._user.temperament
        welcome = self._user.welcome(scenario, occasion, step)
        passes, noise, always = rng.random(3)
        if passes < temper.passes:
            return Reaction(None, "passed over")
        if welcome == "unwanted":
            reaction = self._refused(scenario, topic, occasion, step, rng)
        elif acted:
            form = "thanks" if welcome == "welcome" else "scolded"
            return Reaction(self._said(form, topic, occasion, scenario, rng), form)
        elif not wanted:
            text = self._said("later", topic, occasion, scenario, rng)
            refusal = Refusal(
                form="later", step=step, topic=scenario.topic, named=topic, until=now + _LATER
            )
            reaction = Reaction(text, "later", refusal)
        elif welcome == "welcome" and always < _SAYS_ALWAYS:
            return Reaction(self._said("always", topic, occasion, scenario, rng), "always")
        else:
            reaction = Reaction(self._said("yes", topic, occasion, scenario, rng), "yes")
        if noise < temper.noise and reaction.form in ("yes", "no", "later"):
            return self._slip(reaction, scenario, occasion, step, rng, topic=topic)
        return reaction

    def changed(
        self, change: Change, scenario: Scenario, occasion: Occasion, *, seed: int
    ) -> Reaction:
        """What they say of their own accord when they have changed their mind."""
        rng = _rng(seed)
        if change.held.welcome == "unwanted":
            named = scenario.topic
            refusal = Refusal(form="stop", step=change.step, topic=named, named=named)
            return Reaction(
                self._said("stop", scenario.topic, occasion, scenario, rng), "stop", refusal
            )
        return Reaction(self._said("allow", scenario.topic, occasion, scenario, rng), "allow")

    def _refused(
        self,
        scenario: Scenario,
        topic: str,
        occasion: Occasion,
        step: int,
        rng: np.random.Generator,
    ) -> Reaction:
        held = self._user.holds(scenario.topic, step)
        form: Form = "occasion" if occasion.place in held.not_at else held.form
        refusal = Refusal(
            form=form,
            step=step,
            topic=scenario.topic,
            named=topic,
            place=occasion.place if form in ("no", "occasion") else None,
            doing=occasion.doing if form == "no" else None,
            touches=scenario.touches if form == "thing" else None,
        )
        return Reaction(self._said(form, topic, occasion, scenario, rng), form, refusal)

    def _slip(
        self,
        meant: Reaction,
        scenario: Scenario,
        occasion: Occasion,
        step: int,
        rng: np.random.Generator,
        *,
        topic: str,
    ) -> Reaction:
        """The opposite of what they mean, or nothing that could be understood; it binds as said."""
        if rng.random() < 0.5:
            text = self._said("unclear", topic, occasion, scenario, rng)
            return Reaction(text, "unclear", slip=True)
        form = "no" if meant.form == "yes" else "yes"
        text = self._said(form, topic, occasion, scenario, rng)
        if form == "yes":
            return Reaction(text, form, slip=True)
        refusal = Refusal(
            form="no",
            step=step,
            topic=scenario.topic,
            named=topic,
            place=occasion.place,
            doing=occasion.doing,
        )
        return Reaction(text, form, refusal, slip=True)

    def _said(
        self,
        form: str,
        topic: str,
        occasion: Occasion,
        scenario: Scenario,
        rng: np.random.Generator,
    ) -> str:
        def one_of(kind: str) -> str:
            wordings = self._words[kind]
            return wordings[int(rng.integers(len(wordings)))]

        said = one_of(form).format(topic=topic, when=_WHEN[occasion.place], thing=scenario.touches)
        said = said[:1].upper() + said[1:] if said[-1:] in ".!?" else said
        if not self._user.temperament.chatty:
            return said
        before, after = one_of("before"), one_of("after")
        which = int(rng.integers(3))
        said = said if said[-1:] in ".!?" else f"{said}."
        return " ".join([*([before] if which != 1 else []), said, *([after] if which else [])])


def _rng(seed: int) -> np.random.Generator:
    import numpy as np

    return np.random.default_rng(seed)
