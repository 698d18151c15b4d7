"""The occasion that a request names: what its style is learned for, and not for always."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...memory.relevance import Bearing
from ...memory.types import Context
from .scope import scoped

__all__ = ["bearing_on", "occasion_of"]

_READ = 400

# Kinds of text that people write in a style of their own, as requests name them.
_KINDS = {
    "e-mail": "emails",
    "email": "emails",
    "mail": "emails",
    "cover letter": "cover letters",
    "letter": "letters",
    "poem": "poems",
    "haiku": "poems",
    "limerick": "poems",
    "sonnet": "poems",
    "verse": "poems",
    "song": "songs",
    "lyrics": "songs",
    "story": "stories",
    "tale": "stories",
    "essay": "essays",
    "speech": "speeches",
    "toast": "speeches",
    "text message": "messages",
    "message": "messages",
    "reply": "messages",
    "tweet": "social media posts",
    "caption": "social media posts",
    "linkedin post": "social media posts",
    "instagram post": "social media posts",
    "facebook post": "social media posts",
    "post": "social media posts",
    "blog post": "blog posts",
    "article": "articles",
    "newsletter": "newsletters",
    "press release": "press releases",
    "announcement": "announcements",
    "invitation": "invitations",
    "report": "reports",
    "summary": "summaries",
    "review": "reviews",
    "bio": "bios",
    "product description": "product descriptions",
    "job ad": "job ads",
    "recipe": "recipes",
    "commit message": "commit messages",
    "code review": "code reviews",
    "docstring": "code comments",
    "code comment": "code comments",
    "function": "code",
    "script": "code",
}
# A kind of the kind, worth a style of its own.
_SORTS = (
    "work",
    "business",
    "formal",
    "official",
    "private",
    "personal",
    "thank-you",
    "love",
    "marketing",
    "sales",
    "complaint",
    "condolence",
)
# Whom a text is for, where its kind alone does not say.
_CIRCLES = {
    "work": re.compile(
        r"\b(?:work|business|official|office|corporate|boss|managers?|supervisor|clients?|"
        r"customers?|colleagues?|co-?workers?|suppliers?|stakeholders?|recruiters?|hr|team|"
        r"company|employees?|employer|investors?|sales|marketing|quarterly|invoices?)\b",
        re.IGNORECASE,
    ),
    "private": re.compile(
        r"\b(?:private|personal|family|friends?|mate|mum|mom|mother|dad|father|parents?|sisters?|"
        r"brothers?|aunt|uncle|cousins?|grand(?:ma|pa|mother|father|parents?)|wife|husband|"
        r"girlfriend|boyfriend|partner|daughter|son|kids?|neighbou?rs?)\b",
        re.IGNORECASE,
    ),
}
_NAMES = "|".join(re.escape(name) for name in sorted(_KINDS, key=len, reverse=True))
_WRITE = (
    r"(?:write|writing|draft|drafting|compose|prepare|create|make|send|answer|reply|rewrite|redo|"
    r"improve|edit|polish|shorten|translate|proofread|need|want|give me|help me with|suggest|do)"
)
_ASKED = re.compile(
    rf"\b{_WRITE}\b(?:\s+(?:me|us|him|her|them|up|to|with|for|on|an?|the|my|our|this|that|some|"
    rf"another|one|two|three|short|long|quick|brief|little|small|nice|funny|polite|friendly|good|"
    rf"better|new|simple|warm|very|really|more|quite|\w+ly)\b){{0,5}}\s+"
    rf"(?:(?P<sort>{'|'.join(map(re.escape, _SORTS))})\s+|[\w'’-]+\s+)??"
    rf"(?P<kind>{_NAMES})(?:e?s)?\b",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\b(?P<kind>{_NAMES})(?:e?s)?\b", re.IGNORECASE)
# "code reviews" before "code".
_BY_LENGTH = sorted(set(_KINDS.values()), key=len, reverse=True)
_SEND = re.compile(
    r"^\W*(?:please\s+|can you\s+|could you\s+)?(?:(?P<mail>e-?mail)|message|text)\s+"
    r"(?:my|our|the|him|her|them|(?-i:[A-Z])\w+)\b",
    re.IGNORECASE,
)
_SUMMARISE = re.compile(r"^\W*(?:please\s+|can you\s+|could you\s+)?summari[sz]e\b", re.IGNORECASE)


def occasion_of(context: Context) -> str | None:
    """Names the occasion of a request: the kind of text it asks for, or when its words say it is.

    How somebody likes their poems says little of their work emails. A request that names no kind
    of text is of no occasion in particular.

    Args:
        context: What the user is doing; the first of its tags, if it has any, is the occasion.

    Returns:
        Such as "work emails", in the words that scopes of stated preferences are in; None if
        there is none.
    """
    if context.tags:
        return context.tags[0]
    text = context.text[:_READ]
    for line in text.splitlines():
        said = scoped(line.strip(), time=False)
        # "When I cook …" is a scope; "at the moment" in a long request hardly is.
        if said.scope is not None and said.text != line.strip() and _names_kind(said.scope):
            return said.scope
    found = _ASKED.search(text)
    if found is not None:
        kind = _KINDS[found["kind"].lower()]
        sort = (found["sort"] or "").lower()
        return f"{sort} {kind}".strip()
    sent = _SEND.search(text)
    if sent is not None:
        return "messages" if sent["mail"] is None else "emails"
    return "summaries" if _SUMMARISE.search(text) is not None else None


def bearing_on(context: Context) -> Callable[[str], Bearing | None]:
    """Makes the judge of which scopes hold for a request; needs no model.

    A scope holds that names the kind of text asked for and, if it says for whom ("work emails"),
    the circle that the request is for ("an email to my boss"). It may hold where the request does
    not say for whom. Of a scope that names no kind of text ("when they travel"), nothing is known.

    Args:
        context: What the user is doing; the first of its tags, if it has any, is the occasion.
    """
    occasion = occasion_of(context)
    now = None if occasion is None else _kind_in(occasion)
    circle = _circle_in(occasion or "") or _circle_in(context.text[:_READ])

    def bearing(scope: str) -> Bearing | None:
        if occasion is not None and scope.casefold() == occasion.casefold():
            return "holds"
        its = _kind_in(scope)
        if its is None or now is None:
            return None
        if its != now:
            return "elsewhere"
        wanted = _circle_in(scope)
        if wanted is not None:
            return "may hold" if circle is None else "holds" if wanted == circle else "elsewhere"
        # "emails to the landlord" says more than a kind: nearness tells.
        return "holds" if _plainly(scope, its) else None

    return bearing


def _circle_in(words: str) -> str | None:
    """The circle that is named first: "email my boss about my son's exam" is for work."""
    found = [
        (match.start(), name) for name, each in _CIRCLES.items() if (match := each.search(words))
    ]
    return min(found)[1] if found else None


def _plainly(scope: str, kind: str) -> bool:
    """Whether a scope names a kind of text and says no more."""
    words = scope.casefold()
    return words == kind or words.rstrip("s") in {name.rstrip("s") for name in _KINDS}


def _names_kind(scope: str) -> bool:
    """Whether words for an occasion name a kind of text."""
    return _kind_in(scope) is not None


def _kind_in(words: str) -> str | None:
    """The kind of text that words for an occasion name, if they do."""
    folded = words.casefold()
    for kind in _BY_LENGTH:
        if kind in folded:
            return kind
    found = _NAMED.search(words)
    return None if found is None else _KINDS[found["kind"].lower()]
