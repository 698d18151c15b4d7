"""What a user says of themselves over many turns lives side by side, as rules read it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from penchant.memory import Memory, Statement
from penchant.policies.feedback import read_message

if TYPE_CHECKING:
    from pathlib import Path

    from penchant.models.embedder import OnnxEmbedder

MESSAGES = """
I love green tea.
I like black coffee in the morning.
I can't stand instant coffee.
I hate sweet wine.
I'm vegetarian.
I'm allergic to walnuts.
I love spicy soups.
I don't like coriander.
I live in Porto.
I'm a nurse.
I play the cello.
I enjoy baroque music.
I love jazz.
I hate loud bars.
I like hiking in the Alps.
I love swimming in cold lakes.
I don't like gyms.
I prefer trains over planes.
I prefer small hotels.
I like museums of modern art.
I hate guided tours.
I like crime novels.
I don't like audiobooks.
I never watch horror films.
I prefer short replies.
I like examples in explanations.
I love snow.
I hate heat.
I like sailing.
I enjoy baking bread.
I like my neighbours.
I love old maps.
I don't like surprises.
I like quiet mornings.
I love long train rides.
I don't like crowded beaches.
I enjoy chess.
I like detective series.
I hate spam.
I like fountain pens.
I love orchids.
I don't like perfume.
I enjoy gardening.
I like board games.
I love Portuguese tiles.
I don't like musicals.
I like documentaries about whales.
I hate traffic jams.
I love street markets.
I enjoy birdwatching.
I like linen shirts.
I don't like ties.
I love lighthouses.
I like ginger biscuits.
I hate cold soup.
I enjoy crosswords.
I like the smell of rain.
I love tandem bicycles.
I don't like small talk.
I like letters on paper.
""".strip().splitlines()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_sixty_statements_in_any_order_retire_nothing(
    tmp_path: Path, minilm: OnnxEmbedder, seed: int
) -> None:
    assert len(MESSAGES) == 60
    order = random.Random(seed).sample(MESSAGES, len(MESSAGES))
    drafted: list[str] = []
    with Memory(tmp_path / "store", minilm) as memory:
        for message in order:
            reading = read_message(message, last_reply="Noted.", last_request="Hello")
            lesson = memory.learn(
                "ana", Statement(text=message), reading.preferences, on_conflict="ask"
            )
            assert lesson.conflicts == (), message
            drafted += [draft.description for draft in reading.preferences]
        live = [each.description for each in memory.get_all("ana")]
        gone = [c for c in memory.history("ana") if c.operation == "retire"]
    assert gone == []
    assert sorted(live) == sorted(drafted)
    # The rules read nearly all of them.
    assert len(drafted) >= 54
