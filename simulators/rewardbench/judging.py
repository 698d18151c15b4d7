"""How far each arm ranks the answer that suits a person above the other."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...policies.reward import Answers, Prior, TextFeatures
from ..datasets.rewardbench import RewardBenchItem
from ..fewshot.baselines import pooled
from ..runner.seeds import derive

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...memory import Memory
    from ...models.types import Embedder

__all__ = ["ARMS", "BASELINE", "OURS", "Arm", "Judged", "Judging", "nearest_posts"]

Arm = Literal[
    "longer answer",
    "no history (pooled)",
    "embedding only",
    "ours",
    "ours, posts as picks",
    "oracle: told the rubric",
]
BASELINE: Arm = "no history (pooled)"
OURS: Arm = "ours"
ARMS: tuple[Arm, ...] = (
    "longer answer",
    BASELINE,
    "embedding only",
    OURS,
    "ours, posts as picks",
    "oracle: told the rubric",
)

_FOLDS = 5
_USER = "someone"
_FILE = "memory.db"


class Judged(NamedTuple):
    """What an arm makes of the two answers.

    Attributes:
        margin: How far the chosen answer is ahead, in the arm's own unit; 0 is a tie.
        learned: How many preferences it holds of the person.
        posts: How many earlier questions it read.
    """

    margin: float
    learned: int = 0
    posts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What all episodes share: features, what holds of people at large, and the items.

    Attributes:
        features: Describe answers; their rows are kept.
        embedder: Embeds texts.
        items: By id.
        priors: For each fold, the prior that was fitted to the pairs of all others: its mean is
            one taste for everybody, its variance the features' own.
        posts: How many earlier questions of a person are read.
        seed: Of folds and draws.
        blank: The database of a memory that knows nobody: to copy it is quicker than to make it.
    """

    features: TextFeatures
    embedder: Embedder
    items: Mapping[str, RewardBenchItem]
    priors: Sequence[Prior]
    posts: int
    seed: int
    blank: bytes

    @classmethod
    def fitted(
        cls, items: Sequence[RewardBenchItem], embedder: Embedder, *, posts: int, seed: int
    ) -> Judging:
        """Fits one taste for everybody to the pairs of four fifths of the people, five times.

        Args:
            items: Everybody's.
            embedder: Embeds texts.
            posts: How many earlier questions of a person are read.
            seed: Of folds and draws.
        """
        import numpy as np

        features = TextFeatures(embedder)
        rows = features.compare([i.chosen for i in items], [i.rejected for i in items])
        fold = np.array([_fold(item, seed) for item in items])
        own = features.prior()
        priors = []
        for each in range(_FOLDS):
            train = rows[fold != each]
            mean = own.mean
            if len(train):
                answers = Answers.of(list(train[:, None]), [np.ones(1)] * len(train))
                mean = pooled(answers).prototypes[0].mean
            priors.append(Prior(mean=mean, variance=own.variance))
        return cls(
            features=features,
            embedder=embedder,
            items={item.id: item for item in items},
            priors=priors,
            posts=posts,
            seed=seed,
            blank=_blank(embedder),
        )

    def judge(self, arm: str, item: RewardBenchItem) -> Judged:
        """Has an arm judge the two answers.

        Args:
            arm: One of `ARMS`. "ours" is the product without a chat model: it reads what the
                person asked before as messages, and its reward model starts from the taste of
                everybody else. "posts as picks" moreover takes each of them as preferred to a text
                of somebody else of the same category.
            item: The item.
        """
        match arm:
            case "longer answer":
                return Judged(float(len(item.chosen) - len(item.rejected)))
            case "no history (pooled)":
                row = self.features.compare([item.chosen], [item.rejected])[0]
                return Judged(float(row @ self._prior(item).mean))
            case "embedding only":
                posts = nearest_posts(item, self.posts)
                return Judged(self._nearness(item, posts), posts=len(posts))
            case "oracle: told the rubric":
                return Judged(self._nearness(item, item.rubric), learned=len(item.rubric))
            case _:
                return self._remembered(item, picks=arm != OURS)

    def _prior(self, item: RewardBenchItem) -> Prior:
        return self.priors[_fold(item, self.seed)]

    def _nearness(self, item: RewardBenchItem, texts: Sequence[str]) -> float:
        """How much nearer the chosen answer is to the mean of some texts, by cosine."""
        import numpy as np

        if not texts:
            return 0.0
        vectors: NDArray[np.float32] = self.embedder.embed([item.chosen, item.rejected, *texts])
        middle = vectors[2:].mean(axis=0)
        size = float(np.linalg.norm(middle))
        return float((vectors[0] - vectors[1]) @ middle) / size if size else 0.0

    def _remembered(self, item: RewardBenchItem, *, picks: bool) -> Judged:
        from ...memory import Memory
        from ...policies.personal import PersonalReward
        from ...policies.types import Candidate

        posts = nearest_posts(item, self.posts)
        with tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            (home / _FILE).write_bytes(self.blank)
            with Memory(home, self.embedder) as memory:
                self._tell(memory, item, posts, picks=picks)
                reward = PersonalReward(
                    memory, self.embedder, prior=self._prior(item), features=self.features
                )
                ranked = reward.rank(
                    _USER,
                    [Candidate(text=item.chosen), Candidate(text=item.rejected)],
                    context=item.question,
                )
                utility = {each.index: each.utility for each in ranked}
                held = len(memory.get_all(_USER))
        return Judged(utility[0] - utility[1], learned=held, posts=len(posts))

    def _tell(
        self, memory: Memory, item: RewardBenchItem, posts: Sequence[str], *, picks: bool
    ) -> None:
        from ...memory import Choice, Context, Statement
        from ...policies.feedback import read_message

        for post in posts:
            drafts = read_message(post, last_reply=None).preferences
            if drafts:
                memory.learn(_USER, Statement(text=post), drafts)
        if picks:
            others = self._others(item, len(posts))
            for post, other in zip(posts, others, strict=False):
                memory.record(
                    _USER, Choice(shown=(post, other), picked=0), context=Context(text=post)
                )

    def _others(self, item: RewardBenchItem, count: int) -> list[str]:
        """What other people of the same category asked; nobody's in the same order."""
        pool = sorted(
            post
            for other in self.items.values()
            if other.category == item.category and other.id != item.id
            for post in other.history[:1]
        )
        pool.sort(key=lambda post: derive(self.seed, "others", item.id, post))
        return pool[:count]


def _blank(embedder: Embedder) -> bytes:
    from ...memory import Memory

    with tempfile.TemporaryDirectory(prefix="penchant-", ignore_cleanup_errors=True) as folder:
        with Memory(Path(folder), embedder):
            pass
        return (Path(folder) / _FILE).read_bytes()


def nearest_posts(item: RewardBenchItem, count: int) -> tuple[str, ...]:
    """The earlier questions that share the most telling words with what is asked.

    By the cosine of TF-IDF weights; the set's own code takes those nearest by a retrieval model.

    Args:
        item: Whose.
        count: At most so many.
    """
    if len(item.history) <= count:
        return item.history
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

    weigh = TfidfVectorizer(sublinear_tf=True)
    posts = weigh.fit_transform(item.history)
    scores = (posts @ weigh.transform([item.question]).T).toarray()[:, 0]
    nearest = np.argsort(-scores, kind="stable")[:count].tolist()
    return tuple(item.history[place] for place in sorted(nearest))


def _fold(item: RewardBenchItem, seed: int) -> int:
    return derive(seed, "fold", item.id) % _FOLDS
