"""From what a user did to descriptions of what they like, as CIPHER, PROSE and AlignXplore do.

The names below load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .artefact import Example, Proposals, describe_example, example
    from .cipher import Cipher
    from .distance import edit_distance
    from .prediction import Pair, Predictor, WordPredictor, pairs_of
    from .profile_update import Event, ask_wishes, gather, update
    from .verification import Proposal, choose, reviewed

__all__ = [
    "Cipher",
    "Event",
    "Example",
    "Pair",
    "Predictor",
    "Proposal",
    "Proposals",
    "WordPredictor",
    "ask_wishes",
    "choose",
    "describe_example",
    "edit_distance",
    "example",
    "gather",
    "pairs_of",
    "reviewed",
    "update",
]

_HOMES = {
    "Cipher": ".cipher",
    "Event": ".profile_update",
    "Example": ".artefact",
    "Pair": ".prediction",
    "Predictor": ".prediction",
    "Proposal": ".verification",
    "Proposals": ".artefact",
    "WordPredictor": ".prediction",
    "ask_wishes": ".profile_update",
    "choose": ".verification",
    "describe_example": ".artefact",
    "edit_distance": ".distance",
    "example": ".artefact",
    "gather": ".profile_update",
    "pairs_of": ".prediction",
    "reviewed": ".verification",
    "update": ".profile_update",
}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
