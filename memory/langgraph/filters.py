"""Which items a search's filter lets through."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from ...errors import InputError

__all__ = ["passes"]

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def passes(value: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether an item's value has every field as a filter wants it.

    A field that is missing counts as None. Objects are compared field by field, lists element by
    element. Numbers are ordered with numbers and texts with texts; what cannot be ordered does
    not pass.

    Raises:
        InputError: The filter has an operator that is none of $eq, $ne, $gt, $gte, $lt, $lte.
    """
    return all(_fits(value.get(name), each) for name, each in (wanted or {}).items())


def _fits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if any(isinstance(name, str) and name.startswith("$") for name in wanted):
            return all(_holds(found, name, bound) for name, bound in wanted.items())
        return isinstance(found, Mapping) and passes(found, wanted)
    if isinstance(wanted, list | tuple):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(_fits(a, b) for a, b in zip(found, wanted, strict=True))
        )
    return bool(found == wanted)


def _holds(found: Any, name: str, bound: Any) -> bool:
    if name in ("$eq", "$ne"):
        same = found == (list(bound) if isinstance(bound, tuple) else bound)
        return bool(same) if name == "$eq" else not same
    order = _ORDERS.get(name)
    if order is None:
        raise InputError(
            f"the filter has the operator {name!r}; use $eq, $ne or one of {', '.join(_ORDERS)}"
        )
    for kind in (int | float, str):
        if isinstance(found, kind) and isinstance(bound, kind):
            return order(found, bound)
    return False
