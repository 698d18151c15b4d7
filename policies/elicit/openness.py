"""Measures how much a request leaves open: the more it says, the less there is to ask."""

from __future__ import annotations

import re

__all__ = ["is_small_talk", "openness"]

_OPEN = re.compile(
    r"\b(?:ideas?|suggest\w*|recommend\w*|propos\w+|advice|advise|help me|plan|tips|"
    r"inspiration|what should|"
    r"where should|which \w+ should|what could|what can|i want to (?:learn|get|start)|"
    r"i need an?|options?|something|surprise)\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"^\W*(?:who|when|where (?:is|are|was)|which year"
    r"|how (?:many|much|old|tall|far|long|big|do you (?:spell|say))"
    r"|what(?:'s| is| was| are| were| does| did)|what time|is|are|was|were|does|did|do|has|"
    r"have|will"
    r"|can you (?:tell|say))\b",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"^\W*(?:please )?(?:convert|define|spell|calculate|translate|compute|correct|"
    r"proofread|fix|debug"
    r"|ignore|print|count|sort|list all|rewrite|rephrase)\b",
    re.IGNORECASE,
)
_BEST = re.compile(r"\b(?:best|good|nice|great|right|ideal)\b", re.IGNORECASE)
_SMALL_TALK = re.compile(
    r"\W*(?:hi|hello|hey|hiya|good (?:morning|evening|afternoon|day|night)|thanks?|"
    r"thank you|bye|goodbye|see you|"
    r"how are you|how'?s it going|what'?s up|who are you|what can you do|"
    r"what do you know about me|nice to meet you|ok|okay|"
    r"yes|no|lol|haha|cool|great|test|ping|never ?mind)\b[\s\w,']{0,24}[.!?\s]*",
    re.IGNORECASE,
)
_SMALL = frozenset(
    re.findall(
        r"\S+",
        """
        a an the and or of for in on to at with my me i i'm is are be it its that this
        some any can could would should please you your we our do does what which how
        give tell show make help want need like about ideas idea suggest recommend
        propose good nice something write plan have get am from so too very just also
        """,
    )
)


def is_small_talk(request: str) -> bool:
    """Whether a message only greets, thanks or asks after the assistant."""
    return len(request) < 80 and _SMALL_TALK.fullmatch(request) is not None


def openness(request: str, base: float) -> float:
    """The share of good answers' variety that a request leaves open.

    Args:
        request: What there is to answer.
        base: The openness of a bare request of this kind, in [0, 1].

    Returns:
        A number in [0, 1]; factual questions, details, numbers and pasted material lower it,
        words such as "ideas" or "recommend" raise it.
    """
    text = request[:2000]
    words = re.findall(r"[\w'-]+", text.casefold())
    content = [w for w in words if w not in _SMALL]
    share = base
    if _TASK.match(text) is not None:
        share *= 0.3
    elif _OPEN.search(text) is not None:
        share *= 1.25
    elif _CLOSED.match(text) is not None and _BEST.search(text) is None:
        share *= 0.3
    share /= 1 + 0.07 * max(0, len(content) - 6)
    numbers = sum(1 for w in words if any(c.isdigit() for c in w))
    share /= 1 + 0.15 * numbers
    if "```" in text or len(request) > 600:
        share *= 0.4
    return min(1.0, share)
