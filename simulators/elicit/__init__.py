"""Which question to ask next: people simulated after real ones, and real answers replayed."""

from .track import ElicitTrack

__all__ = ["ElicitTrack"]
