"""Where customers see and pay their invoices, as the ledger told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from store.session import chunks, insert_into
from store.tables import online

# The ids of two ledgers may be alike, so an address belongs to its connection.
_KNOWN = select(online.c.invoice_id, online.c.url).where(
    online.c.organisation_id == bindparam("organisation_id"),
    online.c.connection_id == bindparam("connection_id"),
    online.c.invoice_id.in_(bindparam("invoice_ids", expanding=True)),
)


def keep(
    s: Session, organisation_id: int, connection_id: int, invoice_id: str, url: str, now: datetime
) -> None:
    """Keep the address of an invoice; the first one told stays."""
    made = insert_into(s, online).values(
        organisation_id=organisation_id,
        connection_id=connection_id,
        invoice_id=invoice_id,
        url=url,
        read_at=now,
    )
    s.execute(made.on_conflict_do_nothing())


def known(
    s: Session, organisation_id: int, connection_id: int, invoice_ids: Sequence[str]
) -> dict[str, str]:
    """Give the addresses that are known, by invoice."""
    return {
        row.invoice_id: row.url
        for part in chunks(invoice_ids)
        for row in s.execute(
            _KNOWN,
            {
                "organisation_id": organisation_id,
                "connection_id": connection_id,
                "invoice_ids": part,
            },
        )
    }
