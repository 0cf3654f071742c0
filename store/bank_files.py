"""Bank files as they came, and the statements in them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, update
from sqlalchemy.orm import Session

from ledger.balances import Balances
from ledger.money import Money
from store.session import changed, insert_into
from store.tables import bank_account as accounts
from store.tables import bank_file as files
from store.tables import bank_statement as statements

# It was taken in; it could not be read; a person has to say how, or for which account.
READ = "read"
UNREADABLE = "unreadable"
WAITING = "waiting"
# A person let go of it, or took it back.
DROPPED = "dropped"

# A larger one, compressed, is not kept; what it told is.
BODY_BYTES_MAX = 8_000_000


@dataclass(frozen=True, slots=True)
class BankFileRow:
    """One file. `problems` says in words what is wrong with it, or with single lines of it."""

    id: int
    digest: str
    name: str
    size: int
    format: str
    state: str
    problems: Sequence[str]
    who: str
    at: datetime
    is_kept: bool


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One statement as a file told it. `known` of its `lines` were told before."""

    id: int
    account_id: int
    file_id: int
    number: str
    opening: Money | None
    closing: Money | None
    opened: date | None
    closed: date | None
    lines: int
    known: int
    moved: Money


_SHOWN = (
    *(files.c.id, files.c.digest, files.c.name, files.c.size, files.c.format, files.c.state),
    *(files.c.problems, files.c.who, files.c.at, files.c.body.is_not(None).label("is_kept")),
)
_OF = select(*_SHOWN).where(files.c.organisation_id == bindparam("organisation_id"))
_LATEST = _OF.order_by(files.c.id.desc()).limit(bindparam("limit"))
_ONE = _OF.where(files.c.id == bindparam("file_id"))
_WITH = _OF.where(files.c.digest == bindparam("digest"))
_BODY = select(files.c.body).where(
    files.c.organisation_id == bindparam("organisation_id"), files.c.id == bindparam("file_id")
)
_EVERY = (
    select(statements, accounts.c.currency)
    .join(accounts, accounts.c.id == statements.c.account_id)
    .where(statements.c.organisation_id == bindparam("organisation_id"))
)
_STATEMENT = _EVERY.where(statements.c.id == bindparam("statement_id"))
_STATEMENTS = _EVERY.where(statements.c.account_id == bindparam("account_id")).order_by(
    func.coalesce(statements.c.closed, statements.c.opened).desc(), statements.c.id.desc()
)

_MINE = (
    select(statements.c.account_id, func.min(statements.c.id).label("first"))
    .where(
        statements.c.organisation_id == bindparam("organisation_id"),
        statements.c.file_id == bindparam("file_id"),
    )
    .group_by(statements.c.account_id)
    .subquery()
)
_RESTING_ON = (
    select(files.c.name)
    .join(statements, statements.c.file_id == files.c.id)
    .join(_MINE, _MINE.c.account_id == statements.c.account_id)
    .where(
        statements.c.organisation_id == bindparam("organisation_id"),
        statements.c.file_id != bindparam("file_id"),
        statements.c.known > 0,
        statements.c.id > _MINE.c.first,
    )
    .distinct()
    .order_by(files.c.name)
)


def keep(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    *,
    digest: str,
    name: str,
    body: bytes,
    file_format: str,
    state: str,
    problems: Sequence[str],
    who: str,
    now: datetime,
) -> int:
    """Keep a file with what came of it; one that came before is the same row."""
    packed = zlib.compress(body)
    values = {
        "organisation_id": organisation_id,
        "digest": digest,
        "name": name,
        "size": len(body),
        "body": packed if len(packed) <= BODY_BYTES_MAX else None,
        "format": file_format,
        "state": state,
        "problems": list(problems),
        "who": who,
        "at": now,
    }
    made = insert_into(s, files).values(values)
    told = {name: made.excluded[name] for name in ("format", "state", "problems")}
    kept = made.on_conflict_do_update(index_elements=["organisation_id", "digest"], set_=told)
    return int(s.execute(kept.returning(files.c.id)).scalar_one())


def with_digest(s: Session, organisation_id: int, digest: str) -> BankFileRow | None:
    """Find the file with these very bytes."""
    return _first(s, organisation_id, _WITH, digest=digest)


def get(s: Session, organisation_id: int, file_id: int) -> BankFileRow | None:
    """Give one file, without its bytes."""
    return _first(s, organisation_id, _ONE, file_id=file_id)


def body(s: Session, organisation_id: int, file_id: int) -> bytes | None:
    """Give the bytes of a file; None when they were too many to keep."""
    packed = s.scalar(_BODY, {"organisation_id": organisation_id, "file_id": file_id})
    return None if packed is None else zlib.decompress(packed)


def latest(s: Session, organisation_id: int, limit: int) -> list[BankFileRow]:
    """List the newest files."""
    rows = s.execute(_LATEST, {"organisation_id": organisation_id, "limit": limit})
    return [BankFileRow(**row._mapping) for row in rows]  # noqa: SLF001 - a row's public dict


def forget(s: Session, organisation_id: int, file_id: int) -> bool:
    """Say of a file that nobody wants it, unless it is taken in; its bytes are let go."""
    mine = (files.c.organisation_id == organisation_id) & (files.c.id == file_id)
    dropped = update(files).where(mine, files.c.state != READ).values(state=DROPPED, body=None)
    return bool(changed(s, dropped))


def take_back(s: Session, organisation_id: int, file_id: int) -> bool:
    """Say of a file that it was taken in by mistake; the same bytes may come again."""
    mine = (files.c.organisation_id == organisation_id) & (files.c.id == file_id)
    dropped = update(files).where(mine, files.c.state == READ).values(state=DROPPED)
    return bool(changed(s, dropped))


def resting_on(s: Session, organisation_id: int, file_id: int) -> list[str]:
    """Name the files taken in later that told lines of the same accounts which were known."""
    which = {"organisation_id": organisation_id, "file_id": file_id}
    return list(s.scalars(_RESTING_ON, which))


def add_statement(  # noqa: PLR0913 - one column each, all by name
    s: Session,
    organisation_id: int,
    *,
    account_id: int,
    file_id: int,
    number: str,
    balances: tuple[Money | None, Money | None],
    days: tuple[date | None, date | None],
    lines: int,
    known: int,
    moved: Money,
) -> int:
    """Keep one statement of a file; `balances` and `days` are the first and the last."""
    opening, closing = balances
    values = {
        "organisation_id": organisation_id,
        "account_id": account_id,
        "file_id": file_id,
        "number": number,
        "opening": None if opening is None else opening.minor,
        "closing": None if closing is None else closing.minor,
        "opened": days[0],
        "closed": days[1],
        "lines": lines,
        "known": known,
        "moved": moved.minor,
    }
    made = insert_into(s, statements).values(values).returning(statements.c.id)
    return int(s.execute(made).scalar_one())


def of_account(s: Session, organisation_id: int, account_id: int) -> list[StatementRow]:
    """List the statements of an account, the newest first."""
    which = {"organisation_id": organisation_id, "account_id": account_id}
    return [_statement(row) for row in s.execute(_STATEMENTS, which)]


def statement(s: Session, organisation_id: int, statement_id: int) -> StatementRow | None:
    """Give one statement."""
    which = {"organisation_id": organisation_id, "statement_id": statement_id}
    row = s.execute(_STATEMENT, which).one_or_none()
    return None if row is None else _statement(row)


def balances(found: Sequence[StatementRow]) -> list[Balances]:
    """Give those statements that tell both balances and their days."""
    return [
        Balances(one.id, one.opened, one.closed, one.opening, one.closing, one.moved)
        for one in found
        if one.opening is not None and one.closing is not None and one.opened and one.closed
    ]


def _first(
    s: Session,
    organisation_id: int,
    statement: Select[Any],
    **which: object,
) -> BankFileRow | None:
    row = s.execute(statement, {"organisation_id": organisation_id, **which}).first()
    return None if row is None else BankFileRow(**row._mapping)  # noqa: SLF001


def _statement(row: Row[Any]) -> StatementRow:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, row.currency)

    return StatementRow(
        id=row.id,
        account_id=row.account_id,
        file_id=row.file_id,
        number=row.number,
        opening=money(row.opening),
        closing=money(row.closing),
        opened=row.opened,
        closed=row.closed,
        lines=row.lines,
        known=row.known,
        moved=Money(row.moved, row.currency),
    )
