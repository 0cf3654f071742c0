"""Money from outside the books that was applied in them, beside what its source says of it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from ledger.documents import HELD, Source
from ledger.money import Money
from store.session import chunks
from store.tables import receipt as receipts
from store.tables.columns import fixed


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """One receipt from outside the books; `there` is what its source still has of it."""

    source: Source
    receipt_id: str
    applied: Money
    there: Money
    in_doubt: bool
    # It lies with the processor, set against no payment there (HELD).
    held: bool = False

    @property
    def subject(self) -> str:
        """What exceptions and actions about it are filed under."""
        return f"receipt:{self.source}:{self.receipt_id}"


_OF = select(receipts).where(
    receipts.c.organisation_id == bindparam("organisation_id"),
    receipts.c.vendor_id.in_(bindparam("ids", expanding=True)),
    (receipts.c.source != fixed(Source.LEDGER.value)) | (receipts.c.part == fixed(HELD)),
)


def of(s: Session, organisation_id: int, receipt_ids: Sequence[str]) -> list[AppliedRow]:
    """Give those of these receipts that came from outside the books, applied in part or not.

    With them what lies with a processor, also where that keeps the books itself.
    """
    return [
        AppliedRow(
            source=Source(row.source),
            receipt_id=row.vendor_id,
            applied=Money(row.applied_here, row.currency),
            there=Money(0 if row.gone else row.unapplied, row.currency),
            in_doubt=row.processing and not row.gone,
            held=row.part == HELD,
        )
        for part in chunks(receipt_ids)
        for row in s.execute(_OF, {"organisation_id": organisation_id, "ids": part})
    ]
