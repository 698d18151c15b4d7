"""Preferences that emerge and change over sessions, with distractions between."""

__all__: list[str] = []
