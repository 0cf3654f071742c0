"""Tables of the matching index: under which keys documents and customers of the books are found.

It is made from the mirror alone and can be made again at any time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from store.tables.columns import Json, metadata, owner
from store.tables.mirror import customer, invoice, receipt

matching_key = Table(
    "matching_key",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connection.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("vendor_id", Text, primary_key=True),
    owner(),
    Index("ix_matching_key_document", "connection_id", "kind", "vendor_id"),
)

# Which index is kept up with the mirror, and by which version of the making of keys.
matching_index = Table(
    "matching_index",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connection.id"), primary_key=True),
    owner(),
    Column("version", Integer, nullable=False),
    # The large amount of each currency, of how many open invoices, and how many changed since.
    Column("large", Json, nullable=False, server_default="{}"),
    Column("counted", Integer, nullable=False, server_default="0"),
    Column("changes", Integer, nullable=False, server_default="0"),
)

_OPEN = text("status = 'open'")
Index(
    "ix_invoice_amount",
    invoice.c.organisation_id,
    invoice.c.currency,
    invoice.c.balance,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
# Of the invoices as a whole a decision asks which was the last, and how large they are.
Index("ix_invoice_number", invoice.c.organisation_id, invoice.c.number)
Index("ix_invoice_issued", invoice.c.connection_id, invoice.c.issued, invoice.c.number)
Index(
    "ix_invoice_total",
    invoice.c.connection_id,
    invoice.c.currency,
    invoice.c.total,
    # Counted without looking at the rows themselves.
    invoice.c.organisation_id,
    invoice.c.status,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
# In the order in which it is matched, so that nothing but what is left is read.
_LEFT = text("status = 'open' AND unapplied > 0")
Index(
    "ix_receipt_left",
    receipt.c.organisation_id,
    receipt.c.received,
    receipt.c.vendor_id,
    sqlite_where=_LEFT,
    postgresql_where=_LEFT,
)
Index(
    "ix_receipt_amount",
    receipt.c.organisation_id,
    receipt.c.currency,
    receipt.c.amount,
    receipt.c.customer_id,
)
for _column in (customer.c.parent_id, customer.c.merged_into):
    _told = text(f"{_column.name} IS NOT NULL")
    Index(
        f"ix_customer_{_column.name}",
        customer.c.organisation_id,
        _column,
        sqlite_where=_told,
        postgresql_where=_told,
    )
