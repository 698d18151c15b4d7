"""People with tastes for the items of a catalogue, and a prior from others like them.

Tastes are weights over the catalogue's features, drawn as those of the prefdisco track are (see
`Recipe`): traits that run through everybody explain part of what is wanted of each feature and of
which features matter; a stick broken at random weighs the few that do, all others weigh nothing.
The prior is fitted to what other people of the same world answered about pairs of items; it is
Gaussian and their tastes are not, so that it is as wrong as a prior is in life.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.elicit.factors import Factors
from ...policies.elicit.gaussian import Gaussian
from ...policies.reward.threads import one_thread
from ..datasets import Choices
from ..prefdisco.people import Recipe
from ..runner.seeds import derive
from ..tasks.catalogues import Catalogue
from .world import World, fitted_prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Shelf", "catalogue_hash", "catalogue_world"]

_TRAITS = 4
_OTHERS = 300
_PAIRS = 20
_LEVELS = (10.0, 50.0, 90.0)
# With this, two items are some 3.5 logits apart in the median; to the bank's respondents it is 3.8.
_STRENGTH = 12.0
_LEAST_ITEMS = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shelf:
    """How traits show in tastes for one catalogue.

    Attributes:
        pulls: Which way each trait pulls each feature, rows of length 1, shape `(d, traits)`.
        matters: How often each feature matters, shape `(d,)`.
        leanings: How traits move that, shape `(d, traits)`.
        recipe: The other parameters.
    """

    pulls: Floats
    matters: Floats
    leanings: Floats
    recipe: Recipe

    @classmethod
    def drawn(cls, width: int, recipe: Recipe, rng: np.random.Generator) -> Shelf:
        """Draws one for so many features."""
        import numpy as np

        pulls = rng.standard_normal((width, _TRAITS))
        return cls(
            pulls=pulls / np.linalg.norm(pulls, axis=1, keepdims=True),
            matters=rng.normal(0.0, 0.8, width),
            leanings=rng.normal(0.0, 0.35, (width, _TRAITS)),
            recipe=recipe,
        )

    def tastes(self, count: int, rng: np.random.Generator) -> Floats:
        """Draws people's weights in logits, sparse, shape `(count, d)`."""
        import numpy as np

        width, recipe = len(self.matters), self.recipe
        found = np.zeros((count, width))
        for taste in found:
            traits = rng.standard_normal(_TRAITS)
            own = rng.standard_normal(width)
            shared = self.pulls @ traits
            wanted = np.sqrt(recipe.correlation) * shared + np.sqrt(1.0 - recipe.correlation) * own
            drawn = self.matters + self.leanings @ traits + rng.gumbel(size=width)
            most = int(rng.integers(recipe.mattering[0], recipe.mattering[1] + 1))
            chosen = np.argsort(-drawn)[:most]
            taste[chosen] = _STRENGTH * rng.dirichlet(np.ones(len(chosen))) * wanted[chosen]
        return found


def catalogue_world(
    catalogue: Catalogue, *, name: str, people: int, seed: int, recipe: Recipe | None = None
) -> World:
    """Draws people, and fits a prior to others.

    Half of the items, others for each person, can be offered and asked about; the rest is fresh.
    Designed questions combine features at their 10th, 50th and 90th percentile.

    Args:
        catalogue: The items.
        name: What the file is called in rows.
        people: How many to simulate.
        seed: Of everything drawn.
        recipe: How sparse and correlated tastes are; by default as in the prefdisco track.

    Raises:
        InputError: There are fewer than eight different items.
    """
    import numpy as np

    rows = catalogue.scaled()
    half = len(rows) // 2
    if len(np.unique(rows, axis=0)) < _LEAST_ITEMS:
        raise InputError(
            f"catalogue {catalogue.name!r} has {len(np.unique(rows, axis=0))} different items; "
            f"asking about them needs at least {_LEAST_ITEMS}"
        )
    rng = np.random.default_rng(derive(seed, "catalogue", catalogue.name))
    shelf = Shelf.drawn(rows.shape[1], recipe or Recipe(), rng)
    keys = tuple(feature.key for feature in catalogue.features)
    others = _answered(rows, shelf.tastes(_OTHERS, rng), keys, rng)
    with one_thread():
        prior = Gaussian.from_prior(fitted_prior(others, range(_OTHERS), seed=seed))
    tastes = shelf.tastes(people, rng)
    shuffled = np.stack([rows[rng.permutation(len(rows))[: 2 * half]] for _ in range(people)])
    return World(
        name=name,
        attributes=keys,
        factors=_factors(keys, rows),
        prior=prior,
        tastes=tastes,
        respondents=np.arange(people),
        items=shuffled[:, :half],
        fresh=shuffled[:, half:],
    )


def catalogue_hash(catalogue: Catalogue) -> str:
    """SHA-256 of what a catalogue holds."""
    return hashlib.sha256(repr(asdict(catalogue)).encode()).hexdigest()


def _answered(
    rows: Floats, tastes: Floats, keys: tuple[str, ...], rng: np.random.Generator
) -> Choices:
    """What people say to random pairs of items, by a noisy logistic."""
    import numpy as np

    asked, picked = [], []
    for taste in tastes:
        pairs = np.stack([rng.choice(len(rows), 2, replace=False) for _ in range(_PAIRS)])
        apart = rows[pairs[:, 0]] - rows[pairs[:, 1]]
        asked.append(apart)
        chances = 0.5 * (1.0 + np.tanh(0.5 * (apart @ taste)))
        picked.append((rng.random(_PAIRS) < chances).astype(np.float64))
    return Choices(
        name="others",
        attributes=keys,
        rows=tuple(asked),
        picked=tuple(picked),
        people=tuple(map(str, range(len(tastes)))),
    )


def _factors(keys: tuple[str, ...], rows: Floats) -> Factors:
    import numpy as np

    unit = np.eye(len(keys))
    names, levels = [], []
    for column, key in enumerate(keys):
        found = np.unique(np.percentile(rows[:, column], _LEVELS))
        if len(found) > 1:
            names.append(key)
            levels.append(found[:, None] * unit[column])
    return Factors.of(names, levels)
