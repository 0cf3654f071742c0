"""What decisions ask of all of a ledger is found at once: its numbers and its large amounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OPEN = sa.text("status = 'open'")
LEFT = sa.text("status = 'open' AND unapplied > 0")


def upgrade() -> None:
    """Find invoices by number, day and total, and what a customer paid before by its amount."""
    _large()
    _invoices()
    _receipts()


def _large() -> None:
    op.add_column(
        "matching_index", sa.Column("large", sa.Text(), server_default="{}", nullable=False)
    )
    for name in ("counted", "changes"):
        op.add_column(
            "matching_index", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )


def _invoices() -> None:
    op.create_index("ix_invoice_number", "invoice", ["organisation_id", "number"])
    op.create_index("ix_invoice_issued", "invoice", ["connection_id", "issued", "number"])
    op.create_index(
        "ix_invoice_total",
        "invoice",
        ["connection_id", "currency", "total", "organisation_id", "status"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _receipts() -> None:
    op.drop_index("ix_allocation_holder", table_name="allocation")
    op.create_index(
        "ix_allocation_holder", "allocation", ["organisation_id", "holder_kind", "holder_id"]
    )
    op.create_index(
        "ix_receipt_left",
        "receipt",
        ["organisation_id", "received", "vendor_id"],
        sqlite_where=LEFT,
        postgresql_where=LEFT,
    )
    op.drop_index("ix_receipt_amount", table_name="receipt")
    op.create_index(
        "ix_receipt_amount",
        "receipt",
        ["organisation_id", "currency", "amount", "customer_id"],
    )
