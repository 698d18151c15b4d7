"""The personal reward model of each user, fitted to what memory holds of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ModelError
from ..memory.types import Preference
from .constraints import violations
from .rank import rank
from .reward import Posterior, TextFeatures, comparisons, fit_rows, stated
from .types import Candidate, Ranked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..memory import Memory
    from ..models.types import Embedder

__all__ = ["PersonalReward"]

_POSTERIORS = 256


class _Belief(NamedTuple):
    """A preference, as far as it can change without becoming another one."""

    preference_id: str
    strength: float
    confidence: float


class _Basis(NamedTuple):
    """All that a posterior depends on."""

    features: str
    evidence_ids: tuple[str, ...]
    beliefs: tuple[_Belief, ...]


class _Fitted(NamedTuple):
    basis: _Basis
    posterior: Posterior


class PersonalReward:
    """Posteriors of any number of users over one store of memories. Thread-safe.

    A posterior is a function of the user's comparisons and live preferences and of nothing else,
    so that undoing or erasing an event leaves the posterior as if it had never been. The
    features of each comparison are kept in memory's store, since embedding them is what costs.

    Args:
        memory: What is known of users.
        embedder: Embeds candidates.
    """

    def __init__(self, memory: Memory, embedder: Embedder) -> None:
        self.features = TextFeatures(embedder)
        self._memory = memory
        self._fitted: OrderedDict[str, _Fitted] = OrderedDict()
        self._caught_up: set[str] = set()
        self._lock = threading.RLock()

    def catch_up(self, user_id: str) -> None:
        """Turns events that are not comparisons yet into comparisons, ahead of the next ranking.

        While there is no embedder they wait; ranking takes them up once there is one.
        """
        with self._lock:
            self._caught_up.discard(user_id)
            # An event is kept and learned from either way, so that nothing fails here.
            with suppress(ModelError):
                self._catch_up(user_id)

    def _catch_up(self, user_id: str) -> None:
        with self._lock:
            known = set(self._memory.comparisons(user_id, self.features.id).evidence_ids)
            events = self._memory.evidence(user_id)
            missing = [c for c in comparisons(events) if c.evidence_id not in known]
            if missing:
                rows = self.features.compare(
                    [c.preferred for c in missing], [c.other for c in missing]
                )
                for comparison, row in zip(missing, rows, strict=True):
                    assert comparison.evidence_id is not None, "it came from stored evidence"
                    self._memory.add_comparison(
                        user_id,
                        comparison.evidence_id,
                        self.features.id,
                        row.astype("float32"),
                        comparison.weight,
                        target=comparison.target,
                        flip=comparison.flip,
                    )
            self._caught_up.add(user_id)

    def posterior(
        self,
        user_id: str,
        live: Sequence[Preference] | None = None,
        *,
        features: TextFeatures | None = None,
    ) -> Posterior:
        """What is known of a user's taste now.

        Args:
            user_id: Whose.
            live: Their live preferences, if at hand.
            features: These features with an app's own among them; by default without.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        chosen = self.features if features is None else features
        with self._lock:
            if user_id not in self._caught_up:
                # Events of a process that ended before it could describe them, or that had no
                # embedder to do so.
                self._catch_up(user_id)
            preferences = self._memory.get_all(user_id) if live is None else live
            data = self._memory.comparisons(user_id, self.features.id)
            beliefs = tuple(_Belief(p.id, p.strength, p.confidence) for p in preferences)
            basis = _Basis(chosen.id, data.evidence_ids, beliefs)
            fitted = self._fitted.get(user_id)
            if fitted is None or fitted.basis != basis:
                posterior = fit_rows(
                    chosen,
                    self._widened(data.vectors, chosen),
                    target=data.targets,
                    weight=data.weights,
                    flip=data.flips,
                    observed=stated(preferences, chosen.app_features),
                )
                fitted = _Fitted(basis, posterior)
                self._fitted[user_id] = fitted
            self._fitted.move_to_end(user_id)
            while len(self._fitted) > _POSTERIORS:
                self._fitted.popitem(last=False)
            return fitted.posterior

    def rank(self, user_id: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Orders candidates for a user, those that break a hard constraint last.

        Features of an app's own count as far as stored preferences name them.

        Raises:
            InputError: There are no candidates, or one has a feature that is not finite.
            EmbedderError: The embedder cannot be loaded or run.
        """
        live = self._memory.get_all(user_id)
        features = self._with_app_features(candidates)
        posterior = self.posterior(user_id, live, features=features)
        return rank(posterior, features, candidates, [p for p in live if p.hard])

    def unranked(self, user_id: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Candidates in the given order, those that break a hard constraint last.

        For when there is no embedder; every score is even.
        """
        rules = [p for p in self._memory.get_all(user_id) if p.hard]
        ranked = (
            Ranked(
                candidate=candidate,
                index=index,
                score=0.5,
                utility=0.0,
                sd=0.0,
                contributions={},
                violations=violations(candidate.text, rules),
            )
            for index, candidate in enumerate(candidates)
        )
        return tuple(sorted(ranked, key=lambda each: bool(each.violations)))

    def _with_app_features(self, candidates: Sequence[Candidate]) -> TextFeatures:
        names = sorted({name for candidate in candidates for name in candidate.features})
        return self.features.with_app_features(names) if names else self.features

    def _widened(self, vectors: NDArray[np.float32], features: TextFeatures) -> NDArray[np.float64]:
        """Stored differences with a column of zeros for each app feature."""
        import numpy as np

        rows = vectors.astype(np.float64).reshape(-1, self.features.dimension)
        own = len(self.features.attributes)
        zeros = np.zeros((len(rows), len(features.app_features)))
        return np.hstack([rows[:, :own], zeros, rows[:, own:]])
