"""Steers written catalogues and measures how the ranking follows.

Mender ("Preference Discerning with LLM-Enhanced Generative Retrieval") asks of a recommender that
the items of a preference rise when it is stated and fall when it is negated. Here every command
ranks a catalogue once with and once without itself, for users whose tastes are drawn at random.
What differs: Mender's users have histories and one target item each; here every item of a theme is
a target, and themes are true by the hand of who wrote the catalogue.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from ...models.types import Embedder
from ...policies.catalogue import Catalogue
from ...policies.reward import Posterior, TextFeatures, fit_rows
from ..statistics import bootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Case", "Shelf", "Steered", "run_steering", "shelves"]

_ANSWERS = 20


class Case(NamedTuple):
    """A command with the themes whose items it shall raise and lower; empty for none."""

    command: str
    up: str
    down: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A written catalogue.

    Attributes:
        name: Its name.
        chosen_on: Whether how phrases become directions was chosen on it.
        items: Captions.
        themes: What is true of each.
        cases: The commands.
    """

    name: str
    chosen_on: bool
    items: tuple[str, ...]
    themes: tuple[frozenset[str], ...]
    cases: tuple[Case, ...]

    def about(self, theme: str) -> list[int]:
        """The items of a theme."""
        return [place for place, themes in enumerate(self.themes) if theme in themes]


class Steered(NamedTuple):
    """What came of it; figures are of the catalogues that nothing was chosen on."""

    figures: Mapping[str, float]
    rows: Sequence[Mapping[str, object]]


class _Seen(NamedTuple):
    """One command for one user; nothing where the command asks for no such thing."""

    case: int
    raised: float | None
    lowered: float | None
    flips: list[bool]


@lru_cache(maxsize=1)
def shelves() -> tuple[Shelf, ...]:
    """The written catalogues."""
    data = tomllib.loads(files(__package__).joinpath("catalogues.toml").read_text("utf-8"))
    return tuple(
        Shelf(
            name=name,
            chosen_on=entry["chosen_on"],
            items=tuple(item["text"] for item in entry["items"]),
            themes=tuple(frozenset(item["themes"]) for item in entry["items"]),
            cases=tuple(
                Case(case["command"], case.get("up", ""), case.get("down", ""))
                for case in entry["cases"]
            ),
        )
        for name, entry in data.items()
    )


def run_steering(embedder: Embedder, *, users: int = 8, seed: int = 0) -> Steered:
    """Steers every catalogue for users of random tastes.

    Args:
        embedder: Embeds items and phrases.
        users: How many users; each has answered 20 comparisons by a taste drawn from the prior.
        seed: Of tastes and answers.

    Returns:
        `add_mrr_gain`: by how much the mean reciprocal rank of a theme's items rises when it is
        asked for; `negate_mrr_loss`: by how much it falls when it is negated; `swap_flip_rate`: of
        the pairs of a theme taken out above one put in, the share that the swap turns round; and
        shares of commands that moved things the right way. Rows have the same for each catalogue,
        with 95% intervals over commands.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    rows: list[Mapping[str, object]] = []
    pooled: list[_Seen] = []
    features = TextFeatures(embedder)
    for shelf in shelves():
        catalogue = Catalogue(shelf.items, features)
        people = [_user(features, rng) for _ in range(users)]
        seen = [
            _steered(catalogue, shelf, place, person)
            for person in people
            for place in range(len(shelf.cases))
        ]
        rows.append({
            "catalogue": shelf.name,
            "chosen_on": shelf.chosen_on,
            **_figures(seen),
            **_intervals(seen, seed),
        })  # fmt: skip
        if not shelf.chosen_on:
            first = len({each.case for each in pooled})
            pooled += [each._replace(case=each.case + first) for each in seen]
    return Steered(_figures(pooled), rows)


def _user(features: TextFeatures, rng: np.random.Generator) -> Posterior:
    """A posterior of somebody with a taste: twenty answers about made-up pairs."""
    import numpy as np

    prior = features.prior()
    taste = rng.normal(size=features.dimension) * np.sqrt(prior.variance)
    pairs = rng.normal(size=(_ANSWERS, features.dimension)) / np.sqrt(features.dimension)
    logits = pairs @ taste + rng.logistic(size=_ANSWERS)
    return fit_rows(features, pairs * np.sign(logits)[:, None])


def _steered(catalogue: Catalogue, shelf: Shelf, place: int, user: Posterior) -> _Seen:
    case = shelf.cases[place]
    before, after = (_ranks(catalogue, user, steer) for steer in (None, case.command))
    up, down = shelf.about(case.up), shelf.about(case.down)
    flips = [
        after[high] < after[low]
        for high in up
        for low in down
        if low not in up and high not in down and before[low] < before[high]
    ]
    return _Seen(
        case=place,
        raised=_reciprocal(after, up) - _reciprocal(before, up) if up else None,
        lowered=_reciprocal(before, down) - _reciprocal(after, down) if down else None,
        flips=flips,
    )


def _ranks(catalogue: Catalogue, user: Posterior, steer: str | None) -> dict[int, int]:
    """Each item's rank, from 1."""
    found = catalogue.rank(user, steer=steer)
    return {each.index: rank for rank, each in enumerate(found.ranked, start=1)}


def _reciprocal(ranks: Mapping[int, int], items: Sequence[int]) -> float:
    return sum(1.0 / ranks[item] for item in items) / len(items)


def _figures(seen: Sequence[_Seen]) -> dict[str, float]:
    raised = [each.raised for each in seen if each.raised is not None]
    lowered = [each.lowered for each in seen if each.lowered is not None]
    flips = [flip for each in seen for flip in each.flips]
    return {
        "add_mrr_gain": _mean(raised),
        "add_right_way": _mean([each > 0 for each in raised]),
        "negate_mrr_loss": _mean(lowered),
        "negate_right_way": _mean([each > 0 for each in lowered]),
        "swap_flip_rate": _mean(flips),
    }


def _intervals(seen: Sequence[_Seen], seed: int) -> dict[str, str]:
    """Intervals that draw whole commands again."""
    import numpy as np

    found = {}
    for name in ("raised", "lowered"):
        told = [(each.case, value) for each in seen if (value := getattr(each, name)) is not None]
        cases, values = (np.array(column) for column in zip(*told, strict=True))
        interval = bootstrap(values, cases.astype(np.int64), seed=seed)
        found[f"{name}_95"] = f"{interval.low:.3f} to {interval.high:.3f}"
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
