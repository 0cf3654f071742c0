"""Who is there and how they are reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of organisations, connections, tokens and the inbox."""
    _member()
    _organisation()
    _tick()
    _call_count()
    _consent_state()
    _membership()
    _token_set()
    _connection()
    _call_bucket()
    _inbox()


def _member() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("email", name=op.f("uq_member_email")),
    )


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ledger", sa.Text(), nullable=True),
        sa.Column("accounts", sa.Text(), nullable=False),
        sa.Column("live_since", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_organisation_public_id")),
    )


def _tick() -> None:
    op.create_table(
        "tick",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_tick")),
    )


def _call_count() -> None:
    op.create_table(
        "call_count",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("metered", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_call_count_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "provider", "month", name=op.f("pk_call_count")),
    )


def _consent_state() -> None:
    op.create_table(
        "consent_state",
        sa.Column("state_digest", sa.String(length=64), nullable=False),
        sa.Column("session_digest", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("verifier", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_consent_state_organisation_id")
        ),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_consent_state")),
    )


def _membership() -> None:
    op.create_table(
        "membership",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_membership_member_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "member_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_member_id", "membership", ["member_id"], unique=False)


def _token_set() -> None:
    op.create_table(
        "token_set",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("access", sa.LargeBinary(), nullable=True),
        sa.Column("refresh", sa.LargeBinary(), nullable=True),
        sa.Column("previous_refresh", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hard_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_reconnect", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_token_set_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_set")),
    )


def _connection() -> None:
    op.create_table(
        "connection",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("tenant", sa.LargeBinary(), nullable=True),
        sa.Column("tenant_mac", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("strategy", sa.String(length=20), nullable=False),
        sa.Column("grant", sa.Text(), server_default="", nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("token_set_id", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.Text(), server_default="", nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_sync_done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("sweep_cursor", sa.Text(), server_default="", nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_sync_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_sweep_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_tick_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_match_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_connection_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["token_set_id"], ["token_set.id"], name=op.f("fk_connection_token_set_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
    )
    _connection_indexes()


def _connection_indexes() -> None:
    """One ledger per organisation, and one organisation per tenant, while connected."""
    op.create_index(
        "ix_connection_organisation_id", "connection", ["organisation_id"], unique=False
    )
    op.create_index(
        "ix_connection_tenant_mac", "connection", ["provider", "tenant_mac"], unique=False
    )
    op.create_index(
        "uq_connection_books",
        "connection",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("role = 'books' AND state <> 'disconnected'"),
        postgresql_where=sa.text("role = 'books' AND state <> 'disconnected'"),
    )
    op.create_index(
        "uq_connection_tenant",
        "connection",
        ["provider", "tenant_mac"],
        unique=True,
        sqlite_where=sa.text("state <> 'disconnected'"),
        postgresql_where=sa.text("state <> 'disconnected'"),
    )


def _call_bucket() -> None:
    op.create_table(
        "call_bucket",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("tat", sa.BigInteger(), nullable=False),
        sa.Column("blocked_until", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("day_used", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_call_bucket_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_call_bucket_organisation_id")
        ),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_call_bucket")),
    )


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("connection_id", sa.BigInteger(), nullable=True),
        sa.Column("tenant", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("part", sa.String(length=80), nullable=False),
        sa.Column("verb", sa.String(length=80), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("ends_connection", sa.Boolean(), nullable=False),
        sa.Column("echo_of", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_inbox_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_inbox_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_inbox_provider_event_id")),
    )
    op.create_index(
        "ix_inbox_new",
        "inbox",
        ["connection_id", "next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'new'"),
        postgresql_where=sa.text("state = 'new'"),
    )
    op.create_index("ix_inbox_organisation_id", "inbox", ["organisation_id"], unique=False)
