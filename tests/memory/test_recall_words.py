from __future__ import annotations

import pytest

from penchant.memory import Context
from penchant.memory.words import find_words, query_terms

ODD = [
    'pasta" OR owner:*',
    "pasta AND NOT tea",
    "NEAR(pasta tea, 3)",
    "owner:626f OR preference:pasta",
    "words:(pasta) - {tea}",
    "^pasta* + tea",
    "pasta'; DROP TABLE preferences; --",
    "pa\x00sta \ud800 pasta",
    "🍝 pasta 🍝🍝",
    "pasta & tea | !chess <-> :*",
    "__ _pasta_ __",
    "PASTA ﬁne ＰＡＳＴＡ",
]


def found(memory, user, query):
    terms = query_terms(query)
    with memory._read() as connection:
        matches = find_words(connection, user, terms)
    texts = {each.id: each.description for each in memory.get_all(user)}
    return {(terms[match.term], texts[match.preference_id]) for match in matches}


@pytest.fixture
def filled(memory):
    memory.add("ana", "likes pasta for dinner")
    memory.add("ana", "drinks green tea", scope="long evenings")
    memory.add("bo", "hates pasta")
    return memory


def test_words_are_found_by_stem_and_in_scopes_of_their_user_only(filled):
    assert found(filled, "ana", "Which pastas and teas this evening?") == {
        ("pastas", "likes pasta for dinner"),
        ("teas", "drinks green tea"),
        ("evening", "drinks green tea"),
    }
    assert found(filled, "bo", "pasta") == {("pasta", "hates pasta")}
    assert found(filled, "nobody", "pasta") == set()


@pytest.mark.parametrize("query", ODD)
def test_a_query_is_data(filled, query):
    assert {text for _, text in found(filled, "ana", query)} >= {"likes pasta for dinner"}
    assert {text for _, text in found(filled, "bo", query)} == {"hates pasta"}
    for each in (*filled.search("bo", query), *filled.recall("bo", Context(text=query))):
        assert each.preference.description == "hates pasta"


@pytest.mark.parametrize("query", ["", "   ", "🍝", "* \" ' ( ) :", "the of and", "_", "\u0301"])
def test_a_query_without_words_finds_nothing(filled, query):
    assert found(filled, "ana", query) == set()
    assert filled.recall("ana", query) is not None


def test_a_huge_query_costs_no_more_than_a_long_one(filled):
    words = " ".join(f"word{number}" for number in range(20_000))
    assert len(query_terms(words)) == 32
    assert query_terms("pasta " * 50_000) == ["pasta"]
    assert filled.search("ana", ("pasta " * 20_000)[:100_000])


def test_user_ids_that_look_alike_stay_apart(memory):
    users = ["user1", "user10", "a_b", "a-b", 'x" OR "y', "owner:ana", "ÄÖ 界"]
    for user in users:
        memory.add(user, f"likes pasta number {users.index(user)}")
    for user in users:
        assert {text for _, text in found(memory, user, "pasta")} == {
            f"likes pasta number {users.index(user)}"
        }


def test_ended_and_erased_ones_are_not_recalled_by_their_words(filled, clock):
    passing = filled.add("ana", "wants quinoa tonight", lasts_hours=1)
    kept = filled.add("ana", "bakes with spelt flour")
    assert [each.preference for each in filled.search("ana", "quinoa", limit=1)] == [passing]
    clock.pass_hours(2)
    filled.delete("ana", kept.id)
    texts = {each.preference.description for each in filled.search("ana", "quinoa spelt")}
    assert texts == {"likes pasta for dinner", "drinks green tea"}


@pytest.mark.parametrize("way", ["delete", "undo", "delete_all"])
def test_erased_words_leave_the_disk(open_memory, home, way):
    memory = open_memory()
    for number in range(40):
        memory.add("ana", f"likes dish{number} with rice")
    secret = memory.add("ana", "treats zygomorphia quietly")
    if way == "delete_all":
        memory.delete_all("ana")
    else:
        getattr(memory, way)("ana", secret.id)
    memory.close()
    bytes_left = b"".join(each.read_bytes() for each in home.rglob("*") if each.is_file())
    assert b"zygomorph" not in bytes_left
    assert way == "delete_all" or b"dish39" in bytes_left


def test_rarity_is_counted_among_the_users_own_memories(memory):
    memory.add("ana", "likes opera")
    memory.add("ana", "likes chess")
    before = memory.search("ana", "opera or chess")
    for number in range(30):
        memory.add("bo", f"likes opera number {number}")
    assert memory.search("ana", "opera or chess") == before
