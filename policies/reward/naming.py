"""Names for discovered features, from the pairs of texts that have most of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, Field

from ...errors import StructuredOutputError
from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Message, Usage
from .surface import surface

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Contrast", "Extreme", "Named", "ask_name", "contrast", "template", "unique"]

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NAME = re.compile(r"[^\W\d_][\w '’/,-]{2,47}")
_POSITION = re.compile(r"\b(?:first|second|pairs?|other text|text [ab12])\b", re.IGNORECASE)
_MOST_WORDS = 5
_WORDS_SHOWN = 2
_LEAST_PAIRS = 3
_LEAST_SCORE = 2.0
_LIKE = 0.5
_PAIRS_SHOWN = 6
_TEXT_SHOWN = 400


class Extreme(NamedTuple):
    """A pair of texts that differ much in a feature.

    Attributes:
        more: The text that has more of it.
        less: The text that has less.
        value: By how much, in root mean squares of all pairs.
    """

    more: str
    less: str
    value: float


class Contrast(NamedTuple):
    """What sets the two sides of extreme pairs apart.

    Attributes:
        more: Words that are in the one side's texts only.
        less: Words that are in the other's only.
        like: The attribute whose differences go along best.
        correlation: How well, in [-1, 1].
    """

    more: tuple[str, ...]
    less: tuple[str, ...]
    like: str
    correlation: float


class Named(NamedTuple):
    """A name from a chat model, None if it is none, and what asking cost."""

    name: str | None
    usage: Usage


class FeatureName(BaseModel):
    """What the chat model answers to `name_feature.md`."""

    name: str = Field(max_length=60)


def contrast(
    extremes: Sequence[Extreme], column: Floats, attributes: Floats, names: Sequence[str]
) -> Contrast:
    """Finds words and an attribute that go along with a feature.

    A word counts by the pairs in which one text has it and the other has not: as many either way
    for a word that has nothing to do with the feature, so that (a - b)/√(a + b) is its score.

    Args:
        extremes: The pairs with most of the feature.
        column: Differences of the feature over all pairs, shape `(n,)`.
        attributes: Differences of attributes, shape `(n, a)`.
        names: The attributes' names.
    """
    import numpy as np

    more: Counter[str] = Counter()
    less: Counter[str] = Counter()
    for pair in extremes:
        one, other = _words(pair.more), _words(pair.less)
        more.update(one - other)
        less.update(other - one)
    sizes = np.sqrt((attributes**2).sum(axis=0) * (column @ column))
    along = (column @ attributes) / np.maximum(sizes, 1e-12)
    best = int(np.argmax(np.abs(along)))
    return Contrast(
        more=_telling(more, less),
        less=_telling(less, more),
        like=names[best],
        correlation=float(along[best]),
    )


def _words(text: str) -> set[str]:
    return {match[0].replace("’", "'").casefold() for match in _WORD.finditer(text)}


def _telling(here: Counter[str], there: Counter[str]) -> tuple[str, ...]:
    scores = {
        word: (count - there[word]) / (count + there[word]) ** 0.5
        for word, count in here.items()
        if count >= _LEAST_PAIRS and len(word) > 1
    }
    telling = [word for word, score in scores.items() if score >= _LEAST_SCORE]
    # “Of” and “the” tell sides apart too, and say little to a reader.
    everyday = surface().everyday
    best = sorted(telling, key=lambda word: (word in everyday, -scores[word], word))
    return tuple(best[:_WORDS_SHOWN])


def template(found: Contrast, number: int) -> str:
    """A name without a chat model: the words that tell the sides apart, else the attribute.

    Args:
        found: What sets the sides apart.
        number: The feature's number, for where nothing does.
    """
    more, less = (", ".join(words) for words in (found.more, found.less))
    if more and less:
        return f"“{more}” over “{less}”"
    if more or less:
        return f"“{more}”" if more else f"no “{less}”"
    if abs(found.correlation) >= _LIKE:
        return f"{'like' if found.correlation > 0 else 'unlike'} {found.like}"
    return f"found {number}"


def unique(name: str, taken: Collection[str]) -> str:
    """The name, with a number after it if there is one like it."""
    chosen, number = name, 2
    while chosen in taken:
        chosen, number = f"{name} ({number})", number + 1
    return chosen


async def ask_name(chat: ChatModel, extremes: Sequence[Extreme]) -> Named:
    """Asks once what the first texts of pairs have more of.

    Args:
        chat: The chat model.
        extremes: The pairs with most of the feature; the first six are shown.

    Returns:
        One to five words, or None if the answer is no such thing.

    Raises:
        ChatTimeoutError: The model did not answer in time.
        ChatProviderError: The provider refused or failed.
    """
    sides = [
        fence(text, tag, limit=_TEXT_SHOWN)
        for pair in extremes[:_PAIRS_SHOWN]
        for tag, text in (("more", pair.more), ("less", pair.less))
    ]
    prompt = render(__package__, "name_feature", pairs="\n".join(sides))
    try:
        answer, usage = await chat.structured(
            [Message(role="user", content=prompt)], FeatureName, max_tokens=40
        )
    except StructuredOutputError:
        return Named(None, Usage())
    return Named(_checked(answer.name), usage)


def _checked(raw: str) -> str | None:
    name = one_line(raw, limit=60).strip(" .:;!\"'“”").casefold()
    fits = _NAME.fullmatch(name) is not None and len(name.split()) <= _MOST_WORDS
    return name if fits and _POSITION.search(name) is None else None
