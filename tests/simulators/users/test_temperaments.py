"""Tempers in numbers, and tastes that drift the same way for every session that looks back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from penchant.errors import InputError
from penchant.simulators.profiles import Temperament, library
from penchant.simulators.users import TEMPERAMENTS, drifted, hidden_of, tempered
from penchant.simulators.users.temperaments import manner_of

INES = next(each for each in library() if each.id == "ines-rail")


def moving(rate: float) -> Temperament:
    return Temperament(drift=rate)


def test_a_temper_shows_in_what_is_named_said_unasked_and_skipped() -> None:
    terse, chatty = manner_of(TEMPERAMENTS["terse"]), manner_of(TEMPERAMENTS["chatty"])
    assert (terse.names_at_once, chatty.names_at_once) == (1, 3)
    assert (terse.volunteers, chatty.volunteers) == (0.0, 0.3)
    assert manner_of(TEMPERAMENTS["impatient"]).skips > terse.skips
    assert manner_of(TEMPERAMENTS["noisy"]).noise == 0.2
    many = [hidden_of(tempered(INES, "chatty"), seed=seed) for seed in range(300)]
    assert sum(each.volunteered is not None for each in many) == pytest.approx(90, abs=25)
    assert all(hidden_of(tempered(INES, "terse"), seed=s).volunteered is None for s in range(20))


def test_an_unknown_temper_is_refused() -> None:
    with pytest.raises(InputError, match="'grumpy'"):
        tempered(INES, "grumpy")


def test_without_drift_only_the_file_changes_anything() -> None:
    still = INES.model_copy(update={"temperament": moving(0.0)})
    for session in (1, 4, 5, 9):
        assert drifted(still, session, seed=0).preferences == still.at(session).preferences


def test_drift_goes_at_its_rate_and_sessions_agree() -> None:
    lively = INES.model_copy(update={"temperament": moving(0.3), "changes": ()})
    moved = total = 0
    for seed in range(60):
        path = [drifted(lively, session, seed=seed) for session in range(1, 6)]
        assert path[0].preferences == lively.preferences
        for before, after in pairwise(path):
            for old, new in zip(before.preferences, after.preferences, strict=True):
                total += 1
                moved += old.wants != new.wants
                assert new.options == old.options
                if old.ordered:
                    steps = new.options.index(new.wants) - old.options.index(old.wants)
                    assert abs(steps) <= 1
                if old.wants != new.wants:
                    assert new.wants in new.in_words
    assert moved / total == pytest.approx(0.3, abs=0.05)
    assert drifted(lively, 5, seed=3) == drifted(lively, 5, seed=3)


def test_what_must_be_met_does_not_drift() -> None:
    hard = tuple(each.model_copy(update={"hard": True}) for each in INES.preferences)
    fixed = INES.model_copy(update={"temperament": moving(1.0), "preferences": hard, "changes": ()})
    assert drifted(fixed, 6, seed=0).preferences == hard


def test_there_is_no_session_before_the_first() -> None:
    with pytest.raises(InputError, match="session is 0"):
        drifted(INES, 0, seed=0)
