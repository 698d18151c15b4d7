"""A posterior in a few kilobytes, for a store of many people."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

from ...errors import InputError
from .features import TextFeatures
from .posterior import Component, Posterior
from .prior import Population, Prior
from .threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_HEADER = struct.Struct("<4sI")
_MAGIC = b"PNR1"
_RANK = 16


def pack(posterior: Posterior, *, rank: int = _RANK) -> bytes:
    """Writes a posterior; its prior is not written with it.

    Means are kept in 32 bits. Of the reduction of the covariance the `rank` largest directions are
    kept, in 16 bits: what is left out makes the posterior less sure than it is, and never surer
    but for rounding. Its evidence is not in it: fitting again needs that from memory.

    Args:
        posterior: The user's.
        rank: Directions kept per prototype.
    """
    import numpy as np

    arrays = []
    shapes = []
    for each in posterior.components:
        with one_thread():
            _, values, vectors = np.linalg.svd(each.reduction, full_matrices=False)
        kept = (values[:rank, None] * vectors[:rank]).astype("<f2")
        arrays += [each.mean.astype("<f4").tobytes(), kept.tobytes()]
        shapes.append([each.share, len(kept)])
    head = json.dumps(
        {
            "features": posterior.feature_set,
            "width": len(posterior.mean),
            "components": shapes,
            "comparisons": posterior.comparisons,
            "observations": posterior.observations,
        }
    ).encode()
    return b"".join([_HEADER.pack(_MAGIC, len(head)), head, *arrays])


def unpack(
    data: bytes, features: TextFeatures, *, prior: Prior | Population | None = None
) -> Posterior:
    """Reads what `pack` wrote.

    Args:
        data: The bytes.
        features: The features that it is about.
        prior: The prior that it was fitted under; by default the features' own.

    Raises:
        InputError: The bytes are no posterior, or one about other features.
    """
    import numpy as np

    try:
        magic, length = _HEADER.unpack_from(data)
        head = json.loads(data[_HEADER.size : _HEADER.size + length])
    except (struct.error, ValueError) as error:
        raise InputError(f"{len(data)} bytes are no posterior: {error}") from error
    if magic != _MAGIC or head["features"] != features.id or head["width"] != features.dimension:
        raise InputError(
            f"the bytes are a posterior about {head['features']!r}; it must be about "
            f"{features.id!r}: fit it again"
        )
    at, width = _HEADER.size + length, int(head["width"])
    components = []
    for share, rank in head["components"]:
        size = 4 * width + 2 * rank * width
        if at + size > len(data):
            raise InputError(f"{len(data)} bytes are too few for this posterior: fit it again")
        mean = np.frombuffer(data, dtype="<f4", count=width, offset=at)
        kept = np.frombuffer(data, dtype="<f2", count=rank * width, offset=at + 4 * width)
        at += size
        components.append(
            Component(
                share=float(share),
                mean=mean.astype(np.float64),
                reduction=kept.reshape(rank, width).astype(np.float64),
                alpha=np.zeros(0),
            )
        )
    return Posterior(
        feature_set=features.id,
        attributes=features.attributes,
        planes=features.planes,
        prior=_shared(features.prior() if prior is None else prior),
        components=tuple(components),
        comparisons=int(head["comparisons"]),
        observations=int(head["observations"]),
    )


def _shared(prior: Prior | Population) -> Prior:
    """The prior whose covariance all prototypes share."""
    return prior if isinstance(prior, Prior) else prior.prototypes[0]
