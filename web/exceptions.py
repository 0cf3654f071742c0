"""Exceptions: what a person must look at, each with its cause, its fix and the button for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from flows import bodies, cash, in_part, netting, payouts, reminding, taken_back
from flows.bank import links, returned, trouble
from store import actions, exceptions, inbox
from web.places import ASKED
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from store.exceptions import ExceptionRow

pages = Blueprint("exceptions", __name__, url_prefix="/o/<public_id>")

UNCONFIRMED = "unconfirmed_send"
# Where a person settles what has a page of its own.
SEEN_AT = {
    payouts.RETURNED: ("payouts.show", "Look at the payouts"),
    payouts.TROUBLE: ("payouts.show", "Look at the payouts"),
    payouts.UNDECIDED: ("accounts.show", "Choose the accounts"),
    **dict.fromkeys(
        (taken_back.GONE, in_part.OWED, in_part.PART, netting.LEFT),
        ("matches.show", "Look at the matches"),
    ),
    returned.KIND: ("matches.show", "Look at the matches"),
    **dict.fromkeys(
        (trouble.FILE, trouble.ACCOUNT, trouble.GAP, trouble.DOUBT, links.ASKED),
        ("bank.show", "Look at the bank page"),
    ),
}
NOTE_CHARS_MAX = 500


@pages.get("/exceptions")
def show() -> str:
    """List what is open, the longest waiting first."""
    with looking() as s:
        rows = exceptions.list_open(s, organisation().id)
        offers = {
            one.id: returned.offers(s, organisation().id, one.subject)
            for one in rows
            if one.kind == returned.KIND
        }
    return render_template(
        "exceptions.html",
        offers=offers,
        read=bodies.read_application,
        rows=sorted((one for one in rows if one.kind != ASKED), key=lambda one: one.opened_at),
        UNCONFIRMED=UNCONFIRMED,
        SEEN_AT=SEEN_AT,
    )


def _open_row(exception_id: int) -> ExceptionRow:
    """Give an open row of this organisation; anybody else's does not exist."""
    with looking() as s:
        found = exceptions.get(s, organisation().id, exception_id)
    if found is None or found.state != "open":
        abort(404)
    return found


def _close(s: Session, row: ExceptionRow, said: str) -> None:
    exceptions.close_exception(s, organisation().id, row.id, who=who(), now=now(), resolution=said)


def _back(said: str) -> Response:
    flash(said)
    return redirect(url_for("exceptions.show"))


@pages.post("/exceptions/<int:exception_id>/close")
def close(exception_id: int) -> Response:
    """Close a row with the note of whoever looked into it."""
    row = _open_row(exception_id)
    note = request.form.get("note", "").strip()[:NOTE_CHARS_MAX]
    if not note:
        flash("Say in a few words how it was settled; the journal keeps it.", "error")
        return redirect(url_for("exceptions.show"))
    with site().tools.sessions.begin() as s:
        _close(s, row, note)
    return _back("Closed. The note is in the journal.")


@pages.post("/exceptions/<int:exception_id>/retry")
def retry(exception_id: int) -> Response:
    """Have the work behind a row tried again."""
    row = _open_row(exception_id)
    with site().tools.sessions.begin() as s:
        if not _again(s, row):
            flash("It cannot be tried again: something else has taken its place.", "error")
            return redirect(url_for("exceptions.show"))
        _close(s, row, "tried again")
    return _back("It will be tried again within a minute.")


@pages.post("/exceptions/<int:exception_id>/undo/<int:action_id>")
def undo(exception_id: int, action_id: int) -> Response:
    """Have an application taken apart whose money the bank took back."""
    row = _open_row(exception_id)
    if row.kind != returned.KIND:
        abort(404)
    try:
        with site().tools.sessions.begin() as s:
            offered = returned.offers(s, organisation().id, row.subject)
            if action_id not in {one.action.id for one in offered}:
                abort(404)
            cash.undo(s, organisation().id, action_id, who=who(), now=now(), came_back=row.subject)
    except ValueError as error:
        told = str(error)
        flash(f"{told[:1].upper()}{told[1:]}.", "error")
        return redirect(url_for("exceptions.show"))
    return _back("It will be taken apart in the ledger within a minute; then this closes.")


def _again(s: Session, row: ExceptionRow) -> bool:
    """Put the event or the action behind a row back to work; False when it cannot be."""
    kind, _, number = row.subject.partition(":")
    if kind == "inbox" and number.isdecimal():
        return inbox.replay(s, int(number), now())
    if row.action_id is None:
        return False
    return actions.retry(s, organisation().id, row.action_id, who=who(), now=now())


@pages.post("/exceptions/<int:exception_id>/resolve")
def resolve(exception_id: int) -> Response:
    """Take a person's word on whether an unconfirmed reminder went out."""
    row = _open_row(exception_id)
    sent = request.form.get("sent")
    if row.kind != UNCONFIRMED or row.action_id is None or sent not in {"yes", "no"}:
        abort(404)
    with site().tools.sessions.begin() as s:
        action = actions.get(s, organisation().id, row.action_id)
        if action is None:
            abort(404)
        try:
            reminding.resolve(s, action, who(), now(), was_sent=sent == "yes")
        except ValueError as error:
            flash(f"{error}".capitalize(), "error")
            return redirect(url_for("exceptions.show"))
    if sent == "yes":
        return _back("Noted as sent. The same step is never sent again.")
    return _back("It will be sent again, after the invoices are read once more.")
