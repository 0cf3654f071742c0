"""Connected providers whose answers can be bent on their way, made once and used by many tests."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from connector import PROVIDERS
from connector.protocol import Books, Found, Opening, Page, Role
from connector.raw import kept
from ledger.documents import Ref
from oauth.tokens import fresh_access
from tests.connector.bench import Bench
from tests.flows.scene import QUICKBOOKS, STRIPE, XERO, Scene, raised
from tests.flows.stripe_keeper import StripeBookkeeper
from worlds.transport import Answer

# Stripe once for its payments, and once as somebody's only books.
ALONE = "stripe alone"
NAMES = [*sorted(PROVIDERS), ALONE]
COMPANIES = {"quickbooks": QUICKBOOKS, ALONE: STRIPE}
# What each vendor names a list of documents in its answers; QuickBooks has one name for each.
LISTS = {
    "xero": {"Invoices", "CreditNotes", "Overpayments", "Payments", "Contacts"},
    "quickbooks": {"Invoice", "CreditMemo", "Payment", "Customer"},
    "stripe": {"data"},
    ALONE: {"data"},
}

IDS = ("InvoiceID", "CreditNoteID", "OverpaymentID", "Id", "id")

SCENES = ExitStack()


class Open:
    """A gate that lets everything pass, and the world's minute with it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def enter(self, *, metered: int = 0, weight: int = 1) -> None:
        del metered, weight
        self._scene.town.clock.wait(2)

    def told(
        self, *, retry_after_seconds: float | None = None, remaining: int | None = None
    ) -> None:
        del retry_after_seconds, remaining


class Alone(Bench):
    """Stripe as the only books."""

    def opening(self, **other: Any) -> Opening:
        books = self.scene.books
        opener = self.scene.town.house.opener
        asked: dict[str, Any] = {
            "access": fresh_access(opener, books).access,
            "wire": opener.wire("stripe"),
            "clock": opener.clock,
            "role": Role.BOOKS,
        }
        return Opening(**{**asked, **other})


@cache
def bench_of(name: str) -> Bench:
    """Give a connected provider with a document of every kind."""
    folder = Path(SCENES.enter_context(tempfile.TemporaryDirectory()))
    scene = SCENES.enter_context(raised(folder, COMPANIES.get(name, XERO)))
    scene.invoice("AA-1001")
    scene.invoice("AA-1002")
    if name == ALONE:
        return _alone(scene)
    scene.connect(stripe=True)
    for number in (1, 2):
        scene.receipt(5_000 * number, f"money {number}")
        scene.card(1_000 * number, "AA-1002")
    credit(scene)
    scene.live(minutes=5)
    bench = Bench(name, scene)
    bench.document("AA-1003")
    return bench


def _alone(scene: Scene) -> Bench:
    assert isinstance(scene.keeper, StripeBookkeeper)
    scene.keeper.charge(scene.customer(), 4_900, "SUB-1")
    scene.keeper.credit(scene.invoice("AA-1003"), 1_000, scene.today)
    scene.connect()
    scene.receipt(5_000, "money")
    scene.live(minutes=5)
    return Alone("stripe", scene)


def credit(scene: Scene) -> None:
    tenant, customer = scene.keeper.tenant, scene.customer()
    if scene.company.provider == "xero":
        scene.town.xero.raise_credit_note(tenant, customer, 100, "GBP", scene.today)
    else:
        scene.town.quickbooks.raise_credit_memo(tenant, customer, 100, scene.today)


def opened(bench: Bench) -> Books:
    return bench.books(gate=Open(bench.scene))


def walked(walk: Callable[[str], Page]) -> list[Found]:
    """Walk to the end; gives everything found."""
    found: list[Found] = []
    cursor = ""
    while True:
        page = walk(cursor)
        found += page.found
        cursor = page.cursor
        if not page.more:
            return found


def spoil(bench: Bench, make: Callable[[Any], Any]) -> None:
    """Let every JSON answer be made into another on its way."""

    def spoilt(_method: str, path: str, answer: Answer) -> Answer:
        if "token" in path or answer.status != 200:
            return answer
        body = answer.body
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        changed = make(json.loads(body))
        text = changed if isinstance(changed, bytes) else kept(changed).encode()
        headers = {name: one for name, one in answer.headers.items() if "ncoding" not in name}
        return Answer(200, headers | {"Content-Length": str(len(text))}, text, answer.cookies)

    assert bench.scene.town.streets is not None
    bench.scene.town.streets.spoil = spoilt


def fair(bench: Bench) -> None:
    assert bench.scene.town.streets is not None
    bench.scene.town.streets.spoil = lambda _method, _path, answer: answer


def lists_of(node: Any, names: set[str]) -> Iterator[list[Any]]:
    """Find every list of documents in an answer."""
    if isinstance(node, list):
        for one in node:
            yield from lists_of(one, names)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in names and isinstance(value, list):
                yield value
            yield from lists_of(value, names)


@cache
def sound(name: str) -> dict[Ref, Found]:
    """Give everything a provider tells when nothing is bent."""
    fair(bench_of(name))
    return {one.document.ref: one for one in walked(opened(bench_of(name)).sync)}


@cache
def open_of(name: str) -> list[Ref]:
    """List what a provider tells as open when nothing is bent."""
    fair(bench_of(name))
    return [one.document.ref for one in walked(opened(bench_of(name)).open_documents)]


def close() -> None:
    """Take every scene down."""
    for made in (bench_of, sound, open_of):
        made.cache_clear()
    SCENES.close()
