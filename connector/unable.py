"""What a provider's books refuse until they can do it: every ability that not all of them have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ledger.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from connector.bill import Bill
    from connector.protocol import Applied, Held, Share
    from ledger.documents import CreditNote, Receipt, Ref
    from ledger.payouts import BookedPart, Payout

UNSUPPORTED = "unsupported"


class Unable:
    """Books that can do none of it. A provider overrides what it can."""

    title = "This system"

    @property
    def trace(self) -> str:
        """Give no id."""
        return ""

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """Give back what is whole already: nothing here is done in several steps."""
        del receipt, key, day
        return begun

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Refuse."""
        del receipt, customer_id, key, day
        self._refuse("keep money on account")

    def find_kept(self, receipt: Receipt, customer_id: str, key: str) -> Held | None:
        """Say that none was."""
        del receipt, customer_id, key
        return None

    def release(self, held: Held, key: str) -> None:
        """Refuse."""
        del held, key
        self._refuse("take money kept on account back")

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Refuse."""
        del credit, shares, key, day
        self._refuse("apply a credit note")

    def find_credit(self, credit: CreditNote, shares: Sequence[Share], key: str) -> Applied | None:
        """Refuse."""
        del credit, shares, key
        self._refuse("tell whether a credit note was applied")

    def promise(self, invoice: Ref, day: date | None, key: str) -> bool:
        """Say that a note must do."""
        del invoice, day, key
        return False

    def deliver(self, invoice: Ref, to: str, key: str) -> None:
        """Refuse."""
        del invoice, to, key
        self._refuse("send an invoice")

    def delivered(self, invoice: Ref) -> datetime | None:
        """Say that it is not known."""
        del invoice
        return None

    def pdf(self, invoice: Ref) -> bytes:
        """Refuse."""
        del invoice
        self._refuse("give an invoice as PDF")

    def online(self, invoice: Ref) -> str:
        """Say that there is none."""
        del invoice
        return ""

    def checkout(self, bill: Bill, key: str) -> str:
        """Refuse."""
        del bill, key
        self._refuse("take the payment of an invoice")

    def book_payout(self, payout: Payout, key: str, day: date) -> tuple[BookedPart, ...]:
        """Refuse."""
        del payout, key, day
        self._refuse("book a payout")

    def find_payout(self, payout: Payout, key: str) -> tuple[BookedPart, ...] | None:
        """Refuse."""
        del payout, key
        self._refuse("tell whether a payout was booked")

    def unbook_payout(self, parts: Sequence[BookedPart], key: str) -> None:
        """Refuse."""
        del parts, key
        self._refuse("undo a payout")

    def _refuse(self, what: str) -> NoReturn:
        msg = f"{self.title} cannot {what}"
        raise RefusedError(msg, UNSUPPORTED)
