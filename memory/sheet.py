"""A user's memories laid out as arrays, so that a request is compared with all of them at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .relevance import is_general
from .types import Preference

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Sheet", "Sheets", "lay_out"]

# With 384 numbers a row, as MiniLM has them, 50 MB.
_MOST_ROWS = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """n preferences of one user; place i of every array is about preference i.

    Attributes:
        preferences: The n preferences.
        rows: The place of each id.
        vectors: Unit vectors, float32 of shape `(n, d)`; zeros where there is none.
        embedded: Which have a vector, of shape `(n,)`.
        lengths: Words of description and scope, float64 of shape `(n,)`.
        supported: When something last spoke for each, seconds since 1970, float64 of shape `(n,)`.
        support: How well each is supported, in [0, 1), float64 of shape `(n,)`.
        hard: Places of constraints.
        general: Places of style that applies always.
        scoped: Places of style for an occasion.
        plain: Places of everything else.
        population: How many live memories the user has; n, or more if these are some of them.
    """

    preferences: tuple[Preference, ...]
    rows: Mapping[str, int]
    vectors: NDArray[np.float32]
    embedded: NDArray[np.bool_]
    lengths: NDArray[np.float64]
    supported: NDArray[np.float64]
    support: NDArray[np.float64]
    hard: NDArray[np.intp]
    general: NDArray[np.intp]
    scoped: NDArray[np.intp]
    plain: NDArray[np.intp]
    population: int

    @property
    def bare(self) -> bool:
        """Whether some have no vector yet."""
        return not bool(self.embedded.all())


def lay_out(
    preferences: tuple[Preference, ...],
    vectors: Mapping[str, NDArray[np.float32]],
    population: int | None = None,
) -> Sheet:
    """Lays preferences of one user out.

    Args:
        preferences: Live ones.
        vectors: Unit vectors of one length by preference id; some may be missing.
        population: How many live memories the user has; None if these are all.
    """
    import numpy as np

    count = len(preferences)
    rows = {each.id: place for place, each in enumerate(preferences)}
    dimension = next((vector.shape[0] for vector in vectors.values()), 0)
    matrix = np.zeros((count, dimension), dtype=np.float32)
    embedded = np.zeros(count, dtype=np.bool_)
    for preference_id, vector in vectors.items():
        place = rows.get(preference_id)
        if place is not None and vector.shape[0] == dimension:
            matrix[place] = vector
            embedded[place] = True
    kinds = [_kind(each) for each in preferences]

    def places(kind: str) -> NDArray[np.intp]:
        return np.array([i for i, each in enumerate(kinds) if each == kind], dtype=np.intp)

    return Sheet(
        preferences=preferences,
        rows=rows,
        vectors=matrix,
        embedded=embedded,
        lengths=np.array([_words(each) for each in preferences], dtype=np.float64),
        supported=np.array(
            [(each.supported_at or each.valid_from).timestamp() for each in preferences],
            dtype=np.float64,
        ),
        support=np.array([_support(each) for each in preferences], dtype=np.float64),
        hard=places("hard"),
        general=places("general"),
        scoped=places("scoped"),
        plain=places("plain"),
        population=count if population is None else population,
    )


class Sheets:
    """The sheets of the users last asked about; bounded, and thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        self._rows = 0

    def get(self, user_id: str, live: Sequence[Preference]) -> Sheet | None:
        """The sheet of a user whose live preferences are still these very ones."""
        with self._lock:
            sheet = self._sheets.get(user_id)
            if sheet is None or sheet.preferences is not live:
                return None
            self._sheets.move_to_end(user_id)
            return sheet

    def has(self, user_id: str) -> bool:
        """Whether there is a sheet of this user, up to date or not."""
        with self._lock:
            return user_id in self._sheets

    def put(self, user_id: str, sheet: Sheet) -> None:
        """Keeps a user's sheet, in place of an earlier one."""
        with self._lock:
            self._drop(user_id)
            self._sheets[user_id] = sheet
            self._rows += len(sheet.preferences)
            while self._rows > _MOST_ROWS and len(self._sheets) > 1:
                self._drop(next(iter(self._sheets)))

    def forget(self, user_id: str) -> None:
        """Lets go of a user's sheet."""
        with self._lock:
            self._drop(user_id)

    def _drop(self, user_id: str) -> None:
        gone = self._sheets.pop(user_id, None)
        if gone is not None:
            self._rows -= len(gone.preferences)


def _kind(preference: Preference) -> str:
    if preference.hard:
        return "hard"
    if not is_general(preference):
        return "plain"
    return "general" if preference.scope is None else "scoped"


def _words(preference: Preference) -> int:
    return len(preference.description.split()) + len((preference.scope or "").split())


def _support(preference: Preference) -> float:
    events = len(preference.evidence_ids)
    return preference.confidence * events / (events + 1)
