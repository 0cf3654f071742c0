"""Where customers see and pay their invoices: asked for once, and put into every reminder."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, RetryLaterError, StaleError
from store import online

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from rules.actions import SendReminder

# What may stand in a message: one line, and nothing that ends an address.
FIT = re.compile(r"https://[!#-;=?-~]{1,2000}")
# An invoice without an address is asked about again after so long: it may have been opened online.
ASKED_AGAIN = timedelta(days=7)
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
        none = online.without(s, ours, connection_id, wanted, desk.now - ASKED_AGAIN)
    for invoice_id in [one for one in wanted if one not in none][:ASKED_AT_ONCE]:
        try:
            url = desk.books.online(Ref(Kind.INVOICE, invoice_id))
        except (RefusedError, StaleError):
            url = ""
        except RetryLaterError:
            break
        with desk.tools.sessions.begin() as s:
            fit = url if FIT.fullmatch(url) else ""
            online.keep(s, ours, connection_id, invoice_id, fit, desk.now)
    with desk.tools.sessions.begin() as s:
        return linked(s, ours, connection_id, before)
