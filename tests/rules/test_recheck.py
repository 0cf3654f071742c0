"""The decision repeated just before sending: fewer lines, the same lines, or reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger.documents import Status
from rules.actions import SendReminder
from rules.dunning import (
    OUTSIDE_WINDOW,
    decide,
    recheck,
)
from tests.rules.making import (
    ACME,
    NOW,
    ago,
    an_invoice,
    dunning,
    facts,
    gbp,
    never_closed,
)


def a_reminder(*invoices):
    (action,) = decide(facts(*invoices), dunning(), NOW, never_closed).actions
    assert isinstance(action, SendReminder)
    return action


def against(found):
    assert isinstance(found, tuple)
    return [one.reason for one in found]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"balance": gbp("0.00")}, "paid"),
        ({"status": Status.PAID, "balance": gbp("0.00")}, "paid"),
        ({"status": Status.VOID}, "void"),
        ({"status": Status.DRAFT}, "draft"),
        ({"status": Status.UNKNOWN}, "unknown"),
        ({"due": ago(-9)}, "no_longer_due"),
        ({"disputed": True}, "disputed"),
    ],
)
def test_a_recheck_says_what_became_of_the_invoice(change, reason):
    invoice = an_invoice("INV-1", 7)
    fresh = facts(replace(invoice, **change))
    found = recheck(a_reminder(invoice), fresh, dunning(), NOW, never_closed)
    assert against(found) == [reason]
    assert isinstance(found, tuple)
    assert not found[0].final


def test_a_recheck_of_an_invoice_that_is_gone():
    found = recheck(a_reminder(an_invoice("INV-1", 7)), facts(), dunning(), NOW, never_closed)
    assert against(found) == ["no_longer_there"]


def test_switching_to_preview_stops_what_was_planned():
    invoice = an_invoice("INV-1", 7)
    off = dunning(mode="preview")
    found = recheck(a_reminder(invoice), facts(invoice), off, NOW, never_closed)
    assert against(found) == ["switched_off"]


def test_outside_the_window_only_the_moment_is_wrong():
    invoice = an_invoice("INV-1", 7)
    evening = NOW + timedelta(hours=9)
    found = recheck(a_reminder(invoice), facts(invoice), dunning(), evening, never_closed)
    assert against(found) == [OUTSIDE_WINDOW]


def test_a_recheck_uses_the_new_address_and_the_new_rules():
    invoice = an_invoice("INV-1", 7)
    moved = facts(invoice, customer=replace(ACME, email="new@acme.example"))
    found = recheck(a_reminder(invoice), moved, dunning(mode="approve"), NOW, never_closed)
    assert isinstance(found, SendReminder)
    assert (found.to, found.needs_approval) == ("new@acme.example", True)


def test_a_reason_is_a_sentence():
    assert a_reminder(an_invoice("INV-1", 7)).why.sentence == (
        "rule standard/due_date+7 (version 7): INV-1 due_date+7, 7 days overdue, 100.00 GBP"
    )
