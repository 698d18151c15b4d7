"""How near topics and occasions are to each other, by their meaning or by their words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ...memory.types import Context
from .types import Manners

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embed", "Nearness", "applies", "occasion_of", "words_of"]

Embed = Callable[[Sequence[str]], "NDArray[np.float32]"]
"""Texts to unit vectors, shape `(n, d)`."""


class Nearness:
    """How near texts are: cosines, or the share of common words where nothing embeds.

    Args:
        embed: Embeds texts; None compares words.
    """

    def __init__(self, embed: Embed | None) -> None:
        self._embed = embed

    def of(self, text: str, others: Sequence[str]) -> list[float]:
        """Nearness of each other text, in [0, 1]; two blank texts are one occasion."""
        given = [other for other in others if other.strip()]
        if not text.strip():
            return [0.0 if other.strip() else 1.0 for other in others]
        scores = dict.fromkeys(given, 0.0)
        if given:
            folded = _folded(text)
            unlike = [other for other in scores if _folded(other) != folded]
            scores = dict.fromkeys(given, 1.0) | self._unlike(text, unlike)
        return [scores[other] if other.strip() else 0.0 for other in others]

    def of_offers(
        self, topic: str, text: str, topics: Sequence[str], texts: Sequence[str]
    ) -> list[float]:
        """How near offers are to each of some others, in [0, 1].

        Topics are short, and the same thing can be called by words that have little in common
        ("block focus time", "reserve quiet hours"). So the topic of each is also held against how
        the other is put to the user, and the nearest counts. Two wordings are not compared: what
        they share is often the day or the place.

        Args:
            topic: What the offer is.
            text: How it is put; empty if unknown.
            topics: What the others are.
            texts: How they are put, one for each topic; empty if unknown.
        """
        alike = self.of(topic, topics)
        if self._embed is None:
            return alike
        put = self.of(topic, texts)
        putting = self.of(text, topics) if text.strip() else [0.0] * len(topics)
        return [max(scores) for scores in zip(alike, put, putting, strict=True)]

    def _unlike(self, text: str, others: Sequence[str]) -> dict[str, float]:
        if not others:
            return {}
        if self._embed is not None:
            rows = self._embed([text, *others])
            return dict(
                zip(others, (max(0.0, float(each)) for each in rows[1:] @ rows[0]), strict=True)
            )
        words = words_of(text)
        return {
            other: len(words & words_of(other)) / max(1, len(words | words_of(other)))
            for other in others
        }


def applies(scope: str, here: str, nearness: Nearness, by: Manners) -> bool:
    """Whether an occasion is one that a scope names: it says the words, or means the same."""
    words = words_of(scope)
    if words and words <= words_of(here):
        return True
    return bool(here.strip()) and nearness.of(scope, [here])[0] >= by.same_occasion


def occasion_of(context: Context | None) -> str:
    """What the user is doing, in words: tags and text."""
    if context is None:
        return ""
    return " ".join(part for part in (*context.tags, context.text.strip()) if part)[:600]


def words_of(text: str) -> set[str]:
    """The words that carry meaning."""
    from ...memory.relevance import content_words

    return set(content_words(text))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
