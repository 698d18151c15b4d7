"""The personal reward model of each user, fitted to what memory holds of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError, ModelError
from ..memory.types import Preference
from .constraints import violations
from .rank import rank
from .reward import Axis, Posterior, TextFeatures, comparisons, fit_rows, stated
from .types import Candidate, Ranked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..memory import Memory
    from ..models.types import Embedder

__all__ = ["PersonalReward"]

_POSTERIORS = 256
# Half of a comparison's weight is left after 34 sessions.
_RETENTION = 0.98


class _Belief(NamedTuple):
    """A preference, as far as it can change without becoming another one."""

    preference_id: str
    strength: float
    confidence: float


class _Basis(NamedTuple):
    """All that a posterior depends on."""

    features: str
    evidence_ids: tuple[str, ...]
    ages: tuple[int, ...]
    beliefs: tuple[_Belief, ...]

    def begins(self, other: _Basis) -> bool:
        """Whether another basis is this one with later comparisons, of any age."""
        count = len(self.evidence_ids)
        return (
            self.features == other.features
            and self.evidence_ids == other.evidence_ids[:count]
            and len(self.beliefs) == len(other.beliefs)
        )


class _Fitted(NamedTuple):
    basis: _Basis
    posterior: Posterior


class PersonalReward:
    """Posteriors of any number of users over one store of memories. Thread-safe.

    A posterior is a function of the user's comparisons and live preferences and of nothing else,
    so that undoing or erasing an event leaves the posterior as if it had never been. The
    features of each comparison are kept in memory's store, since embedding them is what costs.

    Tastes drift: a comparison counts less by a constant factor for every session with comparisons
    since, so that what is not confirmed returns to the prior. Stored preferences have
    a history of their own and keep their weight.

    Args:
        memory: What is known of users.
        embedder: Embeds candidates.
        retention: What is left of a comparison's weight a session later, in (0, 1].
        feature_fns: An app's own measures of a text, by name.
        more_axes: Contrast axes of an app's own.

    Raises:
        InputError: `retention` is out of its range, or a name cannot be used.
    """

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder,
        *,
        retention: float = _RETENTION,
        feature_fns: Mapping[str, Callable[[str], float]] | None = None,
        more_axes: Sequence[Axis] = (),
    ) -> None:
        if not 0.0 < retention <= 1.0:
            raise InputError(f"retention is {retention!r}; it must be above 0 and at most 1")
        self.features = TextFeatures(embedder, feature_fns=feature_fns, more_axes=more_axes)
        self._memory = memory
        self._retention = retention
        self._fitted: OrderedDict[str, _Fitted] = OrderedDict()
        self._caught_up: OrderedDict[str, Mapping[str, str | None]] = OrderedDict()
        self._lock = threading.RLock()

    def catch_up(self, user_id: str) -> None:
        """Turns events that are not comparisons yet into comparisons, ahead of the next ranking.

        While there is no embedder they wait; ranking takes them up once there is one.
        """
        with self._lock:
            self._caught_up.pop(user_id, None)
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
            self._caught_up[user_id] = {event.id: event.session_id for event in events}
            while len(self._caught_up) > _POSTERIORS:
                self._caught_up.popitem(last=False)

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
        import numpy as np

        chosen = self.features if features is None else features
        with self._lock:
            if user_id not in self._caught_up:
                # Events of a process that ended before it could describe them, or that had no
                # embedder to do so.
                self._catch_up(user_id)
            preferences = self._memory.get_all(user_id) if live is None else live
            data = self._memory.comparisons(user_id, self.features.id)
            beliefs = tuple(_Belief(p.id, p.strength, p.confidence) for p in preferences)
            ages = _ages(data.evidence_ids, self._caught_up[user_id])
            basis = _Basis(chosen.id, data.evidence_ids, ages, beliefs)
            fitted = self._fitted.get(user_id)
            if fitted is None or fitted.basis != basis:
                # With flip rates there can be several modes: only a fit from the prior finds the
                # same one whatever was known before.
                warm = fitted is not None and not data.flips.any() and fitted.basis.begins(basis)
                posterior = fit_rows(
                    chosen,
                    self._widened(data.vectors, chosen),
                    target=data.targets,
                    weight=data.weights * self._retention ** np.array(ages, dtype=np.float64),
                    flip=data.flips,
                    observed=stated(preferences, chosen.app_features),
                    start=fitted.posterior if fitted is not None and warm else None,
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


def _ages(evidence_ids: Sequence[str], sessions: Mapping[str, str | None]) -> tuple[int, ...]:
    """How many sessions with comparisons have begun since each comparison's own.

    Only the comparisons themselves count, so that an erased session leaves no trace in the ages of
    others. Events that belong to no session belong to the one before.

    Args:
        evidence_ids: The event of each comparison, oldest first.
        sessions: The session of each event.
    """
    order: dict[str, int] = {}
    places, at = [], 0
    for evidence_id in evidence_ids:
        session = sessions.get(evidence_id)
        if session is not None:
            at = order.setdefault(session, len(order))
        places.append(at)
    return tuple(max(places, default=0) - place for place in places)
