"""`penchant reward judge`: which of two texts a user would like better, as a chat model sees it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from ..memory import open_memory
from ..options import HomeOption, JsonOption, UserOption, load_settings, read_text, user_or_default
from ..output import print_json, say
from .shared import app

if TYPE_CHECKING:
    from ....config import Settings
    from ....policies.judge import Judgement, Rubric, Scored

__all__: list[str] = []


class _Ruled(NamedTuple):
    rubric: Rubric
    a: Scored
    b: Scored


class _Said(NamedTuple):
    judgement: Judgement
    ruled: _Ruled | None
    problem: str


@app.command("judge")
def judge(
    *,
    a: Annotated[Path, typer.Argument(metavar="A", help="A text; - for stdin.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    request: Annotated[str, typer.Option("--request", "-r", help="What both answer.")] = "",
    rubric: Annotated[
        bool, typer.Option("--rubric", help="Also write a rubric and score both texts by it.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Count it among what the reward model learns from.")
    ] = False,
    user: UserOption = None,
    model: Annotated[
        str | None, typer.Option("--model", help="The chat model that judges.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Has a chat model compare two texts by a user's profile, in both orders.

    What the orders say differently is a tie. Kept, it is one more label from a source of its own,
    which is believed less than the user and never told as their word.
    """
    from ....errors import ModelError

    texts = (read_text(a), read_text(b))
    settings = load_settings(home=home, model=model)
    user_id = user_or_default(user)
    with open_memory(home) as memory:
        profile = memory.profile(user_id)
    told = profile.must + profile.style + profile.likes + profile.dislikes
    said = asyncio.run(_ask(settings, str(profile) if told else "", request, texts, rubric=rubric))
    found = said.judgement
    if found.better is None:
        raise ModelError(f"the judge failed: {found.problem}")
    kept = None
    if keep:
        kept = _keep(home, user_id, settings.model, texts, found)
    if as_json:
        print_json(_report(said, settings.model, kept))
    else:
        _show(said)
    if said.problem:
        raise ModelError(f"there is no rubric: {said.problem}")


async def _ask(
    settings: Settings, profile: str, request: str, texts: tuple[str, str], *, rubric: bool
) -> _Said:
    from ....models.chat import open_chat
    from ....policies.judge import ProfileJudge, score_by_rubric, write_rubric

    chat = open_chat(settings)
    try:
        judgement = await ProfileJudge(chat, profile, seed=0).compare(request, *texts)
        if not rubric:
            return _Said(judgement, None, "")
        written = await write_rubric(chat, profile, request, seed=0)
        if written.rubric is None:
            return _Said(judgement, None, written.problem)
        a, b = [await score_by_rubric(chat, written.rubric, request, text) for text in texts]
        return _Said(judgement, _Ruled(written.rubric, a, b), "")
    finally:
        await chat.aclose()


def _keep(
    home: Path | None, user_id: str, model: str, texts: tuple[str, str], found: Judgement
) -> str:
    from ....memory.types import Choice

    shown = texts[::-1] if found.better == "b" else texts
    tie = found.better == "tie"
    choice = Choice(
        shown=shown,
        picked=None if tie else 0,
        strength="about the same" if tie else None,
        judge=model,
    )
    with open_memory(home, write=True) as memory:
        return memory.record(user_id, choice, source="cli").id


def _report(said: _Said, model: str, kept: str | None) -> dict[str, object]:
    found = said.judgement
    report: dict[str, object] = {
        "judge": model,
        "better": found.better,
        "shown_ab": found.shown_ab,
        "shown_ba": found.shown_ba,
        "reasons": found.reasons,
        "calls": found.usage.calls,
        "evidence_id": kept,
    }
    if (ruled := said.ruled) is not None:
        report["rubric"] = [each._asdict() for each in ruled.rubric.criteria]
        report["scores"] = {"a": ruled.a.score, "b": ruled.b.score}
        report["points"] = {"a": ruled.a.points, "b": ruled.b.points}
    return report


def _show(said: _Said) -> None:
    found = said.judgement
    verdict = {"a": "A is better", "b": "B is better", "tie": "neither is better"}
    say(verdict[str(found.better)])
    for shown, seen, reason in (
        ("A first", found.shown_ab, found.reasons[0]),
        ("B first", found.shown_ba, found.reasons[1]),
    ):
        say(f"  {shown}: {seen}. {reason}")
    if (ruled := said.ruled) is not None:
        for place, each in enumerate(ruled.rubric.criteria):
            points = [f"{one.points[place]:g}" if one.points else "?" for one in (ruled.a, ruled.b)]
            say(f"  {each.weight:.0%} {each.name}: A {points[0]}, B {points[1]}")
        scores = ["?" if one.score is None else f"{one.score:.1f}" for one in (ruled.a, ruled.b)]
        say(f"  by this rubric: A {scores[0]}, B {scores[1]}")
