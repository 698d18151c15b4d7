"""`penchant memory`: what is known of a user, to read, correct, take along and delete."""

from __future__ import annotations

from . import carrying, changing, erasing, history, learn, reading  # noqa: F401
from .shared import app, open_memory

__all__ = ["app", "open_memory"]
