"""Which question to ask next: people simulated after real ones, and real answers replayed."""

from .page import elicitation_page
from .track import ElicitTrack

__all__ = ["ElicitTrack", "elicitation_page"]
