"""The rewardbench track: what people wrote before moves the reward model, and ties are wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models import HashEmbedder
from penchant.simulators.datasets import RewardBenchItem
from penchant.simulators.rewardbench import RewardBenchTrack
from penchant.simulators.rewardbench.judging import ARMS, Judging, nearest_posts
from penchant.simulators.runner import Budget, Episode, Meter, Tools

SHORT = "Soak it, wait an hour, rinse."
LONG = (
    "There are several things to weigh here. To begin with, soaking takes an hour in cool water, "
    "during which you should stir twice; afterwards, rinse until the water is clear. If that does "
    "not help, repeat it with a little vinegar, and let it dry away from the sun for two days."
)
TOPICS = ("linen", "felt", "wool", "silk", "denim", "suede", "velvet")


def line(number: int) -> dict[str, object]:
    """Every other person likes it short, and says so; the rest like it long."""
    short = number % 2 == 0
    topic = TOPICS[number % len(TOPICS)]
    wish = "I like short answers." if short else "I like long and detailed answers."
    return {
        "id": f"q{number}",
        "question": f"How do I clean {topic}, number {number}?",
        "profile": [
            {"id": "a", "category": "x", "text": f"{wish} How is {topic} made?"},
            {"id": "b", "category": "x", "text": f"Where is {topic} sold in bulk?"},
        ],
        "rubric_aspects": [{"aspect": "soak rinse wait" if short else "vinegar dry sun stir"}],
        "category": ("Art", "Society")[number % 3 == 0],
        "chosen": f"{topic}: {SHORT if short else LONG}",
        "rejected": f"{topic}: {LONG if short else SHORT}",
    }


@pytest.fixture
def track(tmp_path: Path) -> RewardBenchTrack:
    path = tmp_path / "all.jsonl"
    path.write_text("\n".join(json.dumps(line(n)) for n in range(12)), "utf-8")
    return RewardBenchTrack(data=path, items=None)


async def held(track: RewardBenchTrack) -> list[Episode]:
    tools = Tools(
        settings=Settings(),
        seed=0,
        embedder=HashEmbedder(64),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )
    prepared = await track.prepare(tools)
    keys = track.keys()
    return [await track.episode(key, prepared, tools) for key in keys]


async def test_what_people_wrote_before_decides_where_everybody_is_split(
    track: RewardBenchTrack,
) -> None:
    summary = track.summarise(await held(track))
    rows = {row["arm"]: row for row in summary.rows if row["category"] == "all"}
    assert list(rows) == list(ARMS)
    assert all(row["n"] == 12 for row in rows.values())
    # Half of them like it long: neither length nor one taste for everybody can be right about more.
    assert rows["longer answer"]["accuracy"] == 0.5
    assert rows["longer answer"]["accuracy_not_longer"] == 0.0
    assert float(str(rows["no history (pooled)"]["accuracy"])) <= 0.6
    assert rows["ours"]["something_learned"] == 12
    assert float(str(rows["ours"]["accuracy"])) >= 0.9
    assert float(str(rows["ours"]["accuracy_gain_low"])) > 0.0
    assert float(str(rows["oracle: told the rubric"]["accuracy"])) >= 0.9
    assert summary.figures["ours_accuracy"] == rows["ours"]["accuracy"]
    assert {row["category"] for row in summary.rows} == {"all", "Art", "Society"}


async def test_ties_and_failures_are_wrong(track: RewardBenchTrack) -> None:
    few = replace(track, items=4, arms=("embedding only",))
    key = few.keys()[0]
    item = replace(few._drawn[key.user], history=())
    judging = Judging.fitted([item], HashEmbedder(16), posts=2, seed=0)
    assert judging.judge("embedding only", item).margin == 0.0
    # With nobody else to learn from and nothing said, everything is even.
    assert judging.judge("ours", item).margin == pytest.approx(0.0, abs=1e-9)
    failed = few.failed(key, "it broke")
    row = few.summarise([failed]).rows[0]
    assert (row["accuracy"], row["failed"], row["n"]) == (0.0, 1, 1)


def test_the_nearest_posts_keep_their_order() -> None:
    item = RewardBenchItem(
        id="1",
        category="c",
        question="Which glue holds brass to oak?",
        history=("On brass hinges.", "On tea.", "Which glue for oak veneer?", "On cats."),
        chosen="a",
        rejected="b",
        rubric=(),
    )
    assert nearest_posts(item, 2) == ("On brass hinges.", "Which glue for oak veneer?")
    assert nearest_posts(item, 9) == item.history


def test_draws_do_not_depend_on_how_many_and_odd_parameters_are_refused(
    track: RewardBenchTrack,
) -> None:
    few, more = replace(track, items=3), replace(track, items=6)
    assert list(more._drawn)[:3] == list(few._drawn)
    with pytest.raises(InputError, match="posts is 0"):
        replace(track, posts=0)
    with pytest.raises(InputError, match="choose from longer answer"):
        replace(track, arms=("theirs",))
