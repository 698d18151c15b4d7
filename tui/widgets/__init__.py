"""The parts of the chat screen: each shows what it is given and posts what the user does."""

from __future__ import annotations

__all__: list[str] = []
