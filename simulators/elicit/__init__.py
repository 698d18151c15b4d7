"""Which question to ask next: people simulated after real ones, and real answers replayed."""

from .page import elicitation_page
from .track import Elicitation, run_elicit

__all__ = ["Elicitation", "elicitation_page", "run_elicit"]
