"""The people of a world outside the product: bookkeepers in the ledgers, payers at Stripe.

They act by the plan and by the vendors' rules; what a ledger refuses does not happen.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ledger.days import local_day
from sandbox.quickbooks.amounts import to_minor
from sandbox.quickbooks.faults import Fault
from sandbox.shelf import Shelf
from sandbox.story.banking import Banking
from sandbox.story.hands import Ledgers, QuickBooksBookkeeper, XeroBookkeeper
from sandbox.stripe.errors import StripeRefusal
from sandbox.xero.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sandbox.bank.standin import Statement
    from sandbox.quickbooks.standin import QuickBooksStandIn
    from sandbox.story.companies import Company
    from sandbox.story.event import Event
    from sandbox.story.hands import Bookkeeper
    from sandbox.stripe.standin import StripeStandIn
    from sandbox.xero.standin import XeroStandIn
    from worlds.cast import Cast
    from worlds.town import Town

# What a vendor may answer to a person who asks for what cannot be.
REFUSALS = (Invalid, Fault, StripeRefusal, ValueError, LookupError)

# Books are locked up to so long before the day somebody locks them.
LOCKED = timedelta(days=4)
# What one Stripe account settles in another currency; only that there is a rate matters.
RATE = "1.1"


class XeroDesk:
    """What users do in Xero besides the ordinary."""

    def __init__(self, standin: XeroStandIn, tenant: str) -> None:
        """Sit down at one organisation's books."""
        self.standin = standin
        self.tenant = tenant

    def credit_loosely(self, customer_id: str, event: Event, day: date) -> None:
        """Raise a credit note and leave it unallocated."""
        self.standin.raise_credit_note(self.tenant, customer_id, event.minor, event.currency, day)

    def unpay(self, invoice_id: str) -> None:
        """Delete the last payment of an invoice."""
        found = [
            one["id"]
            for one in self.standin.payments(self.tenant)
            if one["target"] == invoice_id and not one["deleted"]
        ]
        if found:
            self.standin.remove_payment(self.tenant, found[-1])

    def apply(self, receipt_id: str, invoice_id: str, day: date) -> None:
        """Allocate as much of an overpayment to an invoice as fits."""
        receipt = self.standin.doc(self.tenant, "Overpayments", receipt_id)
        invoice = self.standin.doc(self.tenant, "Invoices", invoice_id)
        minor = min(receipt["remaining"], self.standin.books.due(invoice))
        self.standin.allocate(self.tenant, "Overpayments", receipt_id, invoice_id, minor, day)

    def move_due(self, invoice_id: str, due: date) -> None:
        """Give an invoice another due date."""
        self.standin.change_due(self.tenant, invoice_id, due)

    def rename(self, customer_id: str, name: str) -> None:
        """Give a customer another name."""
        self.standin.change_contact(self.tenant, customer_id, name=name)

    def lock(self, until: date) -> None:
        """Lock the books up to a day."""
        self.standin.set_lock_date(self.tenant, until)

    def revoke(self) -> None:
        """End the app's connection inside Xero."""
        self.standin.disconnect(self.tenant)


class QuickBooksDesk:
    """What users do in QuickBooks besides the ordinary."""

    def __init__(self, standin: QuickBooksStandIn, tenant: str) -> None:
        """Sit down at one company's books."""
        self.standin = standin
        self.tenant = tenant

    def credit_loosely(self, customer_id: str, event: Event, day: date) -> None:
        """Raise a credit memo and leave it unapplied."""
        self.standin.raise_credit_memo(self.tenant, customer_id, event.minor, day)

    def unpay(self, invoice_id: str) -> None:
        """Void the last payment of an invoice."""
        found = [one["Id"] for one in self.standin.payments(self.tenant) if _pays(one, invoice_id)]
        if found:
            self.standin.void_payment(self.tenant, found[-1])

    def apply(self, receipt_id: str, invoice_id: str, day: date) -> None:
        """Apply a payment to one invoice, as much as fits, in place of what it paid before."""
        del day
        payment = next(one for one in self.standin.payments(self.tenant) if one["Id"] == receipt_id)
        if payment["Line"]:
            return
        invoice = next(one for one in self.standin.invoices(self.tenant) if one["Id"] == invoice_id)
        currency = payment["CurrencyRef"]["value"]
        minor = min(
            to_minor(payment["UnappliedAmt"], currency), to_minor(invoice["Balance"], currency)
        )
        if minor > 0:
            self.standin.apply_receipt(self.tenant, receipt_id, {invoice_id: minor})

    def move_due(self, invoice_id: str, due: date) -> None:
        """Give an invoice another due date."""
        self.standin.edit_invoice(self.tenant, invoice_id, DueDate=due.isoformat())

    def rename(self, customer_id: str, name: str) -> None:
        """Give a customer another name."""
        self.standin.edit_customer(self.tenant, customer_id, DisplayName=name)

    def lock(self, until: date) -> None:
        """Close the books up to a day."""
        self.standin.set_book_close_date(self.tenant, until)

    def revoke(self) -> None:
        """Disconnect the app inside QuickBooks."""
        self.standin.disconnect(self.tenant)


def _pays(payment: dict[str, Any], invoice_id: str) -> bool:
    return any(
        link["TxnType"] == "Invoice" and link["TxnId"] == invoice_id
        for line in payment["Line"]
        for link in line["LinkedTxn"]
    )


class Users:
    """Everybody who acts at the vendors."""

    def __init__(self, town: Town, cast: Cast) -> None:
        """Open the companies' books and their Stripe accounts."""
        self.cast = cast
        self.town = town
        self.companies = {one.key: one for one in cast.companies}
        self.stripe: StripeStandIn = town.stripe
        keepers: dict[str, Bookkeeper] = {}
        self.desks: dict[str, XeroDesk | QuickBooksDesk] = {}
        self.accounts: dict[str, str] = {}
        for company in cast.companies:
            if company.provider == "xero":
                keeper: Bookkeeper = XeroBookkeeper(town.xero, company)
                self.desks[company.key] = XeroDesk(town.xero, keeper.tenant)
            else:
                keeper = QuickBooksBookkeeper(town.quickbooks, company)
                self.desks[company.key] = QuickBooksDesk(town.quickbooks, keeper.tenant)
            keepers[company.key] = keeper
            self.accounts[company.key] = self._account(company)
        self.ledgers = Ledgers(keepers, None)
        self.banking = Banking(
            Shelf(), self.ledgers, cast.companies, cast.start, town.stripe, self.accounts
        )
        # What happened at the bank, by company and the mark of its line.
        self.wires: dict[tuple[str, str], Event] = {}
        self.receipts: dict[tuple[str, str], Event] = {}
        self.cards: dict[str, Event] = {}
        # When a card payment was taken, and which were given back.
        self.taken: dict[str, datetime] = {}
        self.refunded: set[str] = set()
        # What users tried in the ledger, by kind and bill numbers.
        self.done: set[tuple[str, tuple[str, ...]]] = set()

    def _account(self, company: Company) -> str:
        base = company.currencies[0]
        for other in company.currencies[1:]:
            self.stripe.set_rate(other, base, RATE)
        return self.stripe.add_account(company.name, base)

    def begin(self) -> None:
        """Write down what stands in the books before anybody connects."""
        for customer in self.cast.customers:
            self.ledgers.add_customer(customer)
        for seq, event in enumerate(self.cast.before):
            self._carry_out(-1 - seq, event)

    def _carry_out(self, seq: int, event: Event) -> None:
        self.ledgers.carry_out(seq, event, self.cast.bills, event.at.date())

    def act(self, seq: int, event: Event) -> str:
        """Carry out one event; gives a word for what came of it."""
        self.done.add((event.kind, event.numbers))
        try:
            special: dict[str, Callable[[Event], None]] = {
                "card": self._card,
                "refund": self._refund,
                "payout": self._pay_out,
                "credit_loose": self._credit_loosely,
                "unpay": lambda one: self.desks[one.company].unpay(self.invoice_id(one)),
                "by_user": self._apply,
                "due": self._move_due,
                "rename": self._rename,
                "lock": lambda one: self.desks[one.company].lock(one.at.date() - LOCKED),
                "revoke": lambda one: self.desks[one.company].revoke(),
                "revoke_cards": lambda one: self.stripe.deauthorize(self.accounts[one.company]),
                "receipt": lambda one: self._receive(seq, one),
                "wire": lambda one: self._wire(seq, one),
            }
            if event.kind in special:
                special[event.kind](event)
            else:
                self._carry_out(seq, event)
        except REFUSALS as refusal:
            return f"refused: {type(refusal).__name__}"
        return "done"

    def invoice_id(self, event: Event) -> str:
        """Give the vendor's id of the event's bill, or "" when it was never raised."""
        return self.ledgers.id_of(event.company, "invoice", event.numbers[0]) or ""

    def _customer_id(self, event: Event) -> str:
        return self.ledgers.id_of(event.company, "customer", event.customer) or ""

    def _receive(self, seq: int, event: Event) -> None:
        keeper = self.ledgers.keepers[event.company]
        del seq
        made = keeper.receive(self._customer_id(event), event, event.at.date())
        self.receipts[event.company, made] = event

    def _wire(self, seq: int, event: Event) -> None:
        company = self.companies[event.company]
        day = local_day(event.at, company.zone)
        self.banking.carry_out(seq, event, company.country, day)
        self.wires[event.company, str(seq)] = event

    def wire_of(self, company: str, day: date, minor: int, payer: str) -> Event | None:
        """Say what brought a line on a statement; None for what came in by another way."""
        seq = self.banking.event_of(company, day, minor, payer)
        return self.wires.get((company, str(seq)))

    def statement(self, company: Company, now: datetime) -> Statement:
        """Have the bank print what was booked until yesterday."""
        return self.banking.statement(company, local_day(now, company.zone))

    def _card(self, event: Event) -> None:
        number = event.numbers[0]
        made = self.stripe.take_payment(
            self.accounts[event.company],
            event.minor,
            event.currency.lower(),
            metadata={"ar_invoice_number": number},
            description=f"Payment for {number}",
        )
        self.cards[made] = event
        self.taken[made] = event.at

    def _pay_out(self, event: Event) -> None:
        self.stripe.payout(self.accounts[event.company])

    def _refund(self, event: Event) -> None:
        paid = [key for key, one in self.cards.items() if one.numbers == event.numbers]
        if paid:
            self.stripe.refund(paid[-1])
            self.refunded.add(paid[-1])

    def _credit_loosely(self, event: Event) -> None:
        self.desks[event.company].credit_loosely(self._customer_id(event), event, event.at.date())

    def _apply(self, event: Event) -> None:
        for (company, receipt_id), one in self.receipts.items():
            if company == event.company and one.pays == event.numbers:
                self.desks[company].apply(receipt_id, self.invoice_id(event), event.at.date())
                return

    def _move_due(self, event: Event) -> None:
        bill = self.cast.bills[event.numbers[0]]
        due = bill.due + timedelta(days=event.minor)
        self.desks[event.company].move_due(self.invoice_id(event), due)

    def _rename(self, event: Event) -> None:
        mine = [one for one in self.cast.customers if one.company == event.company]
        found = self.ledgers.id_of(event.company, "customer", mine[0].name) or ""
        self.desks[event.company].rename(found, f"{mine[0].name} New")
