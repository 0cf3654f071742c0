"""What a bank makes of a transfer: the fields each channel has, how much they hold, their noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worlds.bench.people import plain
from worlds.bench.records import money

if TYPE_CHECKING:
    from datetime import date

    from worlds.bench.dice import Dice
    from worlds.bench.records import Payment


@dataclass(frozen=True, slots=True)
class Channel:
    """How much text a channel carries, how much of the payer's name, in which currency only."""

    text_max: int
    name_max: int
    capitals: bool = True
    currency: str = ""


EREF_MAX = 35
CHANNELS = {
    "fps": Channel(18, 35, currency="GBP"),
    "bacs": Channel(18, 18, currency="GBP"),
    "sepa": Channel(140, 70, capitals=False),
    "wire": Channel(140, 35),
    "ach_ccd": Channel(15, 16),
    "ach_ccdplus": Channel(80, 16),
    "ach_ctx": Channel(0, 16),
    "check": Channel(24, 30),
    "lockbox": Channel(0, 30),
    "card": Channel(22, 22),
}


def carried(text: str, channel: str) -> str:
    """Give what is left of a payer's text on a channel."""
    spec = CHANNELS[channel]
    return (text.upper() if spec.capitals else text)[: spec.text_max].strip()


def iban(rng: Dice, country: str) -> str:
    """Make an account number with valid check digits (ISO 13616, mod 97-10)."""
    bank = "".join(rng.choice("0123456789") for _ in range(18))
    digits = "".join(str(int(c, 36)) for c in f"{bank}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{bank}"


def account(rng: Dice, country: str) -> str:
    """Make an account as that country's banks show it."""
    if country == "GB":
        sort = "-".join(f"{rng.randrange(100):02d}" for _ in range(3))
        return f"{sort} {rng.randrange(10**8):08d}"
    if country == "US":
        return f"{rng.randrange(10**8, 10**9)}/{rng.randrange(10**8, 10**10)}"
    return iban(rng, country)


def describe(rng: Dice, payment: Payment, text: str) -> None:
    """Fill in the text fields of a payment from what the payer wrote."""
    left = carried(text, payment.channel)
    name = payment.payer_name or ""
    writer = WRITERS.get(payment.channel, _other)
    writer(rng, payment, left, name)
    if name and plain(name) in payment.description and rng.likely(0.06):
        # Some banks tell the payer nowhere else.
        payment.payer_name = None


def _british(rng: Dice, payment: Payment, text: str, name: str) -> None:
    payment.reference = text or rng.choice((None, None, "PAYMENT", "INVOICE", "BACS PAYMENT"))
    kind = "FASTER PAYMENT" if payment.channel == "fps" else "BACS CREDIT"
    shown = payment.reference or ""
    payment.description = rng.choice(
        (
            f"{kind} {plain(name)[:18]} {shown}",
            f"{plain(name)[:18]} {shown} {_short(payment.booked)}",
            f"{kind} RECEIVED FROM {plain(name)} REF {shown}",
            f"BGC {plain(name)[:18]} {shown}",
        )
    ).strip()


def _sepa(rng: Dice, payment: Payment, text: str, name: str) -> None:
    if payment.structured:
        payment.description = rng.choice((f"SEPA {plain(name)}", plain(name), ""))
        return
    payment.end_to_end = rng.choice(
        ("NOTPROVIDED", "NOTPROVIDED", f"{rng.randrange(10**9):09d}-{rng.randrange(10**4):04d}")
    )
    if text and len(text) <= EREF_MAX and rng.likely(0.06):
        payment.end_to_end, payment.description = text, plain(name)
    elif rng.likely(0.25):
        payment.description = (
            f"EREF+{payment.end_to_end} KREF+{rng.randrange(10**11):011d} SVWZ+{text}"
        )
    elif rng.likely(0.33):
        payment.description = f"SEPA CREDIT TRANSFER {name} {text}".strip()
    else:
        payment.description = text
        payment.reference = text if text and rng.likely(0.5) else None


def _wire(rng: Dice, payment: Payment, text: str, name: str) -> None:
    trace = f"{payment.booked:%y%m%d}{rng.randrange(10**6):06d}"
    payment.description = rng.choice(
        (
            f"INCOMING WIRE {trace} ORG={plain(name)} RFB={text or 'NONREF'}",
            f"FUNDS TRANSFER ORIG:{plain(name)} OBI:{text} REF:{trace}",
            f"/ORDP/{plain(name)} /REMI/{text}",
        )
    )
    payment.reference = text if text and rng.likely(0.4) else None


def _ach(rng: Dice, payment: Payment, text: str, name: str) -> None:
    trace = f"{rng.randrange(10**15):015d}"
    sec = "CTX" if payment.channel == "ach_ctx" else "CCD"
    ident = text if payment.channel == "ach_ccd" else ""
    entry = rng.choice(("PAYMENT", "AP PMT", "VENDOR"))
    payment.description = (
        f"ORIG CO NAME:{plain(name)[:16]} CO ENTRY DESCR:{entry} SEC:{sec} IND ID:{ident}"
        f" TRACE#:{trace}"
    )
    if payment.channel == "ach_ccdplus":
        payment.description += f" ADDENDA:{_addenda(rng, payment, text)}"
    payment.reference = ident or None


def _addenda(rng: Dice, payment: Payment, text: str) -> str:
    """Write one reference in a segment of EDI 820, as programs do; more of them as they are."""
    segment = f"RMR*IV*{text}**{money(payment.amount)}\\"
    fits = len(segment) <= CHANNELS["ach_ccdplus"].text_max
    return segment if text and " " not in text and fits and rng.likely(0.6) else text


def _check(rng: Dice, payment: Payment, text: str, name: str) -> None:
    number = f"{rng.randrange(1_000, 999_999)}"
    payment.description = f"CHECK {number} {plain(name)}".strip()
    if text:
        payment.description += f" MEMO {text}"
    payment.reference = number if rng.likely(0.5) else None


def _lockbox(rng: Dice, payment: Payment, _text: str, name: str) -> None:
    payment.description = (
        f"LOCKBOX {rng.randrange(10_000, 99_999)} BATCH {rng.randrange(1, 60)}"
        f" CHK {rng.randrange(1_000, 999_999)} {plain(name)}"
    ).strip()


def _other(_rng: Dice, payment: Payment, text: str, name: str) -> None:
    payment.description = f"{plain(name)} {text}".strip()
    payment.reference = text or None


def _short(day: date) -> str:
    return f"{day:%d%b}".upper()


WRITERS = {
    "fps": _british,
    "bacs": _british,
    "sepa": _sepa,
    "wire": _wire,
    "ach_ccd": _ach,
    "ach_ccdplus": _ach,
    "ach_ctx": _ach,
    "check": _check,
    "lockbox": _lockbox,
}
