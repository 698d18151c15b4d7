"""Puts words to what the gate released: templates, or a chat model that sees nothing else.

A model's words are checked by code: for the assistant's part, for secrets, and for saying what was
released at all, since the log would else hold a disclosure that nobody heard.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from string import Template
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol, assert_never

from ...errors import ChatProviderError, ChatTimeoutError
from ...models.prompts import fence, one_line, render
from ...models.structured import collect
from ...models.types import ChatModel, Message
from ..runner.seeds import derive
from .gate import Response
from .leaks import Leak, LeakCheck
from .roles import role_slip
from .words import contains, content

__all__ = ["LLMWording", "Point", "Release", "TemplateWording", "Worded", "Wording"]

Talk = Literal["terse", "chatty"]
_TRIES = 3
_WORDS = {"terse": 15, "chatty": 40}
_TOKENS_A_WORD = 3
_MANNERS = {
    "terse": "The person is curt: short sentences, no small talk.",
    "chatty": "The person is talkative and friendly.",
}


class Point(NamedTuple):
    """One thing that the gate lets a user say.

    Attributes:
        response: The kind.
        aspect: Key of the aspect, or `OPEN` or `ELSEWHERE`.
        name: Name of the aspect.
        value: The value, if one is said.
        phrase: The user's own words for it, if it is the value wanted.
        names: Names of the aspects that matter, if these are said.
        others: The aspect's other values, which no model is shown: its words are checked for them.
    """

    response: Response
    aspect: str
    name: str = ""
    value: str | None = None
    phrase: str | None = None
    names: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """All that a wording may know.

    Attributes:
        points: What the gate released for this message, all of it to be said.
        request: The request, for the opening message; else None.
        message: What the assistant wrote last.
        talk: Curt or talkative.
        closing: The user takes what the assistant wrote as the answer.
        released: Keys of the aspects whose value was released up to and with this message.
    """

    points: tuple[Point, ...] = ()
    request: str | None = None
    message: str = ""
    talk: Talk = "terse"
    closing: bool = False
    released: frozenset[str] = frozenset()


class Worded(NamedTuple):
    """A message.

    Attributes:
        text: The words.
        failures: What went wrong, by kind: "role_flip", "leak_retry" and "omitted" count tries
            that were thrown away, "wording_fallback" that no try was left.
        leaks: What the words let out all the same; a checked wording lets nothing out.
    """

    text: str
    failures: Mapping[str, int] = MappingProxyType({})
    leaks: tuple[Leak, ...] = ()


class Wording(Protocol):
    """Puts words to what was released."""

    async def word(self, release: Release, *, seed: int) -> Worded:
        """A message that says what was released.

        Args:
            release: What may be said.
            seed: Of the choice of words.
        """
        ...


@dataclass(frozen=True, slots=True)
class TemplateWording:
    """Words without a chat model: varied, and the same for the same seed."""

    async def word(self, release: Release, *, seed: int) -> Worded:
        """See `Wording.word`."""
        return Worded(_from_templates(release, seed))


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMWording:
    """Words by a chat model, which is shown what the gate released and never the profile.

    Attributes:
        chat: The model.
        check: Knows the secrets, which the model does not.
        temperature: Of its words.
        fallback: Words what the model could not.
    """

    chat: ChatModel
    check: LeakCheck
    temperature: float = 0.7
    fallback: Wording = field(default_factory=TemplateWording)

    async def word(self, release: Release, *, seed: int) -> Worded:
        """See `Wording.word`; asks the model three times at most.

        A provider that fails or does not answer in time counts as "provider". A request is the
        user's own words already: an opening that discloses nothing is not reworded.

        Raises:
            BudgetExceededError: Nothing is left to spend.
        """
        if not release.points and not release.closing:
            return await self.fallback.word(release, seed=seed)
        most = _WORDS[release.talk] * max(1, len(release.points))
        points = [_told(each) for each in release.points] or ["Thanks, that is enough."]
        prompt = render(
            __package__,
            "word",
            manner=_MANNERS[release.talk],
            message=fence(release.message or "How can I help?", "message", limit=1500),
            points=fence("\n".join(f"- {one_line(each)}" for each in points), "points"),
            most=str(most),
        )
        failures: Counter[str] = Counter()
        for attempt in range(_TRIES):
            try:
                answer = await collect(
                    self.chat.stream(
                        [Message(role="user", content=prompt)],
                        max_tokens=most * _TOKENS_A_WORD,
                        temperature=self.temperature,
                        seed=derive(seed, attempt) % 2**31,
                    )
                )
            except (ChatTimeoutError, ChatProviderError):
                failures["provider"] += 1
                continue
            text = answer.text.strip().strip('"').strip()
            wrong = self._wrong(text, release, prompt)
            if wrong is None:
                opening = f"{release.request} " if release.request else ""
                return Worded(opening + text, dict(failures))
            failures[wrong] += 1
        failures["wording_fallback"] += 1
        text, _, leaks = await self.fallback.word(release, seed=seed)
        return Worded(text, dict(failures), leaks)

    def _wrong(self, text: str, release: Release, prompt: str) -> str | None:
        # What it was given to say is no echo, even where it was said word for word.
        instructions = prompt.partition("<message>")[0], prompt.rpartition("</points>")[2]
        if role_slip(text, instructions) is not None:
            return "role_flip"
        public = [each for each in (release.request, release.message) if each]
        if self.check.find(text, released=release.released, public=public):
            return "leak_retry"
        if all(_says(text, point) for point in release.points):
            return None
        return "omitted"


def _says(text: str, point: Point) -> bool:
    """Whether a message holds what it should, as far as its words tell.

    A value is said whole, or by half of the words of its phrase at least, and no other value of its
    aspect instead. Names are said by half of their words.
    """
    said = content(text)
    match point.response:
        case "value":
            value, phrase = content(point.value or ""), content(point.phrase or "")
            whole = contains(said, value)
            own = {*value, *phrase}
            instead = any(
                contains(said, other) and not set(other) <= own
                for other in map(content, point.others)
            )
            return (whole or _half(phrase, said) or not own) and (whole or not instead)
        case "named":
            return all(_half(content(name), said) or not content(name) for name in point.names)
        case "indifferent" | "skipped" | "stopped":
            return True
        case _:
            assert_never(point.response)


def _half(part: Sequence[str], said: Sequence[str]) -> bool:
    """Whether at least half of some words are said."""
    return bool(part) and 2 * len({*part} & {*said}) >= len({*part})


def _told(point: Point) -> str:
    """What a point is, for the model."""
    match point.response:
        case "value":
            told = f"on {point.name}: {point.phrase or point.value}"
        case "indifferent":
            told = f"{point.name} does not matter" if point.name else "has no answer to that"
        case "named":
            names = ", ".join(point.names)
            told = f"these matter most: {names}" if names else "nothing else matters"
        case "skipped":
            told = "would rather skip that question"
        case "stopped":
            told = "had enough questions, wants the answer now"
        case _:
            assert_never(point.response)
    return told


@cache
def _templates() -> Mapping[str, Mapping[str, Sequence[str]]]:
    return tomllib.loads((files(__package__) / "wording.toml").read_text(encoding="utf-8"))


def _from_templates(release: Release, seed: int) -> str:
    told = _templates()[release.talk]

    def fill(kind: str, place: int, **values: str) -> str:
        choice = told[kind][derive(seed, kind, place) % len(told[kind])]
        capitals = {name.capitalize(): _capital(text) for name, text in values.items()}
        return Template(choice).substitute(values | capitals)

    said = " ".join(
        fill(_kind(point, aside=release.request is not None), place, **_values(point))
        for place, point in enumerate(release.points)
    )
    if release.request is not None:
        if said:
            return fill("volunteered", 0, request=release.request, said=said)
        return fill("request", 0, request=release.request)
    if release.closing:
        return fill("done", 0)
    return said


def _kind(point: Point, *, aside: bool) -> str:
    if point.response == "value":
        kind = "phrase" if point.phrase else "value"
        return f"aside_{kind}" if aside else kind
    if point.response == "named" and not point.names:
        return "nothing"
    if point.response == "indifferent" and not point.name:
        return "elsewhere"
    return point.response


def _values(point: Point) -> dict[str, str]:
    names = list(point.names)
    joined = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    phrase = (point.phrase or "").rstrip(".!")
    return {
        "name": point.name,
        "value": point.value or "",
        "phrase": phrase,
        "names": joined,
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
