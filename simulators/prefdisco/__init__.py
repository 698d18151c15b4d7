"""How well a stranger is served after a few questions, when few of many aspects matter to them."""

from .track import PrefDiscoTrack

__all__ = ["PrefDiscoTrack"]
