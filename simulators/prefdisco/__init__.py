"""How well a stranger is served after a few questions, when few of many aspects matter to them."""

from .track import PrefDisco, run_prefdisco

__all__ = ["PrefDisco", "run_prefdisco"]
