"""Rows of a catalogue: described in batches, kept in a file, the app's numbers scaled."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .reward import TextFeatures
from .types import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["described", "scaled", "values_of"]

_BATCH = 512
_MOST = 1e12


def values_of(items: Sequence[Candidate], names: Sequence[str]) -> dict[str, Floats]:
    """The items' numbers by feature; what an item lacks is no number."""
    import numpy as np

    values = {name: np.full(len(items), np.nan) for name in names}
    for place, item in enumerate(items):
        for name, value in item.features.items():
            if isinstance(value, str) or not abs(value) <= _MOST:
                shown = repr(item.id) if item.id is not None else f"number {place}"
                raise InputError(
                    f"feature {name!r} of item {shown} is {value!r}; it must be a finite number"
                )
            values[name][place] = value
    return values


def scaled(values: Mapping[str, Floats]) -> Floats:
    """The numbers as columns, 0 where an item lacks one; shape `(n, features)`."""
    import numpy as np

    columns = []
    for column in values.values():
        given = column[~np.isnan(column)]
        fitting = column
        if np.abs(given).max() > 1.0:
            spread = float(given.std())
            fitting = (column - given.mean()) / (spread if spread > 0 else 1.0)
        columns.append(np.nan_to_num(fitting))
    return np.stack(columns, axis=1)


def described(items: Sequence[Candidate], features: TextFeatures, cache: Path | None) -> Floats:
    """Rows of items without the app's features, from a file as far as it has them."""
    import numpy as np

    bare = [replace(item, features={}) for item in items]
    if cache is None:
        return np.vstack([
            features.transform(bare[at : at + _BATCH]) for at in range(0, len(bare), _BATCH)
        ])  # fmt: skip
    keys = [_key(item) for item in bare]
    known = _read(cache, features)
    missing = {key: item for key, item in zip(keys, bare, strict=True) if key not in known}
    if missing:
        # As they will be read from the file, so that the first ranking is that of all others.
        made = described(list(missing.values()), features, None).astype(np.float32)
        known |= dict(zip(missing, made, strict=True))
        _write(cache, features, {key: known[key] for key in dict.fromkeys(keys)})
    return np.array([known[key] for key in keys], dtype=np.float64)


def _key(item: Candidate) -> bytes:
    import numpy as np

    digest = hashlib.blake2b(item.text.encode("utf-8", "surrogatepass"), digest_size=16)
    if item.embedding is not None:
        digest.update(b"\x00" + np.asarray(item.embedding, dtype=np.float32).tobytes())
    return digest.digest()


def _read(cache: Path, features: TextFeatures) -> dict[bytes, NDArray[np.float32]]:
    """What a file has of these features; nothing if it is not there, or is no such file."""
    import numpy as np

    try:
        with np.load(cache, allow_pickle=False) as stored:
            keys, rows = stored["keys"], stored["rows"]
            same = str(stored["features"]) == features.id
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
    if not same or rows.ndim != 2 or rows.shape != (len(keys), features.dimension):
        return {}
    return {bytes(key): row for key, row in zip(keys, rows, strict=True)}


def _write(cache: Path, features: TextFeatures, rows: Mapping[bytes, NDArray[np.float32]]) -> None:
    import numpy as np

    cache.parent.mkdir(parents=True, exist_ok=True)
    half = cache.with_name(f"{cache.name}.{os.getpid()}.part")
    with half.open("wb") as file:
        np.savez(
            file,
            keys=np.array([np.frombuffer(key, dtype=np.uint8) for key in rows]),
            rows=np.array(list(rows.values()), dtype=np.float32),
            features=np.array(features.id),
        )
    os.replace(half, cache)
