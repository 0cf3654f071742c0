"""The link of a bank line to money seen elsewhere, and how it ends: by a word, or with its twin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.documents import Kind, Source, Status
from ledger.money import Money, total
from ledger.payouts import Stage
from rules.matching.seen_twice import Seen, claim, members
from store import actions, bank_lines, mirror, payouts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Receipt, Ref
    from store.actions import ActionRow

KIND = "link"
_SEEN = {Kind.RECEIPT: Seen.LEDGER, Kind.PAYOUT: Seen.PAYOUT}


def subject(receipt_id: str) -> str:
    """Name what is filed under a line's receipt."""
    return f"receipt:{Source.BANK}:{receipt_id}"


def receipt_of(row: ActionRow) -> str:
    """Give the receipt of the line that a link is of."""
    return row.subject.removeprefix(subject(""))


def take_back(s: Session, row: ActionRow, *, who: str, now: datetime, text: str) -> bool:
    """End a link, with `text` in the journal: the line's money is to be placed again.

    False, and nothing is changed, when it was ended before.
    """
    if not actions.mark_undone(s, row.organisation_id, row.id, who=who, now=now, text=text):
        return False
    freed = -Money(*row.body["amount"])
    mirror.record_applied(s, row.organisation_id, Source.BANK, receipt_of(row), freed)
    return True


def follow(s: Session, organisation_id: int, changed: Iterable[Ref], now: datetime) -> None:
    """End the links to what is not there any more, of the documents that changed.

    The line is looked at again. What it may pay now is proposed: somebody who takes a payment out
    of the ledger may know that it was none.
    """
    twins = {claim(_SEEN[ref.kind], ref.id): ref for ref in changed if ref.kind in _SEEN}
    for held, row in actions.holding(s, organisation_id, KIND, sorted(twins)).items():
        said = _ended(s, row, twins[held])
        if said:
            take_back(s, row, who="dunnock", now=now, text=f"{said}: the bank line is open again")


def freed(s: Session, organisation_id: int, receipts: Iterable[Receipt]) -> set[tuple[str, str]]:
    """Give, by source and id, the receipts of lines whose link ended with its twin.

    Not of lines that a person called money of their own: that is a word to go by.
    """
    of_bank = [one.ref.id for one in receipts if one.source is Source.BANK]
    rows = actions.of_subjects(s, organisation_id, KIND, [subject(one) for one in of_bank])
    ended = [receipt_of(row) for row in rows.values() if row.undone_at]
    lines = bank_lines.of_receipts(s, organisation_id, ended)
    return {(Source.BANK.value, key) for key, line in lines.items() if not line.apart}


def _ended(s: Session, row: ActionRow, ref: Ref) -> str:
    """Say why the money of a line is not its twin's any more; "" while it is."""
    if ref.kind is Kind.PAYOUT:
        found = payouts.get(s, row.organisation_id, ref.id)
        there = found is not None and found.payout.stage is not Stage.FAILED
        return "" if there else "the payout did not arrive"
    return _taken_out(s, row)


def _taken_out(s: Session, row: ActionRow) -> str:
    """Say what became of the payments in the ledger that a line is; "" while nothing did."""
    # Another amount than the line's where a bank changed the currency on its way.
    before = Money(*row.body.get("there", row.body["amount"]))
    ids = members(row.body["id"])
    found = mirror.receipts_named(s, row.organisation_id, Source.LEDGER, ids)
    if len(found) < len(ids) or any(one.status is Status.VOID for one in found):
        return "the payment was taken out of the ledger"
    if any(one.status is Status.UNKNOWN for one in found):
        return ""
    changed = {one.amount.currency for one in found} != {before.currency}
    there = found[0].amount if changed else total((one.amount for one in found), before.currency)
    return "" if there == before else f"the payment in the ledger is of {there} now"
