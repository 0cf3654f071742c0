"""Taking a bank file back that was taken in by mistake, such as one for another account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.bank import trouble
from flows.bank.links import PLACING
from flows.keeping import look_again
from flows.linked import subject
from store import actions, bank_accounts, bank_files, bank_lines, exceptions, journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.bank_files import BankFileRow
    from store.bank_lines import LineRow

UNDER_WAY = frozenset({actions.PLANNED, actions.DOING, actions.UNKNOWN})


def take_back(
    s: Session, organisation_id: int, file_id: int, *, who: str, now: datetime
) -> BankFileRow:
    """Forget what a file told first. Raises ValueError while that cannot be, naming the fix."""
    found = bank_files.get(s, organisation_id, file_id)
    lines = bank_lines.of_file(s, organisation_id, file_id)
    hindrance = _hindrance(s, organisation_id, file_id, lines)
    if hindrance:
        raise ValueError(hindrance)
    if found is None or not bank_files.take_back(s, organisation_id, file_id):
        msg = "this file is not taken in any more; reload the page"
        raise ValueError(msg)
    revived = bank_lines.drop(s, organisation_id, file_id)
    said = f"bank file {found.name} was taken back"
    about = [trouble.file_subject(file_id), *(trouble.line_subject(one) for one in revived)]
    for one in lines:
        about += [trouble.line_subject(one.id), subject(one.receipt_id)]
    for each in about:
        exceptions.close_subject(s, organisation_id, each, who="dunnock", now=now, resolution=said)
    for account_id in {one.account_id for one in lines}:
        account = bank_accounts.get(s, organisation_id, account_id)
        if account is not None:
            trouble.tell_gaps(s, organisation_id, account, now)
    evidence = {"file": found.name, "sha256": found.digest, "lines": len(lines)}
    journal.write(s, organisation_id, "undone", who=who, text=said, now=now, evidence=evidence)
    look_again(s, organisation_id, now)
    return found


def _hindrance(s: Session, organisation_id: int, file_id: int, lines: Sequence[LineRow]) -> str:
    """Say why what a file told cannot be forgotten now, and what to do; "" when it can."""
    placed = next((one for one in lines if _is_placed(s, organisation_id, one)), None)
    if placed is not None:
        return f"{placed.amount} of {placed.booked:%d %b %Y} is applied or linked; undo that first"
    # What a later file told again is known by this one alone.
    later = bank_files.resting_on(s, organisation_id, file_id)
    if later:
        return f"{', '.join(later)} tells some of its lines again; take that back first"
    return ""


def _is_placed(s: Session, organisation_id: int, line: LineRow) -> bool:
    """Whether money of a line is set against anything, or is about to be."""
    if line.left != line.amount:
        return True
    rows = actions.of_subject(s, organisation_id, subject(line.receipt_id))
    return any(row.kind in PLACING and row.state in UNDER_WAY for row in rows)
