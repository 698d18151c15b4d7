"""Users who hold hidden preferences behind a gate, and how they word what it releases."""

__all__: list[str] = []
