"""What a clause tells the assistant to do."""

from __future__ import annotations

from dataclasses import dataclass

from ...memory.types import PreferenceDraft

__all__ = ["Told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a clause tells the assistant; every field empty if it is no command.

    Attributes:
        drafts: What is learned from it: much from a lasting one, little from a bare one.
        command: The change to the last reply.
        forget: What to forget.
        asks_less: Stop questions, or allow them again.
        options: Several versions are wanted.
        silence: No reply is wanted.
        narrow: The occasion to which what was said last is limited ("work").
        why: The reasons for the last reply are asked for.
        keeps: The clause also stays part of the request.
    """

    drafts: tuple[PreferenceDraft, ...] = ()
    command: str | None = None
    forget: str | None = None
    asks_less: bool | None = None
    options: bool = False
    silence: bool = False
    narrow: str | None = None
    why: bool = False
    keeps: bool = False
