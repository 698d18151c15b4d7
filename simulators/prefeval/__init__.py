"""Whether a stated preference is recalled and followed, with turns of distraction between."""

__all__: list[str] = []
