"""Whatever our books can do, also what the demo never needs, is asked as the vendors describe."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.protocol import Share
from ledger.differences import Adjustment, Difference
from ledger.documents import HELD, Kind, Organisation, Purpose, Receipt, Ref, Source, Status
from ledger.money import Money
from ledger.payouts import Movement, Payout, PayoutEntry
from tests.connector.quickbooks.office import Office, from_stripe, pays
from tests.connector.stripe.stripe_shop import opened
from tests.connector.xero import office as xero_offices
from tests.connector.xero.money import credit_note
from tests.connector.xero.test_payouts import Till, payout
from tests.sandbox.quickbooks_desk import DAY
from tests.sandbox.stripe_world import new_world, opened_door
from tests.sandbox.xero_desk import TODAY

if TYPE_CHECKING:
    from connector.protocol import Books
    from sandbox.shelf import Request


def read_everything(books: Books, customer_id: str) -> None:
    """Walk through the books, ask for changes, and read one customer and the organisation."""
    cursor, steps = "", 0
    while steps < 30:
        page = books.sync(cursor)
        cursor, steps = page.cursor, steps + 1
        if not page.more:
            break
    books.sync(cursor)
    books.open_documents("")
    books.organisation()
    books.accounts()
    if customer_id:
        books.position(customer_id)


def settle(books: Books, receipt: Receipt, shares: list[Share], *, key: str) -> None:
    """Apply, look it up, note it, and take it back."""
    day = receipt.received
    assert books.find_applied(receipt, shares, key) is None
    applied = books.apply(receipt, shares, key, day)
    assert books.find_applied(receipt, shares, key) is not None
    invoice = Ref(Kind.INVOICE, shares[0].invoice_id)
    for ref in (invoice, *([receipt.ref] if receipt.source is Source.LEDGER else [])):
        books.note(ref, "a note", f"{key}: note on {ref.id}")
        books.find_note(ref, f"{key}: note on {ref.id}")
    books.unapply(applied, f"undo {key}")


def pay_out(books: Books, receipt: Receipt) -> None:
    """Book a payout of one payment less a fee, look it up, and take it back."""
    currency = receipt.amount.currency
    fee, nothing = Money(200, currency), Money.zero(currency)
    entry = PayoutEntry("txn_1", Movement.PAYMENT, receipt.amount, fee, nothing, receipt.ref.id)
    payout = Payout(Ref(Kind.PAYOUT, "po_1"), receipt.received, entry.net, (entry,))
    parts = books.book_payout(payout, "payout", receipt.received)
    assert books.find_payout(payout, "payout") == parts
    books.unbook_payout(parts, "undo payout")


def writes(requests: list[Request]) -> set[str]:
    return {
        f"{one.method} {re.sub(r'[0-9a-f-]{36}|[0-9]{9,}|pi_.+', '*', one.path)}"
        for one in requests
        if one.method != "GET" and not one.path.endswith(("/query", "/token", "/authorize"))
    }


def test_what_our_books_of_xero_ask(xero) -> None:
    office = xero_offices.make()
    books = office.books()
    bill = office.standin.raise_invoice(
        office.tenant, office.contact, "INV-1", TODAY, TODAY + timedelta(30), "100.00", "GBP"
    )
    office.standin.raise_credit_note(office.tenant, office.contact, "5.00", "GBP", TODAY)
    money = office.standin.record_receipt(office.tenant, office.contact, "60.00", "GBP", TODAY)
    held = books.read([Ref(Kind.RECEIPT, money, "overpayment")])[0].document
    assert isinstance(held, Receipt)
    card = Receipt(
        ref=Ref(Kind.RECEIPT, "pi_1"),
        source=Source.STRIPE,
        received=TODAY,
        amount=Money(6000, "GBP"),
        unapplied=Money(6000, "GBP"),
        status=Status.OPEN,
    )
    share = [Share(bill, Money(2500, "GBP"))]
    settle(books, held, share, key="one")
    settle(books, card, share, key="two")
    books.read([Ref(Kind.CUSTOMER, office.contact), Ref(Kind.INVOICE, bill)])
    read_everything(books, office.contact)
    money_on_its_way(office, card)
    requests = office.standin.requests()
    assert writes(requests) >= {
        "PUT /api.xro/2.0/Payments",
        "POST /api.xro/2.0/Payments/*",
        "PUT /api.xro/2.0/Overpayments/*/Allocations",
        "DELETE /api.xro/2.0/Overpayments/*/Allocations/*",
        "PUT /api.xro/2.0/Invoices/*/History",
        "PUT /api.xro/2.0/Overpayments/*/History",
        "PUT /api.xro/2.0/BatchPayments",
        "POST /api.xro/2.0/BatchPayments",
        "PUT /api.xro/2.0/BankTransactions",
        "POST /api.xro/2.0/BankTransactions/*",
        "PUT /api.xro/2.0/BankTransfers",
        "POST /api.xro/2.0/BankTransfers/*",
        "PUT /api.xro/2.0/CreditNotes/*/Allocations",
        "DELETE /api.xro/2.0/CreditNotes/*/Allocations/*",
        "PUT /api.xro/2.0/CreditNotes",
        "POST /api.xro/2.0/CreditNotes/*",
        "PUT /api.xro/2.0/Prepayments/*/Allocations",
        "DELETE /api.xro/2.0/Prepayments/*/Allocations/*",
    }
    assert {text for one in requests for text in xero.findings(one)} == set()


def money_on_its_way(office: xero_offices.Office, card: Receipt) -> None:
    """Pay several invoices at once, put a rest on account, apply credits, and book a payout."""
    till = Till()
    known = Organisation("Harbour", "GBP", "Europe/London", country="GB")
    day = TODAY + timedelta(30)
    till.office = office
    till.standin, till.tenant, till.stripe = office.standin, office.tenant, office.bank
    till.bank = office.standin.add_account(office.tenant, "Business", "092")
    till.cost = office.standin.add_account(
        office.tenant, "Card fees", "404", type_="EXPENSE", tax_type="INPUT2"
    )
    books = till.books(known=known)
    bills = [
        office.standin.raise_invoice(
            office.tenant, office.contact, number, TODAY, day, "100.00", "GBP"
        )
        for number in ("INV-7", "INV-8")
    ]
    both = [Share(one, Money(3000, "GBP")) for one in bills]
    settle(books, card, both, key="three")
    owned = replace(card, customer_id=office.contact)
    settle(books, owned, both[:1], key="four")
    credit = credit_note(office, books)
    held = books.apply_credit(credit, both[:1], "five", TODAY)
    assert books.find_credit(credit, both[:1], "five") == held
    books.unapply(held, "undo five")
    early = office.standin.record_prepayment(office.tenant, office.contact, "60.00", "GBP", TODAY)
    [found] = books.read([Ref(Kind.RECEIPT, early, "prepayment")])
    assert isinstance(found.document, Receipt)
    settle(books, found.document, both[:1], key="six")
    fall_short(till, replace(card, source=Source.BANK), Share(bills[0], Money(3000, "GBP")))
    parts = books.book_payout(payout(), "seven", TODAY)
    assert books.find_payout(payout(), "seven") == parts
    books.unbook_payout(parts, "undo seven")
    # Deleted already, each is read to be sure.
    office.clock.move(minutes=10)
    books.unbook_payout(parts, "undo seven")


def fall_short(till: Till, line: Receipt, share: Share) -> None:
    """Have money come less a fee and a discount, look it up, and take it back."""
    income = till.standin.add_account(till.tenant, "Discounts", "260", type_="REVENUE")
    more = {Purpose.BANK: till.bank, Purpose.DISCOUNTS: income}
    books = till.books(accounts={**till.accounts, **more})
    missing = [
        Adjustment(share.invoice_id, kind, Money(100, "GBP"))
        for kind in (Difference.BANK_FEE, Difference.EARLY_DISCOUNT)
    ]
    came = Money(2800, "GBP")
    short = replace(line, amount=came, unapplied=came)
    applied = books.apply(short, [share], "eight", TODAY, missing)
    assert books.find_applied(short, [share], "eight", missing) == applied
    books.unapply(applied, "undo eight")
    kept = books.keep(short, till.office.contact, "nine", TODAY)
    assert books.find_kept(short, till.office.contact, "nine") == kept


def come_short(books: Books, invoice_id: str, customer_id: str) -> None:
    """Have dollars come less a fee, look it up, take it back, and keep them on account."""
    fee = [Adjustment(invoice_id, Difference.BANK_FEE, Money(500, "USD"))]
    line, shares = replace(from_stripe(9_500), source=Source.BANK), [pays(invoice_id, 10_000)]
    applied = books.apply(line, shares, "eight", DAY, fee)
    assert books.find_applied(line, shares, "eight", fee) == applied
    books.unapply(applied, "undo eight")
    other = replace(line, ref=Ref(Kind.RECEIPT, "line-2"))
    kept = books.keep(other, customer_id, "nine", DAY)
    assert books.find_kept(other, customer_id, "nine") == kept


def test_what_our_books_of_quickbooks_ask(quickbooks) -> None:
    office = Office()
    desk = office.desk
    office.accounts |= {
        Purpose.STRIPE: office.account("Undeposited Funds"),
        Purpose.PAYOUTS: office.account("Checking"),
        Purpose.FEES: office.account("Merchant Fees"),
    }
    books = office.open()
    bill = desk.invoice("1", 10_000)
    settle(books, office.receipt(6_000), [pays(bill, 2_500)], key="one")
    settle(books, from_stripe(6_000), [pays(bill, 2_500)], key="two")
    credit = books.apply_credit(office.credit_note(500), [pays(bill, 500)], "three", DAY)
    books.find_credit(office.credit_note(500), [pays(bill, 500)], "three")
    books.unapply(credit, "undo three")
    books.apply(from_stripe(6_000), [pays(bill, 6_000)], "four", DAY)
    pay_out(books, from_stripe(6_000))
    come_short(books, desk.invoice("2", 10_000), desk.customer)
    invoice = Ref(Kind.INVOICE, bill)
    books.deliver(invoice, "ada@example.com", "five")
    books.delivered(invoice)
    books.pdf(invoice)
    books.online(invoice)
    books.read([Ref(Kind.CUSTOMER, desk.customer), invoice])
    read_everything(books, desk.customer)
    requests = desk.books.requests()
    assert writes(requests) >= {
        "POST /v3/company/*/payment",
        "POST /v3/company/*/attachable",
        "POST /v3/company/*/deposit",
        "POST /v3/company/*/journalentry",
        f"POST /v3/company/*/invoice/{bill}/send",
        "POST /v3/company/*/batch",
    }
    questions = ("/query", "/batch", "/bearer", "/oauth2")
    keyed = [one for one in requests if one.method == "POST" and not one.path.endswith(questions)]
    assert all(one.key for one in keyed)
    assert len({one.key for one in keyed}) == len(keyed)
    for word in ("operation=update", "include=void", "operation=delete", "include=invoiceLink"):
        assert any(word in one.query for one in requests), word
    assert {text for one in requests for text in quickbooks.findings(one)} == set()


def test_what_our_books_of_stripe_ask(stripe) -> None:
    with opened_door() as door:
        world = new_world(door)
        shop = opened(world, world.stand_in.add_restricted_key(world.shop))
        intent = Ref(Kind.RECEIPT, world.stand_in.take_payment(world.shop, 100, "gbp"))
        shop.books.note(intent, "a note", "one")
        shop.books.find_note(intent, "one")
        shop.books.read([intent])
        customer = world.stand_in.add_customer(world.shop, "Ada", None)
        world.stand_in.send_transfer(world.shop, customer, 100, "gbp")
        world.clock.forward(days=3)
        payout = Ref(Kind.PAYOUT, world.stand_in.payout(world.shop) or "")
        world.clock.forward(days=3)
        shop.books.read([payout, Ref(Kind.RECEIPT, customer, HELD)])
        read_everything(shop.books, "")
        requests = world.stand_in.requests()
    paths = {one.path for one in requests}
    assert f"/v1/customers/{customer}/cash_balance_transactions" in paths
    assert {"/v1/balance_transactions", "/v1/payouts"} <= paths
    assert writes(requests) == {"POST /v1/payment_intents/*"}
    assert {text for one in requests for text in stripe.findings(one)} == set()
