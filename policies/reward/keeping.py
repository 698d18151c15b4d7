"""A fitted posterior in as few bytes as bring it back.

What brings it back to the last bit is small: the dual weights of its evidence, what each label
weighed, and the learned rates; the rows themselves are in memory. Building it again takes no
iteration. Beyond 256 comparisons that would still take tens of milliseconds, and so a summary is
kept besides (`snapshot.py`): its means are right to seven digits, its deviations a little too
large. It serves to rank until something new is learned of the user or the posterior itself is
asked for, which is then fitted from all evidence.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...errors import InputError
from .features import TextFeatures
from .fitting import pose
from .learning import Compared, Learned, flips
from .posterior import Posterior
from .prior import Population, Prior
from .snapshot import pack, unpack
from .solving import settle
from .stated import Stated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Kept", "keep", "rebuilt", "summary"]

EXACT = 256
"""Up to so many comparisons a kept posterior is built again rather than summed up."""

_HEADER = struct.Struct("<4sI")
_MAGIC = b"PNK1"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What is kept of a fitted posterior.

    Attributes:
        rates: Learned flip rates, by source.
        trust: What the vote left of each comparison's weight, shape `(n,)`.
        weight: What each comparison weighed in the end, shape `(n,)`.
        alpha: Dual weights of comparisons and observations under each prototype, shape `(k, n+o)`:
            of the mode or, beside a summary, of the mean.
        observed: The Gaussian observations that it rests on.
        packed: The summary; empty for a posterior that is built again.
    """

    rates: dict[str, float]
    trust: Floats
    weight: Floats
    alpha: Floats
    observed: tuple[Stated, ...]
    packed: bytes

    @classmethod
    def read(cls, data: bytes) -> Kept:
        """Reads what `keep` wrote.

        Raises:
            InputError: The bytes are something else.
        """
        import numpy as np

        try:
            magic, length = _HEADER.unpack_from(data)
            if magic != _MAGIC:
                raise ValueError(f"they begin with {magic!r}")
            at = _HEADER.size + length
            head = json.loads(data[_HEADER.size : at])
            count, (prototypes, width) = int(head["comparisons"]), head["alpha"]
            trust = np.frombuffer(data, dtype="<f8", count=count, offset=at)
            at += 8 * count
            weight = np.frombuffer(data, dtype="<f8", count=count, offset=at)
            at += 8 * count
            alpha = np.frombuffer(data, dtype="<f8", count=prototypes * width, offset=at)
            at += 8 * prototypes * width
            observed = tuple(Stated(*each) for each in head["observed"])
        except (struct.error, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{len(data)} bytes are no kept posterior: {error}") from error
        return cls(
            rates=head["rates"],
            trust=trust.astype(np.float64),
            weight=weight.astype(np.float64),
            alpha=alpha.reshape(prototypes, width).astype(np.float64),
            observed=observed,
            packed=data[at:],
        )


def keep(learned: Learned, observed: tuple[Stated, ...]) -> bytes:
    """Writes what brings a posterior back.

    Args:
        learned: The posterior, and what was learned about its evidence.
        observed: The Gaussian observations that it rests on.
    """
    import numpy as np

    posterior = learned.posterior
    summed = posterior.comparisons > EXACT
    alpha = np.stack(
        [each.alpha if summed or each.mode is None else each.mode for each in posterior.components]
    )
    head = json.dumps(
        {
            "rates": dict(learned.rates),
            "observed": observed,
            "comparisons": posterior.comparisons,
            "alpha": alpha.shape,
        }
    ).encode()
    return b"".join(
        [
            _HEADER.pack(_MAGIC, len(head)),
            head,
            learned.trust.astype("<f8").tobytes(),
            learned.weight.astype("<f8").tobytes(),
            alpha.astype("<f8").tobytes(),
            pack(posterior) if summed else b"",
        ]
    )


def rebuilt(
    features: TextFeatures,
    compared: Compared,
    kept: Kept,
    *,
    prior: Prior | Population | None = None,
) -> Learned:
    """The posterior that was kept, to the last bit.

    Args:
        features: What it is about.
        compared: The comparisons that it was fitted to.
        kept: What `keep` wrote.
        prior: The prior that it was fitted under; by default the features' own.

    Raises:
        InputError: It was fitted to something else.
    """
    if len(kept.weight) != len(compared):
        raise InputError(
            f"the kept posterior rests on {len(kept.weight)} comparisons, and there are "
            f"{len(compared)}; fit it again"
        )
    posed = pose(
        features,
        compared.differences,
        target=compared.target,
        weight=kept.weight,
        flip=flips(compared, kept.rates),
        observed=kept.observed,
        prior=prior,
    )
    wanted = (len(posed.population.prototypes), len(posed.evidence.rows))
    if kept.alpha.shape != wanted:
        raise InputError(
            f"the kept posterior rests on {kept.alpha.shape!r} weights, and there are {wanted!r}; "
            "fit it again"
        )
    solution = settle(posed.evidence, posed.labels, kept.alpha)
    return Learned(
        posterior=posed.posterior(features, solution, None),
        rates=kept.rates,
        trust=kept.trust,
        weight=kept.weight,
    )


def summary(
    features: TextFeatures, kept: Kept, *, prior: Prior | Population | None = None
) -> Posterior:
    """The summary of a posterior over many comparisons.

    Raises:
        InputError: Nothing was summed up, or it is about other features.
    """
    posterior = unpack(kept.packed, features, prior=prior)
    return replace(
        posterior,
        components=tuple(
            replace(each, alpha=alpha, mode=alpha)
            for each, alpha in zip(posterior.components, kept.alpha, strict=True)
        ),
    )
