"""Takes the words around a statement off it: how it starts, when it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from .phrasing import third_person

__all__ = ["ADVERBS", "SUBJECT", "Scoped", "Timed", "lead_in", "scoped", "timed"]


_LEAD = re.compile(
    r"^[\s\u2003,:;!.(–—-]*(?:(?:hi|hey|hello|ok|okay|well|oh|ah|yes|yeah|yep|also|and|but|"
    r"so|actually|btw|"
    r"by the way|fyi|please|remember(?: that)?|note(?: that)?|keep in mind(?: that)?|"
    r"just so you know|just to let you know|for your information|since|because|as|honestly|"
    r"personally|to be honest|tbh|generally|in general|you should know(?: that)?|"
    r"for the record|anyway|look|listen|sure|plus|though|i mean|the thing is|one thing|"
    r"no wait|wait|sorry|penchant)\b[\s,:!–-]*)*",
    re.IGNORECASE,
)

_HOURS = {
    "tonight": 12.0,
    "today": 12.0,
    "this morning": 12.0,
    "this afternoon": 12.0,
    "this evening": 12.0,
    "right now": 12.0,
    "just now": 12.0,
    "at the moment": 24.0,
    "for now": 24.0,
    "tomorrow": 36.0,
    "this weekend": 72.0,
    "this week": 168.0,
    "this month": 720.0,
    "this year": 8760.0,
}

_TIME = re.compile(rf"\s*,?\s*\b({'|'.join(_HOURS)})\b", re.IGNORECASE)

_SCOPE_BEFORE = re.compile(
    r"^(?P<scope>(?:for|in|at|on|during|when(?:ever)?|while)\s+[^,]{2,50}?)(?:,\s*|"
    r"\s+(?=(?:please|i|we|keep|"
    r"use|make|be|write|always|never)\b))(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_SCOPE_CLAUSE = re.compile(
    r"^(?P<scope>(?:when(?:ever)?|while|if)\s+[^,]{2,60}),\s*(?P<rest>(?:please|i|i'm|we|keep|use|"
    r"make|be|write|always|never|don't|do not|avoid|give|answer|reply|only|add|include|suggest|"
    r"recommend|stop|prefer|my|the tone|just)\b.+)$",
    re.IGNORECASE | re.DOTALL,
)

_SCOPE_AFTER = re.compile(
    r"^(?P<rest>.+?)(?<! it)(?<!\bknow)\s+(?P<scope>(?:when(?:ever)?|while) .{3,50}"
    r"|(?:for|in|at|on|during) (?:my |the )?(?:\w+ )?(?:work|business|office|school|home|"
    r"breakfast|lunch|dinner|"
    r"e-?mails?|meetings?|reports?|weekdays?|weekends?|mornings?|evenings?|afternoons?|night|"
    r"summer|winter|spring|autumn|travel|holidays?|vacations?|travelling|"
    r"code|recipes?|reviews?|comments?|newsletters?|letters?|presentations?|slides|documents?|"
    r"documentation|chats?|slack|messages?|posts?|tweets?|essays?|articles?|blog posts?|"
    r"summar(?:y|ies)|stor(?:y|ies)|poems?|speech(?:es)?|talks?))$",
    re.IGNORECASE | re.DOTALL,
)


ADVERBS = (
    r"(?:(?:really|absolutely|strongly|generally|usually|always|definitely|just|truly|"
    r"especially|also|particularly|totally|deeply|simply|still|mostly|typically|normally|"
    r"do|personally|actually|very much|quite|greatly|highly|genuinely|would|'d|much|strictly|"
    r"completely|firmly|vastly|actively|deliberately|consistently|vehemently|absolutely only)\s+)*"
)
"""Words that may stand before a verb of taste, as a pattern."""

SUBJECT = r"^(?:i|we)(?=[\s'])\s*"

"""The speaker as subject, as a pattern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoped:
    """A clause without the words for when it holds.

    Attributes:
        text: What is left.
        scope: When it holds, in the third person ("work emails").
        hours: How long it holds, if it passes.
    """

    text: str
    scope: str | None = None
    hours: float | None = None


class Timed(NamedTuple):
    """A text without words of time, and the hours that they name."""

    text: str
    hours: float | None


def lead_in(text: str) -> str:
    """Drops the words with which people start ("well, by the way, …") and the final stop."""
    text = text[:400]
    return text[_LEAD.match(text).end() :].strip(" \t\n.!;,\u2003")  # type: ignore[union-attr]


def scoped(text: str, *, time: bool = True) -> Scoped:
    """Takes out when a clause holds: "tonight", "for work emails", "when I travel".

    Args:
        text: The clause.
        time: Whether words of time are taken out as well.

    Returns:
        What is left, with the scope in the third person and the hours that it lasts.
    """
    text, hours = timed(text) if time else Timed(text, None)
    scope = None
    before = _SCOPE_CLAUSE.match(text) or _SCOPE_BEFORE.match(text)
    after = None if before is not None else _SCOPE_AFTER.match(text)
    found = before or after
    if found is not None:
        text = found["rest"].strip(" ,")
        scope = re.sub(
            r"^(?:for|my|the|in|on)\s+(?:my\s+|the\s+)?", "", found["scope"].strip(), flags=re.I
        )
        scope = third_person(scope[:1].lower() + scope[1:])
    return Scoped(text=text, scope=scope, hours=hours)


def timed(text: str) -> Timed:
    """Takes out words of time ("tonight", "this week")."""
    found = _TIME.search(text)
    if found is None:
        return Timed(text, None)
    rest = (text[: found.start()] + text[found.end() :]).strip(" ,")
    return Timed(rest, _HOURS[found[1].lower()])
