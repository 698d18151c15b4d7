"""Reads drafts out of the characters of a JSON document while it is still being written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field, create_model
from pydantic_core import from_json

__all__ = [
    "Draft",
    "DraftDelta",
    "DraftSet",
    "DraftStream",
    "Written",
    "distinct",
    "draft_set",
    "unrepeated",
]

_SAME = 0.9
_REPEATED = 0.8
_FEW_WORDS = 6
_LAST_REPLIES = 8
_MOST_CHARACTERS = 200_000
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)


class Draft(BaseModel):
    """One answer.

    How it set out to differ is known from the plan: asking a small model to name it first costs
    tokens and, measured, makes the answers worse.
    """

    text: str = Field(min_length=1)


class DraftSet(BaseModel):
    """What the chat model writes when several drafts are wanted."""

    drafts: list[Draft] = Field(min_length=1)


@lru_cache(maxsize=8)
def draft_set(k: int) -> type[DraftSet]:
    """The schema of exactly `k` drafts, so that a grammar can hold the model to it.

    Args:
        k: How many drafts, at least 1.

    Returns:
        A subclass of `DraftSet`.
    """
    return create_model(
        f"DraftSetOf{k}",
        __base__=DraftSet,
        drafts=(list[Draft], Field(min_length=k, max_length=k)),
    )


class DraftDelta(NamedTuple):
    """More characters of one draft, as `DraftStream.feed` finds them."""

    draft: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A draft as far as it was written.

    Attributes:
        text: The answer in Markdown.
        approach: How it set out to differ.
        complete: False if the model was cut off inside it.
    """

    text: str
    approach: str = ""
    complete: bool = True


class DraftStream:
    """Turns pieces of `{"drafts":[{"text":…},…]}` into pieces of drafts.

    What is not JSON at all (a model without a grammar that simply answers) counts as one draft
    of plain text once the stream ends.

    Args:
        k: The most drafts that are read; further ones are ignored.
        approaches: How each draft was to differ, for models that do not say so themselves.
    """

    def __init__(self, k: int, *, approaches: Sequence[str] = ()) -> None:
        self._k = k
        self._planned = tuple(approaches)
        self._buffer = ""
        self._emitted = [0] * k
        self._texts: list[str] = []
        self._approaches: list[str] = []

    def feed(self, characters: str) -> list[DraftDelta]:
        """Takes the next characters of the document.

        Args:
            characters: Any piece, cut anywhere (inside an escape as well).

        Returns:
            What became readable, in order; empty if nothing did.
        """
        room = _MOST_CHARACTERS - len(self._buffer)
        self._buffer += characters[:room]
        self._read()
        deltas: list[DraftDelta] = []
        for index, text in enumerate(self._texts):
            if len(text) > self._emitted[index]:
                deltas.append(DraftDelta(index, text[self._emitted[index] :]))
                self._emitted[index] = len(text)
        return deltas

    def finish(self) -> tuple[Written, ...]:
        """Closes the document.

        Returns:
            The drafts that hold any text, in order; one that was cut off is marked.
        """
        body = _body(self._buffer)
        if body is None or (not self._texts and _document(body, allow_partial="on") is None):
            plain = self._buffer.strip()
            return (Written(text=plain),) if plain else ()
        complete = self._finished(body)
        return tuple(
            Written(text=text.strip(), approach=approach, complete=index < complete)
            for index, (text, approach) in enumerate(
                zip(self._texts, self._approaches, strict=True)
            )
            if text.strip()
        )

    def _read(self) -> None:
        body = _body(self._buffer)
        if body is None:
            return
        items = _items(body, allow_partial="trailing-strings")
        if items is None:
            return
        texts: list[str] = []
        approaches: list[str] = []
        for item in items[: self._k]:
            text = item.get("text")
            approach = item.get("approach")
            texts.append(text if isinstance(text, str) else "")
            planned = self._planned[len(approaches) :][:1]
            approaches.append(approach if isinstance(approach, str) else "".join(planned))
        self._texts = texts
        self._approaches = approaches

    def _finished(self, body: str) -> int:
        """How many drafts are written to their end: those whose text's string is closed."""
        items = _items(body, allow_partial="on") or []
        return sum(1 for item in items[: self._k] if isinstance(item.get("text"), str))


def distinct(drafts: Sequence[Written]) -> tuple[Written, ...]:
    """Drops drafts that say what an earlier one says, a complete one before a cut one.

    Args:
        drafts: Any drafts.

    Returns:
        Those that differ, in their order; never empty unless nothing was given.
    """
    kept: list[Written] = []
    for draft in sorted(drafts, key=lambda d: not d.complete):
        words = _key(draft.text)
        if all(SequenceMatcher(None, words, _key(k.text)).ratio() < _SAME for k in kept):
            kept.append(draft)
    return tuple(draft for draft in drafts if any(draft is k for k in kept))


def unrepeated(drafts: Sequence[Written], earlier: Sequence[str]) -> tuple[Written, ...]:
    """Drops drafts that are an earlier reply over again, as small models write them.

    Args:
        drafts: Any drafts.
        earlier: Replies to other requests of the conversation; the last few count.

    Returns:
        The rest, possibly none; drafts of a few words may well recur and are kept.
    """
    before = [_key(text) for text in earlier[-_LAST_REPLIES:]]
    return tuple(
        draft
        for draft in drafts
        if len(words := _key(draft.text)) < _FEW_WORDS
        or not any(_repeats(words, each) for each in before)
    )


def _repeats(words: list[str], earlier: list[str]) -> bool:
    matcher = SequenceMatcher(None, words, earlier)
    # Upper bounds first: nearly every pair ends with the cheapest.
    return (
        matcher.real_quick_ratio() >= _REPEATED
        and matcher.quick_ratio() >= _REPEATED
        and matcher.ratio() >= _REPEATED
    )


def _key(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())[:400]


def _body(buffer: str) -> str | None:
    """The document from its first brace on, without the tags or fences some models put before."""
    start = buffer.find("{")
    return None if start < 0 or start > 200 else buffer[start:]


def _items(
    body: str, *, allow_partial: Literal["on", "trailing-strings"]
) -> list[dict[str, object]] | None:
    found = _document(body, allow_partial=allow_partial)
    drafts = None if found is None else found.get("drafts")
    if not isinstance(drafts, list):
        return None
    # Without a grammar, some models leave out the object around each text.
    items: list[object] = [{"text": each} if isinstance(each, str) else each for each in drafts]
    return [item for item in items if isinstance(item, dict)]


def _document(
    body: str, *, allow_partial: Literal["on", "trailing-strings"]
) -> dict[str, object] | None:
    """The JSON object that a text begins with, as far as it is written; None if it is prose."""
    try:
        found = from_json(body, allow_partial=allow_partial)
    except ValueError:
        # Without a grammar, some models break lines inside a string.
        mended = _STRING.sub(lambda string: string[0].replace("\n", "\\n"), body)
        try:
            found = from_json(mended, allow_partial=allow_partial)
        except ValueError:
            return None
    return found if isinstance(found, dict) else None
