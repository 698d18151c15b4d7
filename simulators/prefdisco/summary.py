"""Figures and rows of the track, over the episodes at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..runner.tracks import Summary
from .outcomes import Row, Scores, adaptive_share, row_of
from .records import Taken
from .setups import (
    AFTER,
    ASKING,
    COSTS,
    GENERIC,
    KNOWS_WEIGHTS,
    NEVER,
    ORACLE,
    OURS,
    SETTINGS,
    SETTINGS_ARMS,
)

__all__ = ["Found", "summarise"]

Found = Mapping[tuple[str, int], Sequence[Taken]]
"""Episodes by arm and budget."""

_FIGURES = {
    "normalised_alignment_q3": (OURS, 3),
    "random_normalised_alignment_q3": ("random", 3),
    "normalised_alignment_q5": (OURS, 5),
    "pep_normalised_alignment_q3": ("PEP-style", 3),
    "ceiling_normalised_alignment_q3": ("oracle questions", 3),
    "ceiling_normalised_alignment_q5": ("oracle questions", 5),
}


def summarise(
    found: Mapping[str, Found], *, chooses: str | None, model_users: int, seed: int
) -> Summary:
    """Sums up.

    Arms are compared on the people whom all of them met: the arm, the one that never asks, and
    ours. Where one of the three is missing, there is no row.

    Args:
        found: Episodes by setting; "" is the default recipe.
        chooses: The arm in which a chat model chooses.
        model_users: On how many of the people.
        seed: Of the intervals.
    """
    main = {place: _in_order(some) for place, some in found.get("", {}).items()}
    rows = _rows(main, ASKING, seed=seed)
    rows += _floor_rows(main)
    rows += _temperament_rows(main, seed=seed)
    rows += _rows(main, tuple(COSTS), seed=seed, setting="stop rule", afters=(5,))
    if chooses is not None:
        rows += _model_rows(main, chooses, model_users, seed=seed)
    for name in SETTINGS:
        part = {place: _in_order(some) for place, some in found.get(name, {}).items()}
        rows += _rows(part, SETTINGS_ARMS, seed=seed, setting=name, afters=(3, 5))
    return Summary(figures=_figures(main, seed=seed), rows=rows, notes=_notes(main, chooses))


def _figures(found: Found, *, seed: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, (arm, after) in _FIGURES.items():
        episodes, none = _paired(found, after, arm, NEVER)
        if episodes:
            figures[name] = _scores(episodes, none, after, seed=seed).mean
    ours = found.get((OURS, 5))
    if ours:
        figures["worse_than_generic_share"] = sum(each.worse(5) for each in ours) / len(ours)
        figures["adaptive_share"] = adaptive_share(ours)
    return figures


def _notes(found: Found, chooses: str | None) -> tuple[str, ...]:
    notes = [
        "Alignment is normalised by the arm that never asks (0) and the whole of what people want "
        "(1), over all people together."
    ]
    if chooses is not None and (chooses, 5) in found:
        notes.append("The chat model chooses questions only; it simulates and judges nobody.")
    return tuple(notes)


def _scores(asked: Sequence[Taken], none: Sequence[Taken], after: int, *, seed: int) -> Scores:
    import numpy as np

    return Scores(
        np.array([each.alignments[after] for each in asked]),
        np.array([each.alignments[0] for each in none]),
        seed=seed,
    )


def _in_order(episodes: Sequence[Taken]) -> list[Taken]:
    return sorted(episodes, key=lambda each: each.user)


def _paired(found: Found, after: int, *arms: str) -> tuple[list[Taken], ...]:
    """Episodes of arms on the people whom all of them met; empty where there are none."""
    parts = [{each.user: each for each in found.get((arm, after), ())} for arm in arms]
    users = sorted(set.intersection(*map(set, parts)))
    return tuple([part[user] for user in users] for part in parts)


def _rows(
    found: Found,
    arms: Sequence[str],
    *,
    seed: int,
    setting: str = "",
    afters: Sequence[int] = AFTER,
) -> list[Row]:
    rows = []
    for after in afters:
        for arm in arms:
            episodes, none, ours = _paired(found, after, arm, NEVER, OURS)
            if episodes:
                rows.append(
                    row_of(
                        episodes,
                        after,
                        _scores(episodes, none, after, seed=seed),
                        _scores(ours, none, after, seed=seed),
                        setting=setting,
                    )
                )
    return rows


def _floor_rows(found: Found) -> list[Row]:
    """What takes no questions."""
    import numpy as np

    rows: list[Row] = []
    for arm in (GENERIC, ORACLE):
        episodes, none = _paired(found, 5, arm, NEVER)
        if not episodes:
            continue
        alignments = np.array([each.alignments[0] for each in episodes])
        asked_none = np.array([each.alignments[0] for each in none])
        room = max(float((1.0 - asked_none).sum()), 1e-9)
        rows.append(
            {
                "setting": "",
                "arm": arm,
                "questions_allowed": 0,
                "n": len(episodes),
                "alignment": float(alignments.mean()),
                "normalised_alignment": float((alignments - asked_none).sum()) / room,
                "not_held": sum(each.stop == "error" for each in episodes),
            }
        )
    return rows


def _temperament_rows(found: Found, *, seed: int) -> list[Row]:
    """Terse and chatty people apart, beside what knowing beforehand what matters would bring.

    Terse people name one aspect for each question what matters, so that of five questions two or
    three are left to ask for values: that oracle after two or three bounds what is within reach.
    """
    # An episode that could not be held does not tell how its person talks; another arm's does.
    chatty = {
        each.user: each.chatty
        for some in found.values()
        for each in some
        if each.chatty is not None
    }
    rows: list[Row] = []
    for wanted, setting in ((False, "terse people"), (True, "chatty people")):
        part: dict[tuple[str, int], Sequence[Taken]] = {
            place: [each for each in some if chatty.get(each.user) == wanted]
            for place, some in found.items()
        }
        rows += _rows(part, [OURS], seed=seed, setting=setting, afters=(3, 5))
        for after in (2, 3, 4, 5):
            # It asks in the same order however many questions are left.
            for arm in (KNOWS_WEIGHTS, NEVER, OURS):
                part[arm, after] = part.get((arm, 5), ())
            rows += [
                {name: value for name, value in row.items() if not name.startswith("ours_above")}
                for row in _rows(part, [KNOWS_WEIGHTS], seed=seed, setting=setting, afters=(after,))
            ]
    return rows


def _model_rows(found: Found, arm: str, users: int, *, seed: int) -> list[Row]:
    """The arm in which a chat model chooses, and ours and random on the same few people."""
    part: dict[tuple[str, int], Sequence[Taken]] = {
        place: [each for each in some if each.user < users] for place, some in found.items()
    }
    held = part.get((arm, 5), ())
    # It does not know how many questions are left, so that a shorter run is the longer one's start.
    part[arm, 3] = [replace(each, alignments=each.alignments[:4]) for each in held]
    rows = _rows(
        part,
        [arm, "random", OURS],
        seed=seed,
        setting=f"the first {users} people",
        afters=(3, 5),
    )
    costs = {
        "llm_calls": sum(each.costs.llm_calls for each in held),
        "llm_failures": sum(sum(each.failures.values()) for each in held),
        "llm_seconds": sum(each.costs.seconds for each in held),
    }
    return [{**row, **costs} if row["arm"] == arm else row for row in rows]
