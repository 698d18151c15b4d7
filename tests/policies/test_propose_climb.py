"""Bettering a prompt by a user's reward model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.memory import Memory
from penchant.memory.types import Choice
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.personal import PersonalReward
from penchant.policies.propose import improve, taste_of
from penchant.policies.reward import Comparison, TextFeatures, fit

EDITS = {"warm": "in warm light", "fog": "with fog", "loud": str.upper}


def liking(**words: float):
    def score(prompts: Sequence[str]) -> list[float]:
        return [sum(value * (word in p) for word, value in words.items()) for p in prompts]

    return score


def test_edits_that_help_are_applied_the_best_first() -> None:
    found = improve("a harbour", EDITS, liking(warm=1.0, fog=2.0, HARBOUR=-5.0))
    assert found.prompt == "a harbour, with fog, in warm light"
    assert found.applied == ("fog", "warm")
    assert (found.before, found.score) == (0.0, 3.0)
    assert found.tried == 1 + 3 + 2 + 1


def test_nothing_is_changed_for_the_worse_or_for_nothing() -> None:
    assert improve("a harbour", EDITS, liking(harbour=1.0)).prompt == "a harbour"
    assert improve("a harbour", {}, liking(harbour=1.0)).applied == ()
    same = improve("a harbour", {"none": lambda prompt: prompt}, liking(harbour=1.0))
    assert (same.applied, same.tried) == ((), 1)
    assert improve("a", EDITS, liking(warm=1.0, fog=2.0), most=1).applied == ("fog",)


def test_two_opposed_users_get_different_prompts() -> None:
    features = TextFeatures(HashEmbedder(64))
    pairs = [("boats in warm light", "boats with fog"), ("hills in warm light", "hills with fog")]
    ana = fit(features, [Comparison(preferred=a, other=b) for a, b in pairs * 3])
    ben = fit(features, [Comparison(preferred=b, other=a) for a, b in pairs * 3])
    found = [improve("a harbour", EDITS, taste_of(each, features), most=1) for each in (ana, ben)]
    assert [each.applied for each in found] == [("warm",), ("fog",)]
    assert all(each.score > each.before for each in found)
    sure, careful = (taste_of(ana, features, caution=c)(["boats with fog"])[0] for c in (0.0, 1.0))
    assert careful < sure


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        improve("  ", EDITS, liking(a=1.0))
    for broken in ([math.nan], [], [1.0, 2.0], list(np.full(1, np.inf))):
        with pytest.raises(InputError, match="finite number"):
            improve("a", EDITS, lambda _prompts, broken=broken: broken)


def test_what_a_user_rules_out_is_never_added(tmp_path: Path) -> None:
    embedder = HashEmbedder(64)
    with Memory(tmp_path, embedder) as memory:
        for place in ("boats", "hills", "roofs"):
            shown = (f"{place} with fog and chicken", f"{place} in warm light")
            memory.record("ana", Choice(shown=shown, picked=0))
        reward = PersonalReward(memory, embedder)
        edits = {"liked": lambda _prompt: "hills with fog and chicken"}
        before = reward.improve("ana", "a harbour in warm light", edits)
        memory.add("ana", "never chicken", hard=True)
        after = reward.improve("ana", "a harbour in warm light", edits)
        # What a prompt breaks from the start is the user's own business.
        stays = reward.improve("ana", "chicken in warm light", edits)
        with pytest.raises(InputError, match="caution"):
            reward.improve("ana", "a harbour", edits, caution=math.nan)
    assert [each.applied for each in (before, after, stays)] == [("liked",), (), ("liked",)]
