"""A ledger of up to millions of open invoices, written line by line in little memory.

It is for measuring speed: its payments are mostly named, and its truth is known without looking
at the whole.
"""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from worlds.bench import bank, numbering, people
from worlds.bench.books import AS_OF, BACK_DAYS
from worlds.bench.dice import Dice
from worlds.bench.numbering import Numbering
from worlds.bench.records import Customer, Document, Label, Payment, Row, Settled, share
from worlds.bench.writing import LABELS, LEDGER, PAYMENTS, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

STYLE = Numbering("INV-{n}", 8, ("inv", "invoice"))
OPEN_PER_CUSTOMER = 8
FIRST_DAY = AS_OF - timedelta(days=BACK_DAYS)


def write_large(folder: Path, seed: int, invoices: int, payments: int = 1_000) -> None:
    """Write a ledger of `invoices` open documents, and `payments` spread over all of it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(folder / LEDGER, _ledger(seed, invoices))
    dice = Dice(f"large payments:{seed}")
    places = dice.sample(range(invoices), min(payments, invoices))
    made = [_payment(dice, seed, _document(seed, invoices, at), at) for at in places]
    made.sort(key=lambda pair: (pair[0].booked, pair[0].id))
    write_rows(folder / PAYMENTS, (payment.row() for payment, _ in made))
    write_rows(folder / LABELS, (label.row() for _, label in made))


def _ledger(seed: int, invoices: int) -> Iterator[Row]:
    yield {
        "type": "settings",
        "as_of": AS_OF.isoformat(),
        "base_currency": "GBP",
        "own_names": ["Broadacre Wholesale Ltd"],
        "rounding_max": "0.05",
        "bank_fee_max": "50.00",
        "bank_fee_channels": ["wire"],
        "discount_grace_days": 3,
        "fx_tolerance": "0.025",
        "invoice_number_example": _document(seed, invoices, invoices - 1).number,
    }
    for at in range(-(-invoices // OPEN_PER_CUSTOMER)):
        yield _customer(seed, at).row()
    for at in range(invoices):
        yield _document(seed, invoices, at).row()


def _customer(seed: int, at: int) -> Customer:
    """Make the customer of a place, the same whenever it is asked for."""
    dice = Dice(f"large customer:{seed}:{at}")
    name = people.company(dice, "GB")
    account = bank.account(dice, "GB")
    return Customer(
        id=f"C{at + 1:07d}",
        number=f"{100_000 + at}",
        # A hundred thousand companies do not fit into so few words.
        name=f"{name.split(' ', 1)[0]} {numeral(at)} {name.split(' ', 1)[1]}",
        country="GB",
        currency="GBP",
        domain=f"customer{at}.example",
        accounts=[account] if dice.likely(0.4) else [],
        account=account,
    )


def numeral(number: int) -> str:
    """Write a number as a word of consonants and vowels, to tell many names apart.

    >>> numeral(0), numeral(77)
    ('Ba', 'Dibe')
    """
    syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
    word = syllables[number % 70]
    while number >= len(syllables):
        number //= len(syllables)
        word += syllables[number % 70]
    return word.capitalize()


def _document(seed: int, invoices: int, at: int) -> Document:
    """Make the document of a place; neighbours in number belong to customers far apart."""
    dice = Dice(seed * 1_000_003 + at)
    customers = -(-invoices // OPEN_PER_CUSTOMER)
    issued = FIRST_DAY - timedelta(days=1 + (invoices - at) * 150 // (invoices + 1))
    net = max(500, round(math.exp(dice.gauss(math.log(48_000), 1.0))))
    total = net + share(net, 2_000)
    place = at * 7_919 % customers
    return Document(
        id=f"D{at + 1:08d}",
        number=STYLE.number(10_000_000 + at, issued),
        customer=_bare(place),
        issued=issued,
        due=issued + timedelta(days=30),
        currency="GBP",
        total=total,
        net=net,
        open=total,
        po=f"PO{dice.randrange(10**7):07d}" if dice.likely(0.2) else None,
    )


def _bare(place: int) -> Customer:
    """Give as much of a customer as a document's line needs."""
    return Customer(f"C{place + 1:07d}", "", "", "GB", "GBP", "")


def _payment(dice: Dice, seed: int, document: Document, at: int) -> tuple[Payment, Label]:
    customer = _customer(seed, int(document.customer.id[1:]) - 1)
    payment = Payment(
        id=f"P{at + 1:08d}",
        booked=FIRST_DAY + timedelta(days=at % 5),
        amount=document.open,
        currency="GBP",
        channel=dice.choice(("fps", "bacs")),
        payer_name=people.written(dice, customer.name, 35),
        payer_account=customer.account if dice.likely(0.5) else None,
    )
    label = Label(payment.id, "number: clean", settled=Settled({document.id: document.open}))
    text = document.number
    if dice.likely(0.3):
        text, label.case = numbering.spelled(dice, STYLE, document.number)
    elif dice.likely(0.2):
        text, label.case, label.decidable = "", "payer and amount", False
    bank.describe(dice, payment, text)
    return payment, label
