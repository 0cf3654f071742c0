"""Which numbered events came."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep the newest number of each vendor, and the gaps below it."""
    op.create_table(
        "event_number",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("newest", sa.BigInteger(), nullable=False),
        sa.Column("gaps", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_event_number")),
    )
