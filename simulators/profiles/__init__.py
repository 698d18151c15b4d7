"""Who simulated users are: hidden preferences as YAML files, drawn by a generator, or judges."""

from .files import library, load_profiles, profiles_to_yaml
from .generate import generate_profiles
from .judges import (
    Judge,
    JudgeRecipe,
    Judges,
    Readout,
    Shares,
    draw_judges,
    read_out,
    shares_of,
)
from .schema import (
    DOMAINS,
    Change,
    Consent,
    Domain,
    EditStyle,
    Offer,
    Preference,
    Profile,
    Temperament,
)

__all__ = [
    "DOMAINS",
    "Change",
    "Consent",
    "Domain",
    "EditStyle",
    "Judge",
    "JudgeRecipe",
    "Judges",
    "Offer",
    "Preference",
    "Profile",
    "Readout",
    "Shares",
    "Temperament",
    "draw_judges",
    "generate_profiles",
    "library",
    "load_profiles",
    "profiles_to_yaml",
    "read_out",
    "shares_of",
]
