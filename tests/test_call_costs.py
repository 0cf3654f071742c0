"""What each thing costs in calls, measured by the stand-ins' own logs and held by the docs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector import PROVIDERS
from sandbox.shelf import Request
from tests.connector.stripe.stripe_shop import kept
from tests.flows.scene import QUICKBOOKS, XERO, Scene, raised
from tests.flows.test_perform import AUTO
from tests.sandbox.stripe_world import new_world, opened_door

PAGE = Path(__file__).resolve().parent.parent / "docs" / "providers.md"
COMPANIES = {"xero": XERO, "quickbooks": QUICKBOOKS}
LEDGERS = tuple(COMPANIES)
INVOICES = 10_000
# Renewing tokens and signing in are no calls of the vendors' interfaces to the books.
NO_CALLS = ("token", "/connect/", "/oauth2/", "/.well-known/", "/connections", "/authorize")

FIRST_SYNC = "first sync of 10,000 open invoices"
HUNDRED = "first sync of 100 open invoices more"
REST = "a day at rest"
ARRIVAL = "taking in one payment"
APPLY = "applying a payment from Stripe"
ALLOCATE = "applying money that the ledger holds"
AFTER = "reading again what was written"
NOTE = "a note"
REMIND = "a reminder of one invoice, with its link"
BURST = "a burst of 100 changed documents"
ROWS = (FIRST_SYNC, REST, ARRIVAL, APPLY, ALLOCATE, AFTER, NOTE, REMIND, BURST)
BOUNDS = {FIRST_SYNC: 40, APPLY: 3, ALLOCATE: 3, BURST: 5}
REST_MAX = 30

Costs = dict[tuple[str, str], int]


@contextmanager
def living(
    folder: Path, provider: str, *, stripe: bool = False, owing: bool = False
) -> Iterator[Scene]:
    """Raise an organisation with its books connected, perhaps with an overdue invoice."""
    folder.mkdir()
    with raised(folder, COMPANIES[provider]) as scene:
        if owing:
            scene.invoice("AA-1001")
        scene.connect(stripe=stripe)
        scene.live(minutes=5)
        yield scene


def standin(scene: Scene, provider: str) -> Any:
    return getattr(scene.town, provider)


def last(scene: Scene, provider: str) -> int:
    log = standin(scene, provider).requests()
    return log[-1].seq if log else 0


def calls(scene: Scene, provider: str, after: int) -> list[Request]:
    """List the calls of the books since a point of the log."""
    return [
        one
        for one in standin(scene, provider).requests(after)
        if not any(part in one.path for part in NO_CALLS)
    ]


def is_note(call: Request) -> bool:
    return call.path.endswith(("/History", "/attachable"))


def is_write(call: Request) -> bool:
    """Say whether a call wrote something: questions are POSTs too at QuickBooks."""
    return call.method in ("PUT", "POST") and not call.path.endswith(("/query", "/batch"))


def raise_many(scene: Scene, count: int, prefix: str = "AA") -> list[str]:
    with scene.keeper.shelf.change():
        return [
            scene.invoice(f"{prefix}-{at:05}", 1_000 + at, overdue=-20, customer=f"C{at % 100}")
            for at in range(count)
        ]


def first_sync(folder: Path, provider: str) -> int:
    folder.mkdir()
    with raised(folder, COMPANIES[provider]) as scene:
        raise_many(scene, INVOICES)
        scene.connect()
        scene.live(minutes=20)
        assert scene.books.first_sync_done
        assert scene.books.seen >= INVOICES
        return len(calls(scene, provider, 0))


def at_rest(folder: Path, provider: str) -> tuple[int, int]:
    """Count a whole day with nothing to send; gives the ledger's calls and Stripe's."""
    folder.mkdir()
    with raised(folder, COMPANIES[provider]) as scene:
        raise_many(scene, 300)
        scene.connect(stripe=True)
        scene.rules(dunning=AUTO, matching=AUTO)
        scene.live(days=2)
        before = {name: last(scene, name) for name in (provider, "stripe")}
        scene.live(days=1)
        ledger, stripe = (len(calls(scene, name, at)) for name, at in before.items())
        return ledger, stripe


def applied(scene: Scene, provider: str) -> tuple[int, int, int]:
    """Let go the payment that waits: calls up to its write, notes, and what was read again."""
    before = last(scene, provider)
    scene.approve()
    scene.live(minutes=1)
    made = calls(scene, provider, before)
    written = next(at for at, one in enumerate(made) if is_write(one)) + 1
    notes = [one for one in made[written:] if is_note(one)]
    return written, len(notes), len(made) - written - len(notes)


def measure_cash(folder: Path, provider: str) -> Costs:
    costs: Costs = {}
    with living(folder, provider, stripe=True) as scene:
        paid = [scene.invoice(f"AA-100{at}", overdue=-20) for at in range(2)]
        scene.live(minutes=1)
        before = last(scene, "stripe")
        scene.card(10_000, "AA-1000")
        scene.live(minutes=1)
        costs[ARRIVAL, "stripe"] = len(calls(scene, "stripe", before))
        before = last(scene, "stripe")
        found = applied(scene, provider)
        costs[APPLY, provider], costs[NOTE, provider], costs[AFTER, provider] = found
        noted = calls(scene, "stripe", before)
        costs[NOTE, "stripe"] = next(at for at, one in enumerate(noted) if is_write(one)) + 1
        before = last(scene, provider)
        scene.receipt(10_000, "AA-1001")
        scene.live(minutes=1)
        costs[ARRIVAL, provider] = len(calls(scene, provider, before))
        costs[ALLOCATE, provider] = applied(scene, provider)[0]
        assert [scene.payments(one) for one in paid] == [[10_000], [10_000]]
    return costs


def reminded(folder: Path, provider: str, note: int) -> int:
    with living(folder, provider, owing=True) as scene:
        before = last(scene, provider)
        scene.rules(dunning=AUTO)
        scene.live(minutes=1)
        assert len(scene.mail) == 1
        return len(calls(scene, provider, before)) - note


def burst(folder: Path, provider: str) -> int:
    """Have fifty invoices paid at once: so many invoices and payments changed."""
    with living(folder, provider) as scene:
        ids = raise_many(scene, 100)
        scene.pulse()
        before = last(scene, provider)
        for one in ids[:50]:
            scene.keeper.pay(one, 1_000, scene.today)
        scene.live(minutes=1)
        assert {scene.mirrored(one) for one in ids[:1]} == {0}
        return len(calls(scene, provider, before))


def stripe_burst(folder: Path) -> int:
    with living(folder, "xero", stripe=True) as scene:
        before = last(scene, "stripe")
        for at in range(100):
            scene.card(1_000 + at)
        scene.town.deliver()
        scene.drain(scene.stripe)
        return len(calls(scene, "stripe", before))


def stripe_first_sync() -> int:
    """Give what 100 open invoices more cost where Stripe keeps the books."""
    with opened_door() as door:
        world = new_world(door)
        customer = world.stand_in.add_customer(world.shop, "Ada", "ada@example.com")
        taken = []
        for _ in range(2):
            for _ in range(100):
                due = world.clock().date() + timedelta(days=30)
                world.stand_in.add_invoice(world.shop, customer, 1_000, "gbp", due=due)
            office, cursor, more = kept(world), "", True
            while more:
                page = office.books.sync(cursor)
                cursor, more = page.cursor, page.more
            taken.append(office.gate.entered)
        return taken[1] - taken[0]


@pytest.fixture(scope="module")
def costs(tmp_path_factory: pytest.TempPathFactory) -> Costs:
    """Measure everything once."""
    folder = tmp_path_factory.mktemp("costs")
    found: Costs = {
        (BURST, "stripe"): stripe_burst(folder / "stripe"),
        (HUNDRED, "stripe"): stripe_first_sync(),
    }
    for provider in LEDGERS:
        place = folder / provider
        place.mkdir()
        found[FIRST_SYNC, provider] = first_sync(place / "first", provider)
        found[REST, provider], found[REST, "stripe"] = at_rest(place / "rest", provider)
        found |= measure_cash(place / "cash", provider)
        found[REMIND, provider] = reminded(place / "remind", provider, found[NOTE, provider])
        found[BURST, provider] = burst(place / "burst", provider)
    return found


@pytest.mark.parametrize("provider", LEDGERS)
def test_what_is_asked_stays_within_its_bounds(costs: Costs, provider: str) -> None:
    found = {row: costs[row, provider] for row in BOUNDS}
    assert {row: made for row, made in found.items() if made > BOUNDS[row]} == {}
    assert costs[REST, provider] + costs[REST, "stripe"] <= REST_MAX


def test_stripe_stays_within_its_bounds(costs: Costs) -> None:
    """Its largest page holds a hundred documents, so that is what a call can bring."""
    assert costs[BURST, "stripe"] <= BOUNDS[BURST]
    assert costs[HUNDRED, "stripe"] == 1


def shown(costs: Costs, row: str, provider: str) -> str:
    if (row, provider) == (FIRST_SYNC, "stripe"):
        return f"{costs[HUNDRED, 'stripe']} for each 100"
    made = costs.get((row, provider))
    return "–" if made is None else str(made)


def test_the_table_of_calls_says_what_was_measured(costs: Costs) -> None:
    names = list(PROVIDERS)
    head = f"| calls for | {' | '.join(PROVIDERS[name].title for name in names)} |"
    lines = [f"| {row} | {' | '.join(shown(costs, row, name) for name in names)} |" for row in ROWS]
    table = "\n".join([head, "|---|---|---|---|", *lines])
    assert table in PAGE.read_text("utf-8"), f"docs/providers.md should say:\n{table}"
