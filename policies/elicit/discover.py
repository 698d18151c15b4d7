"""Has a chat model name what good answers to an unfamiliar request differ on."""

from __future__ import annotations

import re
from typing import NamedTuple

from pydantic import BaseModel, Field

from ...models.prompts import fence, render
from ...models.types import ChatModel, Message, Usage
from ..types import Aspect

__all__ = ["Discovered", "discover"]

_IMPORTANCE = (0.62, 0.54, 0.48)
_NAME = re.compile(r"[A-Za-z][A-Za-z '/-]{2,27}")
_VALUE = re.compile(r"[\w€$£%+.,'’/ -]{1,32}")
_EMPTY = frozenset(
    {
        "yes",
        "no",
        "other",
        "others",
        "none",
        "any",
        "n/a",
        "value",
        "something else",
        "etc",
        "option",
    }
)
_ABSTRACT = frozenset(
    {"purpose", "intent", "intention", "context", "information", "request", "question", "topic",
     "wishes", "needs", "goal", "answer", "details", "knowledge", "preference", "preferences"}
)  # fmt: skip
_MOST_WORDS = 4


class _NamedAspect(BaseModel):
    name: str = Field(max_length=28)
    values: list[str] = Field(min_length=3, max_length=3)


class RequestAspects(BaseModel):
    """What the chat model answers to `discover.md`."""

    aspects: list[_NamedAspect] = Field(min_length=1, max_length=3)


class Discovered(NamedTuple):
    """The aspects of a request that passed the checks, and what finding them cost."""

    aspects: tuple[Aspect, ...]
    usage: Usage


async def discover(chat: ChatModel, request: str) -> Discovered:
    """Asks once for the aspects of a request, and keeps what makes a sound question.

    Args:
        chat: The chat model.
        request: The request, as data.

    Returns:
        At most three aspects with two to five short, distinct values each.

    Raises:
        ModelError: The call failed.
    """
    prompt = render(__package__, "discover", request=fence(request, "request", limit=600))
    answer, usage = await chat.structured(
        [Message(role="user", content=prompt)], RequestAspects, max_tokens=160
    )
    found: dict[str, Aspect] = {}
    for named in answer.aspects:
        aspect = _checked(named, request, _IMPORTANCE[min(len(found), len(_IMPORTANCE) - 1)])
        if aspect is not None:
            found.setdefault(aspect.key, aspect)
    return Discovered(tuple(found.values())[: len(_IMPORTANCE)], usage)


def _stem(word: str) -> str:
    return word.rstrip("s")


def _checked(named: _NamedAspect, request: str, importance: float) -> Aspect | None:
    """An aspect if it makes a sound question: one that the request does not answer itself."""
    name = " ".join(named.name.replace("_", " ").split()).strip(" .:").casefold()
    if _NAME.fullmatch(name) is None or len(name.split()) > _MOST_WORDS or name in _ABSTRACT:
        return None
    said = {_stem(word) for word in re.findall(r"\w{3,}", request.casefold())}
    values: dict[str, str] = {}
    for raw in named.values:
        value = " ".join(raw.split()).strip(' ."')
        folded = value.casefold()
        if (
            _VALUE.fullmatch(value) is None
            or folded in _EMPTY
            or folded == name
            or len(value.split()) > _MOST_WORDS
        ):
            continue
        if not said.isdisjoint(_stem(word) for word in re.findall(r"\w{3,}", folded)):
            return None
        values.setdefault(folded, value)
    if not 2 <= len(values) <= 5:
        return None
    key = re.sub(r"[^a-z]+", "_", name).strip("_")
    return Aspect(key=key, name=name, values=tuple(values.values()), importance=importance)
