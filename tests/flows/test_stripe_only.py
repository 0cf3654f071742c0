"""A business whose only books are Stripe's: sent invoices chased, failed charges told, money set.

The stand-in's own books and the mailbox are the judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.protocol import Found, Share
from flows import cash
from ledger.differences import Adjustment, Difference
from ledger.documents import Kind, Receipt, Ref, Source, Status
from ledger.errors import RefusedError
from ledger.money import Money
from rules.actions import Portion
from store import actions, connections, mirror, organisations
from store.connections import BOOKS
from tests.flows.scene import STRIPE, Scene, raised
from tests.flows.stripe_keeper import StripeBookkeeper

AUTO = {"mode": "auto", "min_days_since_delivery": 0}


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Scene]:
    with raised(tmp_path, STRIPE) as scene:
        yield scene


def keeper(scene: Scene) -> StripeBookkeeper:
    assert isinstance(scene.keeper, StripeBookkeeper)
    return scene.keeper


def charged(scene: Scene, minor: int = 4_900, number: str = "SUB-1") -> str:
    """Issue an invoice that Stripe charges to a card on file."""
    return keeper(scene).charge(scene.customer(), minor, number)


def bank(scene: Scene, minor: int, text: str) -> None:
    """Have a line of the bank statement arrive."""
    amount = Money(minor, "GBP")
    line = Receipt(
        Ref(Kind.RECEIPT, f"line-{minor}"),
        Source.BANK,
        scene.today,
        amount,
        amount,
        Status.OPEN,
        reference=text,
    )
    with scene.tools.sessions.begin() as s:
        mirror.save(s, scene.organisation_id, scene.books.id, [Found(line, "{}")], scene.now)
    scene.look()
    scene.live(minutes=5)


def test_it_is_connected_as_books_and_read(alone: Scene) -> None:
    sent = alone.invoice("OK-1001", overdue=-10)
    taken = charged(alone)
    alone.connect()
    books = alone.books
    assert (books.provider, books.role, books.title) == ("stripe", BOOKS, "Oak Ltd")
    alone.live(minutes=5)
    assert (alone.mirrored(sent), alone.mirrored(taken)) == (10_000, 4_900)
    with alone.tools.sessions() as s:
        ledger = organisations.get(s, alone.organisation_id).ledger
        found = mirror.invoice(s, alone.organisation_id, taken)
        names = {one.name for one in mirror.customers(s, alone.organisation_id).values()}
    assert ledger is not None
    assert (ledger.name, ledger.currency) == ("Oak Ltd", "GBP")
    assert found is not None
    assert found.charge is not None
    assert found.charge.retry_at is not None
    assert names == {"Acme"}


def test_the_same_account_stays_books_whatever_page_connects_it_again(alone: Scene) -> None:
    alone.connect()
    alone.accountant.connect_stripe(alone.organisation_id, alone.keeper.tenant, {})
    with alone.tools.sessions() as s:
        rows = connections.of_organisation(s, alone.organisation_id)
    assert [(one.role, one.state) for one in rows] == [(BOOKS, "connected")]


def test_a_sent_invoice_is_chased_by_its_due_date_until_it_is_paid(alone: Scene) -> None:
    late = alone.invoice("OK-1001", overdue=0)
    alone.connect()
    alone.rules(dunning=AUTO)
    alone.live(days=10)
    letter = alone.mail[-1]
    assert letter.header("Subject") == "Reminder: invoice OK-1001 is overdue"
    assert "See and pay it online: http" in letter.text
    sent = len(alone.mail)
    assert len([note for note in alone.notes(late) if "reminder" in note]) == sent
    alone.town.stripe.attach_payment(late, alone.card_of("Acme", 10_000))
    alone.live(days=20)
    assert len(alone.mail) == sent


def test_nothing_is_said_of_a_failed_charge_while_it_will_be_tried_again(alone: Scene) -> None:
    taken = charged(alone)
    alone.connect()
    alone.rules(dunning=AUTO)
    for _ in range(4):
        keeper(alone).try_again(taken, "insufficient_funds", days=4)
        alone.live(days=3)
    assert alone.mail == []
    keeper(alone).give_up(taken, "insufficient_funds")
    alone.live(days=3)
    [letter] = alone.mail
    assert letter.header("Subject") == "Payment failed: invoice SUB-1"
    assert "the balance or the limit was not enough" in " ".join(letter.text.split())
    alone.town.stripe.collect(taken)
    alone.live(days=20)
    assert len(alone.mail) == 1


def test_a_payment_that_wants_confirming_says_so_and_leads_there(alone: Scene) -> None:
    taken = charged(alone)
    alone.connect()
    alone.rules(dunning=AUTO)
    keeper(alone).give_up(taken, "authentication_required")
    alone.live(days=3)
    [letter] = alone.mail
    assert "your bank asks you to confirm it" in " ".join(letter.text.split())
    assert "See and pay it online: http" in letter.text


def test_a_debit_on_its_way_holds_the_word(alone: Scene) -> None:
    taken = charged(alone)
    alone.connect()
    alone.rules(dunning=AUTO)
    alone.town.stripe.start_debit(taken)
    alone.live(days=5)
    assert alone.mail == []


def test_written_off_credited_and_promised_invoices_are_left_alone(alone: Scene) -> None:
    gone = alone.invoice("OK-1001", overdue=6)
    credited = alone.invoice("OK-1002", overdue=6)
    alone.connect()
    alone.live(minutes=5)
    client = alone.town.stripe
    books = client.books
    keeper(alone).void(gone)
    owner = books.get("customer", alone.customer())
    books.keep(alone.keeper.tenant, {**owner, "balance": -10_000, "currency": "gbp"})
    alone.rules(dunning=AUTO)
    alone.live(days=4)
    assert alone.mail == []
    assert alone.balance(credited) == 10_000


def test_bank_money_waits_for_a_person_then_pays_the_invoice_for_good(alone: Scene) -> None:
    """Even where the rules may act alone: what Stripe does not take back, no rule decides."""
    invoice = alone.invoice("OK-1001")
    alone.connect()
    alone.live(minutes=5)
    alone.rules(matching={"mode": "auto"})
    bank(alone, 10_000, "OK-1001")
    row = alone.action("apply")
    assert row.state == "waiting"
    assert alone.balance(invoice) == 10_000
    alone.approve()
    alone.live(minutes=10)
    assert alone.payments(invoice) == [10_000]
    assert alone.mirrored(invoice) == 0
    assert any("applied" in note for note in alone.notes(invoice))
    with pytest.raises(ValueError, match="does not take a payment off"):
        alone.undo()
    assert alone.payments(invoice) == [10_000]


def test_a_part_payment_from_the_bank_is_refused_and_a_person_is_told(alone: Scene) -> None:
    invoice = alone.invoice("OK-1001")
    alone.connect()
    alone.live(minutes=5)
    bank(alone, 4_000, "something")
    part = alone.portion(invoice, 4_000)
    with alone.tools.sessions.begin() as s:
        ours = organisations.get(s, alone.organisation_id)
        cash.apply_choice(s, ours, Source.BANK, "line-4000", [part], who="ann", now=alone.now)
    alone.live(minutes=10)
    [told] = alone.exceptions("refused")
    assert "only for all that is open" in told.detail
    assert alone.balance(invoice) == 10_000


def test_a_payment_nobody_tied_to_an_invoice_is_set_by_a_person_as_a_whole(alone: Scene) -> None:
    invoice = alone.invoice("OK-1001")
    alone.connect()
    alone.live(minutes=5)
    money = alone.receipt(10_000, "thanks")
    alone.live(minutes=5)
    whole = alone.portion(invoice, 10_000)
    with alone.tools.sessions.begin() as s:
        ours = organisations.get(s, alone.organisation_id)
        cash.apply_choice(s, ours, Source.LEDGER, money, [whole], who="ann", now=alone.now)
    alone.live(minutes=10)
    assert alone.payments(invoice) == [10_000]
    assert [one.state for one in alone.actions("apply", actions.DONE)] == [actions.DONE]


def test_an_answer_that_was_lost_is_looked_up_and_paid_once(alone: Scene) -> None:
    invoice = alone.invoice("OK-1001")
    alone.connect()
    alone.live(minutes=5)
    bank(alone, 10_000, "OK-1001")
    alone.approve()
    alone.sky.next("unanswered", "stripe", "POST", "/pay")
    alone.live(minutes=30)
    assert alone.payments(invoice) == [10_000]
    assert alone.action("apply").state == "done"


def test_the_sweep_ties_out_with_stripes_own_books(alone: Scene) -> None:
    for number in range(5):
        alone.invoice(f"OK-{number}", overdue=-30)
    charged(alone)
    alone.connect()
    alone.live(days=3)
    assert alone.exceptions("tie_out") == []
    assert alone.exceptions() == []


def test_the_page_says_before_that_nothing_can_be_undone(alone: Scene) -> None:
    invoice = alone.invoice("OK-1001")
    alone.connect()
    alone.live(minutes=5)
    bank(alone, 10_000, "OK-1001")
    browser, home = alone.accountant.browser, f"/o/{public_id(alone)}"
    assert "What you apply stays applied" in browser.open(f"{home}/matches")
    assert alone.accountant.approve_matches(alone.organisation_id) == 1
    alone.live(minutes=10)
    assert alone.payments(invoice) == [10_000]
    browser.open(f"{home}/matches")
    assert not browser.has_form("/matches/undo/")
    bank(alone, 2_000, "x")
    other = alone.invoice("OK-1002", 2_000)
    alone.live(minutes=5)
    browser.open(f"{home}/matches/bank/line-2000")
    said = browser.submit("/matches/bank/line-2000", **{f"pay:{other}": "20.00"})
    assert "The ledger does not take it back" in said


def public_id(scene: Scene) -> str:
    with scene.tools.sessions() as s:
        return organisations.get(s, scene.organisation_id).public_id


def test_what_stripe_cannot_be_told_is_refused_in_words(alone: Scene) -> None:
    """It keeps no accounts, takes no credit notes from here, and no money on account."""
    invoice = alone.invoice("OK-1001")
    alone.connect()
    alone.live(minutes=5)
    bank(alone, 9_500, "OK-1001")
    fee = Adjustment(invoice, Difference.BANK_FEE, Money(500, "GBP"))
    whole = alone.portion(invoice, 10_000)
    with pytest.raises(ValueError, match="the ledger cannot book it"):
        _decide(alone, [whole], adjustments=[fee])
    with pytest.raises(ValueError, match="keeps no money on account"):
        _decide(alone, [], keep_for=alone.customer())
    assert alone.balance(invoice) == 10_000


def _decide(alone: Scene, portions: list[Portion], **other: Any) -> None:
    with alone.tools.sessions.begin() as s:
        ours = organisations.get(s, alone.organisation_id)
        line, now = "line-9500", alone.now
        cash.apply_choice(s, ours, Source.BANK, line, portions, who="ann", now=now, **other)


def test_stripe_as_books_takes_no_difference(alone: Scene) -> None:
    invoice = alone.invoice("OK-1001")
    alone.connect()
    books = alone.tools.open_books(alone.books)
    line = Receipt(
        Ref(Kind.RECEIPT, "line-1"),
        Source.BANK,
        alone.today,
        Money(9_500, "GBP"),
        Money(9_500, "GBP"),
        Status.OPEN,
    )
    fee = Adjustment(invoice, Difference.BANK_FEE, Money(500, "GBP"))
    share = Share(invoice, Money(10_000, "GBP"))
    with pytest.raises(RefusedError, match="book a difference"):
        books.apply(line, [share], "k", alone.today, [fee])
    assert books.find_kept(line, "c", "k") is None
    assert alone.balance(invoice) == 10_000
