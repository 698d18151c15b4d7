"""What any LangGraph store must do, put to ours and to LangGraph's own, and what ours adds."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from itertools import chain

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
)
from langgraph.store.memory import InMemoryStore

from penchant.errors import EmbedderMismatchError, InputError, ReadOnlyError
from penchant.memory.langgraph import ChromaStore, nearest
from penchant.models.hash_embedder import HashEmbedder

pytestmark = pytest.mark.backends("sqlite", "postgres+server")

HASH = HashEmbedder(256)


def embed(texts):
    return HASH.embed(list(texts)).tolist()


async def aembed(texts):
    return embed(texts)


class LangChain(Embeddings):
    def embed_documents(self, texts):
        return embed(texts)

    def embed_query(self, text):
        return embed([text])[0]


INDEX = {"dims": 256, "embed": embed, "fields": ["text"]}


@pytest.fixture(params=["ours", "reference"])
def make_store(request, memory):
    def make(index=INDEX):
        if request.param == "reference":
            return InMemoryStore(index=index)
        return ChromaStore(memory, index=index if index is not None else False)

    make.ours = request.param == "ours"
    return make


@pytest.fixture
def store(make_store):
    return make_store()


@pytest.fixture
def ours(memory):
    return ChromaStore(memory, index=INDEX)


def keys(found):
    return [item.key for item in found]


class TestContract:
    def test_put_get_overwrite_delete(self, store):
        assert store.get(("a",), "k") is None
        store.put(("a", "b"), "k", {"text": "one", "n": [1, {"x": None}], "f": 1.5, "t": True})
        item = store.get(("a", "b"), "k")
        assert item.value == {"text": "one", "n": [1, {"x": None}], "f": 1.5, "t": True}
        assert (item.namespace, item.key) == (("a", "b"), "k")
        assert item.created_at.tzinfo is not None
        store.put(("a", "b"), "k", {"text": "two"})
        again = store.get(("a", "b"), "k")
        assert again.value == {"text": "two"}
        assert again.updated_at >= item.updated_at
        store.delete(("a", "b"), "k")
        store.delete(("a", "b"), "never")
        assert store.get(("a", "b"), "k") is None
        assert store.search(("a",)) == []

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (("user1",), ("user10",)),
            (("a_b",), ("a-b",)),
            (("a%",), ("ab",)),
            (("Ana",), ("ana",)),
            (("m", "1"), ("m", "10")),
            (("a", "b"), ("a b",)),
            (("Ж",), ("ж",)),
            (("é",), ("e\u0301",)),
            (("a/b",), ("a", "b")),
            (("a\x1f",), ("a",)),
            (("日本",), ("日本語",)),
        ],
    )
    def test_whole_labels_tell_namespaces_apart(self, store, one, other):
        store.put(one, "k", {"text": "mine"})
        store.put(other, "k", {"text": "other"})
        store.put((*one, "deeper"), "d", {"text": "mine too"})
        assert store.get(one, "k").value == {"text": "mine"}
        assert {item.namespace for item in store.search(one)} == {one, (*one, "deeper")}
        assert {item.namespace for item in store.search(one, query="other")} == {
            one,
            (*one, "deeper"),
        }
        assert {item.namespace for item in store.search(other)} == {other}
        assert set(store.list_namespaces(prefix=one)) == {one, (*one, "deeper")}
        store.delete(one, "k")
        assert store.get(other, "k").value == {"text": "other"}

    def test_empty_results(self, store):
        assert store.search(("none",)) == []
        assert store.search(("none",), query="words") == []
        assert store.search((), filter={"a": 1}) == []
        assert store.list_namespaces() == []
        assert store.batch([]) == []

    def test_pages_neither_overlap_nor_leave_out(self, store):
        for number in range(25):
            store.put(("p", str(number % 3)), f"k{number}", {"text": f"tea number {number}"})
        for query in (None, "tea number"):
            seen = []
            for offset in range(0, 30, 7):
                seen += keys(store.search(("p",), query=query, limit=7, offset=offset))
            assert sorted(seen) == sorted(f"k{number}" for number in range(25))
        assert store.search(("p",), limit=0) == []
        assert len(store.search(("p",))) == 10
        assert store.search(("p",), offset=25) == []

    def test_search_ranks_by_meaning(self, store):
        store.put(("m",), "tea", {"text": "likes green tea in the morning"})
        store.put(("m",), "alps", {"text": "goes hiking in the alps"})
        store.put(("m",), "jazz", {"text": "listens to jazz"})
        found = store.search(("m",), query="hiking alps")
        assert found[0].key == "alps"
        assert found[0].score == pytest.approx(
            float(np.dot(*HASH.embed(["goes hiking in the alps", "hiking alps"]))), abs=1e-5
        )
        assert [item.score for item in found] == sorted(
            (item.score for item in found), reverse=True
        )
        assert all(item.score is None for item in store.search(("m",)))
        assert len(store.search(("m",), query="")) == 3

    def test_items_without_vectors_follow(self, store):
        store.put(("m",), "plain", {"text": "green tea"}, index=False)
        store.put(("m",), "tea", {"text": "green tea"})
        store.put(("m",), "other", {"title": "has no text"})
        found = store.search(("m",), query="green tea")
        assert found[0].key == "tea"
        assert {item.key: item.score is None for item in found} == {
            "tea": False,
            "plain": True,
            "other": True,
        }

    def test_fields(self, make_store):
        store = make_store({"dims": 256, "embed": embed, "fields": ["meta.title", "parts[*].body"]})
        store.put(("m",), "a", {"meta": {"title": "alpine hiking"}, "parts": []})
        store.put(("m",), "b", {"parts": [{"body": "green tea"}, {"body": "loud jazz"}]})
        store.put(("m",), "c", {"ignored": "green tea", "also": "x"}, index=["also"])
        assert store.search(("m",), query="loud jazz", limit=1)[0].key == "b"
        assert store.search(("m",), query="green tea", limit=1)[0].key == "b"
        assert store.search(("m",), query="alpine hiking", limit=1)[0].key == "a"
        assert store.search(("m",), query="x", limit=1)[0].key == "c"
        assert len(store.search(("m",), query="green tea")) == 3

    def test_whole_value_by_default(self, make_store):
        store = make_store({"dims": 256, "embed": embed})
        store.put(("m",), "a", {"anything": "green tea"})
        store.put(("m",), "b", {"else": "loud jazz"})
        assert store.search(("m",), query="jazz loud")[0].key == "b"

    def test_without_an_index_a_query_lists(self, make_store):
        store = make_store(None)
        store.put(("m",), "a", {"text": "green tea"}, index=["text"])
        (item,) = store.search(("m",), query="nothing alike")
        assert (item.key, item.score) == ("a", None)

    @pytest.mark.parametrize("given", [LangChain(), embed])
    def test_embed_may_be_langchains_or_a_function(self, make_store, given):
        store = make_store({"dims": 256, "embed": given, "fields": ["text"]})
        store.put(("m",), "a", {"text": "green tea"})
        assert store.search(("m",), query="green tea")[0].score == pytest.approx(1.0, abs=1e-5)

    async def test_async_embed(self, make_store):
        store = make_store({"dims": 256, "embed": aembed, "fields": ["text"]})
        await store.aput(("m",), "a", {"text": "green tea"})
        (found,) = await store.asearch(("m",), query="green tea")
        assert found.score == pytest.approx(1.0, abs=1e-5)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"color": "red"}, {"a", "c"}),
            ({"color": {"$eq": "red"}}, {"a", "c"}),
            ({"color": {"$ne": "red"}}, {"b", "d"}),
            ({"n": {"$gt": 1}, "color": "red"}, {"c"}),
            ({"n": {"$gte": 1, "$lt": 3}}, {"a", "b"}),
            ({"n": {"$lte": 1.0}}, {"a"}),
            ({"n": 2}, {"b"}),
            ({"meta": {"tag": "x"}}, {"a"}),
            ({"meta": {"deep": {"$gt": 4}}}, {"b"}),
            ({"tags": ["p", "q"]}, {"a"}),
            ({"absent": None}, {"a", "b", "c", "d"}),
            ({"color": "green", "n": 1}, set()),
        ],
    )
    def test_filters(self, store, wanted, found):
        deep = {"deep": 0}
        store.put(
            ("f",), "a", {"color": "red", "n": 1, "meta": {"tag": "x", **deep}, "tags": ["p", "q"]}
        )
        store.put(("f",), "b", {"color": "blue", "n": 2, "meta": {"deep": 5}, "tags": ["q", "p"]})
        store.put(("f",), "c", {"color": "red", "n": 3, "meta": deep})
        store.put(("f",), "d", {"n": 4, "meta": deep})
        assert set(keys(store.search(("f",), filter=wanted))) == found
        assert set(keys(store.search(("f",), filter=wanted, query="red"))) == found
        with pytest.raises(ValueError, match=r"\$near"):
            store.search(("f",), filter={"n": {"$near": 1}})

    def test_filter_with_query_ranks_and_pages(self, store):
        for number in range(12):
            store.put(("f",), f"k{number:02}", {"text": f"tea {number}", "even": number % 2 == 0})
        pages = [
            keys(store.search(("f",), query="tea 4", filter={"even": True}, limit=2, offset=skip))
            for skip in (0, 2, 4)
        ]
        assert pages[0][0] == "k04"
        assert sorted(chain.from_iterable(pages)) == [f"k{number:02}" for number in range(0, 12, 2)]

    def test_namespaces(self, store):
        for namespace in [
            ("a", "b", "c"),
            ("a", "b", "d", "e"),
            ("a", "b", "d", "i"),
            ("a", "b", "f"),
            ("a", "c", "f"),
            ("b", "a", "f"),
            ("a-b", "f"),
        ]:
            store.put(namespace, "k", {"text": "x"})
        listed = store.list_namespaces
        assert listed(prefix=("a", "b"), max_depth=3) == [
            ("a", "b", "c"),
            ("a", "b", "d"),
            ("a", "b", "f"),
        ]
        assert listed(suffix=("f",)) == [
            ("a", "b", "f"),
            ("a", "c", "f"),
            ("a-b", "f"),
            ("b", "a", "f"),
        ]
        assert listed(prefix=("*", "b")) == [
            ("a", "b", "c"),
            ("a", "b", "d", "e"),
            ("a", "b", "d", "i"),
            ("a", "b", "f"),
        ]
        assert listed(suffix=("a", "*")) == [("b", "a", "f")]
        assert listed(prefix=("a",), suffix=("*", "f")) == [("a", "b", "f"), ("a", "c", "f")]
        assert listed(prefix=("a", "b", "d", "e", "x")) == []
        assert listed(max_depth=1) == [("a",), ("a-b",), ("b",)]
        assert listed(max_depth=1, limit=1, offset=1) == [("a-b",)]
        assert listed(limit=2) == [("a", "b", "c"), ("a", "b", "d", "e")]

    def test_a_batch_reads_what_was_before_it(self, store):
        store.put(("b",), "old", {"text": "old"})
        results = store.batch(
            [
                PutOp(("b",), "new", {"text": "first"}),
                GetOp(("b",), "new"),
                PutOp(("b",), "new", {"text": "last"}),
                PutOp(("b",), "old", None),
                GetOp(("b",), "old"),
                SearchOp(("b",)),
                ListNamespacesOp((MatchCondition("prefix", ("b",)),)),
            ]
        )
        assert results[:4] == [None] * 4
        assert results[4].value == {"text": "old"}
        assert keys(results[5]) == ["old"]
        assert results[6] == [("b",)]
        assert store.get(("b",), "new").value == {"text": "last"}
        assert store.get(("b",), "old") is None

    async def test_async_twins(self, store):
        await store.aput(("a",), "k", {"text": "tea"})
        assert (await store.aget(("a",), "k")).value == {"text": "tea"}
        assert keys(await store.asearch(("a",), query="tea")) == ["k"]
        assert await store.alist_namespaces() == [("a",)]
        await asyncio.gather(*(store.aput(("a",), f"k{n}", {"text": f"t{n}"}) for n in range(20)))
        assert len(await store.asearch(("a",), limit=100)) == 21
        await store.adelete(("a",), "k")
        assert await store.aget(("a",), "k") is None

    @pytest.mark.parametrize(
        ("namespace", "said"),
        [
            ((), "empty"),
            (("",), "empty"),
            (("a", ""), "empty"),
            (("a.b",), "periods"),
            (("a\x00b",), "NUL"),
            (("langgraph", "x"), "langgraph"),
            ((1,), "strings"),
        ],
    )
    def test_unusable_namespaces_are_refused(self, store, namespace, said):
        with pytest.raises(InvalidNamespaceError, match=said):
            store.put(namespace, "k", {"text": "x"})

    def test_odd_texts_and_large_values(self, store):
        for key in ("", "with.dots", "ключ", "a/b", "'; DROP TABLE items; --", "%", "\x1f"):
            value = {"text": key + "\x00 \ud800 \U0001f375", "large": "x" * 300_000}
            store.put(("odd", "%_"), key, value, index=False)
            assert store.get(("odd", "%_"), key).value == value
        assert len(store.search(("odd",))) == 7

    def test_threads(self, store):
        failed = []

        def work(number):
            try:
                for step in range(15):
                    store.put((f"user{number}",), f"k{step}", {"text": f"{number} {step}"})
                    store.put(("shared",), f"{number}-{step}", {"text": f"{number} {step}"})
                    mine = store.search((f"user{number}",), query=f"{number}", limit=50)
                    assert len(mine) == step + 1
                    assert {item.namespace for item in mine} == {(f"user{number}",)}
            except Exception as error:  # noqa: BLE001
                failed.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert len(store.search(("shared",), limit=1000)) == 120


class TestWhereTheReferenceErrs:
    """LangGraph's in-memory store does otherwise; each test says how."""

    def test_what_cannot_be_ordered_does_not_pass(self, ours):
        # The reference raises TypeError from float(None), and ValueError from float("abc").
        ours.put(("f",), "a", {"n": "abc"})
        ours.put(("f",), "b", {})
        ours.put(("f",), "c", {"n": 5})
        assert keys(ours.search(("f",), filter={"n": {"$gt": 4}})) == ["c"]
        assert keys(ours.search(("f",), filter={"n": {"$gte": "abc"}})) == ["a"]

    def test_the_same_text_twice_in_a_batch(self, ours):
        # The reference counts distinct texts against places, and raises ValueError.
        ours.batch([PutOp(("m",), key, {"text": "green tea"}) for key in "ab"])
        assert keys(ours.search(("m",), query="green tea")) == ["a", "b"]

    def test_overwriting_forgets_former_vectors(self, ours):
        # The reference keeps the vectors of fields that the new value lacks.
        ours.put(("m",), "a", {"text": "green tea"})
        ours.put(("m",), "a", {"text": "green tea"}, index=False)
        assert ours.search(("m",), query="green tea")[0].score is None

    def test_reading_makes_no_namespace(self, ours):
        # The reference lists a namespace from which something was read, or all deleted.
        assert ours.get(("never",), "k") is None
        ours.put(("once",), "k", {"text": "x"})
        ours.delete(("once",), "k")
        assert ours.list_namespaces() == []

    def test_unscored_items_are_paged_too(self, ours):
        # The reference puts the first of them on every page.
        for key in "abc":
            ours.put(("m",), key, {"text": "x"}, index=False)
        pages = [keys(ours.search(("m",), query="x", limit=1, offset=n)) for n in range(4)]
        assert sorted(chain.from_iterable(pages)) == ["a", "b", "c"]

    def test_overwriting_keeps_when_it_was_made(self, ours, clock):
        # The reference makes it anew; LangGraph's PostgreSQL store keeps it.
        ours.put(("m",), "a", {"text": "x"})
        made = clock()
        clock.pass_hours(1)
        ours.put(("m",), "a", {"text": "y"})
        item = ours.get(("m",), "a")
        assert (item.created_at, item.updated_at) == (made, clock())

    def test_raw_operations_are_checked_too(self, ours):
        # The reference takes any label from `batch`.
        for op in (
            GetOp(("a.b",), "k"),
            PutOp((), "k", {}),
            SearchOp(("a\x00",)),
            ListNamespacesOp((MatchCondition("suffix", ("",)),)),
        ):
            with pytest.raises(InvalidNamespaceError):
                ours.batch([op])


class TestOurs:
    def test_listing_order(self, ours, clock):
        for key in "bca":
            ours.put(("m",), key, {"text": "x"})
        clock.pass_hours(1)
        ours.put(("m", "z"), "late", {"text": "x"})
        assert keys(ours.search(("m",))) == ["late", "a", "b", "c"]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"key": "a\x00"}, "NUL"),
            ({"key": "k" * 513}, "513"),
            ({"value": {"x": object()}}, "JSON"),
            ({"value": {"x": {1: 2}}}, "keys are texts"),
            ({"value": "text"}, "mapping"),
            ({"index": [""]}, "field"),
            ({"ttl": -1}, "ttl"),
            ({"ttl": float("nan")}, "ttl"),
        ],
    )
    def test_unusable_arguments_are_refused(self, ours, arguments, said):
        with pytest.raises(InputError, match=said):
            ours.put(("m",), **{"key": "k", "value": {"text": "x"}, **arguments})
        assert ours.search(()) == []

    def test_too_long_or_unstorable_namespaces(self, ours):
        for namespace in (("x" * 1100,), ("\ud800",)):
            with pytest.raises(InvalidNamespaceError):
                ours.put(namespace, "k", {})
        with pytest.raises(InputError, match="limit"):
            ours.search(("m",), limit=-1)

    def test_a_malformed_batch_writes_nothing(self, ours):
        with pytest.raises(InputError):
            ours.batch([PutOp(("m",), "a", {"x": 1}), PutOp(("m",), "b", {"x": {1, 2}})])
        assert ours.search(("m",)) == []

    def test_it_survives_the_process(self, memory, open_memory):
        ChromaStore(memory, index=INDEX).put(("m",), "a", {"text": "green tea"})
        memory.close()
        again = ChromaStore(open_memory(), index=INDEX)
        assert again.search(("m",), query="green tea")[0].score == pytest.approx(1.0, abs=1e-5)

    def test_read_only(self, memory, open_memory):
        ChromaStore(memory).put(("m",), "a", {"text": "green tea"}, ttl=5)
        reader = ChromaStore(open_memory(read_only=True))
        assert keys(reader.search(("m",), query="green tea")) == ["a"]
        assert reader.get(("m",), "a").value == {"text": "green tea"}
        with pytest.raises(ReadOnlyError):
            reader.put(("m",), "b", {})

    def test_the_memorys_embedder_by_default(self, memory):
        store = ChromaStore(memory)
        store.put(("m",), "a", {"text": "green tea"})
        assert store.search(("m",), query="green tea")[0].score > 0.5
        assert store.degraded == ""

    def test_items_wait_for_a_missing_model(self, open_memory, no_embedder):
        memory = open_memory(embedder=no_embedder)
        store = ChromaStore(memory, index={"fields": ["text"]})
        store.put(("m",), "a", {"text": "green tea"})
        (found,) = store.search(("m",), query="green tea")
        assert found.score is None
        assert "models pull" in store.degraded
        memory.close()
        store = ChromaStore(open_memory(), index={"fields": ["text"]})
        (found,) = store.search(("m",), query="green tea")
        assert found.score == pytest.approx(1.0, abs=1e-5)

    def test_another_embedder_is_refused_until_reindexed(self, memory):
        ChromaStore(memory, index=INDEX).put(("m",), "a", {"text": "green tea"})
        other = ChromaStore(memory, index={"embed": HashEmbedder(64), "fields": ["text"]})
        other.put(("other",), "b", {"text": "green tea"})
        with pytest.raises(EmbedderMismatchError, match="reindex"):
            other.search(("m",), query="tea")
        assert other.search(("other",), query="green tea")[0].score == pytest.approx(1.0, abs=1e-5)
        assert other.reindex(("m",)) == 1
        assert other.search(("m",), query="green tea")[0].score == pytest.approx(1.0, abs=1e-5)

    def test_wrong_dimensions_are_refused(self, memory):
        store = ChromaStore(memory, index={"dims": 8, "embed": embed})
        with pytest.raises(InputError, match="dims is 8"):
            store.put(("m",), "a", {"text": "x"})
        assert store.get(("m",), "a") is None


class TestTimeToLive:
    def test_expired_items_are_gone_before_any_sweep(self, memory, clock):
        store = ChromaStore(memory, index=INDEX, ttl={"default_ttl": 60})
        store.put(("t",), "hour", {"text": "tea"})
        store.put(("t",), "ever", {"text": "tea"}, ttl=None)
        store.put(("t", "day"), "day", {"text": "tea"}, ttl=24 * 60)
        clock.pass_hours(1)
        assert store.get(("t",), "hour") is None
        assert sorted(keys(store.search(("t",)))) == ["day", "ever"]
        assert sorted(keys(store.search(("t",), query="tea"))) == ["day", "ever"]
        assert sorted(keys(store.search(("t",), query="tea", filter={"text": "tea"}))) == [
            "day",
            "ever",
        ]
        clock.pass_hours(30)
        assert store.list_namespaces() == [("t",)]
        assert store.sweep_ttl() == 2
        assert store.sweep_ttl() == 0
        assert keys(store.search(("t",))) == ["ever"]

    def test_reading_refreshes(self, memory, clock):
        store = ChromaStore(memory, index=INDEX, ttl={"default_ttl": 60})
        for key in ("got", "found", "left", "peeked"):
            store.put(("t", key), key, {"text": "tea"})
        clock.pass_hours(0.75)
        store.get(("t", "got"), "got")
        store.search(("t", "found"), query="tea")
        store.get(("t", "peeked"), "peeked", refresh_ttl=False)
        clock.pass_hours(0.75)
        assert sorted(keys(store.search(("t",)))) == ["found", "got"]

    def test_refreshing_can_be_switched_off(self, memory, clock):
        store = ChromaStore(memory, ttl={"default_ttl": 60, "refresh_on_read": False})
        store.put(("t",), "a", {"text": "tea"})
        clock.pass_hours(0.75)
        assert store.get(("t",), "a") is not None
        clock.pass_hours(0.75)
        assert store.get(("t",), "a") is None

    def test_writing_over_what_expired_makes_it_anew(self, memory, clock):
        store = ChromaStore(memory)
        store.put(("t",), "a", {"text": "tea"}, ttl=1)
        clock.pass_hours(1)
        store.put(("t",), "a", {"text": "coffee"})
        assert store.get(("t",), "a").created_at == clock()
        clock.now += timedelta(days=1000)
        assert store.get(("t",), "a").value == {"text": "coffee"}

    def test_the_sweeper(self, memory, clock):
        store = ChromaStore(memory, ttl={"sweep_interval_minutes": 1})
        store.put(("t",), "a", {"text": "tea"}, ttl=1)
        clock.pass_hours(1)
        swept = threading.Event()
        sweep = store.sweep_ttl
        store.sweep_ttl = lambda: (sweep(), swept.set())
        ended = store.start_ttl_sweeper(sweep_interval_minutes=1e-4)
        assert swept.wait(10)
        assert store.stop_ttl_sweeper(10)
        assert ended.done()
        assert sweep() == 0
        assert ChromaStore(memory).start_ttl_sweeper().done()


class TestLargeNamespaces:
    """Beyond a thousand vectors a namespace has a collection; a lower bound shows it sooner."""

    @pytest.fixture(autouse=True)
    def _low_bound(self, monkeypatch):
        monkeypatch.setattr(nearest, "EXACT", 5)

    def fill(self, store, namespace, count=40):
        store.batch([PutOp(namespace, f"k{n}", {"text": f"tea number {n}"}) for n in range(count)])

    def test_the_same_results_as_without(self, ours, memory, monkeypatch):
        self.fill(ours, ("m", "large"))
        self.fill(ours, ("m", "small"), 3)
        through = ours.search(("m",), query="tea number 7", limit=20)
        assert memory._index.opened("\x1fm.large.")
        assert not memory._index.opened("\x1fm.small.")
        monkeypatch.setattr(nearest, "EXACT", 1_000)
        exact = ours.search(("m",), query="tea number 7", limit=20)
        assert [(i.namespace, i.key) for i in through] == [(i.namespace, i.key) for i in exact]
        assert [i.score for i in through] == pytest.approx([i.score for i in exact], abs=1e-5)

    def test_it_follows_writes(self, ours, clock):
        self.fill(ours, ("m",))
        assert ours.search(("m",), query="tea number 7")[0].key == "k7"
        ours.put(("m",), "k7", {"text": "something else"})
        ours.put(("m",), "k8", {"text": "something more"}, ttl=1)
        ours.delete(("m",), "k9")
        ours.put(("m",), "new", {"text": "brand new coffee"})
        clock.pass_hours(1)
        everything = ours.search(("m",), query="tea number 7", limit=100)
        assert sorted(keys(everything)) == sorted(
            [f"k{n}" for n in range(40) if n not in (8, 9)] + ["new"]
        )
        assert everything[0].key != "k7"
        assert ours.sweep_ttl() == 1
        assert ours.search(("m",), query="brand new coffee")[0].key == "new"

    def test_many_parts_of_one_item_hide_no_other(self, memory):
        store = ChromaStore(memory, index={"embed": embed, "fields": ["parts[*]"]})
        store.put(("m",), "many", {"parts": [f"green tea {n}" for n in range(60)]})
        store.put(("m",), "few", {"parts": ["green"]})
        assert keys(store.search(("m",), query="green tea", limit=2)) == ["many", "few"]

    def test_a_lost_index_is_built_again(self, ours, memory):
        self.fill(ours, ("m",))
        before = ours.search(("m",), query="tea number 7", limit=10)
        memory._index.destroy()
        assert ours.search(("m",), query="tea number 7", limit=10) == before
        assert ours.reindex() == 40
        assert ours.search(("m",), query="tea number 7", limit=10) == before

    def test_a_crash_between_truth_and_index_is_mended(
        self, ours, memory, open_memory, monkeypatch
    ):
        self.fill(ours, ("m",))
        ours.search(("m",), query="tea")

        def crash(*_arguments):
            raise KeyboardInterrupt

        monkeypatch.setattr(ours._nearest, "follow", crash)
        with pytest.raises(KeyboardInterrupt):
            ours.put(("m",), "new", {"text": "brand new coffee"})
        memory.close()
        again = ChromaStore(open_memory(), index=INDEX)
        assert again.search(("m",), query="brand new coffee")[0].key == "new"

    def test_damage_to_the_index_is_survived(self, ours, memory, monkeypatch):
        self.fill(ours, ("m",))

        def fail(*_arguments):
            raise RuntimeError("damaged")

        monkeypatch.setattr(memory._index, "query", fail)
        assert ours.search(("m",), query="tea number 7")[0].key == "k7"
