"""Who simulated users are: hidden preferences as YAML files, drawn by a generator, or judges."""

__all__: list[str] = []
