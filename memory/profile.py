"""The readable summary of what is known of a user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .prompt import inert
from .relevance import is_general
from .types import Preference

__all__ = ["Profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A user's live preferences in groups; `str()` gives Markdown.

    Attributes:
        user_id: Whose.
        must: Constraints that must hold.
        style: What shapes every reply.
        likes: Tastes for something.
        dislikes: Tastes against something.
    """

    user_id: str
    must: tuple[Preference, ...] = ()
    style: tuple[Preference, ...] = ()
    likes: tuple[Preference, ...] = ()
    dislikes: tuple[Preference, ...] = ()

    @classmethod
    def of(cls, user_id: str, preferences: Iterable[Preference]) -> Profile:
        """Groups preferences, the strongest of each group first."""
        groups: dict[str, list[Preference]] = {}
        for each in sorted(preferences, key=lambda p: (-p.strength * p.confidence, p.id)):
            if each.hard:
                group = "must"
            elif is_general(each):
                group = "style"
            else:
                group = "likes" if each.polarity == "like" else "dislikes"
            groups.setdefault(group, []).append(each)
        return cls(user_id=user_id, **{name: tuple(found) for name, found in groups.items()})

    def __str__(self) -> str:
        sections = [
            f"## {title}\n" + "\n".join(f"- {_line(each)}" for each in group)
            for title, group in (
                ("Must hold", self.must),
                ("Style", self.style),
                ("Likes", self.likes),
                ("Dislikes", self.dislikes),
            )
            if group
        ]
        return "\n\n".join(sections) or "Nothing is known yet."


def _line(preference: Preference) -> str:
    notes = []
    if preference.scope:
        notes.append(f"for {inert(preference.scope)}")
    if preference.origin == "inferred":
        notes.append(f"inferred, {preference.confidence:.0%} sure")
    if preference.valid_to is not None:
        notes.append(f"until {preference.valid_to:%Y-%m-%d %H:%M} UTC")
    return inert(preference.description) + (f" ({'; '.join(notes)})" if notes else "")
