"""Preferences that emerge and change over sessions, with distractions between."""

from __future__ import annotations

from .arms import ARMS, Arm
from .published import PublishedPermaTrack
from .track import PermaTrack

__all__ = ["ARMS", "Arm", "PermaTrack", "PublishedPermaTrack"]
