"""Reads what a user replied to a question, by what the question asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple, assert_never

from ..feedback import answers_aspect, read_answer
from ..types import Decision, Question, Reading

__all__ = ["Replied", "read_reply"]

_NOTHING_SPECIAL = "no preference"
_NO = re.compile(r"^\s*(?:no|nope|not? really|never|it (?:has to|must) be)\b", re.IGNORECASE)
_YES = re.compile(r"^\s*(?:yes|yeah|yep|sure|ok(?:ay)?|of course|fine)\b", re.IGNORECASE)


class Replied(NamedTuple):
    """What a reply says.

    Attributes:
        reading: What there is to learn from it, and what it asks for besides.
        told: Whether it says anything that the drafts should know.
        occasion: The occasion that the request turned out to be for, if it was asked and told.
    """

    reading: Reading
    told: bool
    occasion: str = ""


def read_reply(question: Question, decision: Decision, answer: str) -> Replied:
    """Reads a reply to a question.

    What matters most, and what a request is for, hold for this request alone: the drafts are told,
    and nothing is learned but what the reply states besides. An edge case becomes a plain answer:
    "no, it must be" that the value in question is wanted, "yes" that it does not matter.

    Args:
        question: The question that was open.
        decision: The decision to ask it.
        answer: An option or free text.
    """
    aspect = decision.aspect
    match question.form:
        case "value" | "choice":
            reading = read_answer(question, aspect, answer)
            return Replied(reading, bool(reading.preferences or reading.request))
        case "edge":
            plain = answer
            if _NO.match(answer) is not None and decision.probe:
                plain = decision.probe
            elif _YES.match(answer) is not None:
                plain = _NOTHING_SPECIAL
            asked = replace(question, options=() if aspect is None else aspect.values)
            reading = read_answer(asked, aspect, plain)
            return Replied(reading, bool(reading.preferences or reading.request))
        case "open" | "context":
            said = read_answer(question, aspect, answer)
            besides = tuple(
                draft
                for draft in said.preferences
                if draft.aspect != question.aspect and not answers_aspect(draft, question.aspect)
            )
            told = bool(said.preferences or said.request)
            occasion = ""
            if question.form == "context" and answer in question.options[:-1]:
                occasion = answer
            return Replied(replace(said, preferences=besides), told, occasion)
        case _:
            assert_never(question.form)
