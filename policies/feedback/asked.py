"""What a request says of the text that it asks for: its kind, for what or whom, and what from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...memory.scopes import SORTS, kind_of

__all__ = [
    "Asked",
    "asked",
    "circle_in",
    "is_plainly",
    "kind_in",
    "names_source",
    "purpose_in",
]

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
# What texts are made from, as requests name it, and how several of them are called.
_SOURCES = {
    "minutes": "minutes",
    "notes": "notes",
    "note": "notes",
    "meeting": "meetings",
    "call": "calls",
    "interview": "interviews",
    "lecture": "lectures",
    "talk": "talks",
    "transcript": "transcripts",
    "recording": "recordings",
    "podcast": "podcasts",
    "video": "videos",
    "article": "articles",
    "paper": "papers",
    "abstract": "abstracts",
    "study": "studies",
    "thesis": "theses",
    "book": "books",
    "chapter": "chapters",
    "novel": "novels",
    "story": "stories",
    "report": "reports",
    "review": "reviews",
    "feedback": "feedback",
    "survey": "surveys",
    "thread": "threads",
    "chat": "chats",
    "conversation": "conversations",
    "email": "emails",
    "e-mail": "emails",
    "letter": "letters",
    "message": "messages",
    "post": "posts",
    "ticket": "tickets",
    "case": "cases",
    "complaint": "complaints",
    "contract": "contracts",
    "policy": "policies",
    "law": "laws",
    "news": "news",
    "ticker": "tickers",
    "press release": "press releases",
    "log": "logs",
    "diary": "diaries",
    "trip": "trips",
    "itinerary": "itineraries",
    "recipe": "recipes",
    "code": "code",
    "commit": "commits",
    "page": "pages",
    "document": "documents",
    "presentation": "presentations",
    "slides": "slides",
    "data": "data",
    "figures": "figures",
}
# Not what tells one source from another.
_IDLE = frozenset(
    """
    a an the this that these those my our your his her their its some following attached above
    below whole entire long short last latest first next new old recent quick brief rough raw
    two three few several today today's yesterday's tomorrow's
    """.split()  # noqa: SIM905
)
# What a text is for, where its kind alone does not say: before the kind, or after it.
_PURPOSES = {
    "thank-you": r"thank(?:s|ing|[- ]you)?|gratitude",
    "apology": r"apolog\w+|say(?:ing)? sorry",
    "complaint": r"complain\w*",
    "condolence": r"condol\w+",
    "congratulation": r"congrat\w*",
    "invitation": r"invit(?:e|es|ing|ation)",
    "reminder": r"remind\w*",
    "resignation": r"resign\w*",
    "application": r"appl(?:y|ying)(?= (?:for|to))",
    "farewell": r"farewell|say(?:ing)? goodbye",
}
_FOR = {
    name: re.compile(rf"^\W*(?:of\s+|to\s+)?(?:\w+\s+){{0,3}}?(?:{words})\b", re.IGNORECASE)
    for name, words in _PURPOSES.items()
}
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
    rf"(?:(?P<sort>{'|'.join(map(re.escape, SORTS))})(?:\s+|-)|[\w'’-]+\s+)??"
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
_SOURCE_NAMES = "|".join(re.escape(name) for name in sorted(_SOURCES, key=len, reverse=True))
_SOURCE = re.compile(
    rf"\b(?P<how>of|from|out of|based on|using)\s+"
    rf"(?P<before>(?:(?!(?:of|from|to|for|about|with|on|in)\b)[\w'’-]+\s+){{0,5}}?)"
    rf"(?P<source>{_SOURCE_NAMES})(?:e?s)?\b(?!\s+(?:{_SOURCE_NAMES})(?:e?s)?\b)"
    rf"(?:\s+(?:of|about|on)\s+(?P<topic>[\w' -]{{3,40}}))?",
    re.IGNORECASE,
)
# Where what the text shall be ends, and what it shall say or be made from begins.
_CLAUSE = re.compile(r"[:;!?\n]|,\s|\bin (?:at most|under|about)\b", re.IGNORECASE)
_ADDRESSEE = re.compile(
    r"^\s*(?:back\s+)?(?:to|for)\s+(?P<who>.{2,40}?)(?:\s+(?:about|that|on)\b|[.]|$)",
    re.IGNORECASE,
)
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says of the text that it asks for.

    Attributes:
        kind: Its kind ("emails").
        sort: For what or whom it is ("work", "thank-you"); empty if nobody says.
        source: What it is made from ("meeting minutes"); empty if nobody says.
    """

    kind: str
    sort: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """The occasion; one word more than its kind tells enough, and what tells most goes first.

        Every further word makes an occasion that comes seldom, and so teaches late.
        """
        if self.sort in SORTS and self.sort not in _CIRCLES:
            return f"{self.sort} {self.kind}"
        if self.source:
            return f"{self.kind} {'of' if self.kind in _OF else 'from'} {self.source}"
        return f"{self.sort} {self.kind}".strip()


# "summaries of reports", but "emails from notes".
_OF = ("summaries", "reviews")


def asked(text: str) -> Asked | None:
    """What kind of text a request asks for, and what it says of that; None if it names none."""
    found = _ASKED.search(text)
    if found is not None:
        kind = _KINDS[found["kind"].lower()]
        sort = (found["sort"] or "").lower()
    else:
        found = _SEND.search(text) or _SUMMARISE.search(text)
        if found is None:
            return None
        sort = ""
        kind = "summaries" if found.re is _SUMMARISE else "emails" if found["mail"] else "messages"
    end = found.end()
    if found.re is _SEND:
        # Whom it is sent to stands in it.
        sort = circle_in(" ".join(text[found.start() :].split()[:4])) or ""
    clause = _CLAUSE.split(text[end:], maxsplit=1)[0]
    if found.re is _SUMMARISE:
        clause = f" of{clause}"
    sort = sort or next((name for name, said in _FOR.items() if said.match(clause)), "")
    if not sort and (to := _ADDRESSEE.match(clause)) is not None:
        sort = circle_in(to["who"]) or ""
    return Asked(kind=kind, sort=sort, source=_source_in(clause, kind))


def _source_in(clause: str, kind: str) -> str:
    """What a text is made from: "these long meeting minutes" is "meeting minutes"."""
    named_by = [found for found in _SOURCE.finditer(clause) if kind in _OF or found["how"] != "of"]
    if not named_by:
        return ""
    found = named_by[0]
    named = _SOURCES[found["source"].lower()]
    before = [
        word
        for word in found["before"].casefold().split()
        if word not in _IDLE and not word.endswith(("'s", "’s"))
    ]
    if len(before) > _MOST_WORDS - 1:
        return ""
    if before:
        return " ".join((*before, named))
    topic = [word for word in (found["topic"] or "").casefold().split() if word not in _IDLE]
    # Bare notes may be of anything.
    if named in ("notes", "data", "documents", "pages"):
        return f"{named} on {' '.join(topic)}" if 0 < len(topic) <= _MOST_WORDS else ""
    return named


def circle_in(words: str) -> str | None:
    """The circle that is named first: "email my boss about my son's exam" is for work."""
    found = [
        (match.start(), name) for name, each in _CIRCLES.items() if (match := each.search(words))
    ]
    return min(found)[1] if found else None


def purpose_in(words: str) -> str | None:
    """The purpose that stands before the kind ("thank-you emails")."""
    first = words.casefold().partition(" ")[0]
    return first if first in _PURPOSES else None


def names_source(words: str) -> bool:
    """Whether words name what texts are made from ("lecture notes")."""
    return any(name in words.casefold().split() for name in _SOURCES.values())


def is_plainly(scope: str, kind: str) -> bool:
    """Whether a scope names a kind of text and says no more."""
    words = scope.casefold()
    return words == kind or words.rstrip("s") in {name.rstrip("s") for name in _KINDS}


def kind_in(words: str) -> str | None:
    """The kind of text that words for an occasion name, if they do."""
    base = kind_of(words) or ""
    # "summaries of blog posts" are summaries.
    for said in (base, words.casefold()):
        for kind in _BY_LENGTH:
            if kind in said:
                return kind
        found = _NAMED.search(said)
        if found is not None:
            return _KINDS[found["kind"].lower()]
    return None
