"""Persona users in conversation: asked, vague, beside the point, out of patience."""

from __future__ import annotations

import pytest

from penchant.models import FunctionChatModel
from penchant.policies.types import Aspect
from penchant.simulators.profiles import library
from penchant.simulators.users import (
    LeakCheck,
    LLMWording,
    PersonaUser,
    ScriptedUser,
    SimulatedUser,
    hidden_of,
    secrets_of,
    tempered,
)

TOMASZ = next(each for each in library() if each.id == "tomasz-briefs")
PATIENT = tempered(TOMASZ, "terse")
ASIDE = Aspect(key="paper", name="paper size", values=("A4", "A5"))


async def test_an_answer_says_what_the_gate_released() -> None:
    user: SimulatedUser = PersonaUser(PATIENT, seed=1)
    assert (await user.open("I need a mail to a supplier.")).text == "I need a mail to a supplier."
    said = await user.answer("How should I treat deadlines?")
    assert said.text == "Every mail of mine says by when, with the hour."
    (logged,) = said.disclosures
    assert (logged.turn, logged.aspect, logged.value) == (1, "dates", "exact day and hour")
    assert said.stop is None
    assert user.profile["layout"] == "numbered points"


async def test_about_names_the_aspect_where_the_assistant_tells() -> None:
    said = await PersonaUser(PATIENT, seed=1).answer("And now?", about="layout")
    assert said.text == 'Number the points so they can answer "2 is done".'


async def test_a_message_that_asks_nothing_is_the_answer() -> None:
    said = await PersonaUser(PATIENT, seed=1).answer("Dear Ms Nowak, please deliver by Friday.")
    assert (said.stop, said.disclosures) == ("done", ())


async def test_patience_ends_the_questions() -> None:
    user = PersonaUser(TOMASZ, seed=2)
    stops = [(await user.answer("Who painted the depot?")).stop for _ in range(5)]
    assert stops[-1] == "patience"
    assert user.gate.log == []


async def test_what_does_not_matter_weighs_nothing() -> None:
    user = PersonaUser(PATIENT, seed=1, others=[ASIDE])
    said = await user.answer("Which paper size?")
    assert len(said.disclosures) == 1
    assert "paper" not in user.profile
    best = {**user.profile, "paper": "A5"}
    assert user.alignment(best) == pytest.approx(1.0)
    assert user.alignment({}) == 0.0
    assert user.alignment({"layout": "a table", "opening": "straight to the request"}) < 0.5


async def test_a_model_that_leaks_is_caught_whatever_it_says() -> None:
    secrets = secrets_of(hidden_of(PATIENT, seed=1))
    leaky = FunctionChatModel(
        fn=lambda _m, _s: "Exact day and hour, straight to the request, numbered points."
    )
    wording = LLMWording(chat=leaky, check=LeakCheck(secrets=secrets))
    user = PersonaUser(PATIENT, seed=1, wording=wording)
    said = await user.answer("How should I treat deadlines?")
    assert said.failures == {"leak_retry": 3, "wording_fallback": 1}
    assert said.text == "Every mail of mine says by when, with the hour."
    assert user.gate.leaks == 0


async def test_the_same_seed_has_the_same_conversation() -> None:
    async def talk(seed: int) -> list[str]:
        user = PersonaUser(tempered(TOMASZ, "chatty"), seed=seed)
        asks = ("What matters to you?", "What layout?", "Any deadlines?")
        return [(await user.answer(each)).text for each in asks]

    assert await talk(4) == await talk(4)
    assert await talk(4) != await talk(5)


async def test_a_scripted_user_says_its_lines_and_stops() -> None:
    user = ScriptedUser(["Hello.", "Blue."])
    assert (await user.open("x")).text == "Hello."
    assert (await user.answer("Colour?")).text == "Blue."
    assert (await user.answer("And?")).stop == "done"
    assert user.heard == ["x", "Colour?", "And?"]
