"""Amounts typed beside invoices, and the reasons chosen for what is missing."""

from __future__ import annotations

from dataclasses import replace
from html import escape

import pytest

from flows import bodies
from ledger.differences import Adjustment, Difference
from ledger.documents import CreditNote, Kind, Purpose, Ref, Source, Status
from ledger.money import Money
from rules.actions import Apply, Portion, Why
from store import actions, mirror, organisations
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, invoice, kept, receipt
from web import amounts
from web.matches import Answer


def credit_note(key: str, customer_id: str, amount: str) -> CreditNote:
    left = Money.parse(amount, "GBP")
    ref = Ref(Kind.CREDIT_NOTE, key)
    return CreditNote(ref, f"CN-{key}", customer_id, NOW.date(), left, left, Status.OPEN)


WIRE = receipt("line-1", "95.00", source=Source.BANK)
ONE = invoice("1", "k1", -7, "100.00")
TWO = invoice("2", "k1", -7, "60.00")


def gbp(text: str) -> Money:
    return Money.parse(text, "GBP")


def test_an_amount_pays_and_a_reason_clears_the_rest():
    form = {"pay:1": " 95.00 ", "rest:1": "bank_fee", "pay:2": "", "rest:2": "bank_fee"}
    assert amounts.read(WIRE, form, [ONE, TWO]) == (
        [Portion("1", ONE.number, gbp("100.00"))],
        [Adjustment("1", Difference.BANK_FEE, gbp("5.00"))],
    )


def test_without_a_reason_the_rest_stays_open():
    form = {"pay:1": "95.00", "rest:1": "", "pay:2": "0"}
    assert amounts.read(WIRE, form, [ONE, TWO]) == ([Portion("1", ONE.number, gbp("95.00"))], [])


def test_an_unknown_reason_is_refused_by_the_number_of_its_invoice():
    with pytest.raises(ValueError, match=f"invoice {ONE.number}: choose one of the reasons"):
        amounts.read(WIRE, {"pay:1": "95.00", "rest:1": "mood"}, [ONE])


def test_in_another_currency_no_rest_is_worked_out():
    euros = replace(ONE, balance=Money.parse("100.00", "EUR"))
    form = {"pay:1": "95.00", "rest:1": "bank_fee"}
    assert amounts.read(WIRE, form, [euros]) == ([Portion("1", ONE.number, gbp("95.00"))], [])


def test_an_answer_survives_its_form():
    answer = Answer(
        (Portion("1", ONE.number, gbp("100.00")), Portion("2", TWO.number, gbp("60.00"))),
        Why("person", 0),
        (Adjustment("1", Difference.BANK_FEE, gbp("5.00")),),
    )
    form = amounts.fields(answer)
    assert form == {"pay:1": "95.00", "rest:1": "bank_fee", "pay:2": "60.00"}
    assert amounts.read(WIRE, form, [ONE, TWO]) == (
        list(answer.portions),
        list(answer.adjustments),
    )


def test_a_person_names_the_rest_on_the_page(fresh):
    browser = fresh.client(ADA)
    line = receipt("line-1", "500.00", source=Source.BANK)
    with fresh.sessions.begin() as s:
        mirror.save(s, fresh.ids[HOME], fresh.ids["quickbooks"], kept((line,)), NOW)
    at = f"/o/{HOME}/matches/bank/line-1"
    assert "What the rest of" not in browser.get(at).text
    with fresh.sessions.begin() as s:
        organisations.set_accounts(s, fresh.ids[HOME], {Purpose.FEES: "404"})
    page = browser.get(at).text
    assert "still owed" in page
    assert "bank fee" in page
    assert "rounding" not in page
    form = {"pay:1007": "500.00", "rest:1007": "bank_fee"}
    refused = fresh.post(browser, at, {**form, "pay:1007": "490.00"})
    assert refused.status_code == 422
    assert 'value="bank_fee" selected' in refused.text
    assert "of the money is left, so no bank kept a fee of it" in refused.text
    assert fresh.post(browser, at, form).status_code == 302
    page = browser.get(f"/o/{HOME}/activity").text
    assert "12.40" in page
    assert "of it as bank fee" in page
    with fresh.sessions() as s:
        [row] = actions.of_subject(s, fresh.ids[HOME], "receipt:bank:line-1")
    apply = bodies.read_application(row.body)
    assert [one.amount.text for one in apply.portions] == ["512.40"]
    assert [one.amount.text for one in apply.adjustments] == ["12.40"]
    assert apply.left.minor == 0


def test_credit_typed_beside_a_note_comes_on_top_of_the_money():
    note = credit_note("n1", "k1", "20.00")
    form = {"pay:1": "100.00", "use:n1": "20.00", "use:n2": ""}
    found = amounts.read(WIRE, form, [ONE], [note])
    assert found == (
        [Portion("1", ONE.number, gbp("100.00")), Portion("n1", note.number, gbp("-20.00"))],
        [],
    )
    answer = Answer(tuple(found[0]), Why("person", 0))
    assert amounts.fields(answer) == {"pay:1": "100.00", "use:n1": "20.00"}
    with pytest.raises(ValueError, match=r"-1\.00 GBP is less than nothing"):
        amounts.read(WIRE, {"use:n1": "-1"}, [ONE], [note])
    with pytest.raises(ValueError, match="is not open any more"):
        amounts.read(WIRE, {"use:n9": "1"}, [ONE], [note])


def test_a_person_puts_the_money_on_account(fresh):
    browser = fresh.client(ADA)
    line = receipt("line-1", "500.00", source=Source.BANK)
    with fresh.sessions.begin() as s:
        owed = mirror.invoice(s, fresh.ids[HOME], "1007")
        assert owed is not None
        mirror.save(s, fresh.ids[HOME], fresh.ids["quickbooks"], kept((line,)), NOW)
    at = f"/o/{HOME}/matches/bank/line-1"
    assert "goes on account of" in browser.get(at).text
    assert fresh.post(browser, at, {"keep_for": "nobody"}).status_code == 422
    assert fresh.post(browser, at, {"keep_for": owed.customer_id}).status_code == 302
    shown = browser.get(f"/o/{HOME}/matches").text
    assert "Keep on account" in shown
    # Nobody is asked about it while it is on its way.
    assert at not in shown
    assert "To be kept on account" in browser.get(f"/o/{HOME}/activity").text
    # Money in the ledger is there already.
    assert "goes on account of" not in browser.get(f"/o/{HOME}/matches/ledger/r1").text


def test_a_person_uses_a_credit_note_on_the_page(fresh):
    browser = fresh.client(ADA)
    note = credit_note("n1", "k2", "12.40")
    line = receipt("line-1", "500.00", source=Source.BANK)
    with fresh.sessions.begin() as s:
        owed = mirror.invoice(s, fresh.ids[HOME], "1007")
        assert owed is not None
        papers = (line, replace(note, customer_id=owed.customer_id))
        mirror.save(s, fresh.ids[HOME], fresh.ids["quickbooks"], kept(papers), NOW)
    at = f"/o/{HOME}/matches/bank/line-1"
    assert "Credit notes to use with it" in browser.get(at).text
    form = {"pay:1007": "512.40", "use:n1": "12.40"}
    assert fresh.post(browser, at, form).status_code == 302
    with fresh.sessions() as s:
        [row] = actions.of_subject(s, fresh.ids[HOME], "receipt:bank:line-1")
    apply = bodies.read_application(row.body)
    assert [one.amount.text for one in apply.portions] == ["512.40", "-12.40"]
    assert apply.left.minor == 0


def test_the_page_of_an_invoice_tells_what_was_named(fresh):
    browser = fresh.client(ADA)
    said = "100.00 GBP (5.00 GBP as bank fee) applied from bank receipt line-1"
    ours, books = fresh.ids[HOME], fresh.ids["quickbooks"]
    with fresh.sessions.begin() as s:
        row = actions.plan(
            s,
            ours,
            connection_id=books,
            key="note:1",
            kind="note",
            subject="invoice:1007",
            body={"kind": "invoice", "id": "1007", "part": "", "text": f"Dunnock: {said}; why."},
            claims=(),
            state="planned",
            next_at=NOW,
            day=None,
            now=NOW,
            who="dunnock",
            why="tells",
        )
        assert row is not None
        actions.begin(s, ours, row.id, attempts=0, owner="w", now=NOW, body=row.body)
        actions.close(s, ours, row.id, state="done", outcome={}, now=NOW, text="note done")
    page = browser.get(f"/o/{HOME}/invoices/1007").text
    assert f"Note written into the ledger: {said}; why." in page


def test_a_proposal_shows_what_it_names_and_where_the_rest_goes(fresh):
    browser = fresh.client(ADA)
    ours, books = fresh.ids[HOME], fresh.ids["quickbooks"]
    line = receipt("line-1", "600.00", source=Source.BANK)
    with fresh.sessions.begin() as s:
        owed = mirror.invoice(s, ours, "1007")
        assert owed is not None
        owner = mirror.customer(s, ours, owed.customer_id)
        assert owner is not None
        mirror.save(s, ours, books, kept((line,)), NOW)
        apply = Apply(
            Source.BANK,
            "line-1",
            owed.customer_id,
            (Portion("1007", owed.number, owed.balance),),
            gbp("89.60"),
            automatic=False,
            why=Why("remittance_complete", 1),
            adjustments=(Adjustment("1007", Difference.EARLY_DISCOUNT, gbp("2.00")),),
            keep_for=owed.customer_id,
        )
        actions.plan(
            s,
            ours,
            connection_id=books,
            key=apply.key,
            kind="apply",
            subject="receipt:bank:line-1",
            body=bodies.application(apply),
            claims=apply.claims,
            state="waiting",
            next_at=NOW,
            day=None,
            now=NOW,
            who="dunnock",
            why="the rules",
        )
    page = browser.get(f"/o/{HOME}/matches").text
    assert "early payment discount" in page
    assert f"what is left goes on account of {escape(owner.name)}" in page
