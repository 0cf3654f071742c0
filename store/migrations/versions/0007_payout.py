"""What payment processors paid out, and since when that is booked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep payouts in the mirror; no organisation books any until it says since when."""
    op.add_column("organisation", sa.Column("payouts_since", sa.Date(), nullable=True))
    op.create_table(
        "payout",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor_id", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("arrives", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("traced", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("entries", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_payout_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_payout_organisation_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", "vendor_id", "part", name=op.f("pk_payout")),
    )
    op.create_index("ix_payout_arrives", "payout", ["organisation_id", "arrives"], unique=False)
