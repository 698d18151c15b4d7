"""From what a user did to descriptions of what they like, as CIPHER, PROSE and AlignXplore do."""

from __future__ import annotations

__all__: list[str] = []
