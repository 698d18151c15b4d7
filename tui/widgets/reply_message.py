"""A reply: its making, its text, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from ..text import clean

if TYPE_CHECKING:
    from ...agent.types import Event, Reply

__all__ = ["ReplyMessage"]

_DRAFT_TAIL = 600
"""Characters of a draft in the making that are shown."""

Deed = Literal["edit", "good", "bad", "why"]


class ReplyMessage(Vertical, can_focus=True):
    """Shows the stages of a turn, the draft in the making dimmed, then the reply as Markdown.

    Args:
        text: The finished text, for replies of an earlier day; None if it is still to come.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "do('edit')", "Edit", show=False),
        Binding("plus,equals_sign", "do('good')", "Good", show=False),
        Binding("minus", "do('bad')", "Bad", show=False),
        Binding("w", "do('why')", "Why", show=False),
    ]

    class Acted(Message):
        """The user wants to do something with this reply."""

        def __init__(self, reply_message: ReplyMessage, deed: Deed) -> None:
            super().__init__()
            self.reply_message = reply_message
            self.deed = deed

    def __init__(self, text: str | None = None) -> None:
        super().__init__()
        self.border_title = "penchant"
        self.reply: Reply | None = None
        self.text = clean(text or "")
        self._given = text is not None
        self._stage = "thinking"
        self._draft = ""
        self._draft_number = 0
        self._stream: MarkdownStream | None = None
        self._remark = ""

    def compose(self) -> ComposeResult:
        preview = Static(id="making", markup=False)
        preview.display = not self._given
        yield preview
        yield Markdown(self.text, open_links=False)

    def on_mount(self) -> None:
        if not self._given:
            self._show_making()

    async def show(self, event: Event) -> None:
        """Takes an event of the turn that makes this reply."""
        # Here because it brings the agent along, which must not delay the first paint.
        from ...agent.types import DraftDelta, ReplyDelta, Status

        if isinstance(event, Status):
            self._stage = clean(event.text)
            # What was drafted in an earlier stage does not run on in the next.
            self._draft = ""
            self._show_making()
        elif isinstance(event, DraftDelta):
            if event.draft != self._draft_number:
                self._draft, self._draft_number = "", event.draft
            self._draft += clean(event.text)
            self._show_making()
        elif isinstance(event, ReplyDelta):
            self.query_one("#making").display = False
            markdown = self.query_one(Markdown)
            if self._stream is None:
                self._stream = Markdown.get_stream(markdown)
            fragment = clean(event.text)
            self.text += fragment
            await self._stream.write(fragment)

    async def finish(self, reply: Reply) -> None:
        """Shows the final text and allows what can be done with a reply."""
        self.reply = reply
        await self.settle()
        await self.replace(reply.text)
        self.set_class(True, "finished")

    async def settle(self, remark: str = "") -> None:
        """Ends the streaming, with a remark on the border if it ended early."""
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None
        self.query_one("#making").display = False
        self.mark(remark)

    async def replace(self, text: str) -> None:
        """Shows another text, unless it is there already."""
        text = clean(text)
        if text != self.text:
            self.text = text
            await self.query_one(Markdown).update(text)

    def mark(self, remark: str) -> None:
        """Notes on the border what was done with the reply."""
        self._remark = remark
        self.border_subtitle = Content(remark)

    def action_do(self, deed: Deed) -> None:
        if self.reply is not None:
            self.post_message(self.Acted(self, deed))

    def on_focus(self) -> None:
        if self.reply is not None:
            self.border_subtitle = "+ good  - bad  e edit  w why"

    def on_blur(self) -> None:
        self.mark(self._remark)

    def on_markdown_link_clicked(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.href)
        self.notify(clean(event.href), title="Link copied", markup=False)

    def _show_making(self) -> None:
        making = self.query_one("#making", Static)
        text = f"{self._stage}…"
        if self._draft:
            tail = self._draft[-_DRAFT_TAIL:]
            cut = "…" if len(self._draft) > len(tail) else ""
            text += f"\ndraft {self._draft_number + 1}: {cut}{tail}"
        making.update(Content(text))
