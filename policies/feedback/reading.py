"""Reads a message: what it states, commands and thinks, and what is left to answer."""

from __future__ import annotations

import re
from typing import Literal

from ...memory.types import PreferenceDraft
from ..types import Reading
from .clauses import SCAN_CHARACTERS, Clause, clean, split
from .commands import told
from .lexicon import lexicon
from .scope import lead_in
from .statements import statements

__all__ = ["merge", "read_message"]

Sentiment = Literal["satisfied", "dissatisfied"]

_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|hi there|hello there|good (?:morning|afternoon|evening)|"
    r"dear penchant|ok|okay|yes|"
    r"yeah|well|please|and|but|so|also|by the way|btw|fyi|just fyi|thanks|thank you|no|"
    r"sorry|anyway|penchant|"
    r"just so you know|remember)?\W*$",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"^(?:[\s,;:.!–—-]+|(?:and|but|so|then|because|since)\b\s*)+", re.IGNORECASE
)
_INTENSE = re.compile(
    r"\b(?:so|very|really|such|that's|that is|this is|this was|that was|it's|it is|looks|"
    r"sounds|a|an|much|absolutely|just|"
    r"looks|you're|what|oh|wow|yes|haha|lol|for that|for this|for the \w+|a lot|so much|"
    r"very much|again|as well|for your help|idea|ideas|one|job|answer|suggestion|"
    r"suggestions|reply|work|now|already)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|isn't|wasn't|aren't|don't|doesn't|didn't|never|hardly|no)\b", re.I)


def read_message(text: str, *, last_reply: str | None, last_request: str | None = None) -> Reading:
    """Reads a message by rules, in time linear in its length.

    Reactions are WildFeedback's two kinds, commands RecBot's: polarity, hardness, aspect and
    scope. Both papers ask a language model; here words and forms decide, and `uncertain` says
    when a model is worth asking.

    Args:
        text: The message as it came; may be empty, huge or hostile.
        last_reply: The assistant's last reply, if any: without one there is nothing to change
            or to react to.
        last_request: What that reply answered; a command alone leaves `request` empty, and
            the caller answers `last_request` anew.

    Returns:
        What the message says; what is not understood stays part of `request`.
    """
    cleaned = clean(text)
    has_reply = last_reply is not None and bool(last_reply.strip())
    drafts: list[PreferenceDraft] = []
    commands: list[str] = []
    kept: list[Clause] = []
    sentiment: Sentiment | None = None
    asks_less, options, silence, forget, uncertain = None, False, False, None, False
    consumed = False
    for clause in split(cleaned):
        order = told(clause, has_reply=has_reply)
        if order is not None:
            drafts.extend(order.drafts)
            if order.command is not None:
                commands.append(order.command)
            asks_less = order.asks_less if order.asks_less is not None else asks_less
            options, silence = options or order.options, silence or order.silence
            forget = order.forget or forget
            if order.command is not None and has_reply and sentiment is None:
                sentiment = _reaction(clause)
            if order.keeps:
                kept.append(clause)
            else:
                consumed = True
            continue
        said = statements(clause)
        uncertain = uncertain or said.uncertain
        forget = said.forget or forget
        if said.drafts or said.forget:
            drafts.extend(said.drafts)
            consumed = True
            continue
        reaction = _reaction(clause) if has_reply else None
        if reaction is not None:
            sentiment = reaction if sentiment is None or reaction == "dissatisfied" else sentiment
            consumed = True
            continue
        kept.append(clause)
    return Reading(
        preferences=merge(drafts),
        command="; ".join(dict.fromkeys(commands)) or None,
        sentiment=sentiment,
        request=_request(cleaned, kept) if consumed else cleaned.strip(),
        wants_options=options,
        wants_silence=silence,
        asks_less=asks_less,
        forget=forget,
        uncertain=uncertain,
    )


def merge(drafts: list[PreferenceDraft]) -> tuple[PreferenceDraft, ...]:
    """Drops repetitions: the same aspect and value, or the same words, said twice."""
    kept: dict[tuple[str, str, str | None], PreferenceDraft] = {}
    for draft in drafts:
        value = draft.value if draft.aspect else draft.description
        key = (draft.aspect or "", (value or "").casefold(), draft.scope)
        before = kept.get(key)
        if before is None or (draft.hard, draft.confidence) > (before.hard, before.confidence):
            kept[key] = draft
    return tuple(kept.values())


def _reaction(clause: Clause) -> Sentiment | None:
    """What a whole clause thinks of the last reply; longer ones stay requests."""
    if clause.content or len(clause.text) > 120 or clause.text.strip().endswith("?"):
        return None
    whole = clause.text.strip(" \u2003,.!;")
    found = lexicon().reaction(whole) or lexicon().reaction(lead_in(whole))
    if found is not None:
        return found
    parts = [part for part in re.split(r"[,;–—]\s*", whole) if part.strip()]
    if len(parts) > 1:
        return _all([_thought(part) for part in parts[:6]])
    return _thought(whole)


def _all(thoughts: list[Sentiment | None]) -> Sentiment | None:
    """One thought if every part has one; the bad one wins ("thanks, but that's wrong")."""
    if not all(thoughts):
        return None
    return "dissatisfied" if "dissatisfied" in thoughts else "satisfied"


def _thought(whole: str) -> Sentiment | None:
    found = lexicon().reaction(whole)
    if found is not None:
        return found
    core = " ".join(_INTENSE.sub(" ", whole).split()).strip(" ,.!'")
    negated = _NEGATED.search(core)
    if negated is not None:
        core = " ".join(_NEGATED.sub(" ", core).split())
    if not core or len(core.split()) > 3:
        return None
    found = lexicon().reaction(core)
    if found is None or negated is None:
        return found
    return "dissatisfied" if found == "satisfied" else None


def _request(text: str, kept: list[Clause]) -> str:
    """The clauses that remain, in the user's own words, and what lies beyond what was read."""
    parts: list[str] = []
    run: tuple[int, int] | None = None
    for clause in kept:
        if _GREETING.match(clause.text) is not None:
            continue
        if run is not None and clause.start - run[1] <= 12 and not _gap(text, run[1], clause.start):
            run = (run[0], clause.end)
            continue
        if run is not None:
            parts.append(text[run[0] : run[1]])
        run = (clause.start, clause.end)
    if run is not None:
        parts.append(text[run[0] : run[1]])
    cut = [_CONNECTIVE.sub("", part).strip() for part in parts]
    left = " ".join(part for part in cut if part)
    beyond = text[SCAN_CHARACTERS:].strip()
    return f"{left}{beyond}".strip() if beyond else left


def _gap(text: str, start: int, end: int) -> bool:
    """Whether something that was understood lies between two clauses."""
    return re.search(r"\w{4,}", text[start:end]) is not None
