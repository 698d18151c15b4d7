"""What simulated users bring: notes, catalogues, requests, scenarios, timelines."""

__all__: list[str] = []
