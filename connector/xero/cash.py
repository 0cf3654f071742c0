"""Setting money against invoices in Xero.

Money that is in Xero already is an overpayment or prepayment: it is allocated. Money from elsewhere
is booked as payments of exactly the shares, never as an overpayment of more: what is left of it
stays with its source, so that the same money cannot turn up twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.protocol import Applied, AppliedPart, Share, mark
from connector.raw import documents
from connector.xero import translate
from connector.xero.fields import is_id, money, part, text
from connector.xero.translate import OVERPAYMENT, PAYMENT, PREPAYMENT
from ledger.documents import Purpose, Receipt, Source, Status
from ledger.errors import RefusedError, StaleError, UnknownOutcomeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from connector.xero.calls import Calls, Doc

# How many ids one `where` asks for.
IDS_MAX = 20
# Xero's field holds 255 characters; the mark and a space take 21 of them.
REFERENCE_MAX = 200
_HELD = {OVERPAYMENT: "Overpayments", PREPAYMENT: "Prepayments"}


class Cash:
    """The cash application of one organisation."""

    def __init__(self, calls: Calls, accounts: Mapping[Purpose, str]) -> None:
        """Make no call yet; `accounts` says where money from a source is booked."""
        self._calls = calls
        self._accounts = accounts

    def apply(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        """Apply money. Raises StaleError when the documents are no longer open for it."""
        wanted = sum(share.amount.minor for share in shares)
        if not shares or any(share.amount.minor <= 0 for share in shares):
            raise RefusedError("an application needs shares greater than nothing")
        if any(share.amount.currency != receipt.amount.currency for share in shares):
            raise RefusedError("the receipt and the invoices have different currencies")
        if wanted > receipt.amount.minor:
            raise RefusedError(f"the shares are more than the receipt of {receipt.amount}")
        if not all(is_id(share.invoice_id) for share in shares):
            raise RefusedError("an invoice id is not one of Xero's")
        if receipt.source is Source.LEDGER:
            return self._allocate(receipt, shares, key, day)
        return self._pay(receipt, shares, key, day)

    def find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether `apply` with this key was carried out.

        Payments are known by the mark in their reference, also when somebody deleted them since:
        they were made. Allocations hold no text; those of the same amounts to the same invoices
        are taken for ours.
        """
        if receipt.source is Source.LEDGER:
            held = self._held(receipt)
            return _allocated(held, shares) if held is not None else None
        paid = [one for one in self._payments(shares) if mark(key) in text(one, "Reference")]
        if not paid:
            return None
        applied = _paid(paid, shares)
        if applied is None:
            raise RefusedError("only a part of the payments with this mark is in Xero")
        return applied

    def undo(self, applied: Applied, key: str) -> None:
        """Take an application apart; what is already undone stays so."""
        for number, one in enumerate(applied.parts):
            if one.part == PAYMENT:
                self._unpay(one.id, f"{mark(key)}-{number}")
            else:
                self._calls.delete(f"delete_{one.part}_allocations", applied.holder_id, one.id)

    def _allocate(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        if receipt.ref.part not in _HELD:
            raise RefusedError("a payment in Xero is applied already")
        lines = [
            models.Allocation(
                invoice=models.Invoice(invoice_id=share.invoice_id),
                amount=share.amount.decimal,
                date=day,
            )
            for share in shares
        ]
        answer = self._calls.write(
            f"create_{receipt.ref.part}_allocations",
            receipt.ref.id,
            models.Allocations(allocations=lines),
            key=f"{mark(key)}-allocate",
        )
        held = translate.allocations(answer | {"CurrencyCode": receipt.amount.currency})
        made = _pick(((one.invoice_id, one.amount.minor, one.id) for one in held), shares)
        if made is None or not all(made):
            # It was done: looking it up is for `find`, whose failures mean no retry of the write.
            raise UnknownOutcomeError("Xero's answer does not name the allocations")
        return _applied(made, shares, receipt.ref.part, receipt.ref.id)

    def _pay(self, receipt: Receipt, shares: Sequence[Share], key: str, day: date) -> Applied:
        account = self._accounts.get(Purpose(receipt.source))
        if not account:
            msg = f"no ledger account is chosen for money from {receipt.source}; choose one"
            raise RefusedError(f"{msg} in the settings")
        said = (receipt.reference or receipt.ref.id)[:REFERENCE_MAX]
        lines = [
            models.Payment(
                invoice=models.Invoice(invoice_id=share.invoice_id),
                account=models.Account(account_id=account),
                date=day,
                amount=share.amount.decimal,
                reference=f"{said} {mark(key)}",
            )
            for share in shares
        ]
        answer = self._calls.write(
            "create_payments", models.Payments(payments=lines), key=f"{mark(key)}-pay"
        )
        made = _paid(documents(answer.get("Payments")), shares)
        if made is None:
            raise UnknownOutcomeError("Xero's answer does not name the payments")
        return made

    def _unpay(self, payment_id: str, key: str) -> None:
        status = models.PaymentDelete(status="DELETED")
        try:
            self._calls.write("delete_payment", payment_id, status, key=key)
        except (RefusedError, StaleError):
            found = self._calls.listed("payment", "Payments", payment_id)
            if any(text(one, "Status") != "DELETED" for one in found):
                raise

    def _held(self, receipt: Receipt) -> Receipt | None:
        key = _HELD.get(receipt.ref.part)
        if key is None:
            return None
        found = self._calls.listed(receipt.ref.part, key, receipt.ref.id)
        held = translate.TRANSLATORS[key](found[0]) if found else None
        return held if isinstance(held, Receipt) and held.status is not Status.VOID else None

    def _payments(self, shares: Sequence[Share]) -> list[Doc]:
        ids = [share.invoice_id for share in shares if is_id(share.invoice_id)]
        found: list[Doc] = []
        for start in range(0, len(ids), IDS_MAX):
            chunk = ids[start : start + IDS_MAX]
            where = " OR ".join(f'Invoice.InvoiceID==guid("{one}")' for one in chunk)
            found += self._calls.listed("payments", "Payments", where=where, page=1, page_size=1000)
        return found


def _pick(made: Iterable[tuple[str, int, str]], shares: Sequence[Share]) -> list[str] | None:
    """Give the id of what was made for each share, each used once; None unless all are there."""
    left = list(made)
    ids = []
    for share in shares:
        wanted = (share.invoice_id.lower(), share.amount.minor)
        one = next((one for one in left if (one[0].lower(), one[1]) == wanted), None)
        if one is None:
            return None
        left.remove(one)
        ids.append(one[2])
    return ids


def _applied(ids: Sequence[str], shares: Sequence[Share], part_: str, holder_id: str) -> Applied:
    parts = [
        AppliedPart(one, share.invoice_id, share.amount, part_)
        for one, share in zip(ids, shares, strict=True)
    ]
    return Applied(tuple(parts), holder_id)


def _paid(found: Iterable[Doc], shares: Sequence[Share]) -> Applied | None:
    code = shares[0].amount.currency
    made = []
    for one in found:
        amount = money(one, "Amount", code)
        if amount is not None and text(one, "PaymentID"):
            invoice_id = text(part(one, "Invoice"), "InvoiceID")
            made.append((invoice_id, amount.minor, text(one, "PaymentID")))
    ids = _pick(made, shares)
    return _applied(ids, shares, PAYMENT, "") if ids is not None else None


def _allocated(held: Receipt, shares: Sequence[Share]) -> Applied | None:
    lines = ((one.invoice_id, one.amount.minor, one.id) for one in held.allocations)
    ids = _pick(lines, shares)
    return _applied(ids, shares, held.ref.part, held.ref.id) if ids is not None else None
