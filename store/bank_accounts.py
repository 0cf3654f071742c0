"""Bank accounts that files told of: whether they are ours, and where their money is booked.

Until a person says that an account is ours nothing of it is shown in the mirror: its connection
is kept as one that is not connected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.orm import Session

from store import connections
from store.connections import BANK, CONNECTED, DISCONNECTED, Consented
from store.session import changed, insert_into
from store.tables import bank_account as accounts
from store.tables import receipt as receipts

# Nobody has said yet whose it is; ours; somebody else's, or not to be looked at.
ASKED = "asked"
OURS = "ours"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BankAccountRow:
    """One account. `ledger_account` is "" until one is chosen, or where the ledger keeps none.

    `csv` says how its CSV files are to be read; None until somebody said so.
    """

    id: int
    connection_id: int
    number: str
    currency: str
    name: str
    ledger_account: str
    state: str
    csv: Mapping[str, Any] | None


_OF = select(accounts).where(accounts.c.organisation_id == bindparam("organisation_id"))
_ALL = _OF.order_by(accounts.c.name, accounts.c.currency, accounts.c.id)
_ONE = _OF.where(accounts.c.id == bindparam("account_id"))
_NUMBERED = _OF.where(
    accounts.c.number == bindparam("number"), accounts.c.currency == bindparam("currency")
)
_OF_RECEIPT = _OF.join(receipts, receipts.c.connection_id == accounts.c.connection_id).where(
    receipts.c.vendor_id == bindparam("receipt_id")
)


def plain(number: str) -> str:
    """Give an account's number as it is kept: without spaces, in capitals."""
    return "".join(number.split()).upper()


def add(
    s: Session, organisation_id: int, number: str, currency: str, now: datetime
) -> BankAccountRow:
    """Add an account that nobody has spoken about yet, or give the one there is."""
    known = numbered(s, organisation_id, number, currency)
    if known is not None:
        return known
    tenant = f"{organisation_id}/{plain(number)}/{currency}"
    consented = Consented("bank", BANK, tenant, f"{number} {currency}", strategy="file")
    connection_id = connections.connect(s, organisation_id, consented, now)
    connections.set_state(s, connection_id, DISCONNECTED, "nobody has said whose account it is")
    made = insert_into(s, accounts).values(
        organisation_id=organisation_id,
        connection_id=connection_id,
        number=plain(number),
        currency=currency,
        name=number,
        state=ASKED,
        created_at=now,
    )
    return _row(s.execute(made.returning(accounts)).one())


def numbered(s: Session, organisation_id: int, number: str, currency: str) -> BankAccountRow | None:
    """Find an account by its number, however that is spaced, and its currency."""
    which = {"number": plain(number), "currency": currency}
    return _first(s, organisation_id, _NUMBERED, **which)


def get(s: Session, organisation_id: int, account_id: int) -> BankAccountRow | None:
    """Give one account."""
    return _first(s, organisation_id, _ONE, account_id=account_id)


def everyone(s: Session, organisation_id: int) -> list[BankAccountRow]:
    """List the accounts by name."""
    return [_row(row) for row in s.execute(_ALL, {"organisation_id": organisation_id})]


def of_receipt(s: Session, organisation_id: int, receipt_id: str) -> BankAccountRow | None:
    """Give the account that a receipt's money is on; None for money from elsewhere."""
    return _first(s, organisation_id, _OF_RECEIPT, receipt_id=receipt_id)


def claim(
    s: Session, organisation_id: int, account_id: int, *, name: str, ledger_account: str
) -> bool:
    """Take a person's word that an account is ours: from now on its lines are receipts."""
    values = {"name": name, "ledger_account": ledger_account, "state": OURS}
    return _change(s, organisation_id, account_id, CONNECTED, values)


def refuse(s: Session, organisation_id: int, account_id: int) -> bool:
    """Take a person's word that an account is none of ours; what it told is not shown."""
    return _change(s, organisation_id, account_id, DISCONNECTED, {"state": REFUSED})


def set_csv(s: Session, organisation_id: int, account_id: int, mapping: Mapping[str, Any]) -> bool:
    """Keep how the CSV files of an account are to be read."""
    return bool(_update(s, organisation_id, account_id, {"csv": dict(mapping)}))


def _change(
    s: Session,
    organisation_id: int,
    account_id: int,
    connection_state: str,
    values: Mapping[str, object],
) -> bool:
    found = get(s, organisation_id, account_id)
    if found is None:
        return False
    connections.set_state(s, found.connection_id, connection_state, "")
    return bool(_update(s, organisation_id, account_id, values))


def _update(s: Session, organisation_id: int, account_id: int, values: Mapping[str, object]) -> int:
    mine = (accounts.c.organisation_id == organisation_id) & (accounts.c.id == account_id)
    return changed(s, update(accounts).where(mine).values(**values))


def _first(
    s: Session,
    organisation_id: int,
    statement: Select[Any],
    **which: object,
) -> BankAccountRow | None:
    row = s.execute(statement, {"organisation_id": organisation_id, **which}).first()
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> BankAccountRow:
    return BankAccountRow(
        id=row.id,
        connection_id=row.connection_id,
        number=row.number,
        currency=row.currency,
        name=row.name,
        ledger_account=row.ledger_account,
        state=row.state,
        csv=row.csv,
    )
