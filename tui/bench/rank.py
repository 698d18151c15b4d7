"""Measures the reward model: updating, ranking, and posteriors on disk.

Texts are made up and embeddings are random unit vectors of MiniLM's dimension, so that no model is
needed; an embedder's own time is not in any figure.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ... import __version__
from ...memory import Memory
from ...memory.types import Edit
from ...models.hash_embedder import HashEmbedder
from ...policies.personal import PersonalReward
from ...policies.rank import rank
from ...policies.reward import (
    Posterior,
    TextFeatures,
    fit_compared,
    fit_rows,
    learn_rates,
    pack,
    unpack,
    win_rates,
)
from ...policies.types import Candidate
from .report import Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["measure_rank"]

_ATTRIBUTES = 200
_COMPARISONS = 200
_HISTORY = 30
_DIMENSION = 384
_WIDTH = 32
_PER_SESSION = 10
_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
_WORDS = [
    "soup",
    "stew",
    "bread",
    "garden",
    "river",
    "night",
    "letter",
    "engine",
    "window",
    "music",
    "answer",
    "simple",
    "quick",
    "advisable",
    "remarkable",
    "the",
    "a",
    "of",
    "with",
    "under",
    "and",
    "because",
    "you",
    "we",
    "never",
    "always",
    "perhaps",
    "gentle",
    "formal",
    "plain",
]


def measure_rank(
    *, rounds: int = 15, users: int = 10_000, items: int = 10_000, seed: int = 0
) -> Report:
    """Times everything that needs no embedder.

    Args:
        rounds: How often each is timed; figures are medians.
        users: How many posteriors are written; the figure is for 10,000.
        items: How many are ranked for the figure of 10,000; fewer only try it out.
        seed: Of texts, embeddings and choices.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []

    def timed(what: str, action: Callable[[int], object], times: int = rounds) -> float:
        took = []
        for round_number in range(times):
            before = time.perf_counter()
            action(round_number)
            took.append(1000.0 * (time.perf_counter() - before))
        rows.append({"what": what, "median_ms": statistics.median(took), "worst_ms": max(took)})
        return statistics.median(took)

    update = _update(rng, timed)
    personal = _personal_update(timed)
    features = TextFeatures(HashEmbedder(_DIMENSION))
    taste = rng.normal(size=features.dimension)
    history = rng.normal(size=(_HISTORY, features.dimension)) / np.sqrt(_DIMENSION)
    history *= np.sign(history @ taste)[:, None]
    posterior = fit_rows(features, history)
    hundred, many = _candidates(rng, 100), _candidates(rng, items)
    rank100 = timed("rank 100", lambda _: rank(posterior, features, hundred))
    timed("rank 10,000, texts never seen", lambda _: rank(posterior, features, many), 1)
    rank10k = timed("rank 10,000", lambda _: rank(posterior, features, many), max(3, rounds // 3))
    rows.append(
        {
            "what": "largest error of 300 scores among 10,000, skew terms aside",
            "probability": _error(posterior, features.transform(many), rng),
        }
    )
    timed("fit to 30 comparisons", lambda _: fit_rows(features, history))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "posteriors.db"
        _write(path, pack(posterior), users)
        size = path.stat().st_size / 1e6 * 10_000 / users
        with sqlite3.connect(path) as connection:

            def load(round_number: int) -> None:
                query = "SELECT data FROM posteriors WHERE user_id = ?"
                name = f"user-{(round_number * 7919) % users}"
                (data,) = connection.execute(query, (name,)).fetchone()
                unpack(data, features)

            loaded = timed("load one", load)
        connection.close()
    return Report(
        command=f"bench rank --seed {seed}",
        version=__version__,
        seed=seed,
        figures={
            "update_ms": update,
            "personal_update_ms": personal,
            "rank100_ms": rank100,
            "rank10k_ms": rank10k,
            "load_ms": loaded,
            "store_mb_10k_users": size,
        },
        rows=rows,
    )


def _error(posterior: Posterior, rows: Floats, rng: np.random.Generator) -> float:
    """How far scores of some rows are from the mean over all opponents."""
    import numpy as np

    some = rng.choice(len(rows), min(300, len(rows)), replace=False)
    exact = posterior.probabilities(rows[some], rows, skew=False).sum(axis=1) - 0.5
    return float(np.abs(win_rates(posterior, rows)[some] - exact / (len(rows) - 1)).max())


def _update(rng: np.random.Generator, timed: Callable[..., float]) -> float:
    """One comparison more, at 200 attributes and 200 past comparisons."""
    import numpy as np

    names = [f"attribute {place}" for place in range(_ATTRIBUTES)]
    features = TextFeatures(HashEmbedder(2), names)
    taste = rng.normal(size=features.dimension)
    rows = rng.normal(size=(_COMPARISONS + 1, features.dimension))
    rows *= np.sign(rows @ taste + rng.logistic(size=len(rows)))[:, None]
    before = fit_rows(features, rows[:-1])
    timed("fit to 201 comparisons from nothing", lambda _: fit_rows(features, rows))
    return timed("update", lambda _: fit_rows(features, rows, start=before))


def _personal_update(timed: Callable[..., float]) -> float:
    """The same as `PersonalReward` does it: from the prior, with flip rates, ages and votes.

    Nothing that was fitted before is used, so that evidence which is taken back leaves no trace.
    What memory and its store take comes on top, and is in a row of its own.
    """
    import numpy as np

    own = {
        f"attribute {place}": partial(_share, seed=place)
        for place in range(_ATTRIBUTES - len(TextFeatures(HashEmbedder(2)).attributes))
    }
    rng = np.random.default_rng(1)
    embedder = HashEmbedder(_WIDTH)
    with tempfile.TemporaryDirectory() as folder, Memory(Path(folder), embedder) as memory:

        def edit(number: int) -> None:
            one, two = (f"{' '.join(rng.choice(_WORDS, size=12))}." for _ in range(2))
            better, worse = (one, two) if _share(one, 0) > _share(two, 0) else (two, one)
            told = Edit(before=worse, after=better)
            memory.record("user", told, session_id=f"session {number // _PER_SESSION}")

        reward = PersonalReward(memory, embedder, feature_fns=own)
        for number in range(_COMPARISONS):
            edit(number)
        reward.posterior("user")

        def one_more(number: int) -> None:
            edit(_COMPARISONS + number)
            reward.posterior("user")

        timed("one event more: recorded, described, fitted, kept", one_more)
        known = reward.known("user")
    compared, features = known.compared.part(slice(_COMPARISONS + 1)), reward.features
    rates = learn_rates(features, compared)
    timed("flip rates, at every sixteenth comparison", lambda _: learn_rates(features, compared))
    return timed("personal update", lambda _: fit_compared(features, compared, rates=rates))


def _share(text: str, seed: int) -> float:
    """A measure of a text that stands for an app's own: of some letters there are many or few."""
    letters = _LETTERS[seed % len(_LETTERS) :][: 1 + seed // len(_LETTERS)]
    return 10.0 * sum(map(text.count, letters)) / max(1, len(text)) - 1.0


def _candidates(rng: np.random.Generator, count: int) -> list[Candidate]:
    import numpy as np

    vectors = rng.normal(size=(count, _DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        Candidate(
            id=str(place),
            text=f"{' '.join(rng.choice(_WORDS, size=12))} {place}.",
            embedding=vector,
        )
        for place, vector in enumerate(vectors)
    ]


def _write(path: Path, data: bytes, users: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE posteriors (user_id TEXT PRIMARY KEY, data BLOB)")
        rows = ((f"user-{number}", data) for number in range(users))
        connection.executemany("INSERT INTO posteriors VALUES (?, ?)", rows)
    connection.close()
