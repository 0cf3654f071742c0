"""The documents as the systems of record tell them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of the mirror."""
    _allocation()
    _credit_note()
    _customer()
    _invoice()
    _receipt()


def _allocation() -> None:
    op.create_table(
        "allocation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_kind", sa.String(length=20), nullable=False),
        sa.Column("holder_id", sa.Text(), nullable=False),
        sa.Column("holder_part", sa.String(length=80), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_allocation_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_allocation_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
    )
    op.create_index(
        "ix_allocation_holder",
        "allocation",
        ["connection_id", "holder_kind", "holder_id"],
        unique=False,
    )
    op.create_index(
        "ix_allocation_invoice", "allocation", ["organisation_id", "invoice_id"], unique=False
    )


def _credit_note() -> None:
    op.create_table(
        "credit_note",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("issued", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_credit_note_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_credit_note_organisation_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "vendor_id", "part", name=op.f("pk_credit_note")),
    )
    op.create_index(
        "ix_credit_note_open",
        "credit_note",
        ["organisation_id", "customer_id"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND balance > 0"),
        postgresql_where=sa.text("status = 'open' AND balance > 0"),
    )
    op.create_index(
        "ix_credit_note_vendor_id", "credit_note", ["organisation_id", "vendor_id"], unique=False
    )


def _customer() -> None:
    op.create_table(
        "customer",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("emails_cc", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=80), nullable=True),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("zone", sa.String(length=80), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_customer_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_customer_organisation_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "vendor_id", "part", name=op.f("pk_customer")),
    )
    op.create_index(
        "ix_customer_vendor_id", "customer", ["organisation_id", "vendor_id"], unique=False
    )


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("issued", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("po_number", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised", sa.Date(), nullable=True),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_invoice_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invoice_organisation_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "vendor_id", "part", name=op.f("pk_invoice")),
    )
    op.create_index(
        "ix_invoice_open",
        "invoice",
        ["organisation_id", "customer_id"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND balance > 0"),
        postgresql_where=sa.text("status = 'open' AND balance > 0"),
    )
    op.create_index(
        "ix_invoice_vendor_id", "invoice", ["organisation_id", "vendor_id"], unique=False
    )


def _receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("applied_here", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("payer_email", sa.Text(), nullable=False),
        sa.Column("payer_account", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("processing", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_receipt_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_receipt_organisation_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "vendor_id", "part", name=op.f("pk_receipt")),
    )
    op.create_index(
        "ix_receipt_open",
        "receipt",
        ["organisation_id", "customer_id"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND unapplied > 0"),
        postgresql_where=sa.text("status = 'open' AND unapplied > 0"),
    )
    op.create_index(
        "ix_receipt_vendor_id", "receipt", ["organisation_id", "vendor_id"], unique=False
    )
