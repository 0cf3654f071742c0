"""What most writes have in common: metadata, and setting named fields of one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, Route, post
from sandbox.stripe.errors import invalid, missing

if TYPE_CHECKING:
    from sandbox.shelf import Doc

KEYS_MAX = 50


def merged(before: Doc, given: Doc | str) -> Doc:
    """Set metadata key by key; an empty value takes its key away, an empty map takes all."""
    if isinstance(given, str):
        return {}
    result = {**before, **given}
    result = {name: value for name, value in result.items() if value != ""}
    if len(result) > KEYS_MAX:
        message = f"You can only have up to {KEYS_MAX} metadata keys"
        raise invalid(message, "metadata")
    return result


def found(ask: Ask, noun: str, key: str = "") -> Doc:
    """Give the object a path names, or one by `key`; another account's is not there."""
    doc = ask.books.find(ask.account, noun, key or ask.id)
    if doc is None:
        raise missing(noun, key or ask.id)
    return doc


def named(ask: Ask, param: str, noun: str) -> Doc:
    """Give the object that a parameter names; 400 when it is not there."""
    key = ask.required(param)
    doc = ask.books.find(ask.account, noun, key)
    if doc is None:
        raise missing(noun, key, param)
    return doc


def change(ask: Ask, doc: Doc, changed: Doc, event: str) -> Doc:
    """Set fields of an object and tell what they were before; nothing is told of no change."""
    if "metadata" in changed:
        changed = {**changed, "metadata": merged(doc["metadata"], changed["metadata"])}
    previous = {name: doc.get(name) for name, value in changed.items() if doc.get(name) != value}
    doc = ask.books.keep(ask.account, {**doc, **changed})
    if event and previous:
        ask.books.emit(ask.account, event, doc, previous=previous, request=ask.request)
    return doc


def updating(resource: str, noun: str, takes: str, event: str) -> Route:
    """Make the route that sets named fields of one object as they are given."""

    def update(ask: Ask) -> Doc:
        changed = {name: value for name, value in ask.params.items() if name != "expand"}
        return change(ask, found(ask, noun), changed, event)

    return post(f"{resource}/{{}}", update, takes)
