"""Long projects: large instalments, tax withheld abroad, foreign currencies, fees of wires."""

from __future__ import annotations

from worlds.bench.cases import advised, foreign, kinds, named, several, unnamed
from worlds.bench.mixture import Business, Case
from worlds.bench.numbering import Numbering
from worlds.bench.trade import Trade

TRADE = Trade(
    key="long_projects",
    base="GBP",
    own_names=("Severn Bridgeworks Ltd", "Severn Bridgeworks Deposit Account"),
    countries={
        "GB": (0.45, "GBP", 2_000),
        "DE": (0.12, "EUR", 0),
        "FR": (0.08, "EUR", 0),
        "ES": (0.1, "EUR", 0),
        "IT": (0.05, "EUR", 0),
        "US": (0.2, "USD", 0),
    },
    styles=(
        Numbering("P{n}", 6, ("invoice", "inv", "application", "milestone inv")),
        Numbering("SB/{y}/{n}", 4, ("invoice", "inv", "certificate")),
        Numbering("{y}{n}", 4, ("invoice", "inv", "fee note")),
    ),
    median=1_400_000,
    spread=1.1,
    prices=(500_000, 1_000_000, 2_500_000),
    price_share=0.06,
    channels={"wire": 42, "bacs": 20, "sepa": 30, "fps": 8},
    open_per_customer=4.5,
    terms_days=(30, 30, 45, 60),
    po_share=0.6,
    withholding_share=0.4,
    group_share=0.06,
    rates={"EUR": "0.866000", "USD": "0.741500"},
    payouts=2,
    deposit_words=("ON ACCOUNT", "DEPOSIT", "ADVANCE PAYMENT", "MOBILISATION"),
)
CASES: dict[Case, float] = {
    named.clean: 15,
    named.spelled: 9,
    named.damaged: 2.5,
    named.embedded: 1,
    named.by_order: 3,
    named.by_customer_number: 1,
    named.of_another: 0.4,
    named.for_another: 2,
    named.rounded: 0.8,
    named.short: 2,
    named.over: 1,
    named.instalments: 6,
    named.withheld: 8,
    named.less_fee: 8,
    foreign.with_original: 5,
    foreign.without_original: 4,
    foreign.far_off: 0.6,
    foreign.unnamed: 1.5,
    several.listed: 4,
    several.short_list: 1.5,
    several.cut_off: 0.7,
    several.netted: 1.2,
    unnamed.name_only: 5,
    unnamed.known_account: 1.2,
    unnamed.reduced: 1.5,
    unnamed.lump: 1.5,
    unnamed.some: 1,
    unnamed.short_unnamed: 1.8,
    unnamed.on_account: 2,
    unnamed.unknown_payer: 1.4,
    unnamed.for_the_group: 1,
    advised.advice: 2.5,
    advised.advices_alike: 0.2,
    kinds.paid_again: 0.8,
    kinds.paid_already: 0.4,
    kinds.paid_twice: 0.8,
    kinds.returned: 1,
    kinds.refunded: 0.6,
    kinds.payout: 0.3,
    kinds.not_ours: 2,
    kinds.strangers: 1.2,
}
LONG_PROJECTS = Business(TRADE, CASES)
