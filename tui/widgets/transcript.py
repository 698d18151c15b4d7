"""The conversation so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.widget import Widget

from .bubbles import Notice, UserMessage

if TYPE_CHECKING:
    from textual.widgets import Button

    from ...memory.types import Turn

__all__ = ["Transcript"]

_PAGE = 30
"""Turns of an old conversation shown at once; the rest comes on demand."""


class Transcript(VerticalScroll, can_focus=False):
    """Messages from top to bottom; stays at the end unless the user scrolls up."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._earlier: list[Turn] = []

    def on_mount(self) -> None:
        self.anchor()

    async def add(self, widget: Widget) -> None:
        """Appends a widget."""
        await self.mount(widget)

    async def load(self, turns: Sequence[Turn]) -> None:
        """Replaces everything by the turns of a conversation, oldest first."""
        await self.remove_children()
        self._earlier = list(turns)
        await self._show_page()
        self.anchor()

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await event.button.remove()
        await self._show_page()

    async def _show_page(self) -> None:
        """Puts the latest of the earlier turns on top, and a button for the rest above them."""
        page = [_widget(turn) for turn in self._earlier[-_PAGE:]]
        del self._earlier[-_PAGE:]
        if self._earlier:
            from textual.widgets import Button

            label = f"Show earlier messages ({len(self._earlier)} more)"
            page.insert(0, Button(label, id="earlier", compact=True))
        await self.mount_all(page, before=0 if self.children else None)


def _widget(turn: Turn) -> Widget:
    if turn.role == "user":
        return UserMessage(turn.text)
    if turn.role == "assistant":
        # Here because Markdown takes a moment to import, and the first paint has none of it.
        from .reply_message import ReplyMessage

        return ReplyMessage(turn.text)
    return Notice(f"Question: {turn.text}")
