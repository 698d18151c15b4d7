"""What people have in common: the prior, fitted to many of them.

Expectation-maximisation over users with Laplace's approximation inside; the covariance is shrunk
towards its own diagonal. Laplace's approximation understates how much people vary and so how sure
the average is, which is measured and corrected afterwards on the same users: their first answers
must predict their others (an episode, as in FSPO and PPD, whose only learned numbers here are the
gains of the prior's mean and covariance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import InputError
from .laplace import Labels, Modes, find_modes, sigmoid
from .prior import Population, Prior

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MEAN_GAINS = (0.7, 0.85, 1.0, 1.2, 1.45, 1.75, 2.1)
_SPREAD_GAINS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
_FLIP_MOST = 0.45
_LEAST_GAIN = 0.01


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


def posterior_modes(prior: Prior, answers: Answers) -> Modes:
    """Everybody's posterior under one Gaussian prior."""
    kernel = prior.spread(answers.rows) @ answers.rows.transpose(0, 2, 1)
    return find_modes(kernel, answers.rows @ prior.mean, answers.labels())


def responsibilities(population: Population, answers: Answers, evidence: Floats) -> Floats:
    """How likely each prototype is for each person, given their answers.

    Args:
        population: The prototypes and their router.
        answers: Whose contexts count.
        evidence: Log evidence, shape `(prototypes, u)`.

    Returns:
        Array of shape `(prototypes, u)`, columns of sum 1.
    """
    import numpy as np

    log = evidence + np.log(np.maximum(population.shares(answers.context).T, 1e-300))
    shares = np.exp(log - log.max(axis=0))
    return np.asarray(shares / shares.sum(axis=0))


def predict(population: Population, seen: Answers, rows: Floats) -> Floats:
    """P(label 1) of new rows of people whose answers are given.

    The probit approximation of the logistic integral for each prototype, mixed by responsibility.

    Args:
        population: The prior.
        seen: What each person has answered.
        rows: Shape `(u, q, d)`.

    Returns:
        Array of shape `(u, q)`.
    """
    import numpy as np

    chances, evidence = [], []
    for prior in population.prototypes:
        modes = posterior_modes(prior, seen)
        spread = prior.spread(rows)
        cross = spread @ seen.rows.transpose(0, 2, 1)
        mean = rows @ prior.mean + (cross @ modes.alpha[..., None])[..., 0]
        scaled = np.sqrt(modes.curvature)[:, :, None] * cross.transpose(0, 2, 1)
        reduced = np.linalg.solve(modes.system, scaled)
        variance = (spread * rows).sum(axis=-1) - (reduced**2).sum(axis=1)
        chances.append(sigmoid(mean / np.sqrt(1.0 + np.pi / 8.0 * np.maximum(variance, 0.0))))
        evidence.append(modes.evidence)
    weights = responsibilities(population, seen, np.array(evidence))
    return np.asarray((weights[:, :, None] * np.array(chances)).sum(axis=0))


def fit_population(
    answers: Answers,
    *,
    prototypes: int = 1,
    shrink: float = 0.2,
    rounds: int = 30,
    base: Prior | None = None,
    worth: float = 0.0,
    seed: int = 0,
) -> Population:
    """Fits the prior by expectation-maximisation.

    Args:
        answers: Everybody's.
        prototypes: How many.
        shrink: Share of the way that the covariance is moved towards its diagonal, in [0, 1].
        rounds: Of expectation and maximisation.
        base: What to start from; by default mean 0 and variance 2.
        worth: How many people the covariance of `base` counts for, for where columns are many and
            people few.
        seed: Of the prototypes' starting points.

    Raises:
        InputError: `prototypes` is below 1, or a shape disagrees.
    """
    import numpy as np

    if prototypes < 1:
        raise InputError(f"prototypes is {prototypes!r}; there must be at least one")
    people, _, width = answers.rows.shape
    start = base or Prior.isotropic(width, 2.0)
    start.check(width)
    origin = np.diag(start.variance)
    if start.factor is not None:
        origin += start.factor.T @ start.factor
    rng = np.random.default_rng(seed)
    means = np.repeat(start.mean[None], prototypes, axis=0)
    if prototypes > 1:
        means = means + rng.normal(0.0, 0.5, means.shape) * np.sqrt(np.diag(origin))
    covariance = origin
    shared = start
    router = np.zeros((prototypes, answers.context.shape[1] + 1))
    population = _mixture(means, shared, router)
    for _ in range(rounds):
        modes = [posterior_modes(prior, answers) for prior in population.prototypes]
        evidence = np.array([each.evidence for each in modes])
        weights = responsibilities(population, answers, evidence)
        spread = shared.spread(answers.rows)
        total = worth * origin + people * covariance
        for place, each in enumerate(modes):
            moved = (each.alpha[:, None, :] @ spread)[:, 0]
            thetas = means[place] + moved
            mass = max(float(weights[place].sum()), 1e-9)
            means[place] = (weights[place] @ thetas + worth * start.mean) / (mass + worth)
            away = thetas - means[place]
            total = total + (weights[place][:, None] * away).T @ away
            scaled = np.sqrt(weights[place][:, None] * each.curvature)[:, :, None] * spread
            reduced = np.linalg.solve(each.system, scaled).reshape(-1, width)
            total = total - reduced.T @ reduced
        covariance = (total + total.T) / (2.0 * (people + worth))
        shared = Prior.shrunk(means[0], covariance, shrink)
        covariance = shrink * np.diag(np.diag(covariance)) + (1.0 - shrink) * covariance
        router = _route(router, answers.context, weights)
        population = _mixture(means, shared, router)
    return population


def choose_population(
    earlier: Answers,
    later: Answers,
    *,
    asked: Sequence[int] = (0, 3, 9),
    most: int = 2,
    shrink: float = 0.2,
    seed: int = 0,
) -> Population:
    """Fits the prior, with as many prototypes as held-out people's answers ask for.

    One prototype more is kept only if it makes the earlier answers of a fifth of the people, held
    out, predict their later ones better by more than twice the standard error of the difference
    and by more than a hundredth.

    Args:
        earlier: Of everybody.
        later: Later answers of the same people.
        asked: After how many of the earlier answers the later ones must be predicted.
        most: Prototypes at most.
        shrink: Of the covariance towards its diagonal.
        seed: Of the held-out part and of the prototypes' starting points.
    """
    import numpy as np

    def fitted(first: Answers, second: Answers, prototypes: int) -> Population:
        found = fit_population(
            first.with_more(second), prototypes=prototypes, shrink=shrink, seed=seed
        )
        return with_gains(found, first, second, asked=asked)

    people = len(earlier.rows)
    held = np.random.default_rng(seed).permutation(people) % 5 == 0
    chosen = 1
    if most > 1 and held.sum() > 1:
        train = earlier.people(~held), later.people(~held)
        test = earlier.people(held), later.people(held)
        losses = _losses(fitted(*train, 1), *test, asked)
        for count in range(2, most + 1):
            others = _losses(fitted(*train, count), *test, asked)
            gain = losses - others
            needed = max(2.0 * gain.std() / np.sqrt(len(gain)), _LEAST_GAIN * losses.mean())
            if gain.mean() <= needed:
                break
            chosen, losses = count, others
    return fitted(earlier, later, chosen)


def _losses(
    population: Population, earlier: Answers, later: Answers, asked: Sequence[int]
) -> Floats:
    """Each person's negative log-likelihood of their later answers, over all of `asked`."""
    import numpy as np

    total = np.zeros(len(later.target))
    for count in asked:
        p = np.clip(predict(population, earlier.first(count), later.rows), 1e-9, 1 - 1e-9)
        each = later.target * np.log(p) + (1.0 - later.target) * np.log(1.0 - p)
        total -= (later.weight * each).sum(axis=1)
    return total


def with_gains(
    population: Population,
    earlier: Answers,
    later: Answers,
    *,
    asked: Sequence[int] = (0, 3, 9),
) -> Population:
    """Multiplies means and covariance by what makes first answers predict later ones best.

    Args:
        population: As fitted.
        earlier: Earlier answers of the people it was fitted to.
        later: Their later ones.
        asked: After how many of the earlier ones the later are predicted; all count alike.
    """

    def loss(mean: float, spread: float) -> float:
        trial = scaled(population, mean, spread)
        return float(_losses(trial, earlier, later, asked).sum())

    mean, spread = 1.0, 1.0
    for _ in range(2):
        mean = min(_MEAN_GAINS, key=lambda gain: loss(gain, spread))
        spread = min(_SPREAD_GAINS, key=lambda gain: loss(mean, gain))
    return scaled(population, mean, spread)


def scaled(population: Population, mean: float, covariance: float) -> Population:
    """The same population with its means and its covariance multiplied."""
    return Population(
        prototypes=tuple(each.scaled(mean, covariance) for each in population.prototypes),
        router=population.router,
    )


def flip_rates(
    population: Population, answers: Answers, sources: int, *, rounds: int = 10
) -> Floats:
    """How often each source says the opposite of what is meant, learned by responsibility.

    Each answer is predicted from the person's other evidence as fitted; how likely it is flipped,
    averaged over the answers of a source, is its rate, and people are fitted again with it.

    Args:
        population: The prior.
        answers: With `source` in `range(sources)`.
        sources: How many there are.
        rounds: Of expectation and maximisation.

    Returns:
        Array of shape `(sources,)`, in [0, 0.45].
    """
    import numpy as np

    rates = np.full(sources, 0.05)
    for _ in range(rounds):
        flip = rates[answers.source]
        current = Answers(
            rows=answers.rows,
            target=answers.target,
            weight=answers.weight,
            flip=flip,
            source=answers.source,
            context=answers.context,
        )
        says = predict(population, current, answers.rows)
        agrees = answers.target * says + (1.0 - answers.target) * (1.0 - says)
        flipped = flip * (1.0 - agrees) / (flip * (1.0 - agrees) + (1.0 - flip) * agrees)
        for source in range(sources):
            weight = answers.weight * (answers.source == source)
            if weight.sum() > 0:
                rates[source] = min(_FLIP_MOST, float((weight * flipped).sum() / weight.sum()))
    return rates


def _mixture(means: Floats, shared: Prior, router: Floats) -> Population:
    prototypes = tuple(
        Prior(mean=mean.copy(), variance=shared.variance, factor=shared.factor) for mean in means
    )
    return Population(prototypes=prototypes, router=router)


def _route(router: Floats, context: Floats, weights: Floats, *, steps: int = 20) -> Floats:
    """One pass of ridge-penalised gradient steps of the softmax router towards responsibilities."""
    import numpy as np

    inputs = np.hstack([context, np.ones((len(context), 1))])
    step = 1.0 / (0.5 * float((inputs**2).sum(axis=1).mean()) + 1e-3)
    for _ in range(steps):
        logits = inputs @ router.T
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        slope = (weights.T - shares).T @ inputs / len(inputs)
        slope[:, :-1] -= 1e-3 * router[:, :-1]
        router = router + step * slope
    return router
