"""Payers who pay for others, as people said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what is shared."""
    op.create_table(
        "payer_shared",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_payer_shared_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "form", name=op.f("pk_payer_shared")),
    )
