"""Finds what a simulator did wrong in a run's episodes, and scores again without them."""

__all__: list[str] = []
