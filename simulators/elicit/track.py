"""The elicitation track: every arm on the same people, real answers replayed, and what stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...errors import InputError
from ...policies.elicit.gaussian import Gaussian
from ...policies.elicit.stopping import StopRule
from ..datasets import Choices, load_choices
from ..statistics import Resampler
from .adaptive import adaptive_share
from .arms import ANSWER, BOTH, EIG, LEARN, RANDOM, Arm, arms
from .episodes import Bayesian, Course, run_arm
from .peers import BoTorchLearner, botorch_installed
from .replay import OURS, SHUFFLED, replay
from .stops import Stopped, stop_curves
from .world import World, make_world

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["AFTER", "BANK", "Elicitation", "run_elicit"]

BANK = "bank"
AFTER = (1, 3, 5, 8, 12)
_ALONE = "EIG pair, no population"
_PEER_QUESTIONS = 5
_SHOWN = ("accuracy", "fresh_accuracy", "regret", "regret_over_average", "regret_logits")
_HIGHER = frozenset({"accuracy", "fresh_accuracy"})

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elicitation:
    """The outcome.

    Attributes:
        figures: By name; the mean over files.
        rows: Every file, arm and number of questions, with intervals and gains over random pairs;
            the replay, the stop rule, and what was not run.
        stops: What each constant of the stop rule does, by file.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]
    stops: Mapping[str, Sequence[Stopped]]


class _Found(NamedTuple):
    """One file's."""

    figures: dict[str, float]
    rows: list[Row]
    stops: list[Stopped]


def run_elicit(
    data: Path,
    *,
    people: int = 450,
    peers: int = 8,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Elicitation:
    """Runs the track on every file of choices in `data`'s folder `bank`.

    Args:
        data: The directory.
        people: How many to simulate, at least 2; ratios of small regrets need hundreds.
        peers: How many of them BoTorch asks too, five questions each, if it is installed: it takes
            a second and more for each.
        seed: Of every split, draw and interval.
        progress: Told what is under way.

    Raises:
        InputError: There is nothing to measure on, a file is malformed, or a number is too small.
    """
    if people < 2 or peers < 0:
        raise InputError(f"people is {people!r} and peers {peers!r}; simulate at least 2 people")
    tables = load_choices(data / BANK)
    if not tables:
        raise InputError(
            f"{str(data)!r} holds no {BANK}/*.csv with the columns id and choice; name a directory "
            "that does with --data or PENCHANT_DATA"
        )
    tell = progress if progress is not None else lambda _: None
    found = {
        table.name: _run(table, people=people, peers=peers, seed=seed, tell=tell)
        for table in tables
    }
    names = dict.fromkeys(name for each in found.values() for name in each.figures)
    return Elicitation(
        figures={
            name: _mean([each.figures.get(name) for each in found.values()]) for name in names
        },
        rows=[row for each in found.values() for row in each.rows],
        stops={name: each.stops for name, each in found.items()},
    )


def _mean(values: Sequence[float | None]) -> float:
    known = [each for each in values if each is not None]
    return sum(known) / len(known)


def _run(
    choices: Choices, *, people: int, peers: int, seed: int, tell: Callable[[str], None]
) -> _Found:
    tell(f"{choices.name}: fitting the prior and drawing {people} people")
    world = make_world(choices, people=people, seed=seed)
    rule = StopRule()
    courses: dict[str, Course] = {}
    known = arms(world.factors, rule=rule, seed=seed)
    for name, arm in known.items():
        tell(f"{choices.name}: {name}")
        courses[name] = run_arm(world, _met(world.prior, arm), seed=seed)
    figures = _figures(courses)
    rows = list(_arm_rows(choices.name, courses, world, seed=seed))
    rows += _mixed_rows(choices.name, courses, world, seed=seed)
    tell(f"{choices.name}: other answers, other questions")
    adapted = adaptive_share(world, seed=seed)
    figures["adaptive_share"] = adapted.share
    rows.append({"file": choices.name, "what": "adaptive", "pairs": adapted.pairs})
    tell(f"{choices.name}: replay of real answers")
    replayed = _replay_rows(choices, seed=seed)
    rows += replayed.rows
    figures |= replayed.figures
    side = _peer_rows(choices.name, courses, world, known[EIG], count=peers, seed=seed, tell=tell)
    rows += side.rows
    figures |= side.figures
    stops = stop_curves(courses[BOTH], rule)
    rows += [{"file": choices.name, "what": "stop rule", **each._asdict()} for each in stops]
    return _Found(figures, rows, stops)


def _met(prior: Gaussian, arm: Arm) -> Callable[[Floats, Floats], Bayesian]:
    return lambda items, fresh: Bayesian(prior, arm, items)


def _figures(courses: Mapping[str, Course]) -> dict[str, float]:
    def mean(arm: str, measure: str, after: int) -> float:
        return float(courses[arm].measures[measure][:, after].mean())

    figures: dict[str, float] = {}
    for prefix, learning, answering in (
        ("", LEARN, ANSWER),
        ("random_", RANDOM, RANDOM),
        ("mixed_", BOTH, BOTH),
    ):
        for after in (5, 12):
            figures[f"{prefix}pair_accuracy_q{after}"] = mean(learning, "accuracy", after)
        for after in (1, 5):
            figures[f"{prefix}regret_q{after}"] = mean(answering, "regret", after)
    # A share below 1 means that the mixed policy does worse than the specialist.
    for after in (5, 12):
        best = mean(LEARN, "accuracy", after)
        figures[f"mixed_accuracy_ratio_q{after}"] = mean(BOTH, "accuracy", after) / best
    for after in (1, 5):
        figures[f"mixed_regret_ratio_q{after}"] = mean(BOTH, "regret", after) / max(
            mean(ANSWER, "regret", after), 1e-12
        )
    figures["nats_per_question"] = float(courses[LEARN].nats[:, :5].mean())
    figures["ms_per_question"] = float(courses[BOTH].milliseconds.mean())
    return figures


def _arm_rows(
    file: str, courses: Mapping[str, Course], world: World, *, seed: int, baseline: str = RANDOM
) -> Iterator[Row]:
    """One row for each arm and number of questions; gains are paired, by respondent."""
    people = len(courses[baseline].nats)
    resampler = Resampler(world.respondents[:people], seed=seed)
    base = courses[baseline]
    questions = base.nats.shape[1]
    for name, course in courses.items():
        for after in (0, *(each for each in AFTER if each <= questions)):
            row: dict[str, object] = {
                "file": file,
                "what": "questions",
                "arm": name,
                "questions": after,
                "n": people,
            }
            for measure in _SHOWN:
                values = course.measures[measure][:people, after]
                found = resampler.interval(values)
                row |= {measure: found.mean, f"{measure}_low": found.low}
                row[f"{measure}_high"] = found.high
                if name != baseline and measure in ("accuracy", "regret"):
                    apart = values - base.measures[measure][:, after]
                    gain = resampler.interval(apart if measure in _HIGHER else -apart)
                    row |= {f"{measure}_gain": gain.mean, f"{measure}_gain_low": gain.low}
                    row[f"{measure}_gain_high"] = gain.high
            if after:
                row["nats_per_question"] = float(course.nats[:people, :after].mean())
                row["ms_per_question"] = float(course.milliseconds[:people, :after].mean())
                row["options_per_question"] = _options(course, after)
            yield row
    for after in (each for each in AFTER if each <= questions):
        yield {
            "file": file,
            "what": "questions",
            "arm": "full knowledge",
            "questions": after,
            "n": people,
            **{measure: 1.0 if measure in _HIGHER else 0.0 for measure in _SHOWN},
        }


def _mixed_rows(
    file: str, courses: Mapping[str, Course], world: World, *, seed: int
) -> Iterator[Row]:
    """What the policy that does both gives up beside either specialist, paired by person."""
    resampler = Resampler(world.respondents, seed=seed)
    for after in AFTER:
        row: dict[str, object] = {"file": file, "what": "mixed", "questions": after}
        for measure, specialist in (("accuracy", LEARN), ("regret", ANSWER)):
            ours, theirs = (
                courses[each].measures[measure][:, after] for each in (BOTH, specialist)
            )
            apart = resampler.interval(ours - theirs)
            row |= {
                measure: float(ours.mean()),
                f"specialist_{measure}": float(theirs.mean()),
                f"{measure}_difference": apart.mean,
                f"{measure}_difference_low": apart.low,
                f"{measure}_difference_high": apart.high,
            }
        yield row


def _options(course: Course, after: int) -> float:
    """How many options a question has on average: what there is to read."""
    shown = [len(each.rows) for person in course.asked for each in person[:after]]
    return sum(shown) / len(shown)


def _replay_rows(choices: Choices, *, seed: int) -> _Found:
    import numpy as np

    losses = replay(choices, seed=seed)
    rows: list[Row] = []
    figures: dict[str, float] = {}
    if not losses:
        note = "nobody has enough answers to choose among"
        return _Found({}, [{"file": choices.name, "what": "replay", "not run": note}], [])
    for after, ours in losses[OURS].items():
        shuffled = losses[SHUFFLED][after]
        resampler = Resampler(np.arange(len(ours)), seed=seed)
        gain = resampler.interval(shuffled - ours)
        rows.append(
            {
                "file": choices.name,
                "what": "replay",
                "answers": after,
                "n": len(ours),
                "nll": float(ours.mean()),
                "random_nll": float(shuffled.mean()),
                "gain": gain.mean,
                "gain_low": gain.low,
                "gain_high": gain.high,
            }
        )
        if after == 3:
            figures |= {
                "replay_nll_gain_q3": gain.mean,
                "replay_nll_gain_q3_low": gain.low,
                "replay_nll_gain_q3_high": gain.high,
            }
    return _Found(figures, rows, [])


def _peer_rows(
    file: str,
    courses: Mapping[str, Course],
    world: World,
    pair: Arm,
    *,
    count: int,
    seed: int,
    tell: Callable[[str], None],
) -> _Found:
    """BoTorch and ours on the same first people; ours without a population too, as it has none."""
    if not count or not botorch_installed():
        why = "no people were set aside for it" if not count else "botorch is not installed"
        note = f"{why}; install penchant[botorch] and leave --peers above 0"
        return _Found({}, [{"file": file, "what": "side by side", "not run": note}], [])
    import numpy as np

    width = len(world.prior.mean)
    plain = Gaussian.of(np.zeros(width), 4.0 * np.eye(width))
    limits = {"seed": seed, "people": count, "questions": _PEER_QUESTIONS}
    side = {
        name: course.first(count, _PEER_QUESTIONS)
        for name, course in courses.items()
        if name in (RANDOM, EIG, "EUBO pair", LEARN, ANSWER, BOTH)
    }
    side[_ALONE] = run_arm(world, _met(plain, pair), **limits)
    for kind in ("EUBO", "BALD"):
        tell(f"{file}: BoTorch {kind}, {count} people")
        side[f"BoTorch {kind}"] = run_arm(world, partial(BoTorchLearner, kind, seed=seed), **limits)
    rows: list[Row] = [
        {**row, "what": "side by side"}
        for row in _arm_rows(file, side, world, seed=seed, baseline="BoTorch EUBO")
    ]
    best = min(side[f"BoTorch {kind}"].milliseconds.mean() for kind in ("EUBO", "BALD"))
    figures = {
        "botorch_ms_per_question": float(best),
        "botorch_pair_accuracy_q5": max(
            float(side[f"BoTorch {kind}"].measures["accuracy"][:, 5].mean())
            for kind in ("EUBO", "BALD")
        ),
        "botorch_regret_q5": min(
            float(side[f"BoTorch {kind}"].measures["regret"][:, 5].mean())
            for kind in ("EUBO", "BALD")
        ),
    }
    return _Found(figures, rows, [])
