"""Reads what the assistant should do from now on ("always …", "never …")."""

from __future__ import annotations

import re
from dataclasses import replace

from ...memory.types import PreferenceDraft
from .clauses import Clause
from .known import known_constraints
from .lexicon import fold, lexicon, names_replies
from .phrasing import item_key, items, style_draft, third_person
from .scope import scoped
from .told import Told

__all__ = ["LANGUAGE", "POLITE", "lasting_order"]


POLITE = re.compile(
    r"^(?:(?:please|can you|could you|would you|will you|can we|could we|let's|kindly|just|"
    r"now|ok|okay|"
    r"no(?=,)|yes|great|thanks|but|and|maybe|perhaps|i want you to|i'd like you to|"
    r"i would like you to|"
    r"you should|you can|try to|make sure to|make sure you|be sure to)\b[\s,]*)+",
    re.IGNORECASE,
)

_LASTING_BEFORE = re.compile(
    r"^(?:from now on|going forward|in (?:the )?future|in general|by default|as a rule|"
    r"always|every time|for (?:all )?future (?:replies|answers))\b[\s,]*(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_LASTING_AFTER = re.compile(
    r"^(?P<rest>.+?)[\s,]+(?:from now on|going forward|in (?:the )?future|by default|"
    r"always|every time|again|ever again|ever|any ?more|at all)$",
    re.IGNORECASE | re.DOTALL,
)

# These tell for how long only after a "no": "give me that again" asks for it once more.
_ONLY_AFTER_NO = re.compile(r"(?:again|ever|any ?more|at all)$", re.IGNORECASE)

_NEVER = re.compile(
    r"^(?:never|don't ever|do not ever|don't|do not|stop|no more|please don't|avoid|"
    r"quit)\b\s*(?:ever\s+)?(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_OFFER = re.compile(
    r"^(?:suggest(?:ing)?|recommend(?:ing)?|propos(?:e|ing)|offer(?:ing)?|giv(?:e|ing)|"
    r"show(?:ing)?|mention(?:ing)?|includ(?:e|ing)|"
    r"add(?:ing)?|us(?:e|ing)|bring(?:ing)?(?: up)?|put(?:ting)?|cook(?:ing)?(?: with)?|"
    r"serv(?:e|ing)|send(?:ing)?)\s+(?:me |us )?(?:any |anything with |things with |"
    r"anything containing |something with )?(?P<what>.{2,80}?)(?:\s+(?:to me|for me|"
    r"in (?:my|any|the) \w+))?$",
    re.IGNORECASE | re.DOTALL,
)

_ALWAYS_VERB = re.compile(
    r"^(?:use|answer|reply|respond|write|include|add|give|suggest|keep|start|end|put|show|"
    r"explain|cite|"
    r"address|speak|talk|offer|recommend|mention|be|format)\b",
    re.IGNORECASE,
)

# "No more hostels for me."
_FOR_ME = re.compile(r"\s+for (?:me|us)$", re.IGNORECASE)

# "In Spanish from now on, not in English": what it was so far.
_NOT_THAT = re.compile(
    r"[\s,]+(?:and )?(?:not|instead of|rather than) (?:in |as |with )?[\w -]{2,30}$", re.IGNORECASE
)

_DEGREE = re.compile(
    r"^(?:use |with )?(?P<how>more|less|fewer) (?P<what>[a-z][\w-]{2,20})(?: please)?$",
    re.IGNORECASE,
)

_NEVER_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        mind heard thought knew been seen again worry forget tell ask do know have had
        want wanted be get be try give go before once did understood say let happen need
        use hesitate
        """,
    )
)

LANGUAGE = re.compile(
    r"^(?:(?:answer|reply|respond|write|speak|talk|say it|explain|translate it|"
    r"translate that)\s+(?:(?:to )?me\s+)?)?(?:in|into|to)?\s*(?P<what>english|spanish|"
    r"portuguese|french|"
    r"german|italian|dutch|polish|russian|ukrainian|turkish|arabic|hindi|chinese|mandarin|"
    r"japanese|korean|swedish|norwegian|danish|finnish|greek|hebrew|czech|hungarian|"
    r"romanian|vietnamese|thai|indonesian)(?:\s+please)?$",
    re.IGNORECASE,
)


def _lasts(text: str) -> bool:
    """Whether words for how long something holds do so here."""
    if _LASTING_BEFORE.match(text) is not None or _ONLY_AFTER_NO.search(text) is None:
        return True
    return _NEVER.match(text) is not None or re.match(r"no\b", text, re.IGNORECASE) is not None


def lasting_order(plain: str, clause: Clause) -> Told | None:
    if clause.question and plain == clause.text.strip(" ?"):
        return None
    lasting = False
    text = plain
    for pattern in (_LASTING_BEFORE, _LASTING_AFTER):
        found = pattern.match(text) or pattern.match(_NOT_THAT.sub("", text))
        if found is not None:
            lasting = lasting or _lasts(text)
            text = found["rest"].strip(" ,")
    when = scoped(text)
    text = when.text
    again = _LASTING_BEFORE.match(text)
    if again is not None:
        lasting, text = True, again["rest"].strip(" ,")
    text = POLITE.sub("", text)
    if re.match(r"(?:i|we|my|i'm|you|it|he|she|they|there|who|what|how|why)\b", text, re.I):
        return None
    never = _NEVER.match(text)
    if never is not None:
        ever = (
            lasting
            or re.match(r"(?:never|don't ever|do not ever|no more)\b", text, re.I) is not None
        )
        holds = when.scope is not None or when.hours is not None
        rest = _FOR_ME.sub("", never["rest"].strip(" ."))
        drafts = _refused(rest, text, ever=bool(ever), holds=holds)
    elif (lasting or when.hours is not None) and re.match(r"no\s", text, re.I) is not None:
        drafts = _refused(text[3:].strip(), text, ever=lasting, holds=True)
    else:
        placed = when.scope is not None or when.hours is not None
        drafts = _wanted(text, lasting=lasting, scoped=placed)
    if not drafts:
        return None
    return Told(
        drafts=tuple(
            replace(d, scope=when.scope, lasts_hours=when.hours or d.lasts_hours) for d in drafts
        )
    )


def _refused(rest: str, whole: str, *, ever: bool, holds: bool) -> list[PreferenceDraft]:
    styles = lexicon().styles(rest)
    if styles:
        if not (ever or names_replies(rest) or re.match(r"(?:use|using|write|give)\b", rest, re.I)):
            return []
        opposites = (lexicon().opposite(style) for style in styles)
        return [style_draft(style, strength=0.9) for style in opposites if style is not None]
    offer = _OFFER.match(rest)
    if offer is None:
        starts = fold(rest).split()
        if (
            not re.match(rf"never\b|no more\b|no\b{'|avoid' if holds else ''}", whole, re.I)
            or not starts
            or len(starts) > 3
            or not _NEVER_WORDS.isdisjoint(starts)
        ):
            return []
        what = rest
    else:
        what = offer["what"]
    if (
        re.match(r"(?:it|that|this|them|these|those|up|me|the|to)\b", what, re.IGNORECASE)
        is not None
    ):
        return []
    return [
        PreferenceDraft(
            description=f"never {item}" if ever else f"avoids {item}",
            polarity="dislike",
            hard=ever,
            strength=1.0 if ever else 0.8,
            confidence=0.93,
            aspect=item_key("avoid", item),
            value=item,
        )
        for item in items(re.sub(r"^(?:any|some)\s+", "", what, flags=re.IGNORECASE))
    ]


def _wanted(text: str, *, lasting: bool, scoped: bool) -> list[PreferenceDraft]:  # noqa: PLR0911
    if not lasting and not scoped and not names_replies(text):
        return []
    styles = lexicon().styles(text)
    if not styles and (lasting or scoped):
        styles = lexicon().command(text)
    if styles:
        return [style_draft(style, strength=0.9) for style in styles]
    language = LANGUAGE.match(text)
    if language is not None and (lasting or scoped):
        what = language["what"].capitalize()
        return [
            PreferenceDraft(
                description=f"wants replies in {what}",
                strength=0.95,
                confidence=0.95,
                aspect="language",
                value=what,
            )
        ]
    if not lasting:
        return []
    degree = _DEGREE.match(text)
    if degree is not None:
        said = f"{degree['how'].lower()} {degree['what'].lower()}"
        return [
            PreferenceDraft(
                description=f"wants {said}",
                strength=0.8,
                confidence=0.9,
                aspect=f"degree:{degree['what'].lower()}",
                value=said,
            )
        ]
    known = known_constraints(text)
    if known:
        return list(known)
    if _ALWAYS_VERB.match(text) is None:
        return []
    what = third_person(text)
    return [
        PreferenceDraft(
            description=f"wants the assistant to always {what}", strength=0.85, confidence=0.9
        )
    ]
