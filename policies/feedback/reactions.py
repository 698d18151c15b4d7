"""Reads what a message thinks of the last reply, and in which way it shows that."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from ...memory.types import ReactionKind, Sentiment
from .clauses import Clause
from .scope import lead_in

__all__ = ["Thought", "react"]

_LONGEST = 200
_MOST_PARTS = 6
_PARTS = re.compile(r"\s*[,;:–—!.]+\s+|\s+-\s+|\s+(?:and|but)\s+|(?<=\w)\s*(?=[😂🤣👍❤🙏👎])")
_OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|alright|all right|right|oh|ah+|wow|hm+|well|yes|yeah|yep|yup|haha(?:ha)*|"
    r"lol|hey|but|and|so|actually|honestly|sorry|seriously|great|fine|cool|though|still|also|wait|man|"
    r"please)\b[\s,!.:]*)+",
    re.IGNORECASE,
)
_NO = re.compile(r"^\W*no(?:pe)?\b(?:[\s,!.:]+|$)", re.IGNORECASE)
_FILLER = re.compile(
    r"^(?:ok(?:ay)?|alright|all right|oh|ah+|hm+|well|yes|yeah|yep|sorry|please|though|really|"
    r"seriously|honestly|right|hey|hi|hello|dear|penchant|then|now)$",
    re.IGNORECASE,
)


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentiment: Sentiment
    patterns: tuple[str, ...]
    asked: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sets: dict[str, str]
    kinds: dict[ReactionKind, _Kind]


@dataclass(frozen=True, slots=True)
class Thought:
    """What a message thinks of a reply.

    Attributes:
        sentiment: Satisfied or not.
        category: How it shows.
        about: What it is about, in the user's words, if they say so.
        wish: The fault that is named, as a command can turn it round ("too formal", "more detail").
    """

    sentiment: Sentiment
    category: ReactionKind
    about: str | None = None
    wish: str | None = None


class _Pattern(NamedTuple):
    category: ReactionKind
    sentiment: Sentiment
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Table:
    said: tuple[_Pattern, ...]
    asked: tuple[_Pattern, ...]
    denied: tuple[_Pattern, ...]


def react(clause: Clause) -> Thought | None:
    """What a clause thinks of the last reply; None unless all of it does.

    The kinds are those of WildFeedback (Shi et al. 2024, "WildFeedback: Aligning LLMs With In-situ
    User Interactions And Feedback") in words of our own, without personal details and unrealistic
    expectations, which say nothing of the reply. There a language model tells them apart; here
    forms of words do, so that only clauses which are nothing but a reaction count, and what is
    longer stays a request.

    Args:
        clause: A clause of the message that follows the reply.
    """
    text = re.sub(r"\s+", " ", clause.text).strip(" \u2003,.!;…")
    if clause.content or not text or len(text) > _LONGEST or "\u2003" in text:
        return None
    if clause.question or text.endswith("?"):
        return _match(_table().asked, lead_in(text.strip(" ?")))
    whole = _thought(text)
    if whole is not None:
        return whole
    parts = [part for part in _PARTS.split(text) if part.strip()]
    if not 1 < len(parts) <= _MOST_PARTS:
        return None
    thoughts = [_thought(part) for part in parts if _FILLER.match(part.strip()) is None]
    found = [each for each in thoughts if each is not None]
    if not found or len(found) < len(thoughts):
        return None
    bad = [each for each in found if each.sentiment == "dissatisfied"]
    # "No, that's wrong" says more with its second half.
    told = [each for each in bad if each.about or each.wish or each.category != "complaint"]
    return (told or bad or found)[0]


def _thought(text: str) -> Thought | None:
    text = text.strip(" ,.!;")
    no = _NO.match(text)
    rest = text if no is None else text[no.end() :]
    for tried in dict.fromkeys((text, _OPENING.sub("", text), rest, _OPENING.sub("", rest))):
        found = _match(_table().said, tried) if tried else None
        if found is not None and not (no is not None and found.sentiment == "satisfied"):
            return found
    return None if no is None or not rest else _match(_table().denied, rest)


def _match(patterns: tuple[_Pattern, ...], text: str) -> Thought | None:
    for each in patterns:
        found = each.pattern.fullmatch(text)
        if found is None:
            continue
        groups = found.groupdict()
        about, wish = groups.get("about"), groups.get("wish")
        if wish is not None:
            wish = f"more {wish}" if each.category == "thin" else f"too {wish}"
        return Thought(
            sentiment=each.sentiment,
            category=each.category,
            about=(about or wish or "").strip() or None,
            wish=wish,
        )
    return None


@cache
def _table() -> _Table:
    raw = (files(__package__) / "reactions.toml").read_text(encoding="utf-8")
    rules = _Rules.model_validate(tomllib.loads(raw))

    def compiled(name: str) -> tuple[_Pattern, ...]:
        return tuple(
            _Pattern(category, kind.sentiment, re.compile(_filled(pattern, rules.sets), re.I))
            for category, kind in rules.kinds.items()
            for pattern in getattr(kind, name)
        )

    said, asked, denied = compiled("patterns"), compiled("asked"), compiled("denied")
    # A fault that is named counts before a bare judgement.
    order: tuple[Sentiment, ...] = ("dissatisfied", "satisfied")
    ranked = sorted(said, key=lambda p: (order.index(p.sentiment), p.category in _BARE))
    return _Table(tuple(ranked), asked, denied)


_BARE = frozenset({"complaint", "style"})


def _filled(pattern: str, sets: dict[str, str]) -> str:
    for _ in range(2):
        for name, words in sets.items():
            pattern = pattern.replace("{" + name + "}", words)
    return pattern
