"""The terms of a sale: its net amount, its early discount, and the numbers of customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for what a document says; it is filled in when the document is read again."""
    op.add_column("customer", sa.Column("number", sa.Text(), server_default="", nullable=False))
    op.add_column("invoice", sa.Column("net", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("discount_percent", sa.Integer(), nullable=True))
    op.add_column("invoice", sa.Column("discount_until", sa.Date(), nullable=True))
    op.add_column("credit_note", sa.Column("net", sa.BigInteger(), nullable=True))
