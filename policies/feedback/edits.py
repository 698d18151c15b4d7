"""Measures what a user changed in a reply, and names what rules can name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ...memory.types import PreferenceDraft
from .languages import letters

__all__ = ["EditReading", "describe_edit"]

_MOST = 20_000
_SHORTER = 0.72
_LONGER = 1.4
_TONE_WORDS = 1.5
_NOVEL = 0.34

_LIST = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+\S", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+\S|\*\*[^*\n]{2,60}\*\*:?\s*$)", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2764]")
# What an e-mail client takes apart, and a chat model writes as the first line of the text.
_SUBJECT = re.compile(r"\A\W*subject(?: line)?\W*[:：][^\n]*(?:\n|\Z)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[[^\]\n]{2,60}\]")
_NAME = re.compile(r"[^\W\d_][\w.'-]*(?: [^\W\d_][\w.'-]*)?")
_LOWER_LETTERS = 20
# A text with a short list at its end is no list.
_MOSTLY = 0.5
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening)|sure|certainly|"
    r"of course|absolutely|great question|here (?:is|are)|here's)\b[^\n]{0,60}[,!:.]",
    re.IGNORECASE,
)
_SIGN_OFF = re.compile(
    r"(?:^|[.!?)]\s+|\n\s*)\W*(?:best(?: regards| wishes)?|kind regards|regards|sincerely|"
    r"cheers|yours(?: truly| sincerely)?|warm(?:ly| regards)|enjoy|bon app[eé]tit|let me know|"
    r"feel free|"
    r"hope this helps|i hope this)\b[^\n]{0,120}\W*(?:\n[^\n]{0,40})?\W*$",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|(?<!\d )may(?! \d)|could|i think|i believe|"
    r"it seems|sort of|kind of|somewhat|a bit|generally|usually)\b",
    re.IGNORECASE,
)
_CONTRACTION = re.compile(
    r"\b\w+(?:n't|'re|'ve|'ll|'d|'m)\b|\b(?:it|that|there|he|she|what)'s\b", re.I
)
_FORMAL = re.compile(
    r"\b(?:therefore|furthermore|moreover|regarding|sincerely|kindly|would like to|"
    r"i am writing|please find|additionally|however|appreciate|assistance|do not|cannot|"
    r"i am|it is|we are|will not)\b",
    re.IGNORECASE,
)
_CASUAL = re.compile(
    r"\b(?:hey|hi|yeah|yep|cool|awesome|gonna|wanna|thanks|cheers|guys|stuff|kinda|lol|btw|"
    r"super|great)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_STOP = frozenset(
    re.findall(
        r"\S+",
        """
        a an and are as at be but by for from had has have he her his i if in into is it
        its me my no not of on or our she so some than that the their them then there
        these they this to up us was we were what when which who will with would you
        your can could should do does just also very more about here sure hello hi dear
        """,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditReading:
    """What an edit shows.

    Attributes:
        drafts: Preferences that the measured differences suggest, strongest first.
        explained: The differences account for the edit; otherwise its content changed in
            ways that rules do not describe, and a language model may be asked.
        summary: The differences in plain words, for a prompt or a trace.
    """

    drafts: tuple[PreferenceDraft, ...]
    explained: bool
    summary: str


@dataclass(frozen=True, slots=True)
class _Text:
    words: int
    listed: int
    in_list: float
    headings: int
    bold: int
    emoji: int
    exclamations: int
    questions: int
    subject: bool
    greeting: bool
    opening: str
    sign_off: bool
    closing: str
    asks: bool
    capitals: int
    letters: int
    hedges: float
    contractions: float
    formal: float
    casual: float
    content: Counter[str]


def describe_edit(before: str, after: str) -> EditReading:  # noqa: PLR0912, PLR0915
    """Compares a reply with what the user made of it.

    CIPHER asks a language model what an edit reveals; most edits of style show in counts, so
    those are read by rules and only the rest is left to a model.

    Args:
        before: The reply as it was shown.
        after: What the user made of it.

    Returns:
        Preferences with their measured direction, and whether they explain the edit.
    """
    a, b = _measure(before), _measure(after)
    if a.content == b.content and before.split() == after.split():
        return EditReading(drafts=(), explained=True, summary="nothing changed")
    drafts: list[PreferenceDraft] = []
    notes: list[str] = []

    def note(text: str, *, says: str, aspect: str, value: str, confidence: float = 0.6) -> None:
        notes.append(text)
        drafts.append(
            PreferenceDraft(
                description=says,
                strength=0.6,
                origin="inferred",
                confidence=confidence,
                aspect=aspect,
                value=value,
            )
        )

    ratio = b.words / max(1, a.words)
    if b.words and ratio <= _SHORTER and a.words - b.words >= 4:
        about = _about(b.words)
        note(
            f"shortened from {a.words} to {b.words} words",
            says=f"prefers short replies, about {about} words",
            aspect="length",
            value=f"about {about} words",
            confidence=0.7 if ratio <= 0.5 else 0.6,
        )
    elif ratio >= _LONGER and b.words - a.words >= 8:
        about = _about(b.words)
        note(
            f"lengthened from {a.words} to {b.words} words",
            says=f"prefers longer replies, about {about} words",
            aspect="length",
            value=f"about {about} words",
        )
    if a.listed < 2 <= b.listed and b.in_list >= _MOSTLY:
        note(
            "turned into a list",
            says="prefers bullet points",
            aspect="format",
            value="bullet points",
        )
    elif b.listed == 0 and a.listed >= 2 and b.words >= 12:
        note(
            "list turned into prose", says="prefers prose to lists", aspect="format", value="prose"
        )
    if a.headings and not b.headings and b.words > 20:
        note(
            "headings removed",
            says="prefers replies without headings",
            aspect="headings",
            value="none",
        )
    elif b.headings and not a.headings:
        note(
            "headings added",
            says="prefers replies with headings",
            aspect="headings",
            value="with headings",
        )
    if a.subject and not b.subject:
        note(
            "subject line removed",
            says="prefers texts without a subject line",
            aspect="subject line",
            value="none",
        )
    elif b.subject and not a.subject:
        note("subject line added", says="likes a subject line at the top", aspect="subject line",
             value="welcome")  # fmt: skip
    if a.emoji and not b.emoji:
        note("emoji removed", says="prefers replies without emoji", aspect="emoji", value="none")
    elif b.emoji and not a.emoji:
        note("emoji added", says="likes emoji in replies", aspect="emoji", value="welcome")
    if a.exclamations and not b.exclamations:
        note("exclamation marks removed", says="prefers a calm tone without exclamation marks",
             aspect="exclamation", value="none")  # fmt: skip
    elif b.exclamations >= 2 and not a.exclamations:
        note(
            "exclamation marks added",
            says="likes exclamation marks",
            aspect="exclamation",
            value="welcome",
        )
    if a.greeting and not b.greeting:
        note("greeting removed", says="prefers replies without a greeting or opening phrase",
             aspect="greeting", value="none")  # fmt: skip
    elif b.opening and b.opening.casefold() != a.opening.casefold():
        note(
            f"greeting changed to {b.opening}" if a.greeting else "greeting added",
            says=f"opens with “{b.opening} …”",
            aspect="greeting",
            value=b.opening,
        )
    elif b.greeting and not a.greeting:
        note(
            "greeting added",
            says="likes a greeting at the start",
            aspect="greeting",
            value="welcome",
        )
    if (a.sign_off and not b.sign_off) or (a.closing and not b.closing):
        note("closing removed", says="prefers replies without a closing phrase",
             aspect="sign-off", value="none")  # fmt: skip
    elif b.closing and b.closing.casefold() != a.closing.casefold():
        note(
            f"closing changed to {b.closing}" if a.sign_off else "closing added",
            says=f"signs off with “{b.closing}”",
            aspect="sign-off",
            value=b.closing,
        )
    elif b.sign_off and not a.sign_off:
        note("closing added", says="likes a closing phrase", aspect="sign-off", value="welcome")
    if b.asks and not a.asks:
        note("ends with a question now", says="likes texts that end with a question",
             aspect="ending", value="question")  # fmt: skip
    elif a.asks and not b.asks:
        note("closing question removed", says="prefers texts without a question at the end",
             aspect="ending", value="no question")  # fmt: skip
    if a.capitals and not b.capitals and b.letters >= _LOWER_LETTERS:
        note("capitals removed", says="prefers all lower case, without capital letters",
             aspect="capitals", value="none")  # fmt: skip
    elif b.capitals and not a.capitals and a.letters >= _LOWER_LETTERS:
        note("capitals added", says="prefers capital letters where grammar wants them",
             aspect="capitals", value="as usual")  # fmt: skip
    if a.bold >= 2 and not b.bold and b.words > 20:
        note(
            "bold type removed",
            says="prefers replies without bold type",
            aspect="bold",
            value="none",
        )
    if a.hedges >= 0.02 and b.hedges <= a.hedges / 3 and ratio > 0.4:
        note(
            "hedges removed",
            says="prefers a direct tone without hedging",
            aspect="tone",
            value="direct",
        )
    else:
        shift = (b.formal - b.casual - b.contractions) - (a.formal - a.casual - a.contractions)
        # One contraction more or less is chance; two words of tone are a choice.
        if abs(shift) >= 0.06 and abs(shift) * min(a.words, b.words) >= _TONE_WORDS:
            tone = "formal" if shift > 0 else "casual"
            note(f"made more {tone}", says=f"prefers a {tone} tone", aspect="tone", value=tone)
    novel = _novel(a.content, b.content)
    lost = _novel(b.content, a.content)
    grew = any(d.aspect == "length" and ratio > 1 for d in drafts)
    swapped = novel > 0 and lost > 0 and not drafts
    explained = bool(drafts) and (novel <= _NOVEL or (grew and lost <= _NOVEL)) and not swapped
    if not drafts:
        notes.append("words changed")
    elif not explained:
        notes.append("other words changed")
    return EditReading(drafts=tuple(drafts), explained=explained, summary="; ".join(notes))


def _measure(text: str) -> _Text:
    text = text[:_MOST].replace("’", "'")
    words = [w.casefold() for w in _WORD.findall(text)]
    n = max(1, len(words))
    items = [line for line in text.splitlines() if _LIST.match(line)]
    subject = _SUBJECT.match(text)
    # A greeting may stand below a subject line or a heading.
    body = text[subject.end() :].lstrip() if subject is not None else text.lstrip()
    heading = _HEADING.match(body)
    body = body[heading.end() :].partition("\n")[2].lstrip() if heading is not None else body
    opening = letters().greeting.search(body[:200])
    ending = letters().sign_off.search(body)
    told = body if ending is None else body[: ending.start()]
    told = _EMOJI.sub("", told).rstrip(" \n\t\"'*_)”\ufe0f")
    return _Text(
        words=len(words),
        listed=len(items),
        in_list=sum(len(_WORD.findall(item)) for item in items) / n,
        headings=len(_HEADING.findall(text)),
        bold=len(_BOLD.findall(text)),
        emoji=len(_EMOJI.findall(text)),
        exclamations=text.count("!"),
        questions=text.count("?"),
        subject=subject is not None,
        greeting=opening is not None or _GREETING.search(body[:200]) is not None,
        opening="" if opening is None else _sentence_case(opening["how"]),
        sign_off=ending is not None or _SIGN_OFF.search(text[-220:]) is not None,
        closing="" if ending is None else _closing(ending["how"], ending[0]),
        asks=told.endswith("?"),
        capitals=sum(c.isupper() for c in text),
        letters=sum(c.isalpha() for c in text),
        hedges=len(_HEDGE.findall(text)) / n,
        contractions=len(_CONTRACTION.findall(text)) / n,
        formal=len(_FORMAL.findall(text)) / n,
        casual=len(_CASUAL.findall(text)) / n,
        content=Counter(_stem(w) for w in words if w not in _STOP),
    )


def _closing(how: str, lines: str) -> str:
    """A closing phrase with the name that follows it, if one does."""
    last = [line.strip(" ,.!*_") for line in lines.strip().splitlines()][-1]
    named = _NAME.fullmatch(last) is not None and last.casefold() != how.casefold()
    # A name to be filled in is none.
    signed = named and _PLACEHOLDER.search(lines) is None
    return f"{_sentence_case(how)}, {last}" if signed else _sentence_case(how)


def _sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]


def _stem(word: str) -> str:
    """Enough of a word that its inflections agree."""
    for suffix in ("'s", "ies", "ing", "ed", "es", "s", "ly"):
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


def _novel(old: Counter[str], new: Counter[str]) -> float:
    """The share of the new text's content words that the old one lacks."""
    total = new.total()
    return (new - old).total() / total if total else 0.0


def _about(words: int) -> int:
    """A number of words as people say it, rounded up so that it can be kept to."""
    step = 5 if words < 50 else 10 if words < 200 else 50
    return -(-words // step) * step
