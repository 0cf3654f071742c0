"""Amounts, days and plain text of bank files, exact or not at all."""

from __future__ import annotations

import re
from datetime import date

from connector.bankfile.reading import UnreadError, quoted
from ledger.money import MINOR_MAX, Money, MoneyError, exponent

_PLAIN = re.compile(r"[0-9]{1,18}(\.[0-9]{0,10})?|\.[0-9]{1,10}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")
_NO_REFERENCE = {"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOTAVAIL", "NOREF", "KREF+", "EREF+"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def currency(code: str) -> str:
    """Check a currency code (ISO 4217); raises UnreadError for one nobody issues."""
    code = code.strip().upper()
    try:
        exponent(code if _CURRENCY.fullmatch(code) else "")
    except MoneyError:
        msg = f"{quoted(code)} is no currency code; it should be three letters such as EUR"
        raise UnreadError(msg) from None
    return code


def money(digits: str, code: str, field: str) -> Money:
    """Read an amount without sign, as 1234.50 or 1234,50; `field` names it in the message.

    Raises UnreadError for anything that is no such number, or would have to be rounded.
    """
    plain = digits.strip().replace(",", ".")
    if not _PLAIN.fullmatch(plain):
        msg = f"{field} {quoted(digits)} is no amount; it should read as 1234.50"
        raise UnreadError(msg)
    try:
        return Money.parse(plain, currency(code))
    except MoneyError as error:
        msg = f"{field}: {error}"
        raise UnreadError(msg) from None


def minor(digits: str, code: str, field: str) -> Money:
    """Read a whole number of cents (or the currency's own smallest unit), sign allowed."""
    if not re.fullmatch(r"[+-]?[0-9]{1,17}", digits.strip()):
        msg = f"{field} {quoted(digits)} is no whole number of the smallest unit"
        raise UnreadError(msg)
    if abs(int(digits)) > MINOR_MAX:
        msg = f"{field} {quoted(digits)} is more than any ledger holds"
        raise UnreadError(msg)
    return Money(int(digits), currency(code))


def day(digits: str, field: str) -> date:
    """Read a day that begins with its year, as 2026-03-10 or 20260310; a time after it is left."""
    found = _DAY.match(digits.strip())
    try:
        if found:
            return date(*(int(part) for part in found.groups()))
    except ValueError:
        pass
    msg = f"{field} {quoted(digits)} is no day; it should read as 2026-03-10"
    raise UnreadError(msg)


def tidy(words: str) -> str:
    """Give words on one line, single spaces between, without characters no database takes."""
    # Some banks write the invisible soft hyphen for a hyphen.
    return " ".join(_CONTROL.sub(" ", words.replace("\u00ad", "-")).split())


def told(words: str) -> str:
    """Give a reference, unless it is one of the words by which banks say that there is none."""
    return "" if words.strip().upper() in _NO_REFERENCE else words.strip()
