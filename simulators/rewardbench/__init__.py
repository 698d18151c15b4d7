"""The rewardbench track: does a personal reward model prefer the answer that suits its person?"""

from .track import RewardBenchTrack

__all__ = ["RewardBenchTrack"]
