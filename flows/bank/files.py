"""Bank files taken in: read in a process of its own, each movement of money kept once.

Everything a file leads to is one transaction, so that a crash leaves the whole of it or nothing,
and the same file again changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connector import bankfile
from flows.bank import lines as lines_flow
from flows.bank import naming, trouble
from flows.bank.taken import KNOWN, Taken
from flows.keeping import look_again
from store import bank_accounts, bank_files, journal
from store.killpoints import reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.bankfile import CsvMapping, Reading
    from flows.tools import Tools
    from ledger.statements import Statement
    from store.bank_accounts import BankAccountRow
    from store.bank_files import BankFileRow

NAME_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class File:
    """What somebody hands in. `account_id` says which account it is of, where it cannot itself."""

    name: str
    body: bytes
    account_id: int | None = None
    mapping: CsvMapping | None = None

    def __post_init__(self) -> None:
        """Name it so that the name can be kept and shown."""
        object.__setattr__(self, "name", naming.plain(self.name)[:NAME_CHARS_MAX])

    @property
    def digest(self) -> str:
        """What the same bytes are known by."""
        return hashlib.sha256(self.body).hexdigest()


def take(tools: Tools, organisation_id: int, file: File, *, who: str) -> Taken:
    """Take a file in. Raises LookupError for an account that is not this organisation's.

    What cannot be read is kept with the reason, and a person is told.
    """
    with tools.sessions.begin() as s:
        known = bank_files.with_digest(s, organisation_id, file.digest)
        account = _named(s, organisation_id, file.account_id)
    if known is not None and known.state == bank_files.READ:
        return _as_known(known)
    reading = bankfile.read(file.body, file.mapping or _kept_mapping(account))
    with tools.sessions.begin() as s:
        return keep(s, organisation_id, file, reading, who=who, now=tools.clock())


def proposed(body: bytes) -> CsvMapping | None:
    """Say how a CSV file seems to be meant; None for any other file."""
    return bankfile.read(body).proposal


def keep(
    s: Session, organisation_id: int, file: File, reading: Reading, *, who: str, now: datetime
) -> Taken:
    """Keep what was read of a file, with everything it leads to, in the caller's transaction."""
    known = bank_files.with_digest(s, organisation_id, file.digest)
    if known is not None and known.state == bank_files.READ:
        return _as_known(known)
    account = _named(s, organisation_id, file.account_id)
    reading = lines_flow.in_own_currency(reading)
    has_mapping = file.mapping is not None or _kept_mapping(account) is not None
    said, state = _verdict(reading, account, has_mapping=has_mapping)
    told = [str(one) for one in reading.problems]
    file_id = bank_files.keep(
        s,
        organisation_id,
        digest=file.digest,
        name=file.name,
        body=file.body,
        file_format=reading.format,
        state=state,
        problems=[said, *told] if said else told,
        who=who,
        now=now,
    )
    taken = Taken(file.name, state, file_id, reading.format, said, tuple(told))
    if state == bank_files.READ:
        taken = _keep_statements(s, organisation_id, taken, reading, account, now)
        _keep_mapping(s, organisation_id, file, account)
        evidence = {"file": file.name, "sha256": file.digest, "lines": taken.lines}
        text = f"bank file {file.name}: {taken.new} of {taken.lines} lines are new"
        journal.write(
            s, organisation_id, "imported", who=who, text=text, now=now, evidence=evidence
        )
    trouble.tell_file(s, organisation_id, taken, reading, now)
    reach("K24")
    return taken


def _named(s: Session, organisation_id: int, account_id: int | None) -> BankAccountRow | None:
    if account_id is None:
        return None
    account = bank_accounts.get(s, organisation_id, account_id)
    if account is None:
        msg = "there is no such bank account here"
        raise LookupError(msg)
    return account


def _as_known(known: BankFileRow) -> Taken:
    said = f"It was taken in on {known.at:%d %b %Y} as {known.name}."
    return Taken(known.name, KNOWN, known.id, known.format, said)


def _kept_mapping(account: BankAccountRow | None) -> CsvMapping | None:
    """Give how the CSV files of an account are read, with the account they are of."""
    if account is None or account.csv is None:
        return None
    mapping = bankfile.CsvMapping.of(dict(account.csv))
    return replace(mapping, account=account.number, currency=account.currency)


def _keep_mapping(
    s: Session, organisation_id: int, file: File, account: BankAccountRow | None
) -> None:
    """Read the next CSV files of the account in the same way."""
    if file.mapping is not None and account is not None:
        told = {name: getattr(file.mapping, name) for name in file.mapping.__slots__}
        bank_accounts.set_csv(s, organisation_id, account.id, told)


def _verdict(
    reading: Reading, account: BankAccountRow | None, *, has_mapping: bool
) -> tuple[str, str]:
    """Say what is in the way of a reading, and in which state that leaves the file."""
    said, state = "", bank_files.READ
    others = [one for one in reading.statements if account and not _is_of(one, account)]
    if reading.refused:
        said, state = reading.refused, bank_files.UNREADABLE
        if reading.proposal is not None or (has_mapping and reading.format == "csv"):
            # Said anew which column is what, it may still be read.
            state = bank_files.WAITING
    elif not reading.statements:
        said, state = "There is no statement in it.", bank_files.UNREADABLE
    elif others and account:
        is_of = f"{others[0].account or 'an account'} in {others[0].currency}"
        said = f"It is of {is_of}, not of {account.number} in {account.currency}."
        state = bank_files.UNREADABLE
    elif account is None and not all(one.account for one in reading.statements):
        said, state = "It does not say which account it is of: say so.", bank_files.WAITING
    return said, state


def _is_of(statement: Statement, account: BankAccountRow) -> bool:
    same = not statement.account or bank_accounts.plain(statement.account) == account.number
    return same and statement.currency == account.currency


def _keep_statements(
    s: Session,
    organisation_id: int,
    taken: Taken,
    reading: Reading,
    account: BankAccountRow | None,
    now: datetime,
) -> Taken:
    accounts: list[BankAccountRow] = []
    for number, currency in _accounts(reading.statements):
        found = account or bank_accounts.add(s, organisation_id, number, currency, now)
        accounts.append(found)
        its_own = [one for one in reading.statements if account or _is_of(one, found)]
        told = lines_flow.Told(taken.file_id, reading.format, tuple(its_own))
        new, doubted = lines_flow.keep(s, organisation_id, found, told, now)
        taken = replace(taken, new=taken.new + new, doubted=taken.doubted + doubted)
        trouble.tell_account(s, organisation_id, found, now)
        trouble.tell_gaps(s, organisation_id, found, now)
        if account:
            break
    look_again(s, organisation_id, now)
    return replace(
        taken,
        statements=len(reading.statements),
        lines=sum(len(one.lines) for one in reading.statements),
        asked=tuple(one.name for one in accounts if one.state == bank_accounts.ASKED),
        account_ids=tuple(one.id for one in accounts),
    )


def _accounts(statements: Sequence[Statement]) -> Iterable[tuple[str, str]]:
    """Name the accounts that statements are of, each once."""
    return dict.fromkeys((bank_accounts.plain(one.account), one.currency) for one in statements)
