"""Payers are asked once what a payment is for; what they answer becomes its remittance."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from flows import answering, asking, cash, gathering
from flows.ask_links import LIFE, Asked
from flows.pay_links import DeadLinkError
from ledger.documents import Source
from ledger.money import Money
from ledger.remittances import RemittanceLine
from rules.facts import Hold
from sandbox.mail import MailFault
from store import actions, answers, connections, holds, journal, organisations, rulesets
from tests.flows.scene import Scene

ASKS = {"no_reference": "ask_remittance"}
AUTO = {**ASKS, "mode": "auto"}
# Nobody is reminded here, so that every mail is a question; and none goes before the evening.
QUIET = {"mode": "auto", "minimum_amount": {"GBP": "999999.00"}, "send_window": "18:00-20:00"}
LINK = re.compile(r"http\S+/remit/\S+")


def unclear(scene: Scene, **matching: str) -> str:
    """Connect books with two equal invoices and money for one of them; gives the receipt's id."""
    scene.connect()
    scene.rules(matching=matching or AUTO, dunning=QUIET)
    scene.invoice("AA-1001", overdue=1)
    scene.invoice("AA-1002", overdue=1)
    receipt = scene.receipt(10_000)
    scene.pulse()
    return receipt


def link_of(scene: Scene) -> Asked:
    """Read the link in the only mail."""
    [letter] = scene.mail
    found = LINK.search(letter.text)
    assert found
    links = scene.tools.ask_links
    assert links
    return links.read(found[0].rpartition("/")[2], scene.now)


def answer(scene: Scene, asked: Asked, remark: str = "", **amounts: str) -> None:
    with scene.tools.sessions.begin() as s:
        found = answering.sheet(s, asked)
        assert found
        ids = {one.number: one.ref.id for one in found.invoices}
        typed = {ids.get(name.replace("_", "-"), name): text for name, text in amounts.items()}
        answering.receive(s, asked, found, typed, remark, scene.now)


def test_a_question_waits_for_a_person_and_goes_once(either: Scene) -> None:
    receipt = unclear(either, **ASKS)
    row = either.action("ask")
    assert (row.state, row.body["to"]) == ("waiting", "pay@acme.example")
    either.live(hours=30)
    assert either.mail == []
    with either.tools.sessions.begin() as s:
        asking.approve(s, either.organisation_id, row.id, who="ann", now=either.now)
    with either.tools.sessions.begin() as s, pytest.raises(ValueError, match="reload"):
        asking.approve(s, either.organisation_id, row.id, who="ann", now=either.now)
    either.live(hours=48)
    [letter] = either.mail
    assert "which invoices is it for?" in letter.subject
    assert all(word in letter.text for word in ("AA-1001", "AA-1002", "100.00"))
    assert link_of(either).receipt_id == receipt
    either.look()
    either.live(hours=48)
    assert len(either.mail) == len(either.actions("ask")) == 1
    assert either.told(row.id) == ["decided", "approved", "attempted", "done"]


def test_in_mode_auto_it_goes_by_itself_within_the_hours_of_sending(scene: Scene) -> None:
    unclear(scene)
    row = scene.action("ask")
    assert row.state == "planned"
    assert row.reason == "the send window is closed"
    assert scene.mail == []
    scene.live(hours=48)
    assert len(scene.mail) == 1
    assert scene.action("ask").state == "done"


def test_while_reminders_are_previewed_no_question_goes_by_itself(scene: Scene) -> None:
    scene.connect()
    scene.rules(matching=AUTO)
    scene.invoice("AA-1001")
    scene.receipt(9_000)
    scene.pulse()
    assert scene.action("ask").state == "waiting"


@pytest.mark.parametrize(
    "turned", [{"matching": {"mode": "suggest"}}, {"dunning": {"mode": "approve"}}]
)
@pytest.mark.parametrize("looked", [True, False])
def test_what_would_go_by_itself_waits_once_a_mode_is_turned_back(
    scene: Scene, turned: dict[str, dict[str, str]], *, looked: bool
) -> None:
    unclear(scene)
    scene.rules(**turned)
    if not looked:
        with scene.tools.sessions.begin() as s:
            connections.matched(s, scene.books.id)
    scene.live(hours=48)
    assert scene.mail == []
    first, *others = scene.actions("ask")
    assert (first.state, first.reason) == ("cancelled", asking.TURNED_BACK)
    assert [one.state for one in others] == (["waiting"] if looked else [])


def test_a_question_that_a_person_let_go_goes_in_any_mode(scene: Scene) -> None:
    unclear(scene, **ASKS)
    row = scene.action("ask")
    with scene.tools.sessions.begin() as s:
        asking.approve(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    scene.live(hours=48)
    assert len(scene.mail) == 1


@pytest.mark.parametrize(
    ("customer", "email", "minor", "text"),
    [("Acme", "", 9_000, ""), ("Acme", "a@b.example", 10_000, "AA-1001"), ("B", "", 9_000, "")],
    ids=["no address", "a number is named", "a payer who owes nothing"],
)
def test_nobody_is_asked_in_vain(
    scene: Scene, customer: str, email: str, minor: int, text: str
) -> None:
    scene.connect()
    scene.rules(matching=AUTO, dunning=QUIET)
    scene.invoice("AA-1001", email=email)
    scene.customer("B", "b@b.example")
    scene.receipt(minor, text, customer=customer)
    scene.pulse()
    assert scene.actions("ask") == []


def test_without_the_rule_nobody_is_asked(scene: Scene) -> None:
    unclear(scene, mode="auto")
    assert scene.actions("ask") == []


def test_a_customer_who_is_held_is_not_asked(scene: Scene) -> None:
    unclear(scene, **ASKS)
    [row] = scene.actions("ask")
    with scene.tools.sessions.begin() as s:
        hold = Hold(scene.customer(), "dunning_block", "asked by Ann")
        held = holds.place(s, scene.organisation_id, hold, "ann", scene.now)
        asking.approve(s, scene.organisation_id, row.id, who="ann", now=scene.now)
    scene.live(hours=48)
    dropped = scene.action("ask")
    assert (dropped.state, dropped.reason) == ("cancelled", "held: dunning_block")
    scene.look()
    scene.live(hours=1)
    assert len(scene.actions("ask")) == 1
    with scene.tools.sessions.begin() as s:
        holds.release(s, scene.organisation_id, held, "ann", scene.now)
    scene.look()
    scene.live(hours=1)
    assert [one.state for one in scene.actions("ask")] == ["cancelled", "waiting"]
    assert scene.mail == []


def test_what_was_placed_meanwhile_is_not_asked_about(scene: Scene) -> None:
    receipt = unclear(scene)
    invoice = next(
        one.ref.id
        for one in sheet_of(scene, receipt).invoices
        if scene.number(one.ref.id) == "AA-1001"
    )
    with scene.tools.sessions.begin() as s:
        cash.apply_choice(
            s,
            sheet_of(scene, receipt).organisation,
            Source.LEDGER,
            receipt,
            [scene.portion(invoice, 10_000)],
            who="ann",
            now=scene.now,
        )
    scene.live(hours=48)
    assert scene.action("ask").state == "cancelled"
    assert scene.mail == []


def sheet_of(scene: Scene, receipt: str) -> answering.Sheet:
    with scene.tools.sessions() as s:
        found = answering.sheet(s, asked_about(scene, receipt))
    assert found
    return found


def asked_about(scene: Scene, receipt: str) -> Asked:
    with scene.tools.sessions() as s:
        ours = organisations.get(s, scene.organisation_id)
    return Asked(ours.public_id, Source.LEDGER, receipt, scene.customer())


def test_an_answer_is_kept_told_and_becomes_the_remittance(scene: Scene) -> None:
    receipt = unclear(scene)
    scene.live(hours=48)
    asked = link_of(scene)
    answer(scene, asked, AA_1001="60.00")
    answer(scene, asked, "the rest is for next month", AA_1001="60.00", AA_1002="40.00")
    with scene.tools.sessions() as s:
        [told] = answers.of_receipts(s, scene.organisation_id, [receipt]).values()
        entries = journal.read(
            s, scene.organisation_id, limit=99, subject=f"receipt:ledger:{receipt}"
        )
        facts = gathering.gather(s, scene.organisation_id)
    lines = (
        RemittanceLine("AA-1001", Money(6_000, "GBP")),
        RemittanceLine("AA-1002", Money(4_000, "GBP")),
    )
    assert (told.lines, told.remark) == (lines, "the rest is for next month")
    assert [one.remittance for one in facts.receipts] == [lines]
    said = [one for one in entries if one.entry == "answered"]
    assert len(said) == 2
    assert {one.who for one in said} == {"payer"}
    assert "AA-1002 40.00 GBP; the rest" in said[0].text


def test_who_has_answered_is_not_asked_any_more(scene: Scene) -> None:
    receipt = unclear(scene)
    answer(scene, asked_about(scene, receipt), "it is a deposit")
    scene.live(hours=48)
    assert scene.action("ask").reason == "the payer has answered"
    assert scene.mail == []


@pytest.mark.parametrize(
    ("amounts", "problem"),
    [
        ({}, "tick the invoices that you paid"),
        ({"AA_1001": "99.00", "AA_1002": "1.01"}, "come to 100.01 GBP; the payment was 100.00"),
        ({"AA_1001": "100.01"}, "AA-1001: write an amount up to 100.00 GBP"),
        ({"AA_1001": "-1.00"}, "AA-1001: write an amount up to"),
        ({"AA_1001": "0"}, "AA-1001: write an amount up to"),
        ({"AA_1001": "ten"}, "AA-1001: write the amount as 100.00"),
        ({"nothing": "1.00"}, "not open any more"),
    ],
)
def test_an_answer_that_does_not_add_up_is_not_kept(
    scene: Scene, amounts: dict[str, str], problem: str
) -> None:
    receipt = unclear(scene)
    asked = asked_about(scene, receipt)
    with pytest.raises(ValueError, match=problem):
        answer(scene, asked, **amounts)
    with scene.tools.sessions() as s:
        assert answers.of_receipts(s, scene.organisation_id, [receipt]) == {}


def test_a_link_opens_nothing_once_the_payment_is_placed(scene: Scene) -> None:
    receipt = unclear(scene, **ASKS)
    asked = asked_about(scene, receipt)
    assert [one.number for one in sheet_of(scene, receipt).invoices] == ["AA-1001", "AA-1002"]
    with scene.tools.sessions() as s:
        for other in (
            replace(asked, organisation="nobody"),
            replace(asked, receipt_id="nothing"),
            replace(asked, customer_id="somebody else"),
        ):
            assert answering.sheet(s, other) is None


def test_what_the_rules_can_place_by_now_is_not_asked_about(scene: Scene) -> None:
    """One of two equal invoices was paid, and nobody told: the money is for the other."""
    receipt = unclear(scene)
    first, second = (one.ref.id for one in sheet_of(scene, receipt).invoices)
    open_now = {**QUIET, "send_window": "00:00-23:59"}
    with scene.tools.sessions.begin() as s:
        wanted = {"matching": AUTO, "dunning": open_now}
        rulesets.save(s, scene.organisation_id, wanted, "ann", scene.now)
    scene.keeper.pay(first, 10_000, scene.today)
    [row] = scene.actions("ask")
    with scene.tools.sessions.begin() as s:
        actions.postpone(
            *(s, scene.organisation_id, row.id),
            state="planned",
            next_at=scene.now,
            reason="",
            now=scene.now,
        )
    scene.drain()
    scene.live(hours=1)
    assert scene.payments(second) == [10_000]
    assert scene.mail == []


def test_a_link_tells_what_it_is_about_until_it_ends(scene: Scene) -> None:
    links = scene.tools.ask_links
    assert links
    asked = Asked("o-1", Source.BANK, "r/1", "c-1")
    token = links.make(asked, scene.now).rpartition("/")[2]
    assert links.read(token, scene.now + LIFE - timedelta(seconds=1)) == asked
    for late in (scene.now + LIFE, scene.now + 2 * LIFE):
        with pytest.raises(DeadLinkError, match="too old"):
            links.read(token, late)
    pay = scene.tools.pay_links
    assert pay
    for bad in (token + "x", "", pay.make("o-1", "r/1", scene.now).rpartition("/")[2]):
        with pytest.raises(DeadLinkError, match="no link"):
            links.read(bad, scene.now)


def test_a_mail_server_in_doubt_leaves_the_question_to_a_person(scene: Scene) -> None:
    unclear(scene)
    scene.town.mailbox.fail_next(MailFault.DROP_LOST)
    scene.live(hours=48)
    [told] = scene.exceptions("unconfirmed_send")
    assert told.title == "Not known whether a question to a payer was sent"


def test_a_crash_in_the_middle_leaves_the_question_to_a_person(scene: Scene) -> None:
    unclear(scene)
    with scene.dying("K10"):
        scene.live(hours=48)
    scene.live(hours=1)
    assert scene.exceptions("unconfirmed_send")
    assert scene.mail == []


def test_the_payment_is_applied_as_its_payer_answered(either: Scene) -> None:
    receipt = unclear(either)
    either.live(hours=48)
    assert link_of(either).receipt_id == receipt
    invoices = [one.ref.id for one in sheet_of(either, receipt).invoices]
    answer(either, link_of(either), AA_1001="60.00", AA_1002="40.00")
    either.live(hours=8)
    assert [either.payments(one) for one in invoices] == [[6_000], [4_000]]
    assert either.exceptions() == []
    with either.tools.sessions() as s:
        assert answering.sheet(s, asked_about(either, receipt)) is None
