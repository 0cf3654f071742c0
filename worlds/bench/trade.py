"""What a kind of business looks like: its customers, its documents, its channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from worlds.bench.numbering import Numbering


@dataclass(frozen=True, slots=True)
class Trade:
    """A kind of business. Shares are of one, percentages in hundredths of a percent."""

    key: str
    base: str
    own_names: tuple[str, ...]
    # Country: (weight, currency it is invoiced in, tax on sales).
    countries: Mapping[str, tuple[float, str, int]]
    styles: tuple[Numbering, ...]
    # Median invoice in minor units, and the spread of its logarithm.
    median: int
    spread: float
    channels: Mapping[str, float]
    prices: tuple[int, ...] = ()
    price_share: float = 0.0
    open_per_customer: float = 5.0
    terms_days: tuple[int, ...] = (14, 30, 30, 60)
    po_share: float = 0.2
    discount_share: float = 0.0
    discount_percents: tuple[int, ...] = (200, 300)
    withholding_share: float = 0.0
    withholding_percents: tuple[int, ...] = (1_000, 1_500, 500)
    credit_share: float = 0.03
    group_share: float = 0.04
    payouts: int = 0
    # The share of bank lines that tell nothing but in one line of text.
    thin_share: float = 0.0
    # The share of bank lines that other banks wrote, in another form.
    dialect_share: float = 0.0
    # Makes the payment reference that a document prints: of country, customer, running number.
    print_reference: Callable[[str, str, int], str] | None = None
    rates: Mapping[str, str] = field(default_factory=dict)
    deposit_words: tuple[str, ...] = ("ON ACCOUNT", "DEPOSIT", "PAYMENT ON ACCOUNT")
