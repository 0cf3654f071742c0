"""The cast: three companies that sell on terms, and names for their customers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Company:
    """A company whose books one of the stand-ins keeps. `currencies` begin with its own."""

    key: str
    provider: str
    name: str
    zone: str
    country: str
    currencies: tuple[str, ...]
    prefix: str
    terms_days: int
    # Whether some of its customers pay by card through the Stripe account.
    takes_cards: bool = False
    # As what its bank prints statements: camt, mt940 or bai2; "" where all money comes in in the
    # books.
    bank: str = ""
    # Whether most of its customers send cheques, which a bookkeeper records in the books.
    cheques: bool = False


COMPANIES = (
    Company(
        key="hartley",
        provider="xero",
        name="Hartley & Finch Ltd",
        zone="Europe/London",
        country="GB",
        currencies=("GBP",),
        prefix="HF-",
        terms_days=30,
        takes_cards=True,
        bank="mt940",
    ),
    Company(
        key="cedar",
        provider="quickbooks",
        name="Cedar Ridge Supply Inc",
        zone="America/Chicago",
        country="US",
        currencies=("USD",),
        prefix="CR",
        terms_days=30,
        bank="bai2",
        cheques=True,
    ),
    Company(
        key="brandt",
        provider="xero",
        name="Brandt Maschinenbau GmbH",
        zone="Europe/Berlin",
        country="DE",
        currencies=("EUR", "USD", "GBP"),
        prefix="RE-",
        terms_days=21,
        bank="camt",
    ),
)

_FIRST = (
    *("Amber", "Beacon", "Calder", "Dene", "Elm", "Fairway", "Granite", "Harrow", "Ivy"),
    *("Juniper", "Kestrel", "Linden", "Marlow", "Northgate", "Orchard", "Pembroke", "Quayside"),
    *("Rowan", "Sable", "Thornbury", "Upland", "Verity", "Westbrook", "Yarrow"),
)
_SECOND = (
    *("Bakery", "Builders", "Catering", "Dental", "Electrical", "Fabrication", "Garages"),
    *("Hotels", "Interiors", "Joinery", "Kitchens", "Logistics", "Media", "Nurseries"),
    *("Opticians", "Printing", "Roofing", "Studios", "Timber", "Veterinary"),
)
_FORM = {"GB": "Ltd", "US": "LLC", "DE": "GmbH"}


def customer_name(country: str, at: int) -> str:
    """Give the name of a country's `at`-th customer; 480 differ."""
    first = _FIRST[at % len(_FIRST)]
    second = _SECOND[(at * 7 + at // len(_FIRST)) % len(_SECOND)]
    return f"{first} {second} {_FORM[country]}"


def customer_email(name: str) -> str:
    """Give a customer's address, in a domain nobody can own."""
    words = [word.lower() for word in name.split()[:2]]
    return f"accounts@{'-'.join(words)}.example"
