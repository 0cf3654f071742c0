"""Where customers see and pay their invoices, as the ledger told once, or that it told none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from store.session import chunks, insert_into
from store.tables import online

# The ids of two ledgers may be alike, so an address belongs to its connection.
_KNOWN = select(online.c.invoice_id, online.c.url, online.c.read_at).where(
    online.c.organisation_id == bindparam("organisation_id"),
    online.c.connection_id == bindparam("connection_id"),
    online.c.invoice_id.in_(bindparam("invoice_ids", expanding=True)),
)


def keep(
    s: Session, organisation_id: int, connection_id: int, invoice_id: str, url: str, now: datetime
) -> None:
    """Keep the address of an invoice, the first one told stays; or "" for none so far."""
    made = insert_into(s, online).values(
        organisation_id=organisation_id,
        connection_id=connection_id,
        invoice_id=invoice_id,
        url=url,
        read_at=now,
    )
    new = made.excluded
    s.execute(
        made.on_conflict_do_update(
            index_elements=["connection_id", "invoice_id"],
            set_={"url": new.url, "read_at": new.read_at},
            where=online.c.url == "",
        )
    )


def known(
    s: Session, organisation_id: int, connection_id: int, invoice_ids: Sequence[str]
) -> dict[str, str]:
    """Give the addresses that are known, by invoice."""
    rows = _rows(s, organisation_id, connection_id, invoice_ids)
    return {row.invoice_id: row.url for row in rows if row.url}


def without(
    s: Session,
    organisation_id: int,
    connection_id: int,
    invoice_ids: Sequence[str],
    since: datetime,
) -> frozenset[str]:
    """Give the invoices of which the ledger said since then that they have no address."""
    rows = _rows(s, organisation_id, connection_id, invoice_ids)
    return frozenset(row.invoice_id for row in rows if not row.url and row.read_at >= since)


def _rows(
    s: Session, organisation_id: int, connection_id: int, invoice_ids: Sequence[str]
) -> list[Row[Any, Any, Any]]:
    which = {"organisation_id": organisation_id, "connection_id": connection_id}
    return [
        row
        for part in chunks(invoice_ids)
        for row in s.execute(_KNOWN, {**which, "invoice_ids": part})
    ]
