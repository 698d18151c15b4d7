"""Directions for drafts out of the user's own posterior: one for each taste that is plausible."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..reward import Posterior

    Floats = NDArray[np.float64]

__all__ = ["LENGTH", "Leaning", "leanings", "phrase_of", "steerable"]

LENGTH = "length"
ENOUGH = 4
_MOST = 2
_CLEAR = 0.4
_KNOWN = 0.02
_NEAR = 0.5
_TRIES = 8


class _Ends(NamedTuple):
    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """What a draft shall lean towards.

    Attributes:
        ends: Attribute to the end wanted, -1 or 1, the one that matters most first.
    """

    ends: tuple[tuple[str, int], ...]

    @property
    def words(self) -> str:
        """In words: "shorter, warm"."""
        return ", ".join(phrase_of(name, end) for name, end in self.ends)


@lru_cache(maxsize=1)
def _known() -> dict[str, _Ends]:
    data = tomllib.loads(files(__package__).joinpath("tastes.toml").read_text("utf-8"))
    return {
        name: _Ends(entry.get("low", ""), entry.get("high", ""))
        for name, entry in data["leanings"].items()
    }


def steerable() -> tuple[str, ...]:
    """The attributes that a draft can be told to lean to."""
    return tuple(_known())


def phrase_of(attribute: str, end: int) -> str:
    """What to ask of a writer for an end of an attribute; empty if there are no words for it."""
    ends = _known().get(attribute, _Ends("", ""))
    return ends.high if end > 0 else ends.low


def leanings(
    posterior: Posterior, count: int, *, seed: int | np.random.Generator | None
) -> tuple[Leaning, ...]:
    """Draws plausible tastes, and says in which attributes each would have a draft lean.

    RPS ("Robust Preference Alignment via Directional Neighborhood Consensus") writes one candidate
    for each direction near the user's own and keeps the one that the user's own direction scores
    highest. What differs: directions are drawn around the posterior mean, w ~ N(m, S/4), rather
    than from a fixed cone, so that they differ where the user is not known yet and agree where they
    are (at the full spread, a third of the draws of a user of a few choices lean the other way than
    the user does, and a draft is wasted on each). A chat model follows words rather than
    directions, so that each draw is told by the two attributes in which it leans most, in units of
    what the prior expects and by the share of the prior's variance that evidence has taken away: of
    what nobody has shown anything about, a draw says nothing. The first is the posterior mean.

    Args:
        posterior: The user's.
        count: How many at most.
        seed: Of the draws; None takes fresh ones.

    Returns:
        Leanings that differ from each other; none if there is too little evidence (fewer than four
        comparisons and stored preferences) to draw from anything but the prior, and fewer than
        `count` if the draws agree.
    """
    import numpy as np

    if count < 1 or posterior.comparisons + posterior.observations < ENOUGH:
        return ()
    names = [name for name in posterior.attributes if name in _known()]
    columns = [posterior.attributes.index(name) for name in names]
    rows = np.eye(len(posterior.mean))[columns]
    mean = posterior.utility(rows).mean
    covariance = posterior.covariance(rows)
    rng = np.random.default_rng(seed)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    draws = mean + _NEAR * rng.standard_normal((_TRIES * count, len(names))) @ root.T
    before = posterior.prior.spread(rows)[np.arange(len(names)), columns]
    known = np.clip(1.0 - np.diag(covariance) / np.maximum(before, 1e-300), 0.0, 1.0)
    scale = np.where(known > _KNOWN, known / np.sqrt(np.maximum(before, 1e-300)), 0.0)
    found: list[Leaning] = []
    for weights in (mean, *draws):
        leaning = _told(names, weights * scale)
        if leaning.ends and all(set(leaning.ends) != set(each.ends) for each in found):
            found.append(leaning)
        if len(found) == count:
            break
    return tuple(found)


def _told(names: Sequence[str], sizes: Floats) -> Leaning:
    """The attributes with the largest sizes that there are words for, as far as they compare."""
    import numpy as np

    ends: list[tuple[str, int]] = []
    least = 0.0
    for place in np.argsort(-np.abs(sizes), kind="stable").tolist():
        size = abs(float(sizes[place]))
        if size == 0.0 or size < least or len(ends) == _MOST:
            break
        end = 1 if sizes[place] > 0 else -1
        if phrase_of(names[place], end):
            ends.append((names[place], end))
            least = max(least, _CLEAR * size)
    return Leaning(ends=tuple(ends))
