"""Figures and rows of the track, made of its episodes alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...policies.elicit.stopping import StopRule
from ..runner.episodes import Episode
from ..runner.tracks import Row
from ..statistics import Resampler
from .adaptive import adapted
from .arms import ANSWER, BOTH, EIG, LEARN, RANDOM
from .records import Taken, taken
from .stops import stop_curves

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "AFTER",
    "ALONE",
    "BOTORCH",
    "Found",
    "adaptive_found",
    "asked_found",
    "mean_figures",
    "peers_found",
    "replay_found",
    "stops_found",
]

AFTER = (1, 3, 5, 8, 12)
ALONE = "EIG pair, no population"
BOTORCH = ("BoTorch EUBO", "BoTorch BALD")
_BESIDE = (RANDOM, EIG, "EUBO pair", LEARN, ANSWER, BOTH)
_MEASURES = ("accuracy", "fresh_accuracy", "regret", "regret_over_average", "regret_logits")
_HIGHER = frozenset({"accuracy", "fresh_accuracy"})


class Found(NamedTuple):
    """One file's figures and rows."""

    figures: dict[str, float]
    rows: list[Row]


class _Pair(NamedTuple):
    """The places of the people whom two arms have in common."""

    one: Ints
    other: Ints


def mean_figures(files: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Each figure's mean over the files that have it."""
    known: dict[str, list[float]] = {}
    for each in files:
        for name, value in each.items():
            known.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in known.items()}


def asked_found(file: str, arms: Mapping[str, Taken], *, seed: int) -> Found:
    """What questions bring, arm by arm, and what the policy that does both gives up.

    Args:
        file: The file.
        arms: Questions to its people.
        seed: Of intervals.
    """
    rows = list(_arm_rows(file, arms, seed=seed, baseline=RANDOM))
    rows += _mixed_rows(file, arms, seed=seed)
    return Found(_figures(arms), rows)


def stops_found(file: str, arms: Mapping[str, Taken], *, rule: StopRule) -> Found:
    """Where the stop rule stops the policy that does both, constant by constant."""
    if BOTH not in arms or not any(arms[BOTH].decisions):
        return Found({}, [])
    stops = stop_curves(arms[BOTH], rule)
    return Found({}, [{"file": file, "what": "stop rule", **each._asdict()} for each in stops])


def _figures(arms: Mapping[str, Taken]) -> dict[str, float]:
    figures: dict[str, float] = {}

    def mean(arm: str, measure: str, after: int) -> float | None:
        if arm not in arms or after > arms[arm].questions:
            return None
        return float(arms[arm].measures[measure][:, after].mean())

    def put(name: str, value: float | None) -> None:
        if value is not None:
            figures[name] = value

    for prefix, learning, answering in (
        ("", LEARN, ANSWER),
        ("random_", RANDOM, RANDOM),
        ("mixed_", BOTH, BOTH),
    ):
        for after in (5, 12):
            put(f"{prefix}pair_accuracy_q{after}", mean(learning, "accuracy", after))
        for after in (1, 5):
            put(f"{prefix}regret_q{after}", mean(answering, "regret", after))
    # A share below 1 means that the mixed policy does worse than the specialist.
    for after in (5, 12):
        both, best = mean(BOTH, "accuracy", after), mean(LEARN, "accuracy", after)
        put(f"mixed_accuracy_ratio_q{after}", both / best if both and best else None)
    for after in (1, 5):
        both, best = mean(BOTH, "regret", after), mean(ANSWER, "regret", after)
        if both is not None and best is not None:
            put(f"mixed_regret_ratio_q{after}", both / max(best, 1e-12))
    if LEARN in arms:
        put("nats_per_question", _mean(arms[LEARN].nats[:, :5]))
    if BOTH in arms:
        put("ms_per_question", _mean(arms[BOTH].milliseconds))
    return figures


def _mean(values: Floats) -> float | None:
    """The mean of what is known, None if nothing is."""
    import numpy as np

    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _arm_rows(file: str, arms: Mapping[str, Taken], *, seed: int, baseline: str) -> Iterator[Row]:
    """One row for each arm and number of questions; gains are paired, by respondent."""
    import numpy as np

    resamplers: dict[bytes, Resampler] = {}

    def resampler(respondents: Ints) -> Resampler:
        key = respondents.tobytes()
        if key not in resamplers:
            resamplers[key] = Resampler(respondents, seed=seed)
        return resamplers[key]

    base = arms.get(baseline)
    for name, course in arms.items():
        pair = None if base is None or name == baseline else _common(course, base)
        for after in (0, *(each for each in AFTER if each <= course.questions)):
            row: dict[str, object] = {
                "file": file,
                "what": "questions",
                "arm": name,
                "questions": after,
                "n": len(course.people),
            }
            for measure in _MEASURES:
                values = course.measures[measure][:, after]
                known = np.flatnonzero(~np.isnan(values))
                if not len(known):
                    continue
                found = resampler(course.respondents[known]).interval(values[known])
                row |= {measure: found.mean, f"{measure}_low": found.low}
                row[f"{measure}_high"] = found.high
                if base is None or pair is None or measure not in ("accuracy", "regret"):
                    continue
                if len(pair.one) and after <= base.questions:
                    apart = values[pair.one] - base.measures[measure][pair.other, after]
                    gain = resampler(course.respondents[pair.one]).interval(
                        apart if measure in _HIGHER else -apart
                    )
                    row |= {f"{measure}_gain": gain.mean, f"{measure}_gain_low": gain.low}
                    row[f"{measure}_gain_high"] = gain.high
            if after and any(course.decisions):
                for unit, each in (("nats", course.nats), ("ms", course.milliseconds)):
                    per_question = _mean(each[:, :after])
                    if per_question is not None:
                        row[f"{unit}_per_question"] = per_question
                row["options_per_question"] = course.options(after)
            if course.failed:
                row["failed"] = course.failed
            yield row
    first = base if base is not None else next(iter(arms.values()), None)
    if first is not None:
        for after in (each for each in AFTER if each <= first.questions):
            yield {
                "file": file,
                "what": "questions",
                "arm": "full knowledge",
                "questions": after,
                "n": len(first.people),
                **{measure: 1.0 if measure in _HIGHER else 0.0 for measure in _MEASURES},
            }


def _common(one: Taken, other: Taken) -> _Pair:
    import numpy as np

    _, first, second = np.intersect1d(one.people, other.people, return_indices=True)
    return _Pair(first, second)


def _mixed_rows(file: str, arms: Mapping[str, Taken], *, seed: int) -> Iterator[Row]:
    """What the policy that does both gives up beside either specialist, paired by person."""
    if not {BOTH, LEARN, ANSWER} <= set(arms):
        return
    both = arms[BOTH]
    pairs = {each: _common(both, arms[each]) for each in (LEARN, ANSWER)}
    for after in (each for each in AFTER if each <= both.questions):
        row: dict[str, object] = {"file": file, "what": "mixed", "questions": after}
        for measure, specialist in (("accuracy", LEARN), ("regret", ANSWER)):
            pair = pairs[specialist]
            if not len(pair.one):
                continue
            ours = both.measures[measure][pair.one, after]
            theirs = arms[specialist].measures[measure][pair.other, after]
            resampler = Resampler(both.respondents[pair.one], seed=seed)
            apart = resampler.interval(ours - theirs)
            row |= {
                measure: float(ours.mean()),
                f"specialist_{measure}": float(theirs.mean()),
                f"{measure}_difference": apart.mean,
                f"{measure}_difference_low": apart.low,
                f"{measure}_difference_high": apart.high,
            }
        yield row


def adaptive_found(file: str, episodes: Sequence[Episode]) -> Found:
    """How often another answer led to another question."""
    histories = [
        [(str(each["question"]), int(str(each["picked"]))) for each in episode.decisions]
        for episode in episodes
        if episode.error is None
    ]
    found = adapted(histories)
    row: dict[str, object] = {"file": file, "what": "adaptive", "pairs": found.pairs}
    failed = len(episodes) - len(histories)
    if failed:
        row["failed"] = failed
    return Found({"adaptive_share": found.share} if found.pairs else {}, [row])


def replay_found(file: str, episodes: Sequence[Episode], *, seed: int) -> Found:
    """What asking recorded questions by information saves, paired by respondent."""
    import numpy as np

    by_arm: dict[str, dict[str, Episode]] = {EIG: {}, RANDOM: {}}
    for each in episodes:
        by_arm[each.key.arm][each.key.user] = each
    # In the order of the file, whatever the order in which they were held.
    people = sorted(
        by_arm[EIG].keys() & by_arm[RANDOM].keys(), key=lambda user: _place(by_arm, user)
    )
    if not people:
        note = "nobody has enough answers to choose among"
        return Found({}, [{"file": file, "what": "replay", "not run": note}])
    failed = sum(each.error is not None for each in episodes)
    resampler = Resampler(np.arange(len(people)), seed=seed)
    answers = next(iter(by_arm[EIG].values())).series["answers"]
    informed, shuffled = (
        np.array([some[user].series["nll"] for user in people])
        for some in (by_arm[EIG], by_arm[RANDOM])
    )
    rows: list[Row] = []
    figures: dict[str, float] = {}
    for place, after in enumerate(map(int, answers)):
        ours, other = informed[:, place], shuffled[:, place]
        gain = resampler.interval(other - ours)
        row: dict[str, object] = {
            "file": file,
            "what": "replay",
            "answers": after,
            "n": len(people),
            "nll": float(ours.mean()),
            "random_nll": float(other.mean()),
            "gain": gain.mean,
            "gain_low": gain.low,
            "gain_high": gain.high,
        }
        rows.append(row | ({"failed": failed} if failed else {}))
        if after == 3:
            figures |= {
                "replay_nll_gain_q3": gain.mean,
                "replay_nll_gain_q3_low": gain.low,
                "replay_nll_gain_q3_high": gain.high,
            }
    return Found(figures, rows)


def _place(by_arm: Mapping[str, Mapping[str, Episode]], user: str) -> tuple[float, str]:
    """Where a respondent stands in their file; those of whom that is not known come last."""
    for arm in by_arm.values():
        place = arm[user].detail.get("respondent")
        if isinstance(place, int):
            return place, user
    return float("inf"), user


def peers_found(
    file: str, arms: Mapping[str, Taken], beside: Sequence[Episode], *, seed: int
) -> Found:
    """BoTorch and ours on the same first people; ours without a population too, as it has none.

    Args:
        file: The file.
        arms: Questions to its people.
        beside: Episodes of BoTorch, and of ours without a population.
        seed: Of intervals.
    """
    import numpy as np

    peers = taken(beside)
    if not set(BOTORCH) <= set(peers):
        return Found({}, [])
    known = next(iter(peers.values()))
    side: dict[str, Taken] = {}
    for name, course in arms.items():
        if name in _BESIDE:
            chosen = np.flatnonzero(np.isin(course.people, known.people))
            side[name] = course.some(chosen, known.questions)
    side |= {name: peers[name] for name in (ALONE, *BOTORCH) if name in peers}
    rows: list[Row] = [
        {**row, "what": "side by side"}
        for row in _arm_rows(file, side, seed=seed, baseline=BOTORCH[0])
    ]
    theirs = [peers[each] for each in BOTORCH]
    figures: dict[str, float] = {}
    took = [each for each in (_mean(course.milliseconds) for course in theirs) if each is not None]
    if took:
        figures["botorch_ms_per_question"] = min(took)
    if known.questions >= 5:
        accuracy = [float(each.measures["accuracy"][:, 5].mean()) for each in theirs]
        regret = [float(each.measures["regret"][:, 5].mean()) for each in theirs]
        figures |= {"botorch_pair_accuracy_q5": max(accuracy), "botorch_regret_q5": min(regret)}
    return Found(figures, rows)
