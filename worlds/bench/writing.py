"""Make a business from a seed and write it as files: ledger, payments, labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from worlds.bench.books import AS_OF, open_books
from worlds.bench.business import BUSINESSES
from worlds.bench.dice import Dice
from worlds.bench.scene import Scene
from worlds.bench.strict import strict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from worlds.bench.mixture import Business
    from worlds.bench.records import Row

OPEN_PER_PAYMENT = 3
LEDGER, PAYMENTS, LABELS = "ledger.jsonl", "payments.jsonl", "labels.jsonl"


def make(business: Business, seed: int, payments: int, invoices: int | None = None) -> Scene:
    """Make a business with its batch; the same seed gives the same records.

    `payments` are about how many lines the statement has, `invoices` how many documents are open.
    """
    # The key keeps one seed from giving all businesses the same dice.
    trade = business.trade
    rng = Dice(f"{trade.key}:{seed}")
    books = open_books(rng, trade, invoices or payments * OPEN_PER_PAYMENT)
    scene = Scene(rng, trade, books)
    cases, weights = list(business.cases), list(business.cases.values())
    failed = 0
    while len(scene.payments) < payments and failed < payments:
        done = rng.choices(cases, weights)[0](scene)
        failed = 0 if done else failed + 1
    scene.finish()
    return scene


def ledger_rows(scene: Scene) -> Iterable[Row]:
    """Give the lines of the ledger file."""
    trade, books = scene.trade, scene.books
    yield {
        "type": "settings",
        "as_of": AS_OF.isoformat(),
        "base_currency": trade.base,
        "own_names": list(trade.own_names),
        "rounding_max": "0.05",
        "bank_fee_max": "50.00",
        "bank_fee_channels": ["wire"],
        "discount_grace_days": 3,
        "fx_tolerance": "0.025",
        "invoice_number_example": books.documents[-1].number,
    }
    for currency, rate in trade.rates.items():
        yield {
            "type": "fx_rate",
            "date": books.first_day.isoformat(),
            "currency": currency,
            "base_currency": trade.base,
            "rate": rate,
        }
    yield {"type": "bookmark", "page": 1, "note": "a reader has to pass over what it does not know"}
    groups = (books.customers, books.documents, books.payouts, books.past)
    rows = [one.row() for group in groups for one in group]
    # They may come in any order.
    Dice(f"{trade.key}:{len(rows)}").shuffle(rows)
    yield from rows


def write(
    folder: Path, business: Business, seed: int, payments: int, invoices: int | None = None
) -> None:
    """Write the three files of one business into a folder, which is made."""
    scene = make(business, seed, payments, invoices)
    folder.mkdir(parents=True, exist_ok=True)
    dated = [(one.received, one.row()) for one in scene.advices]
    dated += [(one.booked, one.row()) for one in scene.payments]
    lines = [row for _, row in sorted(dated, key=lambda pair: pair[0])]
    write_rows(folder / LEDGER, ledger_rows(scene))
    write_rows(folder / PAYMENTS, lines)
    write_rows(folder / LABELS, (one.row() for one in scene.labels))


def write_all(
    folder: Path, seed: int, payments: int, names: Iterable[str] = (), *, hard: bool = False
) -> list[Path]:
    """Write every business, or the named ones, each into a folder of its name.

    `hard` writes them as they are on a bad day.
    """
    made = []
    for name in names or BUSINESSES:
        business = strict(BUSINESSES[name]) if hard else BUSINESSES[name]
        write(folder / business.trade.key, business, seed, payments)
        made.append(folder / business.trade.key)
    return made


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write records as JSON lines, one at a time."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def read_rows(path: Path) -> Iterator[Row]:
    """Read JSON lines back."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)
