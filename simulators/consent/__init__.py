"""The consent track: when to act unasked, ask or hold back, and whether a no is respected."""

from .track import ConsentTrack

__all__ = ["ConsentTrack"]
