"""What a person must look at about bank files: one row of the exceptions for each trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.bankfile import ProblemKind
from ledger.balances import gaps
from store import bank_accounts, bank_files, exceptions

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.bankfile import Reading
    from flows.bank.taken import Taken
    from ledger.balances import Gap
    from store.bank_accounts import BankAccountRow
    from store.bank_lines import LineRow

FILE = "bank_file"
ACCOUNT = "bank_account"
GAP = "bank_gap"
DOUBT = "bank_line_twice"
# What of a file's problems may hide money; the others are told on the file's page alone.
_GRAVE = frozenset({ProblemKind.LINE, ProblemKind.CURRENCY, ProblemKind.TOTAL})
_FIXES = {
    bank_files.UNREADABLE: "Download it again from the bank, or in another format, and upload it.",
    bank_files.WAITING: "Open it on the bank page and say how it is to be read.",
    bank_files.READ: "Compare these lines with the bank, and add what is missing in the ledger.",
}
PROBLEMS_SHOWN = 5


def file_subject(file_id: int) -> str:
    """Name what is filed under a file."""
    return f"bank-file:{file_id}"


def account_subject(account_id: int) -> str:
    """Name what is filed under an account."""
    return f"bank-account:{account_id}"


def line_subject(line_id: int) -> str:
    """Name what is filed under a line."""
    return f"bank-line:{line_id}"


def tell_file(
    s: Session, organisation_id: int, taken: Taken, reading: Reading, now: datetime
) -> None:
    """Say what is wrong with a file, or that nothing is any more."""
    about = file_subject(taken.file_id)
    grave = [str(one) for one in reading.problems if one.kind in _GRAVE]
    if not taken.said and not grave:
        exceptions.close_subject(
            s, organisation_id, about, who="dunnock", now=now, resolution="it was read"
        )
        return
    more = len(grave) - PROBLEMS_SHOWN
    told = [taken.said] if taken.said else grave[:PROBLEMS_SHOWN]
    title = f"{taken.name} is not taken in" if taken.said else f"{taken.name} is not whole"
    exceptions.open_exception(
        s,
        organisation_id,
        kind=FILE,
        subject=about,
        title=f"Bank file {title}",
        detail="; ".join(told) + (f"; and {more} more" if more > 0 and not taken.said else ""),
        fix=_FIXES[taken.state],
        now=now,
    )


def tell_account(s: Session, organisation_id: int, account: BankAccountRow, now: datetime) -> None:
    """Ask, once, whose account it is and where its money is booked."""
    if account.state != bank_accounts.ASKED:
        return
    exceptions.open_exception(
        s,
        organisation_id,
        kind=ACCOUNT,
        subject=account_subject(account.id),
        title=f"A bank file is of an account not known here: {account.name} ({account.currency})",
        detail=(
            "Its lines wait: nothing is matched with them. Reminders to whoever seems to have paid"
            " there wait too."
        ),
        fix="Say on the bank page whether it is yours, and where its money is booked.",
        now=now,
    )


def tell_gaps(s: Session, organisation_id: int, account: BankAccountRow, now: datetime) -> None:
    """Say which money no line of the account tells of; a gap that was filled closes itself."""
    found = gaps(bank_files.balances(bank_files.of_account(s, organisation_id, account.id)))
    told = {_gap_subject(account, one): one for one in found}
    for row in exceptions.list_open(s, organisation_id, GAP):
        if row.subject.startswith(f"bank-gap:{account.id}:") and row.subject not in told:
            exceptions.close_subject(
                s, organisation_id, row.subject, who="dunnock", now=now, resolution="it was filled"
            )
    for about, one in told.items():
        exceptions.open_exception(
            s,
            organisation_id,
            kind=GAP,
            subject=about,
            title=f"{account.name}: {abs(one.amount)} is in no line of the bank's",
            detail=_said(one),
            fix="Upload the statement that is missing. If there is none, ask the bank.",
            now=now,
        )


def _gap_subject(account: BankAccountRow, gap: Gap) -> str:
    return f"bank-gap:{account.id}:{gap.id}:{gap.before or 0}"


def _said(gap: Gap) -> str:
    if gap.before is None:
        return f"The lines of the statement of {gap.day:%d %b %Y} do not make its closing balance."
    return f"The statement from {gap.day:%d %b %Y} on does not begin where the one before ended."


def tell_doubt(
    s: Session, organisation_id: int, account: BankAccountRow, line: LineRow, now: datetime
) -> None:
    """Ask whether a line is another one told again."""
    exceptions.open_exception(
        s,
        organisation_id,
        kind=DOUBT,
        subject=line_subject(line.id),
        title=f"{line.amount} on {account.name} may be told twice",
        detail=(
            f"A line of {line.booked:%d %b %Y}, {line.text[:200] or 'without words'}, has the"
            " amount of another line that came in another file, in other words."
        ),
        fix="Say on the bank page whether it is the same money. Until then it waits.",
        now=now,
    )
