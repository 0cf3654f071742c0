"""How fast one payment is matched from the store, without reading the ledger.

A ledger is saved into a database file as a connector would, with payments placed before. Then one
payment after the other arrives and is decided as the worker and the page decide it, by all that
the store knows of the organisation.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from connector.protocol import Found
from flows import cash, gathering
from flows.match_file.payment_lines import read_payments
from flows.work import rules_of
from ledger.documents import (
    Allocation,
    Customer,
    Gone,
    Invoice,
    Kind,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from store import connections, mirror, organisations, schema
from store.connections import Consented
from store.seal import Keys
from store.session import open_engine, open_sessions
from worlds.bench.books import AS_OF
from worlds.bench.writing import LEDGER, PAYMENTS, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.session import Sessions

NOW = datetime(2026, 9, 14, 9, 0, tzinfo=UTC)
SAVED_TOGETHER = 2_000
# One of so many invoices had one before it of the same amount, which is paid.
PAID_EVERY = 10
P95 = 0.95


class Took(NamedTuple):
    """How long one decision took, and how long the processor was at it."""

    seconds: float
    processor_seconds: float


class Stored(NamedTuple):
    """What was measured, in seconds; of payments the middle, the 95th of a hundred, the worst.

    Of the 95th also how long the processor was at it, however busy it was with other things.
    """

    invoices: int
    payments: int
    save_seconds: float
    middle_seconds: float
    p95_seconds: float
    worst_seconds: float
    p95_processor_seconds: float


def measure_stored(folder: Path, invoices: int) -> Stored:
    """Measure the ledger and payments of a folder; leaves the database file there."""
    engine = open_engine(f"sqlite:///{folder}/bench.db")
    schema.migrate(engine)
    sessions = open_sessions(engine, Keys((bytes(32),)))
    begun = time.perf_counter()
    ours, arriving = _save(sessions, folder)
    saved = time.perf_counter()
    measured = [*_decided(sessions, ours, arriving, folder)]
    engine.dispose()
    taken = sorted(one.seconds for one in measured)
    worked = sorted(one.processor_seconds for one in measured)
    return Stored(
        invoices,
        len(taken),
        saved - begun,
        taken[len(taken) // 2],
        taken[int(len(taken) * P95)],
        taken[-1],
        worked[int(len(worked) * P95)],
    )


def _save(sessions: Sessions, folder: Path) -> tuple[int, int]:
    """Save a ledger; gives its organisation and the connection at which payments arrive."""
    with sessions.begin() as s:
        ours = organisations.create(s, "Bench", "pub-bench", NOW)
        books = connections.connect(s, ours, Consented("xero", "books", "tenant", "Bench"), NOW)
        card = Consented("stripe", "payments", "account", "Bench", strategy="platform")
        arriving = connections.connect(s, ours, card, NOW)
    waiting: list[Found] = []
    for document in _documents(folder):
        waiting.append(Found(document, "{}"))
        if len(waiting) >= SAVED_TOGETHER:
            with sessions.begin() as s:
                mirror.save(s, ours, books, waiting, NOW)
            waiting = []
    with sessions.begin() as s:
        mirror.save(s, ours, books, waiting, NOW)
    return ours, arriving


def _documents(folder: Path) -> Iterator[Customer | Invoice | Receipt]:
    for at, row in enumerate(read_rows(folder / LEDGER)):
        if row["type"] == "customer":
            yield Customer(Ref(Kind.CUSTOMER, row["id"]), row["name"], country=row["country"])
        elif row["type"] == "invoice":
            invoice = _invoice(row)
            yield invoice
            if at % PAID_EVERY == 0:
                yield from _paid_before(invoice)


def _invoice(row: dict[str, Any]) -> Invoice:
    return Invoice(
        Ref(Kind.INVOICE, row["id"]),
        row["number"],
        row["customer_id"],
        datetime.fromisoformat(row["issue_date"]).date(),
        datetime.fromisoformat(row["due_date"]).date(),
        Money.parse(row["total"], row["currency"]),
        Money.parse(row["open_amount"], row["currency"]),
        Status.OPEN,
        po_number=row.get("po_number"),
    )


def _paid_before(one: Invoice) -> Iterator[Invoice | Receipt]:
    """Give a paid invoice of a year before, and the payment that it was paid with."""
    ref = Ref(Kind.INVOICE, f"{one.ref.id}-before")
    day = one.issued - timedelta(days=365)
    yield replace(
        one,
        ref=ref,
        number=f"{one.number}0",
        issued=day,
        due=one.due - timedelta(days=365),
        balance=one.balance - one.balance,
        status=Status.PAID,
        po_number=None,
    )
    yield Receipt(
        Ref(Kind.RECEIPT, f"{one.ref.id}-paid"),
        Source.LEDGER,
        day + timedelta(days=30),
        one.total,
        one.total - one.total,
        Status.PAID,
        one.customer_id,
        allocations=(Allocation(ref.id, one.total, day),),
    )


def _decided(sessions: Sessions, ours: int, arriving: int, folder: Path) -> Iterator[Took]:
    """Let each payment arrive and be decided by itself, and give how long that took."""
    with (folder / PAYMENTS).open("rb") as file:
        batch = read_payments(file, PAYMENTS, AS_OF)
    with sessions.begin() as s:
        organisation, rules = organisations.get(s, ours), rules_of(s, ours)
    for payment in batch.payments:
        with sessions.begin() as s:
            arrived = replace(payment, source=Source.STRIPE)
            mirror.save(s, ours, arriving, [Found(arrived, "{}")], NOW)
        begun, worked = time.perf_counter(), time.process_time()
        with sessions.begin() as s:
            gathering.make_ready(s, ours)
            decided = cash.choices(s, organisation, rules, NOW)
        yield Took(time.perf_counter() - begun, time.process_time() - worked)
        if [one.receipt_id for one in decided] != [payment.ref.id]:
            msg = f"payment {payment.ref.id} was not decided by itself"
            raise ValueError(msg)
        with sessions.begin() as s:
            mirror.save(s, ours, arriving, [Found(Gone(payment.ref), "{}")], NOW)
