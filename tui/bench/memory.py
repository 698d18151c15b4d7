"""Measures memory: recall, adding, importing, and what learning costs in calls to a chat model.

Recall is measured on two stores in turn, so that both meet the same machine: one user's memories
alone, and those of many users. A round opens a store anew, asks for one user for the first time
(nothing of that user is in the process yet), and then nine times more; every request is one that
the embedder has not seen. The embedder is loaded once, as in a running process, and files are in
the operating system's cache. All vectors are the real embedder's: the many users' memories are
drawn from the one user's, with ids of their own.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ... import __version__
from ...config import Settings
from ...memory import Context, Memory
from ...models.embedder import open_embedder
from ...models.types import Embedder
from .events import calls_per_event
from .report import Report, percentile

__all__ = ["measure_memory"]

_USER = "bench"
_WAYS = ("slow", "bright", "old", "quiet", "spicy", "long", "plain", "rare", "warm", "odd")
_KINDS = ("films", "soups", "novels", "hikes", "songs", "games", "towns", "jokes", "teas", "hats")
_PLACES = ("Norway", "Peru", "Kyoto", "Lagos", "Ghent", "Quito", "Oslo", "Turin", "Delhi", "Bonn")
_VERBS = ("likes", "collects", "dislikes", "writes about", "dreams of")
_ASKS = (
    "Can you suggest {way} {kind} for a friend who visits me on day {number}?",
    "Tell me about {kind} from {place}, I have {number} minutes.",
    "What should I do in {place} this weekend, with {number} euros?",
    "Write note {number} to my neighbour about {way} {kind}.",
)
_TOUCHES = 10


class _Size(NamedTuple):
    """A store to measure: who is in it, with how many memories each."""

    home: Path
    users: Sequence[str]
    memories: int


@dataclass(slots=True)
class _Times:
    """Milliseconds of the recalls at one size."""

    opening: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        return [*self.first, *self.warm]


def measure_memory(
    *,
    preferences: int,
    users: int,
    each: int,
    rounds: int,
    seed: int,
    embedder: Embedder | None = None,
) -> Report:
    """Fills two stores and measures them.

    Args:
        preferences: Memories of the one user.
        users: How many users the other store has.
        each: How many memories each of those has, at most `preferences`.
        rounds: Openings of each store; ten recalls follow each.
        seed: Of texts, users and requests.
        embedder: By default the one in the settings.

    Raises:
        ModelStoreError: The embedder is not installed.
    """

    def fresh() -> Embedder:
        return embedder if embedder is not None else open_embedder(Settings.load())

    rng = random.Random(seed)
    each = min(each, preferences)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        homes = [Path(place) / name for name in ("one", "copy", "many", "agent")]
        embeds = fresh()
        embeds.embed(["load"])
        adding = _add(homes[0], embeds, preferences, rng)
        with Memory(homes[0], embeds, read_only=True) as memory:
            lines = list(memory.export(_USER))
        importing = _import_seconds(homes[1], fresh(), lines)
        filling = _fill(homes[2], embeds, lines, rng, users=users, each=each)
        one = _Size(homes[0], (_USER,), preferences)
        many = _Size(homes[2], [_name(number) for number in range(users)], users * each)
        times = _measure_recall(embeds, (one, many), rounds, rng)
        calls = calls_per_event(homes[3])
    rows: list[dict[str, object]] = []
    for size, taken in zip((one, many), times, strict=True):
        rows += _recall_rows(size, taken)
    grown = adding[-100:]
    rows += [
        {"what": "add", "memories": preferences, **_spread_of(adding)},
        {"what": "add, the last hundred", "memories": preferences, **_spread_of(grown)},
        {"what": "import", "memories": preferences, "lines": len(lines), "seconds": importing},
        {"what": "fill", "memories": users * each, "seconds": filling},
        *({"what": "event", "kind": kind, "llm_calls": count} for kind, count in calls.items()),
    ]
    p50 = [percentile(taken.all, 0.50) for taken in times]
    return Report(
        command=(
            f"penchant bench memory --preferences {preferences} --users {users} --each {each}"
            f" --rounds {rounds} --seed {seed}"
        ),
        version=__version__,
        seed=seed,
        figures={
            "recall_p50_ms": p50[0],
            "recall_p95_ms": percentile(times[0].all, 0.95),
            "recall_scale_ratio": p50[1] / p50[0],
            "add_p50_ms": percentile(adding, 0.50),
            "import_per_s": preferences / importing,
            "llm_calls_per_event": float(max(calls.values())),
        },
        rows=rows,
    )


def _add(home: Path, embedder: Embedder, count: int, rng: random.Random) -> list[float]:
    """Adds distinct memories one by one; gives the milliseconds of each."""
    texts: dict[str, None] = {}
    while len(texts) < count:
        text = (
            f"{rng.choice(_VERBS)} {rng.choice(_WAYS)} {rng.choice(_KINDS)} "
            f"from {rng.choice(_PLACES)}"
        )
        texts[text if text not in texts else f"{text}, number {len(texts)}"] = None
    with Memory(home, embedder) as memory:
        return [_ms(lambda text=text: memory.add(_USER, text)) for text in texts]  # type: ignore[misc]


def _import_seconds(home: Path, embedder: Embedder, lines: Sequence[str]) -> float:
    """Imports a user's whole memory into an empty store, with an embedder that knows no text."""
    embedder.embed(["load"])
    with Memory(home, embedder) as memory:
        return _ms(lambda: memory.import_(_USER, lines)) / 1000


def _fill(
    home: Path,
    embedder: Embedder,
    lines: Sequence[str],
    rng: random.Random,
    *,
    users: int,
    each: int,
) -> float:
    """Gives each of many users memories of the one user, by import; takes so many seconds."""
    records = [json.loads(line) for line in lines]
    evidence = {record["id"]: record for record in records if record["kind"] == "evidence"}
    preferences = [record for record in records if record["kind"] == "preference"]
    began = time.perf_counter()
    with Memory(home, embedder) as memory:
        for number in range(users):
            chosen = rng.sample(preferences, each)
            memory.import_(_name(number), _copies(chosen, evidence, number))
    return time.perf_counter() - began


def _copies(
    preferences: Sequence[dict[str, object]],
    evidence: dict[str, dict[str, object]],
    number: int,
) -> Iterator[str]:
    """Lines that give a user copies of preferences with the events behind them."""
    events: dict[str, None] = {}
    for preference in preferences:
        behind = preference["evidence_ids"]
        assert isinstance(behind, list)
        events |= dict.fromkeys(behind)
    mine = {"user_id": _name(number)}
    for event in events:
        yield json.dumps({**evidence[event], **mine, "id": f"{event}-{number}"})
    for preference in preferences:
        behind = preference["evidence_ids"]
        assert isinstance(behind, list)
        ids = [f"{event}-{number}" for event in behind]
        copy = {"id": f"{preference['id']}-{number}", "evidence_ids": ids}
        yield json.dumps({**preference, **mine, **copy})


def _measure_recall(
    embedder: Embedder, sizes: Sequence[_Size], rounds: int, rng: random.Random
) -> list[_Times]:
    times = [_Times() for _ in sizes]
    asked = 0

    def recall(memory: Memory, user: str) -> float:
        nonlocal asked
        asked += 1
        request = rng.choice(_ASKS).format(
            way=rng.choice(_WAYS),
            kind=rng.choice(_KINDS),
            place=rng.choice(_PLACES),
            number=asked,
        )
        return _ms(lambda: memory.recall(user, Context(text=request)))

    for number in range(rounds + 1):
        for size, taken in zip(sizes, times, strict=True):
            began = time.perf_counter()
            with Memory(size.home, embedder) as memory:
                opening = (time.perf_counter() - began) * 1000
                user = rng.choice(size.users)
                first = recall(memory, user)
                warm = [recall(memory, user) for _ in range(_TOUCHES - 1)]
                others = rng.sample(size.users, min(_TOUCHES, len(size.users)))
                spread = [recall(memory, each) for each in others if each != user]
            # The first round imports what the process has not needed before.
            if number > 0:
                taken.opening.append(opening)
                taken.first.append(first)
                taken.warm += warm
                taken.spread += spread
    return times


def _recall_rows(size: _Size, taken: _Times) -> list[dict[str, object]]:
    about = {"users": len(size.users), "memories": size.memories}
    rows: list[dict[str, object]] = [
        {"what": "recall, first of a user", **about, **_spread_of(taken.first)},
        {"what": "recall, after it", **about, **_spread_of(taken.warm)},
        {"what": "recall, one in ten a first", **about, **_spread_of(taken.all)},
        {"what": "opening the store", **about, **_spread_of(taken.opening)},
    ]
    if taken.spread:
        told = "recall, each of another user"
        rows.insert(2, {"what": told, **about, **_spread_of(taken.spread)})
    return rows


def _spread_of(values: Sequence[float]) -> dict[str, object]:
    return {
        "p50_ms": percentile(values, 0.50),
        "p95_ms": percentile(values, 0.95),
        "count": len(values),
    }


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _name(number: int) -> str:
    return f"user{number}"
