"""Setting money against Stripe's own invoices: from outside in full, or a payment of the account.

Stripe takes neither back, so everything is looked at before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from connector.marks import mark
from connector.protocol import Applied, AppliedPart, Share
from connector.stripe.calls import MissingError
from connector.stripe.fields import Doc, UnreadableError, amount, inside, key_of
from connector.stripe.metadata import write_key
from ledger.documents import Receipt, Source
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)

if TYPE_CHECKING:
    from connector.stripe.reading import Reading
    from ledger.days import Clock
    from ledger.money import Money

# Says on an invoice which application of ours paid it from outside.
PAID_BY = "ar_paid_by"
OUTSIDE = "outside"
PARTLY = "partial_payment"
# How much of an invoice was paid from outside, as Stripe counts it.
OFF_STRIPE = "amount_paid_off_stripe"


class _Paid(NamedTuple):
    """What came of one share: what its invoice took, and why that is not all of it."""

    part: AppliedPart | None
    refusal: str = ""


class Settling:
    """Applications to one account's invoices."""

    def __init__(self, reading: Reading, clock: Clock) -> None:
        """Make no call yet."""
        self._reading = reading
        self._calls = reading.calls
        self._clock = clock

    def apply(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied:
        """Set a receipt against invoices. Raises RefusedError for what Stripe cannot express."""
        self._reading.account()
        if receipt.source is Source.LEDGER:
            return self._attach(receipt, shares, key)
        return self._pay(shares, key)

    def find(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied | None:
        """Look up whether an application was carried out, and what of it is missing."""
        if receipt.source is Source.LEDGER:
            return self._find_attached(receipt, shares)
        docs = {one.invoice_id: self._invoice(one) for one in shares}
        done = [one for one in shares if _is_ours(docs[one.invoice_id], key)]
        if not done:
            return None
        missing = tuple(one for one in shares if one not in done)
        return replace(_applied(_found(docs[one.invoice_id], one) for one in done), missing=missing)

    def complete(self, begun: Applied, key: str) -> Applied:
        """Pay what an interrupted application left unpaid; what Stripe refuses stays unpaid."""
        try:
            rest = self._pay(begun.missing, key)
        except (RefusedError, StaleError) as error:
            rest = Applied((), refusal=f"{error}.")
        refusal = " ".join(filter(None, (begun.refusal, rest.refusal)))
        return replace(begun, parts=begun.parts + rest.parts, missing=(), refusal=refusal)

    def _pay(self, shares: Sequence[Share], key: str) -> Applied:
        docs = {one.invoice_id: self._invoice(one) for one in shares}
        begun = any(_is_ours(doc, key) for doc in docs.values())
        for share in () if begun else shares:
            _check_whole(docs[share.invoice_id], share)
        done: list[_Paid] = []
        for share in shares:
            try:
                done.append(self._paid(docs[share.invoice_id], share, key))
            except (RefusedError, StaleError) as error:
                # What is paid by now is paid: only the first may say that nothing was done.
                if not (done or begun):
                    raise
                done.append(_Paid(None, f"{error}."))
            except (RetryLaterError, DisconnectedError) as error:
                if not (done or begun):
                    raise
                msg = f"Stripe counts a part of the money, and {share.amount} of it not yet"
                raise UnknownOutcomeError(f"{msg}: {error}") from error
        return _applied(done)

    def _paid(self, doc: Doc, share: Share, key: str) -> _Paid:
        if _is_ours(doc, key):
            return _found(doc, share)
        _check_whole(doc, share)
        try:
            return self._pay_one(doc, share, key)
        except MissingError as problem:
            raise StaleError(str(problem)) from problem

    def _pay_one(self, doc: Doc, share: Share, key: str) -> _Paid:
        path = f"/v1/invoices/{share.invoice_id}"
        # Paying takes no metadata; the mark goes first, so that a lost answer can be looked up.
        once = write_key(key, self._clock)
        self._calls.post(path, f"{once}-{share.invoice_id}-mark", metadata={PAID_BY: mark(key)})
        after = self._calls.post(f"{path}/pay", f"{once}-{share.invoice_id}", paid_out_of_band=True)
        if after.get(OFF_STRIPE) is None:
            return _found({}, share)
        taken = _amount(after, OFF_STRIPE) - _amount({OFF_STRIPE: 0, **doc}, OFF_STRIPE)
        return _found({**after, OFF_STRIPE: taken.minor}, share)

    def _attach(self, receipt: Receipt, shares: Sequence[Share], key: str) -> Applied:
        intent = self._calls.get(f"/v1/payment_intents/{receipt.ref.id}")
        whole = _amount(intent, "amount_received")
        if len(shares) != 1 or shares[0].amount != whole or receipt.unapplied != whole:
            msg = f"Stripe sets a payment against one invoice as a whole, all {whole} of it or none"
            raise RefusedError(msg, PARTLY)
        [share] = shares
        doc = self._invoice(share)
        left = _amount(doc, "amount_remaining")
        if doc.get("status") != "open" or left.currency != whole.currency or left < whole:
            raise StaleError(_no_longer(doc))
        self._calls.post(
            f"/v1/invoices/{share.invoice_id}/attach_payment",
            write_key(key, self._clock),
            payment_intent=receipt.ref.id,
        )
        try:
            found = self._find_attached(receipt, shares)
        except (RetryLaterError, DisconnectedError) as error:
            msg = f"Stripe took the payment for {doc.get('number')}, and does not show it"
            raise UnknownOutcomeError(f"{msg}: {error}") from error
        if found is None:
            msg = f"Stripe took the payment for {doc.get('number')} and does not show it there yet"
            raise UnknownOutcomeError(msg)
        return found

    def _find_attached(self, receipt: Receipt, shares: Sequence[Share]) -> Applied | None:
        paid = {
            str(one.get("invoice")): key_of(one)
            for one in self._reading.payments_of(receipt.ref.id)
            if one.get("status") == "paid"
        }
        if not all(one.invoice_id in paid for one in shares):
            return None
        parts = tuple(
            AppliedPart(paid[one.invoice_id], one.invoice_id, one.amount) for one in shares
        )
        return Applied(parts, holder_id=receipt.ref.id)

    def _invoice(self, share: Share) -> Doc:
        try:
            return self._calls.get(f"/v1/invoices/{share.invoice_id}")
        except MissingError as problem:
            raise StaleError(str(problem)) from problem


def _check_whole(doc: Mapping[str, Any], share: Share) -> None:
    """Refuse a part: Stripe counts what comes from outside as all that is left, or not at all."""
    left = _amount(doc, "amount_remaining")
    if doc.get("status") != "open":
        raise StaleError(_no_longer(doc))
    if left != share.amount:
        msg = (
            f"Stripe takes money from outside only for all that is open on an invoice: {left} on "
            f"{doc.get('number')}, not {share.amount}. Give a credit note over the rest first, or "
            "note the part payment there by hand"
        )
        raise RefusedError(msg, PARTLY)


def _no_longer(doc: Mapping[str, Any]) -> str:
    return f"invoice {doc.get('number')} is {doc.get('status')} at Stripe and takes no more of it"


def _is_ours(doc: Mapping[str, Any], key: str) -> bool:
    named = inside(doc, "metadata").get(PAID_BY) == mark(key)
    # Nothing from outside: it was paid in another way after the mark was set.
    return named and doc.get("status") == "paid" and doc.get(OFF_STRIPE) != 0


def _amount(doc: Mapping[str, Any], name: str) -> Money:
    try:
        return amount(doc, name)
    except UnreadableError as problem:
        msg = f"{doc.get('number') or key_of(doc)} at Stripe: {problem}"
        raise RefusedError(msg) from None


def _found(doc: Doc, share: Share) -> _Paid:
    """Say what a paid invoice took of its share: less, where something else paid it meanwhile."""
    if doc.get(OFF_STRIPE) is None:
        return _Paid(_part(share, share.amount))
    taken = _amount(doc, OFF_STRIPE)
    if taken >= share.amount:
        return _Paid(_part(share, share.amount))
    msg = (
        f"Invoice {doc.get('number')} was partly paid in another way at that moment: it took "
        f"{taken} of the {share.amount} meant for it."
    )
    return _Paid(_part(share, taken), msg)


def _part(share: Share, taken: Money) -> AppliedPart:
    return AppliedPart(share.invoice_id, share.invoice_id, taken, OUTSIDE)


def _applied(done: Iterable[_Paid]) -> Applied:
    done = list(done)
    parts = tuple(one.part for one in done if one.part is not None)
    return Applied(parts, refusal=" ".join(one.refusal for one in done if one.refusal))
