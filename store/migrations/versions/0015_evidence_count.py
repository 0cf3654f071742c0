"""How often people found answers right and wrong, per class of evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from nothing: earlier applications do not say what they rested on."""
    op.create_table(
        "evidence_count",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_evidence_count_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "evidence", name=op.f("pk_evidence_count")),
    )
