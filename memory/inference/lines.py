"""A proposed line beside the live ones: which says the same, and which it would replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..checks import fold
from ..relevance import content_words
from ..scopes import common_scope, covers, kind_of
from ..types import Preference, PreferenceDraft
from .wording import LEAD, is_wording

__all__ = ["Wider", "as_draft", "is_movable", "rival", "same_line", "wider"]

_KINDS_FOR_ALWAYS = 3


class Wider(NamedTuple):
    """One line for more than an occasion, and the inferred lines in whose place it stands."""

    draft: PreferenceDraft
    lines: tuple[Preference, ...]


def wider(draft: PreferenceDraft, live: Sequence[Preference]) -> Wider | None:
    """The line that a draft for one occasion makes with lines that say the same for others.

    What two occasions of one kind of text show ("work emails", "emails from travel notes") holds
    for the kind; what three kinds show holds always. Where a line says something else of the
    aspect, it depends on the occasion: of the kind, then there is no line for the kind; of any
    kind, then there is none for always.

    Args:
        draft: Of an aspect, for one occasion.
        live: The user's live preferences.

    Returns:
        The wider line, as sure as any that it takes the place of; None if there is none.
    """
    if draft.scope is None or draft.aspect is None:
        return None
    of_aspect = [line for line in live if fold(line.aspect) == fold(draft.aspect)]
    its_kind = kind_of(draft.scope)
    of_kind = [line for line in of_aspect if kind_of(line.scope) == its_kind]
    kinds = {its_kind, *(kind_of(line.scope) for line in of_aspect)}
    if len(kinds) >= _KINDS_FOR_ALWAYS and None not in kinds and _agree(draft, of_aspect):
        return _over(draft, None, of_aspect)
    if _agree(draft, of_kind) and any(not covers(line.scope, draft.scope) for line in of_kind):
        scope = common_scope((draft.scope, *(line.scope for line in of_kind)))
        return _over(draft, scope, of_kind)
    return None


def _agree(draft: PreferenceDraft, lines: Sequence[Preference]) -> bool:
    return all(
        line.polarity == draft.polarity and fold(line.value) == fold(draft.value) for line in lines
    )


def _over(draft: PreferenceDraft, scope: str | None, lines: Sequence[Preference]) -> Wider | None:
    movable = tuple(line for line in lines if is_movable(line))
    if not movable:
        return None
    wide = replace(
        draft,
        scope=scope,
        confidence=max(draft.confidence, *(line.confidence for line in movable)),
        strength=max(draft.strength, *(line.strength for line in movable)),
    )
    return Wider(wide, movable)


def is_movable(line: Preference) -> bool:
    """Whether an inference may replace or retire a line."""
    return line.origin == "inferred" and not line.revised and not line.hard


def same_line(draft: PreferenceDraft, live: Sequence[Preference]) -> Preference | None:
    """The newest soft line that says what a draft does, for its occasion or for more than that."""
    return next(
        (line for line in reversed(live) if not line.hard and _says_the_same(line, draft)), None
    )


def _says_the_same(line: Preference, draft: PreferenceDraft) -> bool:
    """Whether a line says what a draft does, for its occasion or for more than that."""
    if line.polarity != draft.polarity or not covers(line.scope, draft.scope):
        return False
    if fold(line.description) == fold(draft.description):
        return True
    if is_wording(draft):
        ours = _telling(draft)
        return is_wording(line) and bool(ours) and ours <= _telling(line)
    same_aspect = draft.aspect is not None and fold(line.aspect) == fold(draft.aspect)
    return same_aspect and draft.value is not None and fold(line.value) == fold(draft.value)


def rival(draft: PreferenceDraft, live: Sequence[Preference]) -> Preference | None:
    """The inferred line for the same occasion on the same topic, or in much the same words."""
    for line in reversed(live):
        if fold(line.scope) != fold(draft.scope) or not is_movable(line):
            continue
        if is_wording(draft) and is_wording(line):
            ours, theirs = _telling(draft), _telling(line)
            if 2 * len(ours & theirs) >= min(len(ours), len(theirs)) > 0:
                return line
        elif draft.aspect is not None and fold(line.aspect) == fold(draft.aspect):
            return line
    return None


def _telling(line: Preference | PreferenceDraft) -> set[str]:
    """The words that tell one description of style from another."""
    return content_words(line.description) - content_words(LEAD)


def as_draft(line: Preference) -> PreferenceDraft:
    """A live line as it was proposed."""
    return PreferenceDraft(
        description=line.description,
        polarity=line.polarity,
        hard=line.hard,
        strength=line.strength,
        origin=line.origin,
        confidence=line.confidence,
        scope=line.scope,
        aspect=line.aspect,
        value=line.value,
    )
