"""Finds what a simulator did wrong in a run's episodes, and scores again without them."""

from .audit import Audit, Flagged, audit_run
from .flags import KINDS, Flag, FlagKind, audit_episode

__all__ = ["KINDS", "Audit", "Flag", "FlagKind", "Flagged", "audit_episode", "audit_run"]
