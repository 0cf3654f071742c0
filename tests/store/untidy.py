"""Untidy books, made of a seed: all that a mirror may hold and a decision may trip over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from ledger.documents import (
    Allocation,
    CreditNote,
    Customer,
    EarlyDiscount,
    Invoice,
    Kind,
    Link,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from ledger.payouts import Payout
from ledger.remittances import RemittanceLine
from rules.facts import Payer

DAY = date(2026, 3, 2)
NAMES = (
    *("Acme Widgets Ltd", "Acme Widgets GmbH", "Acme Holdings", "Birch & Sons", "Birch Sons Ltd"),
    *("Cedar Foods North Ltd", "Cedar Foods South Ltd", "Cedar Group plc", "Dahl AB", "ACME"),
)
EMAILS = ("", "ap@acme.example", "pay@birch.example", " ap@acme.example ", "x@gmail.com")
TEXTS = ("", "", "PAYMENT", "thanks 7788", "PO 7788", "deposit", "RETURNED", "STRIPE", "20007")
AMOUNTS = (49_00, 49_00, 100_00, 120_00, 350_00, 999_00)


@dataclass(frozen=True)
class Untidy:
    """What is in the books, what people taught, and the money that came in."""

    customers: tuple[Customer, ...]
    invoices: tuple[Invoice, ...]
    credit_notes: tuple[CreditNote, ...]
    payouts: tuple[Payout, ...]
    placed: tuple[Receipt, ...]
    payers: tuple[Payer, ...]
    spoken_for: dict[str, int]
    receipts: tuple[Receipt, ...]


def untidy(seed: int) -> Untidy:
    """Make books; the same seed makes the same."""
    dice = Random(seed)  # noqa: S311 - test material
    # The last two are of no customer that the mirror knows.
    ids = [f"c-{at}" for at in range(dice.randint(2, 12))]
    known = [*ids, "c-98", "c-99"]
    customers = [_customer(dice, one, known) for one in ids]
    invoices = [_invoice(dice, at, known) for at in range(dice.randint(1, 30))]
    notes = [_note(dice, at, known) for at in range(dice.randint(0, 5))]
    return Untidy(
        tuple(customers),
        tuple(invoices),
        tuple(notes),
        tuple(
            Payout(Ref(Kind.PAYOUT, f"po-{at}"), DAY, _gbp(dice.choice(AMOUNTS)), ())
            for at in range(2)
        ),
        tuple(_placed(dice, at, known, invoices) for at in range(dice.randint(0, 6))),
        tuple(_payers(dice, known)),
        _spoken_for(dice, [one.ref.id for one in invoices[:3]], [one.ref.id for one in notes[:1]]),
        tuple(_receipt(dice, at, known, invoices) for at in range(12)),
    )


def _gbp(minor: int) -> Money:
    return Money(minor, "GBP")


def _money(dice: Random, minor: int) -> Money:
    return Money(minor, dice.choice(("GBP", "GBP", "GBP", "EUR")))


def _customer(dice: Random, key: str, known: list[str]) -> Customer:
    return Customer(
        Ref(Kind.CUSTOMER, key),
        dice.choice(NAMES),
        dice.choice(EMAILS) or None,
        ("cc@elsewhere.example",),
        dice.choice((None, "GB")),
        parent_id=dice.choice((None, None, None, *known)),
        merged_into=dice.choice((None, None, None, "", *known[-4:])),
        number=dice.choice(("", "", "20007", "20008")),
        archived=dice.random() < 0.1,
    )


def _invoice(dice: Random, at: int, known: list[str]) -> Invoice:
    total = _money(dice, dice.choice(AMOUNTS))
    status = dice.choice((*(Status.OPEN,) * 6, Status.PAID, Status.PAID, Status.VOID, Status.DRAFT))
    left = dice.choice((total.minor, total.minor, total.minor // 2, 0, -5))
    return Invoice(
        Ref(Kind.INVOICE, f"d-{at}"),
        dice.choice(
            (f"INV-{10300 + at}", f"INV-{10300 + at}", f"2026-{at:04d}", f"A{at}", "INV-1")
        ),
        dice.choice(known),
        DAY - timedelta(days=dice.randint(0, 90)),
        DAY - timedelta(days=dice.randint(-30, 60)),
        total,
        Money(left if status is Status.OPEN else 0, total.currency),
        status,
        po_number=dice.choice((None, None, "PO 7788", "PO 9911")),
        reference=dice.choice((None, None, "RF18539007547034", f"INV-{10301 + at}")),
        net=dice.choice((None, Money(total.minor * 5 // 6, total.currency))),
        early_discount=dice.choice((None, None, EarlyDiscount(200, DAY))),
    )


def _note(dice: Random, at: int, known: list[str]) -> CreditNote:
    total = _money(dice, dice.choice(AMOUNTS))
    # Some ledgers count invoices and credit notes each for themselves.
    key = dice.choice((f"n-{at}", f"n-{at}", f"d-{at}"))
    status = dice.choice((Status.OPEN, Status.OPEN, Status.PAID, Status.VOID))
    return CreditNote(
        Ref(Kind.CREDIT_NOTE, key),
        dice.choice((f"CN-{500 + at}", f"INV-{10300 + at}")),
        dice.choice(known),
        DAY - timedelta(days=at),
        total,
        total if status is Status.OPEN else Money(0, total.currency),
        status,
    )


def _spoken_for(dice: Random, *several: list[str]) -> dict[str, int]:
    return {one: dice.choice((1, 49_00, 60_00, 10**6)) for ids in several for one in ids}


def _placed(dice: Random, at: int, known: list[str], invoices: list[Invoice]) -> Receipt:
    amount = _gbp(dice.choice(AMOUNTS))
    return Receipt(
        Ref(Kind.RECEIPT, f"h-{at}"),
        Source.LEDGER,
        DAY - timedelta(days=dice.randint(0, 100)),
        amount,
        _gbp(0),
        dice.choice((Status.PAID, Status.PAID, Status.OPEN)),
        dice.choice(known),
        allocations=(Allocation(dice.choice(invoices).ref.id, amount, DAY),),
    )


def _payers(dice: Random, known: list[str]) -> list[Payer]:
    forms = ("account:gb1", "account:gb2", "name:acme", "name:quill", "email:ap@acme.example")
    pairs = sorted({(dice.choice(forms), dice.choice(known)) for _ in range(6)})
    return [Payer(form, customer_id, dice.randint(1, 3)) for form, customer_id in pairs]


def _receipt(dice, at, known, invoices):
    meant = dice.choice(invoices)
    amount = dice.choice((meant.balance.minor, meant.balance.minor, dice.choice(AMOUNTS), 7))
    sign = -1 if dice.random() < 0.1 else 1
    money = _money(dice, sign * (abs(amount) or 5))
    number = dice.choice((meant.number, meant.number, _slipped(dice, meant.number), ""))
    made = Receipt(
        Ref(Kind.RECEIPT, f"r-{at}"),
        Source.BANK,
        DAY - timedelta(days=dice.randint(0, 20)),
        money,
        money,
        Status.OPEN,
        text=f"{number} {dice.choice(TEXTS)}".strip(),
        payer_name=dice.choice(("", *NAMES, "ACME WIDGETS", "Quill", "Cedar Foods", "Wise")),
        payer_email=dice.choice(("", "", "ap@acme.example")),
        payer_account=dice.choice(("", "", "GB1", "GB2")),
    )
    return replace(made, **dice.choice(({}, {}, {}, _told(dice, meant, known, money))))


def _slipped(dice: Random, number: str) -> str:
    at = dice.randrange(len(number))
    return f"{number[:at]}{dice.randint(0, 9)}{number[at + 1 :]}"


def _told(dice, meant, known, money):
    link = dice.choice((Link(meant.ref.id), Link(invoice_number=meant.number)))
    return dice.choice(
        (
            {"source": Source.STRIPE, "links": (link,)},
            {"source": Source.LEDGER, "customer_id": dice.choice(known)},
            {"remittance": (RemittanceLine(meant.number, money), RemittanceLine("CN-500"))},
            {"structured_reference": "RF18539007547034"},
        )
    )
