"""Training an amortised prior through the fit: three damped Newton steps, and back.

Every episode takes some of a person's answers at random, makes a prior of them, fits that person's
weights to them by three Newton steps in the dual, as `laplace.py` does, and predicts the person's
other answers; the negative log-likelihood of these goes back through the steps into the network
(as MAML does through gradient steps, Finn et al. 2017). A step is shortened by `1/(1 + λ)` with the
Newton decrement λ, which keeps it stable, needs no search and can be differentiated. Where the
product fits, it goes on to the mode.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from .amortised import Amortised
from .answers import Answers
from .prior import Population, Prior

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["meta_train"]

_NEWTON_STEPS = 3
# Keeps the slope of a square root finite at 0.
_TINY = 1e-18
_RATE = 0.02
_RIDGE = 1e-3
_PATIENCE = 6
_CHECK_EVERY = 10


class _Network(NamedTuple):
    gains: torch.Tensor
    inner: torch.Tensor
    offset: torch.Tensor
    outer: torch.Tensor


class _Data(NamedTuple):
    rows: torch.Tensor
    target: torch.Tensor
    weight: torch.Tensor


class _Episode(NamedTuple):
    """Who answers what in which order, how many answers are seen, and how many of those read."""

    data: _Data
    order: torch.Tensor
    seen: int
    read: int


class _Frame(NamedTuple):
    """What training does not change."""

    means: torch.Tensor
    variance: torch.Tensor
    factor: torch.Tensor
    router: torch.Tensor
    groups: torch.Tensor
    reading: torch.Tensor
    moving: torch.Tensor


def meta_train(
    base: Population,
    answers: Answers,
    *,
    groups: NDArray[np.int64] | None = None,
    first: int = 4,
    rank: int = 8,
    hidden: int = 16,
    steps: int = 300,
    seed: int = 0,
) -> Amortised:
    """Trains an amortised prior on many people's answers.

    A fifth of the people is held out, to tell when to stop: what is returned is what predicted
    them best, and that may be the base unchanged. Whether it serves others better than the base
    must be seen on people who were not among these.

    Args:
        base: The prior to start from, fitted to the same people.
        answers: Everybody's; labels of padding have weight 0.
        groups: Which group of columns each belongs to, as integers from 0; by default one group.
        first: How many pairs the network reads at most; episodes have up to twice as many.
        rank: Coordinates that a pair is read as.
        hidden: Width of the network.
        steps: Of training, at most.
        seed: Of the held-out part, the episodes and the starting weights.

    Raises:
        InputError: Fewer than ten people, or nobody has three answers.
    """
    import numpy as np
    import torch

    people, width = len(answers.rows), answers.rows.shape[2]
    if people < 10 or (answers.weight > 0).sum(axis=1).max() < 3:
        raise InputError(
            f"{people} people with up to {answers.rows.shape[1]} answers are too few to train an "
            "amortised prior on; it takes ten people, some with three answers"
        )
    shared = base.prototypes[0]
    columns = np.zeros(width, dtype=np.int64) if groups is None else groups
    reading, moving = _directions(shared, answers, min(rank, width))
    frame = _frame(base, columns, reading, moving)
    rng = np.random.default_rng(seed)
    made = torch.Generator().manual_seed(seed)
    outputs = len(reading) + int(columns.max()) + 1 + len(base.prototypes)
    network = _Network(
        torch.zeros(int(columns.max()) + 1, dtype=torch.float64),
        torch.randn(hidden, len(reading), generator=made, dtype=torch.float64)
        * len(reading) ** -0.5,
        torch.zeros(hidden, dtype=torch.float64),
        torch.zeros(outputs, hidden, dtype=torch.float64),
    )
    for each in network:
        each.requires_grad_(True)
    held = rng.permutation(people) % 5 == 0
    train, test = _tensors(answers.people(~held)), _tensors(answers.people(held))
    checks = [
        _Episode(test, _orders(test, np.random.default_rng(seed + 1 + seen)), seen, first)
        for seen in range(first + 1)
    ]

    def held_out() -> float:
        with torch.no_grad():
            return float(torch.stack([_loss(frame, network, each) for each in checks]).mean())

    optimiser = torch.optim.Adam(list(network), lr=_RATE)
    best, kept, waited = held_out(), _copied(network), 0
    for step in range(steps):
        episode = _Episode(train, _orders(train, rng), int(rng.integers(0, 2 * first + 1)), first)
        optimiser.zero_grad()
        penalty = torch.stack([(each**2).sum() for each in network]).sum()
        loss = _loss(frame, network, episode) + _RIDGE * penalty
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if (step + 1) % _CHECK_EVERY == 0:
            now = held_out()
            waited += 1
            if now < best - 1e-5:
                best, kept, waited = now, _copied(network), 0
            if waited >= _PATIENCE:
                break
    return Amortised(
        base=base,
        groups=columns,
        gains=kept[0],
        reading=reading,
        moving=moving,
        inner=kept[1],
        offset=kept[2],
        outer=kept[3],
        first=first,
    )


class _Directions(NamedTuple):
    reading: Floats
    moving: Floats


def _directions(prior: Prior, answers: Answers, rank: int) -> _Directions:
    """Along which people differ most in what they were asked, under the prior.

    The leading eigenvectors V of `√Σ E[zzᵀ] √Σ`: a row is read as `Vᵀ√Σ z`, in units of its spread,
    and the means move along `√Σ V`, by standard deviations.
    """
    import numpy as np

    covariance = np.diag(prior.variance)
    if prior.factor is not None:
        covariance = covariance + prior.factor.T @ prior.factor
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    rows = answers.rows[answers.weight > 0] @ root
    spread, found = np.linalg.eigh(rows.T @ rows / max(len(rows), 1))
    leading = found[:, ::-1][:, :rank]
    scale = np.sqrt(np.maximum(spread[::-1][:rank], 1e-12))
    # The sign of an eigenvector is arbitrary; the same data must give the same directions.
    leading = leading * np.sign(leading[np.abs(leading).argmax(axis=0), np.arange(rank)])
    return _Directions((root @ leading / scale).T, (root @ leading).T)


def _frame(base: Population, groups: NDArray[np.int64], reading: Floats, moving: Floats) -> _Frame:
    import numpy as np
    import torch

    shared = base.prototypes[0]
    width = len(groups)
    factor = np.zeros((0, width)) if shared.factor is None else shared.factor
    return _Frame(
        torch.tensor(np.array([each.mean for each in base.prototypes])),
        torch.tensor(shared.variance),
        torch.tensor(factor),
        torch.tensor(base.router[:, -1]),
        torch.tensor(groups),
        torch.tensor(reading),
        torch.tensor(moving),
    )


def _tensors(answers: Answers) -> _Data:
    import torch

    return _Data(
        torch.tensor(answers.rows), torch.tensor(answers.target), torch.tensor(answers.weight)
    )


def _copied(network: _Network) -> Sequence[Floats]:
    return [each.detach().numpy().copy() for each in network]


def _orders(data: _Data, rng: np.random.Generator) -> torch.Tensor:
    """For each person their answers in random order, padding last, shape `(u, t)`."""
    import numpy as np
    import torch

    weight = data.weight.numpy()
    keys = rng.random(weight.shape) + 2.0 * (weight <= 0.0)
    return torch.tensor(np.argsort(keys, axis=1))


def _loss(frame: _Frame, network: _Network, episode: _Episode) -> torch.Tensor:
    """Negative log-likelihood of the answers that were not seen, per answer."""
    import torch

    data, order, count, _ = episode
    index = order[..., None].expand(-1, -1, data.rows.shape[2])
    rows = data.rows.gather(1, index)
    target, weight = data.target.gather(1, order), data.weight.gather(1, order)
    first = min(count, episode.read)
    read = _Data(rows[:, :first], target[:, :first], weight[:, :first])
    means, gain, router = _prior(frame, network, read)
    scaled = rows * gain[:, None]
    spread = scaled * frame.variance + (scaled @ frame.factor.T) @ frame.factor
    kernel = scaled @ spread.transpose(1, 2)
    chances, evidence = [], []
    for mean in means:
        base = (rows @ mean[..., None])[..., 0]
        found = _fitted(kernel, base, target[:, :count], weight[:, :count])
        chances.append(found.chances)
        evidence.append(found.evidence)
    shares = torch.softmax(torch.stack(evidence, dim=1) + torch.log_softmax(router, 1), dim=1)
    p = (shares[..., None] * torch.stack(chances, dim=1)).sum(dim=1).clamp(1e-9, 1.0 - 1e-9)
    asked, said = weight[:, count:], target[:, count:]
    each = said * torch.log(p) + (1.0 - said) * torch.log(1.0 - p)
    return -(asked * each).sum() / asked.sum().clamp(min=1e-9)


class _Made(NamedTuple):
    means: Sequence[torch.Tensor]
    gain: torch.Tensor
    router: torch.Tensor


def _prior(frame: _Frame, network: _Network, pairs: _Data) -> _Made:
    """Everybody's prior, as `Amortised.population` makes it."""
    import torch

    given = (pairs.weight > 0.0).to(pairs.rows.dtype)
    sure = (2.0 * pairs.target - 1.0) * given
    coordinates = (pairs.rows * sure[..., None]) @ frame.reading.T
    read = torch.tanh(coordinates @ network.inner.T + network.offset) * given[..., None]
    out = (read.sum(dim=1) / (1.0 + given.sum(dim=1, keepdim=True))) @ network.outer.T
    rank, groups = len(frame.reading), len(network.gains)
    shift = out[:, :rank] @ frame.moving
    gain = torch.exp(network.gains + out[:, rank : rank + groups])[:, frame.groups]
    router = frame.router + out[:, rank + groups :]
    return _Made([mean + shift for mean in frame.means], gain, router)


class _Fitted(NamedTuple):
    chances: torch.Tensor
    evidence: torch.Tensor


def _fitted(
    kernel: torch.Tensor, base: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> _Fitted:
    """A fit to the first answers, and what it predicts of the others."""
    import torch
    from torch.nn.functional import logsigmoid

    count = target.shape[1]
    inner, cross = kernel[:, :count, :count], kernel[:, count:, :count]
    alpha = _newton(inner, base[:, :count], target, weight)
    gained = (inner @ alpha[..., None])[..., 0]
    logits = base[:, :count] + gained
    sigma = torch.sigmoid(logits)
    root = torch.sqrt(weight * sigma * (1.0 - sigma) + _TINY)
    unit = torch.eye(count, dtype=kernel.dtype)
    lower = torch.linalg.cholesky(unit + root[:, :, None] * inner * root[:, None, :])
    reduced = torch.linalg.solve_triangular(
        lower, root[:, :, None] * cross.transpose(1, 2), upper=False
    )
    own = torch.diagonal(kernel, dim1=1, dim2=2)[:, count:]
    variance = (own - (reduced**2).sum(dim=1)).clamp(min=0.0)
    mean = base[:, count:] + (cross @ alpha[..., None])[..., 0]
    likely = target * logsigmoid(logits) + (1.0 - target) * logsigmoid(-logits)
    logdet = torch.log(torch.diagonal(lower, dim1=1, dim2=2)).sum(dim=1)
    evidence = (weight * likely).sum(dim=1) - 0.5 * (alpha * gained).sum(dim=1) - logdet
    return _Fitted(torch.sigmoid(mean / torch.sqrt(1.0 + torch.pi / 8.0 * variance)), evidence)


def _newton(
    kernel: torch.Tensor, base: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Dual weights after three damped steps from the prior's mean."""
    import torch

    unit = torch.eye(target.shape[1], dtype=kernel.dtype)
    alpha = torch.zeros_like(target)
    for _ in range(_NEWTON_STEPS):
        gained = (kernel @ alpha[..., None])[..., 0]
        sigma = torch.sigmoid(base + gained)
        curvature = weight * sigma * (1.0 - sigma)
        root = torch.sqrt(curvature + _TINY)
        pull = curvature * gained + weight * (target - sigma)
        system = unit + root[:, :, None] * kernel * root[:, None, :]
        solved = torch.linalg.solve(system, root * (kernel @ pull[..., None])[..., 0])
        step = pull - root * solved - alpha
        move = (kernel @ step[..., None])[..., 0]
        decrement = ((step * move).sum(dim=1) + (curvature * move**2).sum(dim=1)).clamp(min=0.0)
        alpha = alpha + step / (1.0 + torch.sqrt(decrement + _TINY))[:, None]
    return alpha
