"""Asks a chat model what rules leave unsure, and checks what it says against the user's words."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from pydantic import BaseModel, Field, create_model

from ...memory.inference.wording import orders
from ...memory.types import PreferenceDraft
from ...models.prompts import fence, one_line, render
from ...models.types import ChatModel, Message, Usage
from .clauses import SCAN_CHARACTERS, clean, split
from .idioms import habitual
from .known import known_constraints
from .phrasing import third_person, verb_s

__all__ = ["Inferred", "infer_statements"]

_CONFIDENCE = 0.55
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


_HABIT = re.compile(
    r"(?:i|we)\s+(?:(?P<often>always|only|mostly|usually|still|just|even|really)\s+)?"
    r"(?P<verb>\w+)\s+(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)


class Inferred(NamedTuple):
    """Preferences that a chat model suggested and code let pass, and what asking cost."""

    drafts: tuple[PreferenceDraft, ...]
    usage: Usage


Verdict = Literal["likes", "dislikes", "never", "nothing"]


class Verdicts(BaseModel):
    """What the chat model answers to `statements.md`, a verdict for each sentence."""

    verdicts: list[Verdict] = Field(max_length=4)


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
    if verdict == "nothing" or orders(sentence):
        return None
    known = known_constraints(sentence)
    if known:
        return _lowered(known[0]) if len(known) == 1 else None
    # Small models find dislikes in plain habits.
    bad = verdict != "likes" and not habitual(sentence)
    if not bad and _AGAINST.search(sentence) is not None:
        bad = True
    return PreferenceDraft(
        description=_told(sentence),
        polarity="dislike" if bad else "like",
        strength=0.6,
        origin="inferred",
        confidence=_CONFIDENCE,
    )


def _told(sentence: str) -> str:
    """The user's words, of a habit in the third person ("codes in Rust")."""
    habit = _HABIT.match(sentence) if habitual(sentence) else None
    if habit is None:
        return f"says: “{one_line(third_person(sentence), limit=120)}”"
    often = f"{habit['often'].lower()} " if habit["often"] else ""
    rest = one_line(third_person(habit["rest"]), limit=120)
    return f"{often}{verb_s(habit['verb'].lower())} {rest}"


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
