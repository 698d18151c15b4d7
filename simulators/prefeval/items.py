"""What is asked about, and the conversation in which the preference comes up."""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ...errors import InputError
from ..datasets.prefeval import PrefEvalItem, Said, load_prefeval
from ..runner.seeds import derive

__all__ = [
    "FORMS",
    "Asked",
    "Form",
    "conversation",
    "distractors",
    "fingerprint",
    "grouped",
    "sample",
]

Form = Literal["explicit", "choice", "persona"]
FORMS: tuple[Form, ...] = ("explicit", "choice", "persona")

_ACKNOWLEDGED = "Thanks for telling me."
_PICKED = "All right."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its options in the order in which they are shown.

    Attributes:
        item: What it is about.
        options: Four options.
        right: The place of the one that follows the preference.
    """

    item: PrefEvalItem
    options: tuple[str, ...]
    right: int

    @property
    def longest(self) -> int:
        """The place of the option with the most characters, the first of equals."""
        return max(range(len(self.options)), key=lambda place: (len(self.options[place]), -place))


class _Exchange(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(min_length=1)
    assistant: str = Field(min_length=1)


class _Exchanges(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    exchange: tuple[_Exchange, ...]


def sample(path: Path, count: int, *, seed: int, forms: Sequence[Form]) -> tuple[Asked, ...]:
    """Items for a run, as evenly over the topics as can be, with balanced gold positions.

    Args:
        path: See `load_prefeval`.
        count: How many; at least 1.
        seed: Of the draw, of the order of the options and of the right option's place.
        forms: The forms that every item must have.

    Raises:
        InputError: The data is missing, malformed, or has too few items in these forms.
    """
    there = [item for item in _loaded(path) if all(_has(item, form) for form in forms)]
    if not 1 <= count <= len(there):
        raise InputError(
            f"items is {count!r}, and {str(path)!r} has {len(there)} in the forms "
            f"{', '.join(forms)}; give a number from 1 to that"
        )
    topics: dict[str, list[PrefEvalItem]] = defaultdict(list)
    for item in there:
        topics[item.topic].append(item)
    for topic, members in topics.items():
        random.Random(derive(seed, "items", topic)).shuffle(members)
    order = sorted(topics)
    random.Random(derive(seed, "topics")).shuffle(order)
    # The first of every topic, then the second of every topic, and so on.
    rank = [
        (place, order.index(topic), item)
        for topic, members in topics.items()
        for place, item in enumerate(members)
    ]
    drawn = [item for _, _, item in sorted(rank, key=lambda each: each[:2])[:count]]
    places = [number % 4 for number in range(count)]
    random.Random(derive(seed, "places")).shuffle(places)
    return tuple(_ask(item, right, seed=seed) for item, right in zip(drawn, places, strict=True))


def _ask(item: PrefEvalItem, right: int, *, seed: int) -> Asked:
    wrong = list(item.options[1:])
    random.Random(derive(seed, "options", item.id)).shuffle(wrong)
    options = (*wrong[:right], item.options[0], *wrong[right:])
    return Asked(item=item, options=options, right=right)


def _has(item: PrefEvalItem, form: Form) -> bool:
    return form == "explicit" or bool(item.choice if form == "choice" else item.persona)


def conversation(item: PrefEvalItem, form: Form) -> tuple[Said, ...]:
    """The turns in which the preference comes up.

    Where the data has no reply of the assistant's, or one that repeats the preference, a short
    one that says nothing stands in.
    """
    if form == "explicit":
        return (Said(item.preference, _ACKNOWLEDGED),)
    if form == "persona":
        return item.persona
    said = item.choice
    assert said is not None, "items are sampled by the forms that they have"
    return (Said(said.query, said.offered), Said(said.picked, _PICKED))


def distractors(count: int, *, seed: int) -> tuple[Said, ...]:
    """Exchanges that have nothing to do with tastes; more of the same seed begin with the fewer.

    Args:
        count: How many.
        seed: Of their order.

    Raises:
        InputError: There are not as many.
    """
    there = _exchanges()
    if not 0 <= count <= len(there):
        raise InputError(f"turns is {count!r}; give a number from 0 to {len(there)}")
    return tuple(random.Random(seed).sample(there, len(there))[:count])


def grouped(path: Path, *, seed: int, within: int = 10) -> dict[str, tuple[PrefEvalItem, ...]]:
    """Items that one person's memory is to tell apart.

    Args:
        path: See `load_prefeval`.
        seed: Of who is put together.
        within: How many of one topic make a group.

    Returns:
        By name: `topics N`, one item of every topic, as often as the smallest topic allows; and
        `TOPIC N`, so many items of one topic, as often as it allows.
    """
    topics: dict[str, list[PrefEvalItem]] = defaultdict(list)
    for item in _loaded(path):
        topics[item.topic].append(item)
    for topic, members in topics.items():
        random.Random(derive(seed, "groups", topic)).shuffle(members)
    fewest = min(map(len, topics.values()))
    groups = {
        f"topics {number}": tuple(members[number] for members in topics.values())
        for number in range(fewest)
    }
    for topic, members in topics.items():
        for number in range(len(members) // within):
            some = members[number * within : (number + 1) * within]
            groups[f"{topic} {number}"] = tuple(some)
    return groups


def fingerprint(path: Path) -> str:
    """SHA-256 over the data and the distracting exchanges."""
    told = repr([astuple(item) for item in _loaded(path)]) + repr(_exchanges())
    return hashlib.sha256(told.encode()).hexdigest()


@cache
def _loaded(path: Path) -> tuple[PrefEvalItem, ...]:
    return load_prefeval(path)


@cache
def _exchanges() -> tuple[Said, ...]:
    raw = (files(__package__) / "distractors.toml").read_text(encoding="utf-8")
    table = _Exchanges.model_validate(tomllib.loads(raw))
    return tuple(Said(each.user, each.assistant) for each in table.exchange)
