"""The occasion that a request names: what its style is learned for, and not for always."""

from __future__ import annotations

from collections.abc import Callable

from ...memory.relevance import Bearing
from ...memory.scopes import covers, tail_of
from ...memory.types import Context
from .asked import Asked, asked, circle_in, is_plainly, kind_in, names_source, purpose_in
from .scope import scoped

__all__ = ["bearing_on", "occasion_of"]

_READ = 400


def occasion_of(context: Context) -> str | None:
    """Names the occasion of a request: the kind of text it asks for, or when its words say it is.

    How somebody likes their poems says little of their work emails, and how they like summaries of
    meeting minutes little of those of lecture notes. So the name tells the kind, and what of its
    purpose, its source or its addressee the request says first of these. A request that names no
    kind of text is of no occasion in particular.

    Args:
        context: What the user is doing; the first of its tags, if it has any, is the occasion.

    Returns:
        Such as "work emails", in the words that scopes of stated preferences are in; None if
        there is none.
    """
    if context.tags:
        return context.tags[0]
    text = context.text[:_READ]
    for line in text.splitlines():
        said = scoped(line.strip(), time=False)
        # "When I cook …" is a scope; "at the moment" in a long request hardly is.
        if said.scope is not None and said.text != line.strip() and kind_in(said.scope):
            return said.scope
    text_asked = asked(text)
    return None if text_asked is None else text_asked.name


def bearing_on(context: Context) -> Callable[[str], Bearing | None]:
    """Makes the judge of which scopes hold for a request; needs no model.

    A scope holds that names the kind of text asked for and, if it says for whom ("work emails"),
    the circle that the request is for ("an email to my boss"). It may hold where the request does
    not say for whom. One that says what for or what from holds where the request says the same. Of
    a scope that names no kind of text ("when they travel"), nothing is known.

    Args:
        context: What the user is doing; the first of its tags, if it has any, is the occasion.
    """
    occasion = occasion_of(context)
    here = None if context.tags else asked(context.text[:_READ])
    kind = None if occasion is None else kind_in(occasion)
    if occasion is None or kind is None:
        here = None
    elif here is None or here.kind != kind:
        here = Asked(kind=kind, sort=purpose_in(occasion) or "", source=tail_of(occasion))
    circle = circle_in(occasion or "") or circle_in(context.text[:_READ])

    def bearing(scope: str) -> Bearing | None:
        if occasion is not None and scope.casefold() == occasion.casefold():
            return "holds"
        its = kind_in(scope)
        if its is None or here is None:
            return None
        return _of_kind(scope, its, here, circle) if its == here.kind else "elsewhere"

    return bearing


def _of_kind(scope: str, kind: str, here: Asked, circle: str | None) -> Bearing | None:
    """Whether a scope holds for a text of its kind."""
    purpose = purpose_in(scope)
    if purpose is not None:
        return "holds" if purpose == here.sort else "elsewhere"
    source = tail_of(scope)
    if names_source(source):
        if not here.source:
            return None
        covered = covers(f"{kind} of {source}", f"{kind} of {here.source}")
        return "holds" if covered else "elsewhere"
    wanted = circle_in(scope)
    if wanted is not None:
        return "may hold" if circle is None else "holds" if wanted == circle else "elsewhere"
    # "emails to the landlord" says more than a kind: nearness tells.
    return "holds" if is_plainly(scope, kind) else None
