"""BoTorch on the same people and items: a Gaussian process over items, fitted to their comparisons.

`PairwiseGP` (Chu and Ghahramani, 2005) with its defaults, which knows nothing of other people, and
its own acquisition functions: EUBO (Lin et al., 2022) and BALD (Houlsby et al., 2011), which is its
information gain. Optional: it comes with `penchant[botorch]`.
"""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

from ...errors import InputError
from ...policies.elicit.gaussian import Picked, Response
from .arms import Asked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BoTorchLearner", "botorch_version"]


def botorch_version() -> str | None:
    """Of the BoTorch that is installed, None if none is."""
    try:
        return version("botorch")
    except PackageNotFoundError:
        return None


class BoTorchLearner:
    """Chooses among all pairs of items, from a random first one.

    Args:
        acquisition: Which of BoTorch's functions chooses.
        items: What can be offered, shape `(n, d)`.
        fresh: Other items that the model must predict, shape `(m, d)`.
        seed: Of its own draws.
    """

    def __init__(
        self, acquisition: Literal["EUBO", "BALD"], items: Floats, fresh: Floats, *, seed: int
    ) -> None:
        import numpy as np
        import torch

        self._acquisition = acquisition
        self._items = items
        both = np.vstack([items, fresh])
        self._points = torch.tensor(items, dtype=torch.double)
        self._bounds = torch.tensor(np.stack([both.min(axis=0), both.max(axis=0)]))
        self._first, self._second = np.triu_indices(len(items), 1)
        self._compared: list[list[int]] = []
        self._pair: list[int] = []
        self._model: Any = None
        # Before any answer, one order is as good as another.
        self._guess = np.random.default_rng(seed)
        torch.manual_seed(seed)

    def ask(self, asked: frozenset[str], rng: np.random.Generator) -> Asked:
        """See `Learner`."""
        import numpy as np

        scores = rng.random(len(self._first)) if self._model is None else self._scores()
        for place in np.argsort(-scores, kind="stable"):
            self._pair = [int(self._first[place]), int(self._second[place])]
            question = Asked(rows=self._items[self._pair])
            if question.key not in asked:
                return question
        raise InputError(f"all {len(self._first)} pairs were asked about; ask fewer questions")

    def learn(self, response: Response) -> None:
        """See `Learner`."""
        import torch
        from botorch.fit import fit_gpytorch_mll
        from botorch.models.pairwise_gp import PairwiseGP, PairwiseLaplaceMarginalLogLikelihood
        from botorch.models.transforms.input import Normalize

        if not isinstance(response, Picked):
            raise InputError(f"{response!r} is no pick between two; BoTorch takes comparisons only")
        winner = response.picked
        self._compared.append([self._pair[winner], self._pair[1 - winner]])
        # The process is fitted to the items that were compared, numbered anew.
        seen = sorted({place for each in self._compared for place in each})
        number = {place: new for new, place in enumerate(seen)}
        pairs = [[number[place] for place in each] for each in self._compared]
        width = self._items.shape[1]
        with warnings.catch_warnings():
            # It warns of inputs outside the unit cube before it has scaled them.
            warnings.simplefilter("ignore")
            model = PairwiseGP(
                self._points[seen],
                torch.tensor(pairs),
                input_transform=Normalize(d=width, bounds=self._bounds),
            )
            fit_gpytorch_mll(PairwiseLaplaceMarginalLogLikelihood(model.likelihood, model))
        self._model = model

    def utilities(self, rows: Floats) -> Floats:
        """See `Learner`."""
        import numpy as np
        import torch

        if self._model is None:
            return self._guess.standard_normal(len(rows))
        with torch.no_grad():
            mean = self._model.posterior(torch.tensor(rows, dtype=torch.double)).mean
        return np.asarray(mean.squeeze(-1).numpy())

    @property
    def entropy(self) -> float:
        """See `Learner`."""
        return float("nan")

    def _scores(self) -> Floats:
        import numpy as np
        import torch
        from botorch.acquisition.preference import (
            AnalyticExpectedUtilityOfBestOption,
            PairwiseBayesianActiveLearningByDisagreement,
        )

        kinds = {
            "EUBO": AnalyticExpectedUtilityOfBestOption,
            "BALD": PairwiseBayesianActiveLearningByDisagreement,
        }
        pairs = self._points[np.stack([self._first, self._second], axis=1)]
        with torch.no_grad():
            return np.asarray(kinds[self._acquisition](pref_model=self._model)(pairs).numpy())
