"""Predictions as episodes, one for each arm and user, and episodes as predictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..runner.episodes import Costs, Episode, EpisodeKey, Json
from .outcomes import CEILING, Outcome

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Predicted", "named", "outcomes_of", "predicted", "told"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predicted:
    """What one arm predicted on one file.

    Attributes:
        ks: Numbers of answers it had seen.
        chances: P(label 1), shape `(len(ks), n)`.
        hits: 1 where the likelier label was right, the same shape.
        losses: Negative log-likelihood of each label, the same shape.
        target: Labels, shape `(n,)`.
        clusters: Which predictions belong together, shape `(n,)`.
        users: Where each user's predictions are among the `n`.
    """

    ks: Sequence[int]
    chances: Floats
    hits: Floats
    losses: Floats
    target: Floats
    clusters: Ints
    users: Mapping[int, slice]


class _Group(NamedTuple):
    """What `predicted` keeps apart."""

    data: str
    file: str
    arm: str


def named(arm: str, ks: Sequence[int], measure: str) -> list[str]:
    """What a measure is called after each number of answers."""
    return [f"{measure}_all" if arm == CEILING else f"{measure}_k{k}" for k in ks]


def predicted(outcomes: Iterable[Outcome]) -> dict[tuple[str, str, str], Predicted]:
    """Outcomes by data, file and arm; of each, all predict the same."""
    groups: dict[_Group, list[Outcome]] = {}
    for each in outcomes:
        groups.setdefault(_Group(each.data, each.file, each.arm), []).append(each)
    return {(group.data, group.file, group.arm): _predicted(some) for group, some in groups.items()}


def _predicted(outcomes: Sequence[Outcome]) -> Predicted:
    import numpy as np

    first = outcomes[0]
    assert first.users is not None, "outcomes of the track tell users apart"
    order = np.argsort(first.users, kind="stable")
    users, starts = np.unique(first.users[order], return_index=True)
    ends = [*starts[1:].tolist(), len(order)]
    return Predicted(
        ks=[each.k for each in outcomes],
        chances=np.stack([each.chances[order] for each in outcomes]),
        hits=np.stack([each.hits[order] for each in outcomes]),
        losses=np.stack([each.losses[order] for each in outcomes]),
        target=first.target[order],
        clusters=first.clusters[order],
        users={
            user: slice(start, end)
            for user, start, end in zip(users.tolist(), starts.tolist(), ends, strict=True)
        },
    )


def told(key: EpisodeKey, found: Predicted, profile: Mapping[str, Json]) -> Episode:
    """The episode of one user.

    `series` has accuracy and loss by number of answers, which is in `k`; `detail` has every
    prediction with its label and cluster.

    Args:
        key: Names it.
        found: What its arm predicted on its file.
        profile: What is hidden of the user.
    """
    here = found.users[int(key.user)]
    chances = found.chances[:, here]
    accuracy = found.hits[:, here].mean(axis=1).tolist()
    nll = found.losses[:, here].mean(axis=1).tolist()
    ties = int((abs(chances - 0.5) < 1e-9).sum())
    most = max(found.ks)
    measures = dict(zip(named(key.arm, found.ks, "accuracy"), accuracy, strict=True))
    measures |= dict(zip(named(key.arm, found.ks, "nll"), nll, strict=True))
    return Episode(
        key=key,
        measures=measures,
        series={"k": [float(k) for k in found.ks], "accuracy": accuracy, "nll": nll},
        costs=Costs(questions=most, turns=most),
        failures={"tie": ties} if ties else {},
        profile=profile,
        detail={
            "k": list(found.ks),
            "chances": chances.tolist(),
            "target": found.target[here].astype(int).tolist(),
            "clusters": found.clusters[here].tolist(),
        },
    )


class _Kept(NamedTuple):
    """One user's predictions, as an episode kept them."""

    ks: Sequence[int]
    chances: Floats
    target: Floats
    clusters: Ints

    def nothing(self, ks: Sequence[int]) -> _Kept:
        """The same user, of whom nothing is predicted."""
        import numpy as np

        half = np.full((len(ks), len(self.target)), 0.5)
        return _Kept(ks, half, self.target, self.clusters)


def outcomes_of(
    episodes: Sequence[Episode], *, data: str, file: str, arms: Sequence[str]
) -> list[Outcome]:
    """The outcomes on one file.

    An episode that could not be held predicts nothing: every chance is a half, which is wrong.

    Args:
        episodes: Of all arms on the file, in any order.
        data: The kind of data.
        file: The file.
        arms: In which order; an arm of which nothing was held is left out.
    """
    known: dict[str, dict[int, _Kept]] = {arm: {} for arm in arms}
    lost: dict[str, set[int]] = {arm: set() for arm in arms}
    anybody: dict[int, _Kept] = {}
    for each in episodes:
        arm, user = each.key.arm, int(each.key.user)
        if each.error is not None:
            lost[arm].add(user)
            continue
        known[arm][user] = _kept(each)
        anybody.setdefault(user, known[arm][user])
    outcomes: list[Outcome] = []
    for arm, some in known.items():
        for user in lost[arm] & anybody.keys() if some else ():
            some[user] = anybody[user].nothing(next(iter(some.values())).ks)
        outcomes += _outcomes(some, data=data, file=file, arm=arm)
    return outcomes


def _outcomes(known: Mapping[int, _Kept], *, data: str, file: str, arm: str) -> Iterator[Outcome]:
    import numpy as np

    if not known:
        return
    users = sorted(known)
    some = [known[user] for user in users]
    chances = np.concatenate([each.chances for each in some], axis=1)
    target = np.concatenate([each.target for each in some])
    clusters = np.concatenate([each.clusters for each in some])
    about = np.repeat(np.array(users), [len(each.target) for each in some])
    for k, row in zip(some[0].ks, chances, strict=True):
        yield Outcome(
            data=data,
            file=file,
            arm=arm,
            k=k,
            chances=row,
            target=target,
            clusters=clusters,
            users=about,
        )


def _kept(episode: Episode) -> _Kept:
    import numpy as np

    detail = episode.detail
    return _Kept(
        ks=[int(k) for k in episode.series["k"]],
        chances=np.array(detail["chances"], dtype=np.float64),
        target=np.array(detail["target"], dtype=np.float64),
        clusters=np.array(detail["clusters"], dtype=np.int64),
    )
