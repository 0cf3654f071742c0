"""The bank page: files handed in, accounts spoken about, doubts settled, links taken back."""

from __future__ import annotations

import io
import re
from dataclasses import fields
from datetime import date

import pytest

from connector.bankfile import CsvMapping, Reading
from connector.protocol import Found
from flows.bank import files, links
from flows.bank.files import File
from ledger.documents import Allocation, Customer, Invoice, Kind, Receipt, Ref, Source, Status
from ledger.money import Money
from ledger.statements import BankLine, Statement
from store import (
    bank_accounts,
    bank_files,
    bank_lines,
    exceptions,
    mirror,
    organisations,
    payouts,
)
from tests import statements
from tests.web.bank_furniture import IBAN
from tests.web.furniture import ADA, HOME, ROLES
from web import bank

AT = f"/o/{HOME}/bank"
DAY = date(2026, 3, 9)
STATEMENT = b"""\
:20:STATEMENT
:25:DE02120300000000202051
:28C:7/1
:60F:C260309EUR1000,00
:61:2603090309C120,00NTRFNONREF//B1
:86:ACME GMBH <script>INV-1001
:62F:C260309EUR1120,00
-
"""


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def upload(house, browser, *bodies, **form):
    """Hand files in, as the form on the page does."""
    token = house.token(browser, "/quickbooks/reconnect")
    handed = [(io.BytesIO(body), f"file-{at}.sta") for at, body in enumerate(bodies)]
    data = {"csrf_token": token, "file": handed, **form}
    return browser.post(f"{AT}/upload", data=data, follow_redirects=True)


def press(house, browser, where, **form):
    return house.post(browser, f"{AT}/{where}", form, follow_redirects=True).text


def keep(house, *lines, body=b"1", number=IBAN):
    """Have a file of ours tell lines."""
    found = Reading("csv", (Statement(number, "GBP", lines),))
    with house.sessions.begin() as s:
        file = File("lines.csv", body)
        return files.keep(s, house.ids[HOME], file, found, who=ADA, now=house.clock[0])


def line(minor, text, **more):
    return BankLine(DAY, Money(minor, "GBP"), text, **more)


def line_id(house, minor):
    with house.sessions() as s:
        ours = house.ids[HOME]
        amount = Money(minor, "GBP")
        ids = [one.ref.id for one in statements.receipts(s, ours) if one.amount == amount]
        rows = bank_lines.of_receipts(s, ours, ids)
        return rows[ids[-1]].id


def account(house, account_id):
    """Give an account that is there."""
    with house.sessions() as s:
        found = bank_accounts.get(s, house.ids[HOME], account_id)
    assert found is not None
    return found


def statement_of(house, key):
    """Tell on which statement a line stands."""
    with house.sessions() as s:
        found = bank_lines.get(s, house.ids[HOME], key)
    assert found is not None
    return found.statement_id


def number_in(pattern, text):
    """Give the number that a link or form on the page names."""
    found = re.search(pattern, text)
    assert found is not None
    return int(found[1])


def test_a_file_leads_to_the_question_whose_account_it_is(fresh, browser):
    said = upload(fresh, browser, STATEMENT)
    assert "1 of 1 lines are new" in said.text
    assert "Is this account yours?" in said.text
    # The account is kept in euros: none of the ledger's in pounds can stand for it.
    assert "Stripe clearing" not in said.text
    key = number_in(r"accounts/(\d+)/claim", said.text)
    claimed = press(fresh, browser, f"accounts/{key}/claim", name="Euros", ledger_account="090")
    assert "Kept. Its lines are matched from now on." in claimed
    found = account(fresh, key)
    assert (found.name, found.ledger_account, found.state) == ("Euros", "090", "ours")
    again = upload(fresh, browser, STATEMENT)
    assert "file-0.sta was known" in again.text


def test_what_was_chosen_has_to_be_among_the_ledgers_accounts(fresh, browser):
    said = press(fresh, browser, "accounts/1/claim", name="x", ledger_account="nothing")
    assert "Booked into: choose one of the accounts listed." in said
    assert fresh.post(browser, f"{AT}/accounts/99/claim").status_code == 404


def test_an_account_is_left_alone_when_it_is_not_ours(fresh, browser):
    assert "not looked at" in press(fresh, browser, "accounts/1/refuse")
    assert "Not looked at" in browser.get(AT).text
    assert "It is ours" in browser.get(f"{AT}/accounts/1").text
    assert fresh.post(browser, f"{AT}/accounts/99/refuse").status_code == 404


def test_several_files_are_taken_in_at_once_and_each_says_what_came_of_it(fresh, browser):
    said = upload(fresh, browser, b"nothing known", STATEMENT).text
    assert "file-0.sta is not taken in." in said
    assert "file-1.sta: 1 of 1 lines are new." in said
    assert "Choose a file first." in upload(fresh, browser).text
    assert "no such bank account here; reload" in upload(fresh, browser, b"x", account="99").text


def test_a_file_may_be_larger_than_a_form_and_is_bounded_too(fresh, browser, monkeypatch):
    fresh.app.config["MAX_CONTENT_LENGTH"] = 2_000
    large = STATEMENT + b" " * 5_000
    assert "1 of 1 lines are new" in upload(fresh, browser, large).text
    monkeypatch.setattr(bank, "UPLOAD_BYTES_MAX", 4_000)
    refused = upload(fresh, browser, large)
    assert refused.status_code == 413
    assert "far more than any form or bank statement" in refused.text
    # Nobody who is not signed in may send more than a form.
    monkeypatch.undo()
    assert upload(fresh, fresh.client(), large).status_code == 413


def test_the_statement_shows_its_lines_and_what_became_of_each(fresh, browser):
    keep(fresh, line(12_000, "ACME <script>"), line(5_000, "PART"), line(700, "ALL"))
    with fresh.sessions.begin() as s:
        ours = fresh.ids[HOME]
        for minor, applied in ((5_000, 1_000), (700, 700)):
            told = statements.receipts(s, ours)
            [one] = [one for one in told if one.amount == Money(minor, "GBP")]
            mirror.record_applied(s, ours, Source.BANK, one.ref.id, Money(applied, "GBP"))
        known = bank_files.of_account(s, ours, fresh.ids["bank account"])
    text = browser.get(f"{AT}/statements/{max(one.id for one in known)}").text
    for state in ("Open", "Applied in part", "Applied"):
        assert f">{state}</span>" in text
    assert "ACME &lt;script&gt;" in text
    assert text.count("Choose invoices…") == 2
    assert "Money out" in browser.get(f"{AT}/statements/1").text
    assert browser.get(f"{AT}/statements/99").status_code == 404


def test_gaps_stand_beside_the_account_and_the_statement(fresh, browser):
    whole = Statement(
        IBAN,
        "GBP",
        (),
        "32",
        Money(9_400, "GBP"),
        Money(9_400, "GBP"),
        date(2026, 3, 12),
        date(2026, 3, 12),
    )
    with fresh.sessions.begin() as s:
        file = File("late.sta", b"2")
        found = Reading("mt940", (whole,))
        files.keep(s, fresh.ids[HOME], file, found, who=ADA, now=fresh.clock[0])
    assert "1 to fill" in browser.get(AT).text
    assert "£1.00 before it" in browser.get(f"{AT}/accounts/1").text


def test_a_line_told_in_other_words_is_settled_by_a_person(fresh, browser):
    keep(fresh, line(12_000, "ACME"))
    keep(fresh, line(12_000, "FPS CREDIT"), body=b"2")
    text = browser.get(AT).text
    assert "£120.00 may be told twice" in text
    assert "Known line of" in text
    doubted = line_id(fresh, 12_000)
    assert "Noted: told twice." in press(fresh, browser, f"lines/{doubted}/doubt", same="yes")
    assert "reload the page" in press(fresh, browser, f"lines/{doubted}/doubt", same="no")
    assert "Told twice" in browser.get(f"{AT}/statements/{statement_of(fresh, doubted)}").text


def test_a_line_in_other_words_may_be_two(fresh, browser):
    keep(fresh, line(12_000, "ACME"))
    keep(fresh, line(12_000, "FPS CREDIT"), body=b"2")
    doubted = line_id(fresh, 12_000)
    assert "In doubt" in browser.get(f"{AT}/statements/{statement_of(fresh, doubted)}").text
    assert "matched by itself" in press(fresh, browser, f"lines/{doubted}/doubt", same="no")


def record(house, *keys):
    """Have the ledger tell of payments that somebody recorded there."""
    paid = Money(7_700, "GBP")
    documents: list[Customer | Invoice | Receipt] = [
        Customer(Ref(Kind.CUSTOMER, "acme"), "Acme Ltd"),
        Invoice(Ref(Kind.INVOICE, "i-9"), "INV-9001", "acme", DAY, DAY, paid, paid, Status.PAID),
        *(
            Receipt(
                Ref(Kind.RECEIPT, key),
                Source.LEDGER,
                DAY,
                paid,
                Money(0, "GBP"),
                Status.PAID,
                "acme",
                allocations=(Allocation("i-9", paid),),
            )
            for key in keys
        ),
    ]
    with house.sessions.begin() as s:
        found = [Found(one, "{}") for one in documents]
        mirror.save(s, house.ids[HOME], house.ids["quickbooks"], found, house.clock[0])


def test_money_that_may_be_in_the_books_is_shown_with_what_it_may_be(fresh, browser):
    record(fresh, "p-1", "p-2")
    keep(fresh, line(7_700, "ACME INV-9001", payer_name="ACME"))
    text = browser.get(AT).text
    assert "£77.00 may be in the books already" in text
    assert text.count("It is this payment") == 2
    key = line_id(fresh, 7_700)
    assert "by now; reload the page" in press(fresh, browser, f"lines/{key}/seen", twin="p-3")
    assert "Linked." in press(fresh, browser, f"lines/{key}/seen", twin="p-2")
    text = browser.get(f"{AT}/statements/{statement_of(fresh, key)}").text
    assert "In the ledger" in text
    action = number_in(r"links/(\d+)/undo", text)
    assert "Taken back." in press(fresh, browser, f"links/{action}/undo")
    assert "reload the page" in press(fresh, browser, f"links/{action}/undo")
    assert fresh.post(browser, f"{AT}/links/99999/undo").status_code == 404
    assert "may be in the books" not in browser.get(AT).text
    assert "is the same money" in browser.get(f"/o/{HOME}/activity").text


def test_money_of_its_own_is_matched_by_itself(fresh, browser):
    record(fresh, "p-1", "p-2")
    keep(fresh, line(7_700, "ACME INV-9001"))
    key = line_id(fresh, 7_700)
    assert "matched by itself" in press(fresh, browser, f"lines/{key}/seen", twin="")
    assert "may be in the books" not in browser.get(AT).text


def test_a_file_shows_what_is_wrong_with_it_and_can_be_let_go(fresh, browser):
    text = browser.get(f"{AT}/files/1").text
    assert "line 3: the day is left out" in text
    assert "It was taken in already." in press(fresh, browser, "files/1/forget")
    with fresh.sessions.begin() as s:
        exceptions.open_exception(
            s,
            fresh.ids[HOME],
            kind="bank_file",
            subject="bank-file:2",
            title="t",
            detail="d",
            fix="f",
            now=fresh.clock[0],
        )
    assert "Let go." in press(fresh, browser, "files/2/forget")
    with fresh.sessions() as s:
        assert exceptions.list_open(s, fresh.ids[HOME], "bank_file") == []
    assert browser.get(f"{AT}/files/99").status_code == 404


def test_who_may_only_look_cannot_upload(fresh):
    viewer = fresh.client(ROLES["viewer"])
    assert '<fieldset class="bare" disabled>' in viewer.get(AT).text
    assert upload(fresh, viewer, STATEMENT).status_code == 403


SAID = {
    "account": "new",
    "number": "Till",
    "currency": "gbp",
    "day": "Date",
    "day_format": "DD.MM.YYYY",
    "amount": "Amount",
    "decimal_mark": ",",
    "delimiter": ";",
    "text": "Text",
    "header_line": "1",
}


def test_a_csv_file_is_seen_as_it_would_be_read_before_it_counts(fresh, browser):
    text = browser.get(f"{AT}/files/2").text
    assert "10.03.2026;ACME LTD &lt;b&gt;INV&lt;/b&gt; 1001;120,00" in text
    assert '<option value="Amount"></option>' in text
    assert 'id="day" name="day" value="Date"' in text
    shown = press(fresh, browser, "files/2/read", what="show", **SAID)
    assert "As it would be read" in shown
    assert "£120.00" in shown
    assert "ACME LTD &lt;b&gt;INV&lt;/b&gt; 1001</td>" in shown
    with fresh.sessions() as s:
        waiting = bank_files.get(s, fresh.ids[HOME], 2)
        assert waiting is not None
        assert waiting.state == "waiting"
        assert bank_accounts.numbered(s, fresh.ids[HOME], "Till", "GBP") is None
    taken = press(fresh, browser, "files/2/read", what="take", **SAID)
    assert "lines.csv: 1 of 1 lines are new." in taken
    assert "Is this account yours?" in taken
    assert fresh.post(browser, f"{AT}/files/2/read", SAID).status_code == 404
    assert "Which column is what" not in browser.get(f"{AT}/files/2").text


def test_a_csv_file_of_a_known_account_needs_no_new_one(fresh, browser):
    said = {**SAID, "account": "1", "number": "", "currency": ""}
    assert "£120.00" in press(fresh, browser, "files/2/read", what="show", **said)
    assert "1 of 1 lines are new" in press(fresh, browser, "files/2/read", what="take", **said)
    mapping = account(fresh, 1).csv
    assert mapping is not None
    assert mapping["day"] == "Date"


def test_what_does_not_fit_the_file_is_said_where_it_is_chosen(fresh, browser):
    shown = press(fresh, browser, "files/2/read", what="show", **{**SAID, "amount": "Sum"})
    assert "Sum" in shown
    assert "Take it in so" not in shown
    kept = press(fresh, browser, "files/2/read", what="take", **{**SAID, "amount": "Sum"})
    assert "lines.csv is not taken in." in kept


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"account": ""}, "Account: choose which account"),
        ({"account": "99"}, "Account: choose which account"),
        ({"number": " "}, "Number or name: give"),
        ({"currency": "pounds"}, "Currency: &#39;POUNDS&#39; is no currency code"),
        ({"header_line": "first"}, "Line with the names: give a number"),
        ({"delimiter": ""}, "Columns are divided by: give one sign"),
        ({"encoding": "martian"}, "Encoding: &#39;martian&#39; is not known"),
    ],
)
def test_what_cannot_be_understood_names_its_field(fresh, browser, form, said):
    answer = fresh.post(browser, f"{AT}/files/2/read", {**SAID, **form})
    assert answer.status_code == 422
    assert said in answer.text


def test_everything_that_a_mapping_proposes_is_in_the_form(browser):
    """What the form leaves out would be lost when the mapping is confirmed."""
    text = browser.get(f"{AT}/files/2").text
    proposed = {one.name for one in fields(CsvMapping)}
    asked = {name for name in proposed if f'name="{name}"' in text}
    # Which word means money out is the same for every bank; the account is chosen, not typed.
    assert proposed - asked == {"out_words"}


def test_a_payout_says_on_which_statement_it_arrived(fresh, browser):
    ours = fresh.ids[HOME]
    with fresh.sessions() as s:
        row = payouts.get(s, ours, "po_1")
    assert row is not None
    paid = BankLine(row.payout.arrives, row.payout.net, "STRIPE PAYMENTS")
    keep(fresh, paid)
    with fresh.sessions.begin() as s:
        links.plan(s, organisations.get(s, ours), fresh.clock[0])
        [one] = links.arrived(s, ours, ["po_1", "po_2"]).values()
    text = browser.get(f"/o/{HOME}/payouts").text
    assert f"bank/statements/{one.statement_id}" in text
    assert "Payout</span>" in browser.get(f"{AT}/statements/{one.statement_id}").text


def test_a_file_taken_in_by_mistake_is_taken_back_on_its_page(fresh, browser):
    taken = keep(fresh, line(12_000, "ACME"))
    assert "Take the file back" in browser.get(f"{AT}/files/{taken.file_id}").text
    assert "Nothing of it counts" in press(fresh, browser, f"files/{taken.file_id}/take-back")
    said = press(fresh, browser, f"files/{taken.file_id}/take-back")
    assert "This file is not taken in any more; reload the page." in said
    assert "Let go" in browser.get(AT).text
