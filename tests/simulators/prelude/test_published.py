"""PRELUDE's documents in the prelude track: styles by source, held as any edit loop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models import FunctionChatModel, HashEmbedder
from penchant.simulators.datasets import PreludeDocument
from penchant.simulators.prelude import PublishedPreludeTrack
from penchant.simulators.prelude.published import PUBLISHED_STYLES
from penchant.simulators.runner import Budget, Meter, Models, Tools

NOTES = tuple(
    PreludeDocument(
        id=f"{context}/{number}",
        domain=context.split("/")[0],
        kind="email" if context.endswith("email") else "summary",
        text=f"The lock number {number} lifts boats. It opens at nine. It closes in winter.",
    )
    for context in PUBLISHED_STYLES
    for number in range(2)
)


async def test_a_user_edits_towards_the_style_of_each_source() -> None:
    track = PublishedPreludeTrack(notes=NOTES, users=1, rounds=4, contexts=2, arms=("none",))
    (user,) = track._people
    assert len(user.styles) == 2
    assert all(PUBLISHED_STYLES[context] is style for context, style in user.styles.items())
    assert track.config()["styles_from"] == "paper"
    draft = "The locks lift boats. They open at nine! They do not open in winter, alas."
    tools = Tools(
        settings=Settings(),
        seed=0,
        embedder=HashEmbedder(16),
        models=Models(agent=FunctionChatModel(fn=lambda messages, schema: draft)),
        identities={},
        meter=Meter(),
        budget=Budget(),
    )
    (key,) = track.keys()
    episode = await track.episode(key, None, tools)
    assert set(episode.profile) == set(user.styles)
    assert len(episode.series["edit_cost"]) == 4
    assert min(episode.series["edit_cost"]) > 0


def test_styles_that_take_a_model_are_drawn_on_demand_only() -> None:
    track = PublishedPreludeTrack(notes=NOTES, users=1, rounds=6, contexts=6)
    (user,) = track._people
    assert not any(style.needs_chat for style in user.styles.values())
    with pytest.raises(InputError, match=r"only \[.*\] have as many; ask for fewer"):
        replace(track, contexts=9)._people  # noqa: B018
    (wider,) = replace(track, rounds=9, contexts=9, with_chat=True)._people
    assert set(wider.styles) == set(PUBLISHED_STYLES)
