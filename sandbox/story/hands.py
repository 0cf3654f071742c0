"""The bookkeepers: carry story events out in the stand-ins' books, each exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from sandbox.quickbooks.amounts import to_minor
from sandbox.quickbooks.change import kind

if TYPE_CHECKING:
    from sandbox.quickbooks.standin import QuickBooksStandIn
    from sandbox.shelf import Shelf
    from sandbox.story.companies import Company
    from sandbox.story.event import Bill, Customer, Event
    from sandbox.stripe.standin import StripeStandIn
    from sandbox.xero.standin import XeroStandIn


# Xero names zones as Windows does, without spaces.
XERO_ZONES = {
    "America/New_York": "EASTERNSTANDARDTIME",
    "Europe/Berlin": "WEUROPESTANDARDTIME",
    "Europe/London": "GMTSTANDARDTIME",
}


BY_HAND = "by hand"
# The account that discounts are booked to, and the days in which a bill with one is due.
DISCOUNTS = "Discounts given"
NET_DAYS = 30


@dataclass(frozen=True, slots=True)
class Booked:
    """A payment that a bookkeeper booked by hand: its id, when, how much, whose and of what."""

    id: str
    day: date
    minor: int
    payer: str
    number: str


class Bookkeeper(Protocol):
    """Whoever keeps one company's books, whatever the system."""

    shelf: Shelf
    tenant: str

    def add_customer(self, customer: Customer) -> str:
        """Add a customer; gives its id."""

    def raise_invoice(self, bill: Bill, customer_id: str) -> str:
        """Raise a bill; gives its id."""

    def pay(self, invoice_id: str, minor: int, day: date) -> None:
        """Book a payment of an invoice by hand."""

    def receive(self, customer_id: str, event: Event, day: date) -> str:
        """Record bank money that nobody has placed yet; gives its id."""

    def credit(self, invoice_id: str, minor: int, day: date) -> None:
        """Credit an invoice, or what is still open of it."""

    def void(self, invoice_id: str) -> None:
        """Void an invoice, if nothing was paid on it."""

    def open_minor(self, invoice_id: str) -> int:
        """Say what is open on an invoice, in minor units."""


class XeroBookkeeper:
    """Keeps a company's books at the Xero stand-in."""

    def __init__(self, standin: XeroStandIn, company: Company) -> None:
        """Take over the organisation of that name, or open it."""
        self.standin = standin
        self.shelf = standin.shelf
        known = self.shelf.get("story-tenant", company.key)
        if known is None:
            with self.shelf.change():
                tenant = standin.add_organisation(
                    company.name,
                    f"!{company.key[:5]}",
                    company.currencies[0],
                    XERO_ZONES[company.zone],
                    company.country,
                    company.currencies,
                )
                for at, currency in enumerate(company.currencies):
                    standin.add_account(
                        tenant, f"Current account {currency}", f"{90 + at:03}", currency=currency
                    )
                standin.add_account(tenant, "Stripe", "099", currency=company.currencies[0])
                standin.add_account(tenant, "Merchant fees", "404", type_="EXPENSE")
                known = {"tenant": tenant}
                self.shelf.put("story-tenant", company.key, known)
        self.tenant = str(known["tenant"])

    def add_customer(self, customer: Customer) -> str:
        """Add a contact."""
        return self.standin.add_contact(
            self.tenant,
            customer.name,
            customer.email if customer.has_email else None,
            currency=customer.currency,
        )

    def raise_invoice(self, bill: Bill, customer_id: str) -> str:
        """Raise an invoice."""
        return self.standin.raise_invoice(
            self.tenant, customer_id, bill.number, bill.day, bill.due, bill.minor, bill.currency
        )

    def pay(self, invoice_id: str, minor: int, day: date) -> None:
        """Book a payment."""
        self.standin.record_payment(self.tenant, invoice_id, minor, day, BY_HAND)

    def booked_by_hand(self, since: date, currency: str) -> list[Booked]:
        """List the payments booked by hand from a day on in one currency."""
        found = []
        for doc in self.standin.payments(self.tenant):
            day = date.fromisoformat(doc["day"])
            by_hand = doc["by"] == "user" and doc["reference"] == BY_HAND and not doc["deleted"]
            if by_hand and doc["currency"] == currency and day >= since:
                invoice = self.standin.doc(self.tenant, "Invoices", doc["target"])
                payer = self.standin.doc(self.tenant, "Contacts", invoice["contact"])["name"]
                found.append(Booked(doc["id"], day, doc["amount"], payer, invoice["number"]))
        return found

    def receive(self, customer_id: str, event: Event, day: date) -> str:
        """Book an overpayment."""
        return self.standin.record_receipt(
            self.tenant, customer_id, event.minor, event.currency, day, event.text
        )

    def credit(self, invoice_id: str, minor: int, day: date) -> None:
        """Raise and allocate a credit note."""
        self.standin.credit(self.tenant, invoice_id, minor, day)

    def void(self, invoice_id: str) -> None:
        """Void an invoice."""
        self.standin.void(self.tenant, invoice_id)

    def open_minor(self, invoice_id: str) -> int:
        """Say what is open."""
        return self.standin.books.due(self.standin.doc(self.tenant, "Invoices", invoice_id))


class QuickBooksBookkeeper:
    """Keeps a company's books at the QuickBooks stand-in."""

    def __init__(self, standin: QuickBooksStandIn, company: Company) -> None:
        """Take over the company of that name, or open it."""
        self.standin = standin
        self.shelf = standin.shelf
        known = self.shelf.get("story-tenant", company.key)
        if known is None:
            with self.shelf.change():
                tenant = standin.add_company(
                    company.name,
                    country=company.country,
                    currency=company.currencies[0],
                    timezone=company.zone,
                    multicurrency=len(company.currencies) > 1,
                )
                standin.add_account(tenant, DISCOUNTS, "Income", "DiscountsRefundsGiven")
                known = {"tenant": tenant}
                self.shelf.put("story-tenant", company.key, known)
        self.tenant = str(known["tenant"])
        self.currency = company.currencies[0]

    def add_customer(self, customer: Customer) -> str:
        """Add a customer, with the term it buys on if that gives a discount."""
        made = self.standin.add_customer(
            self.tenant, customer.name, customer.email if customer.has_email else None
        )
        percent, days = customer.discount
        if percent:
            term = self.standin.add_term(
                self.tenant,
                f"{percent}% {days} Net {NET_DAYS}",
                DueDays=NET_DAYS,
                DiscountPercent=percent,
                DiscountDays=days,
            )
            self.standin.edit_customer(self.tenant, made, SalesTermRef={"value": term})
        return made

    def raise_invoice(self, bill: Bill, customer_id: str) -> str:
        """Raise an invoice."""
        return self.standin.raise_invoice(
            self.tenant, customer_id, bill.number, bill.day, bill.due, bill.minor
        )

    def pay(self, invoice_id: str, minor: int, day: date) -> None:
        """Book a payment."""
        self.standin.record_payment(self.tenant, invoice_id, minor, day, BY_HAND)

    def receive(self, customer_id: str, event: Event, day: date) -> str:
        """Record an unapplied payment."""
        return self.standin.record_receipt(
            self.tenant, customer_id, event.minor, day, event.text[:21], memo=event.text
        )

    def credit(self, invoice_id: str, minor: int, day: date) -> None:
        """Raise and apply a credit memo."""
        self.standin.credit(self.tenant, invoice_id, minor, day)

    def void(self, invoice_id: str) -> None:
        """Void an invoice."""
        self.standin.void(self.tenant, invoice_id)

    def open_minor(self, invoice_id: str) -> int:
        """Say what is open."""
        doc = self.shelf.get(kind(self.tenant, "Invoice"), invoice_id)
        return to_minor(doc["Balance"], self.currency) if doc else 0


class Ledgers:
    """All companies' books, and the Stripe account; knows every story name's vendor id."""

    def __init__(self, keepers: dict[str, Bookkeeper], stripe: StripeStandIn | None) -> None:
        """Take the bookkeepers by company."""
        self.keepers = keepers
        self.stripe = stripe
        self.account = self._account() if stripe else ""

    def _account(self) -> str:
        assert self.stripe is not None  # noqa: S101 - called only then
        shelf = self.stripe.shelf
        known = shelf.get("story-account", "one")
        if known is None:
            with shelf.change():
                known = {"id": self.stripe.add_account("Hartley & Finch", "gbp")}
                shelf.put("story-account", "one", known)
        return str(known["id"])

    def id_of(self, company: str, kind: str, name: str) -> str | None:
        """Give the vendor's id of a customer or invoice of the story."""
        found = self.keepers[company].shelf.get(f"story-{kind}-{company}", name)
        return None if found is None else str(found["id"])

    def _keep(self, company: str, kind: str, name: str, vendor_id: str) -> None:
        self.keepers[company].shelf.put(f"story-{kind}-{company}", name, {"id": vendor_id})

    def add_customer(self, customer: Customer) -> None:
        """Add a customer once."""
        keeper = self.keepers[customer.company]
        with keeper.shelf.change():
            if self.id_of(customer.company, "customer", customer.name) is None:
                made = keeper.add_customer(customer)
                self._keep(customer.company, "customer", customer.name, made)

    def carry_out(self, seq: int, event: Event, bills: dict[str, Bill], day: date) -> None:
        """Carry out what a bookkeeper, a bank or a payer does; a second time does nothing."""
        if event.kind in ("card", "payout"):
            self._at_stripe(seq, event)
            return
        keeper = self.keepers[event.company]
        with keeper.shelf.change():
            if keeper.shelf.get("story-done", str(seq)) is None:
                self._write(keeper, seq, event, bills, day)
                keeper.shelf.put("story-done", str(seq), {"kind": event.kind})

    def _write(
        self, keeper: Bookkeeper, seq: int, event: Event, bills: dict[str, Bill], day: date
    ) -> None:
        if event.kind == "invoice":
            bill = bills[event.numbers[0]]
            customer_id = self.id_of(event.company, "customer", bill.customer) or ""
            made = keeper.raise_invoice(bill, customer_id)
            self._keep(event.company, "invoice", bill.number, made)
            return
        if event.kind == "receipt":
            customer_id = self.id_of(event.company, "customer", event.customer) or ""
            made = keeper.receive(customer_id, event, day)
            self._keep(event.company, "receipt", made, str(seq))
            return
        invoice_id = self.id_of(event.company, "invoice", event.numbers[0]) or ""
        open_minor = keeper.open_minor(invoice_id)
        minor = min(event.minor, open_minor)
        if event.kind == "payment" and minor > 0:
            keeper.pay(invoice_id, minor, day)
        elif event.kind == "credit" and minor > 0:
            keeper.credit(invoice_id, minor, day)
        elif event.kind == "void" and open_minor == bills[event.numbers[0]].minor:
            keeper.void(invoice_id)

    def _at_stripe(self, seq: int, event: Event) -> None:
        assert self.stripe is not None  # noqa: S101 - only a story with a Stripe account has cards
        shelf = self.stripe.shelf
        with shelf.change():
            if shelf.get("story-done", str(seq)) is not None:
                return
            if event.kind == "payout":
                self.stripe.payout(self.account)
            else:
                self.stripe.take_payment(
                    self.account,
                    event.minor,
                    event.currency.lower(),
                    metadata={"ar_invoice_number": event.numbers[0]},
                    description=f"Payment for {event.numbers[0]}",
                )
            shelf.put("story-done", str(seq), {"kind": event.kind})
