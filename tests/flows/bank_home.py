"""An organisation whose bank account told of two lines, and what its ledger tells of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from connector.protocol import Found
from flows.bank import accounts, links
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
from store import bank_accounts, bank_lines, connections, mirror, organisations
from store.actions import ActionRow
from store.bank_lines import LineRow
from store.connections import Consented
from tests import statements
from tests.flows.bank_notes import ACCOUNT, hand_in, statement
from tests.flows.scene import TODAY, XERO, Scene, raised

DAY = TODAY - timedelta(days=1)


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


@contextmanager
def banked(tmp_path: Path, provider: str = "xero") -> Iterator[Scene]:
    """Give an organisation whose one bank account told of two lines."""
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


def link_of(scene: Scene, minor: int) -> ActionRow:
    key = line(scene, minor).receipt_id
    with scene.tools.sessions() as s:
        return links.links(s, scene.organisation_id, [key])[key]


def account(scene: Scene) -> str:
    """Give the id of a bank account in the ledger."""
    if scene.company.provider == "xero":
        return scene.town.xero.add_account(scene.keeper.tenant, "Current account", "091")
    return scene.town.quickbooks.add_account(scene.keeper.tenant, "Current account", "Bank")


def booked_into(scene: Scene) -> str:
    """Say into which account of the ledger the one payment went."""
    if scene.company.provider == "xero":
        found = scene.town.xero.payments(scene.keeper.tenant)
        [paid] = [one for one in found if not one["deleted"]]
        return str(paid["account"])
    [paid] = scene.town.quickbooks.payments(scene.keeper.tenant)
    return str(paid["DepositToAccountRef"]["value"])


def claimed(scene: Scene) -> str:
    """Take the account of the statements as ours; gives the ledger's account it is booked into."""
    bank = account(scene)
    with scene.tools.sessions.begin() as s:
        ours = scene.organisation_id
        held = bank_accounts.add(s, ours, ACCOUNT, "GBP", scene.now)
        accounts.claim(
            s, ours, held.id, name="Current", ledger_account=bank, who="ann", now=scene.now
        )
    return bank
