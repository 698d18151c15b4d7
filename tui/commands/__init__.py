"""The subcommands: each module parses its options and imports what it uses when it runs."""

from __future__ import annotations

__all__: list[str] = []
