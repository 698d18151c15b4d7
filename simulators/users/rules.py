"""Rules of style: whether a text keeps one, and the least change by which it does.

A text that keeps a rule is left as it is, to the letter; one that breaks it keeps it afterwards.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .letters import Letter, bullet_of, is_bullet, sentences

__all__ = ["PLAIN", "RULES", "Pen", "Rule"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_CHEERFUL = "🎉✨🌻😄🚀🙌🍀🐝"
_PLEASANTRY = re.compile(
    r"(?:i (?:just )?(?:hope|trust) (?:this|you|that you|all)\b|hope (?:this|you|all)\b|"
    r"(?:please )?(?:let me know|feel free|do not hesitate|don't hesitate|reach out)\b|"
    r"(?:i |we )?look(?:ing)? forward\b|"
    r"thank you for (?:your|the) (?:attention|time|understanding)|"
    r"if you have any (?:\w+ )?(?:questions|concerns)\b)",
    re.IGNORECASE,
)
_LONG = 14
_TLDR = "TL;DR:"
_JOINS = re.compile(r"(?:,\s+(?:and|but|so|while|which means)\s+|;\s+|\s+–\s+|\s+—\s+)")
_DUTY = re.compile(
    r"\b(?:will|must|needs? to|should|please|by (?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"deadline|remember|has to|have to|asked to|due)\b",
    re.IGNORECASE,
)
_SHORT_FORMS = {
    "do not": "don't", "does not": "doesn't", "did not": "didn't", "cannot": "can't",
    "will not": "won't", "is not": "isn't", "are not": "aren't", "was not": "wasn't",
    "were not": "weren't", "would not": "wouldn't", "should not": "shouldn't",
    "could not": "couldn't", "have not": "haven't", "has not": "hasn't", "I am": "I'm",
    "we are": "we're", "you are": "you're", "they are": "they're", "it is": "it's",
    "that is": "that's", "there is": "there's", "I will": "I'll",
    "we will": "we'll", "you will": "you'll",
    "they will": "they'll", "I would": "I'd", "we would": "we'd",
}  # fmt: skip
_LONG_FORMS = {short: long for long, short in _SHORT_FORMS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Who writes, and to whom.

    Attributes:
        name: The user's first name, for sign-offs.
        to: The recipient, for greetings; empty if there is none.
    """

    name: str
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        name: Its key ("bullets").
        words: What it asks for, as its user would say it.
        told: Words of a description that names it.
        broken: Says what is wrong with a text; empty if it keeps the rule.
        mend: Makes a text keep it; None if no rule can, so that a language model must.
    """

    name: str
    words: str
    told: re.Pattern[str]
    broken: Callable[[Letter, Pen], str]
    mend: Callable[[Letter, Pen], Letter] | None

    def __reduce__(self) -> tuple[Callable[[str], Rule], tuple[str]]:
        """Pickled by name: functions are not."""
        return _named, (self.name,)


def _named(name: str) -> Rule:
    return RULES[name] if name in RULES else PLAIN[name]


def _tldr(line: str) -> bool:
    return line.lower().startswith(_TLDR.lower())


def _all(letter: Letter) -> str:
    return str(letter)


def _mapped(letter: Letter, change: Callable[[str], str]) -> Letter:
    return Letter(
        subject=change(letter.subject),
        heading=change(letter.heading),
        greeting=change(letter.greeting),
        body=tuple(map(change, letter.body)),
        todo=tuple(map(change, letter.todo)),
        sign_off=tuple(map(change, letter.sign_off)),
    )


# Lists and prose


def _not_listed(letter: Letter, pen: Pen) -> str:
    loose = [line for line in letter.body if not _tldr(line) and not is_bullet(line)]
    return f"{len(loose)} lines are no bullet points" if loose else ""


def _list(letter: Letter, pen: Pen) -> Letter:
    body: list[str] = []
    for line in letter.body:
        if _tldr(line) or is_bullet(line):
            body.append(line)
        else:
            body += [f"- {each}" for each in sentences(line)]
    return replace(letter, body=tuple(body))


def _listed(letter: Letter, pen: Pen) -> str:
    count = sum(map(is_bullet, letter.body))
    return f"{count} bullet points" if count else ""


def _unlist(letter: Letter, pen: Pen) -> Letter:
    body: list[str] = []
    last = False
    for line in letter.body:
        item = is_bullet(line)
        said = bullet_of(line)
        if item and said[-1:].isalnum():
            said += "."
        if item and last:
            body[-1] += f" {said}"
        else:
            body.append(said)
        last = item
    return replace(letter, body=tuple(body))


# Length


def _sentences_of(letter: Letter) -> list[str]:
    return [each for line in letter.body for each in sentences(line)]


def _more_than(most: int) -> Callable[[Letter, Pen], str]:
    def broken(letter: Letter, pen: Pen) -> str:
        # A closing question is no part of what is told.
        count = sum(not each.endswith("?") for each in _sentences_of(letter))
        return f"{count} sentences" if count > most else ""

    return broken


def _cut_to(most: int) -> Callable[[Letter, Pen], Letter]:
    def mend(letter: Letter, pen: Pen) -> Letter:
        left = most
        body: list[str] = []
        for line in letter.body:
            kept = [each for each in sentences(line) if not each.endswith("?")][:left]
            left -= len(kept)
            if len(kept) == len(sentences(line)):
                body.append(line)
            elif kept:
                body.append(("- " if is_bullet(line) else "") + " ".join(kept))
            if not left:
                break
        return replace(letter, body=tuple(body))

    return mend


def _splittable(sentence: str) -> re.Match[str] | None:
    """The join in the middle of a long sentence, if either side can stand alone."""
    if len(_WORD.findall(sentence)) <= _LONG:
        return None
    joins = [
        each
        for each in _JOINS.finditer(sentence)
        if min(
            len(_WORD.findall(part)) for part in (sentence[: each.start()], sentence[each.end() :])
        )
        >= 4
    ]
    return min(joins, key=lambda each: abs(2 * each.start() - len(sentence)), default=None)


def _long_winded(letter: Letter, pen: Pen) -> str:
    count = sum(_splittable(each) is not None for each in _sentences_of(letter))
    return f"{count} sentences of more than {_LONG} words" if count else ""


def _split(letter: Letter, pen: Pen) -> Letter:
    def halves(sentence: str) -> str:
        found = _splittable(sentence)
        if found is None:
            return sentence
        first, second = sentence[: found.start()].rstrip(" ,;"), sentence[found.end() :]
        return f"{halves(first + '.')} {halves(second[:1].upper() + second[1:])}"

    body = tuple(
        ("- " if is_bullet(line) else "") + " ".join(halves(each) for each in sentences(line))
        if any(_splittable(each) for each in sentences(line))
        else line
        for line in letter.body
    )
    return replace(letter, body=body)


# Beginning and end


def _greets(word: str) -> tuple[Callable[[Letter, Pen], str], Callable[[Letter, Pen], Letter]]:
    def broken(letter: Letter, pen: Pen) -> str:
        return "" if letter.greeting.lower().startswith(word.lower()) else f"no {word!r}"

    def mend(letter: Letter, pen: Pen) -> Letter:
        to = re.sub(r"^(?:the|our|my) ", "", pen.to) or "all"
        return replace(letter, greeting=f"{word} {to},")

    return broken, mend


def _no_greeting(letter: Letter, pen: Pen) -> str:
    return f"begins with {letter.greeting!r}" if letter.greeting else ""


def _signs(words: str) -> tuple[Callable[[Letter, Pen], str], Callable[[Letter, Pen], Letter]]:
    def broken(letter: Letter, pen: Pen) -> str:
        signed = " ".join(letter.sign_off).lower()
        right = signed.startswith(words.lower()) and pen.name.lower() in signed
        return "" if right else f"not signed {words!r}"

    def mend(letter: Letter, pen: Pen) -> Letter:
        return replace(letter, sign_off=(f"{words},", pen.name))

    return broken, mend


def _signed(letter: Letter, pen: Pen) -> str:
    return f"ends with {letter.sign_off[0]!r}" if letter.sign_off else ""


def _has_subject(letter: Letter, pen: Pen) -> str:
    return "has a subject line" if letter.subject else ""


def _no_heading(letter: Letter, pen: Pen) -> str:
    return "" if letter.heading else "no heading"


def _head(letter: Letter, pen: Pen) -> Letter:
    named = letter.subject.split(":", 1)[1].strip(" *") if ":" in letter.subject else ""
    first = next(iter(_sentences_of(letter)), "News")
    words = _WORD.findall(named or first)[:6]
    return replace(letter, subject="", heading=f"# {' '.join(words)}")


def _no_question(letter: Letter, pen: Pen) -> str:
    last = _EMOJI.sub("", next(reversed(_sentences_of(letter)), ""))
    return "" if last.rstrip(' "”)').endswith("?") else "does not end with a question"


def _ask(letter: Letter, pen: Pen) -> Letter:
    question = "Does that work for you?" if pen.to else "What would you make of that?"
    if letter.body and not is_bullet(letter.body[-1]):
        return replace(letter, body=(*letter.body[:-1], f"{letter.body[-1]} {question}"))
    return replace(letter, body=(*letter.body, question))


def _no_todo(letter: Letter, pen: Pen) -> str:
    return "" if letter.todo else "no next steps at the end"


def _list_todo(letter: Letter, pen: Pen) -> Letter:
    said = _sentences_of(letter)
    duties = [each for each in said if _DUTY.search(each)][:2] or said[-1:]
    return replace(letter, todo=tuple(f"- {each}" for each in duties) or ("- None.",))


def _no_tldr(letter: Letter, pen: Pen) -> str:
    return "" if letter.body and _tldr(letter.body[0]) else f"does not begin with {_TLDR!r}"


def _put_first(letter: Letter, pen: Pen) -> Letter:
    first = next(iter(_sentences_of(letter)), "nothing new.")
    rest: list[str] = []
    dropped = False
    for line in letter.body:
        told = sentences(line)
        if not dropped and told:
            dropped = True
            left = told[1:]
            if left:
                rest.append(("- " if is_bullet(line) else "") + " ".join(left))
        else:
            rest.append(line)
    return replace(letter, body=(f"{_TLDR} {first}", *rest))


def _pleasant(letter: Letter, pen: Pen) -> str:
    found = next(filter(_PLEASANTRY.match, _sentences_of(letter)), "")
    return f"says {found[:40]!r}" if found else ""


def _to_the_point(letter: Letter, pen: Pen) -> Letter:
    body: list[str] = []
    for line in letter.body:
        told = sentences(line)
        kept = [each for each in told if not _PLEASANTRY.match(each)]
        if len(kept) == len(told):
            body.append(line)
        elif kept:
            body.append(("- " if is_bullet(line) else "") + " ".join(kept))
    return replace(letter, body=tuple(body))


# Marks and words


def _shouts(letter: Letter, pen: Pen) -> str:
    count = _all(letter).count("!")
    return f"{count} exclamation marks" if count else ""


def _calm(text: str) -> str:
    return re.sub(r"!+", ".", re.sub(r"!+\?|\?!+", "?", text))


def _has_capitals(letter: Letter, pen: Pen) -> str:
    text = _all(replace(letter, todo=()) if letter.todo else letter) + " ".join(letter.todo)
    return "has capitals" if text != text.lower() else ""


def _no_emoji(letter: Letter, pen: Pen) -> str:
    plain = [each for each in _sentences_of(letter) if not _EMOJI.search(each)]
    return f"{len(plain)} sentences without an emoji" if plain else ""


def _has_emoji(letter: Letter, pen: Pen) -> str:
    count = len(_EMOJI.findall(_all(letter)))
    return f"{count} emoji" if count else ""


def _without_emoji(text: str) -> str:
    return re.sub(r" {2,}", " ", _EMOJI.sub("", text).replace("\ufe0f", "")).strip()


def _plain_face(letter: Letter, pen: Pen) -> Letter:
    plain = _mapped(letter, _without_emoji)
    return replace(
        plain, body=tuple(filter(None, plain.body)), sign_off=tuple(filter(None, plain.sign_off))
    )


def _has_heading(letter: Letter, pen: Pen) -> str:
    return f"has a heading {letter.heading!r}" if letter.heading else ""


def _cheer(letter: Letter, pen: Pen) -> Letter:
    def cheered(said: str) -> str:
        if _EMOJI.search(said):
            return said
        end = "" if said[-1:] in ".!?…" else "."
        return f"{said}{end} {_CHEERFUL[zlib.crc32(said.encode()) % len(_CHEERFUL)]}"

    body = tuple(
        ("- " if is_bullet(line) else "") + " ".join(map(cheered, sentences(line)))
        if any(not _EMOJI.search(each) for each in sentences(line))
        else line
        for line in letter.body
    )
    return replace(letter, body=body)


def _forms(
    forms: Mapping[str, str],
) -> tuple[Callable[[Letter, Pen], str], Callable[[Letter, Pen], Letter]]:
    by_key = {key.lower(): value for key, value in forms.items()}
    pattern = re.compile(
        r"(?<![\w'’])(?:" + "|".join(re.escape(key) for key in forms) + r")(?![\w'’])",
        re.IGNORECASE,
    )

    def changed(found: re.Match[str]) -> str:
        other = by_key[found[0].lower().replace("’", "'")]
        return other[:1].upper() + other[1:] if found[0][:1].isupper() else other

    def plain(text: str) -> str:
        return text.replace("’", "'")

    def broken(letter: Letter, pen: Pen) -> str:
        found = pattern.findall(plain(" \n".join((*letter.body, *letter.todo))))
        return f"says {found[0]!r}" if found else ""

    def mend(letter: Letter, pen: Pen) -> Letter:
        return replace(
            letter,
            body=tuple(pattern.sub(changed, plain(line)) for line in letter.body),
            todo=tuple(pattern.sub(changed, plain(line)) for line in letter.todo),
        )

    return broken, mend


# What takes a language model


def _not_to_you(letter: Letter, pen: Pen) -> str:
    text = " ".join(letter.body).lower()
    count = len(re.findall(r"\b(?:you|your|you're|you'll|yours)\b", text))
    return "" if count >= 2 else f"speaks to the reader {count} times"


def _not_answers(letter: Letter, pen: Pen) -> str:
    text = "\n".join((letter.heading, *letter.body))
    count = text.count("?")
    return "" if count >= 2 else f"{count} questions that it answers"


def _not_simple(letter: Letter, pen: Pen) -> str:
    told = _sentences_of(letter)
    mean = sum(len(_WORD.findall(each)) for each in told) / max(1, len(told))
    return "" if mean <= 10 else f"{mean:.0f} words a sentence"


def _rule(
    name: str,
    words: str,
    told: str,
    broken: Callable[[Letter, Pen], str],
    mend: Callable[[Letter, Pen], Letter] | None,
) -> Rule:
    return Rule(
        name=name, words=words, told=re.compile(told, re.IGNORECASE), broken=broken, mend=mend
    )


RULES: Mapping[str, Rule] = {
    each.name: each
    for each in (
        _rule("no_subject", "no subject line", r"subject", _has_subject,
              lambda letter, pen: replace(letter, subject="")),
        _rule("heading", "a heading at the top", r"heading|title|header", _no_heading, _head),
        _rule("no_pleasantries", "no pleasantries",
              r"pleasantr|small talk|polite phrases|direct|to the point|straight", _pleasant,
              _to_the_point),
        _rule("one_sentence", "a single sentence",
              r"(?:one|single) sentence|one[- ]liner|short|brief|concise|\b(?:10|15|20|25) words",
              _more_than(1), _cut_to(1)),
        _rule("three_sentences", "at most three sentences",
              r"(?:three|few) sentences|short|brief|concise|\b(?:20|25|30|35|40|45|50) words",
              _more_than(3), _cut_to(3)),
        _rule("tldr", "begins with a TL;DR", r"tl;?dr|gist first|main point first|summary first",
              _no_tldr, _put_first),
        _rule("short_sentences", "short sentences", r"short(?:er)? sentences|simple sentences",
              _long_winded, _split),
        _rule("bullets", "bullet points", r"bullet|list(?:ed|s)?\b", _not_listed, _list),
        _rule("prose", "running text instead of lists",
              r"prose|paragraph|no (?:list|bullet)|running", _listed, _unlist),
        _rule("contractions", "contractions such as don't and it's",
              r"contraction|casual|informal|colloquial|conversational|friendly tone",
              *_forms(_SHORT_FORMS)),
        _rule("no_contractions", "no contractions",
              r"no contraction|formal|full forms|professional", *_forms(_LONG_FORMS)),
        _rule("question_end", "ends with a question", r"question", _no_question, _ask),
        _rule("action_items", "ends with next steps", r"next steps|action|to-?do", _no_todo,
              _list_todo),
        _rule("no_greeting", "no greeting",
              r"(?:no|without (?:a |any )?)\s*(?:\w+ )?(?:greeting|salutation|opening)",
              _no_greeting, lambda letter, pen: replace(letter, greeting="")),
        _rule("hi", "greets with Hi and the name",
              r"(?<!no )(?<!without a )greeting|salutation|\bhi\b", *_greets("Hi")),
        _rule("dear", "greets with Dear and the name",
              r"(?<!no )(?<!without a )greeting|salutation|\bdear\b", *_greets("Dear")),
        _rule("no_sign_off", "no sign-off",
              r"(?:no|without (?:a |any )?)\s*(?:\w+ )?(?:closing|sign-?off|signature|farewell)",
              _signed, lambda letter, pen: replace(letter, sign_off=())),
        _rule("cheers", "signed with Cheers and the first name",
              r"(?<!no )(?<!without a )(?:closing|sign(?:ed|ature|-?off)?\b)|cheers",
              *_signs("Cheers")),
        _rule("kind_regards", "signed with Kind regards and the first name",
              r"(?<!no )(?<!without a )(?:closing|sign(?:ed|ature|-?off)?\b)|regards",
              *_signs("Kind regards")),
        _rule("no_exclamation", "no exclamation marks", r"no exclamation|without exclamation|calm",
              _shouts, lambda letter, pen: _mapped(letter, _calm)),
        _rule("emoji", "a playful emoji after every sentence", r"emoji|playful", _no_emoji, _cheer),
        _rule("lower_case", "all in lower case", r"lower[- ]?case|no capital", _has_capitals,
              lambda letter, pen: _mapped(letter, str.lower)),
        _rule("to_you", "speaks to the reader as you", r"second person|\byou\b|direct address",
              _not_to_you, None),
        _rule("questions_answered", "in questions and answers", r"question|q ?& ?a", _not_answers,
              None),
        _rule("simple_words", "very short sentences in words for a child",
              r"simple|short|child|plain", _not_simple, None),
    )
}  # fmt: skip
"""Every rule by name, in the order in which they are applied."""

PLAIN: Mapping[str, Rule] = {
    each.name: each
    for each in (
        _rule("no_emoji", "no emoji", r"no emoji|without emoji", _has_emoji, _plain_face),
        _rule("no_heading", "no heading", r"no heading|without heading", _has_heading,
              lambda letter, pen: replace(letter, heading="")),
        RULES["prose"],
    )
}  # fmt: skip
"""What nobody says that they want, and takes out where it turns up and their style has no use for
it."""
