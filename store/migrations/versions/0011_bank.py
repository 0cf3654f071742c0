"""Bank files, and what only a bank statement tells of a receipt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Keep bank accounts, files, statements and lines; receipts learn to hold what a line tells."""
    _receipt()
    _account()
    _file()
    _statement()
    _line()


def _receipt() -> None:
    for name, kind in (
        ("channel", sa.String(length=20)),
        ("end_to_end_id", sa.Text()),
        ("structured_reference", sa.Text()),
    ):
        op.add_column("receipt", sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column("receipt", sa.Column("value_day", sa.Date(), nullable=True))
    op.add_column(
        "receipt", sa.Column("remittance", sa.Text(), nullable=False, server_default="[]")
    )
    for name in ("original", "charges"):
        op.add_column("receipt", sa.Column(name, sa.Text(), nullable=True))


def _account() -> None:
    op.create_table(
        "bank_account",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ledger_account", sa.Text(), nullable=False, server_default=""),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("csv", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_account_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_bank_account_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint(
            "organisation_id",
            "number",
            "currency",
            name=op.f("uq_bank_account_organisation_id_number_currency"),
        ),
    )


def _file() -> None:
    op.create_table(
        "bank_file",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("format", sa.String(length=20), nullable=False, server_default=""),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_file_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_file")),
        sa.UniqueConstraint(
            "organisation_id", "digest", name=op.f("uq_bank_file_organisation_id_digest")
        ),
    )


def _statement() -> None:
    op.create_table(
        "bank_statement",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=True),
        sa.Column("closing", sa.BigInteger(), nullable=True),
        sa.Column("opened", sa.Date(), nullable=True),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["bank_file.id"], name=op.f("fk_bank_statement_file_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_statement_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_account.id"], name=op.f("fk_bank_statement_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_statement")),
    )
    op.create_index(
        "ix_bank_statement_account_id",
        "bank_statement",
        ["organisation_id", "account_id", "closed"],
        unique=False,
    )


def _line() -> None:
    op.create_table(
        "bank_line",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("booked", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("bank_id", sa.Text(), nullable=False),
        sa.Column("words", sa.String(length=64), nullable=False),
        sa.Column("payer_name", sa.Text(), nullable=False),
        sa.Column("payer_account", sa.Text(), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("like_id", sa.BigInteger(), nullable=True),
        sa.Column("apart", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["bank_statement.id"], name=op.f("fk_bank_line_statement_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_bank_line_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["bank_account.id"], name=op.f("fk_bank_line_account_id")
        ),
        sa.ForeignKeyConstraint(["like_id"], ["bank_line.id"], name=op.f("fk_bank_line_like_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint(
            "organisation_id", "receipt_id", name=op.f("uq_bank_line_organisation_id_receipt_id")
        ),
    )
    op.create_index(
        "ix_bank_line_booked",
        "bank_line",
        ["organisation_id", "account_id", "booked"],
        unique=False,
    )
    op.create_index("ix_bank_line_statement_id", "bank_line", ["statement_id"], unique=False)
