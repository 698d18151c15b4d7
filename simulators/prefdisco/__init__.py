"""How well a stranger is served after a few questions, when few of many aspects matter to them."""

from .track import PrefDiscoTrack, run_prefdisco

__all__ = ["PrefDiscoTrack", "run_prefdisco"]
