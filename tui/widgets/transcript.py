"""The conversation so far."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button

from ...memory.types import Turn
from .bubbles import Notice, UserMessage
from .reply_message import ReplyMessage

__all__ = ["Transcript"]

_PAGE = 30
"""Turns of an old conversation shown at once; the rest comes on demand."""


class Transcript(VerticalScroll, can_focus=False):
    """Messages from top to bottom; stays at the end unless the user scrolls up."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._earlier: list[Turn] = []

    def compose(self) -> ComposeResult:
        button = Button("", id="earlier", compact=True)
        button.display = False
        yield button

    def on_mount(self) -> None:
        self.anchor()

    async def add(self, widget: Widget) -> None:
        """Appends a widget."""
        await self.mount(widget)

    async def load(self, turns: Sequence[Turn]) -> None:
        """Replaces everything by the turns of a conversation, oldest first."""
        await self.query("Transcript > *").exclude("#earlier").remove()
        self._earlier = list(turns[:-_PAGE])
        await self.mount_all([_widget(turn) for turn in turns[-_PAGE:]])
        self._offer_earlier()
        self.anchor()

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        page = self._earlier[-_PAGE:]
        del self._earlier[-_PAGE:]
        await self.mount_all([_widget(turn) for turn in page], after="#earlier")
        self._offer_earlier()

    def _offer_earlier(self) -> None:
        button = self.query_one("#earlier", Button)
        button.display = bool(self._earlier)
        button.label = f"Show earlier messages ({len(self._earlier)} more)"


def _widget(turn: Turn) -> Widget:
    if turn.role == "user":
        return UserMessage(turn.text)
    if turn.role == "assistant":
        return ReplyMessage(turn.text)
    return Notice(f"Question: {turn.text}")
