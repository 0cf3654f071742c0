"""How an invoice stands that the ledger charges by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give invoices the columns of their charge."""
    op.add_column("invoice", sa.Column("charge_attempts", sa.Integer(), nullable=True))
    op.add_column("invoice", sa.Column("charge_failed_on", sa.Date(), nullable=True))
    op.add_column(
        "invoice", sa.Column("charge_retry_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("invoice", sa.Column("charge_code", sa.String(length=80), nullable=True))
    op.add_column("invoice", sa.Column("charge_failure", sa.String(length=20), nullable=True))
