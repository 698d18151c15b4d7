"""Conjoint tools for apps: designed surveys, best offers, who labels what, a dialogue's regret.

The names below load on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....lazy import lazy

if TYPE_CHECKING:
    from .design import Design, design_questions, efficiency
    from .dialogue import Exchange, dialogue_regret, prefer_dialogue
    from .offer import Duel, Offer, Segment, optimal_offer, rival_offers
    from .routing import Router, Routing, route

__all__ = [
    "Design",
    "Duel",
    "Exchange",
    "Offer",
    "Router",
    "Routing",
    "Segment",
    "design_questions",
    "dialogue_regret",
    "efficiency",
    "optimal_offer",
    "prefer_dialogue",
    "rival_offers",
    "route",
]

_HOMES = {
    **dict.fromkeys(("Design", "design_questions", "efficiency"), ".design"),
    **dict.fromkeys(("Exchange", "dialogue_regret", "prefer_dialogue"), ".dialogue"),
    **dict.fromkeys(("Duel", "Offer", "Segment", "optimal_offer", "rival_offers"), ".offer"),
    **dict.fromkeys(("Router", "Routing", "route"), ".routing"),
}

__getattr__, __dir__ = lazy(__name__, __all__, _HOMES)
