"""Picks between asking, answering and offering drafts: every question against its cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ..types import Aspect, Decision, QuestionForm, Weighed
from .costs import Costs, Patience
from .gains import edge, rival
from .knowing import Known
from .occasions import Occasion
from .weighing import OPEN, score
from .wording import question_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Situation", "choose"]

_FEWEST_FOR_OPEN = 8
"""Aspects that must be open before it may be asked what matters most."""
_MOST_OPTIONS = 4
_MOST_AHEAD = 2
_EDGE_FROM = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the decision rests on.

    Attributes:
        aspects: The aspects of the request.
        known: What is known of them.
        open_share: The share of good answers' variety that the request leaves open, in [0, 1].
        kind: The kind of request, if it is known.
        reply_words: How long a reply usually is, if drafts may be offered unasked.
        occasion: The occasion that would change the reply, if one is open.
        asked: Keys of what was asked and may not be asked again.
        asked_this_session: Questions asked in this session.
        skipped_this_session: How many of them were skipped.
        cap: The most questions of a session.
        asks_less: The user asked not to be asked.
        patience: How the user took questions so far.
    """

    aspects: tuple[Aspect, ...]
    known: Known
    open_share: float
    kind: str | None
    reply_words: int | None
    occasion: Occasion | None
    asked: frozenset[str]
    asked_this_session: int
    skipped_this_session: int
    cap: int
    asks_less: bool
    patience: Patience


class _Option(NamedTuple):
    """A question in the making: its numbers, what would be asked, and its worth uncut."""

    weighed: Weighed
    aspect: Aspect
    worth: float
    probe: str = ""

    @property
    def net(self) -> float:
        return self.worth - self.weighed.threshold


def choose(now: Situation, costs: Costs) -> Decision:
    """Weighs every question and decides.

    Args:
        now: What the decision rests on.
        costs: The constants.

    Returns:
        The decision, with everything that was weighed: what may be asked first, best first.
    """
    options = _options(now, costs)
    # Where it hardly matters which comes first, the one that mends most at once does.
    options.sort(
        key=lambda each: (each.weighed.reason == "", round(each.net, 2), each.weighed.evoi),
        reverse=True,
    )
    settled = round(now.known.belief.settled(_hinges(now)), 3) if now.aspects else 1.0
    names = {each.weighed: each.aspect.name for each in options}

    def answer(reason: str) -> Decision:
        return Decision(
            kind="answer",
            reason=reason,
            request_kind=now.kind,
            weighed=tuple(names),
            settled=settled,
        )

    if not options:
        return answer("Nothing is known that good answers would differ on.")
    best = options[0]
    if best.weighed.reason:
        return answer(f"No question pays: {best.aspect.name}: {best.weighed.reason}.")
    if now.asks_less:
        return answer("You asked not to be asked so much.")
    if now.asked_this_session >= now.cap:
        return answer(f"The most questions of a session ({now.cap}) are asked.")
    first = replace(best.weighed, reason="best")
    rest = [
        each.weighed if each.weighed.reason else replace(each.weighed, reason="worth less")
        for each in options[1:]
    ]
    choice = first.form == "choice"
    return Decision(
        kind="choose" if choice else "ask",
        reason=_reason(best),
        request_kind=now.kind,
        weighed=(first, *rest),
        aspect=None if choice else best.aspect,
        form=first.form,
        probe=best.probe,
        settled=settled,
    )


def _reason(best: _Option) -> str:
    numbers = f"is worth {best.weighed.value:.2f}; asking costs {best.weighed.cost:.2f}"
    match best.weighed.form:
        case "choice":
            return f"Having two drafts to pick from {numbers}."
        case "edge":
            return f"Making sure of the {best.aspect.name} {numbers}."
        case "open":
            return f"Knowing what matters most {numbers}."
        case "value" | "context":
            return f"Knowing the {best.aspect.name} {numbers}."


def _hinges(now: Situation) -> Floats:
    """How much of each aspect's fit is still at stake, in the order of the belief."""
    import numpy as np

    known = now.known
    here = {aspect.key for aspect in now.aspects}
    return np.array(
        [
            now.open_share * known.factors.get(aspect.key, 1.0)
            if aspect.key in here and aspect.key not in known.reasons
            else 0.0
            for aspect in known.belief.tendencies.aspects
        ]
    )


def _options(now: Situation, costs: Costs) -> list[_Option]:
    found = [*_about_aspects(now, costs), *_edges(now, costs)]
    if now.occasion is not None:
        found.append(_about_occasion(now, now.occasion, costs))
    if now.reply_words is not None and now.aspects:
        found.append(_drafts(now, now.reply_words, costs))
    return found


def _about_aspects(now: Situation, costs: Costs) -> list[_Option]:
    """Questions about the value of an aspect, and what matters most."""
    if not now.aspects:
        return []
    known, hinges = now.known, _hinges(now)
    later = min(_MOST_AHEAD, max(0, now.cap - now.asked_this_session - 1))
    usual = sum(_words(aspect) for aspect in now.aspects) // len(now.aspects)
    open_question = _what_matters(now)
    askable = [bool(each > 0) for each in hinges]
    scored = score(
        known.belief,
        askable=askable,
        may_open=open_question is not None and sum(askable) >= _FEWEST_FOR_OPEN,
        next_costs=[_cost(now, usual, costs, after=n + 1) for n in range(later)],
        hinges=hinges,
    )
    aspects = {aspect.key: aspect for aspect in now.aspects}
    found = []
    for each in scored:
        if each.key == OPEN:
            assert open_question is not None
            aspect, uses = open_question, 1.0
        else:
            aspect = _shown(aspects[each.key], now)
            uses = 1.0 if aspect.lasts_hours is not None else costs.reuses
        factor = float(hinges.max()) if each.key == OPEN else float(hinges[_place(now, each.key)])
        option = _weigh(
            now,
            costs,
            aspect,
            each.form,
            eig=each.eig * factor,
            evoi=each.evoi,
            uses=uses,
            ahead=each.ahead,
            hint=known.hints.get(each.key, ""),
        )
        found.append(option)
    for key, reason in known.reasons.items():
        if key in aspects:
            cost = _cost(now, _words(aspects[key]), costs)
            weighed = Weighed(
                aspect=key,
                value=0.0,
                cost=round(cost, 3),
                reason=reason,
                threshold=round(cost, 3),
            )
            found.append(_Option(weighed, aspects[key], 0.0))
    return found


def _edges(now: Situation, costs: Costs) -> list[_Option]:
    """Whether a thing would do without what memory only guesses to be wanted."""
    known = now.known
    found = []
    for aspect in now.aspects:
        if aspect.key not in known.doubtful or aspect.key in now.asked:
            continue
        brings = edge(known.belief, aspect.key)
        if brings.chance < _EDGE_FROM:
            continue
        probe = aspect.values[brings.value]
        option = _weigh(
            now,
            costs,
            aspect,
            "edge",
            eig=brings.eig * now.open_share,
            evoi=brings.evoi * now.open_share,
            uses=1.0 if aspect.lasts_hours is not None else costs.reuses,
            hint=known.hints.get(aspect.key, ""),
            probe=probe,
        )
        found.append(option)
    return found


def _about_occasion(now: Situation, occasion: Occasion, costs: Costs) -> _Option:
    import math

    information = -sum(chance * math.log(chance) for chance in occasion.chances if chance > 0)
    option = _weigh(
        now, costs, occasion.aspect, "context", eig=information, evoi=occasion.evoi, uses=1.0
    )
    if occasion.aspect.key not in now.asked:
        return option
    asked = replace(option.weighed, value=0.0, reason="asked before")
    return option._replace(weighed=asked, worth=0.0)


def _drafts(now: Situation, reply_words: int, costs: Costs) -> _Option:
    """Two drafts to pick from, which pays where drafts are short and much is open."""
    worth = rival(now.known.belief, _hinges(now))
    cost = _cost(now, 0, costs) + costs.skim * 2 * reply_words
    reason = "" if worth > cost else _falls_short(worth, cost)
    weighed = Weighed(
        aspect="drafts",
        value=round(min(1.0, worth), 3),
        cost=round(cost, 3),
        reason=reason,
        form="choice",
        evoi=round(min(1.0, worth), 3),
        threshold=round(cost, 3),
    )
    return _Option(weighed, Aspect(key="drafts", name="better of two drafts", values=()), worth)


def _weigh(
    now: Situation,
    costs: Costs,
    aspect: Aspect,
    form: QuestionForm,
    *,
    eig: float,
    evoi: float,
    uses: float,
    ahead: float = 0.0,
    hint: str = "",
    probe: str = "",
) -> _Option:
    cost = _cost(now, _words(aspect, form=form, probe=probe), costs)
    settled = now.known.belief.settled(_hinges(now)) if now.aspects else 0.0
    unsure = settled < costs.sure and eig > costs.least_eig
    threshold = cost / costs.stretch if unsure else cost
    worth = evoi * uses + ahead
    reason = "" if worth > threshold else _falls_short(worth, cost)
    if reason and hint:
        reason = f"{reason}; {hint}"
    weighed = Weighed(
        aspect=aspect.key,
        value=round(min(1.0, worth), 3),
        cost=round(cost, 3),
        reason=reason,
        form=form,
        eig=round(eig, 3),
        evoi=round(min(1.0, evoi), 3),
        ahead=round(min(1.0, ahead), 3),
        threshold=round(threshold, 3),
    )
    return _Option(weighed, aspect, worth, probe)


def _falls_short(worth: float, cost: float) -> str:
    return f"worth {worth:.2f}, costs {cost:.2f}"


def _cost(now: Situation, words: int, costs: Costs, *, after: int = 0) -> float:
    asked = now.asked_this_session + now.skipped_this_session + after
    return costs.of(words, asked, now.patience)


def _words(aspect: Aspect, *, form: QuestionForm = "value", probe: str = "") -> int:
    question = question_for(aspect, "", form=form, probe=probe)
    return sum(len(text.split()) for text in (question.text, *question.options))


def _place(now: Situation, key: str) -> int:
    return now.known.belief.place(key)


def _shown(aspect: Aspect, now: Situation) -> Aspect:
    """An aspect with the values that its question offers: the likeliest, in their own order."""
    if len(aspect.values) <= _MOST_OPTIONS:
        return aspect
    chances = now.known.belief.chances[_place(now, aspect.key)].sum(axis=1).round(9).tolist()
    likeliest = sorted(range(len(aspect.values)), key=lambda place: (-chances[place], place))
    kept = sorted(likeliest[:_MOST_OPTIONS])
    return replace(
        aspect, values=tuple(aspect.values[place] for place in kept), shares=(), links=()
    )


def _what_matters(now: Situation) -> Aspect | None:
    """The question what matters most, or what else does once something was named, as an aspect."""
    kind, belief = now.kind or "request", now.known.belief
    keys = (f"matters:{kind}", f"matters:{kind}:else")
    if keys[0] not in now.asked:
        key, text = keys[0], "What matters most to you here?"
    elif belief.spoken and keys[1] not in now.asked:
        key, text = keys[1], "What else matters to you here?"
    else:
        return None
    hinges = _hinges(now)
    shares = (belief.weights * belief.mattering * hinges).round(9).tolist()
    places = [
        place
        for place in sorted(range(len(shares)), key=lambda place: (-shares[place], place))
        if hinges[place] > 0 and belief.tendencies.aspects[place].key not in belief.spoken
    ]
    names = tuple(belief.tendencies.aspects[place].name for place in places[:_MOST_OPTIONS])
    if len(set(names)) < 2:
        return None
    return Aspect(
        key=key,
        name="what matters most",
        values=tuple(dict.fromkeys(names)),
        question=text,
        why="it tells what to get right first",
        lasts_hours=1.0,
    )
