"""Runs to report on, written as the runner writes them, without holding any episode."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from penchant.simulators.runner import (
    Costs,
    Disclosure,
    Episode,
    EpisodeKey,
    Line,
    episode_to_json,
)

ARMS = ("never ask", "random", "ours", "oracle")
_QUICKNESS = {"never ask": 0.0, "fixed": 0.07, "random": 0.05, "ours": 0.16, "ours, blunt": 0.12}
_WANTS = ("something warm", "a quiet table", "no long words", "a bus, not a car")

Write = Callable[..., Path]


def make_episode(arm: str, user: int, *, steps: int = 4, seed: int = 0) -> Episode:
    """An episode of a made-up track, in which asking brings one nearer to a hidden wish."""
    person = random.Random(f"{seed} {user}")
    base, wish = person.uniform(0.35, 0.6), person.choice(_WANTS)
    draw = random.Random(f"{seed} {user} {arm}")
    quick = 1.0 if arm == "oracle" else _QUICKNESS[arm]
    asked = 0 if arm in {"never ask", "oracle"} else steps - (draw.random() < 0.3)
    series = [base]
    for _ in range(asked):
        step = quick * (1 - series[-1]) * draw.uniform(0.4, 2.2)
        series.append(min(1.0, max(0.0, series[-1] + step + draw.gauss(0, 0.02))))
    if arm == "oracle":
        series = [1.0]
    lines, told = [Line(role="user", text="Where should we go tonight?")], []
    for turn in range(1, asked + 1):
        lines.append(Line(role="assistant", text=f"Question {turn}: what matters to you?"))
        lines.append(Line(role="user", text=f"Well, {wish}."))
        how = "volunteered" if draw.random() < 0.1 else "asked"
        told.append(
            Disclosure(turn=turn, aspect=f"aspect {turn}", what="value", how=how, value=wish)
        )
    lines.append(Line(role="assistant", text="Then I would try the place by the river."))
    ties = int(draw.random() < 0.05)
    return Episode(
        key=EpisodeKey("outing", arm, f"person {user}", "tonight"),
        measures={
            "fit": series[-1],
            "regret": (1 - series[-1]) / 2,
            "offers accepted": (
                None if user % 4 == 0 else float(series[-1] > draw.uniform(0.2, 1.0))
            ),
        },
        series={"fit": series, "regret": [(1 - each) / 2 for each in series]},
        transcript=lines,
        disclosures=told,
        decisions=[{"kind": "ask", "value": round(each, 4)} for each in series[1:]],
        stop="budget" if asked == steps else "done",
        costs=Costs(
            questions=asked,
            turns=asked + 1,
            words_read=9 * asked + 10,
            words_written=4 * asked,
            seconds=0.001 * (1 + asked),
        ),
        failures={"tie": ties} if ties else {},
        profile={"wants": wish},
    )


def write_run(
    directory: Path,
    *,
    arms: Sequence[str] = ARMS,
    users: int = 12,
    steps: int = 4,
    seed: int = 0,
    episodes: Iterable[Episode] | None = None,
    config: Mapping[str, object] | None = None,
    summary: Mapping[str, object] | None = None,
) -> Path:
    """Writes a run; what is given in `config` and `summary` takes the place of the usual."""
    directory.mkdir(parents=True, exist_ok=True)
    head = {
        "track": "outing",
        "config": {
            "track": "outing",
            "version": "0.1.0",
            "seed": seed,
            "config": {"steps": steps, "users": users, "data": {"sha256": "ab" * 32}},
            "models": {"agent": "local/small sha256:cd"},
            "settings": {"drafts": 3},
        },
        "hash": "0123456789abcdef" * 4,
        "seed": seed,
        "arms": list(arms),
        "baseline": arms[0],
        "higher_is_better": {"fit": True, "regret": False, "offers accepted": True},
        "penchant": "0.1.0",
        "environment": {"python": "3.11", "platform": "Linux", "machine": "x", "cpus": 2},
        "models": {"agent": {"name": "local/small", "sha256": "cd" * 32}},
        "cache": "none",
        "slots": 1,
        "command": f"penchant eval outing --users {users} --seed {seed}",
        "episodes": len(arms) * users,
        "started": "2026-01-02T03:04:05+00:00",
        "options": {"engine": "local", "workers": 2},
        **(config or {}),
    }
    if episodes is None:
        episodes = [
            make_episode(arm, user, steps=steps, seed=seed) for user in range(users) for arm in arms
        ]
    lines = [episode_to_json(each) + "\n" for each in episodes]
    (directory / "config.json").write_text(json.dumps(head), "utf-8")
    (directory / "episodes.jsonl").write_text("".join(lines), "utf-8")
    told = {
        "command": head["command"],
        "version": "0.1.0",
        "environment": head["environment"],
        "seed": seed,
        "figures": {"fit_ours": 0.75, "fit_random": 0.6},
        "rows": [{"setting": "evening", "arm": arm, "n": users, "kept": 0.5} for arm in arms],
        "notes": ["The wishes were made up."],
        "counts": {"held": len(lines), "total": len(arms) * users, "failed": 0},
        **(summary or {}),
    }
    (directory / "summary.json").write_text(json.dumps(told), "utf-8")
    return directory


@pytest.fixture
def run_directory(tmp_path: Path) -> Path:
    """A finished run of four arms and twelve people."""
    return write_run(tmp_path / "run")
