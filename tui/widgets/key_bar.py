"""The keys worth knowing, on one line."""

from __future__ import annotations

from textual.widgets import Static

__all__ = ["KeyBar"]

_KEYS = (
    ("F1", "Help", "screen.help"),
    ("F2", "Memory", "screen.panel"),
    ("F3", "Why", "screen.why"),
    ("F4", "Sessions", "screen.sessions"),
    ("^N", "New", "screen.new"),
    ("^E", "Edit reply", "screen.edit"),
    ("^Q", "Quit", "app.quit"),
)


class KeyBar(Static):
    """Each key can be clicked too.

    Textual's own footer makes a widget of every key, which takes longer than all else that is
    painted first.
    """

    def __init__(self) -> None:
        super().__init__(
            "  ".join(f"[@click={action}()][b]{key}[/b] {name}[/]" for key, name, action in _KEYS)
        )
