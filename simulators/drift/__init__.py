"""What changed between two checkpoints or times: rankings, values, preferences, and why."""

from .factors import FactorsCompared, compare_factors
from .pairs import PairsCompared, PairScores, compare_pairs, load_scores
from .values import Stance, ValuesDrifted, load_stances, memory_stances, value_drift

__all__ = [
    "FactorsCompared",
    "PairScores",
    "PairsCompared",
    "Stance",
    "ValuesDrifted",
    "compare_factors",
    "compare_pairs",
    "load_scores",
    "load_stances",
    "memory_stances",
    "value_drift",
]
