"""Money from elsewhere as payments of exactly the shares: one batch for one deposit, or singly.

A batch is one line in the bank account, so one line of the statement matches it. Xero takes it in
the organisation's own currency only; whatever it refuses as a batch is entered as single payments.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from xero_python.accounting import models

from connector.exchanged import Exchange, as_sent, exchange
from connector.marks import mark
from connector.protocol import Applied, Share
from connector.raw import documents
from connector.xero.fields import is_id, money, text
from connector.xero.shares import applied, payment_lines, pick
from connector.xero.translate import PAYMENT
from ledger.documents import Source
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from ledger.money import total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from connector.xero.calls import Calls, Doc
    from ledger.documents import Organisation, Receipt

BATCH = "batch_payment"
# How many ids one `where` asks for.
IDS_MAX = 20
# Xero's field holds 255 characters; the mark and a space take 21 of them.
REFERENCE_MAX = 200
# Outside New Zealand a batch has room for so many characters, which is a mark less its last two.
BATCH_MARK = 18
# What was booked for a receipt is looked for from so long before it came in.
LOOK_BACK = timedelta(days=31)


def said(receipt: Receipt) -> str:
    """Give the words by which a person knows the receipt."""
    # On a bank statement a line without a reference is known by its text.
    text = " ".join(receipt.text.split()) if receipt.source is Source.BANK else ""
    return (receipt.reference or text or receipt.ref.id)[:REFERENCE_MAX]


class Payments:
    """The payments of one organisation."""

    def __init__(self, calls: Calls, known: Organisation | None) -> None:
        """Make no call yet; `known` tells the organisation's own currency and country."""
        self._calls = calls
        self._known = known

    def pay(
        self, receipt: Receipt, shares: Sequence[Share], key: str, day: date, account: str
    ) -> Applied:
        """Pay the shares from an account. Raises StaleError when an invoice is not open for it."""
        known, code = self._known, shares[0].amount.currency
        if len(shares) > 1 and known is not None and known.currency == code:
            try:
                return self._pay_as_one(receipt, shares, key, day, account)
            except RefusedError:
                # Nothing was booked; a batch wants more of its account than a payment does.
                pass
        return self._pay_singly(receipt, shares, key, day, account)

    def _pay_as_one(
        self, receipt: Receipt, shares: Sequence[Share], key: str, day: date, account: str
    ) -> Applied:
        batch = models.BatchPayment(
            account=models.Account(account_id=account),
            date=day,
            payments=[
                models.Payment(
                    invoice=models.Invoice(invoice_id=share.invoice_id),
                    amount=share.amount.decimal,
                )
                for share in shares
            ],
            **self._texts(receipt, key),
        )
        whole = models.BatchPayments(batch_payments=[batch])
        answer = self._calls.write("create_batch_payment", whole, key=f"{mark(key)}-batch")
        made = documents(answer.get("BatchPayments"))
        found = _of_batch(made[0], shares) if made else None
        if found is None:
            raise UnknownOutcomeError("Xero's answer does not name the batch payment")
        return found

    def _texts(self, receipt: Receipt, key: str) -> dict[str, str]:
        """Say where the batch comes from, in the fields its country has, mark included."""
        country = self._known.country if self._known else None
        if country == "NZ":
            return {"reference": f"{said(receipt)} {mark(key)}"}
        texts = {"details": mark(key)[:BATCH_MARK]}
        return texts | ({"narrative": said(receipt)[:BATCH_MARK]} if country == "GB" else {})

    def _pay_singly(
        self, receipt: Receipt, shares: Sequence[Share], key: str, day: date, account: str
    ) -> Applied:
        changed = self._changed(receipt, shares)
        lines = [
            models.Payment(
                invoice=models.Invoice(invoice_id=share.invoice_id),
                account=models.Account(account_id=account),
                date=day,
                amount=share.amount.decimal,
                currency_rate=changed.for_one_own if changed else None,
                reference=f"{said(receipt)} {mark(key)}",
            )
            for share in shares
        ]
        answer = self._calls.write(
            "create_payments", models.Payments(payments=lines), key=f"{mark(key)}-pay"
        )
        found = documents(answer.get("Payments"))
        made = pick(payment_lines(found, shares[0].amount.currency), shares)
        if made is None:
            raise UnknownOutcomeError("Xero's answer does not name the payments")
        if changed is not None and not _is_banked(found, changed):
            self._take_back(made, key)
            raise RefusedError(_otherwise(changed))
        return applied(made, shares, PAYMENT, "")

    def _take_back(self, made: Sequence[str], key: str) -> None:
        try:
            for number, one in enumerate(made):
                self.remove(one, f"{mark(key)}-back-{number}")
        except (RetryLaterError, DisconnectedError) as error:
            msg = "payments are booked in Xero at another rate than the bank's"
            raise UnknownOutcomeError(f"{msg}: {error}") from error

    def as_sent(self, receipt: Receipt, shares: Sequence[Share]) -> Receipt:
        """Give a receipt in the currency that it pays in; see `connector.exchanged`."""
        return as_sent(receipt, self._changed(receipt, shares))

    def _changed(self, receipt: Receipt, shares: Sequence[Share]) -> Exchange | None:
        return exchange(receipt, shares, self._known.currency if self._known else "")

    def find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up payments or a batch by their mark, also when deleted since: they were made.

        Raises RefusedError when only a part is there.
        """
        paid = [one for one in self._payments(shares) if mark(key) in text(one, "Reference")]
        if paid:
            made = pick(payment_lines(paid, shares[0].amount.currency), shares)
            if made is None:
                raise RefusedError("only a part of the payments with this mark is in Xero")
            changed = self._changed(receipt, shares)
            if changed is not None and not _is_banked(paid, changed):
                raise RefusedError(_otherwise(changed))
            return applied(made, shares, PAYMENT, "")
        return self._find_batch(receipt, shares, key) if len(shares) > 1 else None

    def _find_batch(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        since = datetime.combine(receipt.received - LOOK_BACK, time())
        found = self._calls.listed(
            "batch_payments", "BatchPayments", where='Type=="RECBATCH"', if_modified_since=since
        )
        names = ("Reference", "Details", "Narrative")
        ours = [one for one in found if any(mark(key)[:BATCH_MARK] in text(one, n) for n in names)]
        if not ours:
            return None
        if text(ours[0], "Status") == "DELETED":
            # It names its payments no more.
            key_ = text(ours[0], "BatchPaymentID")
            return applied([key_ for _ in shares], shares, BATCH, key_)
        made = _of_batch(ours[0], shares)
        if made is None:
            raise RefusedError("the batch payment with this mark pays other invoices")
        return made

    def require(self, found: Applied) -> None:
        """Raise RefusedError when somebody deleted what was found, so that nothing is added to it.

        Costs one call for each payment, or one for the batch.
        """
        ids = {
            ("batch_payment", "BatchPayments", found.holder_id)
            if one.part == BATCH
            else ("payment", "Payments", one.id)
            for one in found.parts
            if one.part in (BATCH, PAYMENT)
        }
        for name, lot, key in sorted(ids):
            if any(text(one, "Status") == "DELETED" for one in self._calls.listed(name, lot, key)):
                msg = "the payment with this mark was deleted in Xero before its fee was booked"
                raise RefusedError(msg)

    def _payments(self, shares: Sequence[Share]) -> list[Doc]:
        ids = [share.invoice_id for share in shares if is_id(share.invoice_id)]
        found: list[Doc] = []
        for start in range(0, len(ids), IDS_MAX):
            chunk = ids[start : start + IDS_MAX]
            where = " OR ".join(f'Invoice.InvoiceID==guid("{one}")' for one in chunk)
            found += self._calls.listed("payments", "Payments", where=where, page=1, page_size=1000)
        return found

    def remove(self, payment_id: str, key: str) -> None:
        """Delete a payment; one that is deleted already stays so."""
        status = models.PaymentDelete(status="DELETED")
        try:
            self._calls.write("delete_payment", payment_id, status, key=key)
        except (RefusedError, StaleError):
            found = self._calls.listed("payment", "Payments", payment_id)
            if any(text(one, "Status") != "DELETED" for one in found):
                raise

    def remove_batch(self, batch_id: str, key: str) -> None:
        """Delete a batch with all its payments, which Xero deletes in no other way."""
        gone = models.BatchPaymentDelete(batch_payment_id=batch_id, status="DELETED")
        try:
            self._calls.write("delete_batch_payment", gone, key=key)
        except (RefusedError, StaleError):
            found = self._calls.listed("batch_payment", "BatchPayments", batch_id)
            if any(text(one, "Status") != "DELETED" for one in found):
                raise


def _is_banked(payments: Sequence[Doc], changed: Exchange) -> bool:
    """Say whether the bank account got what came, but for what rounding each payment may cost."""
    code = changed.came.currency
    amounts = [money(one, "BankAmount", code) for one in payments]
    banked = total((one for one in amounts if one is not None), code)
    return abs((banked - changed.came).minor) < len(amounts)


def _otherwise(changed: Exchange) -> str:
    return (
        f"Xero does not make {changed.came} of {changed.sent}: enter the payment there by hand, at"
        " the bank's rate"
    )


def _of_batch(batch: Doc, shares: Sequence[Share]) -> Applied | None:
    lines = payment_lines(documents(batch.get("Payments")), shares[0].amount.currency)
    made, key = pick(lines, shares), text(batch, "BatchPaymentID")
    return applied(made, shares, BATCH, key) if made is not None and key else None
