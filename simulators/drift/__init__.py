"""What changed between two checkpoints or times: rankings, values, preferences, and why."""

from .factors import FactorsCompared, compare_factors
from .pairs import PairsCompared, PairScores, compare_pairs, load_scores
from .tastes import (
    Asked,
    Checkpoint,
    Tastes,
    TastesDrifted,
    prior_tastes,
    taste_drift,
    user_tastes,
)
from .values import Stance, ValuesDrifted, load_stances, memory_stances, value_drift

__all__ = [
    "Asked",
    "Checkpoint",
    "FactorsCompared",
    "PairScores",
    "PairsCompared",
    "Stance",
    "Tastes",
    "TastesDrifted",
    "ValuesDrifted",
    "compare_factors",
    "compare_pairs",
    "load_scores",
    "load_stances",
    "memory_stances",
    "prior_tastes",
    "taste_drift",
    "user_tastes",
    "value_drift",
]
