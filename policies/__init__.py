"""What to do next: reading feedback, asking, drafting, checking and ranking.

The names below load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .catalogue import Catalogue, Selection, Where
    from .constraints import ConstraintJudge, recognise, repair, violations
    from .elicit import Aspects, Costs, Elicitor, question_for
    from .feedback import (
        EditReading,
        FollowUpScore,
        ReactionStages,
        describe_edit,
        infer_statements,
        read_answer,
        read_message,
        score_follow_ups,
    )
    from .personal import PersonalReward
    from .propose import DraftSet, DraftStream, Plan, improve, plan
    from .slates import Option, Slate
    from .types import (
        Aspect,
        Candidate,
        Decision,
        DecisionKind,
        MemoryEffect,
        Question,
        Ranked,
        Reading,
        Unchecked,
        Violation,
        Weighed,
    )

__all__ = [
    "Aspect",
    "Aspects",
    "Candidate",
    "Catalogue",
    "ConstraintJudge",
    "Costs",
    "Decision",
    "DecisionKind",
    "DraftSet",
    "DraftStream",
    "EditReading",
    "Elicitor",
    "FollowUpScore",
    "MemoryEffect",
    "Option",
    "PersonalReward",
    "Plan",
    "Question",
    "Ranked",
    "ReactionStages",
    "Reading",
    "Selection",
    "Slate",
    "Unchecked",
    "Violation",
    "Weighed",
    "Where",
    "describe_edit",
    "improve",
    "infer_statements",
    "plan",
    "question_for",
    "read_answer",
    "read_message",
    "recognise",
    "repair",
    "score_follow_ups",
    "violations",
]

_HOMES = {
    "Aspects": ".elicit",
    "Catalogue": ".catalogue",
    "ConstraintJudge": ".constraints",
    "Costs": ".elicit",
    "DraftSet": ".propose",
    "DraftStream": ".propose",
    "EditReading": ".feedback",
    "Elicitor": ".elicit",
    "FollowUpScore": ".feedback",
    "Option": ".slates",
    "PersonalReward": ".personal",
    "Plan": ".propose",
    "ReactionStages": ".feedback",
    "Selection": ".catalogue",
    "Slate": ".slates",
    "Where": ".catalogue",
    "describe_edit": ".feedback",
    "improve": ".propose",
    "infer_statements": ".feedback",
    "plan": ".propose",
    "question_for": ".elicit",
    "read_answer": ".feedback",
    "read_message": ".feedback",
    "recognise": ".constraints",
    "repair": ".constraints",
    "score_follow_ups": ".feedback",
    "violations": ".constraints",
}

__getattr__, __dir__ = lazy(__name__, __all__, {**dict.fromkeys(__all__, ".types"), **_HOMES})
