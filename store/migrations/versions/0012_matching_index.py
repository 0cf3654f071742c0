"""The matching index: documents and customers are found by keys, amounts and families."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    """Keep keys apart from the mirror; they are made when they are first asked for."""
    _keys()
    _indexes()


def _keys() -> None:
    op.create_table(
        "matching_key",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        *_owned("matching_key"),
        sa.PrimaryKeyConstraint(
            "connection_id", "key", "kind", "vendor_id", name=op.f("pk_matching_key")
        ),
    )
    op.create_index(
        "ix_matching_key_document", "matching_key", ["connection_id", "kind", "vendor_id"]
    )
    op.create_table(
        "matching_index",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        *_owned("matching_index"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_matching_index")),
    )


def _owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f(f"fk_{table}_connection_id")
        ),
    )


def _indexes() -> None:
    op.create_index(
        "ix_invoice_amount",
        "invoice",
        ["organisation_id", "currency", "balance"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index("ix_receipt_amount", "receipt", ["organisation_id", "currency", "amount"])
    for column in ("parent_id", "merged_into"):
        told = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            f"ix_customer_{column}",
            "customer",
            ["organisation_id", column],
            sqlite_where=told,
            postgresql_where=told,
        )
