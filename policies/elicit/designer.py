"""Chooses the next question about things described by features: items, or profiles it designs.

All forms of question are scored on the user's own posterior, in the same logits, and weighed
against what they cost. No language model takes part; wording is up to the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, get_args

from ...errors import InputError
from ..reward.threads import one_thread
from .factors import Factors
from .forms import FORMS, Scene
from .gaussian import UtilityBelief
from .proposals import Form, Proposal, Purpose, Weighing
from .search import Aim, utility_draws
from .stopping import StopRule, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Designer"]

_MOST_CANDIDATES = 160
_MOST_VALUE = 1e6
_NOTHING = 1e-7


class _Standing(NamedTuple):
    """How clear it is what is best; see `Weighing`."""

    sure: float
    best: int | None
    at_stake: float | None
    unclear: float


class Designer:
    """Weighs questions for a user.

    The purpose says what counts. To learn, while memory is cold: information (EIG). To answer,
    when one is due: the expected value of information (EVOI), for which EUBO says which pairs are
    worth a look. Both: their sum, where a nat is worth `rule.nat` and a logit its `rule.reuses`; as
    value runs out before information does, this goes over from one to the other by itself.

    The same arguments give the same questions: all draws come from `seed`.

    Args:
        rule: Constants of costs and of stopping.
        factors: What profiles are made of; None asks about candidates only.
        draws: Of utilities, to score slates on; 256 tell good from nearly as good.
        noise: τ of this user's ratings in logits, above 0; see `rating_noise`.
        seed: Of the draws and of random starts.

    Raises:
        InputError: A number is out of its range.
    """

    def __init__(
        self,
        rule: StopRule | None = None,
        *,
        factors: Factors | None = None,
        draws: int = 256,
        noise: float = 1.5,
        seed: int = 0,
    ) -> None:
        if draws < 2 or not noise > 0:
            raise InputError(
                f"draws is {draws!r} and noise {noise!r}; take at least 2 draws and a noise above 0"
            )
        self.rule = rule if rule is not None else StopRule()
        self.factors = factors
        self._draws = draws
        self._noise = noise
        self._seed = seed

    def weigh(
        self,
        belief: UtilityBelief,
        candidates: Floats | None = None,
        *,
        purpose: Purpose = "both",
        forms: Sequence[Form] = ("pair", "slate"),
        size: int = 4,
        asked: Collection[str] = (),
        asked_this_session: int | None = None,
        skipped: int = 0,
        patience: float = 1.0,
        words: float = 12.0,
    ) -> Weighing:
        """Weighs the best question of each form.

        Args:
            belief: What is known of the user.
            candidates: What can be offered in the end, shape `(n, d)`. Without any, nothing has a
                value but information, and only designed questions can be asked.
            purpose: What counts.
            forms: The forms to consider.
            size: Options of a slate, at least 3.
            asked: Keys of questions asked before; none is asked again.
            asked_this_session: How many of them in this session; by default all.
            skipped: How many of those were skipped.
            patience: The user's, above 0; see `stopping.patience`.
            words: To read for each option.

        Returns:
            The proposals and the verdict on the first.

        Raises:
            InputError: A row has the wrong width or is not finite, or a number is out of range.
        """
        import numpy as np

        width = len(belief.mean)
        rows = np.zeros((0, width)) if candidates is None else np.asarray(candidates, np.float64)
        self._check(rows, width)
        unknown = sorted(set(forms) - set(get_args(Form)))
        if unknown or size < 3 or not patience > 0:
            raise InputError(
                f"unknown forms {unknown!r}, size {size!r}, patience {patience!r}; forms are among "
                f"{get_args(Form)!r}, size is at least 3 and patience above 0"
            )
        count = len(asked) if asked_this_session is None else asked_this_session
        with one_thread():
            scene = self._scene(belief, rows, purpose, frozenset(asked), size=size, words=words)
            drafts = [each for form in FORMS if form in forms for each in FORMS[form](scene)]
            known = _standing(scene)
        found = []
        for each in drafts:
            says_nothing = each.information <= _NOTHING and each.value <= _NOTHING
            if says_nothing or each.key in scene.asked:
                continue
            cost = self.rule.cost(
                read=each.read, write=each.write, asked=count, skipped=skipped, patience=patience
            )
            gain = scene.aim.information * each.information + scene.aim.value * each.value
            found.append(replace(each, cost=cost, score=gain - cost))
        proposals = tuple(sorted(found, key=lambda each: -each.score))
        return Weighing(
            proposals=proposals,
            sure=known.sure,
            best=known.best,
            at_stake=known.at_stake,
            unclear=known.unclear,
            verdict=self._verdict(proposals, known, count),
        )

    def _verdict(self, proposals: Sequence[Proposal], known: _Standing, asked: int) -> Verdict:
        if not proposals:
            return Verdict(False, "there is nothing to tell apart", 0.0, 0.0)
        first = proposals[0]
        return self.rule.decide(
            value=first.value,
            information=first.information,
            sure=known.sure,
            cost=first.cost,
            asked=asked,
            at_stake=known.at_stake,
            unclear=known.unclear,
        )

    def _check(self, rows: Floats, width: int) -> None:
        import numpy as np

        if rows.ndim != 2 or rows.shape[1] != width or not (np.abs(rows) <= _MOST_VALUE).all():
            raise InputError(
                f"candidates have shape {rows.shape!r}; they must be finite, below "
                f"{_MOST_VALUE:g} and {width} wide, as the belief is"
            )
        if self.factors is not None and self.factors.stacked.shape[1] != width:
            raise InputError(
                f"factors are {self.factors.stacked.shape[1]} wide and the belief is {width}; "
                "describe both by the same features"
            )

    def _scene(
        self,
        belief: UtilityBelief,
        rows: Floats,
        purpose: Purpose,
        asked: frozenset[str],
        *,
        size: int,
        words: float,
    ) -> Scene:
        import numpy as np

        # Questions and offers are about what is good or may be.
        places = np.arange(len(rows))
        if len(rows) > _MOST_CANDIDATES:
            found = belief.utility(rows)
            optimism = np.argsort(-(found.mean + found.sd), kind="stable")
            places = np.sort(optimism[:_MOST_CANDIDATES])
        shown = rows[places]
        levels = np.zeros((0, rows.shape[1])) if self.factors is None else self.factors.stacked
        rng = np.random.default_rng((self._seed, len(asked)))
        drawn = utility_draws(belief, np.vstack([shown, levels]), self._draws, rng)
        # Slates are told apart by far more than the seventh digit, in half the time.
        drawn = drawn.astype(np.float32)
        nat, logit = self.rule.nat, self.rule.reuses
        return Scene(
            belief=belief,
            candidates=shown,
            places=places,
            means=belief.utility(shown).mean,
            draws=drawn[:, : len(shown)],
            factors=self.factors,
            levels=drawn[:, len(shown) :],
            aim=Aim(
                0.0 if purpose == "answer" and len(shown) else nat,
                0.0 if purpose == "learn" or not len(shown) else logit,
            ),
            size=size,
            noise=self._noise,
            words=words,
            asked=asked,
            rng=rng,
        )


def _standing(scene: Scene) -> _Standing:
    import numpy as np

    if not len(scene.candidates):
        return _Standing(0.0, None, None, 0.0)
    best = int(scene.means.argmax())
    top = scene.draws.max(axis=1)
    # One as good as the best is as good an offer.
    sure = float(np.mean(scene.draws[:, best] >= top - 1e-6))
    shares = np.bincount(scene.draws.argmax(axis=1)) / len(top)
    shares = shares[shares > 0]
    return _Standing(
        sure=sure,
        best=int(scene.places[best]),
        at_stake=max(0.0, float(np.mean(top - scene.draws[:, best]))),
        unclear=max(0.0, float(-(shares * np.log(shares)).sum())),
    )
