"""Preference pairs from runs and real sessions, in the formats that trainers read."""

__all__: list[str] = []
