"""Measures speed; every figure is printed by `penchant bench`, never asserted by a timed test."""

from __future__ import annotations

from .report import Environment, Report

__all__ = ["Environment", "Report"]
