"""Measures asking: scoring questions by the thousand, and choosing the next one in a chat turn.

Scores are of pairs on the reward model's own posterior, from rows of features: means, deviations
and acquisition together. The chat turns are an agent's, with memory, the real embedder and the
reward model; what counts is the step that decides, without the chat model's time.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ... import __version__
from ...agent import Agent, Workspace
from ...agent.types import Reply
from ...config import Settings
from ...memory.types import PreferenceDraft, Statement
from ...models import FunctionChatModel
from ...models.hash_embedder import HashEmbedder
from ...models.types import Embedder
from ...policies.elicit.acquisition import expected_best, pair_information
from ...policies.elicit.designer import Designer
from ...policies.elicit.factors import Factors
from ...policies.reward import Posterior, TextFeatures, fit_rows
from ...policies.reward.threads import one_thread
from .events import answer_anything
from .report import Report, percentile

__all__ = ["measure_elicit"]

_PAIRS = 1000
_ATTRIBUTES = 200
_COMPARISONS = 200
_ITEMS = 60
_FACTORS = 8
_PREFERENCES = 20
_USER = "bench"
_REQUESTS = (
    "Any ideas for dinner {when}?",
    "Help me plan a trip {when}.",
    "What should I read {when}?",
    "Recommend a film for {when}.",
    "I need a present for my brother {when}.",
    "Suggest some exercise I could do {when}.",
)
_WHENS = ("tonight", "tomorrow", "on Friday", "next week", "in May", "this weekend", "soon")
_TASTES = ("likes {way} {kind}", "dislikes {way} {kind}", "collects {way} {kind}")
_KINDS = ("films", "soups", "novels", "hikes", "songs", "games", "towns", "jokes", "teas", "hats")
_WAYS = ("slow", "bright", "old", "quiet", "long", "plain", "rare", "warm", "odd", "Peruvian")


def measure_elicit(*, rounds: int = 30, seed: int = 0, embedder: Embedder | None = None) -> Report:
    """Times scoring and choosing.

    Args:
        rounds: How often each is timed; figures are medians.
        seed: Of features, tastes and requests.
        embedder: Of the chat turns; by default the one in the settings.

    Raises:
        ModelStoreError: The embedder is not installed.
    """
    rows: list[dict[str, object]] = []

    def timed(what: str, action: Callable[[], object]) -> float:
        action()
        took = []
        for _ in range(rounds):
            before = time.perf_counter()
            action()
            took.append(1000.0 * (time.perf_counter() - before))
        rows.append({"what": what, **_spread(took)})
        return statistics.median(took)

    figures = _scores(timed, seed)
    _designed(timed, seed)
    chosen = _turns(rounds, seed, embedder)
    for kind, took in chosen.items():
        rows.append({"what": f"decide, then {kind}", "turns": len(took), **_spread(took)})
    figures["next_question_ms"] = statistics.median([ms for each in chosen.values() for ms in each])
    return Report(
        command=f"penchant bench elicit --rounds {rounds} --seed {seed}",
        version=__version__,
        seed=seed,
        figures=figures,
        rows=rows,
    )


def _scores(timed: Callable[[str, Callable[[], object]], float], seed: int) -> dict[str, float]:
    """A thousand pairs at 200 attributes, with 200 comparisons behind the posterior."""
    import numpy as np

    rng = np.random.default_rng(seed)
    # In 32 bits, as for ranking thousands: questions differ by more than the sixth digit.
    posterior = _posterior(seed).single()
    width = len(posterior.mean)
    first, second = rng.normal(size=(2, _PAIRS, width)).astype(np.float32)

    def eig() -> object:
        with one_thread():
            found = posterior.utility(first - second)
        return pair_information(found.mean, found.sd)

    def eubo() -> object:
        with one_thread():
            found = posterior.utility(first - second)
        return expected_best(second @ posterior.mean, found.mean, found.sd)

    return {
        "eig1000_ms": timed(f"EIG of {_PAIRS} pairs, {width} columns", eig),
        "eubo1000_ms": timed(f"EUBO of {_PAIRS} pairs, {width} columns", eubo),
    }


def _posterior(seed: int) -> Posterior:
    import numpy as np

    rng = np.random.default_rng(seed)
    names = [f"attribute {place}" for place in range(_ATTRIBUTES)]
    features = TextFeatures(HashEmbedder(2), names)
    taste = rng.normal(size=features.dimension)
    rows = rng.normal(size=(_COMPARISONS, features.dimension))
    rows *= np.sign(rows @ taste + rng.logistic(size=len(rows)))[:, None]
    return fit_rows(features, rows)


def _designed(timed: Callable[[str, Callable[[], object]], float], seed: int) -> None:
    """A question about items, of all forms, on the same posterior."""
    import numpy as np

    rng = np.random.default_rng(seed)
    posterior = _posterior(seed)
    items = rng.normal(size=(_ITEMS, len(posterior.mean)))
    factors = Factors.of(
        [f"factor {place}" for place in range(_FACTORS)],
        list(rng.normal(size=(_FACTORS, 3, len(posterior.mean)))),
    )
    timed(f"the best pair and slate of {_ITEMS} items", lambda: Designer().weigh(posterior, items))
    timed(
        "the best designed slate, and every other form",
        lambda: Designer(factors=factors).weigh(
            posterior, items, forms=("pair", "slate", "value", "rating", "edge", "open")
        ),
    )


def _turns(rounds: int, seed: int, embedder: Embedder | None) -> dict[str, list[float]]:
    """Milliseconds of the deciding step, by what it decided."""
    rng = random.Random(seed)
    found: dict[str, list[float]] = {"ask": [], "answer": []}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        settings = Settings.load(home=Path(home))
        chat = FunctionChatModel(fn=answer_anything)
        workspace = Workspace(settings, chat=chat, embedder=embedder)
        try:
            for number in range(rounds + 1):
                user = f"{_USER}-{number}"
                _fill(workspace, user, rng)
                # Each request is somebody else's, who was asked nothing yet.
                with Agent(user, workspace=workspace) as agent:
                    agent.load()
                    request = rng.choice(_REQUESTS).format(when=rng.choice(_WHENS))
                    reply = agent.send(request)
                    took = [(reply.question is not None, _deciding(reply))]
                    while reply.question is not None:
                        reply = agent.answer(reply.question, 0)
                        took.append((reply.question is not None, _deciding(reply)))
                # The first request finds nothing loaded.
                for asks, milliseconds in took if number else []:
                    found["ask" if asks else "answer"].append(milliseconds)
        finally:
            workspace.close()
    return {kind: took for kind, took in found.items() if took}


def _fill(workspace: Workspace, user: str, rng: random.Random) -> None:
    texts = dict.fromkeys(
        rng.choice(_TASTES).format(way=rng.choice(_WAYS), kind=rng.choice(_KINDS))
        for _ in range(_PREFERENCES)
    )
    for text in texts:
        workspace.memory.learn(user, Statement(text=text), [PreferenceDraft(description=text)])


def _deciding(reply: Reply) -> float:
    """What the last decision of a turn took, but for the chat model."""
    last = [step for step in reply.trace.steps if step.node == "decide"][-1]
    return last.milliseconds - last.llm_milliseconds


def _spread(took: list[float]) -> dict[str, float]:
    return {"median_ms": statistics.median(took), "p95_ms": percentile(took, 0.95)}
