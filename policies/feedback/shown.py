"""What an edit, a pick or a repair shows of a style, as proposals to be tested."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ...memory.checks import fold
from ...memory.inference.prediction import Pair
from ...memory.inference.verification import Proposal
from ...memory.inference.wording import wording
from ...memory.relevance import content_words
from ...memory.scopes import covers
from ...memory.types import Preference, PreferenceDraft
from .edits import describe_edit
from .lexicon import lexicon

if TYPE_CHECKING:
    from ...memory.inference.profile_update import Event

__all__ = ["counted", "differing", "heard", "says_nothing"]

# A pick among drafts, or a mended reply, was not written by the user.
_NOT_WRITTEN = 0.45
_GUESSED = 0.4
_PARTS = re.compile(r"\s*(?:[;,]|\band\b|&)\s*", re.IGNORECASE)
# What small models say of any text, and what says only that there was an edit.
_EMPTY = frozenset(
    """
    accurate appropriate better clarity clear clearer clearly communication content correct
    different effective engaging explanation good improved improvement improving information
    informative interesting language message nice new phrase professional readable readability
    relevant rewritten rewrite rephrased revised sentence statement style text tone understand
    understandable wording word writing written
    """.split()  # noqa: SIM905
)


def counted(pairs: Sequence[Pair], *, written: bool) -> tuple[Proposal, ...]:
    """What counting shows of an event's pairs; needs no model.

    Args:
        pairs: The pairs of one event; with several, what the chosen text shows against each.
        written: Whether the user wrote the chosen text.
    """
    if not pairs:
        return ()
    readings = [describe_edit(pair.rejected, pair.chosen).drafts for pair in pairs]
    first, *others = readings
    common = [
        draft
        for draft in first
        if all(any(_alike(draft, each) for each in other) for other in others)
    ]
    scope = pairs[0].scope
    return tuple(
        Proposal(
            draft=replace(
                draft,
                scope=scope,
                confidence=draft.confidence if written else min(draft.confidence, _NOT_WRITTEN),
            ),
            supported=True,
        )
        for draft in common
    )


def heard(
    phrases: Sequence[str], event: Event, *, request: str = "", besides: Sequence[Proposal] = ()
) -> tuple[Proposal, ...]:
    """Turns what a chat model said of an event into proposals.

    Parts of a phrase that say nothing of style (praise of any text, the topic's own words), and
    those that answer an aspect which was counted or which a live line answers, are left out.

    Args:
        phrases: What was said.
        event: What it was said of.
        request: What the texts answer.
        besides: What was counted.
    """
    known = {each.draft.aspect for each in besides if each.draft.aspect is not None}
    known |= {
        line.aspect
        for line in event.live
        if line.aspect is not None and covers(line.scope, event.scope)
    }
    # What the edit brought in may be style: "thank you".
    topic = content_words(" ".join([request, *(pair.rejected for pair in event.own)]))
    found: dict[str, Proposal] = {}
    for phrase in phrases:
        kept: list[str] = []
        for part in filter(None, (each.strip() for each in _PARTS.split(phrase))):
            styles = lexicon().styles(part)
            if says_nothing(part) or any(style.aspect in known for style in styles):
                continue
            if not styles and content_words(part) - _EMPTY <= topic:
                continue
            kept.append(part)
        if not kept:
            continue
        draft = _named(kept, event.scope)
        found.setdefault(fold(draft.description), Proposal(draft=draft))
    return tuple(found.values())


def differing(
    noticed: Sequence[str], scope: str | None, live: Sequence[Preference]
) -> tuple[Proposal, ...]:
    """Puts what was counted of a difference into words, where no rule has a name for it.

    Args:
        noticed: What the chosen text does and the other does not, the clearest first.
        scope: The occasion.
        live: The user's live preferences: what they answer is not proposed.
    """
    known = {line.aspect for line in live if covers(line.scope, scope)}
    fresh = [
        said
        for said in noticed
        if not any(style.aspect in known for style in lexicon().mentioned(said))
    ]
    return tuple(
        Proposal(draft=wording(said, scope=scope, confidence=_GUESSED)) for said in fresh[:2]
    )


def says_nothing(said: str) -> bool:
    """Whether words about a style could be said of any text ("a clear and engaging style")."""
    return content_words(said) <= _EMPTY


def _alike(one: PreferenceDraft, other: PreferenceDraft) -> bool:
    return one.aspect == other.aspect and one.value == other.value


def _named(parts: Sequence[str], scope: str | None) -> PreferenceDraft:
    """A style that has a name, under it; another one in its own words."""
    styles = lexicon().styles(parts[0]) if len(parts) == 1 else ()
    if len(styles) != 1:
        return wording(" and ".join(parts), scope=scope)
    (style,) = styles
    return PreferenceDraft(
        description=style.says,
        strength=0.5,
        origin="inferred",
        confidence=0.45,
        scope=scope,
        aspect=style.aspect,
        value=style.value,
    )
