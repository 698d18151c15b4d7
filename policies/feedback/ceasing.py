"""Reads what somebody says they gave up: "I stopped playing alone", "I no longer use Perl"."""

from __future__ import annotations

import re
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .idioms import habitual, is_event, is_one
from .phrasing import item_key, third_person, verb_s
from .said import TOO_VAGUE, Said, soft
from .tastes import refusal

__all__ = ["ceasing", "instead"]

_STRENGTH = 0.75
_LONGEST = 9

_SINCE = r"(?:(?:just|finally|completely|also|recently|now|pretty much|really|long)\s+)*"
_GIVEN_UP = re.compile(
    rf"^(?:i|we)(?:'ve|\s+have)?\s+{_SINCE}(?:stopped|quit|given up(?: on)?|gave up(?: on)?|"
    r"sworn off|had enough of|(?P<switched>switched|changed over|gone over))\s+"
    r"(?P<what>.{2,80})$",
    re.IGNORECASE | re.DOTALL,
)
_DONE = re.compile(
    rf"^(?:i'm|i am|we're|we are)\s+{_SINCE}(?:done|finished|through) with\s+(?P<what>.{{2,60}})$",
    re.IGNORECASE | re.DOTALL,
)
_NO_LONGER = re.compile(
    rf"^(?:i|we)\s+(?:{_SINCE}no longer|(?:do not|don't))\s+(?P<verb>[a-z]+)\s+"
    r"(?P<what>.{2,80})$",
    re.IGNORECASE | re.DOTALL,
)
_ANY_MORE = re.compile(r"[\s,]+(?:any ?more|any longer|for good|completely|altogether)\b.*$", re.I)
_BESIDES = re.compile(
    r"\s*(?:,\s*(?:it|he|she|they|that|which|who|so|my|the|too|and|but|because|since|as)\b|;|:|\().*$",
    re.IGNORECASE | re.DOTALL,
)
_EATING_IT = re.compile(r"(?P<verb>eat|drink)ing\s+(?P<what>.+)$", re.IGNORECASE | re.DOTALL)
_THE = re.compile(r"^the\s+", re.IGNORECASE)
_WITH = re.compile(r"\s+(?:in|on|at|with|for|after|before)\s+", re.IGNORECASE)
_NOW = re.compile(
    r"^(?:now|these days|nowadays|instead),?\s+(?=(?:i|we)\b)|"
    r"[\s,]+(?:now|these days|nowadays|instead|from now on|again now)(?:,.{0,30})?$",
    re.IGNORECASE,
)
_HABIT = re.compile(
    r"^(?:i|we)\s+(?:(?P<often>always|only|mostly|usually)\s+|(?:just|even|really)\s+)?"
    r"(?P<verb>[a-z]+)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_FROM_TO = re.compile(
    r"^(?:over )?(?:from (?P<old>.{2,40}?) )?(?:over )?to (?P<new>.{2,60})$", re.I | re.S
)
_EATING = frozenset({"eat", "drink", "consume", "touch", "digest", "tolerate"})
# Of these nothing is told about what somebody likes.
_NOT_HABITS = frozenset(
    """
    know think remember understand see have get feel believe trust mind care hear recall expect
    seem work live be find
    """.split()  # noqa: SIM905
)
# "Stopped at the light", "quit because", "gave up trying": no thing that one has.
_NO_THING = re.compile(
    r"^(?:at|by|in|for|to|because|when|after|before|and|but|on|there|here|then|trying|hoping|"
    r"waiting|looking|counting|half|smack)\b",
    re.IGNORECASE,
)


def ceasing(text: str) -> Said | None:
    """Reads a clause in the first person that says what has come to an end.

    Args:
        text: A clause without its lead-in and without the words for when it holds.

    Returns:
        What it says, against the thing given up and for what takes its place; None if it is no such
        clause. What ended once (a walk, a rain) is none.
    """
    text = re.sub(r"\s+", " ", text).strip(" .!,")
    if is_event(text):
        return None
    found = _GIVEN_UP.match(text) or _DONE.match(text)
    if found is not None:
        what = _plainly(found["what"])
        return _switched(what) if found.groupdict().get("switched") else _given_up(what)
    longer = _NO_LONGER.match(text)
    # "I don't use Perl" says nothing of before.
    if longer is None or not ("no longer" in text.lower() or _ANY_MORE.search(longer["what"])):
        return None
    return _no_longer(longer["verb"].lower(), _plainly(longer["what"]))


def _given_up(what: str) -> Said | None:
    eaten = _EATING_IT.match(what)
    if eaten is not None:
        return refusal(f"I don't {eaten['verb']} {eaten['what']}")
    return None if _nothing(what) else Said(drafts=(_gone("has given up", what),))


def _no_longer(verb: str, what: str) -> Said | None:
    if verb in _EATING:
        return refusal(f"I don't {verb} {what}")
    if verb in _NOT_HABITS or _nothing(_THE.sub("", what)):
        return None
    return Said(drafts=(_gone(f"no longer {verb_s(verb)}", what),))


def instead(text: str) -> Said | None:
    """Reads a habit that has taken the place of another: "I drink tea now".

    By itself such a clause may be news as well as a habit; after something given up it is none.

    Args:
        text: A clause without its lead-in.
    """
    text = re.sub(r"\s+", " ", text).strip(" .!,")
    plain = _NOW.sub("", text)
    found = _HABIT.match(plain)
    if plain == text or found is None or not habitual(plain):
        return None
    often = f"{found['often'].lower()} " if found["often"] else ""
    what = third_person(found["what"])
    return Said(
        drafts=(soft(f"{often}{verb_s(found['verb'].lower())} {what}", None, None, _STRENGTH),)
    )


def _plainly(what: str) -> str:
    """What has ended, without how thoroughly, and without what is said of it besides."""
    return _ANY_MORE.sub("", _BESIDES.sub("", what))


def _switched(what: str) -> Said | None:
    found = _FROM_TO.match(what)
    if found is None or _nothing(_WITH.split(found["new"])[0]):
        return None
    new = third_person(found["new"])
    drafts = [soft(f"has switched to {new}", None, None, _STRENGTH)]
    if found["old"] is not None and not _nothing(found["old"]):
        drafts.insert(0, _gone("has given up", found["old"]))
    return Said(drafts=tuple(drafts))


def _nothing(what: str) -> bool:
    words = what.casefold().split()
    return (
        not words
        or len(words) > _LONGEST
        or (len(words) == 1 and words[0] in TOO_VAGUE)
        or _NO_THING.match(what) is not None
        or is_one(what)
    )


def _gone(how: str, what: str) -> PreferenceDraft:
    thing = third_person(what)
    draft = soft(f"{how} {thing}", item_key("avoid", thing), thing, _STRENGTH)
    return replace(draft, polarity="dislike")
