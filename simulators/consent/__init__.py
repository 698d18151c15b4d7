"""When to offer, to ask and to hold back; a refusal must be respected."""

__all__: list[str] = []
