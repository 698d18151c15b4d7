"""Edit users: what breaks a style, and the text that obeys it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.errors import InputError
from penchant.models.fakes import FunctionChatModel, ScriptedChatModel
from penchant.simulators.users.edits import EditUser, edit_style, edit_styles
from penchant.simulators.users.letters import parse, sentences
from penchant.simulators.users.rules import RULES, Pen

PEN = Pen(name="Mira", to="the depot team")
LETTER = """\
Subject: Racks

Dear Depot Team,

I hope this email finds you well! We're moving the pallets on Thursday, and the north gate will be \
closed from 6 a.m. to noon. Please park at Harrow Lane. Dr. Osei has the keys; they are in the red \
box by the door.

Let me know if you have any questions.

Best regards,
[Your Name]"""
BY_RULES = [style for style in edit_styles().values() if not style.needs_chat]

_pieces = st.sampled_from(
    [
        "Subject: The plan",
        "# A heading",
        "**Bold heading**",
        "Hi Ana,",
        "Dear all, the van is late.",
        "Hello!",
        "- a point that stands alone",
        "1. Numbered. With two sentences!",
        "* star item?",
        "We will meet at noon, and the caretaker opens the door for everybody at about one.",
        "It's late! Don't wait…",
        "TL;DR: all is well.",
        "Next steps:",
        "Action items",
        "Could you check? I hope this helps.",
        "Mr. Falk paid 3.50 at 9 a.m. 🎉",
        "no full stop here",
        "Thank you for your attention.",
        "Cheers,",
        "Kind regards, Mira",
        "Mira",
        "[Your Name]",
        "",
        "   ",
        "!!!",
        "🚀",
        "ﬁnal İstanbul ẞ",
    ]
)


@given(lines=st.lists(_pieces, max_size=9), style=st.sampled_from(BY_RULES))
@settings(max_examples=120, deadline=None)
def test_an_edited_text_obeys_and_is_left_alone(lines: list[str], style: object) -> None:
    assert isinstance(style, type(BY_RULES[0]))
    text = "\n".join(lines)
    if not any(sentences(line) for line in parse(text).body):
        return
    edited = style.edit(text, PEN)
    assert style.check(edited, PEN) == ()
    assert style.edit(edited, PEN) == edited


def test_sentences_end_where_they_do() -> None:
    text = "Dr. Osei came at 6 a.m. on Monday. She paid 3.50! Really? Yes…"
    assert sentences(text) == [
        "Dr. Osei came at 6 a.m. on Monday.",
        "She paid 3.50!",
        "Really?",
        "Yes…",
    ]


def test_a_letter_is_taken_apart() -> None:
    letter = parse(LETTER)
    assert letter.subject == "Subject: Racks"
    assert letter.greeting == "Dear Depot Team,"
    assert letter.sign_off == ("Best regards,", "[Your Name]")
    assert len(letter.body) == 2
    assert str(parse(str(letter))) == str(letter)


def test_a_briefing_is_points_and_nothing_else() -> None:
    style = edit_style("briefing")
    broken = {violation.rule for violation in style.check(LETTER, PEN)}
    assert broken == {
        "no_subject",
        "no_pleasantries",
        "bullets",
        "no_greeting",
        "no_sign_off",
    }
    assert style.edit(LETTER, PEN) == (
        "- We're moving the pallets on Thursday, and the north gate will be closed from 6 a.m. to"
        " noon.\n- Please park at Harrow Lane.\n- Dr. Osei has the keys; they are in the red box by"
        " the door."
    )


def test_a_letter_is_greeted_and_signed() -> None:
    edited = edit_style("formal_letter").edit(LETTER, PEN)
    assert edited.startswith("Subject: Racks\n\nDear Depot Team,")
    assert edited.endswith("Kind regards,\nMira")
    assert "!" not in edited
    assert "We are moving" in edited


def test_every_rule_is_of_some_style_and_says_what_it_wants() -> None:
    used = {rule.name for style in edit_styles().values() for rule in style.rules}
    assert used == set(RULES)
    for rule in RULES.values():
        assert rule.told.search(rule.words), rule.name


def test_a_description_names_rules() -> None:
    style = edit_style("briefing")
    assert style.named_in("prefers bullet points without a greeting") == pytest.approx(2 / 5)
    assert style.named_in("") == 0.0


def test_an_unknown_style_names_those_there_are() -> None:
    with pytest.raises(InputError, match=r"'baroque'.*briefing"):
        edit_style("baroque")


def test_a_user_survives_being_sent_to_a_worker() -> None:
    user = EditUser(name="Mira", styles={"meetings/email": edit_style("briefing")})
    assert pickle.loads(pickle.dumps(user)) == user


async def test_a_user_leaves_alone_what_they_like() -> None:
    user = EditUser(name="Mira", styles={"a/summary": edit_style("one_liner")})
    edited = await user.edit("The hall is closed.", context="a/summary")
    assert edited == ("The hall is closed.", (), 0, 0)


async def test_of_an_empty_draft_the_user_writes_the_whole_text() -> None:
    user = EditUser(name="Mira", styles={"a/summary": edit_style("one_liner")})
    edited = await user.edit(" ", context="a/summary", source="Hall closed. Roof wet.")
    assert edited.text == "Hall closed."


async def test_of_a_draft_that_says_nothing_too() -> None:
    user = EditUser(name="Mira", styles={"a/email": edit_style("briefing")})
    draft = "Dear all,\n\nI hope this finds you well.\n\nBest,\n[Your Name]"
    edited = await user.edit(draft, context="a/email", source="Hall closed. Roof wet.")
    assert edited.text == "- Hall closed.\n- Roof wet."


async def test_a_context_without_a_style_is_refused() -> None:
    user = EditUser(name="Mira", styles={"a/summary": edit_style("one_liner")})
    with pytest.raises(InputError, match=r"no style for 'b/email', only for a/summary"):
        await user.edit("x", context="b/email")


async def test_what_rules_cannot_apply_a_model_does_and_code_checks() -> None:
    chat = ScriptedChatModel(
        ["The gate is shut, so park elsewhere.", "You will find your gate shut at noon."]
    )
    user = EditUser(name="Mira", styles={"a/email": edit_style("to_the_reader")})
    edited = await user.edit("The gate is shut at noon.", context="a/email", chat=chat)
    assert edited.text == "You will find your gate shut at noon."
    assert (edited.fallbacks, edited.tries) == (0, 2)
    prompt = chat.calls[0].messages[0].content
    assert "<text>\nThe gate is shut at noon.\n</text>" in prompt
    assert "speaks to the reader as you" in prompt
    assert [call.temperature for call in chat.calls] == [0.0, 0.7]


async def test_a_model_that_does_not_manage_is_counted() -> None:
    chat = FunctionChatModel(fn=lambda messages, schema: "No.")
    user = EditUser(name="Mira", styles={"a/email": edit_style("to_the_reader")})
    edited = await user.edit("The gate is shut at noon.", context="a/email", chat=chat)
    assert edited.text == "The gate is shut at noon."
    assert (edited.fallbacks, edited.tries) == (1, 3)


async def test_without_a_model_it_says_so() -> None:
    user = EditUser(name="Mira", styles={"a/email": edit_style("to_the_reader")})
    with pytest.raises(InputError, match=r"'to_the_reader' takes a language model"):
        await user.edit("The gate is shut.", context="a/email")
