"""The Textual chat: paints first, and lets its engine import and load in another thread."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from .backend import OpenAgent
from .engine import Engine
from .screens.chat import ChatScreen

__all__ = ["ChatApp"]


# Absolute, so that subclasses find them too.
_HERE = Path(__file__).parent
_WIDGETS = (
    "bubbles",
    "choice_card",
    "composer",
    "conflict_card",
    "key_bar",
    "learned_line",
    "memory_panel",
    "question_card",
    "reply_message",
    "status_bar",
    "transcript",
)


class ChatApp(App[None]):
    """A conversation in the terminal.

    Args:
        open_agent: Makes the agent of a session; called in the engine's thread, never here.
        user_id: Shown until the agent is there.
        model: Shown until the agent is there.
        session_id: The conversation to open, or None for a new one.
    """

    TITLE = "penchant"
    ENABLE_COMMAND_PALETTE = False
    # The styles of the first screen are the app's: Textual loads a screen's own only when pushed.
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        _HERE / "screens" / "chat.tcss",
        *(_HERE / "widgets" / f"{name}.tcss" for name in _WIDGETS),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupt", "Stop", show=False, priority=True),
        Binding("f5", "toggle_theme", "Light/dark", show=False),
        Binding("ctrl+q", "quit", "Quit", priority=True),
    ]

    def __init__(
        self,
        open_agent: OpenAgent,
        *,
        user_id: str,
        model: str = "",
        session_id: str | None = None,
    ) -> None:
        super().__init__()
        self.engine = Engine(open_agent)
        self.chat = ChatScreen(self.engine, user_id=user_id, model=model)
        self._session_id = session_id

    def get_default_screen(self) -> ChatScreen:
        """The conversation."""
        return self.chat

    def on_mount(self) -> None:
        # After the first paint: what starts here competes for the interpreter with the screen.
        self.chat.call_after_refresh(self.engine.start, self.chat.post_message, self._session_id)

    def action_interrupt(self) -> None:
        """Copies a selection if there is one, else stops the turn, else asks to quit."""
        selected = self.screen.get_selected_text() or getattr(self.focused, "selected_text", "")
        if selected:
            self.copy_to_clipboard(selected)
        else:
            self.chat.interrupt()

    def action_toggle_theme(self) -> None:
        dark = self.current_theme.dark
        self.theme = "textual-light" if dark else "textual-dark"
