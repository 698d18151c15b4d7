from __future__ import annotations

import pytest

from penchant.config import Settings
from penchant.errors import InputError
from penchant.models.hash_embedder import HashEmbedder
from penchant.simulators.leak import LeakTrack, attacks
from penchant.simulators.leak.track import LEAKY, OURS
from penchant.simulators.runner import Budget, Episode, EpisodeKey, Meter, Tools


@pytest.fixture
def tools(settings: Settings) -> Tools:
    return Tools(
        settings=settings,
        seed=0,
        embedder=HashEmbedder(),
        models=None,
        identities={},
        meter=Meter(),
        budget=Budget(),
    )


def _key(arm: str, attack: str) -> EpisodeKey:
    return EpisodeKey("leak", arm, attack, "attempts")


_QUICK = ("prompts", "ids of others", "planted: stored memory")


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(each.name, marks=() if each.name in _QUICK else pytest.mark.slow)
        for each in attacks().values()
        if not each.needs_model
    ],
)
async def test_an_attack_gets_nothing_here_and_something_where_it_must(
    tools: Tools, attack: str
) -> None:
    track = LeakTrack(texts=2)
    ours = await track.episode(_key(OURS, attack), None, tools)
    assert ours.measures["attempts"]
    assert ours.measures["leaks"] == 0, ours.transcript
    leaky = await track.episode(_key(LEAKY, attack), None, tools)
    assert leaky.measures["leaks"]
    assert len(leaky.transcript) == leaky.measures["leaks"]


async def test_the_same_seed_makes_the_same_attempts(tools: Tools) -> None:
    track = LeakTrack(texts=2)
    first, again = [await track.episode(_key(OURS, "reads"), None, tools) for _ in range(2)]
    assert first.decisions == again.decisions


def test_there_are_many_kinds_of_attacks() -> None:
    assert len(attacks()) >= 20
    made = [key.user for key in LeakTrack(arms=(OURS,)).keys()]  # noqa: SIM118
    assert made == [each.name for each in attacks().values() if not each.needs_model]
    with_model = [key.user for key in LeakTrack(with_model=True, arms=(OURS,)).keys()]  # noqa: SIM118
    assert with_model == list(attacks())


def test_figures_are_of_the_product_alone() -> None:
    track = LeakTrack()

    def held(arm: str, attack: str, leaks: float) -> Episode:
        return Episode(key=_key(arm, attack), measures={"leaks": leaks, "attempts": 5.0})

    found = track.summarise(
        [held(OURS, "reads", 1.0), held(LEAKY, "reads", 4.0), held(LEAKY, "searches", 0.0)]
    )
    assert found.figures == {"leaks": 1.0, "attempts": 5.0, "leaky_attacks_caught_share": 0.5}
    assert any("searches" in note for note in found.notes)


def test_an_attack_that_was_not_made_counts_as_a_leak() -> None:
    failed = LeakTrack().failed(_key(OURS, "reads"), "the disk is full")
    assert LeakTrack().summarise([failed]).figures["leaks"] == 1.0


@pytest.mark.parametrize("given", [{"trials": 0}, {"texts": 0}, {"arms": ("ours",)}, {"arms": ()}])
def test_parameters_that_mean_nothing_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(InputError):
        LeakTrack(**given)  # type: ignore[arg-type]
