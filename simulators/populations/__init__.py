"""What many people's comparisons teach: a prior for the next person, and how much data it takes."""

from .agreement import krippendorff_alpha, pair_agreement
from .curves import Curves, learning_curves
from .describing import Described, describe
from .fitting import Fit, fit_people

__all__ = [
    "Curves",
    "Described",
    "Fit",
    "describe",
    "fit_people",
    "krippendorff_alpha",
    "learning_curves",
    "pair_agreement",
]
