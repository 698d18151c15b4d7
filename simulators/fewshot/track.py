"""The few-shot track: every kind of data that a directory holds, every arm, one set of figures."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...policies.reward import TextFeatures
from ..datasets import Choices, Statements, Taste, load_choices, load_statements, load_tastes
from ..datasets.files import found as files_in
from ..datasets.sources import missing
from ..runner.episodes import Episode, EpisodeKey, Json
from ..runner.tracks import Row, Summary
from .choices import AMORTISED, BANK, CHOICE_ARMS, choice_outcomes, choosers
from .opposed import Met, count_couples, opposed_people, opposed_row
from .outcomes import BASELINE, OURS, Outcome, mean_of, over_files, report_rows, saved_by
from .records import Predicted, named, outcomes_of, predicted, told
from .statements import ASKING, PERSONA, statement_arms, statement_outcomes
from .tastes import TASTE_ARMS, TASTES, taste_outcomes, taste_requests

if TYPE_CHECKING:
    from ..runner.tools import Tools

__all__ = ["FewShotTrack"]

_OPPOSED = "psoups, opposed people"
_SUFFIXES = {TASTES: ".json", BANK: ".csv", PERSONA: ".jsonl"}


class _Data(NamedTuple):
    """What a directory holds."""

    tastes: Sequence[Taste]
    tables: Sequence[Choices]
    traits: Sequence[Statements]


class _Prepared(NamedTuple):
    """What all episodes share: everything that was predicted, by data, file and arm."""

    predicted: Mapping[tuple[str, str, str], Predicted]
    met: Mapping[str, Sequence[Met]]
    profiles: Mapping[tuple[str, str], Mapping[str, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FewShotTrack:
    """How fast a personal reward model fits a person.

    The files in `psoups`, `bank` and `persona` are taken by folder, whatever their names; a folder
    that is missing is passed over. Models predict many people at a time, so that `prepare` makes
    all predictions and an episode tells those of one arm about one user: a respondent of `bank`;
    for `persona` a draw of statements to answer; for `psoups` everybody who was asked one request,
    since these belong together. The task is the kind of data with the file. Nobody talks: episodes
    have no transcripts, and no disclosures but the answers that were known.

    Attributes:
        data: The directory.
        seed: Of every split, draw and interval.
    """

    data: Path
    seed: int = 0

    @property
    def name(self) -> str:
        """See `Track`."""
        return "fewshot"

    @property
    def baseline(self) -> str:
        """See `Track`."""
        return BASELINE

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """See `Track`."""
        return {
            "accuracy_k4": True,
            "nll_k9": False,
            "accuracy_k10": True,
            "accuracy_k40": True,
            "nll_k3": False,
            "nll_k0": False,
        }

    def config(self) -> Mapping[str, Json]:
        """See `Track`; the embedder belongs to the run."""
        return {
            "data": {
                folder: _hash(self.data / folder, suffix) for folder, suffix in _SUFFIXES.items()
            },
            "seed": self.seed,
        }

    def keys(self) -> Sequence[EpisodeKey]:
        """See `Track`."""
        data = self._load()
        keys: list[EpisodeKey] = []
        for taste in data.tastes:
            requests = len(taste_requests(taste))
            for arm in TASTE_ARMS:
                keys += self._keys(arm, TASTES, taste.name, requests)
            keys += self._keys(OURS, _OPPOSED, taste.name, count_couples(taste))
        for table in data.tables:
            people = len(choosers(table))
            for kind, arms in CHOICE_ARMS.items():
                for arm in arms:
                    keys += self._keys(arm, kind, table.name, people)
        for trait in data.traits:
            for arm, draws in statement_arms(len(data.traits)).items():
                keys += self._keys(arm, PERSONA, trait.name, draws)
        return keys

    async def prepare(self, tools: Tools) -> _Prepared:
        """Fits every arm to every file and makes all predictions."""
        data = self._load()
        features = TextFeatures(tools.embedder)
        met: dict[str, Sequence[Met]] = {}

        def everything() -> Iterator[Outcome]:
            for taste in data.tastes:
                yield from taste_outcomes(taste, features, seed=self.seed)
                met[taste.name] = opposed_people(taste, features)
            for table in data.tables:
                yield from choice_outcomes(table, seed=self.seed)
            if data.traits:
                yield from statement_outcomes(data.traits, features, seed=self.seed)

        return _Prepared(
            predicted(everything()),
            met,
            {(PERSONA, trait.name): {"trait": trait.name} for trait in data.traits},
        )

    async def episode(self, key: EpisodeKey, prepared: _Prepared, tools: Tools) -> Episode:
        """See `Track`."""
        kind, _, file = key.task.partition(": ")
        if kind == _OPPOSED:
            met = prepared.met[file][int(key.user)]
            both = met.own * met.other
            detail: Mapping[str, Json] = met._asdict()
            return Episode(key=key, measures={"opposed_share": both}, detail=detail)
        profile = prepared.profiles.get((kind, file), {})
        return told(key, prepared.predicted[kind, file, key.arm], profile)

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """See `Track`: nothing right, the loss of a coin."""
        measures: dict[str, float | None] = {"opposed_share": 0.0}
        if not key.task.startswith(_OPPOSED):
            ks = (0, 1, 2, 3, 4, 9, 10, 40)
            measures = dict.fromkeys(named(key.arm, ks, "accuracy"), 0.0)
            measures |= dict.fromkeys(named(key.arm, ks, "nll"), math.log(2.0))
        return Episode(key=key, measures=measures, stop="error", error=error)

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """See `Track`."""
        tasks: dict[str, dict[str, list[Episode]]] = {}
        for each in episodes:
            kind, _, file = each.key.task.partition(": ")
            tasks.setdefault(kind, {}).setdefault(file, []).append(each)
        orders = {TASTES: TASTE_ARMS, **CHOICE_ARMS, PERSONA: tuple(statement_arms(2))}
        outcomes = {
            kind: [
                outcome
                for file, some in sorted(tasks.get(kind, {}).items())
                for outcome in outcomes_of(some, data=kind, file=file, arms=arms)
            ]
            for kind, arms in orders.items()
        }
        notes = [
            _opposed(file, tasks.get(_OPPOSED, {}).get(file, ()), seed=self.seed)
            for file in sorted(tasks.get(TASTES, {}))
        ]
        figures = _figures(outcomes, notes)
        notes += saved_by(outcomes[BANK], AMORTISED, OURS, seed=self.seed)
        if outcomes[BANK]:
            notes.append({"data": BANK, "not applicable": "embedding only, surface only: no texts"})
        if outcomes[PERSONA]:
            notes.append({"data": PERSONA, "not applicable": "GPM-style: no two sides to compare"})
        flat = [outcome for some in outcomes.values() for outcome in some]
        rows = report_rows([*over_files(flat), *flat], seed=self.seed)
        return Summary(figures=figures, rows=[*notes, *_with_failures(rows, tasks)])

    def _keys(self, arm: str, kind: str, file: str, users: int) -> Iterator[EpisodeKey]:
        return (EpisodeKey(self.name, arm, str(user), f"{kind}: {file}") for user in range(users))

    def _load(self) -> _Data:
        found = _Data(
            load_tastes(self.data / TASTES),
            load_choices(self.data / BANK),
            load_statements(self.data / PERSONA),
        )
        if not any(found):
            raise missing(self.data, TASTES, BANK, PERSONA)
        return found


def _hash(folder: Path, suffix: str) -> str | None:
    """SHA-256 over a folder's files, in the order of their names; None if there are none."""
    files = files_in(folder, suffix)
    digests = [hashlib.sha256(path.read_bytes()).digest() for path in files]
    return hashlib.sha256(b"".join(digests)).hexdigest() if digests else None


def _opposed(file: str, episodes: Sequence[Episode], *, seed: int) -> Row:
    held = sorted((int(each.key.user), each) for each in episodes if each.error is None)
    met = [Met(**each.detail) for _, each in held]  # type: ignore[arg-type]
    return opposed_row(file, met, failed=len(episodes) - len(held), seed=seed)


def _figures(
    outcomes: Mapping[str, Sequence[Outcome]], opposed: Sequence[Row]
) -> Mapping[str, float]:
    figures: dict[str, float] = {}

    def figure(name: str, data: str, k: int, measure: str, *, arm: str = OURS) -> None:
        value = mean_of(outcomes[data], data, arm, k, measure=measure)
        if value is not None:
            figures[name] = value

    if opposed:
        shares = [float(str(row["share"])) for row in opposed]
        figures["psoups_opposed_share"] = sum(shares) / len(shares)
    figure("psoups_k4_accuracy", TASTES, 4, "accuracy")
    figure("psoups_k4_ece", TASTES, 4, "ece")
    for measure in ("nll", "ece"):
        for k in (0, 3, 9):
            figure(f"bank_{measure}_k{k}", BANK, k, measure)
    for k in (10, 40):
        figure(f"persona_k{k}_accuracy", PERSONA, k, "accuracy")
    figure("persona_chosen_k10_accuracy", PERSONA, 10, "accuracy", arm=ASKING)
    return figures


def _with_failures(
    rows: Sequence[Row], tasks: Mapping[str, Mapping[str, Sequence[Episode]]]
) -> Iterator[Row]:
    """The rows, with how many episodes of each arm could not be held, if any could not."""
    failed: dict[tuple[object, object, object], int] = {}
    for kind, files in tasks.items():
        for file, some in files.items():
            for each in some:
                if each.error is not None:
                    for where in (file, "all"):
                        key = (kind, where, each.key.arm)
                        failed[key] = failed.get(key, 0) + 1
    for row in rows:
        count = failed.get((row["data"], row["file"], row["arm"]))
        yield {**row, "failed": count} if count else row
