"""Memory behind LangGraph's interfaces: a store of items, and tools for agents.

Everything loads on first use: LangGraph takes a second to import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .preference_tools import create_manage_preference_tool, create_search_preference_tool
    from .store import ChromaStore
    from .tools import create_manage_memory_tool, create_search_memory_tool

__all__ = [
    "ChromaStore",
    "create_manage_memory_tool",
    "create_manage_preference_tool",
    "create_search_memory_tool",
    "create_search_preference_tool",
]

_HOMES = {
    "ChromaStore": ".store",
    "create_manage_memory_tool": ".tools",
    "create_manage_preference_tool": ".preference_tools",
    "create_search_memory_tool": ".tools",
    "create_search_preference_tool": ".preference_tools",
}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
