"""Trade in the North, Switzerland and Belgium: references with check digits on every document."""

from __future__ import annotations

from worlds.bench.cases import advised, kinds, named, several, structured, traps, unnamed
from worlds.bench.check_digits import printed
from worlds.bench.mixture import Business, Case
from worlds.bench.numbering import Numbering
from worlds.bench.trade import Trade

TRADE = Trade(
    key="structured_references",
    base="EUR",
    own_names=("Fjordlys Handel AS", "Fjordlys Skattetrekk"),
    countries={
        "NO": (0.28, "NOK", 2_500),
        "SE": (0.22, "SEK", 2_500),
        "FI": (0.18, "EUR", 2_550),
        "CH": (0.12, "CHF", 810),
        "BE": (0.12, "EUR", 2_100),
        "DE": (0.08, "EUR", 1_900),
    },
    styles=(
        Numbering("{n}", 6, ("faktura", "fakt", "lasku", "facture", "Rechnung")),
        Numbering("F{n}", 6, ("faktura", "fakturanr", "lasku", "factuur")),
        Numbering("{n}", 8, ("faktura", "fakturanr.", "lasku nro")),
    ),
    median=150_000,
    spread=1.1,
    prices=(49_900, 99_900, 129_000),
    price_share=0.1,
    channels={"sepa": 1},
    open_per_customer=4.0,
    terms_days=(10, 14, 20, 30, 30),
    po_share=0.15,
    group_share=0.04,
    print_reference=printed,
    rates={"NOK": "0.086200", "SEK": "0.089400", "CHF": "1.064000"},
    payouts=3,
    deposit_words=("forskudd", "förskott", "ennakko", "acompte", "voorschot", "on account"),
)
CASES: dict[Case, float] = {
    structured.reference: 52,
    structured.reference_in_text: 7,
    structured.several: 3,
    structured.short_or_over: 4,
    structured.wrong_digit: 3,
    structured.old_reference: 0.2,
    named.clean: 6,
    named.spelled: 3.5,
    named.damaged: 1,
    named.embedded: 0.7,
    named.by_customer_number: 0.7,
    named.for_another: 0.7,
    named.rounded: 0.5,
    named.instalments: 0.5,
    several.listed: 1,
    several.and_more: 0.1,
    several.netted: 1,
    unnamed.name_only: 3,
    unnamed.known_account: 0.7,
    unnamed.lump: 2.1,
    unnamed.some: 1.0,
    unnamed.short_unnamed: 1.2,
    unnamed.on_account: 0.6,
    unnamed.unknown_payer: 0.9,
    unnamed.for_the_group: 0.5,
    advised.advice: 0.8,
    kinds.paid_again: 0.8,
    kinds.paid_already: 0.4,
    kinds.paid_twice: 0.8,
    kinds.returned: 1,
    kinds.refunded: 0.8,
    kinds.payout: 0.6,
    kinds.not_ours: 2,
    kinds.strangers: 1,
    traps.slip_into_ones_own: 0.15,
    traps.namesakes: 0.15,
    traps.other_figures: 0.4,
    traps.again_or_another: 0.5,
    traps.stranger_alike: 0.4,
    traps.in_the_group: 0.1,
    structured.as_creditor_reference: 0.8,
}
STRUCTURED_REFERENCES = Business(TRADE, CASES)
