"""A fitted prior on disk, with where it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from .amortised import Amortised
from .features import TextFeatures
from .prior import Population, Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Arrays = Mapping[str, NDArray[np.generic]]

__all__ = ["Provenance", "SavedPrior", "load_prior", "read_prior", "save_prior"]

_FORMAT = 1
_HEAD = "head"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a prior comes from.

    Attributes:
        features: The id of the features, without the app's own.
        data: SHA-256 of the data that it was fitted to.
        layout: How that data was laid out ("pairs").
        licence: Under which the data may be used, in its owner's words.
        people: How many it was fitted to.
        comparisons: How many they gave.
        seed: Of the fit.
        version: Of Penchant.
        held_out: What it reached on people held out, by name, before it was fitted to all.
    """

    features: str
    data: str
    layout: str
    licence: str
    people: int
    comparisons: int
    seed: int
    version: str
    held_out: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SavedPrior:
    """A prior that was fitted to people, to be given to `fit_rows`.

    Attributes:
        population: The prior, over the columns `names`.
        names: Names of the columns.
        provenance: Where it comes from.
        sources: How often each source of labels says the opposite of what is meant, as far as the
            data named any.
        amortised: Makes the prior of somebody's first pairs; None where that served held-out
            people no better.
    """

    population: Population
    names: tuple[str, ...]
    provenance: Provenance
    sources: Mapping[str, float] = field(default_factory=dict)
    amortised: Amortised | None = None

    def for_features(self, features: TextFeatures) -> SavedPrior:
        """The same prior over the columns of features with the app's own, or others of them.

        Columns that it does not know have the features' own prior, apart from all others; columns
        that the features lack are left out, which of a Gaussian leaves its marginal.

        Raises:
            InputError: It was fitted for other features.
        """
        core = features.with_app_features(()).id
        if core != self.provenance.features:
            raise InputError(
                f"the prior was fitted for the features {self.provenance.features!r}; these are "
                f"{core!r}: fit it again with penchant reward fit"
            )
        if features.names == self.names:
            return self
        places = {name: place for place, name in enumerate(self.names)}
        columns = [places.get(name, -1) for name in features.names]
        own = features.prior()
        population = Population(
            prototypes=tuple(_selected(each, own, columns) for each in self.population.prototypes),
            router=self.population.router,
        )
        amortised = None if self.amortised is None else _narrowed(self.amortised, own, columns)
        return SavedPrior(
            population=population,
            names=features.names,
            provenance=self.provenance,
            sources=self.sources,
            amortised=amortised,
        )

    def prior(self, rows: Floats | None = None, target: Floats | None = None) -> Population:
        """The prior for somebody, read off their first pairs where that was found to serve.

        Args:
            rows: Their comparisons, oldest first, shape `(n, d)`.
            target: Probabilities that the labels are right; by default 1.
        """
        if self.amortised is None or rows is None:
            return self.population
        return self.amortised.population(rows, target)


def _selected(prior: Prior, own: Prior, columns: list[int]) -> Prior:
    import numpy as np

    index = np.array(columns)
    known = index >= 0
    factor = prior.factor
    if factor is not None:
        factor = np.where(known, factor[:, index], 0.0)
    return Prior(
        mean=np.where(known, prior.mean[index], own.mean),
        variance=np.where(known, prior.variance[index], own.variance),
        factor=factor,
    )


def _narrowed(amortised: Amortised, own: Prior, columns: list[int]) -> Amortised:
    import numpy as np

    index = np.array(columns)
    known = index >= 0
    # Unknown columns get a group of their own that nothing moves.
    groups = np.where(known, amortised.groups[index], len(amortised.gains))
    at = len(amortised.reading) + len(amortised.gains)
    blank = np.zeros((1, amortised.outer.shape[1]))
    return Amortised(
        base=Population(
            prototypes=tuple(_selected(each, own, columns) for each in amortised.base.prototypes),
            router=amortised.base.router,
        ),
        groups=groups,
        gains=np.append(amortised.gains, 0.0),
        reading=np.where(known, amortised.reading[:, index], 0.0),
        moving=np.where(known, amortised.moving[:, index], 0.0),
        inner=amortised.inner,
        offset=amortised.offset,
        outer=np.vstack([amortised.outer[:at], blank, amortised.outer[at:]]),
        first=amortised.first,
    )


def save_prior(path: Path, saved: SavedPrior) -> None:
    """Writes a prior as one file of arrays; nothing of the data but its hash is in it.

    Raises:
        InputError: It cannot be written.
    """
    import numpy as np

    head = {
        "format": _FORMAT,
        "names": saved.names,
        "sources": dict(saved.sources),
        "provenance": asdict(saved.provenance),
        "first": None if saved.amortised is None else saved.amortised.first,
    }
    arrays: dict[str, NDArray[np.generic]] = {
        _HEAD: np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    }
    arrays |= _population_arrays("population", saved.population)
    if (amortised := saved.amortised) is not None:
        arrays |= _population_arrays("base", amortised.base)
        for name in _NETWORK:
            arrays[f"amortised.{name}"] = getattr(amortised, name)
    try:
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error}") from error


_NETWORK = ("groups", "gains", "reading", "moving", "inner", "offset", "outer")


def _population_arrays(name: str, population: Population) -> dict[str, NDArray[np.generic]]:
    import numpy as np

    shared = population.prototypes[0]
    arrays: dict[str, NDArray[np.generic]] = {
        f"{name}.means": np.array([each.mean for each in population.prototypes]),
        f"{name}.variance": shared.variance,
        f"{name}.router": population.router,
    }
    if shared.factor is not None:
        arrays[f"{name}.factor"] = shared.factor
    return arrays


def load_prior(path: Path, features: TextFeatures) -> SavedPrior:
    """Reads what `save_prior` wrote, for these features.

    Raises:
        InputError: There is no such file, it holds no prior, or one for other features.
    """
    return read_prior(path).for_features(features)


def read_prior(path: Path) -> SavedPrior:
    """Reads what `save_prior` wrote, over the columns that it was fitted for.

    Raises:
        InputError: There is no such file, or it holds no prior.
    """
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        head = json.loads(arrays[_HEAD].tobytes())
        if head["format"] != _FORMAT:
            raise InputError(
                f"{str(path)!r} has format {head['format']!r}; this version reads {_FORMAT}"
            )
        population = _read_population("population", arrays)
        amortised = None
        if head["first"] is not None:
            network = {name: arrays[f"amortised.{name}"] for name in _NETWORK}
            base = _read_population("base", arrays)
            amortised = Amortised(base=base, first=int(head["first"]), **network)
        saved = SavedPrior(
            population=population,
            names=tuple(head["names"]),
            provenance=Provenance(**head["provenance"]),
            sources=head["sources"],
            amortised=amortised,
        )
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error}") from error
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{str(path)!r} holds no prior ({error}); make one with penchant reward fit"
        ) from error
    for each in saved.population.prototypes:
        each.check(len(saved.names))
    return saved


class _Parts(NamedTuple):
    means: Floats
    variance: Floats
    router: Floats
    factor: Floats | None


def _read_population(name: str, arrays: Arrays) -> Population:
    import numpy as np

    factor = arrays.get(f"{name}.factor")
    parts = _Parts(
        np.asarray(arrays[f"{name}.means"], dtype=np.float64),
        np.asarray(arrays[f"{name}.variance"], dtype=np.float64),
        np.asarray(arrays[f"{name}.router"], dtype=np.float64),
        None if factor is None else np.asarray(factor, dtype=np.float64),
    )
    return Population(
        prototypes=tuple(
            Prior(mean=mean, variance=parts.variance, factor=parts.factor) for mean in parts.means
        ),
        router=parts.router,
    )
