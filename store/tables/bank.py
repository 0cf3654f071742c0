"""Tables of bank files: the accounts, the files as they came, and what each of them told."""

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
)

from store.tables.columns import Json, Moment, key, metadata, owner

bank_account = Table(
    "bank_account",
    metadata,
    key(),
    owner(),
    # What its receipts belong to in the mirror; shown only once a person said that it is ours.
    Column("connection_id", BigInteger, ForeignKey("connection.id"), nullable=False),
    # As the bank writes it, without spaces; a name of our own where files bring none.
    Column("number", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("name", Text, nullable=False),
    # Where its money is booked in the ledger; "" where the ledger keeps no accounts.
    Column("ledger_account", Text, nullable=False, server_default=""),
    Column("state", String(20), nullable=False),
    # How its CSV files are to be read; NULL until somebody said so.
    Column("csv", Json),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("organisation_id", "number", "currency"),
)

bank_file = Table(
    "bank_file",
    metadata,
    key(),
    owner(),
    Column("digest", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    # Compressed; NULL when it would be too large to keep.
    Column("body", LargeBinary),
    Column("format", String(20), nullable=False, server_default=""),
    Column("state", String(20), nullable=False),
    # What is wrong with it or with single lines, in words.
    Column("problems", Json, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("organisation_id", "digest"),
)

bank_statement = Table(
    "bank_statement",
    metadata,
    key(),
    owner(),
    Column("account_id", BigInteger, ForeignKey("bank_account.id"), nullable=False),
    Column("file_id", BigInteger, ForeignKey("bank_file.id"), nullable=False),
    Column("number", Text, nullable=False),
    Column("opening", BigInteger),
    Column("closing", BigInteger),
    Column("opened", Date),
    Column("closed", Date),
    # How many lines it has, how many of them were known, and what all together moved.
    Column("lines", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("moved", BigInteger, nullable=False),
    Index("ix_bank_statement_account_id", "organisation_id", "account_id", "closed"),
)

bank_line = Table(
    "bank_line",
    metadata,
    key(),
    owner(),
    Column("account_id", BigInteger, ForeignKey("bank_account.id"), nullable=False),
    # The statement that told of it first.
    Column("statement_id", BigInteger, ForeignKey("bank_statement.id"), nullable=False),
    Column("receipt_id", Text, nullable=False),
    Column("booked", Date, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("bank_id", Text, nullable=False),
    # A digest of all that the line says.
    Column("words", String(64), nullable=False),
    Column("payer_name", Text, nullable=False),
    Column("payer_account", Text, nullable=False),
    Column("format", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    # Another line that may be, or is, the same money.
    Column("like_id", BigInteger, ForeignKey("bank_line.id")),
    # A person's word that no payout and no payment in the ledger is this money.
    Column("apart", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("organisation_id", "receipt_id"),
    Index("ix_bank_line_booked", "organisation_id", "account_id", "booked"),
    Index("ix_bank_line_statement_id", "statement_id"),
)
