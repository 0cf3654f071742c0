"""Documents with a field that could not be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOCUMENTS = ("credit_note", "customer", "invoice", "payout", "receipt")


def upgrade() -> None:
    """Say of no document so far that it could not be read: each is read again soon."""
    for name in DOCUMENTS:
        op.add_column(name, sa.Column("unread", sa.Text(), nullable=False, server_default=""))
        op.create_index(
            f"ix_{name}_unread",
            name,
            ["organisation_id"],
            unique=False,
            sqlite_where=sa.text("unread <> ''"),
            postgresql_where=sa.text("unread <> ''"),
        )
