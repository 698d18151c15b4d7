"""The terminal: the `penchant` command line, and the Textual chat."""

from __future__ import annotations

__all__: list[str] = []
