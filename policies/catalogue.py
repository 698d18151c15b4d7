"""Catalogues: thousands of items, described once, filtered, steered and ranked for anybody."""

from __future__ import annotations

import math
import operator
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..errors import InputError
from ..memory.types import Preference
from .constraints import violations
from .constraints.check import first_words
from .constraints.text import split_words
from .item_rows import described, scaled, values_of
from .rank import Explain, unjudged
from .reward import Posterior, TextFeatures, win_rates
from .reward.steering import Pull, Wish, pulled, read_steering
from .reward.thompson import thompson_slots
from .reward.threads import one_thread
from .types import Candidate, Ranked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Catalogue", "Selection", "Where", "read_where"]

_TOP = 5
_EXPLAINED = 100
_RULES = 256
_WISHES = 256
_ABOUT = "It is about {phrase}."
_WHERE = re.compile(r"\s*(?P<feature>.+?)\s*(?P<relation><=|>=|!=|==|<|>|=)\s*(?P<value>\S+)\s*")
_RELATIONS: Mapping[str, Callable[[Floats, float], object]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


class Where(NamedTuple):
    """A condition on a feature: items that lack the feature do not meet it.

    Attributes:
        feature: Its name.
        relation: One of <, <=, =, !=, >= and >.
        value: What it is compared with.
    """

    feature: str
    relation: str
    value: float


class Selection(NamedTuple):
    """What is left of a catalogue, best first.

    Attributes:
        ranked: The best items; `index` is the place in the catalogue.
        left: How many items met the conditions and broke no constraint.
        filtered: How many did not meet a condition.
        forbidden: How many more broke a hard constraint.
    """

    ranked: tuple[Ranked, ...]
    left: int
    filtered: int
    forbidden: int


def read_where(text: str) -> Where:
    """Reads a condition such as "price <= 20".

    Raises:
        InputError: It is none.
    """
    match = _WHERE.fullmatch(text)
    value = math.nan
    if match is not None:
        with suppress(ValueError):
            value = float(match["value"])
    if match is None or not math.isfinite(value):
        raise InputError(f"{text!r} is no condition; write FEATURE <= NUMBER, say 'price <= 20'")
    return Where(match["feature"], match["relation"], value)


class Catalogue:
    """Items that are described once and ranked any number of times, for any user. Thread-safe.

    Numbers of the app's own are scaled where any lies outside [-1, 1]: the average item has 0 then,
    and the spread among the items is 1, so that prices and minutes can stand beside attributes.

    Args:
        items: At least one; texts are captions. An embedding may come with each.
        features: What items are described by, without app features; those of the items are added.
        cache: A file to keep rows in, so that another process need not embed the texts again;
            written anew when there is something new.

    Raises:
        InputError: There are no items, or a feature or an embedding of one cannot be used.
        EmbedderError: The embedder cannot be loaded or run.
    """

    def __init__(
        self,
        items: Sequence[Candidate | str],
        features: TextFeatures,
        *,
        cache: Path | None = None,
    ) -> None:
        if not items:
            raise InputError("the catalogue is empty; give at least one item")
        self.items = tuple(
            Candidate(text=each) if isinstance(each, str) else each for each in items
        )
        names = sorted({name for item in self.items for name in item.features})
        self.features = features.with_app_features(names)
        self._values = values_of(self.items, names)
        plain = features.with_app_features(())
        self._rows = self.features.adopt(described(self.items, plain, cache), plain)
        columns = [self.features.attributes.index(name) for name in names]
        if names:
            self._rows[:, columns] = scaled(self._values)
        self._lock = threading.Lock()
        self._by_word: Mapping[str, Sequence[int]] | None = None
        self._broken: OrderedDict[tuple[str | None, ...], frozenset[int]] = OrderedDict()
        self._pulls: OrderedDict[Wish, Pull] = OrderedDict()

    def __len__(self) -> int:
        return len(self.items)

    def rank(
        self,
        posterior: Posterior,
        constraints: Sequence[Preference] = (),
        *,
        steer: str | None = None,
        where: Sequence[Where | str] = (),
        limit: int | None = None,
        explain: Explain | None = None,
        explore: bool = False,
        seed: int | None = None,
    ) -> Selection:
        """The items that a user would like best, of those that may be shown.

        Items that break a hard constraint, or a wish that rules something out, are left out, and so
        are those that do not meet a condition. The rest are in order of the mean probability of
        being preferred to another of them (`reward/winrate.py`), or of Thompson draws to explore.
        What a chat model would have to judge is not judged, and marked as unchecked.

        Args:
            posterior: The user's, about this catalogue's `features`.
            constraints: Hard constraints; other preferences are passed over.
            steer: What to go towards or away from just now: "less spicy, more outdoors".
            where: Conditions on features.
            limit: How many to return; by default all.
            explain: Says which memories moved an item.
            explore: Order by draws from the posterior, a fresh one for each of the first places.
            seed: Of those draws; None takes fresh ones.

        Raises:
            InputError: The posterior is about other features, `steer` says nothing, a condition is
                none or on a feature that no item has, or `limit` is below 1.
            EmbedderError: The embedder cannot be loaded or run.
        """
        import numpy as np

        if posterior.feature_set != self.features.id:
            raise InputError(
                f"the posterior is about {posterior.feature_set!r} and the catalogue's features "
                f"are {self.features.id!r}; fit it with `features` of the catalogue"
            )
        if limit is not None and limit < 1:
            raise InputError(f"limit is {limit!r}; ask for at least one item")
        wishes = () if steer is None else read_steering(steer)
        pulls = [self._pull(wish) for wish in wishes]
        steered = pulled(posterior, pulls)
        meeting = self._meeting([read_where(w) if isinstance(w, str) else w for w in where])
        rules = [*constraints, *(_rule(wish) for wish in wishes if wish.hard)]
        forbidden = self._forbidden(rules)
        kept = np.flatnonzero(meeting & ~forbidden)
        rows = self._rows[kept]
        with one_thread():
            scores = win_rates(steered, rows)
            if explore:
                order = np.array(thompson_slots(steered, rows, seed), dtype=np.int64)
            else:
                # Rounded, so that rounding errors do not order what is equal.
                order = np.argsort(-np.round(scores, 10), kind="stable")
            order = order[:limit]
            centred = rows[order] - (rows.mean(axis=0) if len(rows) > 1 else 0.0)
            utility = steered.utility(centred)
            moved = [] if explain is None else explain(centred[:_EXPLAINED])
        unchecked = unjudged(rules)
        return Selection(
            ranked=tuple(
                Ranked(
                    candidate=self.items[place],
                    index=place,
                    score=float(scores[order[at]]),
                    utility=float(utility.mean[at]),
                    sd=float(utility.sd[at]),
                    contributions=contributions,
                    unchecked=unchecked,
                    memories=moved[at] if at < len(moved) else (),
                )
                for at, (place, contributions) in enumerate(
                    zip(
                        kept[order].tolist(),
                        _contributions(posterior, pulls, centred),
                        strict=True,
                    )
                )
            ),
            left=len(kept),
            filtered=int((~meeting).sum()),
            forbidden=int((meeting & forbidden).sum()),
        )

    def _meeting(self, conditions: Sequence[Where]) -> NDArray[np.bool_]:
        """Which items meet all conditions."""
        import numpy as np

        meeting = np.ones(len(self.items), dtype=bool)
        for each in conditions:
            values = self._values.get(each.feature)
            if values is None:
                known = f"they have {sorted(self._values)!r}" if self._values else "they have none"
                raise InputError(
                    f"no item has a feature {each.feature!r}: {known}; conditions are on features"
                )
            if each.relation not in _RELATIONS:
                raise InputError(
                    f"the relation of a condition on {each.feature!r} is {each.relation!r}; it "
                    f"must be one of {sorted(_RELATIONS)!r}"
                )
            # What an item lacks is no number, and no number meets a condition.
            met = np.asarray(_RELATIONS[each.relation](values, each.value), dtype=bool)
            meeting &= met & ~np.isnan(values)
        return meeting

    def _forbidden(self, rules: Sequence[Preference]) -> NDArray[np.bool_]:
        """Which items break a rule."""
        import numpy as np

        broken = np.zeros(len(self.items), dtype=bool)
        for each in rules:
            if each.hard:
                broken[list(self._breaking(each))] = True
        return broken

    def _breaking(self, rule: Preference) -> frozenset[int]:
        key = (rule.description, rule.aspect, rule.value, rule.polarity)
        with self._lock:
            known = self._broken.get(key)
        if known is None:
            known = frozenset(
                place
                for place in self._suspects(rule)
                if violations(self.items[place].text, (rule,))
            )
        with self._lock:
            _keep(self._broken, key, known, _RULES)
        return known

    def _suspects(self, rule: Preference) -> Sequence[int]:
        """Items with a word that could break a rule; the others need no closer look."""
        words = first_words(rule)
        if words is None:
            return range(len(self.items))
        if self._by_word is None:
            by_word: dict[str, list[int]] = {}
            for place, item in enumerate(self.items):
                for word in set(split_words(item.text).folded):
                    by_word.setdefault(word, []).append(place)
            self._by_word = by_word
        index = self._by_word
        return sorted({place for word in words for place in index.get(word, ())})

    def _pull(self, wish: Wish) -> Pull:
        """A wish as a direction: along the feature it names, or else along what it means."""
        import numpy as np

        with self._lock:
            known = self._pulls.get(wish)
        if known is None:
            direction = np.zeros(self.features.dimension)
            named = _feature(wish.phrase, tuple(self._values))
            if named is not None:
                direction[self.features.attributes.index(named)] = 1.0
            else:
                meaning = self.features.blocks["meaning"]
                said = self.features.transform([wish.phrase, _ABOUT.format(phrase=wish.phrase)])
                direction[meaning] = said[:, meaning].mean(axis=0)
            spread = float((self._rows @ direction).std())
            known = Pull(wish=wish, direction=direction, spread=spread if spread > 1e-9 else 0.0)
        with self._lock:
            _keep(self._pulls, wish, known, _WISHES)
        return known


def _contributions(
    posterior: Posterior, pulls: Sequence[Pull], rows: Floats
) -> list[dict[str, float]]:
    """What attributes and wishes add to each row's utility; the rest is "other", and comes last."""
    found = posterior.top_contributions(rows, _TOP)
    if not pulls:
        return found
    gains = [(each.name, (rows @ each.shift()).tolist()) for each in pulls]
    told = []
    for at, parts in enumerate(found):
        rest = parts.pop("other")
        for name, values in gains:
            parts[name] = parts.get(name, 0.0) + values[at]
        ordered = dict(sorted(parts.items(), key=lambda part: -abs(part[1])))
        told.append({**ordered, "other": rest})
    return told


def _feature(phrase: str, names: Sequence[str]) -> str | None:
    """The app's feature that a phrase names, if it names one."""
    said = phrase.casefold()
    for name in names:
        if said in (name.casefold(), name.casefold().replace("_", " ")):
            return name
    return None


def _rule(wish: Wish) -> Preference:
    """A wish that rules something out, as the constraint that it is for this ranking."""
    return Preference(
        id=f"steer:{wish.phrase}",
        user_id="",
        description=f"never {wish.phrase}",
        polarity="dislike",
        hard=True,
        strength=1.0,
        origin="stated",
        confidence=1.0,
        scope=None,
        aspect=None,
        value=wish.phrase,
        evidence_ids=(),
        valid_from=datetime.min.replace(tzinfo=UTC),
        valid_to=None,
        supersedes=None,
    )


_K = TypeVar("_K")
_V = TypeVar("_V")


def _keep(kept: OrderedDict[_K, _V], key: _K, value: _V, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
