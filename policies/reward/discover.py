"""Finds features in people's comparisons, names them, and says what choices turn on.

After WIMHF ("What's In My Human Feedback? Learning Interpretable Descriptions of Preference Data").
Its features are sparse and are about pairs; a ranking needs something of each text. So a text's
column is the encoder's linear reading of its embedding: the difference of two texts' columns is
exactly what the encoder reads off their difference, antisymmetric and additive, before BatchTopK
sets the small ones to 0. What that gives up is sparsity: small readings count too, a little.
Weights here are of these columns, so that they mean what they mean in a posterior.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...models.types import ChatModel, Usage
from .autoencoder import Sparsity, train
from .discovered import Discovered
from .features import MEANING, TextFeatures
from .naming import Contrast, Extreme, ask_name, contrast, template, unique
from .selection import Weighed, weigh

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Discovery", "Found", "LabelledPair", "discover", "rename"]

_LEAST_PAIRS = 40
_EXTREMES = 30
_KEPT = 5
_SAME = 0.95
_LENGTH = "length"


class LabelledPair(NamedTuple):
    """What one person preferred to what.

    Attributes:
        user: Who.
        chosen: The preferred text.
        rejected: The other.
        strength: How clear it was, in [0, 1]; 0 is a tie.
    """

    user: str
    chosen: str
    rejected: str
    strength: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One feature.

    Attributes:
        name: What it is called.
        extremes: The pairs with most of it, largest first.
        contrast: What sets their sides apart.
        active: Share of the pairs in which it is not 0 after BatchTopK.
        weight: Of all people, in logits per unit; 0 where the lasso drops it. Not negative: the
            side that people prefer on the whole is the one that it is named after.
        spread: Standard deviation of its weight among people, if there are enough.
    """

    name: str
    extremes: tuple[Extreme, ...]
    contrast: Contrast
    active: float
    weight: float
    spread: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Discovery:
    """The outcome.

    Attributes:
        features: What to give to `TextFeatures`.
        found: One entry per feature, in the same order: those whose weights are largest in
            root mean square over people come first.
        weighed: What choices turn on; columns in the same order.
        explained: Share of held-out differences' squares that the autoencoder reconstructs.
        usage: What naming cost; None without a chat model.
    """

    features: Discovered
    found: tuple[Found, ...]
    weighed: Weighed
    explained: float
    usage: Usage | None = None


def discover(
    pairs: Sequence[LabelledPair],
    features: TextFeatures,
    *,
    sparsity: Sparsity | None = None,
    epochs: int = 200,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Discovery:
    """Finds features and names them by the words that tell their extreme pairs apart.

    The same pairs and seed give the same features on the same machine.

    Args:
        pairs: At least 40, of one person or more.
        features: What describes texts; its embedder is used, and its attributes are compared with.
        sparsity: How many features, and how many a pair has; by default 32 and 4, as in WIMHF.
        epochs: Passes over the data at most.
        seed: Of everything random.
        progress: Told what is under way.

    Raises:
        InputError: There are too few pairs, or their texts hardly differ.
        EmbedderError: The embedder cannot be loaded or run.
    """
    import numpy as np

    tell = progress or _silent
    usable = [pair for pair in pairs if pair.chosen.strip() and pair.rejected.strip()]
    if len(usable) < _LEAST_PAIRS:
        raise InputError(
            f"{len(usable)} pairs with two texts are too few to find features in; give at least "
            f"{_LEAST_PAIRS}, better thousands"
        )
    size = sparsity or Sparsity()
    tell(f"describing {len(usable)} pairs")
    chosen = features.transform([pair.chosen for pair in usable])
    rejected = features.transform([pair.rejected for pair in usable])
    meaning, named = features.blocks[MEANING], len(features.attributes)
    apart = chosen[:, meaning] - rejected[:, meaning]
    if float((apart**2).mean()) < 1e-12:
        raise InputError("the two texts of every pair have the same embedding; nothing differs")
    tell(f"training {size.features} features, {size.active} a pair")
    trained = train(apart, size, epochs=epochs, seed=seed)
    read = apart @ trained.encoder.T
    kept = _alive(read, trained.threshold)
    units = np.sqrt((read[:, kept] ** 2).mean(axis=0))
    active = (np.abs(read[:, kept]) >= trained.threshold).mean(axis=0)
    encoder = trained.encoder[kept] / units[:, None]
    columns = read[:, kept] / units
    attributes = chosen[:, :named] - rejected[:, :named]
    tell("weighing them")
    weighed = weigh(
        columns,
        attributes[:, features.attributes.index(_LENGTH)],
        0.5 + 0.5 * np.array([pair.strength for pair in usable]),
        [pair.user for pair in usable],
        seed=seed,
    )
    spread = np.zeros(len(kept)) if weighed.spread is None else weighed.spread
    order = np.argsort(-np.hypot(weighed.weights, spread), kind="stable")
    sign = np.where(weighed.weights[order] < 0, -1.0, 1.0)
    columns = columns[:, order] * sign
    encoder = encoder[order] * sign[:, None]
    weighed = _reordered(weighed, order, sign)
    texts = np.vstack([chosen[:, meaning], rejected[:, meaning]])
    found: list[Found] = []
    taken = {*features.attributes, MEANING}
    for place in range(len(order)):
        extremes = _extremes(usable, columns[:, place])
        sides = contrast(extremes, columns[:, place], attributes, features.attributes)
        name = unique(template(sides, place + 1), taken)
        taken.add(name)
        found.append(
            Found(
                name=name,
                extremes=extremes[:_KEPT],
                contrast=sides,
                active=float(active[order[place]]),
                weight=float(weighed.weights[place]),
                spread=None if weighed.spread is None else float(weighed.spread[place]),
            )
        )
    short = encoder.astype(np.float32).astype(np.float64)
    return Discovery(
        features=Discovered(
            names=tuple(each.name for each in found),
            encoder=short,
            centre=(texts @ short.T).mean(axis=0).astype(np.float32).astype(np.float64),
            embedder=features.embedder_id,
            provenance={
                "method": "WIMHF autoencoder, linear readings",
                "data": _hashed(usable),
                "pairs": len(usable),
                "people": len({pair.user for pair in usable}),
                "seed": seed,
                "features": size.features,
                "active": size.active,
                "prefix": size.prefix,
                "epochs": trained.epochs,
            },
        ),
        found=tuple(found),
        weighed=weighed,
        explained=trained.explained,
    )


async def rename(discovery: Discovery, chat: ChatModel, taken: Sequence[str] = ()) -> Discovery:
    """Asks a chat model for a name of each feature, one call each.

    A feature keeps its name where the answer is none.

    Args:
        discovery: What was found.
        chat: The chat model.
        taken: Names that attributes have already.

    Raises:
        ChatTimeoutError: The model did not answer in time.
        ChatProviderError: The provider refused or failed.
    """
    usage = Usage(calls=0)
    used = {*taken, *discovery.features.names, MEANING}
    found = []
    for each in discovery.found:
        said = await ask_name(chat, each.extremes)
        usage += said.usage
        name = each.name
        if said.name is not None and said.name != name:
            name = unique(said.name, used)
            used.add(name)
        found.append(replace(each, name=name))
    return replace(
        discovery,
        found=tuple(found),
        features=replace(discovery.features, names=tuple(each.name for each in found)),
        usage=usage,
    )


def _silent(_: str) -> None:
    pass


def _alive(read: Floats, threshold: float) -> NDArray[np.int64]:
    """Features that some pair has, each only once."""
    import numpy as np

    kept: list[int] = []
    sizes = np.sqrt((read**2).sum(axis=0))
    for place in np.flatnonzero((np.abs(read) >= threshold).any(axis=0)):
        along = read[:, kept].T @ read[:, place] / np.maximum(sizes[kept] * sizes[place], 1e-12)
        if not (np.abs(along) > _SAME).any():
            kept.append(int(place))
    return np.array(kept, dtype=np.int64)


def _extremes(pairs: Sequence[LabelledPair], column: Floats) -> tuple[Extreme, ...]:
    """The pairs with most of a feature, either way round, each pair of texts once."""
    import numpy as np

    most = min(_EXTREMES, max(_KEPT, len(pairs) // 8))
    found: dict[frozenset[str], Extreme] = {}
    for place in np.argsort(-np.abs(column), kind="stable"):
        pair, value = pairs[int(place)], float(column[place])
        sides = (pair.chosen, pair.rejected) if value > 0 else (pair.rejected, pair.chosen)
        found.setdefault(frozenset(sides), Extreme(*sides, abs(value)))
        if len(found) == most:
            break
    return tuple(found.values())


def _reordered(weighed: Weighed, order: NDArray[np.int64], sign: Floats) -> Weighed:
    people: Mapping[str, Floats] = {
        user: weights[order] * sign for user, weights in weighed.people.items()
    }
    return replace(
        weighed,
        weights=weighed.weights[order] * sign,
        spread=None if weighed.spread is None else weighed.spread[order],
        people=people,
    )


def _hashed(pairs: Sequence[LabelledPair]) -> str:
    digest = hashlib.sha256()
    for pair in pairs:
        digest.update(repr(tuple(pair)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
