"""How well reactions are read, stage by stage, on messages of known meaning."""

from __future__ import annotations

from .table import ReactionCase, load_reactions
from .track import ReactionsMeasured, measure_reactions

__all__ = ["ReactionCase", "ReactionsMeasured", "load_reactions", "measure_reactions"]
