"""What of a text's style can be counted, and the parts that it is made of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from .languages import letters

__all__ = ["EMOJI", "Measures", "measure", "words_in"]

_MOST = 20_000
_LIST = re.compile(r"^\s*(?:[-*•+]|\d{1,2}[.)])\s+\S", re.MULTILINE)
_HEADING = re.compile(r"^\s{0,3}(?:#{1,6}\s+\S|\*\*[^*\n]{2,60}\*\*:?\s*$)", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2764]")
"""A picture in a text."""
_SENTENCE = re.compile(r"[^.!?\n]*\w[^.!?\n]*")
# What an e-mail client takes apart, and a chat model writes as the first line of the text.
_SUBJECT = re.compile(r"\A\W*subject(?: line)?\W*[:：][^\n]*(?:\n|\Z)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[[^\]\n]{2,60}\]")
_NAME = re.compile(r"[^\W\d_][\w.'-]*(?: [^\W\d_][\w.'-]*)?")
_PREAMBLE = re.compile(
    r"\A\W*(?:(?:sure(?: thing)?|certainly|of course|absolutely|gladly|great question)"
    r"\b[^\n.!:,]{0,40}[.!:,]\s*)?"
    r"(?:(?:here(?:'s| is| are)|below (?:is|are)|this is)\b[^\n.:]{0,80}[:.]\s*(?=\S))?",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"\A\W*(?:hi|hello|hey|dear|greetings|good (?:morning|afternoon|evening))\b"
    r"[^\n]{0,60}?[,!:.]",
    re.IGNORECASE,
)
_GREETED = re.compile(r"[^\W\d_][^,!:.\n]*(?:[,!:.]+|(?=\n)|\Z)")
_SIGN_OFF = re.compile(
    r"(?:^|[.!?)]\s+|\n\s*)\W*(?:best(?: regards| wishes)?|kind regards|regards|sincerely|"
    r"cheers|yours(?: truly| sincerely)?|warm(?:ly| regards)|enjoy|bon app[eé]tit)\b"
    r"[^\n]{0,120}\W*(?:\n[^\n]{0,40})?\W*$",
    re.IGNORECASE,
)
_PLEASANTRY = re.compile(
    r"(?:(?<=[.!?])|^)[^\S\n]*"
    r"(?:(?:i (?:just )?(?:hope|trust)|hope|hoping) (?:this|that|you|all)\b|"
    r"(?:please )?(?:let me know if|feel free|do not hesitate|don't hesitate|reach out)\b|"
    r"(?:i |we )?look(?:ing)? forward\b|(?:i )?hope this helps|"
    r"(?:thank you|thanks) for your (?:attention|time|understanding|patience|consideration)|"
    r"if you have any (?:\w+ ){0,2}(?:questions|concerns))[^.!?\n]*[.!?]*",
    re.IGNORECASE | re.MULTILINE,
)
# "TL;DR: …" at the start; "Next steps:" above a list at the end.
_LABEL = re.compile(r"\A\W*(?P<label>[^\W\d_][\w;'/-]*(?: [\w;'/-]+){0,2}):\s+(?=\S)")
_LABELLED = re.compile(r"^[^\n:*•+-][^\n:]{1,40}:\s", re.MULTILINE)
# A list that hardly anything stands above is the text, not its end.
_LEAST_ABOVE = 5
_LAST = re.compile(
    r"\n[ \t]*[*#_]*(?P<label>[^\W\d_][\w'/-]*(?: [\w'/-]+){0,3})[*_]*:?[*_]*[ \t]*\n"
    r"(?P<list>(?:\s*(?:[-*•+]|\d{1,2}[.)])[^\n]+(?:\n|\Z))+)\s*\Z"
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|(?<!\d )may(?! \d)|could|i think|i believe|"
    r"it seems|sort of|kind of|somewhat|a bit|generally|usually)\b",
    re.IGNORECASE,
)
_CONTRACTION = re.compile(
    r"\b\w+(?:n't|'re|'ve|'ll|'d|'m)\b|\b(?:it|that|there|he|she|what)'s\b", re.I
)
_FULL_FORM = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|would|should|could|have|has|will) not|cannot|i am|"
    r"(?:you|we|they) are|(?:it|that|there) is|(?:i|you|we|they) (?:will|would|have))\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(
    r"\b(?:therefore|furthermore|moreover|regarding|sincerely|kindly|would like to|"
    r"i am writing|please find|additionally|however|appreciate|assistance)\b",
    re.IGNORECASE,
)
_CASUAL = re.compile(
    r"\b(?:hey|hi|yeah|yep|cool|awesome|gonna|wanna|thanks|cheers|guys|stuff|kinda|lol|btw|"
    r"super|great)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_STOP = frozenset(
    """
    a an and are as at be but by for from had has have he her his i if in into is it its me my no
    not of on or our she so some than that the their them then there these they this to up us was
    we were what when which who will with would you your can could should do does just also very
    more about here sure hello hi dear
    """.split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Measures:
    """What is counted in a text.

    Attributes:
        text: The text.
        words: Its words.
        core: The words of what it tells: without subject, greeting, closing, niceties, a first
            sentence about itself, and a list with a heading of its own at the end.
        sentences: Sentences of what it tells.
        listed: Lines of what it tells that are items of a list.
        in_list: The share of its words that stand in those.
        headings: Headings.
        bold: Stretches of bold type.
        emoji: Emoji.
        exclamations: Exclamation marks.
        subject: It has a subject line.
        preamble: It begins by speaking of itself ("Sure! Here is a summary:").
        pleasantries: Sentences such as "I hope this finds you well."
        greeting: It begins with a salutation.
        opening: The words of that ("Dear"); empty if they have no name.
        label: A word with a colon at its start ("TL;DR"); empty if there is none.
        last: What stands above a list at its end ("Next steps"); empty if nothing does.
        sign_off: It has a closing phrase.
        closing: The words of that, with a name ("Cheers, Ida").
        asks: What it tells ends with a question.
        capitals: Capital letters.
        letters: Letters.
        hedges: Words that make less sure, as a share of the words.
        contractions: Short forms ("don't").
        full_forms: Full forms that have a short one ("do not").
        formal: Formal words, as a share of the words of what it tells.
        casual: Casual ones.
        content: Stems of the words that carry meaning.
    """

    text: str
    words: int
    core: int
    sentences: int
    listed: int
    in_list: float
    headings: int
    bold: int
    emoji: int
    exclamations: int
    subject: bool
    preamble: bool
    pleasantries: int
    greeting: bool
    opening: str
    label: str
    last: str
    sign_off: bool
    closing: str
    asks: bool
    capitals: int
    letters: int
    hedges: float
    contractions: int
    full_forms: int
    formal: float
    casual: float
    content: Counter[str]


def measure(text: str) -> Measures:
    """Counts what there is to count in a text; of a very long one, in its beginning."""
    text = text[:_MOST].replace("’", "'")
    words = words_in(text)
    subject = _SUBJECT.match(text)
    # A greeting may stand below a subject line or a heading.
    body = text[subject.end() :].lstrip() if subject is not None else text.lstrip()
    heading = _HEADING.match(body)
    body = body[heading.end() :].partition("\n")[2].lstrip() if heading is not None else body
    preamble = _PREAMBLE.match(body)
    # Marks alone are none.
    begins = preamble.end() if preamble is not None and words_in(preamble[0]) else 0
    body = body[begins:]
    opening = letters().greeting.search(body[:200])
    greeted = opening or _GREETING.match(body[:200])
    ending = letters().sign_off.search(body)
    told = body if ending is None else body[: ending.start()]
    # "Hey all, it is done": what follows the comma is told.
    salutation = None if greeted is None else _GREETED.search(told)
    told = told if salutation is None else told[salutation.end() :].lstrip()
    last = _LAST.search(f"\n{told}")
    if last is not None and len(words_in(told[: last.start()])) < _LEAST_ABOVE:
        last = None
    told = told if last is None else told[: max(0, last.start() - 1)]
    items = [line for line in told.splitlines() if _LIST.match(line)]
    label = _LABEL.match(told)
    # Lines that all have labels are data.
    if label is not None and len(_LABELLED.findall(told)) > 2:
        label = None
    core, nice = _PLEASANTRY.subn(" ", told)
    mine = words_in(core)
    return Measures(
        text=text,
        words=len(words),
        core=len(mine),
        sentences=len(_SENTENCE.findall(core)),
        listed=len(items),
        in_list=sum(len(_WORD.findall(item)) for item in items) / max(1, len(mine)),
        headings=len(_HEADING.findall(text)),
        bold=len(_BOLD.findall(text)),
        emoji=len(EMOJI.findall(text)),
        exclamations=text.count("!"),
        subject=subject is not None,
        preamble=begins > 0,
        pleasantries=nice,
        greeting=greeted is not None,
        opening="" if opening is None else _sentence_case(opening["how"]),
        label="" if label is None else label["label"],
        last="" if last is None else last["label"].strip(),
        sign_off=ending is not None or _SIGN_OFF.search(text[-220:]) is not None,
        closing="" if ending is None else _closing(ending["how"], ending[0]),
        asks=EMOJI.sub("", told).rstrip(" \n\t\"'*_)”\ufe0f").endswith("?"),
        capitals=sum(c.isupper() for c in text),
        letters=sum(c.isalpha() for c in text),
        hedges=len(_HEDGE.findall(text)) / max(1, len(words)),
        contractions=len(_CONTRACTION.findall(text)),
        full_forms=len(_FULL_FORM.findall(text)),
        formal=len(_FORMAL.findall(core)) / max(1, len(mine)),
        casual=len(_CASUAL.findall(core)) / max(1, len(mine)),
        content=Counter(_stem(w) for w in words if w not in _STOP),
    )


def words_in(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return [word.casefold() for word in _WORD.findall(text)]


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
