"""Why the last turn of a conversation went as it did, kept beside it."""

from __future__ import annotations

import pytest

from penchant.errors import NotFoundError
from penchant.memory import PreferenceDraft, Statement

pytestmark = pytest.mark.backends("sqlite", "postgres")


def test_the_last_decision_of_each_conversation_is_kept(memory, clock):
    for session in ("one", "two"):
        memory.start_session("ana", session_id=session)
    memory.add_turn("ana", "one", "question", "Diet?", decision='{"a": 1}')
    memory.add_turn("ana", "two", "assistant", "Lima.", decision='{"b": 2}')
    memory.add_turn("ana", "one", "user", "vegan")
    assert memory.last_decision("ana", "one").decision == '{"a": 1}'
    said = memory.add_turn("ana", "one", "assistant", "Tofu.", decision='{"c": 3}')
    found = memory.last_decision("ana", "one")
    assert (found.turn_id, found.at, found.decision) == (said.id, clock.now, '{"c": 3}')
    assert found.session_id == "one"
    assert memory.last_decision("ana", "two").decision == '{"b": 2}'
    assert [turn.text for turn in memory.turns("ana", "one")] == ["Diet?", "vegan", "Tofu."]


def test_users_with_sessions_of_one_name_keep_their_own(memory):
    for user in ("ana", "bo"):
        memory.start_session(user, session_id="s")
    memory.add_turn("ana", "s", "assistant", "x", decision="{}")
    assert memory.last_decision("bo", "s") is None
    with pytest.raises(NotFoundError, match="'t'"):
        memory.last_decision("ana", "t")


def test_it_goes_with_the_conversation_and_with_what_it_rests_on(memory):
    def decided(session):
        memory.start_session("ana", session_id=session)
        memory.add_turn("ana", session, "assistant", "x", decision="{}")

    decided("one")
    memory.delete_session("ana", "one")
    memory.start_session("ana", session_id="one")
    assert memory.last_decision("ana", "one") is None

    decided("two")
    (likes,) = memory.learn("ana", Statement(text="tea"), [PreferenceDraft(description="tea")])
    memory.delete("ana", likes.id)
    assert memory.last_decision("ana", "two") is None

    decided("three")
    memory.delete_all("ana")
    memory.start_session("ana", session_id="three")
    assert memory.last_decision("ana", "three") is None
