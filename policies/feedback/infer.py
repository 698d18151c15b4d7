"""Asks a chat model what rules leave unsure, and checks what it says against the user's words."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field, create_model

from ...memory.types import PreferenceDraft
from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Message, Usage
from .clauses import SCAN_CHARACTERS, clean, split
from .edits import describe_edit
from .known import known_constraints
from .lexicon import fold, lexicon
from .phrasing import third_person

__all__ = ["Inferred", "infer_edit", "infer_statements"]

_CONFIDENCE = 0.55
_EDIT_CONFIDENCE = 0.45
_MOST_WORDS = 12
_FIRST_PERSON = re.compile(
    r"(?<![\w'])(?:i|i'm|im|i've|i'd|me|we|we're|us"
    r"|my (?:favou?rite|diet|taste|allerg\w+|doctor|religion|preference))(?![\w-])",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?<![\w'])(?:my (?!favou?rite|diet|taste|own|doctor)\w+|he|she|they|people|someone|friend)"
    r" (?:is|are|was|has|likes?|loves?|hates?|prefers?|wants?|needs?|can't|doesn't|don't|eats?)\b",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"^(?:if|would|should|could|write|translate|explain|tell|give|what|who|how|why|ignore|print)\b"
    r"|\b(?:used to|i wish|would like|i'd like|would love|i'd love)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:hate|dislike|scares?|afraid|avoid|can't stand|annoy\w*|bores?|bother\w*|upset\w*|less|"
    r"sick of|tired of|not (?:like|enjoy|a fan|into)|don't (?:like|enjoy|want))\b",
    re.IGNORECASE,
)
_SMALL_WORD = 3
_ECHO = frozenset(
    re.findall(
        r"\S+",
        """
        revised rewritten rewrite edited shortened lengthened rephrased rephrasing rewording
        summarized summarised changed modified updated improved corrected different
        """,
    )
)
_SHORT = re.compile(
    r"\b(?:short\w*|brief\w*|concise\w*|succinct|brevity|direct|to the point|simpl\w+|"
    r"terse|minimal\w*)\b",
    re.I,
)
_LONG = re.compile(
    r"\b(?:long\w*|detail\w*|thorough\w*|comprehensive|elaborat\w+|in-depth|descriptive|"
    r"extensive|verbose|informative)\b",
    re.IGNORECASE,
)
_FORMAL = re.compile(r"(?<!in)(?<!less )\bformal\w*|\bprofessional\w*|\bpolite\w*", re.IGNORECASE)
_CASUAL = re.compile(
    r"\b(?:informal|casual|relaxed|conversational|friendly|colloquial|less formal)\b", re.I
)
_LISTED = re.compile(r"\b(?:bullet\w*|lists?|listed|bulleted)\b", re.IGNORECASE)


class Inferred(NamedTuple):
    """Preferences that a chat model suggested and code let pass, and what asking cost."""

    drafts: tuple[PreferenceDraft, ...]
    usage: Usage


Verdict = Literal["likes", "dislikes", "never", "nothing"]


class Verdicts(BaseModel):
    """What the chat model answers to `statements.md`, a verdict for each sentence."""

    verdicts: list[Verdict] = Field(max_length=4)


class EditedStyle(BaseModel):
    """What the chat model answers to `edit.md`."""

    style: str = Field(max_length=90)


async def infer_statements(chat: ChatModel, text: str) -> Inferred:
    """Asks what a message says of its author's tastes, where the rules were unsure.

    A small model quotes badly but sorts well, so code picks the sentences: the user's own, in the
    first person, neither questions nor quoted material; the model says what each amounts to.

    Args:
        chat: The chat model.
        text: The user's message; its first characters are read.

    Returns:
        Drafts that quote the user verbatim; none, at no cost, if no sentence qualifies.

    Raises:
        ModelError: The call failed.
    """
    sentences = _own(text)
    if not sentences:
        return Inferred((), Usage(calls=0))
    numbered = "\n".join(f"{n}. {one_line(s)}" for n, s in enumerate(sentences, start=1))
    k = len(sentences)
    schema = create_model(
        f"VerdictsOf{k}",
        __base__=Verdicts,
        verdicts=(list[Verdict], Field(min_length=k, max_length=k)),
    )
    prompt = render(__package__, "statements", sentences=fence(numbered, "sentences"))
    answer, usage = await chat.structured(
        [Message(role="user", content=prompt)], schema, max_tokens=16 + 12 * k, background=True
    )
    drafts = (
        _draft(sentence, verdict)
        for sentence, verdict in zip(sentences, answer.verdicts, strict=True)
    )
    return Inferred(tuple(d for d in drafts if d is not None), usage)


def _own(text: str) -> list[str]:
    """The sentences in which the user may speak of their own tastes, at most four."""
    found = []
    for clause in split(clean(text)[:SCAN_CHARACTERS]):
        said = clause.text.strip(" \u2003.!,;")
        if (
            clause.question
            or clause.content
            or "\u2003" in said
            or not 3 <= len(said.split()) <= 40
            or _FIRST_PERSON.search(said) is None
            or _OTHERS.search(said) is not None
            or _UNREAL.search(said) is not None
        ):
            continue
        found.append(said)
    return found[:4]


def _draft(sentence: str, verdict: Verdict) -> PreferenceDraft | None:
    if verdict == "nothing":
        return None
    known = known_constraints(sentence)
    if known:
        return _lowered(known[0]) if len(known) == 1 else None
    bad = verdict != "likes"
    if not bad and _AGAINST.search(sentence) is not None:
        bad = True
    said = third_person(sentence)
    return PreferenceDraft(
        description=f"says: “{one_line(said, limit=120)}”",
        polarity="dislike" if bad else "like",
        strength=0.6,
        origin="inferred",
        confidence=_CONFIDENCE,
    )


def _lowered(draft: PreferenceDraft) -> PreferenceDraft:
    """A constraint that was hedged in words still holds, with less belief."""
    return PreferenceDraft(
        description=draft.description,
        polarity=draft.polarity,
        hard=True,
        strength=draft.strength,
        origin="inferred",
        confidence=0.7,
        aspect=draft.aspect,
        value=draft.value,
    )


async def infer_edit(
    chat: ChatModel, *, request: str, before: str, after: str, summary: str
) -> Inferred:
    """Asks what an edit reveals about how its author likes replies (CIPHER).

    CIPHER trusts the model's words; here they are dropped when they contradict what was
    measured, when they only repeat it, or when nothing in the edit speaks for them.

    Args:
        chat: The chat model.
        request: What the reply answered.
        before: The reply as shown.
        after: What the user made of it.
        summary: The measured differences, `EditReading.summary`; a suggestion that only repeats
            them is dropped.

    Returns:
        At most one draft, of low confidence.

    Raises:
        ModelError: The call failed.
    """
    prompt = render(
        __package__,
        "edit",
        request=fence(request, "request", limit=400),
        before=fence(before, "before", limit=1200),
        after=fence(after, "after", limit=1200),
    )
    answer, usage = await chat.structured(
        [Message(role="user", content=prompt)], EditedStyle, max_tokens=48, background=True
    )
    style = one_line(answer.style, limit=90).strip(" .\"'")
    style = re.sub(
        r"^(?:the user |user |they |this user )?(?:prefers?|likes?|wants?)\s+",
        "",
        style,
        flags=re.I,
    )
    words = style.split()
    if (
        not 1 <= len(words) <= _MOST_WORDS
        or _contradicts(style, before, after)
        or not _supported(style, before, after)
        or _echoes(style, summary)
    ):
        return Inferred((), usage)
    known = lexicon().styles(style)
    measured = {draft.aspect for draft in describe_edit(before, after).drafts}
    if any(each.aspect in measured for each in known):
        return Inferred((), usage)
    if len(known) == 1:
        aspect, value = known[0].aspect, known[0].value
    else:
        aspect, value = None, None
    lowered = style[:1].lower() + style[1:]
    return Inferred(
        (
            PreferenceDraft(
                description=f"prefers this style: {lowered}",
                strength=0.5,
                origin="inferred",
                confidence=_EDIT_CONFIDENCE,
                aspect=aspect,
                value=value,
            ),
        ),
        usage,
    )


def _echoes(style: str, summary: str) -> bool:
    """Whether a description says no more than that there was an edit."""
    words = set(fold(style).split())
    return words <= _ECHO or words <= set(fold(summary).split())


def _supported(style: str, before: str, after: str) -> bool:
    """Whether the edit shows what a description says, and rules have not learned it already.

    Either a change of length too small for the rules, or words that the edit brought in.
    """
    a, b = len(before.split()), len(after.split())
    learned = {draft.aspect for draft in describe_edit(before, after).drafts}
    shorter = _SHORT.search(style) is not None and b <= a * 0.9
    longer = _LONG.search(style) is not None and b >= a * 1.1
    if (shorter or longer) and "length" not in learned:
        return True
    brought_in = set(fold(after).split()) - set(fold(before).split()) - _ECHO
    return any(len(word) > _SMALL_WORD for word in brought_in & set(fold(style).split()))


def _contradicts(style: str, before: str, after: str) -> bool:
    """Whether a description names a direction that the edit did not take."""
    measured = {d.aspect: d.value for d in describe_edit(before, after).drafts}
    a, b = len(before.split()), len(after.split())
    if b <= a * 0.9 and _LONG.search(style) is not None:
        return True
    if b >= a * 1.1 and _SHORT.search(style) is not None:
        return True
    # A tone that nothing measures is what small models name for any edit.
    if _CASUAL.search(style) is not None and measured.get("tone") != "casual":
        return True
    if _FORMAL.search(style) is not None and measured.get("tone") != "formal":
        return True
    return measured.get("format") == "prose" and _LISTED.search(style) is not None
