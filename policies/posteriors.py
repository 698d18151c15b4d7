"""Each user's posterior: fitted to what memory holds of them, kept, and brought back."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError
from ..memory.types import Context, KeptPosterior, Preference
from .heard import Heard
from .ledger import Ledger, Told
from .priors import Priors
from .reward import Posterior, Stated, TextFeatures
from .reward.keeping import EXACT, Kept, keep, rebuilt, summary
from .reward.learning import Compared, Learned, SourceRates, fit_compared, learn_rates, rates_window
from .reward.sources import Reliability, Sources, trusting
from .scoping import applying

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..memory import Memory
    from ..models.types import Embedder

    Floats = NDArray[np.float64]

__all__ = ["Acts", "Known", "Posteriors"]

_POSTERIORS = 256
_LOCKS = 64


class Known(NamedTuple):
    """A posterior with all that it rests on.

    Attributes:
        posterior: The posterior.
        compared: The comparisons, in the order of its rows.
        observed: What preferences and reasons say of attributes, in the order of its rows after
            them; `source_id` is the preference or the event.
        rates: The learned flip rate of each source.
        trust: What the others' vote leaves of each comparison's weight, shape `(n,)`.
    """

    posterior: Posterior
    compared: Compared
    observed: tuple[Stated, ...]
    rates: Mapping[str, float]
    trust: Floats


class Acts(NamedTuple):
    """What a user's acts alone say, without what is stored of them.

    Attributes:
        compared: The comparisons.
        reasons: What reasons say of attributes.
        learned: The posterior that rests on these.
    """

    compared: Compared
    reasons: tuple[Stated, ...]
    learned: Learned


class _Fitted(NamedTuple):
    """A fitted posterior, with what tells whether it still holds.

    `compared` is None where only a summary of the posterior is at hand.
    """

    revision: int | None
    beliefs: str
    basis: str
    learned: Learned
    compared: Compared | None
    observed: tuple[Stated, ...]

    @property
    def exact(self) -> bool:
        return self.compared is not None


class _Place(NamedTuple):
    """Whose posterior it is, about which features, and what holds for the occasion only."""

    user_id: str
    feature_set: str
    occasional: frozenset[str]


class Posteriors:
    """Posteriors of any number of users over one store of memories. Thread-safe.

    A posterior is a function of the user's events and live preferences and of nothing else, so
    that undoing or erasing an event leaves the posterior as if it had never been: fits begin at
    the prior, take the evidence in the order of the events, and give the same to the last bit
    whatever was asked before. The features of each comparison are kept in memory's store, since
    embedding them is what costs, and so are fitted posteriors: at first sight of a user theirs is
    brought back (`reward/keeping.py`) unless something has changed since.

    Args:
        memory: What is known of users.
        embedder: Embeds contexts.
        features: Describe candidates.
        ledger: Keeps comparisons in line with events.
        priors: What holds of people at large.
        retention: What is left of a comparison's weight a session later, in (0, 1].
        sources: How far kinds of evidence are to be trusted before it is learned.
    """

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder,
        *,
        features: TextFeatures,
        ledger: Ledger,
        priors: Priors,
        retention: float,
        sources: Mapping[str, Reliability | float],
    ) -> None:
        self.features = features
        self._memory = memory
        self._embedder = embedder
        self._ledger = ledger
        self._priors = priors
        self._retention = retention
        self.heard = Heard(features, retention)
        self._stated_sources = dict(sources)
        self._fitted: OrderedDict[_Place, _Fitted] = OrderedDict()
        self._rates: OrderedDict[str, SourceRates] = OrderedDict()
        self._lock = threading.Lock()
        self._users = tuple(threading.RLock() for _ in range(_LOCKS))

    def catch_up(self, user_id: str) -> None:
        """Turns events that are not comparisons yet into comparisons.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        with self._user(user_id):
            self._told(user_id)

    def known(
        self,
        user_id: str,
        live: Sequence[Preference] | None = None,
        *,
        features: TextFeatures | None = None,
        context: Context | str | None = None,
        exact: bool = True,
    ) -> Known:
        """A user's posterior with the evidence that it rests on.

        Args:
            user_id: Whose.
            live: Their live preferences, if at hand.
            features: These features with an app's own among them; by default without.
            context: What the user is doing.
            exact: Of a user with more than 256 comparisons a summary may be kept, whose deviations
                are a little too large; without `exact` it serves until something new is learned
                of them.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        chosen = self.features if features is None else features
        with self._user(user_id):
            fitted = self._current(user_id, live, chosen, context, exact=exact)
            compared = self._kept_rows(user_id) if fitted.compared is None else fitted.compared
            if len(compared) != fitted.learned.posterior.comparisons:
                # Another process learned something in between.
                fitted = self._current(user_id, live, chosen, context, exact=True)
                compared = fitted.compared or compared
        return Known(
            posterior=self._priors.routed(fitted.learned.posterior, chosen, context),
            compared=compared,
            observed=fitted.observed,
            rates=fitted.learned.rates,
            trust=fitted.learned.trust,
        )

    def acts(self, user_id: str) -> Acts | None:
        """What a user's acts alone say; None if they compared nothing yet.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        with self._user(user_id):
            told = self._told(user_id)
        compared = self.heard.compared(told, self.features)
        if not len(compared):
            return None
        reasons = self.heard.reasons(told, self.features)
        return Acts(compared, reasons, self._fit(compared, reasons, self.features))

    def at(self, user_id: str, moment: datetime) -> Known:
        """What was known of a user at an earlier moment, as far as it rests on what is still kept.

        Args:
            user_id: Whose.
            moment: With time zone.

        Raises:
            InputError: The moment has no time zone.
            EmbedderError: The embedder cannot be loaded or run.
        """
        held = self._memory.get_all(user_id, as_of=moment)
        told = self._ledger.until(user_id, moment)
        compared = self.heard.compared(told, self.features)
        preferences = applying(held, None, self._embedder)
        observed = self.heard.observed(told, compared, preferences, self.features)
        learned = self._fit(compared, observed, self.features)
        return Known(
            posterior=learned.posterior,
            compared=compared,
            observed=observed,
            rates=learned.rates,
            trust=learned.trust,
        )

    @cached_property
    def _sources(self) -> Sources:
        """What is believed of each source: what was stated, then what came with the prior."""
        return trusting({**self._priors.sources, **self._stated_sources})

    @cached_property
    def _settings(self) -> str:
        """Names everything that is the same for all users and that a posterior rests on."""
        trust = repr(sorted(self._sources.items()))
        return _digest(self._priors.id, repr(self._retention), trust)

    def _current(
        self,
        user_id: str,
        live: Sequence[Preference] | None,
        chosen: TextFeatures,
        context: Context | str | None,
        *,
        exact: bool,
    ) -> _Fitted:
        """A user's posterior now: the one at hand, the one that is kept, or a new fit."""
        with self._user(user_id):
            kept = self._memory.posterior(user_id, self.features.id)
            given = self._memory.get_all(user_id) if live is None else live
            preferences = applying(given, context, self._embedder)
            occasional = frozenset(each.id for each in preferences if each.scope)
            beliefs = self._beliefs(preferences)
            place = _Place(user_id, chosen.id, occasional)
            with self._lock:
                found = self._fitted.get(place)
            now = kept.current
            if found is None or (found.revision, found.beliefs) != (now, beliefs):
                brought = None
                if chosen.id == self.features.id and found is None:
                    brought = self._brought_back(user_id, kept, beliefs)
                found = brought or self._refitted(user_id, now, preferences, chosen, found)
            if exact and not found.exact:
                found = self._refitted(user_id, now, preferences, chosen, None)
            with self._lock:
                self._fitted[place] = found
                self._fitted.move_to_end(place)
                while len(self._fitted) > _POSTERIORS:
                    self._fitted.popitem(last=False)
            return found

    def _refitted(
        self,
        user_id: str,
        revision: int | None,
        preferences: Sequence[Preference],
        chosen: TextFeatures,
        before: _Fitted | None,
    ) -> _Fitted:
        """A fit to all evidence, or the one before if it was to the same."""
        told = self._ledger.told(user_id, revision)
        compared = self.heard.compared(told, chosen)
        observed = self.heard.observed(told, compared, preferences, chosen)
        beliefs = self._beliefs(preferences)
        basis = _digest(chosen.id, self._settings, _labels(compared), repr(observed))
        if before is not None and before.basis == basis and before.exact:
            return before._replace(revision=revision, beliefs=beliefs)
        learned = self._fit(compared, observed, chosen)
        fitted = _Fitted(revision, beliefs, basis, learned, compared, observed)
        nothing = not len(compared) and not observed
        occasional = any(each.scope for each in preferences)
        keeps = chosen.id == self.features.id and not occasional and not self._memory.read_only
        if keeps and revision is not None and not nothing:
            self._memory.keep_posterior(
                user_id,
                chosen.id,
                revision=revision,
                basis=beliefs,
                data=keep(learned, observed),
            )
        return fitted

    def _brought_back(self, user_id: str, kept: KeptPosterior, beliefs: str) -> _Fitted | None:
        """The posterior that is kept of a user, if nothing has changed since."""
        if kept.revision is None or kept.revision != kept.current or kept.basis != beliefs:
            return None
        # What another version wrote, or a damaged row, is fitted again.
        with suppress(InputError):
            found = Kept.read(kept.data)
            if len(found.weight) > EXACT:
                if self._priors.personal:
                    return None
                posterior = summary(self.features, found, prior=self._priors.of(self.features))
                learned = Learned(
                    posterior=posterior,
                    rates=found.rates,
                    trust=found.trust,
                    weight=found.weight,
                )
                return _Fitted(kept.revision, beliefs, "", learned, None, found.observed)
            compared = self._kept_rows(user_id)
            prior = self._priors.of(self.features, compared)
            learned = rebuilt(self.features, compared, found, prior=prior)
            return _Fitted(kept.revision, beliefs, "", learned, compared, found.observed)
        return None

    def _kept_rows(self, user_id: str) -> Compared:
        """The comparisons of a user with whose events they are in line; weights without age."""
        import numpy as np

        rows = self._memory.comparisons(user_id, self.features.id)
        return Compared(
            differences=rows.vectors.astype(np.float64).reshape(-1, self.features.dimension),
            target=rows.targets,
            weight=rows.weights,
            flip=rows.flips,
            sources=rows.sources,
            evidence_ids=rows.evidence_ids,
        )

    def _fit(
        self,
        compared: Compared,
        observed: Sequence[Stated],
        chosen: TextFeatures,
    ) -> Learned:
        prior = self._priors.of(chosen, compared)
        window = compared.part(rates_window(len(compared)))
        basis = _digest(chosen.id, self._settings, _labels(window), repr(observed))
        with self._lock:
            rates = self._rates.get(basis)
        if rates is None:
            rates = learn_rates(chosen, compared, observed, prior=prior, sources=self._sources)
        with self._lock:
            self._rates[basis] = rates
            self._rates.move_to_end(basis)
            while len(self._rates) > 2 * _POSTERIORS:
                self._rates.popitem(last=False)
        return fit_compared(
            chosen, compared, observed, prior=prior, sources=self._sources, rates=rates
        )

    def _beliefs(self, preferences: Sequence[Preference]) -> str:
        """Names everything but the user's events that a posterior rests on."""
        told = [(p.id, p.strength, p.confidence) for p in preferences]
        return _digest(self._settings, repr(told))

    def _user(self, user_id: str) -> threading.RLock:
        """Held while one user's posterior is looked up or fitted."""
        return self._users[hash(user_id) % _LOCKS]

    def _told(self, user_id: str) -> Told:
        revision = self._memory.posterior(user_id, self.features.id).current
        return self._ledger.told(user_id, revision)


def _labels(compared: Compared) -> str:
    """Names comparisons; what an event says of two texts never changes, its weight does."""
    numbers = (compared.target, compared.weight, compared.flip)
    told = (repr(compared.evidence_ids), repr(compared.sources))
    return _digest(*told, *(each.tobytes().hex() for each in numbers))


def _digest(*parts: str) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(f"{len(part)} {part}".encode())
    return digest.hexdigest()
