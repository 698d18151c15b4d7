"""What many people answered, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from .laplace import Labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Answers"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Comparisons of `u` people, padded to the same number.

    Attributes:
        rows: Preferred minus other (or whatever the label 1 stands for), shape `(u, t, d)`.
        target: Shape `(u, t)`, in [0, 1].
        weight: Shape `(u, t)`; 0 for padding.
        flip: Flip rates, shape `(u, t)`.
        source: Who said it, as an index into flip rates, shape `(u, t)`.
        context: What each was doing, shape `(u, c)`.
    """

    rows: Floats
    target: Floats
    weight: Floats
    flip: Floats
    source: NDArray[np.int64]
    context: Floats

    @classmethod
    def of(
        cls,
        rows: Sequence[Floats],
        targets: Sequence[Floats],
        *,
        weights: Sequence[Floats] | None = None,
        flips: Sequence[Floats] | None = None,
        sources: Sequence[NDArray[np.int64]] | None = None,
        context: Floats | None = None,
    ) -> Answers:
        """Pads people's rows and labels.

        Raises:
            InputError: Nobody is given, lengths disagree, or a number is not finite.
        """
        import numpy as np

        if not rows or len(rows) != len(targets):
            raise InputError(f"{len(rows)} people's rows and {len(targets)} people's labels")
        most = max(1, *(len(each) for each in rows))
        width = rows[0].shape[-1]
        wide = np.zeros((len(rows), most, width))
        flat = {name: np.zeros((len(rows), most)) for name in ("target", "weight", "flip")}
        source = np.zeros((len(rows), most), dtype=np.int64)
        for person, (each, target) in enumerate(zip(rows, targets, strict=True)):
            count = len(each)
            if each.shape != (count, width) or len(target) != count or not np.isfinite(each).all():
                raise InputError(
                    f"person {person} has rows of shape {each.shape!r} and {len(target)} labels; "
                    f"rows must be finite and {width} wide, with a label each"
                )
            wide[person, :count] = each
            flat["target"][person, :count] = target
            flat["weight"][person, :count] = 1.0 if weights is None else weights[person]
            flat["flip"][person, :count] = 0.0 if flips is None else flips[person]
            if sources is not None:
                source[person, :count] = sources[person]
        around = np.zeros((len(rows), 0)) if context is None else context
        return cls(rows=wide, source=source, context=around, **flat)

    def people(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Answers:
        """Some of the people."""
        return Answers(
            rows=self.rows[chosen],
            target=self.target[chosen],
            weight=self.weight[chosen],
            flip=self.flip[chosen],
            source=self.source[chosen],
            context=self.context[chosen],
        )

    def first(self, count: int) -> Answers:
        """The first answers of everybody, the rest as if never given."""
        return Answers(
            rows=self.rows[:, :count],
            target=self.target[:, :count],
            weight=self.weight[:, :count],
            flip=self.flip[:, :count],
            source=self.source[:, :count],
            context=self.context,
        )

    def with_more(self, others: Answers) -> Answers:
        """The same people's answers followed by others of theirs."""
        import numpy as np

        return Answers(
            rows=np.concatenate([self.rows, others.rows], axis=1),
            target=np.hstack([self.target, others.target]),
            weight=np.hstack([self.weight, others.weight]),
            flip=np.hstack([self.flip, others.flip]),
            source=np.hstack([self.source, others.source]),
            context=self.context,
        )

    def labels(self) -> Labels:
        """Without the rows."""
        return Labels.plain(self.target, self.weight, self.flip)
