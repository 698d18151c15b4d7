"""The personal reward model: attributes of texts, and what a user's choices say about them."""

from .amortised import Amortised, predict_amortised
from .answers import Answers
from .axes import Axis, axes, read_axes
from .choosing import choose_population, with_gains
from .cycles import Cycle
from .discovered import Discovered
from .evidence import (
    STRENGTHS,
    Comparison,
    choice_pairs,
    comparisons,
    edit_pair,
    repair_pair,
    weak_no,
)
from .features import ItemSpace, TextFeatures
from .fitting import fit, fit_rows
from .influence import Grounds, Influence, influences
from .learning import Compared, Learned, SourceRates, fit_compared, learn_rates
from .population import fit_population, flip_rates, predict
from .posterior import Component, Posterior, Utility, Weight
from .prior import Population, Prior
from .reasons import Reason, attributes_named, reasons_in, reasons_observed
from .saved import Provenance, SavedPrior, load_prior, read_prior, save_prior
from .slate import (
    Shown,
    choice_probabilities,
    choose_slate,
    fit_slates,
    slate_log_likelihood,
)
from .snapshot import pack, unpack
from .sources import SOURCES, Reliability
from .stated import Stated, not_counted, stated
from .thompson import draw, draw_utilities, thompson_slots
from .together import taste_vector, together
from .verbalise import Suggestion
from .winrate import win_rate_error, win_rates

__all__ = [
    "SOURCES",
    "STRENGTHS",
    "Amortised",
    "Answers",
    "Axis",
    "Compared",
    "Comparison",
    "Component",
    "Cycle",
    "Discovered",
    "Grounds",
    "Influence",
    "ItemSpace",
    "Learned",
    "Population",
    "Posterior",
    "Prior",
    "Provenance",
    "Reason",
    "Reliability",
    "SavedPrior",
    "Shown",
    "SourceRates",
    "Stated",
    "Suggestion",
    "TextFeatures",
    "Utility",
    "Weight",
    "attributes_named",
    "axes",
    "choice_pairs",
    "choice_probabilities",
    "choose_population",
    "choose_slate",
    "comparisons",
    "draw",
    "draw_utilities",
    "edit_pair",
    "fit",
    "fit_compared",
    "fit_population",
    "fit_rows",
    "fit_slates",
    "flip_rates",
    "influences",
    "learn_rates",
    "load_prior",
    "not_counted",
    "pack",
    "predict",
    "predict_amortised",
    "read_axes",
    "read_prior",
    "reasons_in",
    "reasons_observed",
    "repair_pair",
    "save_prior",
    "slate_log_likelihood",
    "stated",
    "taste_vector",
    "thompson_slots",
    "together",
    "unpack",
    "weak_no",
    "win_rate_error",
    "win_rates",
    "with_gains",
]
