"""A person's word on bank accounts: whether one is ours, and where its money is booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.bank import trouble
from flows.keeping import look_again
from store import bank_accounts, exceptions, journal

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.bank_accounts import BankAccountRow

NAME_CHARS_MAX = 100


def add(
    s: Session, organisation_id: int, number: str, currency: str, now: datetime
) -> BankAccountRow:
    """Add an account whose files do not say which one they are of."""
    return bank_accounts.add(s, organisation_id, number, currency, now)


def claim(  # noqa: PLR0913 - who says what, when
    s: Session,
    organisation_id: int,
    account_id: int,
    *,
    name: str,
    ledger_account: str,
    who: str,
    now: datetime,
) -> BankAccountRow:
    """Take an account as ours: its lines are receipts from now on. Raises LookupError."""
    name = name.strip()[:NAME_CHARS_MAX]
    account = _get(s, organisation_id, account_id)
    bank_accounts.claim(
        s,
        organisation_id,
        account_id,
        name=name or account.name,
        ledger_account=ledger_account,
    )
    said = f"bank account {account.number} ({account.currency}) is ours"
    _tell(s, organisation_id, account, said, ledger_account, who, now)
    look_again(s, organisation_id, now)
    return account


def refuse(s: Session, organisation_id: int, account_id: int, *, who: str, now: datetime) -> None:
    """Take an account as none of ours: nothing of it is shown or matched. Raises LookupError."""
    account = _get(s, organisation_id, account_id)
    bank_accounts.refuse(s, organisation_id, account_id)
    said = f"bank account {account.number} ({account.currency}) is none of ours"
    _tell(s, organisation_id, account, said, "", who, now)
    look_again(s, organisation_id, now)


def _get(s: Session, organisation_id: int, account_id: int) -> BankAccountRow:
    account = bank_accounts.get(s, organisation_id, account_id)
    if account is None:
        msg = "there is no such bank account here"
        raise LookupError(msg)
    return account


def _tell(  # noqa: PLR0913, PLR0917 - who says what, when
    s: Session,
    organisation_id: int,
    account: BankAccountRow,
    said: str,
    ledger_account: str,
    who: str,
    now: datetime,
) -> None:
    about = trouble.account_subject(account.id)
    exceptions.close_subject(s, organisation_id, about, who=who, now=now, resolution=said)
    evidence = {"account": account.number, "ledger_account": ledger_account}
    journal.write(s, organisation_id, "changed", who=who, text=said, now=now, evidence=evidence)
