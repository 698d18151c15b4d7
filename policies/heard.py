"""What a user's events and preferences say, as a posterior takes it."""

from __future__ import annotations

from collections.abc import Sequence

from ..memory.types import Preference
from .ledger import Told
from .reward import Stated, TextFeatures, stated
from .reward.learning import Compared
from .reward.reasons import reasons_observed
from .reward.stated import not_counted
from .reward.surface import surface

__all__ = ["Heard"]


class Heard:
    """Puts what was said into the columns of the features at hand.

    Args:
        features: Those that comparisons are kept in.
        retention: What is left of a comparison's weight a session later, in (0, 1].
    """

    def __init__(self, features: TextFeatures, retention: float) -> None:
        self._features = features
        self._retention = retention

    def compared(self, told: Told, chosen: TextFeatures) -> Compared:
        """What events compare."""
        import numpy as np

        rows = told.rows.vectors.astype(np.float64).reshape(-1, self._features.dimension)
        return told.compared(self._retention, chosen.adopt(rows, self._features))

    def reasons(self, told: Told, chosen: TextFeatures) -> tuple[Stated, ...]:
        """What reasons say of attributes, the less sure the older they are."""
        return tuple(
            said._replace(sd=said.sd * self._retention ** (-0.5 * age))
            for reason, age in zip(told.reasons, told.reason_ages, strict=True)
            for said in reasons_observed([reason], chosen)
        )

    def stated(
        self, preferences: Sequence[Preference], chosen: TextFeatures | None = None
    ) -> tuple[Stated, ...]:
        """What preferences say of attributes.

        Args:
            preferences: Stored ones.
            chosen: The features at hand; by default those that comparisons are kept in.
        """
        features = self._features if chosen is None else chosen
        built_in = {*surface().names, *(axis.name for axis in features.axes)}
        own = tuple(name for name in features.attributes if name not in built_in)
        return stated(preferences, own, more_axes=features.axes)

    def observed(
        self,
        told: Told,
        compared: Compared,
        preferences: Sequence[Preference],
        chosen: TextFeatures,
    ) -> tuple[Stated, ...]:
        """What reasons say of attributes, then preferences that no event counts for already."""
        reasons = self.reasons(told, chosen)
        counted = frozenset((*compared.evidence_ids, *(each.source_id for each in reasons)))
        stored = self.stated(not_counted(preferences, counted), chosen)
        return (*reasons, *sorted(stored, key=lambda each: (each.source_id, each.attribute)))
