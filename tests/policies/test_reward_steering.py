"""Words that steer a ranking."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.reward import TextFeatures, fit_rows
from penchant.policies.reward.steering import PULL, Pull, Wish, pulled, read_steering

FEATURES = TextFeatures(HashEmbedder(8))
D = FEATURES.dimension


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("less spicy, more outdoors", [("spicy", -1), ("outdoors", 1)]),
        ("add jazz", [("jazz", 1)]),
        ("negate horror.", [("horror", -1)]),
        ("peaceful", [("peaceful", 1)]),
        ("something cosy", [("cosy", 1)]),
        ("I want more adventure but not so long", [("adventure", 1), ("long", -1)]),
        ("swap beef for lentils", [("lentils", 1), ("beef", -1)]),
        ("lentils instead of beef", [("lentils", 1), ("beef", -1)]),
        ("replace hot and spicy dishes by sweet ones", [
            ("sweet", 1), ("hot", -1), ("spicy dishes", -1),
        ]),
        ("not too expensive", [("expensive", -1)]),
        ("notable authors", [("notable authors", 1)]),
    ],
)  # fmt: skip
def test_commands_are_read(text: str, wishes: list[tuple[str, int]]) -> None:
    assert read_steering(text) == tuple(Wish(phrase, sign) for phrase, sign in wishes)


@pytest.mark.parametrize("text", ["no nuts", "never nuts", "without any nuts", "nothing with nuts"])
def test_what_is_ruled_out_is_hard(text: str) -> None:
    assert read_steering(text) == (Wish("nuts", -1, hard=True),)


def test_nothing_and_too_much_are_refused() -> None:
    for text in ("", " , ; ", "more", ", ".join("abcdefghijklmn")):
        with pytest.raises(InputError, match="give 1 to 12"):
            read_steering(text)


def test_a_pull_moves_the_mean_and_nothing_else() -> None:
    posterior = fit_rows(FEATURES, np.random.default_rng(0).normal(size=(6, D)))
    direction = np.zeros(D)
    direction[3] = 2.0
    row = np.zeros((1, D))
    row[0, 3] = 0.5
    for sign in (1, -1):
        pull = Pull(wish=Wish("x", sign), direction=direction, spread=4.0)
        moved = pulled(posterior, [pull])
        gain = moved.utility(row).mean - posterior.utility(row).mean
        assert gain == pytest.approx([sign * PULL * (row[0] @ direction) / 4.0])
        np.testing.assert_allclose(moved.utility(row).sd, posterior.utility(row).sd, rtol=1e-12)
    assert pulled(posterior, []) is posterior
    still = Pull(wish=Wish("x", 1), direction=direction, spread=0.0)
    np.testing.assert_array_equal(pulled(posterior, [still]).mean, posterior.mean)
