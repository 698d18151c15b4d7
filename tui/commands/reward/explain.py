"""`penchant reward explain`: what the reward model believes of a user, and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..memory import open_memory
from ..options import HomeOption, JsonOption, UserOption, load_settings, user_or_default
from ..output import print_json, print_table, say
from .shared import app

if TYPE_CHECKING:
    from ....policies.account import Account

__all__: list[str] = []

_FACTORS = 10
_TEXT = 60


@app.command("explain")
def explain(
    *, user: UserOption = None, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Tells what is believed of a user's taste, what their choices turn on, and what contradicts.

    Works beside a running chat. Needs the embedder, and no chat model.
    """
    from ....models.deferred import DeferredEmbedder
    from ....policies.account import account
    from ....policies.personal import PersonalReward

    settings = load_settings(home=home)
    with open_memory(home) as memory:
        reward = PersonalReward(memory, DeferredEmbedder(settings), prior=settings.reward_prior)
        found = account(reward, memory, user_or_default(user))
    if as_json:
        print_json(_named(found))
    else:
        _show(found)


def _named(value: object) -> object:
    """The same with names for the parts of what are tuples with names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: _named(getattr(value, field.name)) for field in fields}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _named(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: _named(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_named(part) for part in value]
    return value


def _show(found: Account) -> None:
    say(
        f"{found.user_id}: {found.comparisons} comparisons, {found.observations} stored "
        "preferences and reasons that speak of how texts are written"
    )
    if not found.comparisons and not found.observations:
        say("Nothing is known of their taste in texts yet.")
        return
    _beliefs(found)
    _influences(found)
    _doubts(found)


def _beliefs(found: Account) -> None:
    if found.confident:
        say("\nWhat is believed, the surest first:")
        print_table(
            ("ATTRIBUTE", "WEIGHT", "± SD"),
            [
                (name, f"{each.mean:+.2f}", f"{each.sd:.2f}")
                for name, each in list(found.confident.items())[:_FACTORS]
            ],
        )
    if found.suggestions:
        say("\nWhat their choices show and nothing says yet:")
        for each in found.suggestions:
            say(f"  {each.draft.description} ({len(each.support)} events)")


def _influences(found: Account) -> None:
    if found.factors:
        say("\nWhat their choices turn on (τ: how much oftener the preferred text has more of it):")
        print_table(
            ("ATTRIBUTE", "τ", "MORE", "LESS", "BY CHANCE"),
            [
                (
                    each.attribute,
                    f"{each.tau:+.2f}",
                    str(each.concordant),
                    str(each.discordant),
                    f"{each.chance:.3f}",
                )
                for each in found.factors[:_FACTORS]
            ],
        )
    if found.agreement is not None:
        say(
            f"\nAgainst {found.drafts} of the agent's own drafts: the rankings of attributes agree "
            f"with τ = {found.agreement:+.2f}"
        )
    for each in found.leanings:
        much = "more" if each.gap > 0 else "less"
        say(
            f"  the drafts have {much} of “{each.attribute}” than they like "
            f"(τ {each.agent:+.2f} against {each.user:+.2f})"
        )


def _doubts(found: Account) -> None:
    if found.sources:
        say("\nHow far what they did is trusted:")
        print_table(
            ("SOURCE", "COMPARISONS", "WRONG WAY ROUND", "STATED"),
            [
                (
                    each.source,
                    str(each.comparisons),
                    f"{each.learned:.0%}",
                    f"{each.stated:.0%}",
                )
                for each in found.sources
            ],
        )
    if found.doubted:
        say(f"{found.doubted} comparisons count less, since almost all others contradict them")
    for cycle in found.cycles:
        texts = " > ".join(_short(text) for text in (*cycle.texts, cycle.texts[0]))
        what = "a contradiction" if len(cycle.texts) == 2 else "a circle"
        say(f"\nTheir choices go in {what}: {texts}")


def _short(text: str) -> str:
    line = " ".join(text.split()) or "an ordinary text"
    return f"“{line if len(line) <= _TEXT else line[: _TEXT - 1].rstrip() + '…'}”"
