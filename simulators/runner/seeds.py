"""One seed from which all others derive."""

from __future__ import annotations

import hashlib

__all__ = ["derive"]


def derive(seed: int, *parts: object) -> int:
    """A seed of its own for what the parts name, the same on every machine and worker.

    Args:
        seed: The run's seed.
        parts: What it is for, by their text (`derive(0, key, "answers")`).

    Returns:
        An integer in [0, 2**63).
    """
    # Lengths keep ("a", "bc") and ("ab", "c") apart.
    told = "".join(f"{len(text)}:{text}" for text in map(str, (seed, *parts)))
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big") >> 1
