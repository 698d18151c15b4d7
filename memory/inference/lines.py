"""A proposed line beside the live ones: which says the same, and which it would replace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..checks import fold
from ..relevance import content_words
from ..types import Preference, PreferenceDraft
from .prediction import covers
from .wording import LEAD, is_wording

__all__ = ["as_draft", "elsewhere", "is_movable", "rival", "same_line", "widened"]


def elsewhere(draft: PreferenceDraft, live: Sequence[Preference]) -> list[Preference]:
    """The inferred lines to make one line for always of, with a draft for one occasion.

    None, unless a line says the same for another occasion; and none if any says something else
    of the aspect: then it depends on the occasion.
    """
    if draft.scope is None or draft.aspect is None:
        return []
    of_aspect = [line for line in live if fold(line.aspect) == fold(draft.aspect)]
    if any(line.scope is None or fold(line.value) != fold(draft.value) for line in of_aspect):
        return []
    movable = [line for line in of_aspect if is_movable(line)]
    return movable if any(not covers(line.scope, draft.scope) for line in movable) else []


def widened(draft: PreferenceDraft, narrow: Sequence[Preference]) -> PreferenceDraft:
    """A draft for its own occasion and for those of lines that say the same, as sure as any."""
    return replace(
        draft,
        scope=_common_scope(draft.scope, narrow),
        confidence=max(draft.confidence, *(line.confidence for line in narrow)),
        strength=max(draft.strength, *(line.strength for line in narrow)),
    )


def _common_scope(scope: str | None, lines: Sequence[Preference]) -> str | None:
    """The occasion among one and those of lines that covers them all; None, always, if none does.

    Of "emails" and "work emails" it is "emails".
    """
    scopes = [scope, *(line.scope for line in lines)]
    return next((wide for wide in scopes if all(covers(wide, each) for each in scopes)), None)


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
