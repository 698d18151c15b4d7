"""The track with fakes: what each arm sees, what counts, and that it is told."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models import FunctionChatModel, FunctionLikelihoodModel, HashEmbedder
from penchant.models.embedder import OnnxEmbedder
from penchant.models.types import Embedder, Message
from penchant.simulators.prefeval import PrefEvalTrack
from penchant.simulators.prefeval.arms import ARMS, SAID
from penchant.simulators.prefeval.items import distractors
from penchant.simulators.runner import (
    Budget,
    Episode,
    EpisodeKey,
    Meter,
    Models,
    ResponseCache,
    Tools,
    episode_to_json,
)

DATA = Path(__file__).parents[1] / "data" / "prefeval"


def _tools(
    settings: Settings,
    model: FunctionChatModel,
    *,
    embedder: Embedder | None = None,
    **given: object,
) -> Tools:
    return Tools(
        settings=settings,
        seed=0,
        embedder=embedder or HashEmbedder(),
        models=Models(agent=model),
        identities={},
        meter=Meter(),
        budget=Budget(),
        **given,  # type: ignore[arg-type]
    )


def _letter_of(messages: Sequence[Message], *, wanted: str) -> str:
    """The letter of the option that holds a word; A if none does."""
    lines = messages[-1].content.splitlines()
    return next((line[0] for line in lines if line[1:3] == ". " and wanted in line), "A")


def _reader(wanted: str) -> FunctionChatModel:
    """Picks the option with a word in it."""

    def answer(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        if schema is None or schema.__name__ != "Letter":
            return '{"verdicts": ["nothing"]}'
        return f'{{"letter": "{_letter_of(messages, wanted=wanted)}"}}'

    return FunctionChatModel(fn=answer)


def _held(track: PrefEvalTrack, tools: Tools, key: EpisodeKey) -> Episode:
    return asyncio.run(track.episode(key, None, tools.fresh()))


def _key(track: PrefEvalTrack, arm: str, task: str = "any form") -> EpisodeKey:
    return next(
        key
        for key in list(track.keys())
        if (key.arm, key.user, key.task) == (arm, "garden_tools/0", task)
    )


TRACK = PrefEvalTrack(data=DATA, items=6, turns=(0, 2))


def test_gold_positions_are_balanced_and_seeded() -> None:
    from penchant.simulators.prefeval.items import FORMS, sample

    drawn = sample(DATA, 4, seed=3, forms=FORMS)
    assert sorted(asked.right for asked in drawn) == [0, 1, 2, 3]
    assert all(asked.options[asked.right] == asked.item.options[0] for asked in drawn)
    assert {asked.item.topic for asked in drawn} == {"garden_tools", "museum_visits"}
    assert drawn == sample(DATA, 4, seed=3, forms=FORMS)
    assert drawn != sample(DATA, 4, seed=4, forms=FORMS)


def test_exchanges_between_are_many_and_grow_from_the_front() -> None:
    assert len(set(distractors(60, seed=1))) == 60
    assert distractors(10, seed=1) == distractors(50, seed=1)[:10]
    with pytest.raises(InputError, match="turns is 1000"):
        distractors(1000, seed=1)


def test_keys_hold_what_depends_on_what_was_said_for_each_form_and_number_of_turns() -> None:
    keys = TRACK.keys()
    assert len(keys) == len(set(keys)) == 6 * (len(ARMS) - len(SAID) + len(SAID) * 3 * 2)
    assert pickle.loads(pickle.dumps(TRACK)).keys() == keys


def test_arms_see_what_they_are_to_see(settings: Settings, minilm: OnnxEmbedder) -> None:
    model = _reader("cordless")
    tools = _tools(settings, model, embedder=minilm)
    seen = {}
    for arm, task in (
        ("no memory", "any form"),
        ("oracle", "any form"),
        ("options only", "any form"),
        ("full history", "explicit, 2 turns"),
        ("raw retrieval", "explicit, 2 turns"),
        ("ours", "explicit, 2 turns"),
    ):
        model.calls.clear()
        episode = _held(TRACK, tools, _key(TRACK, arm, task))
        assert episode.measures["accuracy"] == 1.0
        seen[arm] = "\n".join(each.content for each in model.calls[-1].messages)
    assert all("cordless mower" in text for text in seen.values())
    telling = {arm for arm, text in seen.items() if "petrol mowers" in text}
    assert telling == {"oracle", "full history", "raw retrieval", "ours"}
    assert "300 square metres" not in seen["options only"]
    assert "Thanks for telling me." not in seen["ours"]


def test_ours_tells_what_it_learned(settings: Settings, minilm: OnnxEmbedder) -> None:
    tools = _tools(settings, _reader("x"), embedder=minilm)
    episode = _held(TRACK, tools, _key(TRACK, "ours", "explicit, 0 turns"))
    assert episode.measures["learned"] == episode.measures["recalled"] == 1.0
    assert episode.measures["mislearned"] == 0.0
    assert "petrol mowers" in str(episode.detail["learned"])
    assert episode_to_json(episode)


def test_what_cannot_be_read_is_wrong_and_counted(settings: Settings) -> None:
    tools = _tools(settings, FunctionChatModel(fn=lambda messages, schema: "hm"))
    episode = _held(TRACK, tools, _key(TRACK, "no memory"))
    assert episode.measures["accuracy"] == 0.0
    assert episode.failures == {"parse": 1}
    assert episode.costs.llm_calls == 2


def test_likelihoods_are_read_where_there_are_any_and_kept(
    settings: Settings, tmp_path: Path
) -> None:
    right = TRACK._asked["garden_tools/0"].right

    def likelihood(messages: Sequence[Message], continuation: str) -> float:
        assert messages[-1].content == '{"letter":"'
        return -1.0 if continuation == "ABCD"[right] else -2.0

    model = FunctionLikelihoodModel(fn=lambda messages, schema: "no", likelihood=likelihood)
    tools = _tools(settings, model, cache=ResponseCache(tmp_path / "cache.sqlite"))
    key = _key(TRACK, "no memory")
    first, again = _held(TRACK, tools, key), _held(TRACK, tools, key)
    assert first.measures == again.measures
    assert first.measures["accuracy"] == 1.0
    assert (first.costs.llm_calls, first.costs.cached_calls) == (4, 0)
    assert again.costs.cached_calls == 1
    assert len(model.asked) == 4


def test_floors_take_no_model(settings: Settings) -> None:
    tools = Tools(
        settings=settings,
        seed=0,
        embedder=HashEmbedder(),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )
    longest = _held(TRACK, tools, _key(TRACK, "longest option"))
    assert longest.measures == {
        "accuracy": 0.0,
        "accuracy_not_longest": 0.0,
        "prompt_tokens": None,
    }
    assert _held(TRACK, tools, _key(TRACK, "random")).measures["accuracy"] in (0.0, 1.0)


def test_rows_are_paired_by_item_and_count_what_failed(settings: Settings) -> None:
    track = PrefEvalTrack(
        data=DATA,
        items=4,
        turns=(0,),
        forms=("explicit",),
        arms=("no memory", "oracle", "full history", "longest option"),
    )
    tools = _tools(settings, _reader("cordless"))
    episodes = [
        track.failed(key, "it broke")
        if key.arm == "full history" and number < 3
        else _held(track, tools, key)
        for number, key in enumerate(track.keys())
    ]
    summary = track.summarise(episodes)
    rows = {row["arm"]: row for row in summary.rows}
    assert [row["n"] for row in summary.rows] == [4, 4, 4, 4]
    assert rows["full history"]["failed"] == 1
    assert rows["oracle"]["accuracy_gain"] == 0.0
    assert "accuracy_gain" not in rows["no memory"]
    telling = [asked for asked in track._asked.values() if asked.longest != asked.right]
    assert 0 < len(telling) < 4
    assert rows["no memory"]["not_longest_n"] == len(telling)
    assert summary.figures["longest_option_accuracy"] == 1.0 - len(telling) / 4
    assert summary.figures["full_history_explicit_0_turns_accuracy"] <= 1.0


def test_wrong_parameters_are_named() -> None:
    with pytest.raises(InputError, match="forms has"):
        PrefEvalTrack(data=DATA, forms=("sung",))  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"items is 99.*has 6"):
        PrefEvalTrack(data=DATA, items=99).keys()


def test_the_record_tells_the_data() -> None:
    assert TRACK.config()["data_sha256"] == PrefEvalTrack(data=DATA).config()["data_sha256"]
    assert TRACK.config() != PrefEvalTrack(data=DATA, items=5).config()
