"""`penchant reward`: what the personal reward model learns from data, and what it believes."""

from __future__ import annotations

from . import curves, discover, explain, fit, improve, judge  # noqa: F401
from .shared import app

__all__ = ["app"]
