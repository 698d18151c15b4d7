"""Whether one user's preferences reach another, or an instruction hidden in a memory acts."""

__all__: list[str] = []
