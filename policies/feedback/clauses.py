"""Cuts a message into clauses, and sets aside what is not the user speaking for themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["SCAN_CHARACTERS", "Clause", "clean", "split"]

SCAN_CHARACTERS = 4000
"""How much of a message is read for statements; the rest is only ever a request."""

_MOST_CLAUSES = 80

_CONTROL = (
    *(c for c in range(0x20) if c not in (0x09, 0x0A)),
    *range(0x7F, 0xA0),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    0xFEFF,
)
_STRAIGHT: dict[int, str | None] = {
    **dict.fromkeys(_CONTROL),
    0x2018: "'",
    0x2019: "'",
    0x02BC: "'",
    0x201C: '"',
    0x201D: '"',
}

_MASKED = re.compile(
    r"```.*?(?:```|\Z)"
    r"|^[ \t]*>[^\n]*"
    r'|"[^"\n]{1,600}"'
    r"|(?<!\w)'[^'\n]{2,200}'(?!\w)"
    r"|«[^»\n]{1,600}»",
    re.DOTALL | re.MULTILINE,
)
_CONTENT = re.compile(
    r"\b(?:write|translate|summari[sz]e|proofread|rewrite|rephrase|paraphrase|correct|fix|edit|"
    r"review|improve|explain|analy[sz]e|shorten|simplify|continue|complete|classify|grammar|"
    r"email|e-mail|message|text|letter|sentence|story|poem|lyrics|says?|said|wrote|asked)\b"
    r"[^\n:]{0,120}:\s",
    re.IGNORECASE,
)
_CONTENT_LINE = re.compile(
    r"^[^\n]{0,40}\b(?:translate|summari[sz]e|proofread|rewrite|rephrase|paraphrase|correct|"
    r"review|improve|analy[sz]e)\b[^\n]{0,120}\n",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?;\n]+(?:[.!?;](?=\S)[^.!?;\n]+)*[.!?;]*\s*|[.!?;\s]+")
_STARTS = (
    r"i|i'm|im|i've|i'd|my|we|we're|please|can|could|would|what|what's|which|how|where|who|when|"
    r"why|any|give|suggest|recommend|show|tell|write|make|plan|help|find|never|always|don't|do|"
    r"no|keep|use|stop|just|is|are|let|let's|now|propose|thanks|shorter|longer|from|remember|"
    r"forget|you|got|maybe|perhaps"
)
_VERBS = (
    r"love|like|hate|prefer|enjoy|dislike|adore|detest|avoid|don't (?:like|eat|drink)|"
    r"can't (?:eat|stand|have)|never (?:eat|drink)|live in|work (?:in|as|at)"
)
_JOINT = re.compile(
    r"(?:\s*,\s*(?:(?:and|but|so|also|because|since|though|yet|or|plus)\s+)?"
    r"|\s+(?:and|but|so|because|since|though|although|yet|plus|cause)\s+(?:also\s+)?"
    r"|\s+[-–—]+\s+|\s*:\s+|\s+\()"
    rf"(?=(?:(?P<verb>{_VERBS})|{_STARTS})(?![\w']))",
    re.IGNORECASE,
)
_SUBORDINATE = re.compile(
    r"^\W*(?:when(?:ever)?|if|while|for|at|during|in|on|suppose|imagine|pretend|let's say|what if|"
    r"say|assume|unless|had|as if|would|were)\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:forget(?: that)?|"
    r"says?|said|thinks?|thought|told \w+|tells \w+|wrote|writes|asks?|asked|claims?|claimed|"
    r"believes?|answered|replied|knows?|heard|means?)\W*$",
    re.IGNORECASE,
)
_LASTING_LEAD = re.compile(
    r"^\W*(?:(?:ok|okay|please|and|so|well)\W+)?(?:from now on|going forward|in (?:the )?future|"
    r"in general|by default|as a rule|for now|today|tonight|this week|this weekend|this month)\W*$",
    re.IGNORECASE,
)
_OWN_QUESTION = re.compile(
    r"\b(?:what|which|how|where|when|why|who|any|can you|could you|suggest|recommend|give me)\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"^\W*(?:right|no|isn't it|am i not|aren't i|don't i|do i not|correct|or not|remember|huh|ok|"
    r"okay|you know)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a message that may say one thing.

    Attributes:
        text: Its words, with quotations blanked out and an elided subject put back.
        start: Where it begins in the cleaned message.
        end: Where it ends.
        question: It asks.
        content: It is material to work on (after "translate:"), not the user's own voice.
    """

    text: str
    start: int
    end: int
    question: bool = False
    content: bool = False


def clean(text: str) -> str:
    """Drops control characters and straightens quotation marks, in linear time."""
    return text.translate(_STRAIGHT)


def split(text: str) -> list[Clause]:
    """Cuts a cleaned message into clauses.

    Args:
        text: The message after `clean`; only the first `SCAN_CHARACTERS` are read.

    Returns:
        Clauses in order, at most 80; together with the gaps between them they cover what
        was read.
    """
    scanned = text[:SCAN_CHARACTERS]
    masked = _MASKED.sub(lambda m: "\u2003" * len(m[0]), scanned)
    content_from = len(masked)
    for pattern in (_CONTENT, _CONTENT_LINE):
        found = pattern.search(masked)
        if found is not None:
            content_from = min(content_from, found.end())
    clauses: list[Clause] = []
    for sentence in _SENTENCE.finditer(masked):
        for clause in _pieces(masked, sentence.start(), sentence.end()):
            if len(clauses) == _MOST_CLAUSES:
                return clauses
            content = clause.start >= content_from
            clauses.append(Clause(clause.text, clause.start, clause.end, clause.question, content))
    return clauses


def _pieces(text: str, start: int, end: int) -> list[Clause]:
    sentence = text[start:end]
    if not sentence.strip(" .!?;\n\t\u2003"):
        return []
    asks = sentence.rstrip().endswith("?")
    if asks and _SUBORDINATE.match(sentence) is None:
        end_of_statement = _statement_before_question(sentence)
    else:
        end_of_statement = None
    cuts: list[tuple[int, int, bool]] = []
    if _SUBORDINATE.match(sentence) is None:
        last = 0
        for joint in _JOINT.finditer(sentence):
            before = sentence[last : joint.start()]
            if not before.strip() or _REPORTED.search(before) is not None:
                continue
            if _LASTING_LEAD.match(before) is not None:
                continue
            elided = joint["verb"] is not None
            if elided and re.match(r"\W*(?:\w+\W+){0,2}(?:i|we)\b", before, re.I) is None:
                continue
            cuts.append((joint.start(), joint.end(), elided))
            last = joint.end()
    if end_of_statement is not None and all(not (a <= end_of_statement <= b) for a, b, _ in cuts):
        cuts.append((end_of_statement, end_of_statement, False))
        cuts.sort()
    edges = [0, *(b for _, b, _ in cuts)]
    ends = [*(a for a, _, _ in cuts), len(sentence)]
    elisions = [False, *(e for _, _, e in cuts)]
    found: list[Clause] = []
    for index, (a, b, elided) in enumerate(zip(edges, ends, elisions, strict=True)):
        piece = sentence[a:b].strip()
        if not piece.strip(" .!?;,\u2003"):
            continue
        question = asks and index == len(edges) - 1
        found.append(Clause(f"I {piece}" if elided else piece, start + a, start + b, question))
    if asks and len(found) > 1 and _TAG.match(found[-1].text) is not None:
        found[-2:] = [Clause(found[-2].text, found[-2].start, found[-1].end, question=True)]
    return found


def _statement_before_question(sentence: str) -> int | None:
    """Where the question begins in "I'm vegetarian what can I eat?", if nothing divides them."""
    if re.match(r"\W*i(?:'m| am)\b", sentence, re.IGNORECASE) is None:
        return None
    found = _OWN_QUESTION.search(sentence, 4)
    return None if found is None or "," in sentence[: found.start()] else found.start()
