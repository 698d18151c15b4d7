"""Where the sets that can be measured on come from, and under which licences they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import InputError

__all__ = ["SOURCES", "Source", "missing", "placed", "where_from"]

_EVALUATION = "for evaluation only"
# Of these, tracks are given the directory that holds the set's folder.
_IN_FOLDERS = frozenset({"bank", "psoups", "persona"})


class Source(NamedTuple):
    """One published set.

    Attributes:
        title: What it is called.
        holds: What belongs at its path.
        where: Where to get it.
        licence: As its source states it.
    """

    title: str
    holds: str
    where: str
    licence: str


SOURCES: Mapping[str, Source] = {
    "bank": Source(
        "bank cards (bayesm)",
        "a folder with *.csv of the columns id and choice",
        "the data set `bank` of the R package bayesm, https://cran.r-project.org/package=bayesm",
        "GPL (>= 2)",
    ),
    "psoups": Source(
        "P-Soups",
        "a folder with *.json of pairs",
        "`benchmark/P-Soups` of https://github.com/JinaLeejnl/AlignX",
        f"none stated: {_EVALUATION}",
    ),
    "persona": Source(
        "model-written personas",
        "a folder with *.jsonl of statements",
        "`persona` of https://github.com/anthropics/evals",
        "CC BY 4.0",
    ),
    "prefeval": Source(
        "PrefEval",
        "its folder `benchmark_dataset`, with `explicit_preference` and `mcq_options` in it",
        "https://github.com/amazon-science/PrefEval",
        f"CC BY-NC 4.0: {_EVALUATION}",
    ),
    "gate": Source(
        "GATE",
        "a file of `gpt_prompts`, or a folder with such *.json",
        "https://github.com/alextamkin/generative-elicitation",
        "MIT",
    ),
    "locomo": Source(
        "LoCoMo",
        "`locomo10.json`, or the folder that holds it",
        "`data` of https://github.com/snap-research/locomo",
        f"CC BY-NC 4.0: {_EVALUATION}",
    ),
    "perma": Source(
        "PERMA",
        "its folder `data`, with `tasks` and `evaluation` in it",
        "https://github.com/PolarisLiu1/PERMA",
        "Apache-2.0",
    ),
    "prelude": Source(
        "PRELUDE's documents",
        "a folder with the sources that its code loads, each as a file *.jsonl",
        "the sources that `src/task/dataset_helpers.py` of https://github.com/gao-g/prelude names",
        "each source has its own: see its page",
    ),
    "rewardbench": Source(
        "Personalized RewardBench",
        "a file of JSON Lines, or a folder with such *.jsonl, made of its tables",
        "https://huggingface.co/datasets/QiyaoMa/Personalized-RewardBench",
        "Apache-2.0",
    ),
}
"""By the name of the set's folder, which is its track's where it has one to itself."""


def where_from(*names: str) -> str:
    """Where to get sets, and under which licences: a sentence for messages.

    Args:
        names: Keys of `SOURCES`.
    """
    some = [SOURCES[name] for name in names]
    told = "; ".join(f"{each.title} from {each.where} (licence: {each.licence})" for each in some)
    return f"get {told}"


def placed(path: Path, name: str) -> Path:
    """Where a set is: the folder of its name in a directory of several sets, or the path itself.

    Args:
        path: What was given as the data's place.
        name: The set, a key of `SOURCES`.
    """
    return path / name if (path / name).is_dir() else path


def missing(path: Path, *names: str) -> InputError:
    """The error for a path at which there is no data: what belongs there and where to get it.

    Args:
        path: The path.
        names: The sets that were looked for, keys of `SOURCES`; any of them would have done.
    """
    problem = "does not exist" if not path.exists() else "does not hold it"
    return InputError(
        f"{str(path)!r} {problem}: give the path of {_wanted(names)}; {where_from(*names)}"
    )


def _wanted(names: Sequence[str]) -> str:
    if len(names) == 1 and names[0] not in _IN_FOLDERS:
        return f"{SOURCES[names[0]].title}: {SOURCES[names[0]].holds}"
    told = ", ".join(f"{name}/ ({SOURCES[name].holds})" for name in names)
    return f"a directory with {'one or more of ' if len(names) > 1 else ''}{told}"
