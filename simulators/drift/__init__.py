"""What changed between two checkpoints or times: rankings, values, preferences, and why."""

__all__: list[str] = []
