"""The prelude track: rounds, arms and what is made of them; the model does as it is told."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence

import pytest
from pydantic import BaseModel

from penchant.config import Settings
from penchant.errors import ChatTimeoutError, InputError
from penchant.models.fakes import FunctionChatModel
from penchant.models.hash_embedder import HashEmbedder
from penchant.models.types import Message
from penchant.simulators.prelude import PreludeTrack
from penchant.simulators.prelude.rounds import context_of, draw_user, rounds_of
from penchant.simulators.prelude.steady import SteadyChat
from penchant.simulators.runner import (
    Budget,
    Episode,
    EpisodeKey,
    Meter,
    Models,
    Tools,
    episode_from_json,
    episode_to_json,
)
from penchant.simulators.tasks.notes import Note, load_notes
from penchant.simulators.users.edits import edit_styles
from penchant.simulators.users.rules import Pen

DRAFT = """\
Subject: News

Dear Sir,

I hope this email finds you well! The gate is shut, and the van cannot come in before noon on \
Thursday. Dunja has the keys. It is cold. Please park at Harrow Lane!

Best regards,
[Your Name]"""


def obedient(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
    """Writes in the style that the prompt names, if it names one whole."""
    prompt = messages[-1].content
    if schema is not None:
        wants = next(iter(schema.model_fields))
        return json.dumps({wants: "short" if wants == "description" else []})
    for style in edit_styles().values():
        if style.words in prompt and not style.needs_chat:
            return style.edit(DRAFT, Pen(name="Mira", to="the depot team"))
    return DRAFT


def tools_with(settings: Settings, chat: FunctionChatModel) -> Tools:
    return Tools(
        settings=settings,
        seed=0,
        embedder=HashEmbedder(),
        models=Models(agent=chat),
        identities={},
        meter=Meter(),
        budget=Budget(),
    )


def track_of(*arms: str, **given: object) -> PreludeTrack:
    values = {"users": 1, "rounds": 4, "contexts": 2, **given}
    return PreludeTrack(arms=arms, **values)  # type: ignore[arg-type]


async def held(track: PreludeTrack, settings: Settings, chat: FunctionChatModel) -> list[Episode]:
    found = []
    for key in track.keys():  # noqa: SIM118
        tools = tools_with(settings, chat)
        found.append(await track.episode(key, await track.prepare(tools), tools))
    return found


def test_users_have_both_kinds_of_text_and_a_style_for_each() -> None:
    for index in range(6):
        user = draw_user(index, load_notes(), rounds=16, contexts=3, seed=1)
        assert len(user.styles) == 3
        assert {context.rsplit("/")[1] for context in user.styles} == {"email", "summary"}
        assert len({style.name for style in user.styles.values()}) == 3
        for context, style in user.styles.items():
            assert context.rsplit("/")[1] in style.kinds
            assert not style.needs_chat


def test_rounds_go_through_the_contexts_in_turn_and_bring_no_note_twice() -> None:
    user = draw_user(0, load_notes(), rounds=16, contexts=3, seed=1)
    rounds = rounds_of(user, load_notes(), rounds=16, seed=5)
    assert [at.number for at in rounds] == list(range(16))
    assert len({at.note.id for at in rounds}) == 16
    assert all(context_of(at.note) == at.context for at in rounds)
    for first in range(0, 15, 3):
        assert {at.context for at in rounds[first : first + 3]} == set(user.styles)
    assert [at.seen for at in rounds] == [number // 3 for number in range(16)]
    assert rounds == rounds_of(user, load_notes(), rounds=16, seed=5)
    assert rounds != rounds_of(user, load_notes(), rounds=16, seed=6)


def test_too_many_rounds_are_refused() -> None:
    with pytest.raises(InputError, match=r"200 rounds over 3 contexts take 67 notes of each"):
        PreludeTrack(rounds=200).config()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"users": 0}, "users is 0"),
        ({"arms": ("none", "magic")}, "no arm 'magic'; the arms are none, CIPHER-1"),
        ({"arms": ("none", "none")}, "named twice"),
    ],
)
def test_parameters_are_checked(given: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        PreludeTrack(**given)  # type: ignore[arg-type]


def test_documents_of_another_collection_are_written_from() -> None:
    notes = tuple(
        Note(id=f"{domain}{n}", domain=domain, kind="summary", text=f"fact {n} of {domain}")
        for domain in ("films", "plants")
        for n in range(2)
    )
    track = track_of("none", notes=notes)
    (key,) = track.keys()
    assert key.user == "user-000"
    assert track.config() != track_of("none").config()
    assert track.config()["rules_and_prompts"] == track_of("none").config()["rules_and_prompts"]


async def test_the_oracle_leaves_nothing_to_edit_and_none_everything(settings: Settings) -> None:
    chat = FunctionChatModel(fn=obedient)
    track = track_of("none", "oracle", styles=("plain_letter", "facts"))
    none, oracle = await held(track, settings, chat)
    assert oracle.measures["obeyed"] == pytest.approx(1.0, abs=0.2)
    assert none.measures["similarity"] == 0.0
    assert oracle.measures["similarity"] == pytest.approx(1.0)
    assert oracle.measures["named"] == 1.0
    assert oracle.measures["edit_cost"] < none.measures["edit_cost"]  # type: ignore[operator]
    assert none.series["edit_cost_so_far"][-1] == sum(none.series["edit_cost"])
    assert none.costs.llm_calls == 4
    assert none.costs.words_written == sum(none.series["edit_cost"])
    assert [line.text for line in none.transcript].count(DRAFT) == 4
    assert none.profile == oracle.profile
    assert episode_to_json(episode_from_json(episode_to_json(none))) == episode_to_json(none)


async def test_every_arm_holds_an_episode(settings: Settings) -> None:
    chat = FunctionChatModel(fn=obedient)
    track = track_of("CIPHER-1", "CIPHER-5", "edits in context", "ours untaught", "ours")
    episodes = {each.key.arm: each for each in await held(track, settings, chat)}
    assert all(len(each.series["edit_cost"]) == 4 for each in episodes.values())
    first = {each.series["edit_cost"][0] for each in episodes.values()}
    assert len(first) == 1, "before anything is learned, all arms draft alike"
    assert episodes["CIPHER-1"].decisions[0]["learned"] == ["short"]
    assert episodes["CIPHER-1"].decisions[1]["drafted_under"] == "short"
    assert episodes["edits in context"].measures["similarity"] is None
    assert episodes["ours untaught"].measures["named"] == 0.0
    assert not any(each["learned"] for each in episodes["ours untaught"].decisions)
    assert any(each["learned"] for each in episodes["ours"].decisions)
    shown = [
        call.messages[0].content for call in chat.calls if "<edited>" in call.messages[0].content
    ]
    assert len(shown) == 3
    assert shown[-1].count("<draft>") == 3


async def test_prompts_are_the_same_whoever_went_before(settings: Settings) -> None:
    track = track_of("none", "ours")
    none, ours = track.keys()
    calls = []
    for order in ((none, ours), (ours,)):
        for key in order:
            chat = FunctionChatModel(fn=obedient)
            await track.episode(key, None, tools_with(settings, chat))
        calls.append([call.messages for call in chat.calls])
    assert calls[0] == calls[1]
    assert all(call.temperature == 0.0 for call in chat.calls)


async def test_an_inference_that_fits_no_schema_is_counted(settings: Settings) -> None:
    def mumbling(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        return DRAFT if schema is None else "I would say it is nice"

    (episode,) = await held(track_of("CIPHER-1"), settings, FunctionChatModel(fn=mumbling))
    assert episode.failures == {"parse": 4}
    assert not any(each["learned"] for each in episode.decisions)


async def test_empty_drafts_are_counted_and_cost_the_whole_text(settings: Settings) -> None:
    chat = FunctionChatModel(fn=lambda messages, schema: "")
    track = track_of("none")
    (episode,) = await held(track, settings, chat)
    assert episode.failures == {"empty": 4}
    (key,) = track.keys()
    failed = track.failed(key, "no answer")
    assert list(episode.series["edit_cost"]) == list(failed.series["edit_cost"])
    assert failed.measures["edit_cost"] == episode.measures["edit_cost"]


async def test_what_was_edited_is_kept_as_pairs(settings: Settings) -> None:
    chat = FunctionChatModel(fn=lambda messages, schema: "The meeting is on Friday at ten.")
    (episode,) = await held(track_of("none"), settings, chat)
    edited = [cost > 0 for cost in episode.series["edit_cost"]]
    assert len(episode.pairs) == sum(edited) > 0
    for pair in episode.pairs:
        assert pair.rejected == "The meeting is on Friday at ten."
        assert pair.chosen != pair.rejected
        assert pair.rationale in episode.profile.values()


async def test_errors_of_models_are_the_runners(settings: Settings) -> None:
    def late(messages: Sequence[Message], schema: type[BaseModel] | None) -> str:
        raise ChatTimeoutError("late")

    with pytest.raises(ChatTimeoutError):
        await held(track_of("none"), settings, FunctionChatModel(fn=late))


def episode_of(arm: str, user: str, costs: list[float], **given: object) -> Episode:
    return Episode(
        key=EpisodeKey("prelude", arm, user, "edits"),
        measures={"edit_cost": sum(costs) / len(costs), "untouched": 0.0, "similarity": None},
        series={"edit_cost": costs},
        **given,  # type: ignore[arg-type]
    )


def test_gains_are_paired_by_round_and_failures_counted() -> None:
    track = track_of("none", "ours untaught", "ours")
    episodes = [
        episode_of("none", "a", [10.0, 20.0, 30.0]),
        episode_of("ours untaught", "a", [8.0, 18.0, 28.0]),
        episode_of("ours", "a", [5.0, 10.0, 15.0]),
        episode_of("ours", "b", [4.0, 4.0, 4.0], failures={"failed": 1}),
    ]
    summary = track.summarise(episodes)
    rows = {row["arm"]: row for row in summary.rows}
    assert rows["ours"]["n"] == 6
    assert rows["ours"]["failed"] == 1
    assert rows["ours"]["edit_cost"] == pytest.approx(7.0)
    assert rows["ours"]["edit_cost_gain"] == pytest.approx(10.0)
    assert rows["ours"]["cost_reduction"] == pytest.approx(0.5)
    assert rows["ours"]["resampled"] == "rounds"
    assert "edit_cost_gain" not in rows["none"]
    assert "similarity" not in rows["none"]
    assert summary.figures["ours_cost_reduction"] == pytest.approx(0.5)
    assert summary.figures["ours_learning_gain"] == pytest.approx(8.0)
    assert any("hold for these users" in note for note in summary.notes)


def test_enough_users_are_drawn_again_themselves() -> None:
    track = track_of("none", "oracle")
    episodes = [
        episode_of(arm, f"user-{index}", [cost, cost])
        for arm, cost in (("none", 9.0), ("oracle", 3.0))
        for index in range(8)
    ]
    (_, row) = track.summarise(episodes).rows
    assert row["resampled"] == "users"
    assert (row["edit_cost_gain_low"], row["edit_cost_gain_high"]) == (6.0, 6.0)


def test_a_track_can_be_sent_to_a_worker() -> None:
    track = track_of("none")
    assert len(track.keys()) == 1
    again = pickle.loads(pickle.dumps(track))
    assert again == track
    assert again.config() == track.config()


async def test_a_steady_model_says_so_in_its_name() -> None:
    inner = FunctionChatModel(fn=obedient)
    chat = SteadyChat(inner, seed=3)
    assert chat.name == "fake/function (temperature 0, seed 3)"
    assert chat.context_window == inner.context_window
    assert chat.count_tokens("two words") == inner.count_tokens("two words")
    async for _ in chat.stream([Message(role="user", content="Hi")], temperature=0.9, seed=8):
        pass
    assert [(call.temperature, call.seed) for call in inner.calls] == [(0.0, 3)]
    await chat.aclose()
    assert not inner.closed
