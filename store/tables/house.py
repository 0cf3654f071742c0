"""Tables of who is there and how they are reached: organisations, connections, tokens, inbox."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from store.tables.columns import Json, Moment, key, metadata, owner

organisation = Table(
    "organisation",
    metadata,
    key(),
    Column("public_id", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    # What the system of record says of itself; empty until the first read.
    Column("ledger", Json),
    Column("accounts", Json, nullable=False),
    Column("live_since", Date),
    Column("payouts_since", Date),
    Column("created_at", Moment, nullable=False),
)

member = Table(
    "member",
    metadata,
    key(),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
)

membership = Table(
    "membership",
    metadata,
    owner(primary_key=True),
    Column("member_id", BigInteger, ForeignKey("member.id"), primary_key=True),
    Column("role", String(20), nullable=False),
    Index("ix_membership_member_id", "member_id"),
)

# By whom a vendor says a person is: found by the vendor's own name for them, never by e-mail.
identity = Table(
    "identity",
    metadata,
    key(),
    Column("member_id", BigInteger, ForeignKey("member.id"), nullable=False),
    Column("provider", String(20), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("provider", "subject"),
    Index("ix_identity_member_id", "member_id"),
)

# What a vendor's discovery document said when it was last read well.
discovery = Table(
    "discovery",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("document", Json, nullable=False),
    # Empty until it was read well once; `tried_at` is the last try, however it ended.
    Column("read_at", Moment),
    Column("tried_at", Moment, nullable=False),
)

token_set = Table(
    "token_set",
    metadata,
    key(),
    owner(),
    Column("provider", String(20), nullable=False),
    # Sealed; empty when wiped.
    Column("access", LargeBinary),
    Column("refresh", LargeBinary),
    Column("previous_refresh", LargeBinary),
    Column("expires_at", Moment),
    Column("hard_expires_at", Moment),
    Column("version", Integer, nullable=False),
    Column("lease_owner", String(80)),
    Column("lease_until", Moment),
    Column("needs_reconnect", Boolean, nullable=False, server_default=false()),
    Column("created_at", Moment, nullable=False),
)

consent_state = Table(
    "consent_state",
    metadata,
    # Digests: who reads the table can neither finish a consent nor take over a browser session.
    Column("state_digest", String(64), primary_key=True),
    Column("session_digest", String(64), nullable=False),
    Column("provider", String(20), nullable=False),
    Column("organisation_id", BigInteger, ForeignKey("organisation.id")),
    Column("verifier", LargeBinary),
    Column("opened_at", Moment, nullable=False),
    Column("used_at", Moment),
)

connection = Table(
    "connection",
    metadata,
    key(),
    owner(),
    Column("provider", String(20), nullable=False),
    Column("role", String(20), nullable=False),
    Column("tenant", LargeBinary),
    Column("tenant_mac", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("strategy", String(20), nullable=False),
    Column("grant", Text, nullable=False, server_default=""),
    Column("live", Boolean, nullable=False),
    # Which of the vendor's worlds it was installed in, where there are several (Stripe).
    Column("environment", String(20), nullable=False, server_default=""),
    Column("token_set_id", BigInteger, ForeignKey("token_set.id")),
    Column("cursor", Text, nullable=False, server_default=""),
    Column("synced_at", Moment),
    Column("first_sync_done", Boolean, nullable=False, server_default=false()),
    Column("seen", Integer, nullable=False, server_default=text("0")),
    Column("total", Integer),
    Column("sweep_cursor", Text, nullable=False, server_default=""),
    Column("swept_at", Moment),
    Column("next_sync_at", Moment),
    Column("next_sweep_at", Moment),
    Column("next_tick_at", Moment),
    # Set when receipts or invoices changed: the matching rules have to look again.
    Column("next_match_at", Moment),
    # Nothing is due before: the vendor asked for patience, or something failed.
    Column("rest_until", Moment),
    Column("lease_owner", String(80)),
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_connection_organisation_id", "organisation_id"),
    Index("ix_connection_tenant_mac", "provider", "tenant_mac"),
)

# An organisation has one system of record at a time.
Index(
    "uq_connection_books",
    connection.c.organisation_id,
    unique=True,
    sqlite_where=text("role = 'books' AND state <> 'disconnected'"),
    postgresql_where=text("role = 'books' AND state <> 'disconnected'"),
)

# A vendor's tenant belongs to one organisation at a time; who held it before keeps a dead row.
Index(
    "uq_connection_tenant",
    connection.c.provider,
    connection.c.tenant_mac,
    unique=True,
    sqlite_where=text("state <> 'disconnected'"),
    postgresql_where=text("state <> 'disconnected'"),
)

inbox = Table(
    "inbox",
    metadata,
    key(),
    Column("provider", String(20), nullable=False),
    Column("event_id", Text, nullable=False),
    # Both empty for an event of a tenant that nobody here connected.
    Column("organisation_id", BigInteger, ForeignKey("organisation.id")),
    Column("connection_id", BigInteger, ForeignKey("connection.id")),
    Column("tenant", LargeBinary, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("object_id", Text, nullable=False),
    Column("part", String(80), nullable=False),
    Column("verb", String(80), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("ends_connection", Boolean, nullable=False),
    Column("echo_of", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_at", Moment, nullable=False),
    Column("closed_at", Moment),
    UniqueConstraint("provider", "event_id"),
    Index("ix_inbox_organisation_id", "organisation_id"),
)

Index(
    "ix_inbox_new",
    inbox.c.connection_id,
    inbox.c.next_at,
    sqlite_where=text("state = 'new'"),
    postgresql_where=text("state = 'new'"),
)

call_bucket = Table(
    "call_bucket",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connection.id"), primary_key=True),
    owner(),
    # Microseconds since 1970: the theoretical arrival time of GCRA, and when a block ends.
    Column("tat", BigInteger, nullable=False),
    Column("blocked_until", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("day_used", Integer, nullable=False),
)

call_count = Table(
    "call_count",
    metadata,
    owner(primary_key=True),
    Column("provider", String(20), primary_key=True),
    # The first day of the month.
    Column("month", Date, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("metered", Integer, nullable=False),
)

# Vendors that number their events over all tenants together: the newest, and what is missing below.
event_number = Table(
    "event_number",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("newest", BigInteger, nullable=False),
    Column("gaps", Json, nullable=False),
)

tick = Table(
    "tick",
    metadata,
    Column("name", String(80), primary_key=True),
    # A moment of the clock, or the one-time mark of something else that may happen once.
    Column("slot", Text, primary_key=True),
)
