from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from penchant.errors import InputError
from penchant.memory import Edit, PreferenceDraft, Statement
from penchant.memory.belief import (
    CERTAIN,
    FADED,
    INFERRED_DAYS,
    STATED_DAYS,
    belief,
    believed,
    has_faded,
    next_change,
    strengthened,
    weakened,
)

THEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = 24.0


def after(days: float, *, hard: bool = False, origin: str = "stated") -> float:
    now = THEN + timedelta(days=days)
    return belief(0.8, since=THEN, now=now, hard=hard, origin=origin)  # type: ignore[arg-type]


class TestDecay:
    @pytest.mark.parametrize(("origin", "days"), [("stated", STATED_DAYS), ("inferred", 90)])
    def test_halves_with_every_half_life(self, origin, days):
        assert after(days, origin=origin) == pytest.approx(0.4)
        assert after(2 * days, origin=origin) == pytest.approx(0.2)

    def test_what_is_inferred_fades_first(self):
        assert INFERRED_DAYS < STATED_DAYS
        assert after(30, origin="inferred") < after(30)

    def test_constraints_never_fade(self):
        assert after(100_000, hard=True, origin="inferred") == 0.8

    def test_a_clock_that_steps_back_changes_nothing(self):
        assert after(-1000) == after(0) == 0.8

    def test_changes_at_midnight_utc_only(self):
        assert after(0.49) == 0.8
        assert after(0.5) < 0.8
        assert after(0.5) == after(1.49)
        assert next_change(THEN) == datetime(2026, 3, 2, tzinfo=UTC)
        assert next_change(datetime(2026, 3, 2, tzinfo=UTC)) == datetime(2026, 3, 3, tzinfo=UTC)

    def test_decay_composes(self):
        halfway = after(100, origin="inferred")
        rest = belief(
            halfway,
            since=THEN + timedelta(days=100),
            now=THEN + timedelta(days=300),
            hard=False,
            origin="inferred",
        )
        assert rest == pytest.approx(after(300, origin="inferred"))


class TestEvidence:
    def test_support_raises_towards_a_bound(self):
        sure = 0.3
        for _ in range(100):
            higher = strengthened(sure, 0.8)
            assert sure <= higher <= CERTAIN
            sure = higher
        assert sure > 0.98
        assert strengthened(1.0, 0.8) == 1.0

    def test_doubt_lowers_by_a_share(self):
        assert weakened(0.9, 0.5) == pytest.approx(0.81)
        assert 0 < weakened(0.01, 1.0) < 0.01


class TestInTheStore:
    def inferred(self, memory, description="likes short replies", **fields):
        draft = PreferenceDraft(
            description=description, origin="inferred", confidence=0.6, **fields
        )
        learned = memory.learn("ana", Edit(before="a", after="b"), [draft])
        return learned[0] if learned else None

    def test_every_verb_shows_the_belief_of_now(self, memory, clock):
        new = self.inferred(memory)
        clock.pass_hours(90 * DAY)
        (now,) = memory.get_all("ana")
        assert now.confidence == pytest.approx(0.3)
        assert now.supported_at == new.supported_at
        assert memory.get("ana", new.id) == now
        assert memory.profile("ana").style + memory.profile("ana").likes == (now,)
        assert memory.chain("ana", new.id) == [now]

    def test_a_copy_of_the_live_ones_does_not_go_stale(self, memory, clock):
        self.inferred(memory)
        seen = []
        for _ in range(4):
            seen.append(memory.get_all("ana")[0].confidence)
            clock.pass_hours(DAY)
        assert sorted(set(seen), reverse=True) == seen
        clock.pass_hours(-2 * DAY)
        assert memory.get_all("ana")[0].confidence == seen[2]

    def test_support_starts_from_the_belief_of_now(self, memory, clock):
        self.inferred(memory)
        clock.pass_hours(180 * DAY)
        self.inferred(memory)
        # Two draws of the same word do not make up for half a year without it.
        assert 0.15 < memory.get_all("ana")[0].confidence < 0.6
        assert memory.history("ana")[-1].confidence == memory.get_all("ana")[0].confidence

    def test_contradictions_that_do_not_win_lower_it(self, memory):
        stated = memory.add("ana", "likes long replies", aspect="length", value="long")
        sure = [stated.confidence]
        for _ in range(3):
            self.inferred(memory, aspect="length", value="short")
            (kept,) = memory.get_all("ana")
            sure.append(kept.confidence)
        assert sure == sorted(sure, reverse=True)
        assert len(set(sure)) == 4
        assert [c.confidence for c in memory.history("ana")] == pytest.approx(sure)

    def test_a_constraint_is_not_worn_down(self, memory):
        hard = memory.add("ana", "is vegetarian", aspect="diet", value="vegetarian", hard=True)
        self.inferred(memory, "eats fish", aspect="diet", value="fish")
        assert memory.get_all("ana") == [hard]

    def test_what_has_faded_is_listed_and_comes_back(self, memory, clock):
        new = self.inferred(memory)
        clock.pass_hours(181 * DAY)
        (faded,) = memory.get_all("ana")
        assert has_faded(faded)
        assert faded.confidence < FADED
        memory.learn("ana", Statement(text="x"), [PreferenceDraft(description=new.description)])
        assert not has_faded(memory.get_all("ana")[0])

    def test_what_has_ended_keeps_the_belief_it_ended_with(self, memory, clock):
        old = self.inferred(memory, aspect="length", value="short")
        clock.pass_hours(90 * DAY)
        memory.add("ana", "likes long replies", aspect="length", value="long")
        clock.pass_hours(900 * DAY)
        assert memory.get("ana", old.id).confidence == pytest.approx(0.3)

    def test_a_wrong_clock_is_forgiven(self, memory, clock):
        clock.pass_hours(10_000 * DAY)
        new = self.inferred(memory)
        clock.pass_hours(-10_000 * DAY)
        assert memory.get_all("ana") == [new]
        assert believed(new, clock()) == new


class TestAsOf:
    def test_belief_is_that_of_then(self, memory, clock):
        draft = PreferenceDraft(description="likes tea", origin="inferred", confidence=0.6)
        begun = clock()
        memory.learn("ana", Statement(text="1"), [draft])
        clock.pass_hours(90 * DAY)
        before_support = clock()
        clock.pass_hours(1)
        memory.learn("ana", Statement(text="2"), [draft])
        clock.pass_hours(90 * DAY)
        then = [
            memory.get_all("ana", as_of=moment)[0].confidence
            for moment in (begun, before_support, clock())
        ]
        assert then[:2] == pytest.approx([0.6, 0.3])
        assert then[2] == pytest.approx(memory.get_all("ana")[0].confidence)

    def test_at_the_boundary_the_new_version_holds(self, memory, clock):
        old = memory.add("ana", "is vegetarian", aspect="diet", value="vegetarian")
        clock.pass_hours(5)
        new = memory.add("ana", "is vegan", aspect="diet", value="vegan")
        step = timedelta(microseconds=1)
        at = [
            [p.id for p in memory.get_all("ana", as_of=moment)]
            for moment in (
                old.valid_from - step,
                old.valid_from,
                new.valid_from - step,
                new.valid_from,
                clock(),
            )
        ]
        assert at == [[], [old.id], [old.id], [new.id], [new.id]]

    def test_a_passing_need_ends_by_itself(self, memory, clock):
        begun = clock()
        need = memory.add("ana", "is in a hurry", lasts_hours=3)
        clock.pass_hours(100)
        step = timedelta(microseconds=1)
        assert memory.get_all("ana", as_of=begun) == [need]
        assert memory.get_all("ana", as_of=begun + timedelta(hours=3) - step) == [need]
        assert memory.get_all("ana", as_of=begun + timedelta(hours=3)) == []

    def test_after_undo_the_old_one_never_ended(self, memory, clock):
        old = memory.add("ana", "is vegetarian", aspect="diet", value="vegetarian")
        clock.pass_hours(1)
        new = memory.add("ana", "is vegan", aspect="diet", value="vegan")
        clock.pass_hours(1)
        memory.undo("ana", new.id)
        clock.pass_hours(1)
        assert [p.id for p in memory.get_all("ana", as_of=new.valid_from)] == [old.id]

    def test_after_delete_and_restore(self, memory, clock):
        tea = memory.add("ana", "likes tea")
        clock.pass_hours(1)
        gone = memory.delete("ana", tea.id)
        assert memory.get_all("ana", as_of=tea.valid_from) == []
        memory.restore("ana", gone)
        assert [p.id for p in memory.get_all("ana", as_of=tea.valid_from)] == [tea.id]

    def test_a_moment_has_a_time_zone(self, memory):
        with pytest.raises(InputError, match="time zone"):
            memory.get_all("ana", as_of=datetime(2026, 3, 1))  # noqa: DTZ001


def test_a_round_trip_keeps_support_and_chains(open_memory, tmp_path, memory, clock, embedder):
    from penchant.memory import Memory

    old = memory.add("ana", "is vegetarian", aspect="diet", value="vegetarian")
    clock.pass_hours(50 * DAY)
    new = memory.add("ana", "is vegan", aspect="diet", value="vegan")
    clock.pass_hours(50 * DAY)
    lines = list(memory.export("ana"))
    with Memory(tmp_path / "other", embedder, clock=clock) as other:
        other.import_("ana", lines)
        assert other.chain("ana", old.id) == memory.chain("ana", new.id)
        assert other.drift("ana") == memory.drift("ana")
        for moment in (old.valid_from, new.valid_from, clock()):
            assert other.get_all("ana", as_of=moment) == memory.get_all("ana", as_of=moment)


class TestErasing:
    def test_what_comes_back_is_believed_as_before(self, memory, open_memory, clock):
        draft = PreferenceDraft(description="likes tea", origin="inferred", confidence=0.6)
        (tea,) = memory.learn("ana", Edit(before="a", after="b"), [draft])
        clock.pass_hours(90 * DAY)
        gone = memory.delete("ana", tea.id)
        assert gone.confidence == pytest.approx(0.3)
        assert memory.restore("ana", gone) == gone
        assert memory.get_all("ana") == [gone]
        assert memory.history("ana")[-1].confidence == pytest.approx(0.3)
        gone = memory.delete("ana", tea.id)
        memory.close()
        again = open_memory()
        assert again.restore("ana", gone).confidence == pytest.approx(0.3)
        assert again.get_all("ana")[0].confidence == pytest.approx(0.3)

    def test_undo_goes_back_to_the_old_belief(self, memory, clock):
        draft = PreferenceDraft(
            description="likes tea",
            origin="inferred",
            confidence=0.6,
            aspect="drink",
            value="tea",
        )
        (tea,) = memory.learn("ana", Edit(before="a", after="b"), [draft])
        clock.pass_hours(90 * DAY)
        juice = memory.add("ana", "likes juice", aspect="drink", value="juice")
        restored = memory.undo("ana", juice.id).restored
        assert restored is not None
        assert restored.id == tea.id
        assert restored.confidence == pytest.approx(0.3)
        assert memory.get_all("ana") == [restored]
