"""What is known about the user, where they can read and correct it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ...memory.relevance import GENERAL_ASPECTS
from ...memory.types import Preference
from ..text import one_line

__all__ = ["MemoryPanel", "group"]

Group = Literal["Must", "Likes", "Dislikes", "Style"]


def group(preference: Preference) -> Group:
    """Where the panel lists a preference."""
    if preference.hard:
        return "Must"
    if preference.aspect in GENERAL_ASPECTS:
        return "Style"
    return "Dislikes" if preference.polarity == "dislike" else "Likes"


class MemoryPanel(Vertical):
    """Preferences in groups; `e` edits and `d` deletes the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,enter", "edit", "Edit", show=False),
        Binding("d,delete", "delete", "Delete", show=False),
    ]

    class Edit(Message):
        """The user wants to word a preference differently."""

        def __init__(self, preference: Preference) -> None:
            super().__init__()
            self.preference = preference

    class Delete(Message):
        """The user wants a preference to be forgotten."""

        def __init__(self, preference: Preference) -> None:
            super().__init__()
            self.preference = preference

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.border_title = "What I know about you"
        self.border_subtitle = "e edit  d delete"
        self._by_id: dict[str, Preference] = {}

    def compose(self) -> ComposeResult:
        yield Static("Nothing yet. It fills as you chat.", id="nothing", markup=False)
        yield OptionList(markup=False, compact=True)

    def show(self, preferences: Sequence[Preference]) -> None:
        """Replaces what is listed."""
        self._by_id = {preference.id: preference for preference in preferences}
        options = self.query_one(OptionList)
        selected = options.highlighted
        options.clear_options()
        groups: dict[Group, list[Preference]] = {
            "Must": [],
            "Likes": [],
            "Dislikes": [],
            "Style": [],
        }
        for preference in preferences:
            groups[group(preference)].append(preference)
        rows: list[Option] = []
        for title, members in groups.items():
            if members:
                rows.append(Option(Content(title).stylize("bold underline"), disabled=True))
                rows.extend(Option(_line(member), id=member.id) for member in members)
        options.add_options(rows)
        self.query_one("#nothing").display = not rows
        options.display = bool(rows)
        if selected is not None and rows:
            options.highlighted = min(selected, len(rows) - 1)

    @property
    def selected(self) -> Preference | None:
        """The preference under the cursor."""
        option = self.query_one(OptionList).highlighted_option
        return self._by_id.get(option.id) if option is not None and option.id else None

    def focus(self, scroll_visible: bool = True) -> MemoryPanel:
        """Puts the keyboard on the list."""
        self.query_one(OptionList).focus(scroll_visible)
        return self

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_edit()

    def action_edit(self) -> None:
        if self.selected is not None:
            self.post_message(self.Edit(self.selected))

    def action_delete(self) -> None:
        if self.selected is not None:
            self.post_message(self.Delete(self.selected))


def _line(preference: Preference) -> Content:
    note = f" (for {one_line(preference.scope)})" if preference.scope else ""
    if preference.origin == "inferred" and not preference.revised:
        note += f" [guessed, {preference.confidence:.0%} sure]"
    return Content.assemble("- ", one_line(preference.description), (note, "dim"))
