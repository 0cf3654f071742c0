"""Whoever keeps a business's books at Stripe itself: for the scenes of such an organisation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.story.event import Bill, Customer, Event

if TYPE_CHECKING:
    from sandbox.shelf import Shelf
    from sandbox.story.companies import Company
    from sandbox.stripe import StripeStandIn


class StripeBookkeeper:
    """Keeps a company's books at the Stripe stand-in."""

    def __init__(self, standin: StripeStandIn, company: Company) -> None:
        self.standin = standin
        self.shelf: Shelf = standin.shelf
        self.tenant = standin.add_account(company.name, company.currencies[0].lower())

    def add_customer(self, customer: Customer) -> str:
        email = customer.email if customer.has_email else None
        return self.standin.add_customer(self.tenant, customer.name, email)

    def raise_invoice(self, bill: Bill, customer_id: str) -> str:
        return self.standin.add_invoice(
            self.tenant,
            customer_id,
            bill.minor,
            bill.currency.lower(),
            due=bill.due,
            number=bill.number,
        )

    def charge(self, customer_id: str, minor: int, number: str) -> str:
        """Issue an invoice that Stripe charges by itself; gives its id."""
        return self.standin.add_invoice(self.tenant, customer_id, minor, "gbp", number=number)

    def receive(self, customer_id: str, event: Event, day: date) -> str:
        """Take a payment that names no invoice."""
        del day
        return self.standin.take_payment(
            self.tenant,
            event.minor,
            event.currency.lower(),
            customer=customer_id,
            description=event.text,
        )

    def pay(self, invoice_id: str, minor: int, day: date) -> None:
        """Take a payment and tie it to an invoice."""
        del day
        intent = self.standin.take_payment(self.tenant, minor, self.doc(invoice_id)["currency"])
        self.standin.attach_payment(invoice_id, intent)

    def credit(self, invoice_id: str, minor: int, day: date) -> None:
        """Credit what is open of an invoice, or a part."""
        del day
        found = self.doc(invoice_id)
        left = {"amount_remaining": found["amount_remaining"] - minor}
        self.standin.books.keep(self.tenant, {**found, **left})

    def void(self, invoice_id: str) -> None:
        self.standin.books.keep(self.tenant, {**self.doc(invoice_id), "status": "void"})

    def doc(self, invoice_id: str) -> dict[str, Any]:
        return self.standin.books.get("invoice", invoice_id)

    def open_minor(self, invoice_id: str) -> int:
        found = self.doc(invoice_id)
        return int(found["amount_remaining"]) if found["status"] == "open" else 0

    def payments(self, invoice_id: str) -> list[int]:
        """List what was set against an invoice, from outside and by payments."""
        outside = self.doc(invoice_id)["amount_paid_off_stripe"]
        rows = self.standin.books.all(self.tenant, "invoice_payment")
        inside = [
            one["amount_paid"]
            for one in rows
            if one["invoice"] == invoice_id and one["status"] == "paid"
        ]
        return [*([outside] if outside else []), *inside]

    def notes(self, document_id: str) -> list[str]:
        found = self.standin.metadata(document_id)
        return [text for name, text in found.items() if name.startswith("ar_note_")]

    def give_up(self, invoice_id: str, code: str) -> None:
        """Let Stripe's last attempt at an invoice fail."""
        self.standin.fail_charge(invoice_id, code)

    def try_again(self, invoice_id: str, code: str, days: int) -> None:
        """Let an attempt fail that will be repeated."""
        self.standin.fail_charge(invoice_id, code, timedelta(days=days))
