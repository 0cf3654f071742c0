"""The lines of bank statements: each movement of money once, whichever files told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.orm import Session

from ledger.documents import Receipt, Status
from ledger.money import Money
from ledger.statements import BankLine
from rules.matching.overlap import ToldLine
from store.bank_accounts import ASKED, OURS
from store.documents import to_receipt
from store.session import changed, chunks
from store.tables import bank_account as accounts
from store.tables import bank_file as files
from store.tables import bank_line as lines
from store.tables import bank_statement as statements
from store.tables import receipt as receipts
from store.tables.columns import canonical

# It is money of its own; it may be another line's; it is another line's.
KEPT = "kept"
DOUBTED = "doubted"
SAME = "same"


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line, with the receipt that it is in the mirror. `left` is what nothing explains yet.

    `like_id` is a line that may be the same money; `apart` is a person's word that no payout and
    no payment in the ledger is.
    """

    id: int
    account_id: int
    statement_id: int
    receipt_id: str
    state: str
    like_id: int | None
    apart: bool
    booked: date
    amount: Money
    left: Money
    text: str
    reference: str
    payer_name: str


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to keep: the statement that told it, and its receipt."""

    statement_id: int
    receipt_id: str
    told: ToldLine
    state: str = KEPT
    like_id: int | None = None


_TOLD = select(lines).where(
    lines.c.organisation_id == bindparam("organisation_id"),
    lines.c.account_id == bindparam("account_id"),
    lines.c.booked.between(bindparam("since"), bindparam("until")),
)
_SHOWN = (
    select(
        lines,
        accounts.c.currency,
        *(receipts.c.text, receipts.c.reference, receipts.c.unapplied, receipts.c.applied_here),
    )
    .join(accounts, accounts.c.id == lines.c.account_id)
    .join(
        receipts,
        (receipts.c.connection_id == accounts.c.connection_id)
        & (receipts.c.vendor_id == lines.c.receipt_id),
    )
    .where(lines.c.organisation_id == bindparam("organisation_id"))
)
_OF_STATEMENT = (
    _SHOWN.where(lines.c.statement_id == bindparam("statement_id"))
    .order_by(lines.c.id)
    .limit(bindparam("limit"))
)
_OF_FILE = (
    _SHOWN.join(statements, statements.c.id == lines.c.statement_id)
    .where(statements.c.file_id == bindparam("file_id"))
    .order_by(lines.c.id)
)
_DOUBTED = _SHOWN.where(lines.c.state == DOUBTED).order_by(lines.c.booked, lines.c.id)
_UNTOUCHED = (
    _SHOWN.with_only_columns(lines.c.receipt_id)
    .where(
        lines.c.booked >= bindparam("since"),
        lines.c.state == KEPT,
        ~lines.c.apart,
        accounts.c.state == OURS,
        receipts.c.status == Status.OPEN.value,
        receipts.c.applied_here == 0,
    )
    .order_by(lines.c.booked, lines.c.id)
)
# On an account that nobody has spoken about yet every line waits, on ours what is doubted.
_WAITING = (
    select(receipts)
    .join(accounts, accounts.c.connection_id == receipts.c.connection_id)
    .join(
        lines,
        (lines.c.organisation_id == receipts.c.organisation_id)
        & (lines.c.account_id == accounts.c.id)
        & (lines.c.receipt_id == receipts.c.vendor_id),
    )
    .where(
        receipts.c.organisation_id == bindparam("organisation_id"),
        lines.c.booked >= bindparam("since"),
        lines.c.amount > 0,
        ((accounts.c.state == ASKED) & (lines.c.state != SAME))
        | ((accounts.c.state == OURS) & (lines.c.state == DOUBTED)),
    )
    .order_by(receipts.c.received, receipts.c.vendor_id)
)
_TOLD_ON = (
    select(lines.c.receipt_id, files.c.at)
    .join(statements, statements.c.id == lines.c.statement_id)
    .join(files, files.c.id == statements.c.file_id)
    .where(
        lines.c.organisation_id == bindparam("organisation_id"),
        lines.c.receipt_id.in_(bindparam("ids", expanding=True)),
    )
)
_ONE = _SHOWN.where(lines.c.id == bindparam("line_id"))
_OF_RECEIPTS = _SHOWN.where(lines.c.receipt_id.in_(bindparam("ids", expanding=True)))


def told(
    s: Session, organisation_id: int, account_id: int, since: date, until: date
) -> list[ToldLine]:
    """List what is known of an account between two days, for a new file to be compared with.

    What was told twice is among it, in the words of both: either may come again.
    """
    which = {"organisation_id": organisation_id, "account_id": account_id}
    rows = s.execute(_TOLD.order_by(lines.c.id), {**which, "since": since, "until": until})
    return [
        ToldLine(
            id=row.id,
            booked=row.booked,
            amount=row.amount,
            bank_id=row.bank_id,
            words=row.words,
            payer_name=row.payer_name,
            payer_account=row.payer_account,
            format=row.format,
        )
        for row in rows
    ]


def add(s: Session, organisation_id: int, account_id: int, new: Sequence[NewLine]) -> None:
    """Keep new lines."""
    rows = [
        {
            "organisation_id": organisation_id,
            "account_id": account_id,
            "statement_id": one.statement_id,
            "receipt_id": one.receipt_id,
            "booked": one.told.booked,
            "amount": one.told.amount,
            "bank_id": one.told.bank_id,
            "words": one.told.words,
            "payer_name": one.told.payer_name,
            "payer_account": one.told.payer_account,
            "format": one.told.format,
            "state": one.state,
            "like_id": one.like_id,
        }
        for one in new
    ]
    if rows:
        s.execute(lines.insert(), rows)


def get(s: Session, organisation_id: int, line_id: int) -> LineRow | None:
    """Give one line."""
    row = s.execute(_ONE, {"organisation_id": organisation_id, "line_id": line_id}).first()
    return None if row is None else _row(row)


def of_statement(
    s: Session, organisation_id: int, statement_id: int, limit: int = 1000
) -> list[LineRow]:
    """List the first lines that a statement told first, in its order."""
    which = {"organisation_id": organisation_id, "statement_id": statement_id, "limit": limit}
    return [_row(row) for row in s.execute(_OF_STATEMENT, which)]


def of_receipts(s: Session, organisation_id: int, ids: Sequence[str]) -> dict[str, LineRow]:
    """Give the lines behind receipts, by the receipts' ids."""
    return {
        row.receipt_id: _row(row)
        for part in chunks(ids)
        for row in s.execute(_OF_RECEIPTS, {"organisation_id": organisation_id, "ids": part})
    }


def untouched(s: Session, organisation_id: int, since: date) -> list[str]:
    """List the receipts of lines from a day on that nobody spoke about and nothing accounts for.

    Money that went out is among them; what a person set apart is not.
    """
    return list(s.scalars(_UNTOUCHED, {"organisation_id": organisation_id, "since": since}))


def doubted(s: Session, organisation_id: int) -> list[LineRow]:
    """List the lines that may be the same money as another, the oldest first."""
    return [_row(row) for row in s.execute(_DOUBTED, {"organisation_id": organisation_id})]


def waiting(s: Session, organisation_id: int, since: date) -> list[Receipt]:
    """List the money that came in from a day on and waits for a person's word, the earliest first.

    It may be told twice, or its account be somebody else's: the mirror does not show it to those
    who place money.
    """
    which = {"organisation_id": organisation_id, "since": since}
    return [to_receipt(row, ()) for row in s.execute(_WAITING, which)]


def told_on(s: Session, organisation_id: int, ids: Sequence[str]) -> dict[str, date]:
    """Say of lines, by their receipts, on which day (in UTC) the file was handed in."""
    return {
        row.receipt_id: row.at.date()
        for part in chunks(ids)
        for row in s.execute(_TOLD_ON, {"organisation_id": organisation_id, "ids": part})
    }


def settle(s: Session, organisation_id: int, line_id: int, state: str) -> bool:
    """Take a person's word on a doubted line; False when it is not doubted any more.

    Its receipt comes to life, or is void where the line is the same money as another.
    """
    return _set_state(s, organisation_id, line_id, state, DOUBTED)


def _set_state(
    s: Session, organisation_id: int, line_id: int, state: str, before: str | None = None
) -> bool:
    mine = (lines.c.organisation_id == organisation_id) & (lines.c.id == line_id)
    settled = update(lines).where(mine).values(state=state)
    if before is not None:
        settled = settled.where(lines.c.state == before)
    row = s.execute(settled.returning(lines.c.account_id, lines.c.receipt_id)).one_or_none()
    if row is None:
        return False
    whose = select(accounts.c.connection_id).where(accounts.c.id == row.account_id)
    status = Status.OPEN if state == KEPT else Status.VOID
    # Without a digest the same line, told again, is a change.
    s.execute(
        update(receipts)
        .where(
            receipts.c.organisation_id == organisation_id,
            receipts.c.connection_id == whose.scalar_subquery(),
            receipts.c.vendor_id == row.receipt_id,
        )
        .values(status=status.value, digest="")
    )
    return True


def of_file(s: Session, organisation_id: int, file_id: int) -> list[LineRow]:
    """List the lines that a file told first."""
    which = {"organisation_id": organisation_id, "file_id": file_id}
    return [_row(row) for row in s.execute(_OF_FILE, which)]


def drop(s: Session, organisation_id: int, file_id: int) -> list[int]:
    """Forget the lines that a file told first, with their statements; their receipts are void.

    Gives the lines of other files that were, or may have been, one of them: each is money of its
    own again.
    """
    ids = [one.id for one in of_file(s, organisation_id, file_id)]
    ours = lines.c.organisation_id == organisation_id
    revived: list[int] = []
    for part in chunks(ids):
        like = ours & lines.c.like_id.in_(part)
        others = [one for one in s.scalars(select(lines.c.id).where(like)) if one not in ids]
        for line_id in others:
            _set_state(s, organisation_id, line_id, KEPT)
        revived += others
        s.execute(update(lines).where(like).values(like_id=None))
    for line_id in ids:
        _set_state(s, organisation_id, line_id, SAME)
    for part in chunks(ids):
        s.execute(delete(lines).where(ours, lines.c.id.in_(part)))
    s.execute(
        delete(statements).where(
            statements.c.organisation_id == organisation_id, statements.c.file_id == file_id
        )
    )
    return revived


def written(line: BankLine) -> str:
    """Write down, as JSON, everything that the bank said of a line; kept beside its receipt."""
    return canonical(line)


def set_apart(s: Session, organisation_id: int, line_id: int, *, apart: bool) -> bool:
    """Take a person's word on whether a line is money that is seen nowhere else."""
    mine = (lines.c.organisation_id == organisation_id) & (lines.c.id == line_id)
    return bool(changed(s, update(lines).where(mine).values(apart=apart)))


def _row(row: Row[Any]) -> LineRow:
    return LineRow(
        id=row.id,
        account_id=row.account_id,
        statement_id=row.statement_id,
        receipt_id=row.receipt_id,
        state=row.state,
        like_id=row.like_id,
        apart=row.apart,
        booked=row.booked,
        amount=Money(row.amount, row.currency),
        left=Money(row.unapplied - row.applied_here, row.currency),
        text=row.text,
        reference=row.reference,
        payer_name=row.payer_name,
    )
