"""What Stripe's own books, and a page to pay at, are asked for fits the version that is pinned."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connector.bill import Bill
from connector.protocol import Share
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from tests.connector.stripe.office import DUE, bank, customer, gbp, invoice
from tests.connector.stripe.stripe_shop import kept, opened
from tests.judges.test_connector_requests import read_everything, writes
from tests.sandbox.stripe_world import new_world, opened_door

if TYPE_CHECKING:
    from tests.connector.stripe.stripe_shop import Office


def work(office: Office) -> None:
    """Do at Stripe's own books whatever they can do."""
    books, stand_in, shop = office.books, office.world.stand_in, office.world.shop
    buyer = customer(office)
    sent, other = invoice(office, of=buyer), invoice(office, of=buyer)
    charged = [invoice(office, of=buyer, due=None) for _ in range(5)]
    for key in charged:
        stand_in.fail_charge(key, "expired_card", timedelta(days=3))
    intent = stand_in.take_payment(shop, 10_000, "gbp", customer=buyer)
    stand_in.dispute(stand_in.take_payment(shop, 100, "gbp", customer=buyer))
    ref = Ref(Kind.INVOICE, sent)
    books.note(ref, "a note", "one")
    books.find_note(ref, "one")
    books.promise(ref, DUE, "two")
    books.deliver(ref, "", "three")
    books.delivered(ref)
    books.online(ref)
    books.pdf(ref)
    shares = [Share(sent, gbp(10_000))]
    books.apply(bank(10_000), shares, "four", DUE)
    books.find_applied(bank(10_000), shares, "four")
    [found] = books.read([Ref(Kind.RECEIPT, intent)])
    assert isinstance(found.document, Receipt)
    assert (found.document.source, found.document.status) == (Source.LEDGER, Status.OPEN)
    books.apply(found.document, [Share(other, gbp(10_000))], "five", DUE)
    books.read([Ref(Kind.INVOICE, key) for key in charged])
    books.read([Ref(Kind.CREDIT_NOTE, "cn_404"), Ref(Kind.CREDIT_NOTE, buyer, "balance")])
    read_everything(books, buyer)


def test_what_stripes_own_books_ask(stripe) -> None:
    with opened_door() as door:
        world = new_world(door)
        office = kept(world)
        work(office)
        requests = world.stand_in.requests()
    paths = {one.path for one in requests if one.method == "POST"}
    assert {path.rpartition("/")[2] for path in paths} >= {"pay", "attach_payment", "send"}
    assert {text for one in requests for text in stripe.findings(one)} == set()


def test_what_a_page_to_pay_at_asks(stripe) -> None:
    with opened_door() as door:
        world = new_world(door)
        shop = opened(world, world.stand_in.add_restricted_key(world.shop))
        until = world.clock() + timedelta(hours=1)
        bill = Bill("i-1", "INV-1", "t-1", Money(100, "GBP"), until, "https://x.example/pay/thanks")
        shop.books.checkout(bill, "one")
        requests = world.stand_in.requests()
    assert writes(requests) == {"POST /v1/checkout/sessions"}
    assert {text for one in requests for text in stripe.findings(one)} == set()
