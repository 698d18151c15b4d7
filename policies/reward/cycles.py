"""Choices that go in circles: what a user preferred to what, and where that leads back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from .evidence import Comparison

__all__ = ["Cycle", "cycles"]

_LONGEST = 5
_MOST = 20
_CLEAR = 1e-9


class Cycle(NamedTuple):
    """Texts of which each was preferred to the next, and the last to the first.

    Attributes:
        texts: The texts; two of them are a plain contradiction. An empty one is an ordinary text.
        evidence_ids: The events that say so, in the same order, without repeats.
        weight: What the weakest of the preferences in it weighs, in ordinary comparisons.
    """

    texts: tuple[str, ...]
    evidence_ids: tuple[str, ...]
    weight: float


class _Said(NamedTuple):
    weight: float
    evidence_ids: tuple[str, ...]


def cycles(comparisons: Sequence[Comparison], *, longest: int = _LONGEST) -> tuple[Cycle, ...]:
    """Finds where a user's comparisons go in circles.

    Texts are the same if they are but for spaces and case. How much A was preferred to B is the
    weights of the comparisons that say so, times how sure their labels are, less those that say the
    opposite: where that leaves something, an edge goes from A to B, and the circles are found
    within the strongly connected parts of that graph. Where A was preferred to B and B to A, that
    is told as a circle of two, whatever is left. Utilities cannot hold circles of three and more;
    the skew terms can (GPM: Zhang et al., 2024, "General Preference Modeling with Preference
    Representations for Aligning Language Models").

    Args:
        comparisons: The user's, oldest first; ties are passed over.
        longest: Longer circles are passed over.

    Returns:
        At most 20 circles, short ones first, then those of more weight.
    """
    said: dict[tuple[str, str], _Said] = {}
    shown: dict[str, str] = {}
    for each in comparisons:
        lead = each.weight * (2.0 * each.target - 1.0) * (1.0 - 2.0 * each.flip)
        better, worse = (_key(each.preferred), _key(each.other))
        shown.setdefault(better, each.preferred)
        shown.setdefault(worse, each.other)
        if better == worse or abs(lead) <= _CLEAR:
            continue
        edge = (better, worse) if lead > 0 else (worse, better)
        before = said.get(edge, _Said(0.0, ()))
        ids = before.evidence_ids if each.evidence_id is None else (
            *before.evidence_ids, each.evidence_id
        )  # fmt: skip
        said[edge] = _Said(before.weight + abs(lead), ids)
    found = _contradictions(said) + _circles(said, longest)
    ordered = sorted(found, key=lambda cycle: (len(cycle.texts), -cycle.weight))
    return tuple(
        cycle._replace(texts=tuple(shown[text] for text in cycle.texts))
        for cycle in ordered[:_MOST]
    )


def _contradictions(said: dict[tuple[str, str], _Said]) -> list[Cycle]:
    return [
        _cycle((one, other), said) for one, other in said if one < other and (other, one) in said
    ]


def _circles(said: dict[tuple[str, str], _Said], longest: int) -> list[Cycle]:
    """Circles of at least three among what is left of the preferences."""
    left = {
        edge: net
        for edge, each in said.items()
        if (net := each.weight - said.get(edge[::-1], _Said(0.0, ())).weight) > _CLEAR
    }
    if not _circular(left):
        return []
    import networkx as nx  # type: ignore[import-untyped]

    graph = nx.DiGraph()
    graph.add_edges_from(left)
    found: list[Cycle] = []
    for part in nx.strongly_connected_components(graph):
        if len(part) < 3:
            continue
        for texts in nx.simple_cycles(graph.subgraph(part), length_bound=longest):
            found.append(_cycle(_from_smallest(texts), said))
            if len(found) >= _MOST * _MOST:
                return found
    return found


def _circular(edges: Iterable[tuple[str, str]]) -> bool:
    """Whether there is any circle; mostly there is none, and nothing needs to be loaded."""
    order: TopologicalSorter[str] = TopologicalSorter()
    for better, worse in edges:
        order.add(worse, better)
    try:
        order.prepare()
    except CycleError:
        return True
    return False


def _cycle(texts: Sequence[str], said: dict[tuple[str, str], _Said]) -> Cycle:
    edges = [(text, texts[(place + 1) % len(texts)]) for place, text in enumerate(texts)]
    ids = dict.fromkeys(name for edge in edges for name in said[edge].evidence_ids)
    return Cycle(tuple(texts), tuple(ids), min(said[edge].weight for edge in edges))


def _from_smallest(texts: Sequence[str]) -> list[str]:
    """The same circle from one fixed place on, so that it does not depend on how it was found."""
    start = texts.index(min(texts))
    return [*texts[start:], *texts[:start]]


def _key(text: str) -> str:
    return " ".join(text.casefold().split())
