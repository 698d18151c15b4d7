"""Looks words up: how replies should read, passing states."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

__all__ = ["Lexicon", "State", "Style", "fold", "lexicon", "names_replies"]


class Style(BaseModel):
    """A way in which replies may read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aspect: str
    value: str
    says: str
    opposite: str | None = None
    words: tuple[str, ...]
    command: tuple[str, ...] = ()


class State(BaseModel):
    """Something a person is, for hours or for good, that decides what fits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aspect: str
    value: str
    says: str
    hard: bool = False
    hours: float | None = None
    words: tuple[str, ...]


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")

    style: tuple[Style, ...]
    state: tuple[State, ...]
    meaning: dict[str, str]
    answers: dict[str, str]


# What may stand around a style word without changing what it says ("keep your answers short").
_FILLER = frozenset(
    re.findall(
        r"\S+",
        """
        it its it's things thing to be being been very really quite pretty rather a an
        the your you my me them they that are is with in as using use used keep kept
        keeping make made write written writing writes answer answers answering reply
        replies replying respond responses response responding explanation explanations
        explain text texts output talk speak say give get getting want please style tone
        format form language of way for when if just nice and or so all always i we us
        can could would will should like prefer have has having want this these those
        more too bit little much even some stay up everything anything stuff also
        communicate do
        """,
    )
)
_REPLY_NOUNS = frozenset(
    [
        "answers",
        "replies",
        "responses",
        "explanations",
        "summaries",
        "messages",
        "texts",
        "things",
        "everything",
    ]
)
_WORD = re.compile(r"[\w'#-]+|[^\w\s]")


def fold(text: str) -> str:
    """Casefolds, and reduces punctuation and space around words to single spaces."""
    return " ".join(re.findall(r"[\w'#;/-]+|[^\w\s.,!?:\"()…]", text.casefold()))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The rules of `rules.toml`, indexed for look-up."""

    _words: dict[str, Style]
    _commands: dict[str, Style]
    _states: dict[str, State]
    _pattern: re.Pattern[str]
    _word_pattern: re.Pattern[str]
    _meanings: dict[str, str]
    _answers: dict[str, str]

    def meaning(self, diet: str) -> str | None:
        """What a known diet rules out."""
        return self._meanings.get(diet)

    def answer(self, aspect: str) -> str | None:
        """How an answer about an aspect is described, with `{value}` in it."""
        return self._answers.get(aspect)

    def styles(self, text: str) -> tuple[Style, ...]:
        """The styles that a text consists of, apart from filler; empty if it says more.

        Args:
            text: Such as "short, formal answers" or "your replies to be brief".

        Returns:
            One style for each aspect named.
        """
        return self._read(text, self._word_pattern, self._words)

    def command(self, text: str) -> tuple[Style, ...]:
        """The styles that a command consists of ("a bit shorter, please")."""
        exact = self._commands.get(fold(text))
        return (
            (exact,)
            if exact is not None
            else self._read(text, self._pattern, self._commands, self._words)
        )

    def mentioned(self, text: str) -> tuple[Style, ...]:
        """Every style named anywhere in a text."""
        found = (self._words.get(m[0]) or self._commands[m[0]] for m in self._find(fold(text)))
        return tuple(dict.fromkeys(found))

    def opposite(self, style: Style) -> Style | None:
        """What a dislike of a style asks for instead."""
        if style.opposite is None:
            return None
        for other in self._words.values():
            if other.aspect == style.aspect and other.value == style.opposite:
                return other
        return None

    def state(self, text: str) -> State | None:
        """The state that a complement of "I am" names."""
        return self._states.get(fold(text))

    def _find(self, folded: str) -> list[re.Match[str]]:
        return list(self._pattern.finditer(folded))

    def _read(
        self, text: str, pattern: re.Pattern[str], *tables: dict[str, Style]
    ) -> tuple[Style, ...]:
        folded = fold(text[:300])
        found: list[Style] = []
        rest: list[str] = []
        at = 0
        for match in pattern.finditer(folded):
            style = next((t[match[0]] for t in tables if match[0] in t), None)
            if style is None:
                continue
            rest.append(folded[at : match.start()])
            at = match.end()
            if all(style.aspect != other.aspect for other in found):
                found.append(style)
        rest.append(folded[at:])
        left = [w for w in _WORD.findall(" ".join(rest)) if w not in _FILLER and w.isalnum()]
        return tuple(found) if found and not left else ()


def names_replies(text: str) -> bool:
    """Whether a text speaks of replies in general ("your answers"), not of one."""
    return not _REPLY_NOUNS.isdisjoint(fold(text).split())


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    raw = (files(__package__) / "rules.toml").read_text(encoding="utf-8")
    rules = _Rules.model_validate(tomllib.loads(raw))
    words = {fold(w): style for style in rules.style for w in style.words}
    commands = {fold(w): style for style in rules.style for w in style.command}
    return Lexicon(
        words,
        commands,
        {fold(w): state for state in rules.state for w in state.words},
        _any_of({*words, *commands}),
        _any_of(words),
        rules.meaning,
        rules.answers,
    )


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of these phrases, the longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, ordered)) + r")(?![\w-])")
