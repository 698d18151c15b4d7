"""What is made of many users' days: every measure by arm and temperament, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..runner import Episode, Summary
from ..users.consent import TEMPERAMENTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["LOWER", "summarised"]

_DRAWS = 2000

# What each rate is a share of.
_RATES: Mapping[str, tuple[str, str]] = {
    "utility": ("utility", "occasions"),
    "regret": ("regret", "occasions"),
    "right": ("right", "occasions"),
    "precision": ("welcome_interventions", "interventions"),
    "recall": ("welcome_interventions", "wanted_occasions"),
    "violation_rate": ("violations", "opportunities"),
    "own_violation_rate": ("own_violations", "own_opportunities"),
    "related_violation_rate": ("related_violations", "related_opportunities"),
    "needless_asks": ("needless_asks", "occasions"),
    "unhelpful_silence": ("unhelpful_silence", "occasions"),
    "acts_without_leave": ("acts_without_leave", "occasions"),
}
LOWER = frozenset(
    {
        "regret",
        "violation_rate",
        "own_violation_rate",
        "related_violation_rate",
        "needless_asks",
        "unhelpful_silence",
        "acts_without_leave",
    }
)
"""The rates of which less is better."""
_COUNTED = (
    "violations",
    "opportunities",
    "own_violations",
    "own_opportunities",
    "related_violations",
    "related_opportunities",
    "interventions",
    "wanted_occasions",
)
_FIGURES = (
    "utility",
    "regret",
    "precision",
    "recall",
    "violations",
    "opportunities",
    "own_violations",
    "related_violations",
    "needless_asks",
    "unhelpful_silence",
    "acts_without_leave",
)
_NOTE = (
    "Users are drawn and speak templates. An occasion on which the user happens not to want what "
    "they mostly want counts against whoever asks: only the oracle knows."
)


def summarised(
    episodes: Sequence[Episode], *, baseline: str, arms: Sequence[str], seed: int
) -> Summary:
    """Figures and rows.

    Rates are ratios of sums over users; intervals draw whole users again, and gains over the
    baseline are of the same users in both arms. Figures without a prefix are of our arm.

    Args:
        episodes: Of any arms and users.
        baseline: The arm that gains are reckoned against.
        arms: In the order of the rows.
        seed: Of the draws.
    """
    by_arm: dict[str, dict[str, Episode]] = {}
    for each in episodes:
        by_arm.setdefault(each.key.arm, {})[each.key.user] = each
    rows: list[dict[str, object]] = []
    for arm in arms:
        if arm in by_arm:
            rows.append(_row(arm, "all", by_arm[arm], by_arm.get(baseline, {}), seed))
    for temperament in TEMPERAMENTS:
        for arm in arms:
            part = _of(by_arm.get(arm, {}), temperament.name)
            if part:
                base = _of(by_arm.get(baseline, {}), temperament.name)
                rows.append(_row(arm, temperament.name, part, base, seed))
    figures: dict[str, float] = {}
    for row in rows:
        if row["temperament"] != "all":
            continue
        prefix = "" if row["arm"] == "ours" else f"{str(row['arm']).replace(' ', '_')}_"
        for name in _FIGURES:
            value = row[name]
            if isinstance(value, int | float):
                figures[f"{prefix}{name}"] = float(value)
    return Summary(figures=figures, rows=rows, notes=(_NOTE,))


def _of(episodes: Mapping[str, Episode], temperament: str) -> dict[str, Episode]:
    return {
        user: each
        for user, each in episodes.items()
        if each.detail.get("temperament") == temperament
    }


def _row(
    arm: str,
    temperament: str,
    found: Mapping[str, Episode],
    base: Mapping[str, Episode],
    seed: int,
) -> dict[str, object]:
    import numpy as np

    users = sorted(found)
    paired = [user for user in users if user in base]
    draws = _draws(len(users), seed)
    paired_draws = draws if len(paired) == len(users) else _draws(len(paired), seed)
    row: dict[str, object] = {
        "arm": arm,
        "temperament": temperament,
        "n": len(users),
        "occasions": int(_column(found, users, "occasions").sum()),
    }
    for name, (part, whole) in _RATES.items():
        above, below = _column(found, users, part), _column(found, users, whole)
        row |= _told(
            name, _rate(above, below, np.ones((1, len(users)))), _rate(above, below, draws)
        )
        if arm != _arm_of(base) and paired:
            mine = _column(found, paired, part), _column(found, paired, whole)
            other = _column(base, paired, part), _column(base, paired, whole)
            once = np.ones((1, len(paired)))
            # A gain is what is better, and of some less is.
            way = -1.0 if name in LOWER else 1.0
            row |= _told(
                f"{name}_gain",
                way * (_rate(*mine, once) - _rate(*other, once)),
                way * (_rate(*mine, paired_draws) - _rate(*other, paired_draws)),
            )
    for name in _COUNTED:
        row[name] = int(_column(found, users, name).sum())
    costs = [found[user].costs for user in users]
    row |= {
        "asks_per_user": sum(each.questions for each in costs) / len(users),
        "acts_per_user": float(_column(found, users, "acts").mean()),
        "words_read_per_user": sum(each.words_read for each in costs) / len(users),
        "words_written_per_user": sum(each.words_written for each in costs) / len(users),
        "seconds_per_user": sum(each.seconds for each in costs) / len(users),
        "passed_over": sum(found[user].failures.get("passed_over", 0) for user in users),
        "failed": sum(found[user].error is not None for user in users),
    }
    return row


def _arm_of(base: Mapping[str, Episode]) -> str | None:
    """The arm of some episodes, which all have the same."""
    return next((each.key.arm for each in base.values()), None)


def _draws(size: int, seed: int) -> Floats:
    import numpy as np

    rng = np.random.default_rng(seed)
    return rng.multinomial(size, np.full(size, 1.0 / max(size, 1)), size=_DRAWS).astype(float)


def _column(found: Mapping[str, Episode], users: Sequence[str], name: str) -> Floats:
    import numpy as np

    return np.array([found[user].measures.get(name) or 0.0 for user in users], dtype=float)


def _rate(above: Floats, below: Floats, draws: Floats) -> Floats:
    """A ratio of sums for each draw; not a number where nothing is below."""
    import numpy as np

    under = draws @ below
    return np.where(under > 0, (draws @ above) / np.where(under > 0, under, 1.0), np.nan)


def _told(name: str, value: Floats, draws: Floats) -> dict[str, object]:
    import numpy as np

    low, high = None, None
    if np.isfinite(draws).any():
        low, high = (float(each) for each in np.nanpercentile(draws, [2.5, 97.5]))
    mean = float(value[0])
    return {
        name: mean if np.isfinite(mean) else None,
        f"{name}_low": low,
        f"{name}_high": high,
    }
