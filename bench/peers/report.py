"""From the lines of a run to one table: how each system fared on the same events."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from peers import workload

# An entry that names a former value in these words says that it is over.
_OVER = re.compile(
    r"^dislike:|\b(?:no longer|not|n't|never|used to|stopped|switched|changed|replaced|swapped|"
    r"moved from|instead of|rather than|formerly|previously|gave up|given up|quit|gone off|"
    r"tired of|bored of|any ?more|dislikes?|avoids?)\b",
    re.IGNORECASE,
)


class Row(NamedTuple):
    """One measure.

    Attributes:
        name: The figure's name, with its unit.
        title: In words, for the table.
        values: One for each system.
    """

    name: str
    title: str
    values: dict[str, float]


def common_events(run: Path, systems: Sequence[str]) -> int:
    """The longest stretch of the stream after which every system was asked the queries."""
    reached = [
        {int(file.stem.rpartition("-")[2]) for file in run.glob(f"{system}-at-*.json")}
        for system in systems
    ]
    return max(set.intersection(*reached), default=0) if reached else 0


def rows(run: Path, systems: Sequence[str], stream: list[workload.Event]) -> list[Row]:
    """Every measure of every system over the same stretch.

    Args:
        run: The run's directory.
        systems: Which systems, in the order of the columns.
        stream: The events of the stretch.
    """
    judged = {system: _judge(run, system, stream) for system in systems}
    return [
        Row(name, title, {system: judged[system][name] for system in systems})
        for name, title in _TITLES.items()
    ]


_TITLES = {
    "add_p50_s": "add, as the caller waits, p50 (s)",
    "add_p95_s": "add, as the caller waits, p95 (s)",
    "add_with_background_p50_s": "add with what runs behind it, p50 (s)",
    "add_with_background_p95_s": "add with what runs behind it, p95 (s)",
    "add_with_background_mean_s": "add with what runs behind it, mean (s)",
    "search_p50_ms": "search, p50 (ms)",
    "search_p95_ms": "search, p95 (ms)",
    "llm_calls_per_add": "LLM calls per add",
    "prompt_tokens_per_add": "prompt tokens per add",
    "cached_tokens_per_add": "… of these from the prefix cache",
    "completion_tokens_per_add": "completion tokens per add",
    "recall_at_5": "recall@5 of the right memory",
    "entries_kept": "entries kept",
    "preferences_lost": "preferences that no entry names",
    "duplicates_kept": "duplicates kept",
    "former_kept": "former preferences still live",
    "contradictions_kept": "contradictions kept (old and new both live)",
    "junk_kept": "entries born of small talk and junk",
    "unrelated_kept": "entries that name no preference of the stream",
    "failed_adds": "adds that raised an error",
    "refused_calls": "LLM calls refused or timed out",
    "outside_attempts": "attempts to reach another machine",
}


def _judge(run: Path, system: str, stream: list[workload.Event]) -> dict[str, float]:
    log = run / f"{system}-adds.jsonl"
    adds = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    adds = adds[: len(stream)]
    state = json.loads((run / f"{system}-at-{len(stream):04}.json").read_text(encoding="utf-8"))
    waited = [each["seconds"] for each in adds]
    whole = [each["seconds"] + each["behind_seconds"] for each in adds]
    searched = [1000 * each["seconds"] for each in state["answers"]]
    used: Callable[[str], float] = lambda name: statistics.fmean(  # noqa: E731
        each["used"][name] for each in adds
    )
    return {
        "add_p50_s": _cut(waited, 50),
        "add_p95_s": _cut(waited, 95),
        "add_with_background_p50_s": _cut(whole, 50),
        "add_with_background_p95_s": _cut(whole, 95),
        "add_with_background_mean_s": statistics.fmean(whole),
        "search_p50_ms": _cut(searched, 50),
        "search_p95_ms": _cut(searched, 95),
        "llm_calls_per_add": used("calls") + used("refused"),
        "prompt_tokens_per_add": used("prompt_tokens"),
        "cached_tokens_per_add": used("cached_tokens"),
        "completion_tokens_per_add": used("completion_tokens"),
        "recall_at_5": statistics.fmean(each["right"] for each in state["answers"]),
        **_contents(state["entries"], adds, stream),
        "failed_adds": sum(bool(each["error"]) for each in adds),
        "refused_calls": sum(each["used"]["refused"] for each in adds),
        "outside_attempts": len(state["outside"]),
    }


def _contents(
    entries: dict[str, dict[str, str]], adds: list[dict[str, Any]], stream: list[workload.Event]
) -> dict[str, float]:
    known = workload.facts(stream)
    lost = duplicates = former = both = 0
    for fact in known:
        texts = list(entries.get(fact.user_id, {}).values())
        current = [text for text in texts if workload.speaks_of(text, fact.pattern)]
        lost += not current
        duplicates += max(0, len(current) - 1)
        stale = any(
            workload.speaks_of(text, pattern) and _OVER.search(text) is None
            for pattern in fact.former
            for text in texts
            if text not in current
        )
        former += stale
        both += stale and bool(current)
    born: dict[str, int] = {}
    for add in adds:
        for key in add["born"]:
            born.setdefault(key, add["event"])
    aside = {event.number for event in stream if not event.slot}
    live = [(user, key, text) for user, mine in entries.items() for key, text in mine.items()]
    patterns = {user: _patterns(user, known) for user in entries}
    return {
        "entries_kept": len(live),
        "preferences_lost": lost,
        "duplicates_kept": duplicates,
        "former_kept": former,
        "contradictions_kept": both,
        "junk_kept": sum(born.get(key) in aside for _, key, _ in live),
        "unrelated_kept": sum(
            not any(workload.speaks_of(text, pattern) for pattern in patterns[user])
            for user, _, text in live
        ),
    }


def _patterns(user_id: str, known: list[workload.Fact]) -> list[str]:
    return [
        pattern
        for fact in known
        if fact.user_id == user_id
        for pattern in (fact.pattern, *fact.former)
    ]


def _cut(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def as_markdown(table: list[Row], systems: Sequence[str], said: Sequence[str]) -> str:
    """The table, under lines that say what was measured.

    Args:
        table: The measures.
        systems: The columns.
        said: Lines on the run: stretch, models, versions, machine, command.
    """
    head = ["| measure | " + " | ".join(systems) + " |", "|---" * (len(systems) + 1) + "|"]
    lines = [
        f"| {row.title} | " + " | ".join(_cell(row.values[system]) for system in systems) + " |"
        for row in table
    ]
    return "\n".join([*(f"- {line}" for line in said), "", *head, *lines, ""])


def _cell(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
