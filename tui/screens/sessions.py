"""The user's conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...memory.types import SessionInfo
from ..text import one_line

__all__ = ["SessionsScreen", "Wish"]


class Wish(NamedTuple):
    """What to do, with which session (None for a new one)."""

    deed: Literal["open", "new", "delete"]
    session_id: str | None


class SessionsScreen(ModalScreen[Wish | None]):
    """Enter opens, `n` starts a new one, `d` pressed twice deletes, Escape closes."""

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f4,q", "dismiss(None)", "Close"),
        Binding("n", "new", "New"),
        Binding("d,delete", "delete", "Delete"),
    ]

    def __init__(self, sessions: Sequence[SessionInfo], current: str) -> None:
        super().__init__()
        self._sessions = sessions
        self._current = current
        self._doomed: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="panel") as box:
            box.border_title = "your conversations"
            box.border_subtitle = "Enter opens, n new, d delete, Esc closes"
            yield OptionList(
                *(Option(self._line(info), id=info.id) for info in self._sessions),
                markup=False,
                compact=True,
            )
            yield Static("" if self._sessions else "None yet.", id="ask", markup=False)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(Wish("open", event.option_id))

    def on_option_list_option_highlighted(self) -> None:
        self._doomed = None
        self.query_one("#ask", Static).update("")

    def action_new(self) -> None:
        self.dismiss(Wish("new", None))

    def action_delete(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        if option is None:
            return
        if option.id == self._doomed:
            self.dismiss(Wish("delete", option.id))
        else:
            self._doomed = option.id
            self.query_one("#ask", Static).update("Press d again to delete it for good.")

    def _line(self, info: SessionInfo) -> Content:
        here = "* " if info.id == self._current else "  "
        when = info.updated_at.astimezone().strftime("%Y-%m-%d %H:%M")
        title = one_line(info.title, 50) or "(empty)"
        return Content(f"{here}{when}  {title}  ({info.turns} turns)")
