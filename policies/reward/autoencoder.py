"""A sparse autoencoder of embedding differences: a few signed features each.

After WIMHF ("What's In My Human Feedback? Learning Interpretable Descriptions of Preference Data"):
BatchTopK by size with the sign kept, nested ("Matryoshka") losses over a prefix of the features and
over all, unit decoder columns, an auxiliary loss that lets dead features explain the residual, Adam
at 5e-4. What differs: there are no biases, so that swapping the texts of a pair turns the sign of
every feature; dead features are picked by size too; features start as pairs drawn at random; and
batches shrink with the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Sparsity", "Trained", "train"]

_LEARNING_RATE = 5e-4
_AUXILIARY = 1.0 / 32.0
_DEAD_AFTER = 256
_CLIP = 1.0
_LARGEST_BATCH, _SMALLEST_BATCH = 512, 16
_HELD_OUT = 10
_PATIENCE, _LEAST_EPOCHS = 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparsity:
    """How many features there are, and how many a pair has.

    Attributes:
        features: M.
        active: K, the mean number of features that are not 0.
        prefix: How many features must also do alone; the broadest end up among them.
    """

    features: int = 32
    active: int = 4
    prefix: int = 8


class Trained(NamedTuple):
    """An encoder.

    Attributes:
        encoder: Shape `(features, d)`.
        threshold: Below this size an activation counts as 0, as BatchTopK would have it over all.
        explained: Share of the held-out differences' squares that is reconstructed.
        epochs: Passes over the data.
    """

    encoder: Floats
    threshold: float
    explained: float
    epochs: int


def train(differences: Floats, sparsity: Sparsity, *, epochs: int = 200, seed: int = 0) -> Trained:
    """Fits the autoencoder; the same data and seed give the same encoder on the same machine.

    A tenth of the pairs is held out, and training ends when they are reconstructed no better.

    Args:
        differences: Embedding differences, shape `(n, d)`, at least 20.
        sparsity: The size.
        epochs: Passes over the data at most.
        seed: Of everything random.
    """
    import torch

    threads = torch.get_num_threads()
    # Steps take a fraction of a millisecond: shared out, they would wait for each other, and sums
    # would depend on the number of cores.
    torch.set_num_threads(1)
    try:
        return _train(torch.as_tensor(differences, dtype=torch.float32), sparsity, epochs, seed)
    finally:
        torch.set_num_threads(threads)


def _train(data: torch.Tensor, sparsity: Sparsity, epochs: int, seed: int) -> Trained:
    import torch

    random = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(data), generator=random)
    held, kept = data[order[::_HELD_OUT]], data[order[torch.arange(len(data)) % _HELD_OUT != 0]]
    first = torch.randint(len(kept), (sparsity.features,), generator=random)
    decoder = kept[first].t()
    decoder = (decoder / decoder.norm(dim=0).clamp_min(1e-8)).requires_grad_()
    encoder = decoder.detach().t().clone().requires_grad_()
    optimizer = torch.optim.Adam([encoder, decoder], lr=_LEARNING_RATE)
    size = max(_SMALLEST_BATCH, min(_LARGEST_BATCH, len(kept) // 8))
    idle = torch.zeros(sparsity.features, dtype=torch.long)
    best, best_loss, waited, epoch = encoder.detach().clone(), float("inf"), 0, 0
    for epoch in range(1, epochs + 1):
        shuffled = torch.randperm(len(kept), generator=random)
        for batch in torch.split(shuffled, size):
            _step(kept[batch], encoder, decoder, sparsity=sparsity, idle=idle, optimizer=optimizer)
        with torch.no_grad():
            loss = float(_loss(held, held @ encoder.t(), decoder, sparsity))
        waited = 0 if loss < best_loss - 1e-6 else waited + 1
        if loss < best_loss:
            best, best_loss = encoder.detach().clone(), loss
            best_decoder = decoder.detach().clone()
        if waited >= _PATIENCE and epoch >= _LEAST_EPOCHS:
            break
    sizes = (data @ best.t()).abs().flatten()
    count = min(sparsity.active * len(data), len(sizes))
    explained = 1.0 - float(
        _normalised(_top(held @ best.t(), sparsity.active) @ best_decoder.t(), held)
    )
    return Trained(
        encoder=_within(best, data),
        threshold=float(sizes.topk(count).values.min()),
        explained=explained,
        epochs=epoch,
    )


def _within(encoder: torch.Tensor, data: torch.Tensor) -> Floats:
    """An encoder that reads the same off these differences, and nothing off what none of them has.

    Adam goes by coordinates and so leaves noise in such directions, which other texts may have.
    """
    import numpy as np
    import torch

    _, values, directions = torch.linalg.svd(data.double(), full_matrices=False)
    kept = directions[values > 1e-6 * values[0]]
    return np.asarray(((encoder.double() @ kept.t()) @ kept).numpy())


def _step(
    batch: torch.Tensor,
    encoder: torch.Tensor,
    decoder: torch.Tensor,
    *,
    sparsity: Sparsity,
    idle: torch.Tensor,
    optimizer: torch.optim.Optimizer,
) -> None:
    """One step of Adam, in place; `idle` counts the steps since each feature was last active."""
    import torch

    before = batch @ encoder.t()
    loss = _loss(batch, before, decoder, sparsity)
    dead = idle > _DEAD_AFTER
    if dead.any():
        residual = batch - (_top(before, sparsity.active) @ decoder.t()).detach()
        spare = _top(before * dead, min(2 * sparsity.active, sparsity.features))
        loss = loss + _AUXILIARY * _normalised(spare @ decoder.t(), residual)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    with torch.no_grad():
        # Columns keep length 1, so only the part of the gradient across them may count.
        assert decoder.grad is not None, "the loss depends on it"
        decoder.grad -= (decoder * decoder.grad).sum(dim=0) * decoder
    torch.nn.utils.clip_grad_norm_([encoder, decoder], _CLIP)
    optimizer.step()
    with torch.no_grad():
        decoder /= decoder.norm(dim=0).clamp_min(1e-8)
        active = (_top(before, sparsity.active) != 0).any(dim=0)
        idle += 1
        idle[active] = 0


def _loss(
    batch: torch.Tensor, before: torch.Tensor, decoder: torch.Tensor, sparsity: Sparsity
) -> torch.Tensor:
    """The mean over the prefix and the whole of the share of squares that is missed."""
    active = _top(before, sparsity.active)
    whole = _normalised(active @ decoder.t(), batch)
    if not 0 < sparsity.prefix < sparsity.features:
        return whole
    prefix = active[:, : sparsity.prefix] @ decoder[:, : sparsity.prefix].t()
    return 0.5 * (whole + _normalised(prefix, batch))


def _top(values: torch.Tensor, each: int) -> torch.Tensor:
    """Keeps the largest by size, `each` a row on average, with their signs; the rest is 0."""
    import torch

    flat = values.flatten()
    places = flat.abs().topk(min(each * len(values), len(flat))).indices
    return torch.zeros_like(flat).scatter(0, places, flat[places]).view_as(values)


def _normalised(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return ((made - wanted) ** 2).mean() / (wanted**2).mean().clamp_min(1e-12)
