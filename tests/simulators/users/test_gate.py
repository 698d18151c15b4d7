"""The gate: what a question releases, what it costs, and what the log says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.models import HashEmbedder
from penchant.policies.elicit import INDIFFERENT
from penchant.policies.types import Aspect
from penchant.simulators.profiles import Preference, Profile, Temperament
from penchant.simulators.users import (
    ELSEWHERE,
    Asked,
    Gate,
    Hidden,
    Naming,
    aspects_of,
    hidden_of,
    read_question,
)

SPARE = Aspect(key="music", name="music", values=("jazz", "folk", "silence"))
PROFILE = Profile(
    id="kit",
    name="Kit",
    domain="food",
    persona="Runs a ferry café and eats at odd hours.",
    temperament=Temperament(talk="chatty", patience="patient"),
    preferences=(
        Preference(
            aspect="heat",
            name="spiciness",
            wants="fiery",
            others=("mild", "lukewarm"),
            ordered=True,
            values=("mild", "lukewarm", "fiery"),
            weight=0.6,
            in_words="make it burn",
        ),
        Preference(
            aspect="base",
            name="what it is made of",
            wants="buckwheat noodles",
            others=("long rice", "flatbread"),
            weight=0.3,
            in_words="noodles from buckwheat",
        ),
        Preference(
            aspect="base",
            name="what it is made of",
            wants="flatbread",
            others=("long rice", "buckwheat noodles"),
            weight=0.3,
            in_words="something to tear with my hands",
            occasion="on the ferry",
        ),
    ),
)


@pytest.fixture
def kit() -> Hidden:
    drawn = hidden_of(PROFILE, seed=4, others=[SPARE])
    return replace(drawn, skips=np.zeros(8, dtype=bool), volunteered=None)


def naming(hidden: Hidden) -> Naming:
    return Naming(aspects=hidden.aspects, embedder=None)


def test_a_profile_is_weighed_and_only_its_own_aspects_matter(kit: Hidden) -> None:
    weights = dict(zip([a.key for a in kit.aspects], kit.weights, strict=True))
    assert weights == pytest.approx({"heat": 2 / 3, "base": 1 / 3, "music": 0.0})
    assert kit.alignment(kit.wanted) == pytest.approx(1.0)
    assert kit.alignment([None] * 3) == 0.0
    heat = [a.key for a in kit.aspects].index("heat")
    nearly = [1 if place == heat else int(w) for place, w in enumerate(kit.wanted)]
    assert kit.alignment(nearly) == pytest.approx(2 / 3)


def test_an_occasion_brings_its_own_preference() -> None:
    def wants(occasion: str | None) -> str:
        hidden = hidden_of(PROFILE, seed=4, occasion=occasion)
        place = [a.key for a in hidden.aspects].index("base")
        return hidden.aspects[place].values[int(hidden.wanted[place])]

    assert wants(None) == "buckwheat noodles"
    assert wants("on the ferry") == "flatbread"


def test_noise_is_drawn_once_at_its_stated_rate() -> None:
    noisy = PROFILE.model_copy(update={"temperament": Temperament(noise=0.6)})
    drawn = [hidden_of(noisy, seed=seed) for seed in range(400)]
    off = np.mean([(h.answers != h.wanted).mean() for h in drawn])
    # A slip hits the value wanted one time in three.
    assert off == pytest.approx(0.6 * 2 / 3, abs=0.06)
    assert np.array_equal(hidden_of(noisy, seed=7).answers, hidden_of(noisy, seed=7).answers)


def test_the_order_of_aspects_tells_nothing() -> None:
    first = {hidden_of(PROFILE, seed=seed, others=[SPARE]).aspects[0].key for seed in range(20)}
    assert first == {"heat", "base", "music"}


def test_a_question_that_names_an_aspect_releases_its_value_and_logs_it(kit: Hidden) -> None:
    gate = Gate(kit)
    assert gate.ask("heat") == Asked("heat", "value", value="fiery")
    (logged,) = gate.log
    assert (logged.turn, logged.aspect, logged.what, logged.how) == (1, "heat", "value", "asked")
    assert logged.value == "fiery"
    assert gate.released == {"heat"}


def test_words_release_what_they_name_and_nothing_else(kit: Hidden) -> None:
    gate = Gate(kit)
    assert gate.hear("How much spiciness do you like?", naming(kit))[0].value == "fiery"
    both = gate.hear("Long rice, or flatbread? And is a mild spiciness fine?", naming(kit))
    assert [each.question for each in both] == ["base", "heat"]
    assert gate.turn == 2
    assert {d.how for d in gate.log} == {"asked"}


def test_an_answer_that_recommends_asks_nothing(kit: Hidden) -> None:
    gate = Gate(kit)
    said = "I suggest fiery buckwheat noodles. Add chilli to raise the spiciness."
    assert gate.hear(said, naming(kit)) == ()
    assert gate.hear(said + " Would you like me to write it down?", naming(kit)) == ()
    assert (gate.log, gate.turn, gate.patience) == ([], 0, 10.0)


def test_a_value_that_is_part_of_another_names_nothing_else() -> None:
    aspects = (
        Aspect(key="serving", name="how it is eaten", values=("cold from a box", "hot at a table")),
        Aspect(key="heat", name="heat", values=("mild", "hot", "cold")),
    )
    naming = Naming(aspects=aspects)
    assert read_question("Cold from a box, or hot at a table?", naming).aspects == ("serving",)
    assert read_question("Should it be hot or cold?", naming).aspects == ("heat",)
    assert read_question("Hot or cold, and cold from a box?", naming).aspects != ()


def test_aspects_of_people_are_gathered_once_and_must_agree() -> None:
    other = PROFILE.model_copy(update={"id": "lo", "preferences": PROFILE.preferences[:1]})
    heat, base = aspects_of([PROFILE, other])
    assert (heat.key, heat.importance, base.importance) == ("heat", 1.0, 0.5)
    odd = PROFILE.preferences[1].model_copy(update={"others": ("mash", "chips")})
    with pytest.raises(InputError, match="'base'"):
        aspects_of([PROFILE, other.model_copy(update={"preferences": (odd,)})])


def test_a_vague_question_gets_names_and_one_beside_the_point_nothing(kit: Hidden) -> None:
    gate = Gate(kit)
    (vague,) = gate.hear("What matters most to you?", naming(kit))
    assert vague.response == "named"
    assert set(vague.names) == {"heat", "base"}
    before = gate.patience
    (beside,) = gate.hear("Is it raining over there?", naming(kit))
    assert beside == Asked(ELSEWHERE, "indifferent")
    assert gate.patience == before - 1.5
    assert {d.what for d in gate.log} == {"named"}


def test_naming_everything_at_once_costs_patience_for_each(kit: Hidden) -> None:
    gate = Gate(replace(kit, patient=False))
    gate.ask(ELSEWHERE)
    gate.ask(ELSEWHERE)
    left = gate.ask_all(("heat", "base", "music"))
    assert [each.question for each in left] == ["heat", "base"]
    assert gate.ask("music").response == "stopped"
    assert "music" not in gate.released


def test_a_question_passed_over_costs_most(kit: Hidden) -> None:
    gate = Gate(replace(kit, skips=np.array([True])))
    assert gate.ask("heat") == Asked("heat", "skipped")
    assert gate.patience == 7.0
    assert gate.log == []


def test_what_is_volunteered_and_what_leaks_are_logged_as_such(kit: Hidden) -> None:
    gate = Gate(replace(kit, volunteered=0))
    assert gate.request() is not None
    gate.leaked("heat", "fiery")
    assert [d.how for d in gate.log] == ["volunteered", "leaked"]
    assert gate.leaks == 1


def test_someone_to_whom_an_aspect_does_not_matter_may_say_so(kit: Hidden) -> None:
    place = [a.key for a in kit.aspects].index("music")
    answers = kit.answers.copy()
    answers[place] = INDIFFERENT
    gate = Gate(replace(kit, answers=answers))
    assert gate.ask("music") == Asked("music", "indifferent")
    assert gate.released == frozenset()


def test_a_slip_does_not_release_what_is_wanted(kit: Hidden) -> None:
    place = [a.key for a in kit.aspects].index("heat")
    answers = kit.answers.copy()
    answers[place] = 0
    gate = Gate(replace(kit, answers=answers))
    assert gate.ask("heat") == Asked("heat", "value", value="mild")
    assert gate.released == frozenset()
    assert gate.log[0].how == "asked"


def test_an_unknown_aspect_is_refused(kit: Hidden) -> None:
    with pytest.raises(InputError, match="'colour'"):
        Gate(kit).ask("colour")


def test_meaning_is_read_where_no_word_is_shared(kit: Hidden) -> None:
    # The fake embedder sees shared words only, so that a description stands in for a synonym.
    meant = Naming(
        aspects=[replace(a, question="burning tongue feeling") if a.key == "heat" else a
                 for a in kit.aspects],
        embedder=HashEmbedder(256),
    )  # fmt: skip
    assert read_question("A burning tongue feeling?", meant).aspects == ("heat",)
    assert read_question("Whose umbrella stands outside?", meant).aspects == ()
