"""The screens of the chat: the conversation, and what opens over it."""

from __future__ import annotations

__all__: list[str] = []
