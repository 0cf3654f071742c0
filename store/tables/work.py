"""Tables of what was decided and done: actions, journal, steps, exceptions, rules, holds."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.tables.columns import Json, Moment, key, metadata, owner

action = Table(
    "action",
    metadata,
    key(),
    owner(),
    Column("connection_id", BigInteger, ForeignKey("connection.id")),
    Column("key", Text, nullable=False),
    # A key may be longer than an index takes.
    Column("key_digest", String(64), nullable=False),
    Column("claims", Json, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("body", Json, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("owner", String(80), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("outcome", Json, nullable=False),
    Column("day", Date),
    Column("planned_at", Moment, nullable=False),
    # Set when nothing more happens by itself: also on an unknown outcome left to a person.
    Column("closed_at", Moment),
    Column("undone_at", Moment),
    UniqueConstraint("organisation_id", "key_digest"),
    Index("ix_action_subject", "organisation_id", "subject"),
    Index("ix_action_state", "organisation_id", "state"),
    Index("ix_action_day", "organisation_id", "day"),
)

_DUE = "state IN ('planned', 'doing', 'unknown') AND closed_at IS NULL"
Index(
    "ix_action_due",
    action.c.connection_id,
    action.c.next_at,
    sqlite_where=text(_DUE),
    postgresql_where=text(_DUE),
)

claim = Table(
    "claim",
    metadata,
    owner(primary_key=True),
    Column("claim", Text, primary_key=True),
    Column("action_id", BigInteger, ForeignKey("action.id"), nullable=False),
    Index("ix_claim_action_id", "action_id"),
)

# Where an organisation's chain ends: locked while an entry is added.
journal_head = Table(
    "journal_head",
    metadata,
    owner(primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

journal = Table(
    "journal",
    metadata,
    owner(primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("entry", String(20), nullable=False),
    Column("who", Text, nullable=False),
    Column("action_id", BigInteger),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("evidence", Json, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_journal_subject", "organisation_id", "subject"),
    Index("ix_journal_action_id", "organisation_id", "action_id"),
)

step = Table(
    "step",
    metadata,
    owner(primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("step", String(80), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("day", Date, nullable=False),
    Column("state", String(20), nullable=False),
    Column("action_id", BigInteger, ForeignKey("action.id")),
    Index("ix_step_customer_id", "organisation_id", "customer_id"),
)

suppressed = Table(
    "suppressed",
    metadata,
    owner(primary_key=True),
    Column("invoice_id", Text, primary_key=True),
    Column("step", String(80), primary_key=True),
    Column("reason", String(80), primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("why", Json, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("days", Integer, nullable=False),
    Index("ix_suppressed_last_day", "organisation_id", "last_day"),
)

exception = Table(
    "exception",
    metadata,
    key(),
    # Empty for what concerns the whole house, such as an event of an unknown tenant.
    Column("organisation_id", BigInteger, ForeignKey("organisation.id")),
    Column("kind", String(40), nullable=False),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("action_id", BigInteger, ForeignKey("action.id")),
    Column("state", String(20), nullable=False),
    Column("times", Integer, nullable=False, server_default=text("1")),
    Column("opened_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("closed_by", Text, nullable=False, server_default=""),
    Column("resolution", Text, nullable=False, server_default=""),
    Index("ix_exception_state", "organisation_id", "state"),
)

# One open row per trouble. Those of the house have no owner, and an index never takes two empty
# owners for the same one.
OPEN_OWNED = "state = 'open' AND organisation_id IS NOT NULL"
OPEN_HOUSE = "state = 'open' AND organisation_id IS NULL"
Index(
    "uq_exception_open",
    exception.c.organisation_id,
    exception.c.kind,
    exception.c.subject,
    unique=True,
    sqlite_where=text(OPEN_OWNED),
    postgresql_where=text(OPEN_OWNED),
)
Index(
    "uq_exception_open_house",
    exception.c.kind,
    exception.c.subject,
    unique=True,
    sqlite_where=text(OPEN_HOUSE),
    postgresql_where=text(OPEN_HOUSE),
)

hold = Table(
    "hold",
    metadata,
    key(),
    owner(),
    Column("customer_id", Text, nullable=False),
    Column("invoice_id", Text),
    Column("kind", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Date),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("released_by", Text, nullable=False, server_default=""),
    Column("released_at", Moment),
    Index("ix_hold_customer_id", "organisation_id", "customer_id"),
)

payer = Table(
    "payer",
    metadata,
    owner(primary_key=True),
    Column("form", Text, primary_key=True),
    Column("customer_id", Text, primary_key=True),
    Column("confirmations", Integer, nullable=False),
)

# Forms of payers of whom a person said that they pay for others.
payer_shared = Table(
    "payer_shared",
    metadata,
    owner(primary_key=True),
    Column("form", Text, primary_key=True),
)

# How often people found answers on evidence of one class right, and how often wrong.
evidence_count = Table(
    "evidence_count",
    metadata,
    owner(primary_key=True),
    Column("evidence", String(200), primary_key=True),
    Column("correct", Integer, nullable=False),
    Column("wrong", Integer, nullable=False),
)

# A remittance advice that came apart from its payment, by its own id: sent twice, it is one.
advice = Table(
    "advice",
    metadata,
    owner(primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("received", Date, nullable=False),
    Column("sender", Text, nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("total", Json),
    Column("paid_on", Date),
    Column("lines", Json, nullable=False),
    Column("problem", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_advice_received", "organisation_id", "received"),
)

# What a payer told of one receipt, when asked: a later answer takes the place of an earlier one.
payer_answer = Table(
    "payer_answer",
    metadata,
    owner(primary_key=True),
    Column("source", String(20), primary_key=True),
    Column("receipt_id", Text, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("lines", Json, nullable=False),
    Column("remark", Text, nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
)

undone_pair = Table(
    "undone_pair",
    metadata,
    owner(primary_key=True),
    Column("receipt_id", Text, primary_key=True),
    Column("invoice_id", Text, primary_key=True),
)

ruleset = Table(
    "ruleset",
    metadata,
    owner(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("rules", Json, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)
