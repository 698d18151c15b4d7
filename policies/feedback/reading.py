"""Reads a message: what it states, commands and thinks, and what is left to answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ...memory.types import PreferenceDraft
from ..types import Reading
from .ceasing import instead
from .clauses import SCAN_CHARACTERS, Clause, clean, split
from .commands import told
from .offered import said_of_options
from .reactions import Thought, react
from .scope import lead_in
from .statements import statements
from .told import Told

__all__ = ["merge", "read_message"]

_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|hi there|hello there|good (?:morning|afternoon|evening)|"
    r"dear penchant|ok|okay|yes|"
    r"yeah|well|please|and|but|so|also|by the way|btw|fyi|just fyi|thanks|thank you|no|"
    r"sorry|anyway|penchant|"
    r"just so you know|remember)?\W*$",
    re.IGNORECASE,
)
_NO = re.compile(r"\W*no(?:pe)?\b\s*[,.!:]", re.IGNORECASE)
_CONNECTIVE = re.compile(
    r"^(?:[\s,;:.!–—-]+|(?:and|but|so|then|because|since)\b\s*)+", re.IGNORECASE
)


def read_message(text: str, *, last_reply: str | None, last_request: str | None = None) -> Reading:
    """Reads a message by rules, in time linear in its length.

    Reactions are WildFeedback's (see `react`), commands RecBot's: polarity, hardness, aspect and
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
    heard = _Heard(has_reply=last_reply is not None and bool(last_reply.strip()))
    clauses = split(cleaned)
    for clause in clauses:
        heard.take(clause)
    if last_reply is not None:
        heard.drafts += said_of_options(clauses, reply=last_reply, request=last_request)
    thought = _foremost(heard.thoughts)
    if heard.commands and thought is not None and thought.category == "complaint":
        thought = replace(thought, category="revision")
    return Reading(
        preferences=merge(heard.drafts),
        command="; ".join(dict.fromkeys(heard.commands)) or None,
        lasting=heard.lasting,
        sentiment=None if thought is None else thought.sentiment,
        reaction=None if thought is None else thought.category,
        about=None if thought is None else thought.about,
        request=_request(cleaned, heard.kept) if heard.consumed else cleaned.strip(),
        wants_options=heard.options,
        wants_silence=heard.silence,
        asks_less=heard.asks_less,
        forget=heard.forget,
        narrow=heard.narrow,
        why=heard.why,
        uncertain=heard.uncertain,
    )


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What the clauses of a message came to so far."""

    has_reply: bool
    drafts: list[PreferenceDraft] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    thoughts: list[Thought] = field(default_factory=list)
    kept: list[Clause] = field(default_factory=list)
    asks_less: bool | None = None
    lasting: bool = False
    options: bool = False
    silence: bool = False
    forget: str | None = None
    narrow: str | None = None
    why: bool = False
    uncertain: bool = False
    consumed: bool = False

    def take(self, clause: Clause) -> None:
        """Takes the next clause: a reaction, an order, a statement, or part of the request."""
        thought = react(clause) if self.has_reply else None
        if thought is not None and thought.category == "thanks" and _asked(self.kept):
            # Good manners at the end of a request.
            self.consumed = True
            return
        order = None if _is_only(thought) else told(clause, has_reply=self.has_reply)
        if order is None and thought is not None and thought.wish is not None:
            order = told(_saying(clause, thought.wish), has_reply=True)
        if order is not None and order.command is not None and self.has_reply:
            thought = thought or _refusing(clause)
        if thought is not None:
            self.thoughts.append(thought)
        if order is not None:
            self._obey(order, clause)
        elif thought is not None:
            self.consumed = True
            if thought.category == "ignored" and thought.about is not None:
                again = _said_again(clause, thought.about)
                self.drafts += again.drafts
                self.commands += again.commands
        else:
            self._believe(clause)

    def _obey(self, order: Told, clause: Clause) -> None:
        self.drafts += order.drafts
        if any(draft.origin == "stated" for draft in order.drafts):
            self.lasting = True
        if order.command is not None:
            self.commands.append(order.command)
        if order.asks_less is not None:
            self.asks_less = order.asks_less
        self.options = self.options or order.options
        self.silence = self.silence or order.silence
        self.forget = order.forget or self.forget
        self.narrow = order.narrow or self.narrow
        self.why = self.why or order.why
        if order.keeps:
            self.kept.append(clause)
        else:
            self.consumed = True

    def _believe(self, clause: Clause) -> None:
        said = statements(clause)
        if not said.drafts and any(draft.polarity == "dislike" for draft in self.drafts):
            said = instead(lead_in(clause.text)) or said
        self.uncertain = self.uncertain or said.uncertain
        self.forget = said.forget or self.forget
        if said.drafts or said.forget:
            self.drafts += said.drafts
            self.consumed = True
        else:
            self.kept.append(clause)


def _is_only(thought: Thought | None) -> bool:
    """Whether a reaction leaves nothing to change ("much better")."""
    return thought is not None and (
        thought.sentiment == "satisfied" or thought.category in ("complaint", "disengagement")
    )


def _foremost(thoughts: Sequence[Thought]) -> Thought | None:
    """The thought that counts: the first bad one ("thanks, but that's wrong"), else the first."""
    bad = [each for each in thoughts if each.sentiment == "dissatisfied"]
    return next(iter([*bad, *thoughts]), None)


def _asked(kept: Sequence[Clause]) -> bool:
    """Whether something other than a greeting was asked before."""
    return any(_GREETING.match(clause.text) is None for clause in kept)


def _saying(clause: Clause, text: str) -> Clause:
    return Clause(text, clause.start, clause.end)


def _refusing(clause: Clause) -> Thought | None:
    """A change asked for with a "no" shows dissatisfaction; a bare one is merely a wish."""
    if _NO.match(clause.text) is None:
        return None
    return Thought(sentiment="dissatisfied", category="revision")


class _Again(NamedTuple):
    drafts: tuple[PreferenceDraft, ...]
    commands: tuple[str, ...]


def _said_again(clause: Clause, about: str) -> _Again:
    """What a user says was ignored holds as if they said it now."""
    saying = _saying(clause, about)
    said = statements(saying)
    if said.drafts:
        return _Again(said.drafts, ())
    order = told(saying, has_reply=True)
    if order is None:
        return _Again((), ())
    return _Again(order.drafts, () if order.command is None else (order.command,))


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
