"""Invoices that the ledger collects by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of no invoice so far that its payment is scheduled: it is read again soon."""
    op.add_column(
        "invoice",
        sa.Column("payment_scheduled", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
