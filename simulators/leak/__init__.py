"""Whether one user's preferences reach another, or an instruction hidden in a memory acts."""

from .track import LeakTrack, attacks

__all__ = ["LeakTrack", "attacks"]
