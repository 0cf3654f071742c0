"""What a person does on the pages: approve, cancel, apply, undo, settle, hold, and go live."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest

from flows import bodies
from ledger.documents import Source
from rules.parse import parse
from store import actions, connections, exceptions, journal, mirror, organisations, rulesets
from store.due import now_due
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, customer, day, invoice, kept
from tests.web.house import House

AT = f"/o/{HOME}"


@pytest.fixture
def browser(fresh):
    return fresh.client(ADA)


def action(house: House, name: str) -> actions.ActionRow:
    with house.sessions() as s:
        found = actions.get(s, house.ids[HOME], house.ids[name])
    assert found is not None
    return found


def newest(house: House) -> journal.Entry:
    with house.sessions() as s:
        return journal.read(s, house.ids[HOME], limit=1)[0]


def mode(house: House) -> str:
    with house.sessions() as s:
        return parse(rulesets.current(s, house.ids[HOME]).mapping).dunning.mode


def open_kinds(house: House) -> list[str]:
    with house.sessions() as s:
        return sorted(one.kind for one in exceptions.list_open(s, house.ids[HOME]))


def test_today_shows_the_words_that_would_go_and_why(browser):
    text = browser.get(f"{AT}/today").text
    assert "Robin Bakery Ltd" in text
    assert "accounts@robin.example" in text
    assert "INV-1001" in text
    assert "14 days after the due date" in text
    assert "standard/due_date+14, version 1" in text
    # Held back, each with its reason in words.
    assert "The invoice is disputed</strong> (1)" in text
    assert "The customer has no e-mail address</strong> (" in text


def test_a_long_day_is_shown_in_parts(fresh, browser):
    owing = [customer(f"k{at}", f"Payer {at:03}", f"p{at}@payer.example") for at in range(45)]
    due = [invoice(f"k{at}", f"k{at}", -7, "100.00") for at in range(45)]
    seen = NOW - timedelta(days=40)
    with fresh.sessions.begin() as s:
        mirror.save(s, fresh.ids[HOME], fresh.ids["quickbooks"], kept((*owing, *due)), seen)
    first = browser.get(f"{AT}/today").text
    after = browser.get(f"{AT}/today?from=25").text
    assert "1 to 25 of 46" in first
    assert "26 to 46 of 46" in after
    names = [set(re.findall(r"Payer \d{3}</a></h3>", text)) for text in (first, after)]
    assert len(names[0] | names[1]) == 45
    assert not names[0] & names[1]
    # Steps of one reason have a page of their own.
    assert "/today/held?reason=superseded" in first
    assert "Page 1 of 2" in browser.get(f"{AT}/today/held?reason=superseded").text
    assert "Page 2 of 2" in browser.get(f"{AT}/today/held?reason=superseded&page=99").text
    assert "Nothing is held back" in browser.get(f"{AT}/today/held?reason=mood").text


def test_an_approved_message_goes_to_the_worker_and_is_told_of(fresh, browser):
    fresh.post(browser, f"{AT}/today/approve", {"action": fresh.ids["reminder"]})
    assert action(fresh, "reminder").state == "planned"
    assert newest(fresh).who == ADA
    assert newest(fresh).entry == "approved"
    # A second press, from another tab, finds nothing to approve.
    answer = fresh.post(browser, f"{AT}/today/approve", {"action": fresh.ids["reminder"]})
    assert answer.status_code == 404


@pytest.mark.parametrize(("what", "said"), [("approve", "approved"), ("cancel", "cancelled")])
def test_a_message_that_waits_no_more_is_counted_once(fresh, browser, what, said):
    form = {"action": [fresh.ids["reminder"]] * 2}
    answer = fresh.post(browser, f"{AT}/today/{what}", form, follow_redirects=True)
    assert answer.status_code == 200
    assert f"1 {said}." in answer.text


def test_a_cancelled_message_never_goes(fresh, browser):
    fresh.post(browser, f"{AT}/today/cancel", {"action": fresh.ids["reminder"]})
    assert action(fresh, "reminder").state == "cancelled"


@pytest.mark.parametrize("wanted", ["applied", "unsure", "nothing"])
def test_only_what_waits_can_be_approved(fresh, browser, wanted):
    form = {"action": fresh.ids.get(wanted, 999)}
    assert fresh.post(browser, f"{AT}/today/approve", form).status_code == 404


def test_going_live_needs_the_box_ticked(fresh, browser):
    answer = fresh.post(browser, f"{AT}/today/mode", {"mode": "auto"}, follow_redirects=True)
    assert "Tick the box first" in answer.text
    assert mode(fresh) == "approve"
    fresh.post(browser, f"{AT}/today/mode", {"mode": "auto", "read": "yes"})
    assert mode(fresh) == "auto"


def test_stopping_needs_nothing(fresh, browser):
    fresh.post(browser, f"{AT}/today/mode", {"mode": "preview"})
    assert mode(fresh) == "preview"
    assert "nothing is sent" in browser.get(f"{AT}/today").text


def test_going_live_for_the_first_time_sets_the_day(fresh, browser):
    with fresh.sessions.begin() as s:
        organisations.set_live(s, fresh.ids[HOME], None)
    fresh.post(browser, f"{AT}/today/mode", {"mode": "approve", "read": "yes"})
    with fresh.sessions() as s:
        assert organisations.get(s, fresh.ids[HOME]).live_since == day(0)


def test_a_mode_nobody_knows_is_refused(fresh, browser):
    answer = fresh.post(browser, f"{AT}/today/mode", {"mode": "loud", "read": "yes"})
    assert answer.status_code == 404


def test_a_proposed_match_is_applied_by_a_person(fresh, browser):
    assert "Seems to pay" in browser.get(f"{AT}/matches").text
    fresh.post(browser, f"{AT}/matches/ledger/r1", {"pay:1004": "420.00"})
    with fresh.sessions() as s:
        planned = [
            one for one in actions.in_state(s, fresh.ids[HOME], "planned") if one.kind == "apply"
        ]
    apply = bodies.read_application(planned[0].body)
    assert [(one.number, str(one.amount)) for one in apply.portions] == [("INV-1004", "420.00 GBP")]
    assert apply.why.facts == (("chosen by", ADA),)
    # The choice was what was proposed, and says so of the evidence.
    assert apply.evidence == "number/exact/payer"
    assert "On its way" in browser.get(f"{AT}/matches").text


def test_a_payment_is_split_over_invoices_by_hand(fresh, browser):
    form = {"pay:1007": "500.00", "pay:1009": " 12.40 ", "pay:1008": ""}
    assert fresh.post(browser, f"{AT}/matches/stripe/pi_2", form).status_code == 302
    with fresh.sessions() as s:
        row = actions.of_subject(s, fresh.ids[HOME], "receipt:stripe:pi_2")[-1]
    apply = bodies.read_application(row.body)
    assert apply.source is Source.STRIPE
    assert sorted(one.amount.minor for one in apply.portions) == [1240, 50000]
    assert apply.left.minor == 0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Choose invoices for at most 512.40 GBP"),
        ({"pay:1007": "512.41"}, "Invoice INV-1007 has only 512.40 GBP open"),
        ({"pay:1007": "512.40", "pay:1008": "1"}, "Choose invoices for at most 512.40 GBP"),
        ({"pay:1007": "ten"}, "&#39;ten&#39; is no amount"),
        ({"pay:1007": "1.001"}, "has more decimals than GBP has"),
        ({"pay:1007": "-5"}, "Invoice INV-1007"),
        ({"pay:none": "5"}, "not open any more"),
    ],
)
def test_amounts_that_do_not_add_up_are_said_beside_the_form(fresh, browser, form, said):
    answer = fresh.post(browser, f"{AT}/matches/stripe/pi_2", form)
    assert answer.status_code == 422
    assert said in answer.text
    with fresh.sessions() as s:
        assert actions.of_subject(s, fresh.ids[HOME], "receipt:stripe:pi_2") == []


def test_an_application_is_undone_once(fresh, browser):
    path = f"{AT}/matches/undo/{fresh.ids['applied']}"
    assert fresh.post(browser, path).status_code == 302
    with fresh.sessions() as s:
        undoing = [one.kind for one in actions.in_state(s, fresh.ids[HOME], "planned")]
    assert undoing.count("unapply") == 1
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "undone already" in answer.text


def test_a_match_that_does_not_wait_cannot_be_approved(fresh, browser):
    path = f"{AT}/matches/approve/{fresh.ids['applied']}"
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "does not wait for approval" in answer.text


def test_invoices_are_found_by_number_or_customer(browser):
    text = browser.get(f"{AT}/matches/ledger/r3?q=wagtail").text
    assert "INV-1004" in text
    assert "INV-1007" not in text
    assert "No open invoice in GBP" in browser.get(f"{AT}/matches/ledger/r3?q=zzz").text


@pytest.mark.parametrize(("sent", "state"), [("yes", "done"), ("no", "planned")])
def test_a_send_in_doubt_is_settled_by_a_persons_word(fresh, browser, sent, state):
    path = f"{AT}/exceptions/{fresh.ids['unsure row']}/resolve"
    assert fresh.post(browser, path, {"sent": "perhaps"}).status_code == 404
    fresh.post(browser, path, {"sent": sent})
    assert action(fresh, "unsure").state == state
    assert "unconfirmed_send" not in open_kinds(fresh)
    assert fresh.post(browser, path, {"sent": sent}).status_code == 404


def test_a_refused_action_is_tried_again(fresh, browser):
    fresh.post(browser, f"{AT}/exceptions/{fresh.ids['refused row']}/retry")
    assert action(fresh, "refused").state == "planned"
    assert "refused" not in open_kinds(fresh)


def test_a_dead_delivery_is_tried_again(fresh, browser):
    with fresh.sessions() as s:
        rows = exceptions.list_open(s, fresh.ids[HOME])
    dead = next(one for one in rows if one.subject.startswith("inbox:"))
    fresh.post(browser, f"{AT}/exceptions/{dead.id}/retry")
    with fresh.sessions() as s:
        assert fresh.ids["quickbooks"] in now_due(s, NOW)
        still = {one.id for one in exceptions.list_open(s, fresh.ids[HOME])}
    assert dead.id not in still


def test_what_has_no_work_behind_it_cannot_be_tried_again(fresh, browser):
    path = f"{AT}/exceptions/{fresh.ids['match row']}/retry"
    answer = fresh.post(browser, path, follow_redirects=True)
    assert "cannot be tried again" in answer.text


def test_closing_needs_a_note_and_the_journal_keeps_it(fresh, browser):
    path = f"{AT}/exceptions/{fresh.ids['refused row']}/close"
    answer = fresh.post(browser, path, {"note": "  "}, follow_redirects=True)
    assert "Say in a few words" in answer.text
    fresh.post(browser, path, {"note": "Booked by hand <b>today</b>"})
    assert "refused" not in open_kinds(fresh)
    text = browser.get(f"{AT}/activity").text
    assert "Trouble: refused: Booked by hand &lt;b&gt;today&lt;/b&gt;" in text


def test_the_journal_is_paged_filtered_and_checked(fresh, browser):
    with fresh.sessions.begin() as s:
        for number in range(60):
            journal.write(
                s, fresh.ids[HOME], "noted", who=ADA, text=f"remark {number}.", now=NOW,
                subject="invoice:1001",
            )  # fmt: skip
    text = browser.get(f"{AT}/activity").text
    assert "chain verified" in text
    assert "remark 59." in text
    assert "remark 5." not in text
    older = browser.get(f"{AT}/activity?before=20").text
    assert "Newest" in older
    about = browser.get(f"{AT}/activity?subject=invoice:1001").text
    assert "remark 59." in about
    assert "Robin" not in about
    assert "Nothing is written about moon" in browser.get(f"{AT}/activity?subject=moon").text


def test_evidence_is_told_in_words_and_amounts(browser):
    text = browser.get(f"{AT}/activity", headers={"Accept-Language": "en-GB"}).text
    assert "amount £99.00, invoice id 1000, number INV-1000" in text
    assert "rule reference_and_amount" in text
    assert "reference: INV-1000; amount: 99.00 GBP" in text


def test_a_broken_chain_is_said(fresh, browser):
    with fresh.sessions.begin() as s:
        driver = s.connection()
        for (name,) in driver.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'"
        ).all():
            driver.exec_driver_sql(f"DROP TRIGGER {name}")
        driver.exec_driver_sql("UPDATE journal SET text = 'forged' WHERE seq = 2")
    text = browser.get(f"{AT}/activity").text
    assert "chain verified" not in text
    assert 'badge-word bad">!' in text


def test_the_account_for_stripe_money_is_chosen_from_the_ledgers_own(fresh, browser):
    assert "Stripe clearing (GBP)" in browser.get(f"{AT}/connections/accounts").text
    fresh.post(browser, f"{AT}/connections/accounts", {"stripe": "610"})
    assert "Payments go into the account you chose" in browser.get(f"{AT}/connections").text
    assert newest(fresh).text == "Money from Stripe is booked into Stripe clearing"
    answer = fresh.post(
        browser, f"{AT}/connections/accounts", {"stripe": "999"}, follow_redirects=True
    )
    assert "choose one of the accounts listed" in answer.text


def test_a_lost_consent_is_shown_with_the_way_back(fresh, browser):
    with fresh.sessions.begin() as s:
        connections.set_state(s, fresh.ids["quickbooks"], "needs_reconnect", "revoked at Intuit")
    text = browser.get(f"{AT}/connections").text
    assert "Reconnect to QuickBooks" in text
    assert "revoked at Intuit" in text
    assert "no longer lets Dunnock in" in browser.get(f"{AT}/").text
    assert "does not answer just now" in browser.get(f"{AT}/connections/accounts").text


def test_connect_is_offered_only_where_it_can_be_used(browser):
    text = browser.get(f"{AT}/connections").text
    assert "Connect to Xero" not in text
    assert "has an accounting system already" in text
    assert "Disconnect from QuickBooks Online" in text
    empty = browser.get("/o/finch-public-id/connections").text
    assert "Connect to QuickBooks" in empty
    assert "Connect the accounting system first" in empty
    assert "Disconnect" not in empty
    assert "Begin here" in browser.get("/o/finch-public-id/").text


def test_a_connection_is_read_when_asked(fresh, browser):
    fresh.post(browser, f"{AT}/connections/{fresh.ids['stripe']}/read")
    with fresh.sessions() as s:
        row = connections.get(s, fresh.ids["stripe"])
    assert row.next_sync_at == NOW


def test_the_overview_adds_up(browser):
    text = browser.get(f"{AT}/", headers={"Accept-Language": "en-GB"}).text
    assert "£13,078.30" in text
    assert "£2,453.50" in text
    assert "€1,800.00" in text
    german = browser.get(f"{AT}/", headers={"Accept-Language": "de"}).text
    assert "13.078,30\xa0£" in german
    assert browser.get(f"{AT}/", headers={"Accept-Language": "xx-zz"}).status_code == 200


def test_the_first_reading_shows_how_far_it_is(fresh, browser):
    with fresh.sessions.begin() as s:
        connections.connect(
            s,
            fresh.ids["finch-public-id"],
            connections.Consented("xero", "books", "tenant-9", "Finch books"),
            NOW,
        )
        found = connections.of_organisation(s, fresh.ids["finch-public-id"])[0]
        connections.save_cursor(s, found.id, cursor="c", seen=40, total=100, done=False, now=NOW)
    text = browser.get("/o/finch-public-id/").text
    assert 'max="100" value="40"' in text
    assert "40 of 100 documents" in text


def test_what_the_ledger_warns_of_stands_where_it_matters(fresh, browser):
    pages = [f"{AT}/", f"{AT}/connections", f"{AT}/today/mode"]
    assert not any("What the ledger says" in browser.get(page).text for page in pages)
    warned = "Reminders of the ledger are <on>: customers may be reminded twice."
    with fresh.sessions.begin() as s:
        kept = organisations.get(s, fresh.ids[HOME]).ledger
        assert kept is not None
        organisations.save_ledger(s, fresh.ids[HOME], replace(kept, warnings=(warned,)))
    for page in pages:
        assert escape(warned) in browser.get(page).text
