"""Money in pounds for an invoice in euro: what the bank says was sent, lived through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.protocol import Found
from ledger.documents import Kind, Purpose, Receipt, Ref, Source, Status
from ledger.money import Money
from sandbox.quickbooks.amounts import in_home
from store import mirror, organisations
from tests.flows.scene import QUICKBOOKS, XERO, Scene, raised
from tests.flows.test_cash import AUTO, choose, portion

LINE = "line-1"
OTTO = "Otto Weber GmbH"
CAME, SENT = Money(86_637, "GBP"), Money(100_000, "EUR")


@pytest.fixture(params=["xero", "quickbooks"])
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give an organisation that bills in euro too."""
    elm = replace(QUICKBOOKS, currencies=("GBP", "EUR"))
    with raised(tmp_path, XERO if request.param == "xero" else elm) as one:
        tenant = one.keeper.tenant
        if request.param == "quickbooks":
            add = one.town.quickbooks.add_customer
            one.customers[OTTO] = add(tenant, OTTO, currency="EUR")
        yield one


@pytest.fixture
def invoice(scene: Scene) -> str:
    """Connect the books, with one invoice of 1,000.00 euro, and choose the bank's account."""
    tenant = scene.keeper.tenant
    key = scene.invoice("AA-1001", SENT.minor, customer=OTTO, currency="EUR", email="")
    scene.connect()
    if scene.company.provider == "xero":
        account = scene.town.xero.add_account(tenant, "Business", "092")
        with scene.tools.sessions.begin() as s:
            organisations.set_accounts(s, scene.organisation_id, {Purpose.BANK: account})
    else:
        scene.town.quickbooks.edit_invoice(tenant, key, ExchangeRate=0.85)
    scene.rules(matching=AUTO)
    scene.live(hours=7)
    return key


def wire(scene: Scene, text: str = "", **other: Money) -> None:
    """Have pounds on the statement, and what the bank says of them."""
    received = Receipt(
        *(Ref(Kind.RECEIPT, LINE), Source.BANK, scene.today, CAME, CAME, Status.OPEN),
        text=text,
        payer_name="OTTO WEBER GMBH",
        original=other.get("original", SENT),
        charges=other.get("charges"),
    )
    with scene.tools.sessions.begin() as s:
        mirror.save(s, scene.organisation_id, scene.books.id, [Found(received, "{}")], scene.now)
    scene.look()
    scene.live(hours=1)


def left(scene: Scene) -> Money:
    with scene.tools.sessions() as s:
        found = mirror.receipt(s, scene.organisation_id, Source.BANK, LINE)
    assert found is not None
    return found.unapplied


def banked(scene: Scene) -> int:
    """Say in pence what the ledger's bank account got."""
    tenant = scene.keeper.tenant
    if scene.company.provider == "xero":
        with scene.tools.sessions() as s:
            account = organisations.get(s, scene.organisation_id).accounts[Purpose.BANK]
        return scene.town.xero.balance(tenant, account)
    return sum(
        in_home(round(one["TotalAmt"] * 100), "EUR", one["ExchangeRate"], "GBP")
        for one in scene.town.quickbooks.payments(tenant)
    )


def test_what_was_sent_exactly_waits_is_applied_at_the_banks_rate_and_taken_back(
    scene: Scene, invoice: str
) -> None:
    wire(scene, "AA-1001")
    row = scene.action("apply")
    assert (row.state, row.body["came"]) == ("waiting", [CAME.minor, "GBP"])
    assert ["for a person", "in another currency"] in row.body["why"]["facts"]
    assert ["amount", "866.37 GBP, sent as 1000.00 EUR, is exactly what is open"] in (
        row.body["why"]["facts"]
    )
    scene.approve()
    scene.live(hours=1)
    assert (scene.balance(invoice), banked(scene)) == (0, CAME.minor)
    assert left(scene) == Money(0, "GBP")
    assert "1000.00 EUR applied from bank receipt" in scene.notes(invoice)[0]
    assert scene.exceptions() == []
    scene.undo()
    scene.live(hours=1)
    assert (scene.balance(invoice), banked(scene)) == (SENT.minor, 0)
    assert left(scene) == CAME


def test_a_lost_answer_is_looked_up(scene: Scene, invoice: str) -> None:
    wire(scene, "AA-1001")
    method = "PUT" if scene.company.provider == "xero" else "POST"
    scene.approve()
    part = "Payments" if scene.company.provider == "xero" else "/payment"
    scene.sky.next("unanswered", scene.company.provider, method, part)
    scene.live(hours=3)
    assert scene.sky.seen["unanswered"] == 1
    assert (scene.balance(invoice), banked(scene)) == (0, CAME.minor)
    assert scene.action("apply").state == "done"


def test_a_person_may_say_what_it_pays_where_all_that_was_sent_is_shared_out(
    scene: Scene, invoice: str
) -> None:
    wire(scene, "thanks")
    with pytest.raises(ValueError, match=r"1000\.00 EUR was sent: choose invoices for exactly"):
        choose(scene, LINE, portion(scene, invoice, 99_999, "EUR"), source=Source.BANK)
    choose(scene, LINE, portion(scene, invoice, SENT.minor, "EUR"), source=Source.BANK)
    scene.live(hours=1)
    assert (scene.balance(invoice), banked(scene)) == (0, CAME.minor)
    assert left(scene) == Money(0, "GBP")


def test_a_charge_makes_the_rate_uncertain_and_says_so(scene: Scene, invoice: str) -> None:
    wire(scene, "AA-1001", charges=Money(800, "GBP"))
    assert scene.actions("apply") == []
    [asked] = scene.exceptions("unmatched_receipt")
    assert "other currency" in asked.title
    with pytest.raises(ValueError, match="only where the bank says what was sent in it"):
        choose(scene, LINE, portion(scene, invoice, SENT.minor, "EUR"), source=Source.BANK)


def test_a_rate_that_the_ledger_rounds_away_is_a_persons_matter(scene: Scene, invoice: str) -> None:
    tenant = scene.keeper.tenant
    if scene.company.provider == "xero":
        scene.town.xero.set_organisation(tenant, rate_places=3)
    else:
        scene.town.quickbooks.set_rate_places(tenant, 3)
    wire(scene, "AA-1001")
    scene.approve()
    scene.live(hours=1)
    assert (scene.balance(invoice), banked(scene)) == (SENT.minor, 0)
    [told] = scene.exceptions("refused")
    assert "by hand" in told.detail or "enter it" in told.detail
    assert left(scene) == CAME
