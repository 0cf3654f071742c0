"""Bank lines that are money seen elsewhere: linked once, asked about, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from connector.protocol import Found
from flows import cash, on_account
from flows.bank import accounts, files, links
from flows.bank.files import File
from ledger.documents import (
    Allocation,
    Customer,
    Document,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from ledger.payouts import Payout, Stage
from rules.matching.seen_twice import Verdict
from store import actions, bank_accounts, bank_lines, connections, mirror, organisations
from store.actions import ActionRow
from store.bank_lines import LineRow
from store.connections import Consented
from tests import statements
from tests.flows.bank_notes import hand_in, statement
from tests.flows.scene import TODAY, XERO, Scene, raised

DAY = TODAY - timedelta(days=1)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


@pytest.fixture
def home(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Give an organisation whose one bank account told of two lines."""
    provider = getattr(request, "param", "xero")
    with raised(tmp_path, XERO) as scene:
        with scene.tools.sessions.begin() as s:
            ours = organisations.create(s, "Ash & Alder", "pub-ash", scene.now)
            connections.connect(s, ours, Consented(provider, "books", "t-1", "Books"), scene.now)
        scene.organisation_id = ours
        body = statement((DAY, DAY), [(DAY, 12_000, "STRIPE UK"), (DAY, 5_000, "ACME AA-1001")])
        key = hand_in(scene, body).account_ids[0]
        with scene.tools.sessions.begin() as s:
            accounts.claim(
                s, ours, key, name="Current", ledger_account="090", who="ann", now=scene.now
            )
        yield scene


def save(scene: Scene, *documents: Document) -> None:
    """Have the ledger tell of documents."""
    with scene.tools.sessions.begin() as s:
        books = connections.books_of(s, scene.organisation_id)
        assert books is not None
        found = [Found(one, "{}") for one in documents]
        mirror.save(s, scene.organisation_id, books.id, found, scene.now)


def payout(key: str = "po_1", stage: Stage = Stage.PAID) -> Payout:
    return Payout(Ref(Kind.PAYOUT, key), DAY, gbp(12_000), (), stage=stage)


def recorded(key: str = "p-1", day: date = DAY, reference: str = "", **more: str) -> Receipt:
    return Receipt(
        Ref(Kind.RECEIPT, key, "payment"),
        Source.LEDGER,
        day,
        gbp(5_000),
        gbp(0),
        Status.PAID,
        customer_id="c-1",
        reference=reference,
        allocations=(Allocation(more.get("invoice", "i-1"), gbp(5_000)),),
    )


CUSTOMER = Customer(Ref(Kind.CUSTOMER, "c-1"), "Acme Ltd")
INVOICE = Invoice(
    Ref(Kind.INVOICE, "i-1"), "AA-1001", "c-1", DAY, DAY, gbp(5_000), gbp(0), Status.PAID
)


def look(scene: Scene) -> dict[str, Verdict]:
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        return links.plan(s, ours, scene.now)


def left(scene: Scene) -> list[int]:
    with scene.tools.sessions() as s:
        told = statements.receipts(s, scene.organisation_id)
    return [one.unapplied.minor for one in told if one.unapplied]


def line(scene: Scene, minor: int) -> LineRow:
    with scene.tools.sessions() as s:
        key = next(
            one.ref.id
            for one in statements.receipts(s, scene.organisation_id)
            if one.amount == gbp(minor)
        )
        return bank_lines.of_receipts(s, scene.organisation_id, [key])[key]


def linked(scene: Scene, minor: int) -> ActionRow:
    key = line(scene, minor).receipt_id
    with scene.tools.sessions() as s:
        return links.links(s, scene.organisation_id, [key])[key]


def choose(scene: Scene, minor: int, twin: str) -> None:
    key = line(scene, minor).id
    with scene.tools.sessions.begin() as s:
        ours = organisations.get(s, scene.organisation_id)
        links.choose(s, ours, key, twin, who="ann", now=scene.now)


def test_a_payout_is_no_receivable_and_counts_for_one_line(home: Scene) -> None:
    save(home, payout())
    assert look(home) == {}
    assert left(home) == [5_000]
    row = linked(home, 12_000)
    assert (row.kind, row.state, row.body["id"]) == ("link", "done", "po_1")
    assert home.told(row.id) == ["decided"]
    # Nothing is linked again, and no other line can be that payout.
    assert look(home) == {}
    assert len(home.actions("link")) == 1
    hand_in(home, statement((TODAY, TODAY), [(TODAY, 12_000, "STRIPE")], opening=117_000))
    [verdict] = look(home).values()
    assert verdict.reason == "unknown_payout"


def test_a_payout_that_failed_is_not_on_the_bank(home: Scene) -> None:
    save(home, payout(stage=Stage.FAILED))
    [verdict] = look(home).values()
    assert verdict.reason == "unknown_payout"
    [told] = home.exceptions("bank_line_seen")
    assert "reads like a payout" in told.detail
    save(home, payout("po_2"))
    assert look(home) == {}
    assert home.exceptions("bank_line_seen") == []


def test_a_payment_in_the_ledger_is_the_line_that_names_its_invoice(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert left(home) == []
    assert linked(home, 5_000).body["id"] == "p-1"


def test_what_we_wrote_into_the_ledger_ourselves_is_no_twin(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(reference="AA-1001 DNK-0123456789abcdef"), payout())
    assert look(home) == {}
    assert left(home) == [5_000]


@pytest.mark.parametrize("home", ["stripe"], indirect=True)
def test_what_stripes_own_books_hold_is_not_on_the_bank(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert left(home) == [5_000]


def test_in_doubt_a_person_is_asked_and_the_line_waits(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), recorded("p-2"), payout())
    waiting = look(home)
    [verdict] = waiting.values()
    assert verdict.reason == "several"
    assert [twin.id for twin in verdict.maybe] == ["p-1", "p-2"]
    [told] = home.exceptions("bank_line_seen")
    assert "50.00 GBP" in told.title
    assert "AA-1001" in told.detail
    with home.tools.sessions() as s:
        facts = cash.gather(s, home.organisation_id, waiting)
        assert facts.receipts == ()
        # Reminders see it all the same: it may be the customer's money.
        assert [one.amount for one in mirror.receipts_to_match(s, home.organisation_id)] == [
            gbp(5_000)
        ]


def test_a_person_says_which_payment_it_is(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), recorded("p-2"), payout())
    look(home)
    with pytest.raises(ValueError, match="another line's by now"):
        choose(home, 5_000, "p-9")
    choose(home, 5_000, "p-2")
    assert linked(home, 5_000).body["id"] == "p-2"
    assert home.exceptions("bank_line_seen") == []
    with pytest.raises(ValueError, match="nobody is asked"):
        choose(home, 5_000, "p-1")


def test_a_person_says_that_it_is_money_of_its_own(home: Scene) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), recorded("p-2"), payout())
    look(home)
    choose(home, 5_000, "")
    assert look(home) == {}
    assert left(home) == [5_000]
    assert home.exceptions("bank_line_seen") == []


def test_a_link_is_taken_back_and_not_made_again(home: Scene) -> None:
    save(home, payout())
    look(home)
    row = linked(home, 12_000)
    undo(home, row.id)
    assert left(home) == [12_000, 5_000]
    assert look(home) == {}
    assert home.told(row.id) == ["decided", "undone"]
    with pytest.raises(ValueError, match="reload the page"):
        undo(home, row.id)


def undo(scene: Scene, action_id: int) -> None:
    with scene.tools.sessions.begin() as s:
        links.undo(s, scene.organisation_id, action_id, who="ann", now=scene.now)


def test_money_left_on_account_or_placed_in_part_is_not_looked_at(home: Scene) -> None:
    key, part = line(home, 12_000).receipt_id, line(home, 5_000).receipt_id
    with home.tools.sessions.begin() as s:
        on_account.leave(s, home.organisation_id, Source.BANK, key, who="ann", now=home.now)
        mirror.record_applied(s, home.organisation_id, Source.BANK, part, gbp(1_000))
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    assert look(home) == {}
    assert home.actions("link") == []


def test_old_lines_are_not_looked_at(home: Scene) -> None:
    save(home, payout())
    home.town.clock.wait(91 * 86_400)
    assert look(home) == {}
    assert home.actions("link") == []


def account(scene: Scene) -> str:
    """Give the id of a bank account in the ledger."""
    if scene.company.provider == "xero":
        return scene.town.xero.add_account(scene.keeper.tenant, "Current account", "091")
    return scene.town.quickbooks.add_account(scene.keeper.tenant, "Current account", "Bank")


def booked_into(scene: Scene) -> str:
    """Say into which account of the ledger the one payment went."""
    if scene.company.provider == "xero":
        [paid] = scene.town.xero.payments(scene.keeper.tenant)
        return str(paid["account"])
    [paid] = scene.town.quickbooks.payments(scene.keeper.tenant)
    return str(paid["DepositToAccountRef"]["value"])


def test_a_bank_file_is_applied_to_the_account_it_is_of(either: Scene) -> None:
    either.connect()
    invoice = either.invoice("AA-1001")
    bank = account(either)
    either.rules(matching={"mode": "auto"})
    either.live(hours=1)
    body = statement((DAY, DAY), [(DAY, 10_000, "ACME AA-1001"), (DAY, 700, "NOBODY")])
    with either.tools.sessions.begin() as s:
        ours = either.organisation_id
        held = bank_accounts.add(s, ours, "GB33BUKB20201555555555", "GBP", either.now)
        accounts.claim(
            s, ours, held.id, name="Current", ledger_account=bank, who="ann", now=either.now
        )
    files.take(either.tools, either.organisation_id, File("march.sta", body), who="ann")
    either.live(hours=1)
    assert either.payments(invoice) == [10_000]
    assert booked_into(either) == bank
    [note] = [one for one in either.notes(invoice) if "applied from bank receipt" in one]
    assert f"({DAY.isoformat()} ACME AA-1001)" in note[:250]
    [asked] = either.exceptions("unmatched_receipt")
    assert asked.subject.startswith("receipt:bank:")
    # What Dunnock wrote is told again by the ledger, and is nobody's twin.
    either.live(days=1)
    assert either.actions("link") == []
    assert either.exceptions("bank_line_seen") == []
    row = either.undo()
    either.live(hours=1)
    assert row.kind == "unapply"
    assert either.payments(invoice) == []
    assert sorted(left(either)) == [700, 10_000]


@pytest.mark.parametrize("kind", ["apply", "keep"])
def test_a_payment_that_is_being_applied_is_not_linked(home: Scene, kind: str) -> None:
    save(home, CUSTOMER, INVOICE, recorded(), payout())
    subject = links.subject(line(home, 5_000).receipt_id)
    with home.tools.sessions.begin() as s:
        actions.plan(
            s,
            home.organisation_id,
            key=f"{kind}:x",
            kind=kind,
            subject=subject,
            body={},
            claims=(),
            state=actions.PLANNED,
            next_at=home.now,
            day=None,
            now=home.now,
            who="dunnock",
            why="x",
        )
    assert look(home) == {}
    assert [one.body["id"] for one in home.actions("link")] == ["po_1"]
