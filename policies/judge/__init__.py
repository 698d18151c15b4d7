"""A language model that judges in a user's place, by their profile: one source among others."""

from .judge import ProfileJudge
from .neighbours import Neighbour, borrow, nearest
from .rubric import Criterion, Rubric, Scored, score_by_rubric, write_rubric
from .types import Judgement, Points, Tally, as_comparison, tally

__all__ = [
    "Criterion",
    "Judgement",
    "Neighbour",
    "Points",
    "ProfileJudge",
    "Rubric",
    "Scored",
    "Tally",
    "as_comparison",
    "borrow",
    "nearest",
    "score_by_rubric",
    "tally",
    "write_rubric",
]
