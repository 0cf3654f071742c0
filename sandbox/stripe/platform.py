"""Accounts as a platform opens and closes them; a closed one took its consent back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.stripe.ask import Ask, delete, post
from sandbox.stripe.books import account_of
from sandbox.stripe.errors import missing
from sandbox.stripe.writes import change

if TYPE_CHECKING:
    from sandbox.shelf import Doc


def _create(ask: Ask) -> Doc:
    key = ask.books.new_id("acct")
    doc = account_of(key, "Connected", "usd", int(ask.books.now().timestamp()))
    return ask.books.keep(key, {**doc, "type": ask.text("type") or "standard"})


def _found(ask: Ask) -> Doc:
    doc = ask.books.find(ask.id, "account", ask.id)
    if doc is None or ask.account != "acct_platform":
        raise missing("account", ask.id)
    return doc


def _update(ask: Ask) -> Doc:
    inside = Ask(ask.books, ask.id, ask.ids, ask.params, ask.request)
    return change(inside, _found(ask), {"metadata": ask.within("metadata")}, "account.updated")


def _delete(ask: Ask) -> Doc:
    doc = _found(ask)
    gone: Doc = {"id": "ca_standin", "object": "application", "name": "Dunnock"}
    ask.books.emit(ask.id, "account.application.deauthorized", gone, request=ask.request)
    ask.books.forget(ask.id, doc)
    return {"id": ask.id, "object": "account", "deleted": True}


ROUTES = (
    post("accounts", _create, "type metadata"),
    post("accounts/{}", _update, "metadata"),
    delete("accounts/{}", _delete),
)
