"""Tables of the mirror: the documents as the systems of record last told them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    false,
    text,
)

from store.tables.columns import Json, Moment, key, metadata, owner


def _document(name: str, *columns: Column[object] | Index) -> Table:
    """Make the table of one kind of document; `gone` means that the vendor no longer has it."""
    return Table(
        name,
        metadata,
        Column("connection_id", BigInteger, ForeignKey("connection.id"), primary_key=True),
        Column("vendor_id", Text, primary_key=True),
        Column("part", String(80), primary_key=True),
        owner(),
        *columns,
        Column("version", String(80), nullable=False),
        Column("updated_at", Moment),
        # Which field keeps it from being understood, in words.
        Column("unread", Text, nullable=False, server_default=""),
        Column("gone", Boolean, nullable=False),
        # Tells a changed document from one merely read again.
        Column("digest", String(64), nullable=False),
        Column("raw", Text, nullable=False),
        Column("saved_at", Moment, nullable=False),
    )


customer = _document(
    "customer",
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("emails_cc", Json, nullable=False),
    Column("country", String(80)),
    Column("language", String(20)),
    Column("zone", String(80)),
    Column("parent_id", Text),
    Column("archived", Boolean, nullable=False),
    Column("tags", Json, nullable=False),
    Column("merged_into", Text),
    Column("number", Text, nullable=False, server_default=""),
)

invoice = _document(
    "invoice",
    Column("number", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("issued", Date, nullable=False),
    Column("due", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("reference", Text),
    Column("po_number", Text),
    Column("sent_at", Moment),
    Column("promised", Date),
    Column("disputed", Boolean, nullable=False),
    Column("payment_scheduled", Boolean, nullable=False, server_default=false()),
    # How an invoice stands that the ledger charges by itself; NULL attempts: it does not.
    Column("charge_attempts", Integer),
    Column("charge_failed_on", Date),
    Column("charge_retry_at", Moment),
    Column("charge_code", String(80)),
    Column("charge_failure", String(20)),
    # The total without tax, where the ledger says it.
    Column("net", BigInteger),
    # In hundredths of a percent of the total, for who pays no later than that day; NULL: none.
    Column("discount_percent", Integer),
    Column("discount_until", Date),
    Column("first_seen", Date, nullable=False),
)

credit_note = _document(
    "credit_note",
    Column("number", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("issued", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("status", String(20), nullable=False),
    Column("net", BigInteger),
)

receipt = _document(
    "receipt",
    Column("source", String(20), nullable=False),
    Column("received", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("unapplied", BigInteger, nullable=False),
    # What this product set against invoices where the source itself cannot know of it.
    Column("applied_here", BigInteger, nullable=False, server_default=text("0")),
    Column("status", String(20), nullable=False),
    Column("customer_id", Text),
    Column("reference", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("payer_email", Text, nullable=False),
    Column("payer_account", Text, nullable=False),
    Column("links", Json, nullable=False),
    Column("processing", Boolean, nullable=False),
    # What only a bank statement tells.
    Column("value_day", Date),
    Column("channel", String(20), nullable=False, server_default=""),
    Column("end_to_end_id", Text, nullable=False, server_default=""),
    Column("structured_reference", Text, nullable=False, server_default=""),
    Column("remittance", Json, nullable=False, server_default="[]"),
    Column("original", Json),
    Column("charges", Json),
)

payout = _document(
    "payout",
    Column("arrives", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("stage", String(20), nullable=False),
    Column("traced", Boolean, nullable=False),
    Column("reference", Text, nullable=False),
    Column("entries", Json, nullable=False),
    Index("ix_payout_arrives", "organisation_id", "arrives"),
)

allocation = Table(
    "allocation",
    metadata,
    key(),
    owner(),
    Column("connection_id", BigInteger, ForeignKey("connection.id"), nullable=False),
    # The receipt or credit note whose money it is; `place` keeps the vendor's order.
    Column("holder_kind", String(20), nullable=False),
    Column("holder_id", Text, nullable=False),
    Column("holder_part", String(80), nullable=False),
    Column("place", Integer, nullable=False),
    Column("vendor_id", Text, nullable=False),
    Column("invoice_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("day", Date),
    Index("ix_allocation_holder", "organisation_id", "holder_kind", "holder_id"),
    Index("ix_allocation_invoice", "organisation_id", "invoice_id"),
)

# Where a customer sees and pays an invoice: asked for once in its life, whatever changes on it.
online = Table(
    "online",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connection.id"), primary_key=True),
    owner(),
    Column("invoice_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("read_at", Moment, nullable=False),
)

for _table in (customer, invoice, credit_note, receipt):
    _vendor_id = _table.c.vendor_id
    Index(f"ix_{_table.name}_vendor_id", _table.c.organisation_id, _vendor_id)

for _table in (customer, invoice, credit_note, receipt, payout):
    Index(
        f"ix_{_table.name}_unread",
        _table.c.organisation_id,
        sqlite_where=text("unread <> ''"),
        postgresql_where=text("unread <> ''"),
    )

_OPEN = {
    invoice: "status = 'open' AND balance > 0",
    credit_note: "status = 'open' AND balance > 0",
    receipt: "status = 'open' AND unapplied > 0",
}
for _table, _open in _OPEN.items():
    Index(
        f"ix_{_table.name}_open",
        _table.c.organisation_id,
        _table.c.customer_id,
        sqlite_where=text(_open),
        postgresql_where=text(_open),
    )
