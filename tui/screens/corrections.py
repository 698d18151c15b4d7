"""How the user corrects the assistant: replies edited and rated, memory read and mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, work
from textual.binding import Binding, BindingType

from ..text import rewording, with_scope
from ..widgets.learned_line import LearnedLine
from .base import ConversationScreen

if TYPE_CHECKING:
    from ...agent.types import Reply
    from ...memory.types import Preference
    from ..backend import ChatAgent
    from ..engine import Engine
    from ..widgets.memory_panel import MemoryPanel
    from ..widgets.reply_message import ReplyMessage

__all__ = ["CorrectingScreen"]

_WIDE = 100
"""Columns from which the side panel shows without being asked for."""


class CorrectingScreen(ConversationScreen):
    """A conversation whose replies and whose memory can be corrected."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "panel", "Memory"),
        Binding("f3", "why", "Why"),
        Binding("ctrl+e", "edit", "Edit reply", priority=True),
        # Before the composer, which has other uses for these.
        Binding("f6", "rate(1)", "Good", show=False, priority=True),
        Binding("f7", "rate(-1)", "Bad", show=False, priority=True),
    ]

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._last: ReplyMessage | None = None
        self._last_outcome: Reply | None = None
        self._learned: list[LearnedLine] = []
        self._shown: set[str] = set()
        self._panel: MemoryPanel | None = None
        self._panel_wish: bool | None = None

    async def _furnish(self) -> None:
        """Adds what the first paint did not wait for."""
        from ..widgets.memory_panel import MemoryPanel

        self._panel = MemoryPanel(id="memory")
        await self.query_one("#main").mount(self._panel)
        self._lay_panel(self.size.width)
        self._refresh_panel()

    def on_resize(self, event: events.Resize) -> None:
        self._lay_panel(event.size.width)

    def action_why(self) -> None:
        self._explain(self._last_outcome)

    def action_edit(self) -> None:
        if self._last is None:
            self._hint("There is no reply to edit yet.")
        else:
            self._edit(self._last)

    def action_rate(self, value: int) -> None:
        if self._last is None:
            self._hint("There is no reply to rate yet.")
        else:
            self._rate(self._last, float(value))

    def action_panel(self) -> None:
        if self._panel is None:
            return
        self._panel_wish = not self._panel.display
        self._lay_panel(self.size.width)
        if self._panel.display:
            self._panel.focus()
        else:
            self._composer.focus()

    def on_learned_line_undo(self, event: LearnedLine.Undo) -> None:
        self._undo(event.line)

    def on_reply_message_acted(self, event: ReplyMessage.Acted) -> None:
        if event.deed == "edit":
            self._edit(event.reply_message)
        elif event.deed == "why":
            self._explain(event.reply_message.reply)
        else:
            self._rate(event.reply_message, 1.0 if event.deed == "good" else -1.0)

    def on_memory_panel_edit(self, event: MemoryPanel.Edit) -> None:
        self._reword(event.preference)

    def on_memory_panel_delete(self, event: MemoryPanel.Delete) -> None:
        self._forget(event.preference)

    def _forget_conversation(self) -> None:
        """Another conversation begins: nothing of the last one can be corrected any more."""
        self._last = self._last_outcome = None
        self._learned.clear()
        self._shown.clear()

    @work
    async def _edit(self, message: ReplyMessage) -> None:
        from .editor import EditorScreen

        reply = message.reply
        if reply is None:
            return
        text = await self.app.push_screen_wait(
            EditorScreen("Rewrite the reply as you would like it", message.text)
        )
        if text is None:
            return
        learned = await self._ask_engine(lambda agent: agent.aedit(reply, text))
        if learned is not None:
            await message.replace(text)
            message.mark("edited by you")
            await self._show_learned(learned)

    @work
    async def _rate(self, message: ReplyMessage, value: float) -> None:
        reply = message.reply
        if reply is None:
            return

        async def rate(agent: ChatAgent) -> bool:
            await agent.arate(reply, value)
            return True

        if await self._ask_engine(rate):
            message.mark("rated good" if value > 0 else "rated bad")

    @work
    async def _undo(self, line: LearnedLine) -> None:
        preference = line.preference

        async def undo(agent: ChatAgent) -> bool:
            if line.change == "Deleted":
                await agent.memory.arestore(preference)
            else:
                await agent.aundo(preference.id)
            return True

        if await self._ask_engine(undo):
            line.show_undone()
            self._composer.focus()
            self._refresh_panel()

    @work
    async def _reword(self, preference: Preference) -> None:
        from .editor import EditorScreen

        text = await self.app.push_screen_wait(
            EditorScreen("What is true about you, and what for?", with_scope(preference))
        )
        if text is None:
            return
        told = rewording(text)
        await self._ask_engine(
            lambda agent: agent.memory.aupdate(preference.id, told.description, scope=told.scope)
        )
        self._refresh_panel()

    @work
    async def _forget(self, preference: Preference) -> None:
        async def delete(agent: ChatAgent) -> bool:
            await agent.memory.adelete(preference.id)
            return True

        if await self._ask_engine(delete):
            await self._add_learned(preference, "Deleted")
            self._refresh_panel()

    @work(exclusive=True, group="panel")
    async def _refresh_panel(self) -> None:
        if self._panel is None or self._phase == "opening":
            return
        known = await self._ask_engine(lambda agent: agent.memory.aget_all())
        if known is not None:
            self._panel.show(known)

    async def _show_learned(self, preferences: Sequence[Preference]) -> None:
        new = [each for each in preferences if each.id not in self._shown]
        self._shown.update(each.id for each in new)
        for preference in new:
            await self._add_learned(preference, "Learned")
        if new:
            self._refresh_panel()

    async def _add_learned(
        self, preference: Preference, change: Literal["Learned", "Deleted"]
    ) -> None:
        line = LearnedLine(preference, change=change)
        self._learned.append(line)
        await self._transcript.add(line)

    def _explain(self, reply: Reply | None) -> None:
        from .why import WhyScreen

        if reply is None:
            self._hint("There is no turn to explain yet.")
        else:
            self.app.push_screen(WhyScreen(reply))

    def _lay_panel(self, width: int) -> None:
        if self._panel is not None:
            wish = self._panel_wish
            self._panel.display = width >= _WIDE if wish is None else wish
