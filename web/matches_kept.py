"""Money kept on account: what was, the button that takes it off again, and what is said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, url_for

from connector import PROVIDERS
from connector.protocol import Ability
from flows import kept_money
from flows.able import can
from store import actions
from web.visit import now, organisation, site, who

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from store.actions import ActionRow
    from store.connections import ConnectionRow

pages = Blueprint("matches_kept", __name__, url_prefix="/o/<public_id>/matches/kept")

SHOWN = 20
# How a person takes it back in the ledger itself, where no app may.
BY_HAND = {
    "xero": (
        "In Xero, open the overpayment, take it off the invoices it pays, if any, and void it;"
        " then record the money there as it should be."
    ),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept lately, the newest first; whether it can be taken back here, or how else."""

    rows: list[ActionRow]
    can_release: bool
    how: str


def find(s: Session, books: ConnectionRow | None) -> Kept:
    """Give what is shown of money kept on account."""
    rows = actions.latest(s, organisation().id, kept_money.KIND, actions.DONE, SHOWN)
    able = books is not None and can(books, Ability.RELEASE)
    return Kept(rows, able, way_back(books))


def way_back(books: ConnectionRow | None) -> str:
    """Say, before money is kept on account, how it is taken off again."""
    if books is None or not can(books, Ability.KEEP):
        return ""
    if can(books, Ability.RELEASE):
        return (
            "All of it kept on account can be taken off again here, as long as it pays no invoice;"
            " what is left of money that pays something stays there."
        )
    title = PROVIDERS[books.provider].title
    return f"Dunnock cannot take it back: {title} lets no app do that. {BY_HAND[books.provider]}"


@pages.post("/<int:action_id>/take-back")
def take_back(action_id: int) -> Response:
    """Have money kept on account taken off it in the ledger."""
    try:
        with site().tools.sessions.begin() as s:
            if actions.get(s, organisation().id, action_id) is None:
                abort(404)
            kept_money.undo(s, organisation().id, action_id, who=who(), now=now())
    except ValueError as error:
        said = str(error)
        flash(f"{said[:1].upper()}{said[1:]}.", "error")
    else:
        flash("It will be taken off the account within a minute, and waits here again then.")
    return redirect(url_for("matches.show"))
