"""What the assistant may do unasked: act, ask for consent, or stay silent."""

from __future__ import annotations

from .decide import consider
from .learning import lessons
from .reading import read_consent
from .types import Consent, Initiative, Manners, Offer, PastOffer, Weights

__all__ = [
    "Consent",
    "Initiative",
    "Manners",
    "Offer",
    "PastOffer",
    "Weights",
    "consider",
    "lessons",
    "read_consent",
]
