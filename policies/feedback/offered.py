"""Reads what somebody says of the options that the last reply offered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.relevance import content_words
from ...memory.types import PreferenceDraft
from ...models.prompts import one_line
from .clauses import Clause
from .phrasing import third_person
from .said import soft, tastes

__all__ = ["offered", "said_of_options"]

_STRENGTH = 0.6
_CONFIDENCE = 0.6
_LONGEST_OPTION = 90
_LONGEST_CLAUSE = 400
# Characters of a reply in which options are looked for.
_READ = 4000
_MOST_OPTIONS = 8
_MOST_REJECTED = 3

_LINE = re.compile(r"^[ \t]*(?:[-*•]|\(?\d{1,2}[.)])[ \t]+(\S.*)$", re.MULTILINE)
_INLINE = re.compile(r"(?:(?<=\s)|^)\(?\d{1,2}[.)]\s+(.+?)(?=\s+\(?\d{1,2}[.)]\s|$)", re.DOTALL)
# "…, you could take the tram, walk along the river, or hire a bicycle."
_SERIES = re.compile(
    r"(?:\b(?:like|as|are|consider|try|include|including|either|between|could|recommend|suggest)\b|:)"
    r"\s*(?P<series>[^.:?!\n]{3,300}?,\s*(?:or|and)\s+[^.:?!\n]{2,120})[.!?\n]",
    re.IGNORECASE,
)
_SERIES_JOINT = re.compile(r"\s*,\s*(?:or|and)\s+|\s*,\s*", re.IGNORECASE)

# How a suggestion begins and ends, without what is suggested.
_SUGGESTING = re.compile(
    r"^(?:(?:or|and|perhaps|maybe|also|you (?:could|can|might|may)|"
    r"i(?:'d| would) (?:suggest|recommend|say)|we (?:could|can)|(?:how|what) about|"
    r"consider(?:ing)?|looking into|try(?:ing)?(?: out)?|opt(?:ing)? for)\s+)+",
    re.IGNORECASE,
)
_ADDRESSED = (
    (re.compile(r"\byour(?:s)?\b", re.IGNORECASE), "their"),
    (re.compile(r"\byourself\b", re.IGNORECASE), "themselves"),
    (re.compile(r"\byou\b", re.IGNORECASE), "the user"),
)

_LEAD = re.compile(
    r"^(?:(?:i think|i guess|i believe|i feel like|ok(?:ay)?|well|hm+|then|so|great|thanks|yes|"
    r"but|and|in that case|for me|that|personally)\b[\s,]*)+",
    re.IGNORECASE,
)
_PICKS = re.compile(
    r"^(?:i'll|i will|i'd|i would|i'm going to|let's|let me|i want to|i choose to|we'll)\s+"
    r"(?:rather\s+|probably\s+|definitely\s+|like to\s+|prefer to\s+)?"
    r"(?:go (?:with|for)|take|pick|choose|opt for|try|have|stick with|prefer|give)\s+(?P<what>.+)$"
    r"|^(?:i (?:choose|pick|prefer|like))\s+(?P<chosen>(?:the|option|number)\b.+)$"
    r"|^(?P<named>.{3,160}?)\s+(?:is|are|sounds?|seems?|looks?|would be|works?|suits?|appeals?)\s+"
    r"(?:like )?(?:the |a |to )?(?:best|better|good|great|perfect|right|nice|ideal|way to go|"
    r"perfectly|well|me|most)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_NUMBERED = re.compile(
    r"\b(?:option|number|no\.?|choice|#)\s*(?P<digit>\d)\b"
    r"|\bthe (?P<word>first|second|third|fourth|fifth|last)\b(?: (?:one|option|choice))?",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}

_SOFTLY = r"(?:really |quite |exactly |particularly |seem to |seem |just |entirely |at all |so )*"
_AGAINST = (
    rf"(?:(?:don't|doesn't|do not|does not|won't|wouldn't) {_SOFTLY}"
    r"(?:appeal|work|fit|suit|align|match|interest|agree|sound|feel|look|speak|do|excite|sit|meet|"
    r"cut|suitable|right|ideal|good|great|like)\b"
    rf"|(?:aren't|isn't|are not|is not|are|is) {_SOFTLY}(?:not {_SOFTLY})?"
    r"(?:my (?:thing|style|taste|cup|scene|kind)|for me|to my|what i|out of the question|out\b)"
    r"|(?:are|is|seems?|feels?|looks?|sounds?|tends? to be|can be|would be)\s+"
    r"(?:\w+ ){0,3}?too \w+)"
)
_VERDICT = re.compile(
    r"^(?:the|those|these|any|all(?: of)? the)?\s*"
    r"(?:rest of the\s+)?(?:other\s+)?(?P<kind>(?:[\w'’/-]+[ ,]+){0,6}?)"
    r"(?P<head>options?|ones|choices|suggestions|alternatives|ideas|recommendations|others|rest)\b"
    r"(?:\s+(?:with|involving|that (?:have|involve|use|require|include|contain|need|are|rely on)|"
    r"like|such as|including|featuring|containing|using|made (?:of|from|with)|based on|"
    r"related to|around)\s+(?P<held>.{2,80}?))?"
    rf"[\s,]+{_AGAINST}",
    re.IGNORECASE,
)
_HEADS = {"ones": "options", "others": "options", "rest": "options"}
_NO_KIND = frozenset(
    re.findall(
        r"\S+",
        """
        a all an any first last more of other others remaining rest second the third those these
        two three your
        """,
    )
)


def offered(reply: str) -> tuple[str, ...]:
    """The options that a reply lists, in its order; none unless there are at least two.

    Args:
        reply: A list in lines or within one, or a sentence of the form "a, b, or c".
    """
    reply = reply[:_READ].strip()
    for pattern in (_LINE, _INLINE):
        found = [_trimmed(each) for each in pattern.findall(reply)]
        if len(found) > 1:
            return tuple(found[:_MOST_OPTIONS])
    series = _SERIES.search(reply if reply.endswith((".", "!", "?")) else f"{reply}.")
    if series is None:
        return ()
    found = [_trimmed(each) for each in _SERIES_JOINT.split(series["series"]) if each.strip()]
    return tuple(found[:_MOST_OPTIONS]) if len(found) > 2 else ()


def said_of_options(
    clauses: Sequence[Clause], *, reply: str, request: str | None
) -> tuple[PreferenceDraft, ...]:
    """What a message says of options in the reply before it.

    Of a kind that is turned down ("the wicker ones don't appeal to me") a dislike is stated. Where
    one is picked and the others are turned down, both are remembered together with what was asked:
    what the others have in common may be what is disliked, and only they tell. A pick alone says
    that one was good enough, and teaches nothing.

    Args:
        clauses: The message's.
        reply: The reply before it.
        request: What that reply answered.

    Returns:
        Drafts in the third person; none if the reply offered nothing, or nothing is turned down.
    """
    options = offered(reply)
    if not options:
        return ()
    drafts: list[PreferenceDraft] = []
    picked: int | None = None
    rejects = False
    for clause in clauses:
        if clause.question or clause.content or len(clause.text) > _LONGEST_CLAUSE:
            continue
        text = _LEAD.sub("", re.sub(r"\s+", " ", clause.text).strip(" .!,"))
        verdict = _VERDICT.match(text)
        if verdict is not None:
            rejects = True
            drafts += _turned_down(verdict)
        elif picked is None:
            picked = _picked(text, options)
    if rejects and picked is not None:
        drafts.append(_chosen(options, picked, request))
    return tuple(drafts)


def _trimmed(option: str) -> str:
    """An option without what leads to it and without marks, in words about the user."""
    bare = _SUGGESTING.sub("", option.strip(" \t*_.;,:(0123456789"))
    for pattern, to in _ADDRESSED:
        bare = pattern.sub(to, bare)
    return one_line(bare, limit=_LONGEST_OPTION)


def _turned_down(verdict: re.Match[str]) -> list[PreferenceDraft]:
    """The kinds that are turned down; none in "the others"."""
    words = verdict["kind"].strip(" ,").split()
    while words and words[0].lower() in _NO_KIND:
        del words[0]
    kind = " ".join(words)
    found = tastes("dislikes", verdict["held"] or "", dislike=True, strength=_STRENGTH)
    if content_words(kind):
        # The noun stays: "high-tech" or "wool" alone may be true of much that is liked.
        what = (
            f"{third_person(kind)} {_HEADS.get(verdict['head'].lower(), verdict['head'].lower())}"
        )
        draft = soft(f"dislikes {what}", None, None, _STRENGTH)
        found.insert(0, replace(draft, polarity="dislike"))
    return found


def _picked(text: str, options: Sequence[str]) -> int | None:
    """Which option a clause takes, by its number or by its words."""
    found = _PICKS.match(text)
    if found is None:
        return None
    what = found["what"] or found["chosen"] or found["named"]
    number = _NUMBERED.search(what)
    if number is not None:
        place = int(number["digit"]) - 1 if number["digit"] else _PLACES[number["word"].lower()]
        return place % len(options) if -1 <= place < len(options) else None
    said = content_words(what)
    shares = [
        len(said & words) / max(1, min(len(said), len(words)))
        for words in map(content_words, options)
    ]
    best = max(range(len(options)), key=shares.__getitem__)
    alone = shares.count(shares[best]) == 1
    return best if alone and shares[best] >= 0.5 else None


def _chosen(options: Sequence[str], picked: int, request: str | None) -> PreferenceDraft:
    others = [option for place, option in enumerate(options) if place != picked]
    rest = "; ".join(third_person(option) for option in others[:_MOST_REJECTED])
    asked = f"asked “{one_line(request, limit=100)}”, " if request else ""
    return PreferenceDraft(
        description=f"{asked}chose {third_person(options[picked])} rather than {rest}",
        strength=_STRENGTH,
        confidence=_CONFIDENCE,
    )
