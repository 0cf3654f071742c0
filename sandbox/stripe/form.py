"""Reading Stripe's form language: `metadata[colour]=red`, `types[]=a`, `created[gte]=1`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")
# Deeper than any parameter Stripe has; bounds what a hostile body can build.
DEPTH_MAX = 6


class FormError(ValueError):
    """A key of the form is not written in Stripe's bracket language."""


def parse_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Turn key-value pairs into nested dicts and lists; raises FormError on a malformed key."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        found = _KEY.match(key)
        if found is None:
            raise FormError(key)
        parts = [found.group(1), *_PART.findall(found.group(2))]
        if len(parts) > DEPTH_MAX:
            raise FormError(key)
        _plant(tree, parts, value)
    return {key: _listed(value) for key, value in tree.items()}


def _plant(tree: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        branch = tree.setdefault(part, {})
        if not isinstance(branch, dict):
            raise FormError(part)
        tree = branch
    # `[]` means "one more of the list", so it takes the next free number.
    tree[parts[-1] or str(len(tree))] = value


def _listed(value: object) -> object:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
