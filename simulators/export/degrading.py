"""Pairs for free: preferred answers against versions of them that say less and less."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...policies.reward.degree import degree_comparisons
from .pairs import PreferencePair

__all__ = ["with_degraded"]


def with_degraded(pairs: Iterable[PreferencePair], levels: int) -> Iterator[PreferencePair]:
    """The pairs, and after each new preferred answer its versions against each other.

    For training on how much better an answer is, after "Self-supervised Preference Optimization"
    (METHODS 27): there it is a classification of the degree beside DPO's loss, here it is the
    strength of the pair, which trainers read as a margin. No user said so; `origin` tells.

    Args:
        pairs: Any number.
        levels: How many versions of an answer at most, each with more of its keywords gone.

    Raises:
        InputError: `levels` is below 1.
    """
    seen: set[tuple[str, str, str]] = set()
    for pair in pairs:
        yield pair
        name = (pair.user, pair.prompt, pair.chosen)
        if name in seen:
            continue
        seen.add(name)
        for each in degree_comparisons(pair.chosen, levels):
            yield replace(
                pair,
                chosen=each.preferred,
                rejected=each.other,
                # A target of one half is no preference.
                strength=2.0 * each.target - 1.0,
                rationale=None,
                origin="degraded",
            )
