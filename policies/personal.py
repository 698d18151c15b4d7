"""The personal reward model of each user, and what it makes of candidates."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from ..errors import InputError, ModelError
from ..memory.types import Context, Preference
from .catalogue import Catalogue, Selection, Where
from .constraints import violations
from .explaining import Explainer
from .ledger import Ledger
from .posteriors import Known, Posteriors
from .priors import Priors
from .propose.climb import Climb, Edit, improve, taste_of
from .rank import rank, unjudged
from .reward import Axis, Population, Posterior, Prior, TextFeatures, comparisons
from .reward.cycles import Cycle, cycles
from .reward.sources import Reliability, trusting
from .reward.verbalise import Suggestion, verbalised
from .scoping import rules_for
from .slates import Slate, offer
from .types import Candidate, Ranked

if TYPE_CHECKING:
    from pathlib import Path

    from ..memory import Memory
    from ..models.types import Embedder
    from .reward.saved import SavedPrior

__all__ = ["PersonalReward"]

# Half of a comparison's weight is left after 34 sessions.
_RETENTION = 0.98


class PersonalReward:
    """What each of any number of users would like best, by their posteriors. Thread-safe.

    Posteriors are functions of the user's events and live preferences and of nothing else, so that
    undoing or erasing an event leaves them as if it had never been (`posteriors.py`).

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
        trusting(dict(sources or {}))
        self._posteriors = Posteriors(
            memory,
            embedder,
            features=self.features,
            ledger=Ledger(memory, self.features),
            priors=Priors(self.features, prior, embedder),
            retention=retention,
            sources=sources or {},
        )
        self._explainer = Explainer(memory)

    def catch_up(self, user_id: str) -> None:
        """Turns events that are not comparisons yet into comparisons, ahead of the next ranking.

        While there is no embedder they wait; ranking takes them up once there is one.
        """
        # An event is kept and learned from either way, so that nothing fails here.
        with suppress(ModelError):
            self._posteriors.catch_up(user_id)

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
        return self._posteriors.known(
            user_id, live, features=features, context=context, exact=exact
        )

    def at(self, user_id: str, moment: datetime) -> Known:
        """What was known of a user at an earlier moment; arguments as for `at` of `Posteriors`."""
        return self._posteriors.at(user_id, moment)

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
        acts = self._posteriors.acts(user_id)
        if acts is None:
            return ()
        posterior, reasons = acts.learned.posterior, acts.reasons
        named = len(self.features.attributes)
        alpha = sum(each.share * each.alpha for each in posterior.components)
        columns = [self.features.attributes.index(each.attribute) for each in reasons]
        rows = np.vstack(
            [acts.compared.differences, np.eye(named, self.features.dimension)[columns]]
        )
        effects = np.asarray(alpha)[:, None] * posterior.prior.spread(rows)[:, :named]
        events = (*acts.compared.evidence_ids, *(each.source_id for each in reasons))
        spoken = {each.attribute for each in self._posteriors.heard.stated(preferences)}
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

    def improve(
        self,
        user_id: str,
        prompt: str,
        edits: Mapping[str, Edit],
        *,
        context: Context | str | None = None,
        caution: float = 0.0,
        most: int = 8,
    ) -> Climb:
        """Betters a prompt, of an image say, by the edits that a user would like; see `climb.py`.

        An edit by which the prompt would break a hard constraint that it kept is never applied.

        Args:
            user_id: Whose.
            prompt: Where to begin.
            edits: By name: a phrase to add, or what makes another prompt of one.
            context: What the prompt is for.
            caution: How many standard deviations to take off the mean utility.
            most: How many edits to apply at most.

        Raises:
            InputError: The prompt is empty, or `caution` is not finite or below 0.
            EmbedderError: The embedder cannot be loaded or run.
        """
        if not 0.0 <= caution < math.inf:
            raise InputError(f"caution is {caution!r}; it must be finite and at least 0")
        live = self._memory.get_all(user_id)
        rules = rules_for(live, context)

        def broken(text: str) -> set[str]:
            return {each.preference_id for each in violations(text, rules)}

        before = broken(prompt)
        posterior = self.posterior(user_id, live, context=context)
        score = taste_of(posterior, self.features, caution=caution)
        return improve(prompt, edits, score, most=most, allowed=lambda text: broken(text) <= before)

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

    def _with_app_features(self, candidates: Sequence[Candidate]) -> TextFeatures:
        names = sorted({name for candidate in candidates for name in candidate.features})
        return self.features.with_app_features(names) if names else self.features
