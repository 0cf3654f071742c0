"""Lines of bank statements become receipts, each once, whichever files tell of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.bankfile import Problem, ProblemKind
from connector.protocol import Found
from flows.bank import returned, trouble
from flows.keeping import look_again
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import total
from rules.matching import overlap
from store import bank_files, bank_lines, exceptions, journal, mirror, organisations
from store.bank_lines import DOUBTED, KEPT, SAME, NewLine

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from connector.bankfile import Reading
    from ledger.statements import BankLine, Statement
    from rules.matching.overlap import Retold
    from store.bank_accounts import BankAccountRow
    from store.bank_lines import LineRow


@dataclass(frozen=True, slots=True)
class Told:
    """What one file told of one account."""

    file_id: int
    format: str
    statements: tuple[Statement, ...]


def in_own_currency(reading: Reading) -> Reading:
    """Leave out, and say so, whatever is in another currency than its statement."""
    problems = list(reading.problems)
    statements = []
    for one in reading.statements:
        own = tuple(line for line in one.lines if line.amount.currency == one.currency)
        problems += [
            Problem(
                ProblemKind.CURRENCY,
                f"statement {one.number}".strip(),
                f"a line of {line.amount} does not belong into {one.currency} and is left out",
            )
            for line in one.lines
            if line.amount.currency != one.currency
        ]
        statements.append(replace(one, lines=own))
    return replace(reading, statements=tuple(statements), problems=tuple(problems))


def keep(
    s: Session, organisation_id: int, account: BankAccountRow, told: Told, now: datetime
) -> tuple[int, int]:
    """Keep the statements and the lines that are new; gives how many are new and how many doubted.

    Receipts are named so that they sort as the bank told them. Equal lines are counted over all
    statements of the file. A doubted line waits: it is a receipt that nothing acts on.
    """
    every = [line for one in told.statements for line in one.lines]
    found = _sorted_out(s, organisation_id, account, told, every)
    fresh: list[tuple[NewLine, Retold]] = []
    at = 0
    for statement in told.statements:
        mine = found[at : at + len(statement.lines)]
        statement_id = _keep_statement(s, organisation_id, account, told.file_id, statement, mine)
        fresh += [
            (_new_line(told, account, statement_id, at + place, one), one)
            for place, one in enumerate(mine)
            if one.same is None
        ]
        at += len(statement.lines)
    bank_lines.add(s, organisation_id, account.id, [one for one, _ in fresh])
    seen = [Found(_receipt(new, one.line), bank_lines.written(one.line)) for new, one in fresh]
    mirror.save(s, organisation_id, account.connection_id, seen, now)
    _tell(s, organisation_id, account, fresh, now)
    doubted = sum(new.state == DOUBTED for new, _ in fresh)
    return len(fresh) - doubted, doubted


def _sorted_out(
    s: Session,
    organisation_id: int,
    account: BankAccountRow,
    told: Told,
    lines: list[BankLine],
) -> list[Retold]:
    if not lines:
        return []
    around = timedelta(days=overlap.APART_DAYS_MAX)
    since = min(one.booked for one in lines) - around
    until = max(one.booked for one in lines) + around
    known = bank_lines.told(s, organisation_id, account.id, since, until)
    return overlap.sort_out(known, lines, told.format)


def _keep_statement(
    s: Session,
    organisation_id: int,
    account: BankAccountRow,
    file_id: int,
    statement: Statement,
    found: list[Retold],
) -> int:
    days = [one.booked for one in statement.lines]
    first: date | None = statement.opened or min(days, default=statement.closed)
    last: date | None = statement.closed or max(days, default=statement.opened)
    return bank_files.add_statement(
        s,
        organisation_id,
        account_id=account.id,
        file_id=file_id,
        number=statement.number,
        balances=(statement.opening, statement.closing),
        days=(first, last),
        lines=len(statement.lines),
        known=sum(one.same is not None for one in found),
        moved=total((one.amount for one in statement.lines), account.currency),
    )


def _new_line(
    told: Told, account: BankAccountRow, statement_id: int, number: int, one: Retold
) -> NewLine:
    line = overlap.as_told(0, one.line, told.format)
    return NewLine(
        statement_id,
        f"{told.file_id:05d}-{account.id}-{number + 1:05d}",
        line,
        KEPT if one.like is None else DOUBTED,
        one.like,
    )


def _receipt(new: NewLine, line: BankLine) -> Receipt:
    return Receipt(
        ref=Ref(Kind.RECEIPT, new.receipt_id),
        source=Source.BANK,
        received=line.booked,
        amount=line.amount,
        unapplied=line.amount,
        status=Status.OPEN if new.state == KEPT else Status.DRAFT,
        reference=line.reference,
        text=line.text,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        value_day=line.value_day,
        channel=line.channel,
        end_to_end_id=line.end_to_end_id,
        structured_reference=line.structured_reference,
        remittance=line.remittance,
        original=line.original,
        charges=line.charges,
    )


def _tell(
    s: Session,
    organisation_id: int,
    account: BankAccountRow,
    fresh: list[tuple[NewLine, Retold]],
    now: datetime,
) -> None:
    """Have a person look at doubted lines, and at money that the bank took back."""
    doubted = [new.receipt_id for new, _ in fresh if new.state == DOUBTED]
    for row in bank_lines.of_receipts(s, organisation_id, doubted).values():
        trouble.tell_doubt(s, organisation_id, account, row, now)
    kept = [(new, one.line) for new, one in fresh if new.state == KEPT]
    marked = {new.receipt_id for new, line in kept if line.reversal}
    _tell_returned(s, organisation_id, [_receipt(*one) for one in kept], marked, now)


def _tell_returned(
    s: Session,
    organisation_id: int,
    receipts: Sequence[Receipt],
    marked: Container[str],
    now: datetime,
) -> None:
    own_names = organisations.get(s, organisation_id).own_names
    returned.tell(s, organisation_id, receipts, marked=marked, own_names=own_names, now=now)


def settle(
    s: Session, organisation_id: int, line_id: int, *, same: bool, who: str, now: datetime
) -> LineRow:
    """Take a person's word that a doubted line is, or is not, another one told again.

    Raises ValueError when the line is not doubted any more.
    """
    line = bank_lines.get(s, organisation_id, line_id)
    wanted = SAME if same else KEPT
    if line is None or not bank_lines.settle(s, organisation_id, line_id, wanted):
        msg = "nobody is asked about this line any more; reload the page"
        raise ValueError(msg)
    said = "the same money, told again" if same else "money of its own"
    exceptions.close_subject(
        s, organisation_id, trouble.line_subject(line_id), who=who, now=now, resolution=said
    )
    journal.write(
        s,
        organisation_id,
        "settled",
        who=who,
        text=f"bank line of {line.amount} on {line.booked.isoformat()}: {said}",
        now=now,
        evidence={"text": line.text, "line": line_id, "other": line.like_id},
        subject=f"receipt:bank:{line.receipt_id}",
    )
    if not same:
        kept = mirror.receipts_named(s, organisation_id, Source.BANK, [line.receipt_id])
        _tell_returned(s, organisation_id, kept, (), now)
    look_again(s, organisation_id, now)
    return line
