"""What is written into Stripe's own books; the stand-in's are the judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from connector.protocol import Share
from connector.stripe.calls import MissingError
from ledger.documents import Kind, Ref
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.stripe.office import DUE, KEY, bank, client, customer, doc, gbp, invoice, one
from tests.connector.stripe.stripe_shop import Office, kept
from tests.sandbox.stripe_world import new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as opened:
        yield opened


@pytest.fixture
def office(door):
    return kept(new_world(door))


def test_bank_money_pays_invoices_outside_of_stripe_whole_and_once(office):
    buyer = customer(office)
    first, second = invoice(office, 6_000, of=buyer), invoice(office, 4_000, of=buyer)
    shares = [Share(first, gbp(6_000)), Share(second, gbp(4_000))]
    books = office.books
    assert books.find_applied(bank(10_000), shares, KEY) is None
    done = books.apply(bank(10_000), shares, KEY, DUE)
    assert [(each.invoice_id, each.amount) for each in done.parts] == [
        (first, gbp(6_000)),
        (second, gbp(4_000)),
    ]
    for key, minor in ((first, 6_000), (second, 4_000)):
        found = doc(office, key)
        assert (found["status"], found["amount_paid_off_stripe"]) == ("paid", minor)
    assert books.find_applied(bank(10_000), shares, KEY) == done
    assert books.apply(bank(10_000), shares, KEY, DUE) == done
    assert paths(office).count(f"/v1/invoices/{first}/pay") == 1
    with pytest.raises(StaleError, match="is paid"):
        books.apply(bank(6_000), shares[:1], "apply:bank:other", DUE)


def paths(office: Office):
    return [each.path for each in office.world.stand_in.requests() if each.method == "POST"]


@pytest.mark.parametrize("minor", [9_999, 10_001])
def test_a_part_is_refused_with_its_reason_and_nothing_is_written(office, minor):
    key, other = invoice(office), invoice(office)
    shares = [Share(other, gbp(10_000)), Share(key, gbp(minor))]
    with pytest.raises(RefusedError, match="only for all that is open") as told:
        office.books.apply(bank(20_000), shares, KEY, DUE)
    assert told.value.code == "partial_payment"
    assert doc(office, key)["status"] == doc(office, other)["status"] == "open"
    assert doc(office, other)["metadata"] == {}


def test_an_application_that_stopped_half_way_is_completed(office):
    first, second = invoice(office, 6_000), invoice(office, 4_000)
    shares = [Share(first, gbp(6_000)), Share(second, gbp(4_000))]
    office.books.apply(bank(10_000), shares[:1], KEY, DUE)
    begun = office.books.find_applied(bank(10_000), shares, KEY)
    assert begun is not None
    assert begun.missing == (shares[1],)
    done = office.books.complete(bank(10_000), begun, KEY, DUE)
    assert [each.invoice_id for each in done.parts] == [first, second]
    assert done.missing == ()
    assert doc(office, second)["status"] == "paid"


def test_a_part_payment_at_that_very_moment_is_told(office, monkeypatch):
    """Between the look and the write, the payer's card paid a part."""
    key = invoice(office)
    stand_in = office.world.stand_in
    pi = stand_in.take_payment(office.world.shop, 4_000, "gbp")
    post = office.books._calls.post

    def meanwhile(path, once, **params):
        if path.endswith("/pay"):
            stand_in.attach_payment(key, pi)
        return post(path, once, **params)

    monkeypatch.setattr(office.books._calls, "post", meanwhile)
    shares = [Share(key, gbp(10_000))]
    done = office.books.apply(bank(10_000), shares, KEY, DUE)
    assert [each.amount for each in done.parts] == [gbp(6_000)]
    assert "took 60.00 GBP of the 100.00 GBP meant for it" in done.refusal
    assert office.books.find_applied(bank(10_000), shares, KEY) == done


@pytest.fixture
def pair(office):
    return [Share(invoice(office, 6_000), gbp(6_000)), Share(invoice(office, 4_000), gbp(4_000))]


def void_before(monkeypatch, office, key):
    """Have somebody void an invoice between the look and the write."""
    post = office.books._calls.post

    def meanwhile(path, once, **params):
        if path.startswith(f"/v1/invoices/{key}"):
            kept = office.world.stand_in.books
            kept.keep(office.world.shop, {**doc(office, key), "status": "void"})
        return post(path, once, **params)

    monkeypatch.setattr(office.books._calls, "post", meanwhile)


def test_what_is_paid_stays_paid_when_another_is_refused(office, pair, monkeypatch):
    void_before(monkeypatch, office, pair[1].invoice_id)
    done = office.books.apply(bank(10_000), pair, KEY, DUE)
    assert [(each.invoice_id, each.amount) for each in done.parts] == [
        (pair[0].invoice_id, gbp(6_000))
    ]
    assert done.refusal
    # Asked again, the same comes of it: what was begun is no reason to refuse all.
    again = office.books.apply(bank(10_000), pair, KEY, DUE)
    assert again.parts == done.parts
    begun = office.books.find_applied(bank(10_000), pair, KEY)
    assert begun.missing == (pair[1],)
    ended = office.books.complete(bank(10_000), begun, KEY, DUE)
    assert (ended.parts, ended.missing) == (done.parts, ())
    assert "is void" in ended.refusal


def test_an_invoice_that_is_gone_meanwhile_keeps_the_others_paid(office, pair, monkeypatch):
    post = office.books._calls.post

    def meanwhile(path, once, **params):
        if path.startswith(f"/v1/invoices/{pair[1].invoice_id}"):
            raise MissingError("no such invoice")
        return post(path, once, **params)

    monkeypatch.setattr(office.books._calls, "post", meanwhile)
    done = office.books.apply(bank(10_000), pair, KEY, DUE)
    assert ([each.invoice_id for each in done.parts], done.refusal) == (
        [pair[0].invoice_id],
        "no such invoice.",
    )


def test_when_the_first_is_refused_nothing_was_done(office, pair, monkeypatch):
    void_before(monkeypatch, office, pair[0].invoice_id)
    with pytest.raises(RefusedError):
        office.books.apply(bank(10_000), pair, KEY, DUE)
    assert doc(office, pair[1].invoice_id)["status"] == "open"


def test_nothing_of_stripes_is_taken_off_an_invoice_again(office):
    key = invoice(office)
    done = office.books.apply(bank(10_000), [Share(key, gbp(10_000))], KEY, DUE)
    with pytest.raises(RefusedError, match="does not take a payment off"):
        office.books.unapply(done, "undo")
    assert doc(office, key)["status"] == "paid"


def test_a_payment_of_the_account_is_attached_as_a_whole(office):
    buyer = customer(office)
    key = invoice(office, of=buyer)
    stand_in = office.world.stand_in
    pi = stand_in.take_payment(office.world.shop, 4_000, "gbp", customer=buyer)
    money = one(office, Kind.RECEIPT, pi)
    share = Share(key, gbp(4_000))
    assert office.books.find_applied(money, [share], KEY) is None
    done = office.books.apply(money, [share], KEY, DUE)
    assert doc(office, key)["amount_remaining"] == 6_000
    assert office.books.find_applied(money, [share], KEY) == done
    assert one(office, Kind.RECEIPT, pi).unapplied == gbp(0)


def test_a_payment_that_is_attached_and_cannot_be_looked_at_is_no_payment_undone(
    office, monkeypatch
):
    key = invoice(office, of=(buyer := customer(office)))
    pi = office.world.stand_in.take_payment(office.world.shop, 10_000, "gbp", customer=buyer)
    money, share = one(office, Kind.RECEIPT, pi), Share(key, gbp(10_000))
    get = office.books._calls.get

    def busy(path, **params):
        if path == "/v1/invoice_payments" and any("attach_payment" in one for one in paths(office)):
            raise RetryLaterError(5, "one at a time")
        return get(path, **params)

    monkeypatch.setattr(office.books._calls, "get", busy)
    with pytest.raises(UnknownOutcomeError, match=r"took the payment for .*: one at a time"):
        office.books.apply(money, [share], KEY, DUE)
    monkeypatch.undo()
    assert office.books.find_applied(money, [share], KEY) is not None


def test_a_payment_of_the_account_is_not_cut_up(office):
    buyer = customer(office)
    key = invoice(office, of=buyer)
    pi = office.world.stand_in.take_payment(office.world.shop, 4_000, "gbp", customer=buyer)
    money = one(office, Kind.RECEIPT, pi)
    with pytest.raises(RefusedError, match="as a whole"):
        office.books.apply(money, [Share(key, gbp(3_000))], KEY, DUE)
    big = office.world.stand_in.take_payment(office.world.shop, 40_000, "gbp", customer=buyer)
    with pytest.raises(StaleError):
        office.books.apply(one(office, Kind.RECEIPT, big), [Share(key, gbp(40_000))], KEY, DUE)
    assert doc(office, key)["amount_remaining"] == 10_000


def test_an_invoice_that_is_gone_takes_nothing(office):
    with pytest.raises(StaleError):
        office.books.apply(bank(1), [Share("in_404", gbp(1))], KEY, DUE)


def test_promises_notes_and_their_look_ups_are_metadata(office):
    key = invoice(office)
    ref = Ref(Kind.INVOICE, key)
    assert office.books.promise(ref, date(2026, 9, 20), "p1") is True
    assert one(office, Kind.INVOICE, key).promised == date(2026, 9, 20)
    assert office.books.promise(ref, None, "p2") is True
    assert one(office, Kind.INVOICE, key).promised is None
    assert office.books.find_note(ref, "n1") is None
    name = office.books.note(ref, "a reminder went", "n1")
    assert office.books.find_note(ref, "n1") == name
    assert office.books.note(ref, "a reminder went", "n1") == name
    assert doc(office, key)["metadata"][name] == "a reminder went"
    assert office.books.find_note(Ref(Kind.INVOICE, "in_404"), "n1") is None
    with pytest.raises(RefusedError):
        office.books.note(Ref(Kind.INVOICE, "in_404"), "x", "n1")
    with pytest.raises(StaleError):
        office.books.promise(Ref(Kind.INVOICE, "in_404"), None, "p")
    with pytest.raises(RefusedError, match="keeps nothing of ours"):
        office.books.note(Ref(Kind.CREDIT_NOTE, "cus_1", "balance"), "x", "n1")


def test_stripe_mails_an_invoice_once_for_one_key_and_tells_when(office):
    ref = Ref(Kind.INVOICE, invoice(office))
    assert office.books.delivered(ref) is None
    office.books.deliver(ref, "someone@else.example", "d1")
    office.books.deliver(ref, "someone@else.example", "d1")
    assert office.world.stand_in.told().count("invoice.sent") == 1
    assert office.books.delivered(ref) is not None
    charged = Ref(Kind.INVOICE, invoice(office, due=None))
    with pytest.raises(RefusedError):
        office.books.deliver(charged, "", "d2")


def test_an_invoice_has_a_page_of_its_own_and_a_print(office):
    ref = Ref(Kind.INVOICE, invoice(office))
    assert office.books.online(ref) == f"https://invoice.stripe.com/i/{ref.id}"
    assert office.books.pdf(ref).startswith(b"%PDF-")
    with pytest.raises(StaleError):
        office.books.pdf(Ref(Kind.INVOICE, "in_404"))


@pytest.mark.parametrize(
    "address", [None, "", "http://pay.stripe.com/x", "https://evil.example/invoice/x/pdf"]
)
def test_only_stripes_own_print_is_fetched(office, address):
    key = invoice(office)
    stand_in = office.world.stand_in
    changed = {"invoice_pdf": address, "hosted_invoice_url": None}
    stand_in.books.keep(office.world.shop, {**doc(office, key), **changed})
    with pytest.raises(RefusedError, match="has no PDF"):
        office.books.pdf(Ref(Kind.INVOICE, key))
    assert office.books.online(Ref(Kind.INVOICE, key)) == ""


def test_what_is_no_print_is_not_taken_for_one(office):
    key = invoice(office)
    gone = {"invoice_pdf": "https://pay.stripe.com/invoice/in_404/pdf"}
    office.world.stand_in.books.keep(office.world.shop, {**doc(office, key), **gone})
    with pytest.raises(RefusedError, match="404"):
        office.books.pdf(Ref(Kind.INVOICE, key))


def test_the_business_is_told_of_when_stripe_reminds_as_well(office):
    assert office.books.organisation().warnings == ()
    for _ in range(2):
        key = invoice(office)
        client(office).v1.invoices.update(key, {"auto_advance": True})
    [warning] = office.books.organisation().warnings
    assert "reminders of its own" in warning
    assert "(2)" in warning
    assert office.books.accounts() == []


def test_a_key_without_invoices_does_not_open_the_books(office):
    office.world.stand_in.withhold(office.world.shop, "invoice_read")
    with pytest.raises(RefusedError):
        office.books.organisation()


def test_a_key_of_another_account_writes_nothing(office):
    other = office.world.stand_in.add_account("Other", "gbp")
    token = office.world.stand_in.add_restricted_key(other)
    ref = Ref(Kind.INVOICE, invoice(office))
    wrong = kept(office.world, token).books
    for write in (
        wrong.organisation,
        lambda: wrong.note(ref, "x", "n"),
        lambda: wrong.promise(ref, None, "p"),
        lambda: wrong.deliver(ref, "", "d"),
        lambda: wrong.apply(bank(1), [Share(ref.id, gbp(1))], KEY, DUE),
    ):
        with pytest.raises(DisconnectedError):
            write()


def test_a_write_whose_answer_is_lost_leaves_a_mark_to_find(office, monkeypatch):
    key = invoice(office)
    shares = [Share(key, gbp(10_000))]
    post = office.books._calls.post

    def lost(path, once, **params):
        post(path, once, **params)
        if path.endswith("/pay"):
            raise UnknownOutcomeError

    monkeypatch.setattr(office.books._calls, "post", lost)
    with pytest.raises(UnknownOutcomeError):
        office.books.apply(bank(10_000), shares, KEY, DUE)
    assert office.books.find_applied(bank(10_000), shares, KEY) is not None


def test_an_amount_that_cannot_be_read_is_paid_nothing(office):
    key = invoice(office)
    books = office.world.stand_in.books
    books.keep(office.world.shop, {**doc(office, key), "amount_remaining": "much"})
    with pytest.raises(RefusedError, match="amount_remaining is"):
        office.books.apply(bank(10_000), [Share(key, gbp(10_000))], KEY, DUE)
    assert doc(office, key)["status"] == "open"


def test_where_stripe_counts_nothing_from_outside_its_word_that_it_is_paid_will_do(
    office, monkeypatch
):
    key = invoice(office)
    post = office.books._calls.post

    def silent(path, once, **params):
        return {**post(path, once, **params), "amount_paid_off_stripe": None}

    monkeypatch.setattr(office.books._calls, "post", silent)
    done = office.books.apply(bank(10_000), [Share(key, gbp(10_000))], KEY, DUE)
    assert [part.invoice_id for part in done.parts] == [key]


@pytest.mark.parametrize("fault", ["down", "broken"])
def test_a_print_that_does_not_come_asks_for_patience(office, fault, monkeypatch):
    ref = Ref(Kind.INVOICE, invoice(office))
    if fault == "down":
        broken = replace(office.books._wire, addresses={"pay": "http://127.0.0.1:9"})
        monkeypatch.setattr(office.books, "_wire", broken)
    else:
        app = office.world.stand_in.app

        def breaks(key):
            raise RuntimeError(key)

        app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setitem(app.view_functions, "stripe_invoices.pdf", breaks)
    with pytest.raises(RetryLaterError):
        office.books.pdf(ref)
