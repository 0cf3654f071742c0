"""Having the ledger send an invoice itself, in its own words: a person asks, once a day at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flows.keeping import keep
from flows.perform import Desk, Dropped, Hand, UnconfirmedError, nothing
from ledger.days import local_day
from ledger.documents import Invoice, Kind, Ref, Status
from store import actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from store.actions import ActionRow
    from store.organisations import OrganisationRow

Body = dict[str, Any]

KIND = "deliver"
# The clocks of a ledger and of this machine may differ by so much.
CLOCKS_DIFFER = timedelta(minutes=5)
# What can be shown to a customer.
SENT_WHEN = frozenset({Status.OPEN, Status.PAID})


def plan(
    s: Session, organisation: OrganisationRow, invoice: Invoice, to: str, who: str, now: datetime
) -> bool:
    """Plan that the ledger sends an invoice; False when that was asked for today already.

    `to` is the address for ledgers that let one choose.
    """
    day = local_day(now, organisation.ledger.zone if organisation.ledger else "UTC")
    body = {"invoice_id": invoice.ref.id, "number": invoice.number, "to": to}
    made = actions.plan(
        s,
        organisation.id,
        key=f"deliver:{invoice.ref.id}:{day.isoformat()}",
        kind=KIND,
        subject=f"{Kind.INVOICE}:{invoice.ref.id}",
        body=body,
        claims=(),
        state=actions.PLANNED,
        next_at=now,
        day=day,
        now=now,
        who=who,
        why="a person asked for it",
    )
    return made is not None


def _look(desk: Desk, row: ActionRow) -> Body | None:
    """Ask whether the ledger sent it since this was begun; only a plain yes settles it."""
    sent_at = desk.books.delivered(Ref(Kind.INVOICE, row.body["invoice_id"]))
    begun = datetime.fromisoformat(row.body["begun_at"])
    if sent_at is not None and sent_at >= begun - CLOCKS_DIFFER:
        return {"sent_at": sent_at.isoformat()}
    number = row.body["number"]
    msg = f"Invoice {number} was being sent by the ledger when its answer was lost."
    raise UnconfirmedError(msg)


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    found = desk.books.read([Ref(Kind.INVOICE, row.body["invoice_id"])])
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, found, desk.now)
    documents = [one.document for one in found]
    invoice = next((one for one in documents if isinstance(one, Invoice)), None)
    if invoice is None or invoice.status not in SENT_WHEN:
        return Dropped("the invoice is a draft, void or gone")
    return {**row.body, "begun_at": desk.now.isoformat()}


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    desk.books.deliver(Ref(Kind.INVOICE, body["invoice_id"]), body["to"], row.key)
    return {"sent_at": desk.now.isoformat()}


DELIVER = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=nothing, after=nothing)
