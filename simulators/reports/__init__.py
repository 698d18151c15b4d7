"""What a run says: one page with plots, Markdown, JSON, and several runs side by side."""

__all__: list[str] = []
