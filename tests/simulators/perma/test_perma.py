"""The perma track: memory against what is true, and every arm asked at its points."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

from penchant.config import Settings
from penchant.errors import InputError
from penchant.memory.types import Conflict, Preference, PreferenceDraft
from penchant.models.fakes import FunctionChatModel, FunctionLikelihoodModel
from penchant.models.hash_embedder import HashEmbedder
from penchant.models.types import ChatModel, Message
from penchant.simulators.perma import PermaTrack
from penchant.simulators.perma.asking import ask_quiz
from penchant.simulators.perma.state import Snapshot, state_items
from penchant.simulators.runner.episodes import Episode, episode_from_json, episode_to_json
from penchant.simulators.runner.metering import Budget, Meter
from penchant.simulators.runner.tools import Models, Tools
from penchant.simulators.tasks.timelines import Timeline, load_timelines, quizzes
from penchant.simulators.users.events import EventUser

DIET = """\
name: diet
user: Wim
domain: food
part: open
preferences:
  - {key: diet, value: vegan, says: is vegan, told: vegan}
  - {key: diet, value: anything, says: eats everything again, told: everything}
decoys:
  - {what: his aunt's fear of onions, told: onion}
sessions:
  - date: 2025-01-01
    turns:
      - {say: "I'm vegan. What is for dinner?", reply: "A bean stew.", shows: [diet/vegan], how: stated}
  - date: 2025-02-01
    turns:
      - {say: "My aunt hates onions. Who was Napoleon?", reply: "An emperor.", distracts: other}
  - date: 2025-03-01
    turns:
      - {say: "I eat everything again.", reply: "Good to know.", shows: [diet/anything], how: stated}
probes:
  - about: diet
    after: [0, 1, 2, 3]
    question: Which plate is mine?
    options:
      vegan: The lentils
      anything: The roast pork
      other: [The cardboard, The glass beads]
    open: [0, 1, 3]
    request: Cook for me.
    fits:
      vegan: {with: beans, without: pork}
      anything: {with: pork}
    wrong:
      vegan: There is pork in it.
      anything: I do eat pork.
"""  # noqa: E501


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "diet.yaml"
    found.write_text(DIET, encoding="utf-8")
    return found


def tools_of(settings: Settings, chat: ChatModel | None = None) -> Tools:
    return Tools(
        settings=settings,
        seed=0,
        embedder=HashEmbedder(),
        models=None if chat is None else Models(agent=chat),
        identities={},
        meter=Meter(),
        budget=Budget(),
    )


def held(track: PermaTrack, tools: Tools, arm: str) -> Episode:
    async def hold() -> Episode:
        prepared = await track.prepare(tools)
        keys = track.keys()
        (key,) = (key for key in keys if key.arm == arm)
        return await track.episode(key, prepared, tools.fresh())

    return asyncio.run(hold())


def knowing(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    """Picks the lentils where the prompt says vegan, else the first; cooks pork unless told off."""
    text = messages[-1].content
    if schema is not None and "verdicts" in schema.model_fields:
        many = schema.model_json_schema()["properties"]["verdicts"]["minItems"]
        return f'{{"verdicts": {["likes"] * many}}}'.replace("'", '"')
    if schema is not None:
        wanted = "lentils" if "vegan" in text else ""
        lines = [line for line in text.splitlines() if line[1:3] == ". " and wanted in line]
        return f'{{"choice": "{lines[0][0]}"}}'
    told_off = any("There is pork in it" in message.content for message in messages)
    return "A plate of beans." if told_off else "A plate of pork."


def test_memory_alone_is_scored_without_a_chat_model(settings: Settings, path: Path) -> None:
    track = PermaTrack(path=path, arms=())
    (key,) = track.keys()
    episode = held(track, tools_of(settings), key.arm)
    assert episode.measures["state_learned"] is not None
    assert episode.measures["state_learned"] >= 0.5
    assert episode.measures["decoys_taken"] == 0.0
    assert episode.measures["mcq"] is None
    assert episode.costs.llm_calls == 0
    assert [(each.aspect, each.value) for each in episode.disclosures[:2]] == [
        ("diet", "vegan"),
        ("diet", "anything"),
    ]
    assert "learned: is vegan" in "\n".join(line.text for line in episode.transcript)
    figures = track.summarise([episode]).figures
    assert figures["state_learned"] == episode.measures["state_learned"]
    assert "state_learned_open" in figures


def test_arms_are_asked_at_their_points(settings: Settings, path: Path) -> None:
    track = PermaTrack(path=path, timelines=1, orders=4)
    tools = tools_of(settings, FunctionChatModel(fn=knowing))
    keys = track.keys()
    episodes = {key.arm: held(track, tools, key.arm) for key in keys}
    assert set(episodes) == {"memory only", *track.arms}
    nothing, ours, oracle = (episodes[arm] for arm in ("no memory", "ours", "oracle"))
    # In four orders, "the first" is every option once.
    assert {tuple(each["shares"]) for each in nothing.decisions if "shares" in each} == {
        (0.25,) * 4
    }
    assert ours.measures["mcq_in_time"] == ours.measures["mcq_post_distraction"] == 1.0
    assert ours.measures["recall_1"] is not None
    assert oracle.measures["mcq_zero_memory"] == 1.0
    for episode in (nothing, ours, oracle):
        assert episode.measures["turn_1_zero_memory"] == episode.measures["turn_1_in_time"] == 0.0
        assert episode.measures["turn_2_zero_memory"] == episode.measures["turn_2_in_time"] == 1.0
        assert episode.measures["turn_1_post_distraction"] is None
        assert episode.measures["stale_reply"] == 0.0
    for episode in (nothing, oracle):
        assert episode.measures["turn_1_after_change"] == 1.0
        assert episode.measures["turn_1"] == 1 / 3
    # Four orders of four questions, and at least the replies to the open request.
    assert ours.costs.llm_calls >= 4 * 4 + 2
    # What the user says to a reply that misses is forgotten with the copy that heard it.
    assert not any("pork" in str(each) for each in ours.detail["learned"])  # type: ignore[union-attr]
    summary = track.summarise(
        [episode_from_json(episode_to_json(each)) for each in episodes.values()]
    )
    rows = {
        each["about"]: each
        for each in summary.rows
        if (each["arm"], each["part"]) == ("ours", "all")
    }
    assert list(rows) == ["memory", "multiple choice", "open requests", "costs"]
    assert {row["n"] for row in rows.values()} == {1}
    choice, requests = rows["multiple choice"], rows["open requests"]
    assert (choice["mcq_n"], requests["turn_1_n"], requests["turn_1_after_change_n"]) == (4, 3, 1)
    assert requests["stale_reply_n"] == 1
    assert choice["mcq_in_time_gain"] == 1.0 - float(nothing.measures["mcq_in_time"] or 0)
    assert "mcq_over_history_low" in choice
    assert "ours_turn_2" in summary.figures


def test_likelihoods_of_letters_decide_where_the_model_tells_them(
    settings: Settings, path: Path
) -> None:
    def likes_the_pork(messages: Sequence[Message], letter: str) -> float:
        marked = f"\n{letter}. The roast pork" in messages[-2].content
        return (-0.1 if marked else -3.0) - (0.0 if letter == "A" else 0.5)

    chat = FunctionLikelihoodModel(fn=knowing, likelihood=likes_the_pork)
    track = PermaTrack(
        path=path, timelines=1, arms=("no memory",), open_requests=False, read_by="letter"
    )
    assert track.orders == 2
    episode = held(track, tools_of(settings, chat), "no memory")
    assert episode.measures["mcq"] == 0.25
    assert episode.measures["mcq_after_change"] == 1.0
    assert episode.costs.llm_calls == 4 * 2 * 4
    assert episode.measures["turn_1"] is None


def test_options_are_told_by_their_text_against_nobody_in_particular(
    settings: Settings, path: Path
) -> None:
    def usual(messages: Sequence[Message], option: str) -> float:
        asked = messages[-2].content
        assert "The lentils" not in asked
        # What is likely anyway is not what fits; what is known makes one likelier.
        fits = "is vegan" in asked and option == "The lentils"
        return {"The glass beads": -1.0}.get(option, -9.0) + (2.0 if fits else 0.0)

    chat = FunctionLikelihoodModel(fn=knowing, likelihood=usual)
    track = PermaTrack(path=path, timelines=1, arms=("oracle",), open_requests=False)
    episode = held(track, tools_of(settings, chat), "oracle")
    assert episode.measures["mcq_zero_memory"] == episode.measures["mcq_in_time"] == 1.0
    assert {each["read_by"] for each in episode.decisions} == {"text"}
    assert all(sum(each["shares"]) == pytest.approx(1.0) for each in episode.decisions)  # type: ignore[arg-type]
    quiz = next(quizzes(the_timeline(path)))
    waving = replace(quiz, options=("Hi 👋", *quiz.options[1:]))
    answer = asyncio.run(
        ask_quiz(
            tools_of(
                settings,
                FunctionLikelihoodModel(fn=knowing, likelihood=lambda messages, letter: -1.0),
            ),
            waving,
            "",
        )
    )
    assert answer.read_by == "letter"


def test_a_reply_that_fits_what_has_ended_is_stale(settings: Settings, path: Path) -> None:
    def beans(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        return "A plate of beans." if schema is None else '{"choice": "A"}'

    track = PermaTrack(path=path, timelines=1, arms=("no memory",))
    episode = held(track, tools_of(settings, FunctionChatModel(fn=beans)), "no memory")
    assert episode.measures["stale_reply"] == 1.0
    assert episode.measures["turn_2_after_change"] == 0.0


def test_answers_that_cannot_be_read_are_wrong_and_counted(settings: Settings, path: Path) -> None:
    def prose(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        return "I would rather not say."

    track = PermaTrack(path=path, timelines=1, arms=("full history",), open_requests=False)
    episode = held(track, tools_of(settings, FunctionChatModel(fn=prose)), "full history")
    assert episode.measures["mcq"] == 0.0
    assert episode.failures == {"parse": 4}


def test_an_episode_that_failed_has_the_floor(settings: Settings, path: Path) -> None:
    track = PermaTrack(path=path, timelines=1)
    keys = track.keys()
    failed = {key.arm: track.failed(key, "out of order") for key in keys}
    assert failed["ours"].measures["mcq"] == 0.0
    assert failed["ours"].measures["stale_use"] == failed["ours"].measures["stale_reply"] == 1.0
    assert failed["ours"].measures["turn_1_in_time"] == 0.0
    assert failed["ours"].measures["wrong_supersede"] == 1.0
    assert failed["memory only"].measures["state_learned"] == 0.0
    assert failed["no memory"].measures["turn_2"] == 0.0
    rows = track.summarise(list(failed.values())).rows
    assert all(row["errors"] == row["n"] for row in rows)


def the_timeline(path: Path) -> Timeline:
    (timeline,) = load_timelines(path)
    return timeline


def values(timeline: Timeline, *snapshots: Snapshot) -> dict[tuple[str, str], float]:
    return {(each.measure, each.name): each.value for each in state_items(timeline, snapshots)}


def test_the_state_of_a_memory_is_set_against_what_is_true(path: Path) -> None:
    timeline = the_timeline(path)
    first = Snapshot(after=1, live=("is vegan",), ever=("is vegan",), retired=())
    found = values(
        timeline,
        first,
        Snapshot(after=2, live=("hates onions",), ever=("is vegan",), retired=("is vegan",)),
        Snapshot(
            after=3,
            live=("eats everything", "hates onions"),
            ever=("is vegan", "eats everything"),
            retired=("is vegan",),
        ),
    )
    assert found["state_held_recall", "1/diet/vegan"] == 1.0
    assert found["wrong_supersede", "2/diet/vegan"] == 1.0
    assert found["state_retired_precision", "2/0"] == 0.0
    assert found["state_held_precision", "2/0"] == 0.0
    assert found["state_retired_recall", "3/diet/vegan"] == 1.0
    assert found["state_retired_precision", "3/0"] == 1.0
    assert found["decoys_taken", "his aunt's fear of onions"] == 1.0
    adding = values(timeline, first, first.without_retiring())
    assert ("state_retired_precision", "1/0") not in adding


def test_a_stale_memory_is_not_retired(path: Path) -> None:
    both = ("is vegan", "eats everything")
    found = values(the_timeline(path), Snapshot(after=3, live=both, ever=both, retired=()))
    assert found["state_retired_recall", "3/diet/vegan"] == 0.0
    assert found["state_held_precision", "3/0"] == 0.0
    assert found["state_held_recall", "3/diet/anything"] == 1.0


def test_an_event_user_settles_contradictions_by_what_is_true(path: Path) -> None:
    user = EventUser(timeline=the_timeline(path))
    user.play(1)
    contradiction = conflict("is vegan", "eats everything")
    assert user.settle(contradiction, 1) == "old"
    assert user.settle(contradiction, 3) == "new"
    assert user.settle(conflict("likes hats", "hates hats"), 3) is None
    assert user.questions == 3
    assert {each.how for each in user.log} == {"volunteered", "asked"}


def test_an_event_user_objects_with_one_value_only(path: Path) -> None:
    timeline = the_timeline(path)
    user = EventUser(timeline=timeline)
    (probe,) = timeline.probes
    assert user.meet(probe, 1, "Beans.") == "satisfied"
    assert user.meet(probe, 1, "Beans with pork.") == "objects"
    assert user.object(probe, 1) == "There is pork in it."
    assert [(each.aspect, each.value) for each in user.log] == [("diet", "vegan")]


def conflict(old: str, new: str) -> Conflict:
    from datetime import UTC, datetime

    now = datetime(2025, 1, 1, tzinfo=UTC)
    live = Preference(
        id="1",
        user_id="Wim",
        description=old,
        polarity="like",
        hard=False,
        strength=0.7,
        origin="stated",
        confidence=0.9,
        scope=None,
        aspect=None,
        value=None,
        evidence_ids=(),
        valid_from=now,
        valid_to=None,
        supersedes=None,
    )
    draft = PreferenceDraft(description=new)
    return Conflict(old=live, new=draft, evidence_id="e", reason="Both were said.")


def test_keys_and_config_follow_the_parameters(path: Path) -> None:
    track = PermaTrack()
    keys = track.keys()
    assert len(set(keys)) == len(keys)
    asked = {key.task for key in keys if key.arm == "ours"}
    assert len(asked) == 10
    parts = {each.name: each.part for each in load_timelines()}
    assert sum(parts[name] == "aside" for name in asked) == 3
    assert PermaTrack(orders=4).config() != track.config()
    assert PermaTrack(path=path).config()["timelines_sha256"] != track.config()["timelines_sha256"]


def test_wrong_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="orders is 3"):
        PermaTrack(orders=3)
    with pytest.raises(InputError, match="read_by is 'tea'"):
        PermaTrack(read_by="tea")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'everything'"):
        PermaTrack(arms=("everything",))  # type: ignore[arg-type]
