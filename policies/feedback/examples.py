"""Measures a text that the user likes, and names what it shows of how they want texts written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from ...memory.inference.artefact import Example, Proposal
from ...memory.inference.wording import LEAD, wording
from ...memory.types import Edit, PreferenceDraft
from .edits import describe_edit
from .languages import language_of, letters
from .lexicon import lexicon
from .shown import says_nothing

__all__ = ["describer", "measured"]

_READ = 60_000
_FEW_WORDS = 12
_LETTER_WORDS = 25
_LONG_WORDS = 600
_SHORT_SENTENCE, _LONG_SENTENCE = 9.0, 24.0
_FEW_SENTENCES = 4
_QUOTE = 90
_STRENGTH = 0.6
_LETTER = ("greeting", "sign-off")
_CONTENT = "wants in such texts: "

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_LIST = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,2}[.)])[ \t]+\S.*$", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+\S.*$", re.MULTILINE)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2764]")
_CASUAL = re.compile(
    r"\b(?:\w+n['’]t|\w+['’](?:re|ve|ll|d|m)|(?:it|that|there|what|let)['’]s|yeah|yep|gonna|wanna|"
    r"cool|awesome|stuff|kinda|guys|folks|btw|lol|super|cheers|hey)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(
    r"\b(?:therefore|furthermore|moreover|regarding|hereby|sincerely|kindly|pursuant|i am writing|"
    r"please find|additionally|accordingly|with regard to|in accordance|assistance|would like to|"
    r"do not|cannot|will not|does not|shall|respectfully|esteemed)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_I = re.compile(r"\b(?:I|me|my|mine|I['’]\w+)\b")
_WE = re.compile(r"\b(?:we|us|our|ours|we['’]\w+)\b", re.IGNORECASE)


class _Text(NamedTuple):
    text: str
    words: list[str]
    sentences: list[str]
    language: str | None


def measured(given: Example) -> tuple[Proposal, ...]:
    """What counting shows of an example, with the words that show it; needs no model.

    Args:
        given: A text that the user likes, or a text and what they made of it: of a pair, what
            changed counts, and what the second text shows besides.

    Returns:
        Style preferences, each of an aspect of its own; none for a text of a few words.
    """
    if not isinstance(given, Edit):
        return tuple(_shown(given.text))
    after = list(_shown(given.after))
    shows = {each.draft.aspect: each.quotes for each in after}
    whole = tuple(_first_words(_read(given.after)))
    changed = [
        Proposal(draft=draft, quotes=shows.get(draft.aspect, whole), part="style", measured=True)
        for draft in describe_edit(given.before, given.after).drafts
    ]
    changed += _translated(given)
    known = {each.draft.aspect for each in changed}
    before = {(each.draft.aspect, each.draft.value) for each in _shown(given.before)}
    besides = [
        each
        for each in after
        if each.draft.aspect not in known and (each.draft.aspect, each.draft.value) not in before
    ]
    return (*changed, *besides)


def _translated(given: Edit) -> Iterator[Proposal]:
    """The language of the second text, if it is another."""
    languages = language_of(given.before), language_of(given.after)
    if None not in languages and languages[0] != languages[1]:
        yield from _language(_read(given.after))


def describer(
    known: Sequence[Proposal],
) -> Callable[[str, Literal["style", "content"], str], PreferenceDraft | None]:
    """Turns a chat model's descriptions of an example into preferences.

    Args:
        known: What was measured: a description of the same aspect says it again, or contradicts
            it, and is dropped; so is one of which only the greeting or the closing phrase speaks.
    """
    taken = {each.draft.aspect for each in known}
    letter = " ".join(
        quote for each in known if each.draft.aspect in _LETTER for quote in each.quotes
    ).casefold()

    def draft_of(
        said: str, part: Literal["style", "content"], quote: str
    ) -> PreferenceDraft | None:
        if quote.casefold() in letter:
            return None
        only = lexicon().styles(said)
        mentioned = lexicon().mentioned(said) if part == "style" else only
        if says_nothing(said) or any(style.aspect in taken for style in mentioned):
            return None
        if len(only) != 1:
            lead = LEAD if part == "style" else _CONTENT
            return wording(said, lead=lead, strength=_STRENGTH, confidence=0.5)
        return PreferenceDraft(
            description=only[0].says,
            strength=_STRENGTH,
            origin="inferred",
            confidence=0.5,
            aspect=only[0].aspect,
            value=only[0].value,
        )

    return draft_of


def _read(text: str) -> _Text:
    text = text[:_READ].replace("\r\n", "\n")
    sentences = [s.strip() for s in _SENTENCE.findall(text) if len(_WORD.findall(s)) > 1]
    return _Text(text, _WORD.findall(text), sentences, language_of(text))


def _shown(text: str) -> Iterator[Proposal]:
    read = _read(text)
    if read.language not in (None, "English"):
        yield from _language(read)
    if len(read.words) < _FEW_WORDS:
        return
    for rule in (_length, _sentences, _greeting, _sign_off, _layout, _marks):
        yield from rule(read)
    if read.language in (None, "English"):
        # What these count are English words.
        for rule in (_tone, _person):
            yield from rule(read)


def _language(read: _Text) -> Iterator[Proposal]:
    if read.language is not None:
        # The first may be a greeting.
        told = max(read.sentences[:3], key=len, default=read.text.strip())
        yield _proposal(f"wants texts in {read.language}", "language", read.language, told)


def _proposal(says: str, aspect: str, value: str, *quotes: str) -> Proposal:
    return Proposal(
        draft=PreferenceDraft(
            description=says,
            strength=_STRENGTH,
            origin="inferred",
            confidence=0.6,
            aspect=aspect,
            value=value,
        ),
        quotes=tuple(_cut(quote) for quote in quotes),
        part="style",
        measured=True,
    )


def _cut(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= _QUOTE else line[: _QUOTE - 1].rstrip() + "…"


def _first_words(read: _Text) -> Iterator[str]:
    if read.text.strip():
        yield _cut(read.text.strip())


def _length(read: _Text) -> Iterator[Proposal]:
    count = len(read.words)
    if count > _LONG_WORDS:
        return
    step = 5 if count < 50 else 10 if count < 200 else 50
    about = -(-count // step) * step
    yield _proposal(
        f"prefers texts of about {about} words",
        "length",
        f"about {about} words",
        *_first_words(read),
    )


def _sentences(read: _Text) -> Iterator[Proposal]:
    # "Hi Sam," and "Cheers, Ana" are none.
    sentences = [s for s in read.sentences if s.endswith((".", "!", "?"))]
    if len(sentences) < _FEW_SENTENCES:
        return
    lengths = [len(_WORD.findall(sentence)) for sentence in sentences]
    mean = sum(lengths) / len(lengths)
    if mean <= _SHORT_SENTENCE:
        shortest = sentences[lengths.index(min(lengths))]
        yield _proposal("prefers short sentences", "sentences", "short", shortest)
    elif mean >= _LONG_SENTENCE:
        longest = sentences[lengths.index(max(lengths))]
        yield _proposal("prefers long, flowing sentences", "sentences", "long", longest)


def _greeting(read: _Text) -> Iterator[Proposal]:
    found = letters().greeting.search(read.text)
    if found is not None:
        how = found["how"][:1].upper() + found["how"][1:]
        yield _proposal(f"opens with “{how} …”", "greeting", how, found[0].strip())
    elif letters().sign_off.search(read.text) is not None and len(read.words) >= _LETTER_WORDS:
        yield _proposal(
            "prefers texts without a greeting or opening phrase",
            "greeting",
            "none",
            *_first_words(read),
        )


def _sign_off(read: _Text) -> Iterator[Proposal]:
    found = letters().sign_off.search(read.text)
    if found is not None:
        how = found["how"][:1].upper() + found["how"][1:]
        yield _proposal(f"signs off with “{how}”", "sign-off", how, found[0].strip())
    elif letters().greeting.search(read.text) is not None and len(read.words) >= _LETTER_WORDS:
        last = read.sentences[-1] if read.sentences else read.text[-_QUOTE:]
        yield _proposal("prefers texts without a closing phrase", "sign-off", "none", last)


def _layout(read: _Text) -> Iterator[Proposal]:
    listed = _LIST.findall(read.text)
    if len(listed) > 1:
        yield _proposal("prefers bullet points", "format", "bullet points", *listed[:2])
    elif not listed and len(read.words) >= 6 * _LETTER_WORDS:
        yield _proposal("prefers prose to lists", "format", "prose", *_first_words(read))
    headings = _HEADING.findall(read.text)
    if headings:
        yield _proposal("prefers texts with headings", "headings", "with headings", *headings[:2])


def _tone(read: _Text) -> Iterator[Proposal]:
    casual = [match[0] for match in _CASUAL.finditer(read.text)]
    formal = [match[0] for match in _FORMAL.finditer(read.text)]
    # One such word is chance; a text that mixes both has no such tone.
    if len(casual) > 1 and len(casual) > 2 * len(formal):
        yield _proposal("prefers a casual tone", "tone", "casual", *dict.fromkeys(casual[:3]))
    elif len(formal) > 1 and len(formal) > 2 * len(casual):
        yield _proposal("prefers a formal tone", "tone", "formal", *dict.fromkeys(formal[:3]))


def _person(read: _Text) -> Iterator[Proposal]:
    count = len(read.words)
    first = {"I": len(_I.findall(read.text)), "we": len(_WE.findall(read.text))}
    said = max(first, key=lambda name: first[name])
    if first[said] > 1 and first[said] / count >= 0.03:
        pattern = _I if said == "I" else _WE
        yield _proposal(
            f"writes in the first person (“{said}”)", "person", said, *_with(read, pattern)
        )
    if len(_YOU.findall(read.text)) / count >= 0.03 and len(_YOU.findall(read.text)) > 1:
        yield _proposal("speaks to the reader as “you”", "address", "you", *_with(read, _YOU))


def _with(read: _Text, pattern: re.Pattern[str]) -> Iterator[str]:
    """The first sentence that holds a word."""
    yield next((s for s in read.sentences if pattern.search(s) is not None), read.text[:_QUOTE])


def _marks(read: _Text) -> Iterator[Proposal]:
    emoji = _EMOJI.findall(read.text)
    if emoji:
        yield _proposal("likes emoji in texts", "emoji", "welcome", " ".join(emoji[:3]))
    shouted = [s for s in read.sentences if s.endswith("!")]
    if len(shouted) > 1:
        yield _proposal("likes exclamation marks", "exclamation", "welcome", *shouted[:2])
