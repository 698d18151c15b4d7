"""Learning from an example: a text that the user likes, or a text and what they made of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from ...errors import InputError
from ...models.prompts import fence, one_line, render
from ...models.types import Message, Usage
from ..checks import MAX_TEXT, clean_text
from ..types import Artefact, Edit, PreferenceDraft
from .wording import orders, said

if TYPE_CHECKING:
    from ...models.types import ChatModel

__all__ = ["Described", "Example", "Proposal", "Proposals", "chosen", "describe_example", "example"]

Part = Literal["style", "content"]

_READ = 6_000
_MOST_POINTS = 3
_MOST_WORDS = 16
_LONGEST_SAID = 120
_LONGEST_QUOTE = 160
_ANSWER_TOKENS = 400
_CONFIRMED = 0.9
_BEFORE = re.compile(r"^[\W_]*before[\W_]*$", re.IGNORECASE)
_AFTER = re.compile(r"^[\W_]*after[\W_]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A preference that an example suggests, for the user to confirm.

    Attributes:
        draft: The preference.
        quotes: The words of the example that support it.
        part: How the text is written, or what it contains.
        measured: Counted rather than described by a chat model.
    """

    draft: PreferenceDraft
    quotes: tuple[str, ...]
    part: Part
    measured: bool


Example = Artefact | Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """What an example suggests; nothing is learned of it until the user confirms.

    Attributes:
        example: The evidence that it will be.
        items: What it suggests, what was measured first.
        usage: What asking the chat model cost.
        notice: Why no chat model had a say; empty if one had.
    """

    example: Example
    items: tuple[Proposal, ...]
    usage: Usage = field(default_factory=lambda: Usage(calls=0))
    notice: str = ""


class Described(NamedTuple):
    """What a chat model says of an example and the example bears out, and what asking cost."""

    items: tuple[Proposal, ...]
    usage: Usage


class _Point(BaseModel):
    says: str = Field(max_length=_LONGEST_SAID)
    quote: str = Field(max_length=_LONGEST_QUOTE)


class _Points(BaseModel):
    # Free to say nothing, small models do so; what they make up is not in the text.
    style: list[_Point] = Field(min_length=1, max_length=_MOST_POINTS)
    content: list[_Point] = Field(min_length=1, max_length=_MOST_POINTS)


def example(
    text: str | None = None, *, before: str | None = None, after: str | None = None
) -> Example:
    """Makes an example of texts as they were given.

    Args:
        text: A text that the user likes; with a line "before" and, further down, a line "after",
            it holds a pair.
        before: A text that the user changed; goes with `after`.
        after: What they made of it.

    Raises:
        InputError: Neither a text nor a pair is given, both are, or one is empty, too long or no
            text.
    """
    if text is not None and before is None and after is None:
        pair = _pair(_checked(text, "the example"))
        if pair is None:
            return Artefact(text=text)
        before, after = pair
    if text is not None and (before is None or after is None):
        raise InputError("give either a text, or a text before and after; not some of both")
    if before is None or after is None:
        raise InputError("give a text, or a text before and after")
    edit = Edit(before=_checked(before, "before"), after=_checked(after, "after"))
    if edit.before.split() == edit.after.split():
        raise InputError("before and after are the same text; give one that was changed")
    return edit


class _Pair(NamedTuple):
    before: str
    after: str


def _pair(text: str) -> _Pair | None:
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if not lines or _BEFORE.match(lines[first]) is None:
        return None
    second = next((i for i in range(first + 1, len(lines)) if _AFTER.match(lines[i])), None)
    if second is None:
        return None
    return _Pair("\n".join(lines[first + 1 : second]), "\n".join(lines[second + 1 :]))


def _checked(text: str, name: str) -> str:
    clean = clean_text(text, name, MAX_TEXT)
    if not any(character.isalpha() for character in clean):
        raise InputError(f"{name} is {text[:40]!r}: there is nothing to read in it")
    return clean


async def describe_example(
    chat: ChatModel,
    given: Example,
    *,
    draft_of: Callable[[str, Part, str], PreferenceDraft | None],
) -> Described:
    """Asks a chat model, with one call, what an example says of its author's taste.

    SlideTailor (2025, "SlideTailor: Personalized Presentation Slide Generation for Scientific
    Papers") distils a sample into descriptions of content and of style and has the user confirm
    them. Here each must quote the sample: what is not borne out by words of it is dropped, and so
    is what reads like an order.

    Args:
        chat: The chat model.
        given: The example; the first and last parts of a long one are read.
        draft_of: Turns a description and its quotation into a preference, or drops it (None):
            what was measured already, or contradicts it.

    Raises:
        ModelError: The call failed.
    """
    shown = given.after if isinstance(given, Edit) else given.text
    answer, usage = await chat.structured(_prompt(given), _Points, max_tokens=_ANSWER_TOKENS)
    items: list[Proposal] = []
    points: list[tuple[Part, _Point]] = [
        *(("style", point) for point in answer.style),
        *(("content", point) for point in answer.content),
    ]
    for part, point in points:
        quote = _quoted(point.quote, shown)
        phrase = said(point.says, longest=_LONGEST_SAID, most_words=_MOST_WORDS)
        if quote is None or phrase is None or orders(f"{phrase}\n{quote}"):
            continue
        draft = draft_of(phrase, part, quote)
        if draft is None or any(_same(draft, each.draft) for each in items):
            continue
        items.append(Proposal(draft=draft, quotes=(quote,), part=part, measured=False))
    return Described(tuple(items), usage)


def _prompt(given: Example) -> list[Message]:
    kind, name = ("pair", "pair") if isinstance(given, Edit) else ("text", "artefact")
    messages: list[Message] = []
    instruction = render(__package__, name)
    for each in _examples()[kind]:
        shown = _shown(each["text"]) if kind == "text" else _shown(each["after"], each["before"])
        messages.append(Message(role="user", content=f"{instruction}\n\n{shown}".strip()))
        told = json.dumps({"style": each["style"], "content": each["content"]})
        messages.append(Message(role="assistant", content=told))
        instruction = ""
    own = _shown(given.after, given.before) if isinstance(given, Edit) else _shown(given.text)
    return [*messages, Message(role="user", content=own)]


def _shown(text: str, before: str | None = None) -> str:
    if before is None:
        return fence(text, "text", limit=_READ)
    parts = (fence(before, "before", limit=_READ // 2), fence(text, "after", limit=_READ // 2))
    return "\n".join(parts)


@lru_cache(maxsize=1)
def _examples() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(files(__package__).joinpath("points.toml").read_text("utf-8"))


def chosen(
    proposals: Proposals, keep: Sequence[int] | None = None, *, scope: str | None = None
) -> list[PreferenceDraft]:
    """The preferences that a user confirmed, as they are learned.

    Args:
        proposals: What was shown.
        keep: Numbers from 0 of those confirmed; None for all.
        scope: When they apply; None is always.

    Raises:
        InputError: A number is none of a proposal's.
    """
    numbers = range(len(proposals.items)) if keep is None else keep
    strange = [n for n in numbers if not 0 <= n < len(proposals.items)]
    if strange:
        raise InputError(
            f"there is no proposal {strange[0]!r}; give numbers from 0 to "
            f"{len(proposals.items) - 1}"
            if proposals.items
            else "there are no proposals to keep"
        )
    return [
        replace(proposals.items[n].draft, origin="stated", confidence=_CONFIRMED, scope=scope)
        for n in dict.fromkeys(numbers)
    ]


def _quoted(quote: str, text: str) -> str | None:
    """A quotation as it stands in the text, or None if it does not."""
    words = re.findall(r"\w+", quote)
    if not words:
        return None
    pattern = r"\b" + r"\W+".join(map(re.escape, words)) + r"\b"
    found = re.search(pattern, text, re.IGNORECASE)
    return None if found is None else one_line(found[0], limit=_LONGEST_QUOTE)


def _same(one: PreferenceDraft, other: PreferenceDraft) -> bool:
    if one.aspect is not None and one.aspect == other.aspect:
        return True
    return one.description.casefold() == other.description.casefold()
