"""The bank lines of another country's banks: the same facts in other fields and another order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from worlds.bench.bank import CHANNELS
from worlds.bench.people import plain

if TYPE_CHECKING:
    from worlds.bench.dice import Dice
    from worlds.bench.records import Payment

GENERIC = (
    "CREDIT",
    "TRF",
    "GIRO CREDIT",
    "CR TRANSFER",
    "VIREMENT RECU",
    "GUTSCHRIFT",
    "INBETALING",
)
BEFORE = ("B/O ", "VON ", "DE ", "FRA ", "ORDER BY: ", "C/O ")
AFTER = (" T/A", " (ACCOUNTS)", " PAYMENTS", " - AP", " GBP ACC", " ZAHLUNGEN")
# A name gets words of the bank only where there is room for them.
ROOM = 8


def rewrite(rng: Dice, payment: Payment, text: str) -> None:
    """Write a payment's line anew; `text` is what its channel carried of the payer's words."""
    name = payment.payer_name or ""
    rng.choice((_in_the_reference, _in_slashes, _in_one_line, _with_codes))(rng, payment, text)
    if name and len(name) + ROOM < CHANNELS[payment.channel].name_max:
        payment.payer_name = rng.choice((name, rng.choice(BEFORE) + name, name + rng.choice(AFTER)))
    if payment.structured and rng.likely(0.5):
        payment.structured = _grouped(rng, payment.structured)


def _in_the_reference(rng: Dice, payment: Payment, text: str) -> None:
    payment.description = rng.choice(GENERIC)
    payment.reference = text or None


def _in_slashes(_rng: Dice, payment: Payment, text: str) -> None:
    account = payment.payer_account or ""
    parts = (f"/NAME/{plain(payment.payer_name or '')}", f"/REMI/{text}", f"/IBAN/{account}")
    payment.description, payment.reference = "".join(parts), None


def _in_one_line(rng: Dice, payment: Payment, text: str) -> None:
    day = f"{payment.booked:%d/%m}"
    words = [rng.choice(GENERIC), plain(payment.payer_name or ""), text, day]
    payment.description, payment.reference = "  ".join(word for word in words if word), None


def _with_codes(rng: Dice, payment: Payment, text: str) -> None:
    codes = f"TRN{rng.randrange(10**9, 10**10)} VAL{payment.booked:%y%m%d}"
    payment.description = f"{codes} {text} {plain(payment.payer_name or '')}".strip()
    payment.reference = text if text and rng.likely(0.3) else None


def _grouped(rng: Dice, reference: str) -> str:
    """Write a structured reference with the blanks that people read it by."""
    whole = re.sub(r"[^0-9A-Z]", "", reference)
    size = rng.choice((4, 5))
    return " ".join(whole[at : at + size] for at in range(0, len(whole), size))
