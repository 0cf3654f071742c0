"""The same businesses on a bad day: poor lines of other banks, careless payers, odd numbers.

What is tuned on the ordinary businesses has to stand here too. The share of what can be decided is
lower, so that only precision and misplaced money are to be compared.
"""

from __future__ import annotations

from dataclasses import replace

from worlds.bench.cases import kinds, named, several, structured, traps, unnamed
from worlds.bench.mixture import Business, Case
from worlds.bench.numbering import Numbering

# Numbers of which only the whole is unique, or that look like something else.
STYLES = (
    Numbering("{y}{m}-{n}", 4, ("invoice", "inv", "Rechnung")),
    Numbering("A{n}", 6, ("invoice", "no.", "Beleg")),
    Numbering("10{n}", 5, ("inv", "Rg", "fakt")),
    Numbering("90004{n}", 5, ("invoice", "doc", "Beleg")),
    Numbering("FV/{y}/{m}/{n}", 4, ("FV", "inv", "faktura")),
    Numbering("{yy}A{n}", 5, ("inv", "invoice", "ref")),
)
# How many times as often a case comes as on other days.
TIMES: dict[Case, float] = {
    named.clean: 0.4,
    structured.reference: 0.6,
    kinds.payout: 0.7,
    named.damaged: 3.0,
    named.of_another: 8.0,
    named.of_ones_own: 8.0,
    named.for_another: 2.0,
    several.cut_off: 2.0,
    several.and_more: 6.0,
    structured.wrong_digit: 3.0,
    unnamed.name_only: 1.5,
    unnamed.for_the_group: 2.0,
    unnamed.some: 1.5,
    kinds.paid_again: 2.0,
    kinds.paid_twice: 2.0,
    kinds.strangers: 3.0,
    traps.slip_into_ones_own: 5.0,
    traps.namesakes: 4.0,
    traps.in_the_group: 4.0,
    traps.advices_of_nobody: 4.0,
    traps.stranger_alike: 2.0,
}


def strict(business: Business) -> Business:
    """Give the same kind of business on a bad day."""
    trade = business.trade
    harder = replace(
        trade,
        key=f"{trade.key}_strict",
        styles=(*trade.styles[1:], *STYLES),
        thin_share=0.4,
        dialect_share=0.6,
        price_share=min(trade.price_share + 0.15, 0.9),
        prices=trade.prices or (50_000,),
        group_share=trade.group_share * 2,
        open_per_customer=trade.open_per_customer * 1.4,
    )
    cases = {case: weight * TIMES.get(case, 1.0) for case, weight in business.cases.items()}
    return Business(harder, cases)
