"""Manufacturing in the European Union: SEPA, lump sums, credits netted, discounts, advices."""

from __future__ import annotations

from worlds.bench.cases import advised, kinds, named, several, unnamed
from worlds.bench.mixture import Business, Case
from worlds.bench.numbering import Numbering
from worlds.bench.trade import Trade

TRADE = Trade(
    key="eu_manufacturing",
    base="EUR",
    own_names=("Rheintal Antriebe GmbH", "Rheintal Antriebe Lohnkonto"),
    countries={
        "DE": (0.5, "EUR", 1_900),
        "AT": (0.1, "EUR", 0),
        "FR": (0.16, "EUR", 0),
        "IT": (0.14, "EUR", 0),
        "ES": (0.1, "EUR", 0),
    },
    styles=(
        Numbering("RE-{y}-{n}", 5, ("Rechnung", "Rg", "Rg.Nr.", "RE", "facture", "fattura")),
        Numbering("{y}/{n}", 5, ("Rechnung", "Re.", "Fakt.", "facture n°", "fattura n.")),
        Numbering("R{n}", 7, ("Rechnung", "RNr.", "Beleg", "factura")),
    ),
    median=240_000,
    spread=1.2,
    prices=(89_000, 145_000, 220_000),
    price_share=0.05,
    channels={"sepa": 94, "wire": 6},
    open_per_customer=7.0,
    terms_days=(14, 30, 30, 45, 60, 90),
    po_share=0.5,
    discount_share=0.45,
    credit_share=0.06,
    group_share=0.08,
    payouts=3,
    deposit_words=("Anzahlung", "Akonto", "acompte", "acconto", "Vorauszahlung", "on account"),
)
CASES: dict[Case, float] = {
    named.clean: 20,
    named.spelled: 14,
    named.damaged: 4,
    named.embedded: 2,
    named.by_order: 2.1,
    named.whole_order: 0.4,
    named.by_customer_number: 1.5,
    named.of_another: 0.3,
    named.of_ones_own: 0.2,
    named.for_another: 1.5,
    named.rounded: 1,
    named.short: 2,
    named.over: 1,
    named.instalments: 1,
    named.discounted: 7,
    named.less_fee: 0.8,
    several.listed: 7,
    several.and_more: 0.2,
    several.short_list: 4.5,
    several.cut_off: 1.2,
    several.netted: 5,
    unnamed.name_only: 5,
    unnamed.known_account: 1.5,
    unnamed.lump: 4.5,
    unnamed.some: 1.5,
    unnamed.reduced: 1.5,
    unnamed.short_unnamed: 2,
    unnamed.on_account: 1.2,
    unnamed.unknown_payer: 1.6,
    unnamed.for_the_group: 1.5,
    advised.advice: 8,
    advised.advices_alike: 0.5,
    advised.advice_twice: 0.2,
    kinds.paid_again: 1.0,
    kinds.paid_already: 0.4,
    kinds.paid_twice: 0.8,
    kinds.returned: 1.2,
    kinds.refunded: 1.5,
    kinds.payout: 0.6,
    kinds.not_ours: 2,
    kinds.strangers: 1.2,
}
EU_MANUFACTURING = Business(TRADE, CASES)
