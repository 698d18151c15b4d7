"""Whether a stated preference is recalled and followed, with turns of distraction between."""

from .track import PrefEvalTrack

__all__ = ["PrefEvalTrack"]
