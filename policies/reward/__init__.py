"""The personal reward model: attributes of texts, and what a user's choices say about them."""

from .evidence import Comparison, choice_pairs, comparisons, edit_pair, repair_pair, weak_no
from .features import TextFeatures, axes
from .posterior import Posterior, Prior, Utility, Weight, fit, fit_rows
from .stated import Stated, stated

__all__ = [
    "Comparison",
    "Posterior",
    "Prior",
    "Stated",
    "TextFeatures",
    "Utility",
    "Weight",
    "axes",
    "choice_pairs",
    "comparisons",
    "edit_pair",
    "fit",
    "fit_rows",
    "repair_pair",
    "stated",
    "weak_no",
]
