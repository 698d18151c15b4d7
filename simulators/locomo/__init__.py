"""The locomo track: whether memory finds the turns that hold an answer, months later."""

from .track import LocomoTrack

__all__ = ["LocomoTrack"]
