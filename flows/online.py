"""Where customers see and pay their invoices: asked for once, and put into every reminder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, RetryLaterError, StaleError
from store import online

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from rules.actions import SendReminder

# A reminder about more invoices asks for these; the rest follow with the next one.
ASKED_AT_ONCE = 10


def linked(
    s: Session, organisation_id: int, connection_id: int, reminder: SendReminder
) -> SendReminder:
    """Put the addresses that are known into a reminder; one it has already stays."""
    ids = [line.invoice_id for line in reminder.lines]
    known = online.known(s, organisation_id, connection_id, ids)
    lines = (
        replace(line, pay_url=line.pay_url or known.get(line.invoice_id, ""))
        for line in reminder.lines
    )
    return replace(reminder, lines=tuple(lines))


def ask(desk: Desk, reminder: SendReminder) -> SendReminder:
    """Put the addresses into a reminder, asking the ledger for those not known yet.

    An address is a courtesy: where the ledger has none to give just now, the reminder goes without.
    """
    ours, connection_id = desk.organisation.id, desk.connection.id
    with desk.tools.sessions.begin() as s:
        before = linked(s, ours, connection_id, reminder)
    wanted = [line.invoice_id for line in before.lines if not line.pay_url]
    for invoice_id in wanted[:ASKED_AT_ONCE]:
        try:
            url = desk.books.online(Ref(Kind.INVOICE, invoice_id))
        except (RefusedError, StaleError):
            continue
        except RetryLaterError:
            break
        if url:
            with desk.tools.sessions.begin() as s:
                online.keep(s, ours, connection_id, invoice_id, url, desk.now)
    with desk.tools.sessions.begin() as s:
        return linked(s, ours, connection_id, before)
