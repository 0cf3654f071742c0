"""Payouts: what Stripe paid to the bank, how it stands in the ledger, and the buttons for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from flows import payouts as flow
from flows.bank import links
from ledger.payouts import Stage
from store import actions, exceptions, payouts
from web.visit import looking, now, organisation, site, today, who

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from ledger.payouts import Payout
    from store.actions import ActionRow
    from store.bank_lines import LineRow

pages = Blueprint("payouts", __name__, url_prefix="/o/<public_id>")

BACK_DAYS = 120


@dataclass(frozen=True, slots=True)
class Line:
    """One payout with what was done about it, and what keeps it from being booked."""

    payout: Payout
    action: ActionRow | None
    trouble: str
    # The line of the bank that it is, once a file told of it.
    arrived: LineRow | None = None

    @property
    def state(self) -> str:
        """Say in a word how it stands."""
        if self.action is None:
            return "not booked" if self.payout.stage is Stage.PAID else self.payout.stage.value
        if self.action.state == actions.DONE:
            return "booked by hand" if self.action.body.get("by_hand") else "booked"
        return self.action.state

    @property
    def can_book(self) -> bool:
        """Whether a person may still say how it is to be booked."""
        is_open = self.action is None or self.action.state == actions.REFUSED
        return is_open and self.payout.stage in (Stage.PAID, Stage.UNKNOWN)


@pages.get("/payouts")
def show() -> str:
    """List the payouts of the last months, the newest first."""
    ours = organisation()
    with looking() as s:
        rows = payouts.since(s, ours.id, today() - timedelta(days=BACK_DAYS))
        troubles = {one.subject: one.detail for one in exceptions.list_open(s, ours.id)}
        known = actions.of_subjects(
            s, ours.id, flow.KIND, [flow.subject(one.payout.ref.id) for one in rows]
        )
        arrived = links.arrived(s, ours.id, [one.payout.ref.id for one in rows])
    lines = [
        replace(_line(one.payout, known, troubles), arrived=arrived.get(one.payout.ref.id))
        for one in reversed(rows)
    ]
    return render_template(
        "payouts.html", lines=lines, is_on=flow.is_on(ours), by_hand=flow.by_hand(ours)
    )


def _line(payout: Payout, known: Mapping[str, ActionRow], troubles: Mapping[str, str]) -> Line:
    about = flow.subject(payout.ref.id)
    found = known.get(about)
    action = found if found is not None and found.undone_at is None else None
    refused = action.reason if action and action.state == actions.REFUSED else ""
    told = troubles.get(f"action:{action.id}", refused) if action else ""
    return Line(payout, action, troubles.get(about, told))


@pages.post("/payouts/<path:payout_id>/book")
def book(payout_id: str) -> Response:
    """Have a payout booked now."""

    def ask(s: Session) -> None:
        flow.book(s, organisation(), payout_id, who=who(), now=now())

    return _act(ask, "It will be booked in the ledger within a minute, and can be undone here.")


@pages.post("/payouts/<path:payout_id>/hand")
def by_hand(payout_id: str) -> Response:
    """Note that a person booked a payout in the ledger."""

    def note(s: Session) -> None:
        flow.leave(s, organisation().id, payout_id, who=who(), now=now())

    return _act(note, "Noted as booked by hand. Dunnock leaves it alone.")


@pages.post("/payouts/undo/<int:action_id>")
def undo(action_id: int) -> Response:
    """Have a booking taken back in the ledger; it is not booked again by itself."""

    def take_back(s: Session) -> None:
        if actions.get(s, organisation().id, action_id) is None:
            abort(404)
        flow.undo(s, organisation().id, action_id, who=who(), now=now())

    return _act(take_back, "It will be taken back in the ledger within a minute.")


def _act(change: Callable[[Session], None], said: str) -> Response:
    try:
        with site().tools.sessions.begin() as s:
            change(s)
    except ValueError as error:
        told = str(error)
        flash(f"{told[:1].upper()}{told[1:].rstrip('.')}.", "error")
    else:
        flash(said)
    return redirect(url_for("payouts.show"))
