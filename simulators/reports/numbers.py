"""Numbers and names as people read them."""

from __future__ import annotations

import math

from ..statistics import Interval

__all__ = ["decimals", "number", "signed", "span", "spoken", "words"]


def decimals(*values: float) -> int:
    """How many decimals show three digits or so of the largest of some values."""
    largest = max((abs(each) for each in values if math.isfinite(each)), default=0.0)
    if 0.0 < largest < 0.00995:
        return 4
    return 3 if largest < 1.0005 else 2 if largest < 9.995 else 1 if largest < 99.95 else 0


def number(value: float | None, places: int | None = None) -> str:
    """A number, whole ones without decimals; a dash for what is none.

    Args:
        value: Any.
        places: Decimals; None takes as many as three digits need.
    """
    if value is None or not math.isfinite(value):
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    text = f"{value:,.{decimals(value) if places is None else places}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.lstrip("-")


def span(value: Interval, *, sign: bool = False) -> str:
    """The ends of an interval, `0.31 to 0.42`."""
    places = decimals(value.mean, value.low, value.high)
    return " to ".join(_plus(each, places, sign=sign) for each in (value.low, value.high))


def spoken(value: Interval) -> str:
    """A mean with its interval if it has any width, `0.36 (0.31 to 0.42)`."""
    places = decimals(value.mean, value.low, value.high)
    mean = number(value.mean, places)
    # What is the same for everybody has no interval to speak of.
    return mean if value.low == value.high else f"{mean} ({span(value)})"


def signed(value: Interval) -> str:
    """A difference with its interval if it has any width, `+0.06 (+0.01 to +0.12)`."""
    mean = _plus(value.mean, decimals(value.mean, value.low, value.high), sign=True)
    return mean if value.low == value.high else f"{mean} ({span(value, sign=True)})"


def words(name: str) -> str:
    """A name without underscores."""
    return name.replace("_", " ")


def _plus(value: float, places: int, *, sign: bool) -> str:
    text = number(value, places)
    if not sign or value == 0.0:
        return text
    # Also of what rounds to nought: which side of it an end is on is what matters.
    return f"+{text}" if value > 0 else text if text.startswith("−") else f"−{text}"
