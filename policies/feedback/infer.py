"""Asks a chat model what rules leave unsure, and checks what it says against the user's words."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field

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
_FIRST_PERSON = re.compile(r"(?<![\w'])(?:i|i'm|im|i've|i'd|me|my|mine|we|our|us)(?![\w-])", re.I)
_OTHERS = re.compile(
    r"(?<![\w'])(?:my (?!favou?rite|diet|taste|own|doctor)\w+|he|she|they|people|someone|friend)"
    r" (?:is|are|was|has|likes?|loves?|hates?|prefers?|wants?|needs?|can't|doesn't|don't|eats?)\b",
    re.IGNORECASE,
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


class _Item(BaseModel):
    quote: str = Field(max_length=120)
    kind: Literal["likes", "dislikes", "always", "never"]
    lasting: bool


class StatedPreferences(BaseModel):
    """What the chat model answers to `statements.md`."""

    items: list[_Item] = Field(max_length=4)


class EditedStyle(BaseModel):
    """What the chat model answers to `edit.md`."""

    style: str = Field(max_length=90)


async def infer_statements(chat: ChatModel, text: str) -> Inferred:
    """Asks which preferences a message states, where the rules were unsure.

    Args:
        chat: The chat model.
        text: The user's message; its first characters are read.

    Returns:
        Drafts worded after the user's own words. An item is dropped unless its quotation stands
        in the message, in the first person, outside questions and quoted material.

    Raises:
        ModelError: The call failed.
    """
    cleaned = clean(text)[:SCAN_CHARACTERS]
    prompt = render(__package__, "statements", message=fence(cleaned, "message", limit=1500))
    answer, usage = await chat.structured(
        [Message(role="user", content=prompt)], StatedPreferences, max_tokens=200
    )
    spoken = [fold(c.text) for c in split(cleaned) if not c.question and not c.content]
    drafts: dict[str, PreferenceDraft] = {}
    for item in answer.items:
        draft = _verified(item, spoken)
        if draft is not None:
            drafts.setdefault(draft.description.casefold(), draft)
    return Inferred(tuple(drafts.values()), usage)


def _verified(item: _Item, spoken: list[str]) -> PreferenceDraft | None:
    quote = fold(item.quote)
    if len(quote.split()) < 2:
        return None
    clause = next((c for c in spoken if f" {quote} " in f" {c} "), None)
    if clause is None or _FIRST_PERSON.search(clause) is None:
        return None
    if _OTHERS.search(clause) is not None or re.match(r"(?:if|would|should|could)\b", clause):
        return None
    known = known_constraints(clause)
    if known:
        return None if len(known) != 1 else _lowered(known[0])
    said = third_person(quote if _FIRST_PERSON.search(quote) is not None else clause)
    bad = item.kind in ("dislikes", "never")
    return PreferenceDraft(
        description=f"says: “{one_line(said, limit=120)}”",
        polarity="dislike" if bad else "like",
        strength=0.6,
        origin="inferred",
        confidence=_CONFIDENCE if item.lasting else _CONFIDENCE - 0.15,
        lasts_hours=None if item.lasting else 12.0,
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
    measured, or when they only repeat it.

    Args:
        chat: The chat model.
        request: What the reply answered.
        before: The reply as shown.
        after: What the user made of it.
        summary: The measured differences, `EditReading.summary`.

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
        summary=one_line(summary, limit=200),
    )
    answer, usage = await chat.structured(
        [Message(role="user", content=prompt)], EditedStyle, max_tokens=48
    )
    style = one_line(answer.style, limit=90).strip(" .\"'")
    style = re.sub(
        r"^(?:the user |user |they |this user )?(?:prefers?|likes?|wants?)\s+",
        "",
        style,
        flags=re.I,
    )
    words = style.split()
    if not 1 <= len(words) <= _MOST_WORDS or _contradicts(style, before, after):
        return Inferred((), usage)
    known = lexicon().styles(style)
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


def _contradicts(style: str, before: str, after: str) -> bool:
    """Whether a description names a direction that the edit did not take."""
    measured = {d.aspect: d.value for d in describe_edit(before, after).drafts}
    a, b = len(before.split()), len(after.split())
    if b <= a * 0.9 and _LONG.search(style) is not None:
        return True
    if b >= a * 1.1 and _SHORT.search(style) is not None:
        return True
    if measured.get("tone") == "formal" and _CASUAL.search(style) is not None:
        return True
    if measured.get("tone") == "casual" and _FORMAL.search(style) is not None:
        return True
    return measured.get("format") == "prose" and _LISTED.search(style) is not None
