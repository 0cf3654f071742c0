"""Payment references with check digits, as invoices of six countries print them."""

from __future__ import annotations

from itertools import cycle

# Recursive modulo 10 of the Swiss QR reference (Swiss Implementation Guidelines QR-bill, annex B).
SWISS_CARRIES = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def luhn(digits: str) -> str:
    """Give the modulo 10 check digit of a KID or OCR number.

    >>> luhn("7992739871")
    '3'
    """
    weighted = (int(c) * weight for c, weight in zip(reversed(digits), cycle((2, 1)), strict=False))
    return str(-sum(amount // 10 + amount % 10 for amount in weighted) % 10)


def mod11(digits: str) -> str:
    """Give the modulo 11 check digit of a KID, weights 2 to 7 from the right; 10 is a minus sign.

    >>> mod11("1234567")
    '4'
    """
    weights = cycle((2, 3, 4, 5, 6, 7))
    total = sum(int(c) * weight for c, weight in zip(reversed(digits), weights, strict=False))
    left = -total % 11
    return "-" if left == 10 else str(left)  # noqa: PLR2004 - ten has no digit


def viite(digits: str) -> str:
    """Give the check digit of a Finnish reference, weights 7, 3, 1 from the right.

    >>> viite("1234")
    '4'
    """
    weights = cycle((7, 3, 1))
    return str(-sum(int(c) * w for c, w in zip(reversed(digits), weights, strict=False)) % 10)


def swiss(digits: str) -> str:
    """Give the check digit of 26 digits of a Swiss QR reference.

    >>> swiss("21000000000313947143000901")
    '7'
    """
    carry = 0
    for c in digits:
        carry = SWISS_CARRIES[(carry + int(c)) % 10]
    return str((10 - carry) % 10)


def belgian(digits: str) -> str:
    """Give the two check digits of a Belgian structured communication: modulo 97, 97 for 0.

    >>> belgian("0108068171")
    '83'
    """
    return f"{int(digits) % 97 or 97:02d}"


def creditor(reference: str) -> str:
    """Give the ISO 11649 form of a reference: RF, check digits modulo 97-10, reference.

    >>> creditor("539007547034")
    'RF18539007547034'
    """
    figures = "".join(str(int(c, 36)) for c in f"{reference}RF00")
    return f"RF{98 - int(figures) % 97:02d}{reference}"


def _norwegian(customer: str, counter: int) -> str:
    digits = f"{customer}{counter:07d}"
    check = mod11(digits) if int(customer) % 2 else luhn(digits)
    return digits + (luhn(digits) if check == "-" else check)


def _swedish(customer: str, counter: int) -> str:
    digits = f"{customer}{counter}"
    digits += str((len(digits) + 2) % 10)
    return digits + luhn(digits)


def _finnish(customer: str, counter: int) -> str:
    return f"{counter}{customer}" + viite(f"{counter}{customer}")


def _of_switzerland(customer: str, counter: int) -> str:
    digits = f"210000{customer:0>10}{counter:0>10}"
    return digits + swiss(digits)


def _of_belgium(_customer: str, counter: int) -> str:
    whole = f"{counter:010d}" + belgian(f"{counter:010d}")
    return f"+++{whole[:3]}/{whole[3:7]}/{whole[7:]}+++"


def _of_anywhere(customer: str, counter: int) -> str:
    return creditor(f"{customer}{counter}")


PRINTED = {
    "NO": _norwegian,
    "SE": _swedish,
    "FI": _finnish,
    "CH": _of_switzerland,
    "BE": _of_belgium,
}


def printed(country: str, customer: str, counter: int) -> str:
    """Make the reference that an invoice of a country prints, from customer and running number."""
    return PRINTED.get(country, _of_anywhere)(customer, counter)
