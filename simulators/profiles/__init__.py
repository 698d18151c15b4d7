"""Who simulated users are: hidden preferences as YAML files, drawn by a generator, or judges."""

from .files import library, load_profiles, profiles_to_yaml
from .generate import generate_profiles
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
    "Offer",
    "Preference",
    "Profile",
    "Temperament",
    "generate_profiles",
    "library",
    "load_profiles",
    "profiles_to_yaml",
]
