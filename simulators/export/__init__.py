"""Preference pairs from runs and real sessions, in the formats that trainers read."""

from .degrading import with_degraded
from .formats import FORMATS, Format, pseudonym, record_of, write_pairs
from .pairs import NO_LICENCE, Origin, PreferencePair, pairs_of_evidence, pairs_of_run

__all__ = [
    "FORMATS",
    "NO_LICENCE",
    "Format",
    "Origin",
    "PreferencePair",
    "pairs_of_evidence",
    "pairs_of_run",
    "pseudonym",
    "record_of",
    "with_degraded",
    "write_pairs",
]
