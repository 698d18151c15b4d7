"""The personal reward model of each user, fitted to what memory holds of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from ..errors import InputError, ModelError
from ..memory.types import Context, KeptPosterior, Preference
from .catalogue import Catalogue, Selection, Where
from .constraints import violations
from .explaining import Explainer
from .ledger import Ledger, Told
from .priors import Priors
from .rank import rank, unjudged
from .reward import Axis, Population, Posterior, Prior, Stated, TextFeatures, comparisons, stated
from .reward.cycles import Cycle, cycles
from .reward.keeping import EXACT, Kept, keep, rebuilt, summary
from .reward.learning import Compared, Learned, fit_compared, learn_rates, rates_window
from .reward.reasons import reasons_observed
from .reward.sources import Reliability, Sources, trusting
from .reward.stated import not_counted
from .reward.surface import surface
from .reward.verbalise import Suggestion, verbalised
from .scoping import applying, rules_for
from .slates import Slate, offer
from .types import Candidate, Ranked

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ..memory import Memory
    from ..models.types import Embedder
    from .reward.saved import SavedPrior

    Floats = NDArray[np.float64]

__all__ = ["Known", "PersonalReward"]

_POSTERIORS = 256
_LOCKS = 64
# Half of a comparison's weight is left after 34 sessions.
_RETENTION = 0.98


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


class PersonalReward:
    """Posteriors of any number of users over one store of memories. Thread-safe.

    A posterior is a function of the user's events and live preferences and of nothing else, so
    that undoing or erasing an event leaves the posterior as if it had never been: fits begin at
    the prior, take the evidence in the order of the events, and give the same to the last bit
    whatever was asked before. The features of each comparison are kept in memory's store, since
    embedding them is what costs, and so are fitted posteriors: at first sight of a user theirs is
    brought back (`reward/keeping.py`) unless something has changed since.

    Tastes drift: comparisons and reasons count less by a constant factor for every session with
    such events since, so that what is not confirmed returns to the prior. Stored preferences have
    a history of their own and keep their weight; those that were inferred from events which count
    as comparisons or reasons are passed over, so that each event counts once. What was said for an
    occasion ("work emails") counts where the context is that occasion, and nowhere else.

    Args:
        memory: What is known of users.
        embedder: Embeds candidates.
        retention: What is left of a comparison's weight a session later, in (0, 1].
        feature_fns: An app's own measures of a text, by name.
        more_axes: Contrast axes of an app's own.
        prior: What holds of people at large: a population over the columns of `features`, or what
            `penchant reward fit` saved, or the file in which it did, which is read when it is first
            needed; by default the features' own prior.
        sources: How far kinds of evidence are to be trusted before it is learned
            (`reward/sources.py`), in the place of the built-in beliefs or beside them; a number is
            a flip rate.
        features: Features of the app's making, in the place of `feature_fns` and `more_axes`.

    Raises:
        InputError: `retention` or a source's rate is out of its range, a name cannot be used, or
            the prior is one for other features.
    """

    def __init__(
        self,
        memory: Memory,
        embedder: Embedder,
        *,
        retention: float = _RETENTION,
        feature_fns: Mapping[str, Callable[[str], float]] | None = None,
        more_axes: Sequence[Axis] = (),
        prior: SavedPrior | Population | Prior | Path | None = None,
        sources: Mapping[str, Reliability | float] | None = None,
        features: TextFeatures | None = None,
    ) -> None:
        if not 0.0 < retention <= 1.0:
            raise InputError(f"retention is {retention!r}; it must be above 0 and at most 1")
        self.features = (
            TextFeatures(embedder, feature_fns=feature_fns, more_axes=more_axes)
            if features is None
            else features
        )
        self._memory = memory
        self._embedder = embedder
        self._retention = retention
        self._priors = Priors(self.features, prior)
        self._stated_sources = dict(sources or {})
        trusting(self._stated_sources)
        self._ledger = Ledger(memory, self.features)
        self._explainer = Explainer(memory)
        self._fitted: OrderedDict[_Place, _Fitted] = OrderedDict()
        self._rates: OrderedDict[str, Mapping[str, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._users = tuple(threading.RLock() for _ in range(_LOCKS))

    def catch_up(self, user_id: str) -> None:
        """Turns events that are not comparisons yet into comparisons, ahead of the next ranking.

        While there is no embedder they wait; ranking takes them up once there is one.
        """
        # An event is kept and learned from either way, so that nothing fails here.
        with suppress(ModelError), self._user(user_id):
            revision = self._memory.posterior(user_id, self.features.id).current
            self._ledger.told(user_id, revision)

    def posterior(
        self,
        user_id: str,
        live: Sequence[Preference] | None = None,
        *,
        features: TextFeatures | None = None,
        context: Context | str | None = None,
    ) -> Posterior:
        """What is known of a user's taste now.

        Args:
            user_id: Whose.
            live: Their live preferences, if at hand.
            features: These features with an app's own among them; by default without.
            context: What the user is doing. Preferences that were stated for an occasion count if
                it is this, and a prior of several prototypes tells which of them it calls for.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        return self.known(user_id, live, features=features, context=context).posterior

    def known(
        self,
        user_id: str,
        live: Sequence[Preference] | None = None,
        *,
        features: TextFeatures | None = None,
        context: Context | str | None = None,
        exact: bool = True,
    ) -> Known:
        """A user's posterior with the evidence that it rests on; arguments as for `posterior`.

        Of a user with more than 256 comparisons a summary may be kept, whose deviations are a
        little too large; without `exact` it serves until something new is learned of them.
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
            posterior=self._routed(fitted.learned.posterior, chosen, context),
            compared=compared,
            observed=fitted.observed,
            rates=fitted.learned.rates,
            trust=fitted.learned.trust,
        )

    def verbalised(
        self, user_id: str, live: Sequence[Preference] | None = None
    ) -> tuple[Suggestion, ...]:
        """What a user's choices show of their taste and nothing says yet, as proposals for memory.

        Attributes whose weight is more than 1.5 standard deviations from 0 by what the user did
        alone. Those that a live preference speaks of already are left out.

        Args:
            user_id: Whose.
            live: Their live preferences, if at hand.

        Raises:
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        preferences = self._memory.get_all(user_id) if live is None else live
        with self._user(user_id):
            revision = self._memory.posterior(user_id, self.features.id).current
            told = self._ledger.told(user_id, revision)
        reasons = self._reasons(told, self.features)
        compared = self._compared(told, self.features)
        if not len(compared):
            return ()
        learned = self._fit(compared, reasons, self.features)
        posterior = learned.posterior
        named = len(self.features.attributes)
        alpha = sum(each.share * each.alpha for each in posterior.components)
        columns = [self.features.attributes.index(each.attribute) for each in reasons]
        rows = np.vstack([compared.differences, np.eye(named, self.features.dimension)[columns]])
        effects = np.asarray(alpha)[:, None] * posterior.prior.spread(rows)[:, :named]
        events = (*compared.evidence_ids, *(each.source_id for each in reasons))
        spoken = {each.attribute for each in self._stated(preferences, self.features)}
        return verbalised(posterior, self.features, events, effects, known=spoken)

    def rank(
        self,
        user_id: str,
        candidates: Sequence[Candidate],
        *,
        context: Context | str | None = None,
        explore: bool = False,
        seed: int | None = None,
    ) -> tuple[Ranked, ...]:
        """Orders candidates for a user, those that break a hard constraint last.

        Features of an app's own count as far as stored preferences name them. Each candidate tells
        which memories moved it.

        Args:
            user_id: Whose.
            candidates: What to order.
            context: What the candidates are for.
            explore: Order by draws from the posterior rather than by its mean.
            seed: Of those draws; None takes fresh ones.

        Raises:
            InputError: There are no candidates, or one has a feature that is not finite.
            EmbedderError: The embedder cannot be loaded or run.
        """
        live = self._memory.get_all(user_id)
        features = self._with_app_features(candidates)
        known = self.known(user_id, live, features=features, context=context, exact=False)
        return rank(
            known.posterior,
            features,
            candidates,
            rules_for(live, context),
            explain=self._explainer.explain(user_id, known, live),
            explore=explore,
            seed=seed,
        )

    def select(
        self,
        user_id: str,
        catalogue: Catalogue,
        *,
        steer: str | None = None,
        where: Sequence[Where | str] = (),
        limit: int | None = None,
        context: Context | str | None = None,
        explore: bool = False,
        seed: int | None = None,
    ) -> Selection:
        """The items of a catalogue that a user would like best; arguments as for its `rank`.

        Args:
            user_id: Whose.
            catalogue: Described by these `features`.
            steer: What to go towards or away from just now.
            where: Conditions on features.
            limit: How many to return; by default all.
            context: What the items are for.
            explore: Order by draws from the posterior rather than by its mean.
            seed: Of those draws; None takes fresh ones.

        Raises:
            InputError: The catalogue is described by other features, or an argument is malformed.
            EmbedderError: The embedder cannot be loaded or run.
        """
        live = self._memory.get_all(user_id)
        known = self.known(user_id, live, features=catalogue.features, context=context, exact=False)
        return catalogue.rank(
            known.posterior,
            rules_for(live, context),
            steer=steer,
            where=where,
            limit=limit,
            explain=self._explainer.explain(user_id, known, live),
            explore=explore,
            seed=seed,
        )

    def offer(
        self,
        user_id: str,
        candidates: Sequence[Candidate],
        *,
        size: int = 3,
        context: Context | str | None = None,
        explore: bool = False,
        seed: int = 0,
    ) -> Slate:
        """Chooses what to show a user side by side; arguments as for `offer` of `slates.py`."""
        live = self._memory.get_all(user_id)
        features = self._with_app_features(candidates)
        known = self.known(user_id, live, features=features, context=context)
        rules = rules_for(live, context)
        return offer(
            known.posterior, features, candidates, rules, size=size, explore=explore, seed=seed
        )

    def cycles(self, user_id: str) -> tuple[Cycle, ...]:
        """Where a user's choices go in circles, the shortest first."""
        events = [
            event
            for kind in ("choice", "edit", "rating", "reaction")
            for event in self._memory.evidence(user_id, kind=kind)
        ]
        return cycles(comparisons(sorted(events, key=lambda each: (each.created_at, each.id))))

    def unranked(self, user_id: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Candidates in the given order, those that break a hard constraint last.

        For when there is no embedder; every score is even.
        """
        rules = [p for p in self._memory.get_all(user_id) if p.hard]
        unchecked = unjudged(rules)
        ranked = (
            Ranked(
                candidate=candidate,
                index=index,
                score=0.5,
                utility=0.0,
                sd=0.0,
                contributions={},
                violations=violations(candidate.text, rules),
                unchecked=unchecked,
            )
            for index, candidate in enumerate(candidates)
        )
        return tuple(sorted(ranked, key=lambda each: bool(each.violations)))

    # Fitting

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
        compared = self._compared(told, chosen)
        reasons = self._reasons(told, chosen)
        counted = frozenset((*compared.evidence_ids, *(each.source_id for each in reasons)))
        stored = self._stated(not_counted(preferences, counted), chosen)
        observed = (*reasons, *sorted(stored, key=lambda each: (each.source_id, each.attribute)))
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

    def _compared(self, told: Told, chosen: TextFeatures) -> Compared:
        """What a user's events compare, in the columns of some features."""
        import numpy as np

        rows = told.rows.vectors.astype(np.float64).reshape(-1, self.features.dimension)
        return told.compared(self._retention, chosen.adopt(rows, self.features))

    def _reasons(self, told: Told, chosen: TextFeatures) -> tuple[Stated, ...]:
        """What a user's reasons say of attributes, the less sure the older they are."""
        return tuple(
            said._replace(sd=said.sd * self._retention ** (-0.5 * age))
            for reason, age in zip(told.reasons, told.reason_ages, strict=True)
            for said in reasons_observed([reason], chosen)
        )

    def _stated(
        self, preferences: Sequence[Preference], chosen: TextFeatures
    ) -> tuple[Stated, ...]:
        return stated(preferences, _own_names(chosen), more_axes=chosen.axes)

    def _beliefs(self, preferences: Sequence[Preference]) -> str:
        """Names everything but the user's events that a posterior rests on."""
        told = [(p.id, p.strength, p.confidence) for p in preferences]
        return _digest(self._settings, repr(told))

    def _routed(
        self, posterior: Posterior, chosen: TextFeatures, context: Context | str | None
    ) -> Posterior:
        """The posterior with its prototypes weighed by what the user is doing."""
        import numpy as np

        text = context.text if isinstance(context, Context) else context
        population = self._priors.of(chosen)
        if not isinstance(population, Population) or len(posterior.components) < 2 or not text:
            return posterior
        if population.router.shape[1] - 1 != self._embedder.dimension:
            return posterior
        vector = self._embedder.embed([text])[0].astype(np.float64)
        before = np.maximum(population.shares(None), 1e-300)
        shares = np.array([each.share for each in posterior.components])
        shares = shares * population.shares(vector) / before
        shares /= shares.sum()
        return replace(
            posterior,
            components=tuple(
                replace(each, share=float(share))
                for each, share in zip(posterior.components, shares, strict=True)
            ),
        )

    def _with_app_features(self, candidates: Sequence[Candidate]) -> TextFeatures:
        names = sorted({name for candidate in candidates for name in candidate.features})
        return self.features.with_app_features(names) if names else self.features

    def _user(self, user_id: str) -> threading.RLock:
        """Held while one user's posterior is looked up or fitted."""
        return self._users[hash(user_id) % _LOCKS]


def _own_names(features: TextFeatures) -> tuple[str, ...]:
    """Names of the attributes that an app or its data added."""
    built_in = {*surface().names, *(axis.name for axis in features.axes)}
    return tuple(name for name in features.attributes if name not in built_in)


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
