"""Judges what we ask of Stripe by the parameters of the API version that the SDK sends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.judges.asked import best, oauth_findings, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.shelf import Request

Tree = dict[str, Any]

_ENUM = re.compile(r"enum\((.*)\)\+?")
_LIST = re.compile(r"list<(.*)>")
_SCALARS = {
    "int": r"-?\d+",
    "float": r"-?\d+(\.\d+)?",
    "Decimal": r"-?\d+(\.\d+)?",
    "bool": r"true|false",
    "str": r"(?s:.*)",
}
# An app's consent and its tokens are described in words only.
CONSENT, EXCHANGE, REVOKE = "/oauth/v2/authorize", "/v1/oauth/token", "/oauth/deauthorize"


class StripeJudge:
    """Holds requests against the digest of the API version in one folder."""

    def __init__(self, folder: Path) -> None:
        """Load the digest."""
        (path,) = folder.glob("*.digest.json")
        digest = json.loads(path.read_bytes())
        self._params: dict[str, dict[str, Tree]] = _qualified(digest["params"])
        self._events = set(digest["all_event_types"])
        self._endpoints = {(one["verb"], one["path"]): one["params"] for one in digest["endpoints"]}

    def findings(self, one: Request) -> list[str]:
        """Say everything that is wrong with a request, each with where it is."""
        said = oauth_findings(one, CONSENT, EXCHANGE, REVOKE)
        return [f"{one.method} {one.path}: {text}" for text in said or self._api(one)]

    def _api(self, one: Request) -> Iterator[str]:
        if one.path in {CONSENT, EXCHANGE, REVOKE}:
            return
        verb = one.method.lower()
        found = best(one.path, [path for known, path in self._endpoints if known == verb])
        if found is None:
            yield "unknown path"
            return
        if one.method == "GET" and one.body:
            yield "a body where none is expected"
        sent = pairs(one.query if one.method == "GET" else one.body)
        tree = _tree(sent)
        yield from self._set(self._endpoints[verb, found[0]], tree, "")
        if found[0] == "/v1/events":
            kinds = tree.get("types", {}).values() if "types" in tree else [tree.get("type")]
            yield from (
                f"unknown event {kind}" for kind in kinds if kind and kind not in self._events
            )

    def _set(self, name: str, sent: Tree, where: str) -> Iterator[str]:
        declared = self._params[name]
        for key, value in sent.items():
            if key not in declared:
                yield f"unknown parameter {where}{key}"
            elif not self._fits(declared[key]["type"], value):
                if value and isinstance(value, dict):
                    yield from self._inside(declared[key]["type"], value, f"{where}{key}.")
                yield f"parameter {where}{key}: {value!r} is no {declared[key]['type']}"
        for key, one in declared.items():
            if one.get("required") and key not in sent:
                yield f"parameter {where}{key} is required"

    def _inside(self, kind: str, sent: Tree, where: str) -> Iterator[str]:
        for each in kind.split(" | "):
            if each in self._params:
                yield from self._set(each, sent, where)

    def _fits(self, kind: str, sent: str | Tree) -> bool:
        """Say whether a value is one of the kinds that a parameter may be."""
        return any(self._is(each, sent) for each in kind.split(" | "))

    def _is(self, kind: str, sent: str | Tree) -> bool:
        listed = _LIST.fullmatch(kind)
        if isinstance(sent, dict):
            if listed:
                return all(key.isdigit() and self._fits(listed[1], sent[key]) for key in sent)
            return kind in {"map", "Any"} or (
                kind in self._params and not list(self._set(kind, sent, ""))
            )
        if enum := _ENUM.fullmatch(kind):
            # One without values stands for clearing a field, or for values it does not list.
            return sent in enum[1].split("|") or (kind == "enum()+")
        return kind == "Any" or bool(re.fullmatch(_SCALARS.get(kind, "(?!)"), sent))


def _qualified(params: dict[str, dict[str, Tree]]) -> dict[str, dict[str, Tree]]:
    """Give the kinds that a set names their full names: they are those of its own namespace."""
    for name, declared in params.items():
        space = name.rpartition(".")[0]
        for one in declared.values() if space else ():
            words = re.split(r"(\w+)", one["type"])
            full = [f"{space}.{word}" for word in words]
            whole = zip(words, full, strict=True)
            one["type"] = "".join(long if long in params else word for word, long in whole)
    return params


def _tree(sent: list[tuple[str, str]]) -> Tree:
    """Unfold `a[b][0]=c` into nested names."""
    tree: Tree = {}
    for name, value in sent:
        first, *rest = re.findall(r"[^\[\]]+", name)
        node, key = tree, first
        for part in rest:
            node = node.setdefault(key, {})
            key = part
        node[key] = value
    return tree
