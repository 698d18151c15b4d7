"""`penchant reward improve`: betters a prompt by the edits that a user would like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory import open_memory
from ..options import HomeOption, JsonOption, UserOption, load_settings, read_text, user_or_default
from ..output import print_json, say
from .shared import app

if TYPE_CHECKING:
    from ....policies.propose import Climb

__all__: list[str] = []


@app.command("improve")
def improve(
    *,
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="Where to begin; - for stdin.")],
    edit: Annotated[
        list[str] | None,
        typer.Option("--edit", "-e", metavar="PHRASE", help="A phrase to try; several times."),
    ] = None,
    edits: Annotated[
        Path | None, typer.Option(metavar="FILE", help="More of them, one a line.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="How many to add at most.")] = 8,
    caution: Annotated[
        float, typer.Option(min=0.0, help="Standard deviations to take off what is uncertain.")
    ] = 0.0,
    context: Annotated[str | None, typer.Option("--context", "-c", help="What it is for.")] = None,
    user: UserOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Adds to a prompt, of an image say, the phrases that the reward model says a user likes.

    The best first, as long as one helps; none that breaks a must. Needs the embedder, and no chat
    model.
    """
    from ....models.deferred import DeferredEmbedder
    from ....policies.personal import PersonalReward

    lines = [] if edits is None else read_text(edits).splitlines()
    phrases = {each.strip(): each.strip() for each in (*(edit or ()), *lines) if each.strip()}
    if not phrases:
        raise typer.BadParameter("give phrases to try with --edit or --edits")
    start = read_text(Path(prompt)).strip() if prompt == "-" else prompt
    settings = load_settings(home=home)
    with open_memory(home) as memory:
        reward = PersonalReward(memory, DeferredEmbedder(settings), prior=settings.reward_prior)
        found = reward.improve(
            user_or_default(user), start, phrases, context=context, caution=caution, most=most
        )
    if as_json:
        print_json(found)
    else:
        _show(found)


def _show(found: Climb) -> None:
    say(found.prompt)
    if found.applied:
        added = ", ".join(f"“{each}”" for each in found.applied)
        say(f"added {added}: utility {found.before:+.2f} before, {found.score:+.2f} now")
    else:
        say("nothing was added: no phrase is better than none by what is known of them")
