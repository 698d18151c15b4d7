from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from penchant.memory.types import Choice, Context, Edit, Evidence, Observation, Reaction
from penchant.simulators.export import (
    FORMATS,
    PreferencePair,
    pairs_of_evidence,
    pairs_of_run,
    pseudonym,
    record_of,
    with_degraded,
    write_pairs,
)
from penchant.simulators.reports import load_run
from penchant.simulators.runner import (
    Compared,
    Episode,
    EpisodeKey,
    FunctionTrack,
    RunOptions,
    Tools,
    bare_tools,
    run_batch,
)


def _event(observation: Observation) -> Evidence:
    return Evidence(
        id="e1",
        user_id="ana",
        observation=observation,
        context=Context(text="An email to the landlord"),
        session_id="s1",
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def _pair(strength: float | None = None) -> PreferencePair:
    return PreferencePair(
        prompt="A haiku?",
        chosen="Short rain.",
        rejected="It rains.",
        user="ana",
        strength=strength,
        rationale="shorter",
        origin="choice",
        licence="CC-BY-4.0",
        provenance={"evidence": "e1"},
    )


def test_an_edit_is_a_pair_of_what_became_of_what() -> None:
    edit = Edit(before="Dear Sir", after="Hi Tom", reason="too stiff")
    (pair,) = pairs_of_evidence([_event(edit)], licence="CC-BY-4.0")
    assert (pair.chosen, pair.rejected, pair.rationale) == ("Hi Tom", "Dear Sir", "too stiff")
    assert (pair.prompt, pair.user, pair.origin) == ("An email to the landlord", "ana", "edit")
    assert (pair.licence, pair.provenance["session"]) == ("CC-BY-4.0", "s1")


def test_a_pick_is_a_pair_with_each_of_the_others() -> None:
    choice = Choice(shown=("a", "b", "c"), picked=1, strength="slightly better")
    found = list(pairs_of_evidence([_event(choice)]))
    assert [(each.chosen, each.rejected) for each in found] == [("b", "a"), ("b", "c")]
    assert {each.strength for each in found} == {1 / 3}


def test_a_reply_repaired_to_content_is_a_pair() -> None:
    reaction = Reaction(reply="Tofu.", text="better", sentiment="satisfied", instead_of="Fish.")
    (pair,) = pairs_of_evidence([_event(reaction)])
    assert (pair.chosen, pair.rejected, pair.origin) == ("Tofu.", "Fish.", "repair")


@pytest.mark.parametrize(
    "observation",
    [
        Choice(shown=("a", "b"), picked=None),
        Choice(shown=("a", "b"), picked=0, judge="local/some-model"),
        Edit(before="text", after="  "),
        Edit(before="same", after="same"),
        Reaction(reply="r", text="no", sentiment="dissatisfied", instead_of="q"),
        Reaction(reply="r", text="thanks", sentiment="satisfied"),
    ],
)
def test_what_prefers_nothing_is_no_pair(observation: Observation) -> None:
    assert list(pairs_of_evidence([_event(observation)])) == []


def test_a_preferred_answer_beats_versions_that_say_less() -> None:
    shown = ("Minimal generating sets solve natural numbers, and linear constraints.", "No.", "Ah.")
    picks = list(pairs_of_evidence([_event(Choice(shown=shown, picked=0, strength="better"))]))
    found = list(with_degraded(picks, 2))
    assert [each.origin for each in found] == ["choice", *["degraded"] * 3, "choice"]
    made = found[1:4]
    assert [each.strength for each in made] == [0.5, 1.0, 0.5]
    assert all(len(each.chosen) > len(each.rejected) for each in made)
    assert made[0].chosen == shown[0]
    assert {each.rationale for each in made} == {None}
    out = io.StringIO()
    write_pairs(found, out, "trl")
    assert [json.loads(line)["margin"] for line in out.getvalue().splitlines()][1] == 0.5


def test_formats_are_what_trainers_read() -> None:
    asked = {"role": "user", "content": "A haiku?"}
    good = {"role": "assistant", "content": "Short rain."}
    trl, plain, openrlhf = (record_of(_pair(), form) for form in FORMATS)
    assert (trl["prompt"], trl["chosen"]) == ([asked], [good])
    assert (plain["prompt"], plain["chosen"]) == ("A haiku?", "Short rain.")
    assert openrlhf["chosen"] == [asked, good]
    for each in (trl, plain, openrlhf):
        assert each["licence"] == "CC-BY-4.0"
        assert each["rationale"] == "shorter"
        assert "margin" not in each


def test_margins_are_written_for_all_or_none() -> None:
    def written(*strengths: float | None) -> list[dict[str, object]]:
        out = io.StringIO()
        assert write_pairs(map(_pair, strengths), out, "trl") == len(strengths)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    assert [each["margin"] for each in written(1.0, 1 / 3)] == [1.0, 1 / 3]
    assert all("margin" not in each for each in written(1.0, None))


def test_pseudonyms_are_the_same_for_one_user_under_one_salt() -> None:
    assert pseudonym("ana", "x") == pseudonym("ana", "x")
    assert len({pseudonym("ana", "x"), pseudonym("ben", "x"), pseudonym("ana", "y")}) == 3


def _edited(key: EpisodeKey, tools: Tools) -> Episode:
    pair = Compared(
        prompt="Write.", chosen=f"{key.user}, brief", rejected="At length", strength=1.0
    )
    return Episode(key=key, measures={"score": 1.0}, pairs=[pair])


def test_pairs_of_a_run_tell_which_run(tmp_path: Path, settings: object) -> None:
    track = FunctionTrack(fn=_edited, users=2, arms=("ours",))
    options = RunOptions(settings=settings)  # type: ignore[arg-type]
    run_batch(track, tmp_path / "run", seed=3, options=options, tools=bare_tools)
    run = load_run(tmp_path / "run")
    found = list(pairs_of_run(run, licence="Apache-2.0"))
    assert [each.chosen for each in found] == ["user 0, brief", "user 1, brief"]
    assert found[0].provenance["run"] == run.hash
    assert found[0].provenance["seed"] == 3
    assert {each.licence for each in found} == {"Apache-2.0"}
