"""Whether a stated preference is recalled and followed, with turns of distraction between."""

from .recall import RecallTrack
from .track import PrefEvalTrack

__all__ = ["PrefEvalTrack", "RecallTrack"]
