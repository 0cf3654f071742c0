"""Column types of the house: moments in UTC, canonical JSON, and the columns every table shares."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnClause,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    Text,
    literal_column,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# SQLite counts rows up by itself only under a plain INTEGER key.
Serial = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment, in and out; refuses a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; SQLite keeps it without offset so that text order is time order."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"{value.isoformat()} has no zone; moments are aware UTC"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def plain(value: object) -> object:
    """Turn a value of the house into what JSON can say; raises TypeError for anything else."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    msg = f"{type(value).__name__} has no place in a JSON body"
    raise TypeError(msg)


def canonical(value: object) -> str:
    """Write JSON in its one form: sorted keys, no spaces, text as it is."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain
    )


class Json(TypeDecorator[Any]):
    """Canonical JSON as text, so that the same value is the same bytes on every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Write the canonical form."""
        del dialect
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Read it back; fractions stay decimal."""
        del dialect
        return None if value is None else json.loads(value, parse_float=Decimal)


def fixed(value: str | int) -> ColumnClause[Any]:
    """Write one of our own words or figures into a statement's text.

    An index over some rows only (`status = 'open'`) serves a question that says so in its text;
    a word handed in beside the text comes too late.
    """
    return literal_column(f"'{value}'" if isinstance(value, str) else str(value))


def key() -> Column[int]:
    """Make the column that numbers the rows of a table."""
    return Column("id", Serial, primary_key=True)


def owner(*, primary_key: bool = False) -> Column[int]:
    """Make the column that says whose row it is; no tenant table goes without."""
    return Column(
        "organisation_id",
        BigInteger,
        ForeignKey("organisation.id"),
        primary_key=primary_key,
        nullable=False,
    )
