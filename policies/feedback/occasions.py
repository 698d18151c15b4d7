"""The occasion that a request names: what its style is learned for, and not for always."""

from __future__ import annotations

import re

from ...memory.types import Context
from .scope import scoped

__all__ = ["occasion_of", "other_occasion"]

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


def other_occasion(scope: str | None, occasion: str | None) -> bool:
    """Whether a scope names another kind of text than an occasion does ("recipes", "emails").

    Where either names none, nothing is known: "when they travel" may hold for an email.
    """
    if scope is None or occasion is None:
        return False
    its, now = _kind_in(scope), _kind_in(occasion)
    return its is not None and now is not None and its != now


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
