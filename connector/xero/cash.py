"""Setting money against invoices in Xero.

Money that is in Xero already is an overpayment or prepayment: it is allocated. Money from elsewhere
that is shared out to the last unit is booked as payments of exactly the shares. Of a receipt that
has more than its shares, and whose customer is known, all is booked once as an overpayment and
allocated; from then on it is Xero's, so that the same money cannot turn up twice. Where a bank kept
a fee, all this is done with the money before the fee, and the fee is spent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.adjusted import in_money
from connector.marks import mark
from connector.places import place
from connector.protocol import Ability, Applied, Held, Share
from connector.xero import adjusting, allocating, on_account, paying
from connector.xero.adjusting import Adjusting
from connector.xero.allocating import Allocations
from connector.xero.fields import is_id
from connector.xero.on_account import OnAccount
from connector.xero.paying import Payments
from connector.xero.translate import OVERPAYMENT, PAYMENT, PREPAYMENT
from ledger.documents import CreditNote, Receipt, Source
from ledger.errors import RefusedError
from ledger.money import total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from connector.protocol import Opening
    from connector.xero.calls import Calls
    from connector.xero.preflight import Preflight
    from ledger.differences import Adjustment
    from ledger.money import Money

_HELD = (OVERPAYMENT, PREPAYMENT)


class Cash:
    """The cash application of one organisation."""

    def __init__(self, calls: Calls, opening: Opening, preflight: Preflight) -> None:
        """Make no call yet."""
        self._preflight = preflight
        self._accounts = opening.accounts
        self._allocations = Allocations(calls)
        self._payments = Payments(calls, opening.known)
        self._on_account = OnAccount(calls, self._allocations)
        self._adjusting = Adjusting(calls, opening.accounts, self._allocations)

    def apply(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        day: date,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied:
        """Apply money. Raises StaleError when the documents are no longer open for it.

        Raises RefusedError, and then nothing is booked, also for differences that cannot be.
        """
        if not adjustments:
            return self._apply(receipt, shares, key, day)
        whole, paid = _in_money(receipt, shares, adjustments)
        plan = self._adjusting.plan(receipt, adjustments, key, day)
        if plan.fees and _checked(whole.amount, paid, "receipt") != whole.unapplied:
            raise RefusedError("something is left of the money, so no bank kept a fee of it")
        return self._adjusting.book(self._apply(whole, paid, key, day), plan, key)

    def _apply(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        paid = _checked(self._payments.as_sent(receipt, shares).amount, shares, "receipt")
        if receipt.source is Source.LEDGER:
            if receipt.ref.part not in _HELD:
                raise RefusedError("a payment in Xero is applied already")
            self._preflight.check(Ability.CREDIT, paid.currency, day)
            name = allocating.key_of(key)
            return self._allocations.set(receipt.ref.part, receipt.ref.id, shares, name, day)
        account = self._account(receipt)
        self._preflight.check(Ability.APPLY, paid.currency, day)
        if paid.currency != receipt.amount.currency:
            return self._payments.pay(receipt, shares, key, day, account)
        if on_account.is_for(receipt, shares, paid):
            try:
                held = self._on_account.book(receipt, key, day, account)
            except RefusedError:
                # Nothing was booked: the account is no bank account, or the consent is an old one.
                # What is left of the money then stays with its source.
                pass
            else:
                return self._on_account.spread(held, shares, key, day)
        return self._payments.pay(receipt, shares, key, day, account)

    def _account(self, receipt: Receipt) -> str:
        """Give the account that money goes into. Raises RefusedError when none is chosen."""
        account = place(receipt, self._accounts)
        if not account:
            msg = f"no ledger account is chosen for money from {receipt.source}; choose one"
            raise RefusedError(f"{msg} in the settings")
        return account

    def keep(self, receipt: Receipt, customer_id: str, key: str, day: date) -> Held:
        """Book all that is unapplied as an overpayment of a customer."""
        if receipt.source is Source.LEDGER or not is_id(customer_id):
            raise RefusedError("only money from elsewhere is kept on account of a contact of Xero")
        account = self._account(receipt)
        self._preflight.check(Ability.APPLY, receipt.unapplied.currency, day)
        owned = replace(receipt, customer_id=customer_id)
        return self._on_account.book(owned, key, day, account)

    def find_kept(self, receipt: Receipt, key: str) -> Held | None:
        """Look up whether `keep` with this key was carried out."""
        return self._on_account.held(receipt, key)

    def complete(self, receipt: Receipt, begun: Applied, key: str, day: date) -> Applied:
        """Allocate and spend what an interrupted application left; nothing is booked again."""
        ended = begun
        if begun.held is not None and begun.missing:
            ended = self._on_account.spread(begun.held, begun.missing, key, day, begun.parts)
        if not begun.owed:
            return ended
        return self._adjusting.complete(receipt, replace(ended, owed=begun.owed), key, day)

    def find(
        self,
        receipt: Receipt,
        shares: Sequence[Share],
        key: str,
        adjustments: Sequence[Adjustment] = (),
    ) -> Applied | None:
        """Look up whether `apply` with this key was carried out, and how far; see `_find`."""
        if not adjustments:
            return self._find(receipt, shares, key)
        whole, paid = _in_money(receipt, shares, adjustments)
        found = self._find(whole, paid, key)
        found = found and self._adjusting.find(found, receipt, adjustments, key)
        if found and found.owed:
            self._payments.require(found)
        return found

    def _find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply` with this key was carried out, and how far.

        Payments, batches and overpayments are known by their mark, also when somebody removed them
        since: they were made. Allocations hold no text; those of the same amounts to the same
        invoices are taken for ours.
        """
        if receipt.source is Source.LEDGER:
            if receipt.ref.part not in _HELD:
                return None
            return self._allocations.find(receipt.ref.part, receipt.ref.id, shares)
        found = self._payments.find(receipt, shares, key)
        return found or self._on_account.find(receipt, shares, key)

    def apply_credit(
        self, credit: CreditNote, shares: Sequence[Share], key: str, day: date
    ) -> Applied:
        """Allocate a credit note. Raises StaleError when the documents are not open for it."""
        paid = _checked(credit.total, shares, "credit note")
        self._preflight.check(Ability.CREDIT, paid.currency, day)
        name = allocating.key_of(key)
        return self._allocations.set(allocating.CREDIT_NOTE, credit.ref.id, shares, name, day)

    def find_credit(self, credit: CreditNote, shares: Sequence[Share]) -> Applied | None:
        """Look up whether a credit note is allocated so."""
        return self._allocations.find(allocating.CREDIT_NOTE, credit.ref.id, shares)

    def undo(self, applied: Applied, key: str) -> None:
        """Take an application apart; what is already undone stays so.

        An overpayment that we booked stays: Xero lets nobody delete it through its API.
        """
        if any(one.part == paying.BATCH for one in applied.parts):
            self._payments.remove_batch(applied.holder_id, f"{mark(key)}-0")
        for number, one in enumerate(applied.parts):
            name = f"{mark(key)}-{number}"
            if one.part == PAYMENT:
                self._payments.remove(one.id, name)
            elif one.part in adjusting.PARTS:
                self._adjusting.undo(one, name)
            elif one.part != paying.BATCH:
                self._allocations.free(one.part, applied.holder_id, one.id)


def _in_money(
    receipt: Receipt, shares: Sequence[Share], adjustments: Sequence[Adjustment]
) -> tuple[Receipt, list[Share]]:
    """Give the money as if a bank had kept nothing of it, and what it pays less what is credited.

    Raises RefusedError for what is adjusted where no money is applied.
    """
    paid = in_money(shares, adjusting.others_of(adjustments))
    return adjusting.gross(receipt, adjustments), paid


def _checked(whole: Money, shares: Sequence[Share], noun: str) -> Money:
    """Give the sum of the shares. Raises RefusedError when they make no sense."""
    if not shares or any(share.amount.minor <= 0 for share in shares):
        raise RefusedError("an application needs shares greater than nothing")
    if any(share.amount.currency != whole.currency for share in shares):
        raise RefusedError(f"the {noun} and the invoices have different currencies")
    paid = total((share.amount for share in shares), whole.currency)
    if paid > whole:
        raise RefusedError(f"the shares are more than the {noun} of {whole}")
    if not all(is_id(share.invoice_id) for share in shares):
        raise RefusedError("an invoice id is not one of Xero's")
    return paid
