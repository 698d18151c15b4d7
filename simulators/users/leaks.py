"""What a simulated user's words let out that the gate has not released.

Two checks, one by words and one by meaning. By words: a run of a hidden value's words, three words
in a row of the phrase in which the user would say it, or most of that phrase's words in one
sentence. By meaning: a sentence that lies near the hidden value, nearer than to the other values of
its aspect (so that speaking of the topic is no leak) and nearer than to anything that was released
(so that a paraphrase of what may be said is none either).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from .hidden import Hidden
from .words import contains, content, sentences, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...models.types import Embedder

    Floats = NDArray[np.float32]

__all__ = ["Leak", "LeakCheck", "Secret", "secrets_of"]

_RUN = 3
# Of words as they stand, whether they say much or little.
_LONG_RUN = 5
# One word of a phrase is too little to tell that the phrase was said.
_FEWEST = 2
_MOST = 0.6
# On a scale of powers of ten per billion words: "good" is 6, "train" 5, "guesthouse" 2.8. A word
# said once in ten thousand words or oftener is mostly said for other reasons.
_COMMON = 4.5


class Secret(NamedTuple):
    """A value that someone wants, and must not say before the gate lets them.

    Attributes:
        aspect: Key of the aspect.
        name: Its name.
        value: The value wanted.
        others: The values not wanted.
        phrase: How the person says it, if they have words of their own for it.
    """

    aspect: str
    name: str
    value: str
    others: tuple[str, ...]
    phrase: str | None = None


class Leak(NamedTuple):
    """Something let out.

    Attributes:
        aspect: Key of the aspect.
        value: The value let out.
        by: What caught it.
        said: The sentence.
    """

    aspect: str
    value: str
    by: Literal["words", "meaning"]
    said: str


def secrets_of(hidden: Hidden) -> tuple[Secret, ...]:
    """The preferences that matter to someone, as secrets."""
    found = []
    for aspect, preference, place in zip(
        hidden.aspects, hidden.preferences, hidden.wanted, strict=True
    ):
        if preference is not None:
            value = aspect.values[int(place)]
            others = tuple(each for each in aspect.values if each != value)
            found.append(Secret(aspect.key, aspect.name, value, others, preference.in_words))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCheck:
    """Looks for secrets in messages. The same message is always judged alike.

    Attributes:
        secrets: What must not be said.
        embedder: Finds leaks in other words; None looks at words only.
        near: The cosine from which a sentence may say a value in other words. Chosen with MiniLM:
            of 30 paraphrases of values that have a phrase 22 are caught, and of 3,795 pairs of an
            innocent message and a secret twelve, half of them requests that begin with "I want",
            which whoever knows the request gives as public. At .40 twice as many innocents are
            taken for leaks, at .50 a third fewer and one paraphrase less is caught. Of values
            without a phrase, whose paraphrases share little with them, a third at most is caught.
        ahead: By how much it must lie nearer to the value than to the other values of its aspect.
    """

    secrets: Sequence[Secret]
    embedder: Embedder | None = None
    near: float = 0.45
    ahead: float = 0.05
    _vectors: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    def find(
        self, text: str, *, released: Collection[str] = (), public: Sequence[str] = ()
    ) -> tuple[Leak, ...]:
        """What a message lets out.

        Args:
            text: The message, or an opening request.
            released: Keys of the aspects whose value the gate has released, up to and with this
                message.
            public: Texts that the user may repeat: the request, what the assistant wrote.

        Returns:
            One leak for each aspect at most.
        """
        hidden = [each for each in self.secrets if each.aspect not in released]
        shown = [each for each in self.secrets if each.aspect in released]
        known = tuple(content(each) for each in public)
        said = sentences(text)
        found: dict[str, Leak] = {}
        for sentence in said:
            stems = content(sentence)
            for secret in hidden:
                if secret.aspect not in found and _in_words(sentence, stems, secret, known):
                    found[secret.aspect] = Leak(secret.aspect, secret.value, "words", sentence)
        if self.embedder is not None and said and hidden:
            for leak in self._by_meaning(said, hidden, shown, public):
                found.setdefault(leak.aspect, leak)
        return tuple(found.values())

    def _by_meaning(
        self,
        said: Sequence[str],
        hidden: Sequence[Secret],
        shown: Sequence[Secret],
        public: Sequence[str],
    ) -> list[Leak]:
        import numpy as np

        spoken = self._embed(said)
        allowed = [text for each in shown for text in _ways(each.name, each.value, each.phrase)]
        allowed += [sentence for text in public for sentence in sentences(text)]
        free = spoken @ self._embed(allowed).T if allowed else np.zeros((len(said), 1))
        found = []
        for secret in hidden:
            true = spoken @ self._embed(_ways(secret.name, secret.value, secret.phrase)).T
            others = [f"{secret.name}: {each}" for each in secret.others]
            false = spoken @ self._embed(others).T if others else np.zeros((len(said), 1))
            for place, sentence in enumerate(said):
                best = float(true[place].max())
                if (
                    best >= self.near
                    and best - float(false[place].max()) >= self.ahead
                    and best > float(free[place].max())
                ):
                    found.append(Leak(secret.aspect, secret.value, "meaning", sentence))
        return found

    def _embed(self, texts: Sequence[str]) -> Floats:
        import numpy as np

        assert self.embedder is not None, "meaning is looked at with an embedder only"
        missing = [each for each in dict.fromkeys(texts) if each not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self.embedder.embed(missing), strict=True))
        return np.stack([self._vectors[each] for each in texts])


def _ways(name: str, value: str, phrase: str | None) -> list[str]:
    """How a value may be said."""
    return [f"{name}: {value}", f"I want {value}", *([phrase] if phrase else [])]


def _in_words(
    sentence: str, stems: tuple[str, ...], secret: Secret, public: Sequence[tuple[str, ...]]
) -> bool:
    value = content(secret.value)
    if value and contains(stems, value) and not any(contains(each, value) for each in public):
        named = set(content(secret.name)) <= set(stems) and bool(content(secret.name))
        if named or _telling(secret.value):
            return True
    return secret.phrase is not None and _phrased(sentence, stems, secret.phrase, public)


def _phrased(
    sentence: str, stems: tuple[str, ...], phrase: str, public: Sequence[tuple[str, ...]]
) -> bool:
    """Whether a sentence says a phrase, in part or in other order."""
    if any(contains(words(sentence), run) for run in _runs(words(phrase), _LONG_RUN)):
        return True
    told = content(phrase)
    if len(told) < _FEWEST:
        return False
    fresh = [run for run in _runs(told, _RUN) if not any(contains(each, run) for each in public)]
    if any(contains(stems, run) for run in fresh):
        return True
    distinct = set(told)
    free = distinct - {stem for each in public for stem in each}
    return len(free & set(stems)) >= max(min(_RUN, len(told)), _MOST * len(distinct))


def _runs(said: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    """Runs of neighbouring words that say something; all of them together if there are few."""
    size = min(size, len(said))
    runs = [said[place : place + size] for place in range(len(said) - size + 1)]
    return [run for run in runs if content(" ".join(run))]


@lru_cache(maxsize=4096)
def _telling(value: str) -> bool:
    """Whether a value points to its aspect without the aspect's name beside it."""
    from wordfreq import zipf_frequency

    said = [word for word in words(value) if content(word)]
    return len(said) > 1 or any(zipf_frequency(word, "en") < _COMMON for word in said)
