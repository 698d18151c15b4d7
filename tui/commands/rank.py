"""`penchant rank`: puts candidates in the order in which a user would like them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import HomeOption, JsonOption, UserOption, load_settings, read_text, user_or_default
from .output import note, print_json, say, to_json

if TYPE_CHECKING:
    from ...agent.types import Ranking
    from ...config import Settings
    from ...policies.types import Candidate, Ranked

__all__ = ["rank", "read_candidates"]

_LIMIT = 20
_OBJECT = '{"text": TEXT, "id": NAME, "features": {NAME: NUMBER}}, of which only text must be there'


def rank(
    *,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help='One candidate a line, or JSON lines {"id", "text", "features"}; - for stdin.',
        ),
    ] = Path("-"),
    context: Annotated[
        str | None, typer.Option("--context", "-c", help="What they are for.")
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(
            help="Rank a large file of the same kind: what breaks a must is left out, and its "
            "texts are embedded once."
        ),
    ] = None,
    steer: Annotated[
        str | None,
        typer.Option(help='Of a catalogue: "less spicy, more outdoors", "swap beef for lentils".'),
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help='Of a catalogue: a condition, as "price <= 20".')
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Of a catalogue: how many to print.")] = _LIMIT,
    explore: Annotated[
        bool, typer.Option("--explore", help="Give uncertain candidates a chance.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the draws that exploring makes.")
    ] = None,
    judge: Annotated[
        bool,
        typer.Option(
            "--judge/--no-judge",
            help="Ask the chat model about musts that words alone cannot decide.",
        ),
    ] = True,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank candidates by what is known of a user, best first, with what moved them."""
    from ...agent import Agent
    from ...errors import InputError

    if catalogue is None and context is None:
        raise typer.BadParameter("give --context, in a few words what the candidates are for")
    if catalogue is None and (steer is not None or where):
        raise InputError("--steer and --where are for a --catalogue; give one")
    source = file if catalogue is None else catalogue
    candidates = read_candidates(read_text(source), str(source))
    settings = load_settings(home=home)
    with Agent(user_or_default(user), settings=settings) as agent:
        if catalogue is None:
            ranking = agent.rank(context or "", candidates, explore=explore, seed=seed, judge=judge)
        else:
            items = agent.catalogue(candidates, cache=_rows_of(catalogue, settings))
            ranking = items.rank(
                context or "",
                steer=steer,
                where=where or (),
                limit=limit,
                explore=explore,
                seed=seed,
            )
        circles = agent.cycles()
    if as_json:
        found = to_json(ranking)
        assert isinstance(found, dict), "a ranking is a record"
        print_json({**found, "cycles": [each._asdict() for each in circles]})
        return
    _print(ranking)
    if circles:
        from ...policies.telling import tell_cycle

        note(f"Your choices go in circles: {tell_cycle(circles[0])}.")


def _rows_of(catalogue: Path, settings: Settings) -> Path | None:
    """Where what a catalogue's texts say is kept; nowhere for standard input."""
    import hashlib

    if str(catalogue) == "-":
        return None
    name = hashlib.blake2b(str(catalogue.resolve()).encode(), digest_size=8).hexdigest()
    return settings.home / "catalogues" / f"{name}.npz"


def _print(ranking: Ranking) -> None:
    for place, item in enumerate(ranking.items, 1):
        name = f"{item.candidate.id}  " if item.candidate.id else ""
        say(f"{place}. {item.score:.0%}  {name}{item.candidate.text}")
        for line in _because(item):
            note(f"   {line}")
    if ranking.filtered or ranking.forbidden:
        note(
            f"left out: {ranking.filtered} that do not meet a condition, "
            f"{ranking.forbidden} that break a must"
        )


def _because(item: Ranked) -> list[str]:
    from ..explain import broken_rule
    from ..text import one_line

    return [
        *(f"{each.effect:+.2f} by: {one_line(each.description)}" for each in item.memories),
        *(
            f"{value:+.2f} {one_line(name)}"
            for name, value in item.contributions.items()
            if name.startswith(("towards ", "away from "))
        ),
        *(broken_rule(each) for each in item.violations),
        *(
            f"not checked: {one_line(each.description)} ({one_line(each.reason)})"
            for each in item.unchecked
        ),
    ]


def read_candidates(text: str, source: str) -> list[Candidate]:
    """Reads one candidate a line; a line that starts with a brace is a JSON object.

    Args:
        text: The lines.
        source: Where they come from, for messages; - is standard input.

    Raises:
        InputError: There are none, or a line is no candidate; the message names file, line and
            field.
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
    named = "standard input" if source == "-" else repr(source)
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if not line.startswith("{"):
            candidates.append(Candidate(text=line))
            continue
        place = f"line {number} of {named}"
        try:
            given = Line.model_validate(json.loads(line))
        except json.JSONDecodeError as error:
            raise InputError(
                f"{place} is not JSON ({error.msg} at character {error.pos + 1}): {line[:60]!r}; "
                f"a line that starts with a brace must be {_OBJECT}"
            ) from error
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            value = "" if first["type"] == "missing" else f", not {first['input']!r:.60}"
            raise InputError(
                f"{place}: {field}: {first['msg']}{value}; a candidate is {_OBJECT}"
            ) from error
        candidates.append(Candidate(text=given.text, id=given.id, features=given.features))
    if not candidates:
        raise InputError(f"there are no candidates in {named}; give one a line")
    return candidates
