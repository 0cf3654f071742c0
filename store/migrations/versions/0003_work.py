"""What was decided and done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What is written once and never changed, on any path into the database.
APPEND_ONLY = ("journal", "ruleset")


def upgrade() -> None:
    """Make the tables of actions, journal and rules, and nail down those that only grow."""
    _hold()
    _journal()
    _journal_head()
    _payer()
    _ruleset()
    _suppressed()
    _undone_pair()
    _action()
    _claim()
    _exception()
    _step()
    for table in APPEND_ONLY:
        _append_only(table)


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
    )


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_by", sa.Text(), server_default="", nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_hold_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index("ix_hold_customer_id", "hold", ["organisation_id", "customer_id"], unique=False)


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.String(length=20), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_journal_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "seq", name=op.f("pk_journal")),
    )
    op.create_index(
        "ix_journal_action_id", "journal", ["organisation_id", "action_id"], unique=False
    )
    op.create_index("ix_journal_subject", "journal", ["organisation_id", "subject"], unique=False)


def _journal_head() -> None:
    op.create_table(
        "journal_head",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_journal_head_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_journal_head")),
    )


def _payer() -> None:
    op.create_table(
        "payer",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("confirmations", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_payer_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "form", "customer_id", name=op.f("pk_payer")),
    )


def _ruleset() -> None:
    op.create_table(
        "ruleset",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_ruleset_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "version", name=op.f("pk_ruleset")),
    )


def _suppressed() -> None:
    op.create_table(
        "suppressed",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_suppressed_organisation_id")
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "invoice_id", "step", "reason", name=op.f("pk_suppressed")
        ),
    )
    op.create_index(
        "ix_suppressed_last_day", "suppressed", ["organisation_id", "last_day"], unique=False
    )


def _undone_pair() -> None:
    op.create_table(
        "undone_pair",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_undone_pair_organisation_id")
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "receipt_id", "invoice_id", name=op.f("pk_undone_pair")
        ),
    )


def _action() -> None:
    op.create_table(
        "action",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("claims", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("owner", sa.String(length=80), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_action_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_action_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint(
            "organisation_id", "key_digest", name=op.f("uq_action_organisation_id_key_digest")
        ),
    )
    op.create_index("ix_action_day", "action", ["organisation_id", "day"], unique=False)
    op.create_index(
        "ix_action_due",
        "action",
        ["connection_id", "next_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'doing', 'unknown') AND closed_at IS NULL"),
        postgresql_where=sa.text("state IN ('planned', 'doing', 'unknown') AND closed_at IS NULL"),
    )
    op.create_index("ix_action_state", "action", ["organisation_id", "state"], unique=False)
    op.create_index("ix_action_subject", "action", ["organisation_id", "subject"], unique=False)


def _claim() -> None:
    op.create_table(
        "claim",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_claim_action_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_claim_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "claim", name=op.f("pk_claim")),
    )
    op.create_index("ix_claim_action_id", "claim", ["action_id"], unique=False)


def _exception() -> None:
    op.create_table(
        "exception",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("times", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_exception_action_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_exception_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception")),
    )
    op.create_index("ix_exception_state", "exception", ["organisation_id", "state"], unique=False)
    op.create_index(
        "uq_exception_open",
        "exception",
        ["organisation_id", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'open' AND organisation_id IS NOT NULL"),
        postgresql_where=sa.text("state = 'open' AND organisation_id IS NOT NULL"),
    )
    op.create_index(
        "uq_exception_open_house",
        "exception",
        ["kind", "subject"],
        unique=True,
        sqlite_where=sa.text("state = 'open' AND organisation_id IS NULL"),
        postgresql_where=sa.text("state = 'open' AND organisation_id IS NULL"),
    )


def _step() -> None:
    op.create_table(
        "step",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=80), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_step_action_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_step_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "invoice_id", "step", name=op.f("pk_step")),
    )
    op.create_index("ix_step_customer_id", "step", ["organisation_id", "customer_id"], unique=False)
