"""What consent users say to offers and deeds, in words of templates, and what it binds to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..tasks.scenarios import Occasion, Scenario
from .consent import Change, ConsentUser, Form, Refusal

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Part", "Reaction", "Speaker"]

Part = Literal["development", "held out"]
"""Which wordings are spoken."""

_WHEN: Mapping[str, str] = {
    "home": "when I'm at home",
    "work": "while I'm at work",
    "out": "when I'm out",
    "driving": "while I'm driving",
    "travelling": "while I'm travelling",
}
_LATER = timedelta(hours=12)
_THIS_TIME = 0.85
_SAYS_ALWAYS = 0.5


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


@cache
def _words(part: Part) -> Mapping[str, tuple[str, ...]]:
    import yaml

    text = (files(__package__) / "consent_words.yaml").read_text(encoding="utf-8")
    first = 0 if part == "development" else 1
    return {form: tuple(said[first::2]) for form, said in yaml.safe_load(text).items()}


def _rng(seed: int) -> np.random.Generator:
    import numpy as np

    return np.random.default_rng(seed)
