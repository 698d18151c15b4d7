"""Memory behind LangGraph's interfaces: a store of items, and tools for agents."""

from __future__ import annotations

__all__: list[str] = []
