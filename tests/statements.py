"""What bank statements told, as the mirror shows it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ledger.documents import Receipt, Source
from store import bank_accounts, bank_files, bank_lines, mirror


def receipts(s: Session, organisation_id: int) -> list[Receipt]:
    """List the receipts of all lines, as far as the rules see them, the earliest first."""
    ids = [
        line.receipt_id
        for account in bank_accounts.everyone(s, organisation_id)
        for statement in bank_files.of_account(s, organisation_id, account.id)
        for line in bank_lines.of_statement(s, organisation_id, statement.id)
    ]
    return mirror.receipts_named(s, organisation_id, Source.BANK, ids)
