"""Reads tastes that are said without a verb of taste: "mushrooms make me gag"."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from ...memory.inference.wording import orders
from ...memory.types import PreferenceDraft
from .lexicon import lexicon
from .phrasing import item_key, third_person
from .said import Said, soft, styled, tastes

__all__ = ["habitual", "idiom", "is_event", "is_one"]

_STRENGTH = 0.7
_LONGEST_THING = 9
_LONGEST = 240

_ADVERBS = (
    r"(?:(?:really|always|just|still|usually|often|simply|kind of|sort of|generally|totally|"
    r"absolutely|never fails? to|tends? to|also|honestly|definitely|truly|mostly|quite)\s+)*"
)
# What happened or is about to happen is no taste.
_EVENT = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|time|\w+day)|this (?:morning|afternoon|evening|"
    r"week|weekend|month|time|year)|today|tonight|tomorrow|right now|just now|at the moment|"
    r"currently|earlier|(?:next|on) (?:\w+day|week|month)\b(?!s)|in (?:an?|two|three|\d+) "
    r"(?:minutes?|hours?|days?|weeks?)|ago|so far|for now|already|yet|because of you|"
    r"since (?:\w+day|this|last))\b",
    re.IGNORECASE,
)
# A thing that somebody has in mind, or a person, and not a kind of thing.
_PARTICULAR = re.compile(
    r"^(?:it|this|that|these|those|either|neither|both|he|she|they|you|we|i|who|what|which|where|when|how|why|if|"
    r"there|here|everyone|everybody|someone|somebody|nobody|something|nothing|everything|"
    r"the (?!(?:taste|smell|sound|sight|idea|thought|feel|look|feeling|texture) of\b)|my|your|his|"
    r"her|their|our|its|one of|some of|no\b|and|but|or|so|because|since|as|to\b|not\b|please|"
    r"give|tell|let|make|write|show|explain|find|which|whatever|yes|also|his|doing (?:this|that))"
    r"(?:\b|(?<=\s))",
    re.IGNORECASE,
)
# One step, one day, one place in a text.
_ONE = re.compile(
    r"\d|\b(?:step|version|option|line|chapter|page|paragraph|section|part|question|draft)s?"
    r" (?:one|two|three|four|five|six|[a-d])\b|^(?:\w+day|noon|midnight)$|"
    r"^(?:one|two|three|four|five|six|ten|half|several|many|most|some) (?:a|an|per|of|or|in|at)\b|"
    r"\b(?:in|on|of|from|at|with|about) (?:this|that|your|(?<!taste of )(?<!smell of )the)\b",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"^(?:(?:i'd|i would|i'll|i will|i)\s+(?:always\s+|usually\s+)?(?:pick|choose|take|go for|have|"
    r"order)\s+|give me\s+)?(?:an? )?(?P<a>[^,]{2,40}?)\s+(?P<how>over|beats?)\s+"
    r"(?:an? )?(?P<b>[^,]{2,40}?)(?P<always>[\s,]+(?:always|any ?(?:day|time)(?: of the week)?|"
    r"every time|for me|always (?:have|has) been|in my book|hands down|all day|all the way|without "
    r"question|each time)[\w ]{0,20})?$",
    re.IGNORECASE,
)
_SOONER = re.compile(
    r"(?<![\w'])i(?:'d| would) (?:much )?(?:sooner|rather) "
    r"(?P<what>(?!not\b|have|you|know|see|be\b|we\b|it\b).{3,80})$",
    re.IGNORECASE,
)
# "Dairy doesn't agree with me" says nothing of "dairy doesn't".
_DANGLING = re.compile(
    r"(?:n't|\b(?:not|never|no longer|hardly|rarely|it|this|that|them|and|or|but|do|does|can|"
    r"will))$",
    re.IGNORECASE,
)
_LATELY = re.compile(
    r"\s+(?:lately|recently|nowadays|these days|any ?more|at all|much|either|too|so much)$",
    re.IGNORECASE,
)
# Amounts, errands and mishaps are no habits.
_NEWS = re.compile(
    r"\d|\b(?:but|and then|because|errors?|due|deadline|how many|asap)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"\b(?:is|are|was|were|has|have|me)\b[^,]*, ", re.IGNORECASE)
_EACH_TIME = re.compile(
    r"^it (?P<how>.{3,60}?) (?:when(?:ever)?|if) (?P<what>.{3,80})$", re.IGNORECASE
)
_NOT_OF_TASTE = re.compile(r"\b(?:i|you|we) (?:think|see|win|lose|go first)\b", re.IGNORECASE)


class _Idiom(NamedTuple):
    pattern: re.Pattern[str]
    bad: bool


@lru_cache(maxsize=1)
def _idioms() -> tuple[_Idiom, ...]:
    told = _told()
    frames = {
        "about_me": rf"^(?P<what>.{{2,80}}?)\s+{_ADVERBS}(?:@)$",
        "is": rf"^(?P<what>.{{2,80}}?)(?:\s+(?:is|are)|'s)\s+{_ADVERBS}(?:@)$",
        "isnt": rf"^(?P<what>.{{2,80}}?)\s+(?:isn't|aren't|is not|are not)\s+{_ADVERBS}(?:@)$",
        "i": rf"^(?:i|we)(?=[\s'])\s*{_ADVERBS}(?:@)\s+(?P<what>.{{2,80}})$",
        "my": r"^my (?:own |absolute |biggest |big )?(?:@)\s+(?:is|are)\s+(?P<what>.{2,80})$",
        "body": r"^my (?:@)\s+(?P<what>.{2,60})$",
    }
    return tuple(_compiled(told, frames))


@lru_cache(maxsize=1)
def _habits() -> re.Pattern[str]:
    told = _told()["habit"]
    verbs, others = "|".join(told["verbs"]), "|".join(told["but_not"])
    return re.compile(
        rf"^(?:i|we) (?:(?:always|only|mostly|usually|still|just|even|really) )?(?:{verbs})\s+"
        rf"(?!(?:{others})\b).{{2,80}}$",
        re.IGNORECASE,
    )


def _told() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("idioms.toml").read_text("utf-8"))


def _compiled(told: dict[str, dict[str, list[str]]], frames: dict[str, str]) -> Iterator[_Idiom]:
    for name, frame in frames.items():
        for side, phrases in told[name].items():
            pattern = re.compile(frame.replace("@", "|".join(phrases)), re.IGNORECASE)
            yield _Idiom(pattern, side == "dislikes")


def idiom(text: str) -> Said | None:
    """Reads a clause that says what somebody likes or not by what it does to them.

    Args:
        text: A clause without its lead-in and without the words for when it holds.

    Returns:
        The tastes; None if it is no such clause. What happened once, or is about one thing that
        somebody has in mind, is none.
    """
    text = re.sub(r"\s+", " ", text).strip(" .!,")
    if len(text) > _LONGEST or is_event(text) or orders(text):
        return None
    compared = _compared(text)
    if compared is not None:
        return compared
    each_time = _EACH_TIME.match(text)
    if each_time is not None:
        return _each_time(each_time["how"], each_time["what"])
    for pattern, bad in _idioms():
        found = pattern.match(text)
        if found is None:
            continue
        what = found["what"]
        if _CLAUSE.search(what) is not None:
            # "Nicknames are fine by me, titles make me cringe": the last of several.
            what = what.rpartition(", ")[2]
        what = what.strip(" ,")
        if is_one(what) or len(what.split()) > _LONGEST_THING:
            continue
        return _said(what, bad=bad)
    return None


def _each_time(how: str, what: str) -> Said | None:
    """Reads "it annoys me when people are late" by what stands for "it"."""
    bad = next((bad for pattern, bad in _idioms() if pattern.match(f"things {how}")), None)
    if bad is None or re.match(r"(?:you|i|we|he|she|it|this|that)\b", what, re.I) is not None:
        return None
    styles = lexicon().styles(what)
    if styles:
        return Said(drafts=tuple(styled(styles, bad=bad, strength=_STRENGTH)))
    verb = "dislikes" if bad else "likes"
    draft = _prefers(f"{verb} it when {third_person(what)}")
    return Said(drafts=(replace(draft, polarity="dislike" if bad else "like"),))


def habitual(text: str) -> bool:
    """Whether a clause may tell of a habit ("I code in Rust"); a chat model tells it from news."""
    text = text.strip(" .!,")
    return (
        len(text) <= _LONGEST
        and _habits().match(text) is not None
        and _NEWS.search(text) is None
        and not is_event(text)
    )


def is_event(text: str) -> bool:
    """Whether a clause tells when something happened or is about to happen."""
    return _EVENT.search(text) is not None


def is_one(what: str) -> bool:
    """Whether words name one thing or person rather than a kind of thing."""
    return (
        _PARTICULAR.match(what) is not None
        or _ONE.search(what) is not None
        or _DANGLING.search(what) is not None
    )


def _said(what: str, *, bad: bool) -> Said:
    styles = lexicon().styles(what)
    if styles:
        return Said(drafts=tuple(styled(styles, bad=bad, strength=_STRENGTH)))
    what = re.sub(
        r"^(?:anything|everything) (?:with|in|that has)\s+", "", what, flags=re.IGNORECASE
    )
    what = _LATELY.sub("", what)
    if re.match(r"[A-Z](?:[a-z]|\s)", what) is not None:
        # The clause began with it.
        what = what[:1].lower() + what[1:]
    verb = "dislikes" if bad else "likes"
    return Said(drafts=tuple(tastes(verb, what, dislike=bad, strength=_STRENGTH)))


def _compared(text: str) -> Said | None:
    sooner = _SOONER.search(text)
    if sooner is not None and _PARTICULAR.match(sooner["what"]) is None:
        return Said(drafts=(_prefers(f"would rather {third_person(sooner['what'])}"),))
    found = _OVER.match(text)
    if found is None or _NOT_OF_TASTE.search(text) is not None:
        return None
    mine = re.match(r"(?:i'd|i would|i'll|give me)\b", text, re.IGNORECASE) is not None
    if not (mine or found["always"]):
        return None
    first, second = found["a"].strip(), found["b"].strip()
    if is_one(first) or is_one(second):
        return None
    styles = lexicon().styles(first)
    if styles:
        return Said(drafts=tuple(styled(styles, bad=False, strength=_STRENGTH)))
    a, b = third_person(_lowered(first, text)), third_person(second)
    return Said(drafts=(soft(f"prefers {a} to {b}", item_key("like", a), a, _STRENGTH),))


def _lowered(words: str, text: str) -> str:
    return words[:1].lower() + words[1:] if text.startswith(words) else words


def _prefers(description: str) -> PreferenceDraft:
    return PreferenceDraft(description=description, strength=_STRENGTH, confidence=0.85)
