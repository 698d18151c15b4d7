"""Features that were found in people's comparisons, as named columns of any text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Discovered"]

_NAMES, _ENCODER = "features.json", "encoder.npz"
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Discovered:
    """Linear readings of an embedding, found by `discover` and loaded by `TextFeatures`.

    A text's columns are `encoder @ embedding - centre`, so that the difference of two texts'
    columns is what the autoencoder reads off the difference of their embeddings, before its
    sparsity.

    Attributes:
        names: What each feature is called.
        encoder: Shape `(m, d)`; 1 is the root mean square difference of the pairs it was found on.
        centre: Readings of the average text, shape `(m,)`.
        embedder: The id of the embedder.
        provenance: Where it comes from: hash and size of the data, seed, settings.
    """

    names: tuple[str, ...]
    encoder: Floats
    centre: Floats
    embedder: str
    provenance: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Changes with the encoder and not with the names, so that features can be renamed."""
        digest = hashlib.blake2b(self.encoder.astype("<f4").tobytes(), digest_size=6)
        digest.update(self.centre.astype("<f4").tobytes())
        return f"discovered-{digest.hexdigest()}"

    def read(self, vectors: Floats) -> Floats:
        """The columns of embedded texts.

        Args:
            vectors: Unit embeddings, shape `(n, d)`.

        Returns:
            Array of shape `(n, m)`.
        """
        import numpy as np

        return np.asarray(vectors @ self.encoder.T - self.centre)

    def save(self, folder: Path) -> None:
        """Writes `features.json`, whose names may be edited, and `encoder.npz`.

        Nothing of the data but its hash is in either.

        Raises:
            InputError: The folder cannot be written.
        """
        import numpy as np

        head = {
            "format": _FORMAT,
            "id": self.id,
            "embedder": self.embedder,
            "names": list(self.names),
            "provenance": dict(self.provenance),
        }
        try:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez(
                folder / _ENCODER,
                encoder=self.encoder.astype("<f4"),
                centre=self.centre.astype("<f4"),
            )
            text = json.dumps(head, ensure_ascii=False, indent=2)
            (folder / _NAMES).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write to {str(folder)!r}: {error}") from error

    @classmethod
    def load(cls, folder: Path) -> Discovered:
        """Reads what `save` wrote.

        Raises:
            InputError: A file is missing, damaged or of another format; the message says which.
        """
        import zipfile

        import numpy as np
        from pydantic import BaseModel, ValidationError

        class Head(BaseModel):
            format: int
            id: str
            embedder: str
            names: list[str]
            provenance: dict[str, str | int | float] = {}

        try:
            head = Head.model_validate_json((folder / _NAMES).read_bytes())
            with np.load(folder / _ENCODER, allow_pickle=False) as arrays:
                encoder, centre = (
                    arrays[name].astype(np.float64) for name in ("encoder", "centre")
                )
        except (OSError, ValidationError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{str(folder)!r} holds no discovered features ({error}); make them with "
                "`penchant reward discover`"
            ) from error
        shapes = (encoder.ndim, centre.shape) == (2, (len(encoder),))
        found = cls(
            names=tuple(head.names),
            encoder=encoder,
            centre=centre,
            embedder=head.embedder,
            provenance=head.provenance,
        )
        finite = shapes and np.isfinite(encoder).all() and np.isfinite(centre).all()
        if head.format != _FORMAT or not finite or found.id != head.id:
            raise InputError(
                f"the discovered features of {str(folder)!r} are damaged or of another format "
                f"(format {head.format!r}, id {head.id!r}); make them again with "
                "`penchant reward discover`"
            )
        return found
