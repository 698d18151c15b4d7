"""Why the last turn went as it did: the decision, its numbers, what was recalled, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..explain import explain

if TYPE_CHECKING:
    from ...agent.types import Reply

__all__ = ["WhyScreen"]


class WhyScreen(ModalScreen[None]):
    """Closes with Escape, F3 or q."""

    CSS_PATH = "panel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f3,q", "dismiss(None)", "Close"),
    ]

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self._reply = reply

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="panel") as box:
            box.border_title = "why"
            box.border_subtitle = "Esc closes"
            for section in explain(self._reply):
                yield Static(section, markup=False)
