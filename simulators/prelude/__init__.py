"""Edit loops: a user edits drafts towards a hidden style, and every arm learns what it can."""

from .published import PublishedPreludeTrack
from .track import PreludeTrack

__all__ = ["PreludeTrack", "PublishedPreludeTrack"]
