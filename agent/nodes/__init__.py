"""The nodes of a turn, one module each."""

from __future__ import annotations

from .ask import ask, pick
from .decide import decide
from .learn import learn
from .propose import propose
from .rank import rank
from .read import read
from .recall import recall
from .reply import reply
from .resolve import resolve

__all__ = [
    "ask",
    "decide",
    "learn",
    "pick",
    "propose",
    "rank",
    "read",
    "recall",
    "reply",
    "resolve",
]
