"""What a track is to the runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .episodes import Episode, EpisodeKey, Json
from .tools import Tools

__all__ = ["Summary", "Track"]

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a track makes of its episodes.

    Attributes:
        figures: The headline numbers, by name; a published name does not change.
        rows: Every measure by arm, with intervals and denominators.
        notes: What a reader must know first (a judge that is the agent's own model).
    """

    figures: Mapping[str, float]
    rows: Sequence[Row]
    notes: Sequence[str] = field(default_factory=tuple)


class Track(Protocol):
    """Episodes that can be held in any order, on any worker, and what is made of them.

    A track is a frozen dataclass of its parameters: it is pickled to workers, so that nothing
    opened (models, stores) belongs into it. Two tracks with the same `config()` give the same
    episodes.
    """

    @property
    def name(self) -> str:
        """As `penchant eval NAME`."""
        ...

    @property
    def baseline(self) -> str:
        """The arm that gains are reckoned against."""
        ...

    @property
    def higher_is_better(self) -> Mapping[str, bool]:
        """The measures that reports show, the headline first, and which way each is better."""
        ...

    def config(self) -> Mapping[str, Json]:
        """All that the episodes depend on (seed and hashes of data among it), for the record."""
        ...

    def keys(self) -> Sequence[EpisodeKey]:
        """The episodes of the whole run, in the order in which they are best held.

        Raises:
            InputError: Data is missing or malformed.
        """
        ...

    async def prepare(self, tools: Tools) -> Any:
        """What all episodes on a worker share (a fitted prior, loaded data); held once a worker."""
        ...

    async def episode(self, key: EpisodeKey, prepared: Any, tools: Tools) -> Episode:
        """Holds one episode: pure but for the models behind `tools`.

        Errors of models may be raised (the runner tries again, then calls `failed`); what a user
        or a model says wrongly is counted in `failures` instead.
        """
        ...

    def failed(self, key: EpisodeKey, error: str) -> Episode:
        """The episode that stands for one that could not be held, with the floor as measures."""
        ...

    def summarise(self, episodes: Sequence[Episode]) -> Summary:
        """Figures and rows over the episodes at hand, which may be some of them only."""
        ...
