"""People as judges: weights over named attributes, different from judge to judge and by scenario.

After "Dissecting Human and LLM Preferences" (Li et al., arXiv 2402.11296), who fit one Bayesian
logistic regression for each judge and scenario to which of two answers the judge preferred, given
how they differ on 29 properties, and publish the weights of 33 judges in 16 scenarios. In those
weights, read as a two-way table for each property, the scenario's main effect carries 48% of the
variance, the judge's 26% and their interaction 27%, and two components carry 84% of the judges'
main effects (these shares include the error of estimation, and all judges but one are language
models). Judges here are drawn with these shares; none of the published weights is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...policies.reward.laplace import sigmoid
from ..runner.seeds import derive
from .schema import DOMAINS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "ATTRIBUTES",
    "Judge",
    "JudgeRecipe",
    "Judges",
    "Readout",
    "Shares",
    "draw_judges",
    "read_out",
    "shares_of",
]

ATTRIBUTES = (
    "accuracy",
    "brevity",
    "candour about limits",
    "clear layout",
    "examples",
    "formality",
    "humour",
    "novelty",
    "relevance",
    "sources",
    "support for the reader's view",
    "warmth",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRecipe:
    """How judges differ.

    Attributes:
        judge: Share of the variance of weights that judges' main effects have.
        scenario: That of scenarios' main effects.
        interaction: That of what a judge does in one scenario only. The three are divided by
            their sum.
        scale: Standard deviation of a weight around its attribute's mean, in nats for one unit of
            difference.
        common: Share of the variance of judges' main effects that two components carry.
        noise: P(a judgement is a coin toss).
    """

    judge: float = 0.26
    scenario: float = 0.48
    interaction: float = 0.27
    scale: float = 0.5
    common: float = 0.84
    noise: float = 0.0

    def __post_init__(self) -> None:
        parts = self.judge, self.scenario, self.interaction
        if min(parts) < 0 or sum(parts) <= 0 or self.scale <= 0:
            raise InputError(f"{self!r}: shares must be 0 or more, not all 0, and scale above 0")
        for name in ("common", "noise"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be in [0, 1]")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """One judge in one scenario.

    Attributes:
        name: Who.
        scenario: Where.
        attributes: What is weighed, `K` names.
        weights: In nats for one unit of difference, shape `(K,)`.
        noise: P(a judgement is a coin toss).
    """

    name: str
    scenario: str
    attributes: tuple[str, ...]
    weights: Floats
    noise: float

    def chances(self, first: Floats, second: Floats) -> Floats:
        """P(the first of each pair is preferred), shape `(n,)`.

        `(1 - noise) sigma(w . (a - b)) + noise / 2`

        Args:
            first: Attributes of the first of each pair, shape `(n, K)`.
            second: Of the second, the same shape.
        """
        shape = first.shape
        if len(shape) != 2 or shape[1] != len(self.weights) or second.shape != shape:
            raise InputError(
                f"pairs have shapes {shape!r} and {second.shape!r}; both must be "
                f"(n, {len(self.weights)})"
            )
        sure = sigmoid((first - second) @ self.weights)
        return (1.0 - self.noise) * sure + self.noise / 2

    def judge(self, first: Floats, second: Floats, *, seed: int) -> Ints:
        """Judges pairs: 1 where the first is preferred, 0 where the second, shape `(n,)`.

        Args:
            first: As for `chances`.
            second: As for `chances`.
            seed: Of the noise.
        """
        import numpy as np

        rng = np.random.default_rng(derive(seed, self.name, self.scenario))
        chances = self.chances(first, second)
        return (rng.random(len(chances)) < chances).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judges:
    """A panel.

    Attributes:
        names: Of the `J` judges.
        scenarios: `S` names.
        attributes: `K` names.
        weights: Shape `(J, S, K)`.
        noise: P(a judgement is a coin toss).
    """

    names: tuple[str, ...]
    scenarios: tuple[str, ...]
    attributes: tuple[str, ...]
    weights: Floats
    noise: float = 0.0

    def of(self, name: str, scenario: str) -> Judge:
        """One judge in one scenario.

        Raises:
            InputError: There is no such judge or scenario.
        """
        if name not in self.names or scenario not in self.scenarios:
            raise InputError(
                f"no judge {name!r} in {scenario!r}; judges are {self.names[0]!r} to "
                f"{self.names[-1]!r}, scenarios {self.scenarios!r}"
            )
        return Judge(
            name=name,
            scenario=scenario,
            attributes=self.attributes,
            weights=self.weights[self.names.index(name), self.scenarios.index(scenario)],
            noise=self.noise,
        )


def draw_judges(
    count: int,
    *,
    seed: int,
    attributes: Sequence[str] = ATTRIBUTES,
    scenarios: Sequence[str] = DOMAINS,
    recipe: JudgeRecipe | None = None,
) -> Judges:
    """Draws a panel: `w_jsk = m_k + a_jk + b_sk + c_jsk`, all normal.

    Args:
        count: How many judges.
        seed: Of all draws.
        attributes: What they weigh.
        scenarios: Where.
        recipe: How they differ.

    Raises:
        InputError: There are no judges, attributes or scenarios.
    """
    import numpy as np

    recipe = recipe or JudgeRecipe()
    width, places = len(attributes), len(scenarios)
    if min(count, width, places) < 1:
        raise InputError(f"{count} judges, {width} attributes, {places} scenarios: give 1 or more")
    rng = np.random.default_rng(seed)
    total = recipe.judge + recipe.scenario + recipe.interaction
    deviation = [
        recipe.scale * np.sqrt(part / total)
        for part in (recipe.judge, recipe.scenario, recipe.interaction)
    ]
    # Each attribute's two loadings have length 1, so that main effects keep variance 1.
    loadings = rng.standard_normal((2, width))
    loadings /= np.linalg.norm(loadings, axis=0)
    common = rng.standard_normal((count, 2)) @ loadings
    own = rng.standard_normal((count, width))
    judge = np.sqrt(recipe.common) * common + np.sqrt(1.0 - recipe.common) * own
    weights = (
        recipe.scale * rng.standard_normal(width)
        + deviation[0] * judge[:, None, :]
        + deviation[1] * rng.standard_normal((1, places, width))
        + deviation[2] * rng.standard_normal((count, places, width))
    )
    return Judges(
        names=tuple(f"judge-{number}" for number in range(count)),
        scenarios=tuple(scenarios),
        attributes=tuple(attributes),
        weights=weights,
        noise=recipe.noise,
    )


class Shares(NamedTuple):
    """Shares of the variance of weights around their attribute's mean; they sum to 1."""

    judge: float
    scenario: float
    interaction: float


def shares_of(weights: Floats) -> Shares:
    """What judges, scenarios and their interaction carry of the variance of weights.

    The components of a two-way table without repetition, from mean squares, summed over attributes;
    one that comes out below 0 counts as 0. Error of estimation counts as interaction.

    Args:
        weights: Shape `(J, S, K)`, with two judges and two scenarios at least.

    Raises:
        InputError: There are fewer.
    """
    judges, scenarios = weights.shape[:2]
    if judges < 2 or scenarios < 2:
        raise InputError(f"weights have shape {weights.shape!r}; give 2 judges and 2 scenarios")
    centred = weights - weights.mean(axis=(0, 1))
    a, b = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - a[:, None] - b[None]
    left = float((rest**2).sum()) / ((judges - 1) * (scenarios - 1))
    judge = max(0.0, float((a**2).sum()) / (judges - 1) - left / scenarios)
    scenario = max(0.0, float((b**2).sum()) / (scenarios - 1) - left / judges)
    total = judge + scenario + left
    return Shares(judge / total, scenario / total, left / total)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readout:
    """Weights read out of judgements.

    Attributes:
        mean: At the posterior's mode, shape `(K,)`.
        deviation: Standard deviations of the posterior around it, shape `(K,)`.
    """

    mean: Floats
    deviation: Floats


def read_out(first: Floats, second: Floats, labels: Ints, *, scale: float = 0.1) -> Readout:
    """Reads weights out of judgements by Bayesian logistic regression, as Laplace approximates it.

    The prior of each weight is normal around 0, as in the paper, whose scale of 0.1 is the default;
    there the fits on ten overlapping parts of the data are averaged, here one fit uses all of it.

    Args:
        first: Attributes of the first of each pair, shape `(n, K)`.
        second: Of the second.
        labels: 1 where the first was preferred, shape `(n,)`.
        scale: Standard deviation of the prior.

    Raises:
        InputError: Shapes do not go together, nothing is to be read, or the scale is not above 0.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    rows = np.asarray(first, dtype=np.float64) - np.asarray(second, dtype=np.float64)
    if rows.ndim != 2 or not len(rows) or labels.shape != (len(rows),) or not scale > 0:
        raise InputError(
            f"got pairs of shape {rows.shape!r}, labels of shape {labels.shape!r} and scale "
            f"{scale!r}; give (n, K), (n,) with n of 1 or more, and a scale above 0"
        )
    # Every pair is read in both orders, at half the weight: the same likelihood, and never one
    # class alone.
    model = LogisticRegression(C=scale**2, fit_intercept=False, tol=1e-8, max_iter=1000)
    both = np.concatenate([rows, -rows]), np.concatenate([labels, 1 - labels])
    model.fit(*both, sample_weight=np.full(2 * len(rows), 0.5))
    mean = np.asarray(model.coef_[0])
    chances = sigmoid(rows @ mean)
    hessian = (rows.T * (chances * (1.0 - chances))) @ rows + np.eye(rows.shape[1]) / scale**2
    return Readout(mean=mean, deviation=np.sqrt(np.diag(np.linalg.inv(hessian))))
