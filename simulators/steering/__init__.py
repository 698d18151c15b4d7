"""Does a ranking follow what is asked of it? Mender's test on written catalogues."""

from .track import Steered, run_steering

__all__ = ["Steered", "run_steering"]
