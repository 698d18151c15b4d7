"""The fake embedder: its cosine is word overlap."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder


def test_cosine_follows_the_words_shared(hash_embedder: HashEmbedder) -> None:
    a, b, c, d = hash_embedder.embed(
        ["quick vegetarian dinner", "Dinner, quick: VEGETARIAN!", "vegetarian lunch", "train times"]
    )
    assert a @ b > 0.6 > a @ c > 0.15 > abs(a @ d)


def test_vectors_are_unit_length_even_without_words(hash_embedder: HashEmbedder) -> None:
    vectors = hash_embedder.embed(["", "?!", "word", "\ud800", "日本語"])
    assert vectors.shape == (5, hash_embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert hash_embedder.embed([]).shape == (0, 64)


def test_vectors_do_not_depend_on_the_process() -> None:
    (vector,) = HashEmbedder(dimension=4).embed(["stay the same"])
    np.testing.assert_allclose(vector * 14**0.5, [-1.0, 0.0, 2.0, -3.0], atol=1e-5)
    assert HashEmbedder(dimension=4).id == "hash-4"


def test_a_dimension_too_small_is_refused() -> None:
    with pytest.raises(InputError, match="1"):
        HashEmbedder(dimension=1)
