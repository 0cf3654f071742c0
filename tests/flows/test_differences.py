"""Money that came short of what it pays, and a person who says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.protocol import Found
from flows import bodies, cash
from ledger.differences import Adjustment, Difference
from ledger.documents import Kind, Purpose, Receipt, Ref, Source, Status
from ledger.money import Money
from rules.actions import AskHuman, Portion
from rules.parse import parse
from store import bank_accounts, mirror, organisations, rulesets
from store.actions import ActionRow
from tests.flows.scene import QUICKBOOKS, Scene, raised

LINE = "line-1"


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def bank_line(scene: Scene, minor: int = 9_500) -> Receipt:
    return Receipt(
        Ref(Kind.RECEIPT, LINE),
        Source.BANK,
        scene.today,
        gbp(minor),
        gbp(minor),
        Status.OPEN,
        text="WIRE ACME",
    )


def line(scene: Scene) -> None:
    """Have a line of the bank statement arrive."""
    received = bank_line(scene)
    with scene.tools.sessions.begin() as s:
        mirror.save(s, scene.organisation_id, scene.books.id, [Found(received, "{}")], scene.now)


def name(
    scene: Scene, portions: list[Portion], *adjustments: Adjustment, receipt_id: str = LINE
) -> ActionRow:
    """Apply as a person does who says why less money came."""
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        return cash.apply_choice(
            s,
            ours,
            Source.BANK,
            receipt_id,
            portions,
            who="ann",
            now=scene.now,
            adjustments=adjustments,
        )


def left(scene: Scene) -> int:
    """Say how much of the bank's line nobody placed yet."""
    with scene.tools.sessions() as s:
        found = mirror.receipt(s, scene.organisation_id, Source.BANK, LINE)
    assert found is not None
    return found.unapplied.minor


def choose_accounts(scene: Scene, **chosen: str) -> None:
    with scene.tools.sessions.begin() as s:
        accounts = {Purpose(purpose): account for purpose, account in chosen.items()}
        organisations.set_accounts(s, scene.organisation_id, accounts)


@pytest.fixture
def wire(scene: Scene) -> tuple[Scene, str, str]:
    """Have 95 from the bank for an invoice of 100; gives the invoice and the bank account."""
    scene.connect()
    invoice = scene.invoice("AA-1001")
    xero, tenant = scene.town.xero, scene.keeper.tenant
    bank = xero.add_account(tenant, "Business", "092")
    fees = xero.add_account(tenant, "Bank fees", "404", type_="EXPENSE")
    choose_accounts(scene, bank=bank, fees=fees)
    scene.live(hours=1)
    line(scene)
    return scene, invoice, bank


def fee(invoice: str, minor: int = 500) -> Adjustment:
    return Adjustment(invoice, Difference.BANK_FEE, gbp(minor))


def balance(scene: Scene, bank: str) -> int:
    return scene.town.xero.balance(scene.keeper.tenant, bank)


def test_a_fee_named_by_a_person_clears_the_invoice_and_the_bank_agrees(
    wire: tuple[Scene, str, str],
) -> None:
    scene, invoice, bank = wire
    row = name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    scene.live(hours=1)
    assert (scene.balance(invoice), scene.mirrored(invoice)) == (0, 0)
    assert balance(scene, bank) == 9_500
    assert left(scene) == 0
    assert scene.told(row.id)[-1] == "done"
    [note] = scene.notes(invoice)
    # The first 250 characters say all of it.
    assert "100.00 GBP (5.00 GBP as bank fee) applied from bank receipt line-1" in note[:250]
    assert scene.exceptions() == []


def test_an_undo_takes_payment_and_fee_back(wire: tuple[Scene, str, str]) -> None:
    scene, invoice, bank = wire
    name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    scene.live(hours=1)
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), balance(scene, bank)) == (10_000, 0)
    assert left(scene) == 9_500
    told = scene.notes(invoice)
    assert any("(5.00 GBP as bank fee) from bank receipt line-1 was taken" in one for one in told)


@pytest.mark.parametrize("point", ["K10", "K13", "K14"])
def test_a_crash_anywhere_books_payment_and_fee_once(
    wire: tuple[Scene, str, str], point: str
) -> None:
    scene, invoice, bank = wire
    name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    with scene.dying(point):
        scene.live(hours=1)
    scene.live(hours=3)
    assert (scene.balance(invoice), balance(scene, bank)) == (0, 9_500)
    assert scene.payments(invoice) == [10_000]


@pytest.mark.parametrize("step", ["Payments", "BankTransactions"])
def test_a_process_killed_in_either_step_is_continued(
    wire: tuple[Scene, str, str], step: str
) -> None:
    scene, invoice, bank = wire
    name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    scene.sky.next("killed", "xero", "PUT", step)
    with scene.dying("K18"):
        scene.live(hours=1)
    assert scene.action("apply").state == "doing"
    scene.live(hours=3)
    assert (scene.balance(invoice), balance(scene, bank)) == (0, 9_500)
    assert scene.payments(invoice) == [10_000]


def test_a_fee_that_is_refused_after_the_payment_is_told_until_it_is_undone(
    wire: tuple[Scene, str, str],
) -> None:
    scene, invoice, bank = wire
    xero, tenant = scene.town.xero, scene.keeper.tenant

    def sky(_host: str, method: str, path: str) -> None:
        if method == "PUT" and path.endswith("BankTransactions"):
            xero.set_lock_date(tenant, scene.today)

    assert scene.town.streets is not None
    scene.town.streets.weather = sky
    name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    scene.live(hours=1)
    [told] = scene.exceptions("difference_not_booked")
    assert told.title == "The money is applied, and the bank fee of 5.00 GBP is not booked"
    assert "lock date" in told.detail
    assert (scene.balance(invoice), balance(scene, bank), left(scene)) == (0, 10_000, 0)
    scene.town.streets.weather = scene.sky
    xero.set_lock_date(tenant, None)
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), balance(scene, bank), left(scene)) == (10_000, 0, 9_500)
    assert scene.exceptions("difference_not_booked") == []


def test_without_an_account_for_it_the_difference_stays_open(wire: tuple[Scene, str, str]) -> None:
    scene, invoice, bank = wire
    choose_accounts(scene, bank=bank)
    with pytest.raises(ValueError, match="no account is chosen for the bank fee"):
        name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    name(scene, [scene.portion(invoice, 9_500)])
    scene.live(hours=1)
    assert scene.balance(invoice) == 500


def test_what_is_no_fee_is_refused_in_words(wire: tuple[Scene, str, str]) -> None:
    scene, invoice, _bank = wire
    with pytest.raises(ValueError, match="must be more than nothing"):
        name(scene, [scene.portion(invoice, 9_500)], fee(invoice, 0))
    with pytest.raises(ValueError, match=r"1\.00 GBP of the money is left"):
        name(scene, [scene.portion(invoice, 9_900)], fee(invoice))
    with pytest.raises(ValueError, match="no account is chosen for the rounding"):
        name(
            scene,
            [scene.portion(invoice, 9_501)],
            Adjustment(invoice, Difference.ROUNDING, gbp(1)),
        )
    with pytest.raises(ValueError, match="choose invoices for at most"):
        name(scene, [scene.portion(invoice, 10_000)], fee(invoice, 400))


def test_old_actions_without_differences_are_read(wire: tuple[Scene, str, str]) -> None:
    """What was written down before differences were booked reads as having none."""
    scene, invoice, _bank = wire
    row = name(scene, [scene.portion(invoice, 9_500)])
    body = {name: value for name, value in row.body.items() if name != "adjustments"}
    action = bodies.read_application(body)
    assert action.adjustments == ()
    assert action.key in row.key
    done = bodies.read_applied({"parts": [], "holder_id": "p", "held": None})
    assert (done.owed, done.refusal) == ((), "")


def test_money_goes_into_the_account_that_its_bank_account_stands_for(
    wire: tuple[Scene, str, str],
) -> None:
    scene, invoice, bank = wire
    other = scene.town.xero.add_account(scene.keeper.tenant, "Savings", "093")
    with scene.tools.sessions.begin() as s:
        added = bank_accounts.add(s, scene.organisation_id, "GB1", "GBP", now=scene.now)
        bank_accounts.claim(
            s, scene.organisation_id, added.id, name="Savings", ledger_account=other
        )
        received = replace(bank_line(scene), ref=Ref(Kind.RECEIPT, "line-2"))
        found = [Found(received, "{}")]
        mirror.save(s, scene.organisation_id, added.connection_id, found, scene.now)
    name(scene, [scene.portion(invoice, 10_000)], fee(invoice), receipt_id="line-2")
    scene.live(hours=1)
    assert (balance(scene, bank), balance(scene, other)) == (0, 9_500)


def test_a_discount_and_its_note_and_its_undo(wire: tuple[Scene, str, str]) -> None:
    scene, invoice, bank = wire
    xero, tenant = scene.town.xero, scene.keeper.tenant
    choose_accounts(
        scene, bank=bank, discounts=xero.add_account(tenant, "Discounts", "260", type_="REVENUE")
    )
    name(
        scene,
        [scene.portion(invoice, 10_000)],
        Adjustment(invoice, Difference.EARLY_DISCOUNT, gbp(500)),
    )
    scene.live(hours=1)
    assert (scene.balance(invoice), balance(scene, bank)) == (0, 9_500)
    assert "5.00 GBP as early payment discount" in scene.notes(invoice)[0][:250]
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), balance(scene, bank), left(scene)) == (10_000, 0, 9_500)
    assert [one["status"] for one in xero.credits(tenant, "CreditNotes")] == ["VOIDED"]


@pytest.mark.parametrize("step", ["Payments", "CreditNotes", "Allocations"])
def test_a_process_killed_in_any_step_of_a_discount_is_continued(
    wire: tuple[Scene, str, str], step: str
) -> None:
    scene, invoice, bank = wire
    xero, tenant = scene.town.xero, scene.keeper.tenant
    choose_accounts(
        scene, bank=bank, discounts=xero.add_account(tenant, "Discounts", "260", type_="REVENUE")
    )
    name(
        scene,
        [scene.portion(invoice, 10_000)],
        Adjustment(invoice, Difference.EARLY_DISCOUNT, gbp(500)),
    )
    scene.sky.next("killed", "xero", "PUT", step)
    with scene.dying("K18"):
        scene.live(hours=1)
    assert scene.action("apply").state == "doing"
    scene.live(hours=3)
    assert (scene.balance(invoice), balance(scene, bank)) == (0, 9_500)
    assert sorted(scene.payments(invoice)) == [500, 9_500]


@pytest.fixture
def elm(tmp_path: Path) -> Iterator[Scene]:
    """Give a QuickBooks company."""
    with raised(tmp_path, QUICKBOOKS) as one:
        yield one


def test_in_quickbooks_the_fee_is_posted_beside_what_came_in(elm: Scene) -> None:
    scene = elm
    scene.connect()
    invoice = scene.invoice("AA-1001")
    by_purpose = {
        purpose: one.id
        for one in scene.tools.open_books(scene.books).accounts()
        for purpose in one.purposes
    }
    choose_accounts(scene, bank=by_purpose[Purpose.BANK], fees=by_purpose[Purpose.FEES])
    scene.live(hours=1)
    line(scene)
    name(scene, [scene.portion(invoice, 10_000)], fee(invoice))
    scene.live(hours=1)
    assert (scene.balance(invoice), left(scene), scene.mirrored(invoice)) == (0, 0, 0)
    assert sorted(scene.payments(invoice)) == [500, 9_500]
    assert "(5.00 GBP as bank fee)" in scene.notes(invoice)[0]
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), left(scene)) == (10_000, 9_500)
    assert scene.exceptions("refused") == []


def test_the_rules_offer_what_a_fee_explains(wire: tuple[Scene, str, str]) -> None:
    """A wire that names the invoice and is short of it by what banks keep; a person takes it."""
    scene, invoice, bank = wire
    received = replace(
        bank_line(scene), ref=Ref(Kind.RECEIPT, "line-3"), channel="wire", text="AA-1001 ACME"
    )
    with scene.tools.sessions.begin() as s:
        found = [Found(received, "{}")]
        mirror.save(s, scene.organisation_id, scene.books.id, found, scene.now)
        ours = organisations.get(s, scene.organisation_id)
        rules = parse(rulesets.current(s, scene.organisation_id).mapping)
        asked = {one.receipt_id: one for one in cash.choices(s, ours, rules, scene.now)}
    decided = asked["line-3"]
    offer = decided.candidates[0] if isinstance(decided, AskHuman) else decided
    assert [(one.kind, one.amount) for one in offer.adjustments] == [
        (Difference.BANK_FEE, gbp(500))
    ]
    name(scene, list(offer.portions), *offer.adjustments, receipt_id="line-3")
    scene.live(hours=1)
    assert (scene.balance(invoice), balance(scene, bank)) == (0, 9_500)


def test_what_little_is_missing_is_given_up_where_the_rules_say_so(
    wire: tuple[Scene, str, str],
) -> None:
    scene, invoice, bank = wire
    xero, tenant = scene.town.xero, scene.keeper.tenant
    losses = xero.add_account(tenant, "Bad debts", "410", type_="EXPENSE")
    choose_accounts(scene, bank=bank, write_offs=losses)
    received = replace(bank_line(scene, 9_960), text="AA-1001", payer_name="Acme")
    with scene.tools.sessions.begin() as s:
        mirror.save(s, scene.organisation_id, scene.books.id, [Found(received, "{}")], scene.now)
    scene.rules(matching={"mode": "auto", "short_payment": "write_off_within_tolerance"})
    scene.live(hours=1)
    assert (scene.balance(invoice), balance(scene, bank), left(scene)) == (0, 9_960, 0)
    assert "(0.40 GBP as write-off)" in scene.notes(invoice)[0]
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), left(scene)) == (10_000, 9_960)
