from __future__ import annotations

import pytest

from penchant.errors import InputError
from penchant.memory import Context, Memory, as_prompt_data
from penchant.models.tokens import estimate_tokens

DINNER = "dinner ideas with pasta"


def words(text: str) -> int:
    return len(text.split())


@pytest.fixture
def filled(memory):
    memory.add("ana", "is vegetarian", hard=True, aspect="diet", value="vegetarian")
    memory.add("ana", "likes short replies", aspect="length", value="short")
    memory.add("ana", "likes formal tone", aspect="tone", value="formal", scope="work emails")
    memory.add("ana", "likes ideas for pasta dinner")
    memory.add("ana", "likes dinner with pasta on sundays")
    memory.add("ana", "plays chess")
    return memory


def by_reason(context):
    return {each.preference.description: each.reason for each in context.left_out}


def test_the_text_is_the_fenced_block_of_what_is_recalled(filled):
    found = filled.context("ana", DINNER)
    assert found.text == as_prompt_data(found.recalled)
    assert [each.preference.description for each in found.recalled] == [
        "is vegetarian",
        "likes short replies",
        "likes ideas for pasta dinner",
        "likes dinner with pasta on sundays",
    ]
    assert found.masked == 1
    assert list(by_reason(found)) == ["likes formal tone"]
    assert "only for work emails" in by_reason(found)["likes formal tone"]
    assert filled.recall("ana", Context(text=DINNER)) == list(found.recalled)
    assert filled.context("ana", Context(text=DINNER)) == found


def test_a_real_counter_is_kept_to_and_reported(filled):
    whole = filled.context("ana", DINNER, count_tokens=words)
    assert whole.tokens == words(whole.text)
    less = filled.context("ana", DINNER, count_tokens=words, token_budget=whole.tokens - 1)
    assert less.tokens == words(less.text) < whole.tokens
    assert by_reason(less)["likes dinner with pasta on sundays"].endswith("tokens is spent")
    for budget in range(whole.tokens):
        tight = filled.context("ana", DINNER, count_tokens=words, token_budget=budget)
        soft = [each for each in tight.recalled if each.reason != "hard"]
        assert tight.tokens <= budget or not soft
        assert tight.recalled[0].preference.description == "is vegetarian"


def test_the_estimate_is_never_far_below(filled):
    found = filled.context("ana", DINNER, token_budget=60)
    assert 0 < found.tokens <= 60
    assert found.tokens >= 0.8 * estimate_tokens(found.text)


def test_beyond_the_limit_and_spoken_over(filled, clock):
    clock.pass_hours(1)
    filled.add("ana", "wants long replies today", aspect="length", value="long", lasts_hours=3)
    found = filled.context("ana", DINNER, limit=1)
    assert by_reason(found) == {
        "likes formal tone": by_reason(found)["likes formal tone"],
        "likes short replies": "left out: a newer preference answers the same aspect",
        "likes dinner with pasta on sundays": "left out: others are nearer",
    }


def test_nothing_known_is_no_text(memory):
    found = memory.context("ana", "anything")
    assert (found.text, found.recalled, found.tokens, found.left_out, found.masked) == (
        "",
        (),
        0,
        (),
        0,
    )


@pytest.mark.parametrize("wrong", [{"token_budget": -1}, {"limit": -1}])
def test_negative_bounds_are_refused(memory, wrong):
    with pytest.raises(InputError, match="-1"):
        memory.context("ana", "x", **wrong)


def test_explain_shows_every_part_and_agrees_with_recall(filled):
    explained = filled.explain("ana", DINNER)
    assert {each.preference.id for each in explained} == {p.id for p in filled.get_all("ana")}
    for each in explained:
        parts = each.score
        assert (each.similarity, each.keywords) == (parts.similarity, parts.keywords)
        about = 0.8 * parts.similarity + 0.1 * parts.keywords
        assert parts.relevance == pytest.approx(about / 0.9)
        assert parts.total == pytest.approx(about + 0.05 * parts.recency + 0.05 * parts.support)
    recalled = {each.preference.id: each.parts for each in filled.recall("ana", DINNER)}
    assert {e.preference.id: e.score for e in explained if e.recalled} == recalled
    assert [e.recalled for e in explained] == sorted((e.recalled for e in explained), reverse=True)


def test_recency_and_support_decide_between_equals(memory, clock):
    old = memory.add("ana", "likes pasta with basil")
    clock.pass_hours(24 * 365)
    new = memory.add("ana", "likes basil with pasta")
    found = memory.search("ana", "pasta", limit=2)
    assert [each.preference.id for each in found] == [new.id, old.id]
    assert [each.parts.recency for each in found] == pytest.approx([1.0, 0.5 ** (365 / 180)])
    memory.add("ana", "likes pasta with basil")
    memory.add("ana", "likes pasta with basil")
    again = {each.preference.id: each.parts for each in memory.search("ana", "pasta", limit=2)}
    assert again[new.id] == found[0].parts
    assert again[old.id].support > again[new.id].support
    assert again[old.id].total > found[1].score


def test_keywords_serve_alone_read_only_and_beside_another_process(open_memory, no_embedder):
    open_memory(embedder=no_embedder).add("ana", "likes quinoa bowls")
    reader = open_memory(embedder=no_embedder, read_only=True)
    (found,) = reader.search("ana", "a quinoa dish")
    assert found.parts.similarity is None
    assert found.parts.keywords > 0
    assert [each.preference.id for each in reader.recall("ana", "quinoa?")] == [found.preference.id]
    assert reader.context("ana", "chess?").masked == 1
    assert reader.explain("ana", "quinoa")[0].similarity is None


def test_the_indexes_serve_users_with_more_than_are_compared(open_memory, monkeypatch):
    memory = open_memory()
    for number in range(90):
        memory.add("ana", f"likes thing{number} and thing{number + 1}")
    memory.add("ana", "is vegetarian", hard=True)
    memory.add("ana", "likes short replies", aspect="length", value="short")
    memory.add("bo", "likes thing7")
    queries = ("thing7", "what about thing30 and thing31?", "nothing known")
    whole = [memory.search("ana", query, limit=2) for query in queries]
    recalled = [memory.recall("ana", query) for query in queries]
    memory.close()
    monkeypatch.setattr(Memory, "exact_limit", 10)
    memory = open_memory()
    for query, found, known in zip(queries[:2], whole, recalled, strict=False):
        again = memory.search("ana", query, limit=2)
        assert [each.preference.id for each in again] == [each.preference.id for each in found]
        assert [each.preference.id for each in memory.recall("ana", query)] == [
            each.preference.id for each in known
        ]
    assert {each.reason for each in memory.recall("ana", queries[2])} >= {"hard", "general"}
    assert len(memory.explain("ana", "thing7")) == 92


def test_a_user_erased_and_made_anew_is_not_confused(memory):
    for number in range(3):
        memory.add("ana", f"likes pasta {number}")
    memory.recall("ana", DINNER)
    memory.delete_all("ana")
    assert memory.recall("ana", DINNER) == []
    for number in range(3):
        memory.add("ana", f"likes tea {number}")
    assert {each.preference.description for each in memory.search("ana", "pasta")} == {
        "likes tea 0",
        "likes tea 1",
        "likes tea 2",
    }


async def test_the_twin_and_the_bound_form(filled):
    assert await filled.acontext("ana", DINNER) == filled.for_user("ana").context(DINNER)


@pytest.fixture
def toned(memory, clock):
    memory.add("ana", "likes formal tone", aspect="tone", value="formal", scope="work emails")
    clock.pass_hours(1)
    memory.add("ana", "likes casual tone", aspect="tone", value="casual")
    return memory


def tones(found):
    return [each.preference.value for each in found.recalled]


def test_what_is_said_for_this_occasion_speaks_over_what_always_holds(toned):
    found = toned.context("ana", "one of my work emails")
    assert tones(found) == ["formal"]
    assert by_reason(found) == {
        "likes casual tone": "left out: what was said for this occasion answers the same aspect"
    }
    # Elsewhere what always holds speaks alone.
    assert tones(toned.context("ana", DINNER)) == ["casual"]


@pytest.mark.parametrize(
    ("bearing", "expected"),
    [("holds", ["formal"]), ("may hold", ["casual", "formal"]), ("elsewhere", ["casual"])],
)
def test_who_knows_the_occasion_tells_what_holds(toned, bearing, expected):
    found = toned.context("ana", "one of my work emails", bearing=lambda scope: bearing)
    assert sorted(tones(found)) == expected
    assert len(found.recalled) + len(found.left_out) == 2


def test_a_later_need_of_the_moment_speaks_over_the_occasion(toned, clock):
    clock.pass_hours(1)
    toned.add("ana", "wants jokes today", aspect="tone", value="funny", lasts_hours=3)
    assert tones(toned.context("ana", "one of my work emails")) == ["funny"]
    clock.pass_hours(4)
    assert tones(toned.context("ana", "one of my work emails")) == ["formal"]


def test_a_rule_for_always_is_not_silenced(toned):
    toned.add("ana", "is never rude", aspect="tone", value="polite", hard=True)
    found = toned.context("ana", "one of my work emails")
    assert tones(found) == ["polite", "formal"]
