"""One payment for several customers, lived through: proposed, applied at a press, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.protocol import Found
from ledger.documents import Kind, Purpose, Receipt, Ref, Source, Status
from ledger.money import Money
from store import mirror, organisations, payers
from tests.flows.scene import QUICKBOOKS, Scene, raised
from tests.flows.test_cash import AUTO, choose, portion

LINE = "line-1"


def line(scene: Scene, minor: int, text: str = "", payer: str = "") -> None:
    """Have money on the bank statement."""
    amount = Money(minor, "GBP")
    received = Receipt(
        *(Ref(Kind.RECEIPT, LINE), Source.BANK, scene.today, amount, amount, Status.OPEN),
        text=text,
        payer_name=payer,
    )
    with scene.tools.sessions.begin() as s:
        mirror.save(s, scene.organisation_id, scene.books.id, [Found(received, "{}")], scene.now)
    scene.look()


def left(scene: Scene) -> int:
    """Say how much of the bank's money nobody placed yet."""
    with scene.tools.sessions() as s:
        found = mirror.receipt(s, scene.organisation_id, Source.BANK, LINE)
    assert found is not None
    return found.unapplied.minor


def into_a_bank(scene: Scene) -> None:
    """Choose the account that bank money goes into."""
    if scene.company.provider == "xero":
        account = scene.town.xero.add_account(scene.keeper.tenant, "Business", "092")
        with scene.tools.sessions.begin() as s:
            organisations.set_accounts(s, scene.organisation_id, {Purpose.BANK: account})


def known_payers(scene: Scene) -> set[str]:
    with scene.tools.sessions() as s:
        return {one.form for one in payers.known(s, scene.organisation_id) if one.confirmations}


def standing(scene: Scene) -> list[float]:
    """List what the payments in QuickBooks come to that were not voided."""
    docs = scene.town.quickbooks.payments(scene.keeper.tenant)
    return [one["TotalAmt"] for one in docs if one["TotalAmt"]]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Scene]:
    """Give a QuickBooks company whose customers are a group and a stranger."""
    with raised(tmp_path, QUICKBOOKS) as scene:
        add, tenant = scene.town.quickbooks.add_customer, scene.keeper.tenant
        group = scene.customer("Cedar Group plc", "pay@cedar.example")
        for name in ("Cedar Foods Ltd", "Cedar Farms Ltd"):
            scene.customers[name] = add(tenant, name, currency="GBP", parent=group)
        yield scene


@pytest.fixture
def group(company: Scene) -> tuple[Scene, str, str]:
    """Have one line of the statement in which a parent pays for both its subsidiaries."""
    first = company.invoice("EL-1001", 10_000, customer="Cedar Foods Ltd")
    second = company.invoice("EL-1002", 6_100, customer="Cedar Farms Ltd")
    company.connect()
    company.rules(matching=AUTO)
    company.live(hours=1)
    line(company, 16_100, "EL-1001 EL-1002", "CEDAR GROUP PLC")
    company.live(hours=1)
    return company, first, second


def test_a_parents_payment_waits_for_a_person_and_says_for_whom(
    group: tuple[Scene, str, str],
) -> None:
    scene, first, second = group
    row = scene.action("apply")
    assert row.state == "waiting"
    assert row.body["why"]["facts"][-2:] == [
        ["pays for", "Cedar Foods Ltd EL-1001; Cedar Farms Ltd EL-1002"],
        ["for a person", "for several customers of a group"],
    ]
    assert (scene.payments(first), scene.payments(second)) == ([], [])
    scene.approve()
    scene.live(hours=1)
    assert (scene.payments(first), scene.payments(second)) == ([10_000], [6_100])
    # The parent's one payment is the one line of the statement.
    assert standing(scene) == [161]
    assert left(scene) == 0
    assert known_payers(scene) == set()
    assert scene.exceptions() == []
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(first), scene.balance(second)) == (10_000, 6_100)
    assert (standing(scene), left(scene)) == ([], 16_100)


def test_a_deposit_for_strangers_is_applied_as_a_person_says_and_teaches_nothing(
    either: Scene,
) -> None:
    first = either.invoice("AA-1001", 10_000)
    second = either.invoice("AA-1002", 6_100, customer="Birch", email="")
    either.connect()
    into_a_bank(either)
    either.live(hours=1)
    line(either, 17_000, "LUMP", "A GENEROUS FRIEND")
    portions = [portion(either, first, 10_000), portion(either, second, 6_100)]
    choose(either, LINE, *portions, source=Source.BANK)
    either.live(hours=1)
    assert (either.payments(first), either.payments(second)) == ([10_000], [6_100])
    assert (either.mirrored(first), either.mirrored(second)) == (0, 0)
    assert left(either) == 900
    assert known_payers(either) == set()
    [chosen] = either.actions("apply")
    assert ["pays for", "Acme AA-1001; Birch AA-1002"] in chosen.body["why"]["facts"]
    assert [len(either.notes(one)) for one in (first, second)] == [1, 1]
    either.undo()
    either.live(hours=1)
    assert (either.balance(first), either.balance(second)) == (10_000, 6_100)
    assert left(either) == 17_000
    assert either.exceptions("refused") == []


@pytest.mark.parametrize("nth", [1, 2])
def test_a_process_killed_between_two_customers_is_continued(company: Scene, nth: int) -> None:
    first = company.invoice("EL-1001", 10_000, customer="Cedar Foods Ltd")
    second = company.invoice("EL-2001", 6_100, customer="Birch", email="")
    company.connect()
    company.live(hours=1)
    line(company, 16_100)
    portions = [portion(company, first, 10_000), portion(company, second, 6_100)]
    choose(company, LINE, *portions, source=Source.BANK)
    met = []

    def sky(host: str, method: str, path: str) -> str | None:
        if "quickbooks" in host and method == "POST" and path.endswith("/payment"):
            met.append(path)
            return "killed" if len(met) == nth else None
        return None

    assert company.town.streets is not None
    company.town.streets.weather = sky
    with company.dying("K18"):
        company.live(hours=1)
    assert company.action("apply").state == "doing"
    company.live(hours=3)
    assert (company.payments(first), company.payments(second)) == ([10_000], [6_100])
    assert sorted(standing(company)) == [61, 100]
    assert (company.action("apply").state, left(company)) == ("done", 0)


def test_money_held_for_one_customer_pays_no_other(either: Scene) -> None:
    either.invoice("AA-1001")
    second = either.invoice("AA-1002", customer="Birch", email="")
    either.connect()
    receipt = either.receipt(10_000, "AA-1002")
    either.live(hours=7)
    [asked] = either.exceptions("unmatched_receipt")
    assert "enter it there as theirs" in asked.detail
    with pytest.raises(ValueError, match="money of Acme, which pays no invoice of Birch: enter"):
        choose(either, receipt, portion(either, second, 10_000))
    assert either.actions("apply") == []


def test_money_held_for_a_parent_pays_for_its_subsidiary(company: Scene) -> None:
    invoice = company.invoice("EL-1001", 10_000, customer="Cedar Foods Ltd")
    company.connect()
    receipt = company.receipt(10_000, "EL-1001", customer="Cedar Group plc")
    company.live(hours=7)
    choose(company, receipt, portion(company, invoice, 10_000))
    company.live(hours=1)
    assert company.payments(invoice) == [10_000]
