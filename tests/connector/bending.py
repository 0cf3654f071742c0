"""Bends JSON documents as vendors, proxies and bad days do: any value may become any other."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

_SIGNS = st.text(max_size=40) | st.sampled_from(
    [
        *("", "\0", "\ud800", "\u202eoops", "\U0001f600", "x" * 5_000, "<html>", "NaN", "null"),
        *("2026-13-45", "31/12/2026", "/Date(99999999999999999)/", "/Date(nonsense)/"),
        *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "12.345", "1e999999"),
        *("GBP", "gbp", "XQQ", "PAID", "VOIDED", "succeeded", "Deleted", "ACCPAY"),
    ]
)
_NUMBERS = (
    st.integers(-(10**24), 10**24)
    | st.sampled_from([0, -1, 10**400, -(10**400)])
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from([float("nan"), float("inf"), -float("inf")])
)
_SCALARS = st.none() | st.booleans() | _NUMBERS | _SIGNS
ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the way to every value of a document."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = list(enumerate(node))
    found: list[tuple[Any, ...]] = []
    for key, value in inner:
        found += [(*path, key), *places(value, (*path, key))]
    return found


@st.composite
def bent(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """Drop, replace or add values of a document, some deep inside it."""
    made = deepcopy(document)
    for path in draw(st.lists(st.sampled_from(places(document)), min_size=1, max_size=4)):
        node = _at(made, path[:-1])
        if not _has(node, path[-1]):
            continue
        if isinstance(node, dict) and draw(st.booleans()):
            del node[path[-1]]
        else:
            node[path[-1]] = draw(ANYTHING)
    made |= draw(st.dictionaries(st.text(max_size=12), ANYTHING, max_size=2))
    return made


def _at(node: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        if not _has(node, key):
            return None
        node = node[key]
    return node


def _has(node: Any, key: Any) -> bool:
    if isinstance(node, dict):
        return key in node
    return isinstance(node, list) and isinstance(key, int) and key < len(node)
