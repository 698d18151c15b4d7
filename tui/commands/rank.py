"""`penchant rank`: puts candidates in the order in which a user would like them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import HomeOption, JsonOption, UserOption, load_settings, read_text, user_or_default
from .output import note, print_json, say

if TYPE_CHECKING:
    from ...policies.types import Candidate

__all__ = ["rank"]


def rank(
    *,
    context: Annotated[str, typer.Option("--context", "-c", help="What they are for.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help='One candidate a line, or JSON lines {"id", "text", "features"}; - for stdin.',
        ),
    ] = Path("-"),
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank candidates by what is known of a user, best first."""
    from ...agent import Agent

    candidates = read_candidates(read_text(file))
    settings = load_settings(home=home)
    with Agent(user_or_default(user), settings=settings) as agent:
        ranking = agent.rank(context, candidates)
    if as_json:
        print_json(ranking)
        return
    for place, item in enumerate(ranking.items, 1):
        name = f"{item.candidate.id}  " if item.candidate.id else ""
        say(f"{place}. {item.score:.0%}  {name}{item.candidate.text}")
        for violation in item.violations:
            note(f"   breaks a must: {violation.description} (found {violation.found!r})")


def read_candidates(text: str) -> list[Candidate]:
    """Reads one candidate a line; a line that starts with a brace is a JSON object.

    Raises:
        InputError: There are none, or a line is no candidate; the message names the line.
    """
    from pydantic import BaseModel, ConfigDict, ValidationError

    from ...errors import InputError
    from ...policies.types import Candidate

    class Line(BaseModel):
        model_config = ConfigDict(extra="forbid")

        text: str
        id: str | None = None
        features: dict[str, float] = {}

    candidates: list[Candidate] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if not line.startswith("{"):
            candidates.append(Candidate(text=line))
            continue
        try:
            given = Line.model_validate(json.loads(line))
        except (json.JSONDecodeError, ValidationError) as error:
            raise InputError(
                f'line {number} is {line[:80]!r}: {error}; use {{"id", "text", "features"}}'
            ) from error
        candidates.append(Candidate(text=given.text, id=given.id, features=given.features))
    if not candidates:
        raise InputError("there are no candidates; give one a line")
    return candidates
