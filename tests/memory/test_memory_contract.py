"""What any store of memories must do."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pytest

from penchant.errors import InputError, NotFoundError
from penchant.memory import (
    Answer,
    Artefact,
    Choice,
    Command,
    Context,
    Edit,
    Preference,
    PreferenceDraft,
    Rating,
    Reaction,
    Statement,
    UserMemory,
)

pytestmark = [pytest.mark.backends, pytest.mark.usefixtures("named_by_index")]

OBSERVATIONS = [
    Statement(text="I am vegetarian"),
    Command(text="shorter"),
    Edit(before="a long text", after="a text"),
    Choice(shown=("one", "two"), picked=1),
    Choice(shown=("one", "two"), picked=None),
    Rating(text="fine", value=0.5),
    Reaction(reply="hello", text="no", sentiment="dissatisfied"),
    Answer(question="Diet?", aspect="diet", value=None, options=("vegan", "none")),
    Artefact(text="NUL \x00, a lone \ud800, Привет, 你好, <b>markup</b>"),
]


def descriptions(found):
    return [getattr(each, "preference", each).description for each in found]


class TestVerbs:
    def test_add_get_and_list(self, memory):
        added = memory.add("ana", "  is\nvegetarian ", hard=True, aspect="diet", value="vegetarian")
        assert added.description == "is vegetarian"
        assert memory.get("ana", added.id) == added
        assert memory.get_all("ana") == [added]
        (evidence,) = memory.evidence("ana")
        assert added.evidence_ids == (evidence.id,)
        assert evidence.observation == Statement(text="is vegetarian")

    def test_search_finds_the_nearest_first(self, memory):
        for text in ("likes jazz concerts", "likes hiking in the alps", "drinks green tea"):
            memory.add("ana", text)
        found = memory.search("ana", "hiking alps", limit=2)
        assert descriptions(found)[0] == "likes hiking in the alps"
        assert len(found) == 2
        assert found[0].score > found[1].score

    def test_update_supersedes(self, memory, clock):
        old = memory.add("ana", "likes short replies", aspect="length", value="short")
        clock.pass_hours(1)
        new = memory.update("ana", old.id, "likes replies of one line", value="one line")
        assert (new.supersedes, new.revised, new.value) == (old.id, True, "one line")
        assert new.evidence_ids == old.evidence_ids
        assert memory.get_all("ana") == [new]
        assert memory.get("ana", old.id).valid_to == clock()
        assert memory.get_all("ana", as_of=clock() - timedelta(minutes=1)) == [
            memory.get("ana", old.id)
        ]
        assert descriptions(memory.search("ana", "replies of one line")) == [new.description]
        with pytest.raises(InputError, match="ceased to hold"):
            memory.update("ana", old.id, "likes essays")

    def test_update_drops_a_value_that_may_no_longer_fit(self, memory):
        old = memory.add("ana", "likes short replies", aspect="length", value="short")
        assert memory.update("ana", old.id, "likes long replies").value is None
        same = memory.add("bo", "likes short replies", aspect="length", value="short")
        assert memory.update("bo", same.id, strength=1.0).value == "short"

    def test_delete_erases_and_restore_brings_back(self, memory, home):
        memory.add("ana", "likes green tea")
        old = memory.add("ana", "collects secretstamps")
        evidence = memory.evidence("ana", limit=1)[0]
        memory.add_comparison("ana", evidence.id, "f1", np.ones(3, np.float32), 1.0)
        gone = memory.delete("ana", old.id)
        assert gone == old
        assert descriptions(memory.get_all("ana")) == ["likes green tea"]
        assert "collects secretstamps" not in descriptions(memory.search("ana", "secretstamps"))
        assert not any("secretstamps" in line for line in memory.export("ana"))
        assert all(b"secretstamps" not in f.read_bytes() for f in home.rglob("*") if f.is_file())
        assert memory.comparisons("ana", "f1").evidence_ids == ()
        assert [c.operation for c in memory.history("ana", old.id)] == ["add", "delete"]
        assert memory.restore("ana", gone) == old
        assert memory.get("ana", old.id) == old
        assert memory.comparisons("ana", "f1").evidence_ids == (evidence.id,)
        assert descriptions(memory.search("ana", "secretstamps"))[0] == old.description
        with pytest.raises(InputError, match="nothing to restore"):
            memory.restore("ana", gone)

    def test_delete_takes_earlier_versions_along(self, memory):
        first = memory.add("ana", "likes tea")
        second = memory.update("ana", first.id, "likes green tea")
        memory.delete("ana", second.id)
        assert memory.get_all("ana", live_only=False) == []
        memory.restore("ana", second)
        assert len(memory.get_all("ana", live_only=False)) == 2
        assert memory.get_all("ana") == [second]

    def test_delete_all_erases_one_user_only(self, memory, home):
        for user in ("user1", "user10"):
            memory.add(user, f"likes tea of {user}")
            session = memory.start_session(user, "tea")
            memory.add_turn(user, session.id, "user", "tea, please")
            memory.search(user, "tea")
        before = list(memory.export("user10"))
        assert memory.delete_all("user1") == 1
        (line,) = memory.export("user1")
        assert "everything erased" in line
        assert memory.search("user1", "tea") == []
        assert memory.sessions("user1") == []
        assert list(memory.export("user10")) == before
        assert descriptions(memory.search("user10", "tea")) == ["likes tea of user10"]
        assert all(
            b"likes tea of user1\x00" not in f.read_bytes() for f in home.rglob("*") if f.is_file()
        )

    def test_history_tells_what_happened(self, memory):
        first = memory.add("ana", "likes tea", aspect="drink", value="tea")
        memory.add("ana", "likes coffee", aspect="drink", value="coffee")
        assert [c.operation for c in memory.history("ana")] == ["add", "retire", "revise"]
        assert [c.operation for c in memory.history("ana", first.id)] == ["add", "retire"]
        assert memory.history("bo") == []

    def test_bound_to_one_user(self, memory):
        ana = memory.for_user("ana")
        assert isinstance(ana, UserMemory)
        ana.add("likes tea")
        assert descriptions(ana.get_all()) == ["likes tea"]
        assert memory.for_user("bo").get_all() == []

    async def test_twins(self, memory):
        added = await memory.aadd("ana", "likes tea")
        assert await memory.aget_all("ana") == [added]
        assert await memory.for_user("ana").aget_all() == [added]
        assert list(await memory.aexport("ana")) == list(memory.export("ana"))

    def test_every_verb_has_a_twin_and_is_bound(self, memory):
        verbs = {
            name
            for name in dir(type(memory))
            if not name.startswith("_")
            and callable(getattr(memory, name))
            and name not in {"close", "users", "for_user", "watch_erasures"}
        }
        plain = {name for name in verbs if "a" + name in verbs}
        assert verbs == plain | {"a" + name for name in plain}
        assert all(callable(getattr(memory.for_user("ana"), name)) for name in verbs)

    def test_profile_groups(self, memory):
        assert str(memory.profile("ana")) == "Nothing is known yet."
        memory.add("ana", "is vegetarian", hard=True)
        memory.add("ana", "likes short replies", aspect="length", value="short")
        memory.add("ana", "dislikes crowds", polarity="dislike", scope="holidays")
        memory.add("ana", "likes jazz", origin="inferred")
        assert str(memory.profile("ana")) == (
            "## Must hold\n- is vegetarian\n\n## Style\n- likes short replies\n\n"
            "## Likes\n- likes jazz (inferred, 90% sure)\n\n"
            "## Dislikes\n- dislikes crowds (for holidays)"
        )


class TestEvidence:
    @pytest.mark.parametrize("observation", OBSERVATIONS, ids=lambda o: o.kind)
    def test_every_kind_comes_back(self, memory, observation):
        recorded = memory.record(
            "ana", observation, context=Context(text="dinner", tags=("food",)), session_id="s"
        )
        (found,) = memory.evidence("ana")
        assert found == recorded
        if not isinstance(observation, Artefact):
            assert found.observation == observation

    def test_filters(self, memory):
        for number in range(5):
            memory.record("ana", Statement(text=str(number)), session_id=f"s{number % 2}")
        memory.record("ana", Command(text="shorter"), session_id="s1")
        assert [e.observation.text for e in memory.evidence("ana", limit=2)] == ["4", "shorter"]
        assert [e.observation.text for e in memory.evidence("ana", kind="command")] == ["shorter"]
        assert [e.observation.text for e in memory.evidence("ana", session_id="s0")] == [
            "0",
            "2",
            "4",
        ]

    def test_a_million_characters_fit_and_more_are_refused(self, memory):
        memory.record("ana", Statement(text="x" * 1_000_000))
        with pytest.raises(InputError, match="characters"):
            memory.record("ana", Statement(text="x" * 1_048_577))
        with pytest.raises(InputError, match="characters"):
            memory.record("ana", Edit(before="x" * 600_000, after="y" * 600_000))
        assert len(memory.evidence("ana")) == 1

    def test_comparisons(self, memory):
        evidence = memory.record("ana", OBSERVATIONS[3])
        for weight in (1.0, 0.5):
            memory.add_comparison("ana", evidence.id, "f1", np.full(3, weight, np.float32), weight)
        found = memory.comparisons("ana", "f1")
        assert found.vectors.dtype == np.float32
        assert found.vectors.tolist() == [[1, 1, 1], [0.5, 0.5, 0.5]]
        assert found.weights.tolist() == [1.0, 0.5]
        assert found.evidence_ids == (evidence.id, evidence.id)
        assert memory.comparisons("ana", "f2").vectors.shape == (0, 0)
        assert memory.comparisons("bo", "f1").weights.shape == (0,)
        with pytest.raises(NotFoundError):
            memory.add_comparison("bo", evidence.id, "f1", np.ones(3, np.float32), 1.0)
        with pytest.raises(InputError):
            memory.add_comparison("ana", evidence.id, "f1", np.array([np.nan], np.float32), 1.0)
        with pytest.raises(InputError):
            memory.add_comparison("ana", evidence.id, "f1", np.ones(3, np.float32), float("inf"))


class TestSessions:
    def test_life_of_a_session(self, memory, clock):
        first = memory.start_session("ana", "dinner")
        clock.pass_hours(1)
        second = memory.start_session("ana")
        assert [s.id for s in memory.sessions("ana")] == [second.id, first.id]
        clock.pass_hours(1)
        for text in ("hi", "hello", "bye\x00"):
            memory.add_turn("ana", first.id, "user", text)
        assert [s.id for s in memory.sessions("ana")] == [first.id, second.id]
        assert memory.session("ana", first.id).turns == 3
        assert [t.text for t in memory.turns("ana", first.id)] == ["hi", "hello", "bye\ufffd"]
        assert [t.text for t in memory.turns("ana", first.id, limit=1)] == ["bye\ufffd"]
        assert memory.rename_session("ana", first.id, "supper").title == "supper"
        memory.delete_session("ana", first.id)
        assert [s.id for s in memory.sessions("ana")] == [second.id]

    def test_nobody_elses(self, memory):
        session = memory.start_session("ana", "dinner")
        for call in (
            lambda: memory.session("bo", session.id),
            lambda: memory.turns("bo", session.id),
            lambda: memory.add_turn("bo", session.id, "user", "hi"),
            lambda: memory.rename_session("bo", session.id, "x"),
            lambda: memory.delete_session("bo", session.id),
        ):
            with pytest.raises(NotFoundError):
                call()
        assert memory.session("ana", session.id) == session


class TestIsolation:
    USERS = ("user1", "user10", "User1", "a_b", "a-b", "a.b", "Zoë", "Zoe\u0308", "日本", "'; --")

    def test_users_never_see_each_other(self, memory):
        added = {user: memory.add(user, "likes tea") for user in self.USERS}
        for user in self.USERS:
            assert [r.preference for r in memory.search(user, "tea")] == [added[user]]
            assert [r.preference for r in memory.recall(user, Context(text="tea"))] == [added[user]]
            assert memory.get_all(user) == [added[user]]
            assert {e.user_id for e in memory.evidence(user)} == {user}
        memory.delete_all("user1")
        assert memory.get_all("user1") == []
        assert all(memory.get_all(user) for user in self.USERS[1:])

    def test_ids_of_others_name_nothing(self, memory):
        mine = memory.add("ana", "likes tea")
        for call in (
            lambda: memory.get("bo", mine.id),
            lambda: memory.update("bo", mine.id, "likes coffee"),
            lambda: memory.delete("bo", mine.id),
            lambda: memory.undo("bo", mine.id),
        ):
            with pytest.raises(NotFoundError, match="'bo'"):
                call()
        with pytest.raises(InputError, match="belongs to"):
            memory.restore("bo", mine)
        with pytest.raises(InputError, match="belongs to"):
            memory.learn("bo", memory.evidence("ana")[0], [])
        assert memory.get_all("ana") == [mine]


class TestHostileInput:
    @pytest.mark.parametrize("user_id", ["", "  ", "x" * 257, "a\x00b", "a\nb", "\ud800", None, 7])
    def test_user_ids(self, memory, user_id):
        with pytest.raises(InputError, match="user_id"):
            memory.add(user_id, "likes tea")
        with pytest.raises(InputError, match="user_id"):
            memory.get_all(user_id)

    @pytest.mark.parametrize("description", ["", " \n\t", "\x00\x01", "x" * 100_000, None])
    def test_descriptions(self, memory, description):
        with pytest.raises(InputError, match="description"):
            memory.add("ana", description)
        assert memory.get_all("ana") == []
        assert memory.evidence("ana") == []

    @pytest.mark.parametrize("fields", [{"strength": 0}, {"strength": float("nan")}])
    def test_numbers(self, memory, fields):
        with pytest.raises(InputError, match="strength"):
            memory.add("ana", "likes tea", **fields)

    @pytest.mark.parametrize("hours", [0, -1, float("inf"), float("nan")])
    def test_hours(self, memory, hours):
        with pytest.raises(InputError, match="lasts_hours"):
            memory.add("ana", "likes tea", lasts_hours=hours)

    def test_a_bad_draft_keeps_nothing(self, memory):
        good = PreferenceDraft(description="likes tea")
        with pytest.raises(InputError):
            memory.learn(
                "ana", Statement(text="x"), [good, PreferenceDraft(description="y", confidence=2.0)]
            )
        assert memory.evidence("ana") == []

    def test_markup_and_scripts_are_kept_as_text(self, memory):
        text = "likes <script>alert(1)</script> [b]bold[/b] \u202eRTL Привет 你好"
        assert memory.add("ana", text).description == text


class TestTransfer:
    def fill(self, memory):
        first = memory.add("ana", "is vegetarian", hard=True, aspect="diet", value="vegetarian")
        memory.add("ana", "is vegan", aspect="diet", value="vegan", hard=True)
        memory.add("ana", "in a hurry", lasts_hours=2.5, scope="tonight")
        for observation in OBSERVATIONS:
            memory.record("ana", observation, context=Context(text="c\x00", tags=("food",)))
        memory.add_comparison("ana", first.evidence_ids[0], "f1", np.ones(3, np.float32), 0.25)
        session = memory.start_session("ana", "dinner")
        memory.add_turn("ana", session.id, "question", "Diet?")

    def test_round_trip_is_exact(self, memory, tmp_path, embedder, clock):
        self.fill(memory)
        lines = list(memory.export("ana"))
        with type(memory)(tmp_path / "other", embedder, clock=clock) as other:
            assert other.import_("ana", lines) == len(lines)
            assert list(other.export("ana")) == lines
            assert other.get_all("ana") == memory.get_all("ana")
            assert other.import_("ana", lines) == 0
            assert list(other.export("ana")) == lines
            assert descriptions(other.search("ana", "vegan", limit=1)) == ["is vegan"]
            assert other.comparisons("ana", "f1").weights.tolist() == [0.25]

    def test_another_users_lines_are_refused(self, memory):
        self.fill(memory)
        lines = list(memory.export("ana"))
        with pytest.raises(InputError, match=r"line 1 .*'ana'"):
            memory.import_("bo", lines)
        with pytest.raises(InputError, match="in use for another user"):
            memory.import_("bo", [line.replace('"ana"', '"bo"') for line in lines])
        assert memory.evidence("bo") == []

    @pytest.mark.parametrize(
        "line",
        [
            "not json",
            "[]",
            '{"kind": "secret", "user_id": "ana"}',
            '{"kind": "turn", "user_id": "ana", "id": "t", "session_id": "none", "role": "user", '
            '"text": "x", "created_at": "2026-01-01T00:00:00+00:00"}',
            '{"kind": "session", "user_id": "ana", "id": "s", "title": "x", '
            '"created_at": "2026-01-01T00:00:00", "updated_at": "2026-01-01T00:00:00+00:00"}',
            '{"kind": "session", "user_id": "ana", "id": 7, "title": "x", '
            '"created_at": "2026-01-01T00:00:00+00:00", "updated_at": "yesterday"}',
            '{"kind": "evidence", "user_id": "ana", "id": "e", "observation": "{}", "context": '
            'null, "session_id": null, "source": "api", "created_at": "2026-01-01T00:00:00+00:00"}',
        ],
    )
    def test_a_malformed_line_imports_nothing(self, memory, line):
        good = (
            '{"kind": "session", "user_id": "ana", "id": "g", "title": "x", "created_at": '
            '"2026-01-01T00:00:00+00:00", "updated_at": "2026-01-01T00:00:00+00:00"}'
        )
        with pytest.raises(InputError, match="line 3 "):
            memory.import_("ana", [good, "", line])
        assert memory.sessions("ana") == []

    def test_damaged_lines_never_escape_as_other_errors(self, memory, tmp_path, embedder):
        self.fill(memory)
        lines = list(memory.export("ana"))
        rng = random.Random(7)
        with type(memory)(tmp_path / "other", embedder) as other:
            for _ in range(150):
                line = rng.choice(lines)
                cut = rng.randrange(len(line))
                damaged = (
                    line[:cut] + rng.choice(["", '"', "}", "null", "\x00", "9"]) + line[cut + 1 :]
                )
                with suppress(InputError):
                    other.import_("ana", [damaged])
            assert all(isinstance(each, Preference) for each in other.get_all("ana"))


class TestThreads:
    def test_eight_threads_lose_nothing(self, memory):
        memory.search("user0", "anything")
        failures: list[BaseException] = []

        def work(number):
            try:
                for index in range(250):
                    memory.add(f"user{number % 4}", f"likes thing{number}x{index} very much")
            except Exception as error:  # noqa: BLE001 - told to the main thread
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for user in range(4):
            found = memory.get_all(f"user{user}")
            assert len(found) == 500
            assert len(memory.evidence(f"user{user}")) == 500
            assert len({each.id for each in found}) == 500
            for each in found[::50]:
                # Names that hash alike are equally near.
                near = memory.search(f"user{user}", each.description, limit=20)
                assert each in [one.preference for one in near]
