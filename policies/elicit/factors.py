"""What things can be made of: factors with levels, for questions that are designed, not found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Factors"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factors:
    """A space of profiles: one level of every factor, whose rows add up.

    Attributes:
        names: One for each factor.
        levels: For each factor what its levels add to a profile's row, shape `(levels, d)`, at
            least two levels each.
    """

    names: tuple[str, ...]
    levels: tuple[Floats, ...]

    @classmethod
    def of(cls, names: Sequence[str], levels: Sequence[Floats]) -> Factors:
        """Checks what it is given.

        Raises:
            InputError: There is no factor, a factor has fewer than two levels, widths disagree, or
                a number is not finite.
        """
        import numpy as np

        arrays = tuple(np.asarray(each, dtype=np.float64) for each in levels)
        if not arrays or len(names) != len(arrays):
            raise InputError(
                f"{len(names)} names and {len(arrays)} factors; give one name to each of at least "
                "one factor"
            )
        width = arrays[0].shape[-1]
        for name, each in zip(names, arrays, strict=True):
            if each.ndim != 2 or each.shape[1] != width or len(each) < 2:
                raise InputError(
                    f"factor {name!r} has levels of shape {each.shape!r}; it needs at least two, "
                    f"each {width} wide"
                )
            if not np.isfinite(each).all():
                raise InputError(f"factor {name!r} has a level that is not finite; mend its rows")
        return cls(names=tuple(names), levels=arrays)

    @classmethod
    def switches(cls, names: Sequence[str]) -> Factors:
        """Columns that are each absent, 0, or there, 1."""
        import numpy as np

        unit = np.eye(len(names))
        return cls.of(names, [np.stack([np.zeros(len(names)), row]) for row in unit])

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many levels each factor has."""
        return tuple(len(each) for each in self.levels)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where each factor's levels begin in `stacked`."""
        return tuple(sum(self.sizes[:place]) for place in range(len(self.levels)))

    @property
    def stacked(self) -> Floats:
        """All levels below each other, shape `(sum of sizes, d)`."""
        import numpy as np

        return np.vstack(self.levels)

    @property
    def count(self) -> int:
        """How many profiles there are."""
        return math.prod(self.sizes)

    def rows(self, chosen: Ints) -> Floats:
        """What profiles are described by.

        Args:
            chosen: The level of each factor, shape `(..., factors)`.

        Returns:
            Array of shape `(..., d)`.
        """
        import numpy as np

        parts = [level[chosen[..., place]] for place, level in enumerate(self.levels)]
        return np.asarray(sum(parts))

    def nearest(self, rows: Floats) -> Ints:
        """Profiles near some rows: for each factor the level nearest in the columns it can move.

        Args:
            rows: Shape `(n, d)`.

        Returns:
            Array of shape `(n, factors)`; exact for rows that are profiles, where no two factors
            share a column.
        """
        import numpy as np

        columns = []
        for level in self.levels:
            own = np.ptp(level, axis=0) > 0
            apart = rows[:, None, own] - level[None][:, :, own]
            columns.append(np.square(apart).sum(axis=2).argmin(axis=1))
        return np.stack(columns, axis=1).astype(np.int64)

    def sample(self, count: int, rng: np.random.Generator) -> Ints:
        """Random profiles, shape `(count, factors)`."""
        import numpy as np

        columns = [rng.integers(size, size=count) for size in self.sizes]
        return np.stack(columns, axis=1).astype(np.int64)

    def listed(self, most: int, rng: np.random.Generator) -> Ints:
        """All profiles, or as many distinct random ones if there are more.

        Args:
            most: How many at most.
            rng: Draws them, where they are drawn.

        Returns:
            Array of shape `(n, factors)`.
        """
        import numpy as np

        if self.count <= most:
            grid = np.indices(self.sizes).reshape(len(self.sizes), -1).T
            return np.ascontiguousarray(grid, dtype=np.int64)
        found = np.unique(self.sample(2 * most, rng), axis=0)
        return np.asarray(found[rng.permutation(len(found))[:most]])
