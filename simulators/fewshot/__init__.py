"""How fast a personal reward model fits a person: accuracy and calibration after k answers."""

from .track import FewShot, run_fewshot

__all__ = ["FewShot", "run_fewshot"]
