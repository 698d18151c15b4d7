"""Edit loops: what rewriting drafts teaches, by the distance that is left to edit."""

__all__: list[str] = []
