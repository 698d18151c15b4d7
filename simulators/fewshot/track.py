"""The few-shot track: every kind of data that a directory holds, every arm, one set of figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...policies.reward import TextFeatures
from ..datasets import load_choices, load_statements, load_tastes
from .choices import BANK, choice_outcomes
from .opposed import opposed_people
from .outcomes import OURS, Outcome, Row, mean_of, over_files, report_rows, saved_by
from .statements import PERSONA, statement_outcomes
from .tastes import TASTES, taste_outcomes

if TYPE_CHECKING:
    from ...models.types import Embedder

__all__ = ["FewShot", "run_fewshot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FewShot:
    """The outcome.

    Attributes:
        figures: Ours, by name; the mean over the files of each folder.
        rows: Every file, arm and number of answers, with intervals and the gain over pooling.
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]


def run_fewshot(
    data: Path, embedder: Embedder, *, seed: int = 0, progress: Callable[[str], None] | None = None
) -> FewShot:
    """Runs the track on what `data` holds in its folders `psoups`, `bank` and `persona`.

    Files are taken by folder, whatever their names; a folder that is missing is passed over.

    Args:
        data: The directory.
        embedder: Embeds texts.
        seed: Of every split, draw and interval.
        progress: Told what is under way.

    Raises:
        InputError: There is nothing to measure on, or a file is malformed.
        EmbedderError: The embedder cannot be loaded or run.
    """

    def tell(what: str) -> None:
        if progress is not None:
            progress(what)

    tastes = load_tastes(data / TASTES)
    tables = load_choices(data / BANK)
    traits = load_statements(data / PERSONA)
    if not (tastes or tables or traits):
        raise InputError(
            f"{str(data)!r} holds none of {TASTES}/*.json, {BANK}/*.csv and {PERSONA}/*.jsonl; "
            "name a directory that does with --data or PENCHANT_DATA"
        )
    features = TextFeatures(embedder)
    outcomes: list[Outcome] = []
    notes: list[Row] = []
    figures: dict[str, float] = {}

    def figure(name: str, data: str, k: int, measure: str, *, arm: str = OURS) -> None:
        value = mean_of(outcomes, data, arm, k, measure=measure)
        if value is not None:
            figures[name] = value

    for taste in tastes:
        tell(f"{TASTES}/{taste.name}")
        outcomes += taste_outcomes(taste, features, seed=seed)
        notes.append(opposed_people(taste, features, seed=seed))
    if tastes:
        shares = [float(str(note["share"])) for note in notes]
        figures["psoups_opposed_share"] = sum(shares) / len(shares)
        figure("psoups_k4_accuracy", TASTES, 4, "accuracy")
        figure("psoups_k4_ece", TASTES, 4, "ece")
    for table in tables:
        tell(f"{BANK}/{table.name}")
        found = list(choice_outcomes(table, seed=seed))
        outcomes += found
        notes += saved_by(found, f"{OURS}, amortised", OURS, seed=seed)
    if tables:
        for k in (0, 3, 9):
            figure(f"bank_nll_k{k}", BANK, k, "nll")
        for k in (0, 3, 9):
            figure(f"bank_ece_k{k}", BANK, k, "ece")
    if traits:
        tell(f"{PERSONA}: {', '.join(each.name for each in traits)}")
        outcomes += statement_outcomes(traits, features, seed=seed)
        for k in (10, 40):
            figure(f"persona_k{k}_accuracy", PERSONA, k, "accuracy")
        asking = f"{OURS}, asking by itself"
        figure("persona_chosen_k10_accuracy", PERSONA, 10, "accuracy", arm=asking)
    if tables:
        notes.append({"data": BANK, "not applicable": "embedding only, surface only: no texts"})
    if traits:
        notes.append({"data": PERSONA, "not applicable": "GPM-style: no two sides to compare"})
    tell("intervals")
    rows = report_rows([*over_files(outcomes), *outcomes], seed=seed)
    return FewShot(figures=figures, rows=[*notes, *rows])
