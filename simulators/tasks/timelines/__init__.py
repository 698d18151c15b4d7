"""Timelines of several sessions, in which preferences emerge, change, and seem to change.

Written for this project. Each file is one user over some months: dated sessions of a few turns,
what is true of the user, what only looks like it, and what is asked at which point. See `loading`
for the format.
"""

from __future__ import annotations

from .loading import load_timelines, timelines_folder
from .truth import Point, Quiz, holding, point_of, quizzes, target
from .types import Edited, Fit, Picked, Probe, Said, Session, Taste, Timeline, Turn

__all__ = [
    "Edited",
    "Fit",
    "Picked",
    "Point",
    "Probe",
    "Quiz",
    "Said",
    "Session",
    "Taste",
    "Timeline",
    "Turn",
    "holding",
    "load_timelines",
    "point_of",
    "quizzes",
    "target",
    "timelines_folder",
]
