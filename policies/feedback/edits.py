"""Measures what a user changed in a reply, and names what rules can name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ...memory.types import PreferenceDraft
from .measures import EMOJI, Measures, measure, words_in

__all__ = ["EditReading", "describe_edit"]

_SHORTER = 0.72
_LONGER = 1.4
_TONE_WORDS = 1.5
_NOVEL = 0.34
_LOWER_LETTERS = 20
# A text with a short list at its end is no list.
_MOSTLY = 0.5
# The share of words that two texts have in common of which one is hardly an edit of the other.
_HARDLY_ANYTHING = 0.8
_MANY = 3


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


class _Note(NamedTuple):
    """A difference, and the preference that it suggests."""

    difference: str
    says: str
    aspect: str
    value: str
    confidence: float = 0.6


def describe_edit(before: str, after: str) -> EditReading:
    """Compares a reply with what the user made of it.

    CIPHER asks a language model what an edit reveals; most edits of style show in counts, so
    those are read by rules and only the rest is left to a model. A difference is taken for style
    where it was made for its own sake: a mark that went with its sentence, or words that were
    added under a heading of their own, show neither "no emoji" nor "longer".

    Args:
        before: The reply as it was shown.
        after: What the user made of it.

    Returns:
        Preferences with their measured direction, and whether they explain the edit.
    """
    a, b = measure(before), measure(after)
    if a.content == b.content and before.split() == after.split():
        return EditReading(drafts=(), explained=True, summary="nothing changed")
    notes = [
        note for rule in (_length, _layout, _parts, _letter, _marks, _words) for note in rule(a, b)
    ]
    novel = _novel(a.content, b.content)
    lost = _novel(b.content, a.content)
    grew = any(note.aspect == "length" and b.core > a.core for note in notes)
    swapped = novel > 0 and lost > 0 and not notes
    explained = bool(notes) and (novel <= _NOVEL or (grew and lost <= _NOVEL)) and not swapped
    told = [note.difference for note in notes]
    if not notes:
        told = ["words changed"]
    elif not explained:
        told.append("other words changed")
    return EditReading(
        drafts=tuple(
            PreferenceDraft(
                description=note.says,
                strength=0.6,
                origin="inferred",
                confidence=note.confidence,
                aspect=note.aspect,
                value=note.value,
            )
            for note in notes
        ),
        explained=explained,
        summary="; ".join(told),
    )


def _length(a: Measures, b: Measures) -> Iterator[_Note]:
    """Of what is told: a greeting, a closing or a list below make a text no longer."""
    ratio = b.core / max(1, a.core)
    if b.core and ratio <= _SHORTER and a.core - b.core >= 4:
        about = (
            "one sentence"
            if _is_sentence(b) and a.sentences > 2
            else f"about {_about(b.core)} words"
        )
        yield _Note(
            f"shortened from {a.words} to {b.words} words",
            f"prefers short replies, {about}",
            "length",
            about,
            0.7 if ratio <= 0.5 else 0.6,
        )
    elif ratio >= _LONGER and b.core - a.core >= 8:
        about = f"about {_about(b.core)} words"
        yield _Note(
            f"lengthened from {a.words} to {b.words} words",
            f"prefers longer replies, {about}",
            "length",
            about,
        )


def _is_sentence(text: Measures) -> bool:
    return text.sentences == 1 and text.text.rstrip().endswith((".", "!", "?"))


def _layout(a: Measures, b: Measures) -> Iterator[_Note]:
    into_list = a.listed < 2 <= b.listed and b.in_list >= _MOSTLY
    if into_list:
        yield _Note("turned into a list", "prefers bullet points", "format", "bullet points")
    elif b.listed == 0 and a.listed >= 2 and b.words >= 12:
        yield _Note("list turned into prose", "prefers prose to lists", "format", "prose")
    # Of headings, a list makes items.
    if a.headings and not b.headings and b.words > 20 and not into_list:
        yield _Note("headings removed", "prefers replies without headings", "headings", "none")
    elif b.headings and not a.headings:
        yield _Note("headings added", "prefers replies with headings", "headings", "with headings")
    if a.bold >= 2 and not b.bold and b.words > 20:
        yield _Note("bold type removed", "prefers replies without bold type", "bold", "none")


def _parts(a: Measures, b: Measures) -> Iterator[_Note]:
    """What stands before and after what is told."""
    if a.subject and not b.subject:
        yield _Note(
            "subject line removed", "prefers texts without a subject line", "subject line", "none"
        )
    elif b.subject and not a.subject:
        yield _Note(
            "subject line added", "likes a subject line at the top", "subject line", "welcome"
        )
    if a.preamble and not b.preamble:
        yield _Note(
            "preamble removed",
            "prefers texts without a preamble",
            "style:preamble",
            "none",
        )
    if a.pleasantries and not b.pleasantries:
        yield _Note(
            "niceties removed",
            "prefers texts without pleasantries",
            "style:pleasantries",
            "none",
        )
    if b.label and b.label.casefold() not in a.text.casefold():
        yield _Note(
            f"“{b.label}:” put first",
            f"wants “{b.label}:” and the gist at the start",
            f"style:{b.label.casefold()}",
            "first",
        )
    if b.last and b.last.casefold() not in a.text.casefold():
        yield _Note(
            f"“{b.last}” added at the end",
            f"wants a part called “{b.last}” at the end",
            f"style:{b.last.casefold()}",
            "at the end",
        )
    elif a.last and a.last.casefold() not in b.text.casefold():
        yield _Note(
            f"“{a.last}” removed from the end",
            f"prefers texts without a part called “{a.last}”",
            f"style:{a.last.casefold()}",
            "none",
        )
    if b.asks and not a.asks:
        yield _Note(
            "ends with a question now", "likes texts that end with a question", "ending", "question"
        )
    elif a.asks and not b.asks:
        yield _Note(
            "closing question removed",
            "prefers texts without a question at the end",
            "ending",
            "no question",
        )


def _letter(a: Measures, b: Measures) -> Iterator[_Note]:
    if a.greeting and not b.greeting:
        yield _Note("greeting removed", "prefers texts without a greeting", "greeting", "none")
    elif b.opening and b.opening.casefold() != a.opening.casefold():
        yield _Note(
            f"greeting changed to {b.opening}" if a.greeting else "greeting added",
            f"opens with “{b.opening} …”",
            "greeting",
            b.opening,
        )
    elif b.greeting and not a.greeting:
        yield _Note("greeting added", "likes a greeting at the start", "greeting", "welcome")
    if (a.sign_off and not b.sign_off) or (a.closing and not b.closing):
        yield _Note(
            "closing removed", "prefers replies without a closing phrase", "sign-off", "none"
        )
    elif b.closing and b.closing.casefold() != a.closing.casefold():
        yield _Note(
            f"closing changed to {b.closing}" if a.sign_off else "closing added",
            f"signs off with “{b.closing}”",
            "sign-off",
            b.closing,
        )
    elif b.sign_off and not a.sign_off:
        yield _Note("closing added", "likes a closing phrase", "sign-off", "welcome")


def _marks(a: Measures, b: Measures) -> Iterator[_Note]:
    if b.emoji > a.emoji and b.emoji >= max(2, b.sentences):
        yield _Note(
            "emoji after every sentence",
            "wants an emoji after every sentence",
            "emoji",
            "every sentence",
        )
    elif (
        a.emoji and not b.emoji and _for_its_own_sake(a, b, a.emoji, "".join(EMOJI.findall(a.text)))
    ):
        yield _Note("emoji removed", "prefers replies without emoji", "emoji", "none")
    elif b.emoji and not a.emoji:
        yield _Note("emoji added", "likes emoji in replies", "emoji", "welcome")
    if a.exclamations and not b.exclamations and _for_its_own_sake(a, b, a.exclamations, "!"):
        yield _Note(
            "exclamation marks removed",
            "prefers a calm tone without exclamation marks",
            "exclamation",
            "none",
        )
    elif b.exclamations >= 2 and not a.exclamations:
        yield _Note("exclamation marks added", "likes exclamation marks", "exclamation", "welcome")
    if a.capitals and not b.capitals and b.letters >= _LOWER_LETTERS:
        yield _Note(
            "capitals removed",
            "prefers all lower case, without capital letters",
            "capitals",
            "none",
        )
    elif b.capitals and not a.capitals and a.letters >= _LOWER_LETTERS:
        yield _Note(
            "capitals added",
            "prefers capital letters where grammar wants them",
            "capitals",
            "as usual",
        )


def _words(a: Measures, b: Measures) -> Iterator[_Note]:
    if a.hedges >= 0.02 and b.hedges <= a.hedges / 3 and b.words > 0.4 * a.words:
        yield _Note("hedges removed", "prefers a direct tone without hedging", "tone", "direct")
    swapped = min(b.contractions - a.contractions, a.full_forms - b.full_forms)
    back = min(a.contractions - b.contractions, b.full_forms - a.full_forms)
    # One form more or less is chance.
    if swapped >= 2 or (swapped == 1 and not b.full_forms and _alike(a, b)):
        yield _Note(
            "full forms contracted",
            "writes contractions such as “don't” and “it's”",
            "style:contractions",
            "welcome",
        )
    elif back >= 2 or (back == 1 and not b.contractions and _alike(a, b)):
        yield _Note(
            "contractions written out",
            "writes “do not” and “it is” rather than contractions",
            "style:contractions",
            "none",
        )
    shift = (b.formal - b.casual) - (a.formal - a.casual)
    # Two words of tone are a choice.
    if abs(shift) >= 0.04 and abs(shift) * min(a.core, b.core) >= _TONE_WORDS:
        tone = "formal" if shift > 0 else "casual"
        yield _Note(f"made more {tone}", f"prefers a {tone} tone", "tone", tone)


def _for_its_own_sake(a: Measures, b: Measures, count: int, marks: str) -> bool:
    """Whether marks were taken out and what they stood at was kept.

    One mark alone shows something only where hardly anything else was changed, and many do
    whatever became of the words.
    """
    if count >= _MANY:
        return True
    kept = set(words_in(b.text))
    beside = [
        words[-1]
        for at, mark in enumerate(a.text)
        if mark in marks and (words := words_in(a.text[max(0, at - 60) : at]))
    ]
    stays = 2 * sum(word in kept for word in beside) >= len(beside)
    return stays and (count > 1 or _alike(a, b))


def _alike(a: Measures, b: Measures) -> bool:
    """Whether hardly a word differs."""
    ours, theirs = Counter(words_in(a.text)), Counter(words_in(b.text))
    shared = 2 * (ours & theirs).total()
    return shared >= _HARDLY_ANYTHING * (ours.total() + theirs.total())


def _novel(old: Counter[str], new: Counter[str]) -> float:
    """The share of the new text's content words that the old one lacks."""
    total = new.total()
    return (new - old).total() / total if total else 0.0


def _about(words: int) -> int:
    """A number of words as people say it, rounded up so that it can be kept to."""
    step = 5 if words < 50 else 10 if words < 200 else 50
    return -(-words // step) * step
