"""The personal reward model: attributes of texts, and what a user's choices say about them."""

from .amortised import Amortised, predict_amortised
from .answers import Answers
from .axes import Axis, axes, read_axes
from .choosing import choose_population, with_gains
from .discovered import Discovered
from .evidence import Comparison, choice_pairs, comparisons, edit_pair, repair_pair, weak_no
from .features import ItemSpace, TextFeatures
from .fitting import fit, fit_rows
from .population import fit_population, flip_rates, predict
from .posterior import Component, Posterior, Utility, Weight
from .prior import Population, Prior
from .saved import Provenance, SavedPrior, load_prior, save_prior
from .snapshot import pack, unpack
from .stated import Stated, stated
from .winrate import win_rate_error, win_rates

__all__ = [
    "Amortised",
    "Answers",
    "Axis",
    "Comparison",
    "Component",
    "Discovered",
    "ItemSpace",
    "Population",
    "Posterior",
    "Prior",
    "Provenance",
    "SavedPrior",
    "Stated",
    "TextFeatures",
    "Utility",
    "Weight",
    "axes",
    "choice_pairs",
    "choose_population",
    "comparisons",
    "edit_pair",
    "fit",
    "fit_population",
    "fit_rows",
    "flip_rates",
    "load_prior",
    "pack",
    "predict",
    "predict_amortised",
    "read_axes",
    "repair_pair",
    "save_prior",
    "stated",
    "unpack",
    "weak_no",
    "win_rate_error",
    "win_rates",
    "with_gains",
]
