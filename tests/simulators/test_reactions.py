"""What the track on reactions measures, on a table whose parts are kept apart."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from penchant.models import FunctionLikelihoodModel, HashEmbedder, Message, OnnxEmbedder
from penchant.simulators.reactions import load_reactions, measure_reactions
from penchant.tui.commands.eval import app


def test_the_held_out_part_is_large_and_shares_nothing_with_what_was_tuned_on() -> None:
    held, tuned = load_reactions(), load_reactions("tuned")
    assert len(held) >= 150
    assert min(Counter(case.label for case in held).values()) >= 20
    raw = (files("penchant.policies.feedback") / "prototypes.toml").read_text("utf-8")
    known = {text.casefold() for kind in tomllib.loads(raw)["kinds"].values() for text in kind}
    known |= {case.message.casefold() for case in tuned}
    assert not known & {case.message.casefold() for case in held}
    assert not {case.request for case in tuned} & {case.request for case in held}
    assert len({(case.context, case.message) for case in held}) == len(held)


def by_label(rows: Sequence[object], stage: str) -> dict[str, dict[str, object]]:
    found = [row for row in rows if isinstance(row, dict) and row.get("stage") == stage]
    return {str(row["label"]): row for row in found}


async def test_each_stage_is_counted_against_the_wanted_labels() -> None:
    held = load_reactions()
    wanted = {case.message: case.label for case in held}

    def knowing(messages: Sequence[Message], continuation: str) -> float:
        good = not any(word in continuation for word in ("not", "No", "wrong"))
        label = wanted[messages[-1].content]
        if label not in ("satisfied", "dissatisfied"):
            return -10.0 + 3.0 * good
        return -1.0 if good == (label == "satisfied") else -30.0

    model = FunctionLikelihoodModel(fn=lambda *_: "", likelihood=knowing)
    found = await measure_reactions(HashEmbedder(), model)
    rules = by_label(found.rows, "rules")
    likely = by_label(found.rows, "rules + embedder + follow-ups")
    for label in ("satisfied", "dissatisfied"):
        there = sum(case.label == label for case in held)
        assert rules[label]["recall_of"] == likely[label]["recall_of"] == there
        assert float(str(rules[label]["recall"])) < 0.5
        # All but what the rules took for something else.
        assert 0.9 < float(str(likely[label]["recall"])) <= 1.0
        assert likely[label]["recall"] <= likely[label]["recall_high"] <= 1.0
    # A hash of words has no meaning: all that the rules leave, the model is asked.
    assert found.figures["rules_undecided"] == found.figures["embedder_undecided"]
    assert found.figures["follow_ups_scored"] == found.figures["embedder_undecided"]
    assert found.figures["follow_ups_auc"] == 1.0
    read = sum(int(str(row["precision_of"])) for name, row in rules.items() if name[0] != "a")
    assert read + found.figures["rules_undecided"] == found.figures["messages"] == len(held)


async def test_the_shipped_prototypes_read_well_what_they_were_not_chosen_on(
    minilm: OnnxEmbedder,
) -> None:
    found = await measure_reactions(minilm)
    assert found.figures["embedder_satisfied_precision"] >= 0.8
    assert found.figures["embedder_dissatisfied_precision"] >= 0.85
    assert found.figures["embedder_satisfied_recall"] >= 0.5
    assert found.figures["embedder_dissatisfied_recall"] >= 0.35
    assert "follow_ups_auc" not in found.figures


@pytest.mark.usefixtures("minilm")
def test_the_command_prints_one_json_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.models.embedder.open_embedder", lambda _settings: HashEmbedder())
    result = CliRunner().invoke(app, ["reactions", "--json", "--tuned"])
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["command"] == "eval reactions --seed 0 --tuned"
    assert printed["figures"]["messages"] == len(load_reactions("tuned"))


def test_a_hosted_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.models.embedder.open_embedder", lambda _settings: HashEmbedder())
    result = CliRunner().invoke(app, ["reactions", "--model", "openai/gpt-4o-mini"])
    assert result.exit_code != 0
    assert "tells no likelihoods" in result.output
