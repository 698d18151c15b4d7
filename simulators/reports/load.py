"""Reads the directory that a run wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..runner.episodes import Episode, EpisodeKey, Json, episode_from_json

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["CONFIG", "EPISODES", "SUMMARY", "Run", "load_run"]

CONFIG, EPISODES, SUMMARY = "config.json", "episodes.jsonl", "summary.json"

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as its directory keeps it.

    Attributes:
        directory: Where it was read.
        track: What was run.
        hash: Of the configuration.
        seed: From which all others derive.
        arms: In the order in which they are shown.
        baseline: The arm that gains are reckoned against; it may be none of the arms held.
        higher_is_better: The measures that are shown, the headline first, and which way each is
            better.
        version: Of Penchant.
        command: What to type to hold it again.
        started: When, as the run wrote it.
        cache: How the response cache was used.
        slots: How many requests a local server answered at once.
        config: What the episodes depend on.
        options: How it was run, without effect on the episodes.
        planned: How many episodes the whole run has; None if the record does not tell.
        environment: The machine.
        models: By role: name, hash and what else tells a model.
        episodes: In the order in which they were written.
        figures: The headline numbers of the track.
        rows: The measures of the track.
        notes: What a reader must know first.
        counts: Of episodes, by what became of them.
        stopped: Why the run ended before all episodes were held, if it did.
        summed: Whether it has a summary, of all the episodes that are here.
        torn: Whether the last line was cut off, and left out.
    """

    directory: Path
    track: str
    hash: str
    seed: int
    arms: Sequence[str]
    baseline: str
    higher_is_better: Mapping[str, bool]
    version: str
    command: str
    started: str
    cache: Json
    slots: Json
    config: Mapping[str, Json]
    options: Mapping[str, Json]
    environment: Json
    models: Mapping[str, Json]
    planned: int | None
    episodes: Sequence[Episode]
    figures: Mapping[str, float | None] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    notes: Sequence[str] = ()
    counts: Mapping[str, Json] = field(default_factory=dict)
    stopped: str | None = None
    summed: bool = False
    torn: bool = False

    @property
    def finished(self) -> bool:
        """Whether all its episodes are held, and summed up."""
        return self.summed and (self.planned is None or len(self.episodes) >= self.planned)

    @property
    def headline(self) -> str:
        """The measure that is looked at first."""
        return next(iter(self.higher_is_better))


def load_run(directory: Path) -> Run:
    """Reads a run, finished or not.

    A line that an interruption cut off is left out, and noted in `Run.torn`; anything else that is
    not as a run writes it is an error.

    Args:
        directory: With `config.json`, `episodes.jsonl` and, once it is finished, `summary.json`.

    Raises:
        InputError: It is no such directory, or a file of it is malformed; tells file, line, field.
    """
    if not directory.is_dir():
        what = "is a file" if directory.exists() else "does not exist"
        raise InputError(f"{str(directory)!r} {what}; give the directory that a run wrote")
    config = _document(directory / CONFIG)
    if config is None:
        raise InputError(
            f"{str(directory)!r} holds no {CONFIG}, so it is no run; give the directory that "
            "`penchant eval TRACK` wrote"
        )
    head = _head(directory / CONFIG, config)
    episodes, torn = _episodes(directory / EPISODES, head)
    summary = _document(directory / SUMMARY)
    told = {} if summary is None else _summary(directory / SUMMARY, summary)
    # Of a run that goes on, the summary is of the episodes of an earlier start.
    held = told.get("counts", {}).get("held", len(episodes))
    return Run(
        directory=directory,
        episodes=episodes,
        torn=torn,
        summed=summary is not None and held == len(episodes),
        **head,
        **told,
    )


def _document(file: Path) -> Any:
    """What a JSON file holds; None if there is no such file."""
    try:
        return json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}") from error
    except json.JSONDecodeError as error:
        raise InputError(
            f"{str(file)!r}, line {error.lineno}: is not JSON ({error.msg}); run it again to have "
            "it written anew"
        ) from error


def _head(file: Path, document: object) -> dict[str, Any]:
    """The fields of `Run` that the configuration tells."""
    from pydantic import BaseModel, Field, ValidationError

    class Config(BaseModel):
        track: str = Field(min_length=1)
        hash: str
        seed: int
        arms: list[str] = Field(min_length=1)
        baseline: str
        higher_is_better: dict[str, bool] = Field(min_length=1)
        penchant: str
        command: str
        config: dict[str, Any] = {}
        options: dict[str, Any] = {}
        models: dict[str, Any] = {}
        started: str = ""
        environment: Any = None
        cache: Any = None
        slots: Any = None
        episodes: int | None = None

    try:
        found = Config.model_validate(document).model_dump()
    except ValidationError as error:
        raise InputError(f"{str(file)!r}: {_first(error)}") from error
    found["planned"] = found.pop("episodes")
    found["version"] = found.pop("penchant")
    return found


def _summary(file: Path, document: object) -> dict[str, Any]:
    """The fields of `Run` that the summary tells."""
    from pydantic import BaseModel, ValidationError

    class Summary(BaseModel):
        figures: dict[str, float | None] = {}
        rows: list[dict[str, Any]] = []
        notes: list[str] = []
        counts: dict[str, Any] = {}
        stopped: str | None = None

    try:
        return Summary.model_validate(document).model_dump()
    except ValidationError as error:
        raise InputError(f"{str(file)!r}: {_first(error)}") from error


def _episodes(file: Path, head: Mapping[str, Any]) -> tuple[tuple[Episode, ...], bool]:
    """The episodes of a run, and whether its last line was cut off."""
    from pydantic import ValidationError

    try:
        # A line ends with a line feed and nothing else: texts may hold other separators.
        *lines, rest = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return (), False
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}") from error
    episodes: dict[EpisodeKey, Episode] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            episode = episode_from_json(line)
        except ValidationError as error:
            raise InputError(
                f"{str(file)!r}, line {number}: is no episode: {_first(error)}"
            ) from error
        for name, value, known in (
            ("track", episode.key.track, (head["track"],)),
            ("arm", episode.key.arm, head["arms"]),
        ):
            if value not in known:
                raise InputError(
                    f"{str(file)!r}, line {number}: {name} {value!r} is not of this run, whose "
                    f"{CONFIG} names {', '.join(map(repr, known))}"
                )
        # Of an episode that was held again after it failed, the last line stands.
        episodes[episode.key] = episode
    # Without its line break, a line may be whole by chance only.
    return tuple(episodes.values()), bool(rest.strip())


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, with its field and value."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    given = "" if first["type"] == "missing" else f", not {_short(first['input'])}"
    told = first["msg"][:1].lower() + first["msg"][1:]
    return f"{where}: {told}{given}" if where else f"{told}{given}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
