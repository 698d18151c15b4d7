"""The plain lines of a conversation: what the user said, and notices of the app."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.widgets import Static

from ..text import clean

__all__ = ["Notice", "UserMessage"]


class UserMessage(Static):
    """A message of the user, shown as it was typed."""

    def __init__(self, text: str, *, queued: bool = False) -> None:
        self.text = clean(text)
        super().__init__(Content(self.text), markup=False)
        self.border_title = "you"
        self.queued = queued

    @property
    def queued(self) -> bool:
        """Whether the message still waits to be sent."""
        return self.has_class("queued")

    @queued.setter
    def queued(self, value: bool) -> None:
        self.set_class(value, "queued")
        self.border_subtitle = "queued: goes out as soon as it can" if value else ""


class Notice(Static):
    """A line by the app itself: a note, or an error with its fix."""

    def __init__(self, text: str, *, kind: Literal["note", "error"] = "note") -> None:
        self.text = clean(text)
        label = "Error: " if kind == "error" else ""
        super().__init__(Content(label + self.text), markup=False, classes=kind)
