"""How fast a personal reward model fits a person: accuracy and calibration after k answers."""

from .track import FewShotTrack

__all__ = ["FewShotTrack"]
