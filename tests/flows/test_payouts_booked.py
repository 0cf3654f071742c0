"""Payouts in the ledgers themselves: booked to the unit, found again, and taken back whole."""

from __future__ import annotations

import pytest

from flows import payouts
from ledger.documents import Purpose
from store import organisations
from store import payouts as stored
from tests.flows.scene import Scene

OK = 200


def choose(scene: Scene) -> None:
    """Choose accounts that serve, as a person does on the page."""
    if scene.company.provider == "xero":
        xero, tenant = scene.town.xero, scene.keeper.tenant
        # The story's own Stripe account is of no bank type.
        for name, code, kind in (("Bank", "091", "BANK"), ("Costs", "404", "EXPENSE")):
            xero.add_account(tenant, name, code, type_=kind, tax_type="NONE")
        xero.add_account(tenant, "Stripe balance", "092")
    books = scene.tools.open_books(scene.books)
    found = books.accounts()
    chosen: dict[Purpose, str] = {}
    for purpose in payouts.NEEDED:
        fits = [one for one in found if one.currency in (None, "GBP")]
        serving = [one.id for one in fits if purpose in one.purposes]
        chosen[purpose] = next(one for one in serving if one not in chosen.values())
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        payouts.choose(s, ours, chosen, scene.now)


def test_money_from_the_payer_to_the_bank_is_booked_and_can_be_taken_back(either: Scene) -> None:
    either.connect(stripe=True)
    either.rules(matching={"mode": "auto"})
    invoice = either.invoice("AA-1001", 10_000)
    choose(either)
    either.live(hours=7)
    either.card(10_000, "AA-1001")
    either.live(days=3)
    assert either.balance(invoice) == 0
    key = either.town.stripe.payout(either.account)
    assert key is not None
    either.live(days=3)
    row = either.action("payout")
    assert row.state == "done", [one.detail for one in either.exceptions()]
    books = either.tools.open_books(either.books)
    with either.tools.sessions() as s:
        kept = stored.get(s, either.organisation_id, key)
    assert kept is not None
    assert books.find_payout(kept.payout, row.key) is not None
    with either.tools.sessions.begin() as s:
        payouts.undo(s, either.organisation_id, row.id, who="ann", now=either.now)
    either.live(minutes=10)
    assert either.action("payout").undone_at is not None
    assert books.find_payout(kept.payout, row.key) is None


def test_until_the_accounts_are_chosen_a_person_is_asked_once(either: Scene) -> None:
    either.connect(stripe=True)
    either.card(10_000)
    either.live(days=3)
    assert either.exceptions("payout_accounts") == []
    either.town.stripe.payout(either.account)
    either.live(days=3)
    [shown] = either.exceptions("payout_accounts")
    assert "book payouts by hand" in shown.fix
    with either.tools.sessions.begin() as s:
        ours = organisations.get(s, either.organisation_id)
        payouts.choose(s, ours, {**ours.accounts, Purpose.PAYOUTS: ""}, either.now)
    either.live(minutes=10)
    assert either.exceptions("payout_accounts") == []
    assert either.actions("payout") == []


@pytest.mark.parametrize("answer", ["hand", "again"])
def test_what_the_ledger_refused_is_settled_by_a_person(either: Scene, answer: str) -> None:
    either.connect(stripe=True)
    choose(either)
    intent = either.card(10_000)
    either.card(5_000)
    either.town.stripe.refund(intent, 1_000)
    either.live(days=3)
    key = either.town.stripe.payout(either.account)
    assert key is not None
    either.live(days=3)
    assert [one.kind for one in either.exceptions() if one.kind in {"refused", "payout"}]
    with either.tools.sessions.begin() as s:
        ours = organisations.get(s, either.organisation_id)
        if answer == "hand":
            payouts.leave(s, ours.id, key, who="ann", now=either.now)
        else:
            payouts.book(s, ours, key, who="ann", now=either.now)
    states = [one.state for one in either.actions("payout")]
    assert states == ["cancelled", "done" if answer == "hand" else "planned"]
    assert either.exceptions("refused") == []


def written(scene: Scene) -> int:
    """Count what the ledger was asked to write for a payout, and wrote."""
    if scene.company.provider == "xero":
        asked = [one for one in scene.town.xero.requests() if one.method == "PUT"]
        return sum("BankTransfers" in one.path and one.status == OK for one in asked)
    asked = [one for one in scene.town.quickbooks.requests() if one.method == "POST"]
    return sum(one.path.endswith("/deposit") and one.status == OK for one in asked)


def test_a_crash_after_the_ledger_wrote_books_it_no_second_time(either: Scene) -> None:
    either.connect(stripe=True)
    either.rules(matching={"mode": "auto"})
    either.invoice("AA-1001", 10_000)
    choose(either)
    either.live(hours=7)
    either.card(10_000, "AA-1001")
    either.live(days=3)
    assert either.town.stripe.payout(either.account)
    with either.dying("K13"):
        either.live(days=3)
    either.live(hours=2)
    assert either.action("payout").state == "done"
    assert written(either) == 1
