"""Structured references: numbers with check digits that payers copy whole.

A valid check digit proves nothing, for a tenth of all random digits pass one: a reference counts
only if one of our documents bears it (`bearing`). Where a reference fails its own check and one
that we issued differs from it by one slip of the hand, that one may be meant (`repaired`); then
the amount has to agree as well.

RF is ISO 11649, QR the Swiss reference of 27 digits (recursive modulus 10), OGM the Belgian one
(modulus 97), VIITE the Finnish one (weights 7, 3, 1), KID the Norwegian one of modulus 10 (Luhn,
as the Swedish OCR) or 11 (weights 2 to 7).
"""

from __future__ import annotations

from enum import StrEnum
from itertools import cycle
from typing import TYPE_CHECKING

from rules.matching.spellings import damaged, key, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rules.matching.values import Item

    # Gives, for keys, the documents of those that find any: `Book.spelled_among`.
    Look = Callable[[Iterable[str]], Mapping[str, Sequence[Item]]]

RF_SIZE = range(5, 26)
VIITE_SIZE = range(4, 21)
KID_SIZE = range(2, 26)
QR_SIZE = 27
OGM_SIZE = 12


class Scheme(StrEnum):
    """How check digits are made."""

    RF = "rf"
    QR = "qr"
    OGM = "ogm"
    VIITE = "viite"
    MODULUS_10 = "modulus_10"
    MODULUS_11 = "modulus_11"


def compact(text: str) -> str:
    """Give a reference without blanks and marks, in upper case."""
    return "".join(sign for sign in plain(text) if sign.isalnum())


def schemes(text: str) -> frozenset[Scheme]:
    """Give the schemes under which a reference is of a valid length and passes its check."""
    number = compact(text)
    if number.startswith("RF"):
        return frozenset((Scheme.RF,) if _is_rf(number) else ())
    if not number.isdecimal():
        return frozenset()
    # Seldom needed, and slow to load: a payment without such a reference does not wait for it.
    from stdnum import luhn  # noqa: PLC0415
    from stdnum.be import ogm_vcs  # noqa: PLC0415
    from stdnum.ch import esr  # noqa: PLC0415

    checks = {
        Scheme.QR: len(number) == QR_SIZE and esr.is_valid(number),
        Scheme.OGM: len(number) == OGM_SIZE and ogm_vcs.is_valid(number),
        Scheme.VIITE: len(number) in VIITE_SIZE and viite_digit(number[:-1]) == number[-1],
        Scheme.MODULUS_10: len(number) in KID_SIZE and luhn.is_valid(number),
        Scheme.MODULUS_11: len(number) in KID_SIZE and modulus_11(number[:-1]) == number[-1],
    }
    return frozenset(scheme for scheme, passed in checks.items() if passed)


def viite_digit(digits: str) -> str:
    """Give the check digit of a Finnish reference: weights 7, 3, 1 from the right."""
    weighed = zip(reversed(digits), cycle((7, 3, 1)), strict=False)
    return str(-sum(int(digit) * weight for digit, weight in weighed) % 10)


def modulus_11(digits: str) -> str:
    """Give the check sign of modulus 11: weights 2 to 7 from the right, "-" where it is ten."""
    weighed = zip(reversed(digits), cycle((2, 3, 4, 5, 6, 7)), strict=False)
    found = -sum(int(digit) * weight for digit, weight in weighed) % 11
    return str(found) if found < 10 else "-"  # noqa: PLR2004 - a tenth digit has no sign


def forms(text: str) -> tuple[str, ...]:
    """Give the references that mean the same: an RF reference is also known by what it wraps."""
    number = compact(text)
    if not number:
        return ()
    if _is_rf(number):
        return (number, number[4:])
    wraps = number.isascii() and len(number) + 4 in RF_SIZE
    return (number, f"RF{_rf_digits(number)}{number}") if wraps else (number,)


def bearing(text: str, look: Look) -> tuple[Item, ...]:
    """Give the documents that bear this reference; `look` finds by keys."""
    found: dict[str, Item] = {}
    written = forms(text)
    held = look([key(_digits(form)) for form in written])
    for form in written:
        for item in held.get(key(_digits(form)), ()):
            if _same(form, item.reference):
                found[item.id] = item
    return tuple(found.values())


def repaired(text: str, look: Look) -> tuple[Item, ...]:
    """Give the documents whose reference one slip of the hand turns into this one.

    Only a reference that fails the check which ours passes was damaged; one that passes is
    somebody else's.
    """
    given = compact(text)
    passed = schemes(given)
    found: dict[str, Item] = {}
    for one, items in look(damaged(_digits(given))).items():
        for item in items:
            ours = schemes(item.reference)
            if ours and not ours & passed and key(_digits(item.reference)) == one:
                found[item.id] = item
    return tuple(found.values())


def _digits(number: str) -> str:
    return "".join(sign for sign in plain(number) if sign.isdecimal())


def _same(form: str, reference: str) -> bool:
    ours = compact(reference)
    return form == ours or (
        form.isdecimal() and ours.isdecimal() and form.lstrip("0") == ours.lstrip("0")
    )


def _is_rf(number: str) -> bool:
    if not number.startswith("RF") or not number.isascii() or len(number) not in RF_SIZE:
        return False
    return number[2:4] == _rf_digits(number[4:])


def _rf_digits(body: str) -> str:
    """Give the check digits of an RF reference: 98 less the remainder of 97 (ISO 7064)."""
    digits = "".join(str(int(sign, 36)) for sign in f"{body}RF00")
    return f"{98 - int(digits) % 97:02d}"
