"""Software by subscription: Stripe payouts, cards, many customers at the same few prices."""

from __future__ import annotations

from worlds.bench.cases import advised, kinds, named, several, traps, unnamed
from worlds.bench.mixture import Business, Case
from worlds.bench.numbering import Numbering
from worlds.bench.trade import Trade

TRADE = Trade(
    key="saas",
    base="USD",
    own_names=("Lanternfish Software Inc", "Lanternfish Treasury"),
    countries={"US": (0.75, "USD", 0), "GB": (0.25, "USD", 0)},
    styles=(
        Numbering("{c}-{n}", 4, ("invoice", "inv")),
        Numbering("LF-{y}-{n}", 6, ("invoice", "inv", "subscription inv")),
        Numbering("LF{n}", 7, ("invoice", "inv")),
    ),
    median=60_000,
    spread=0.9,
    prices=(4_900, 9_900, 19_900, 49_000, 99_000, 118_800, 238_800),
    price_share=0.8,
    channels={"ach_ccd": 30, "ach_ccdplus": 35, "wire": 10, "check": 5, "card": 20},
    open_per_customer=1.8,
    terms_days=(0, 14, 30, 30),
    po_share=0.2,
    credit_share=0.02,
    group_share=0.03,
    payouts=120,
)
CASES: dict[Case, float] = {
    named.clean: 27,
    named.spelled: 13,
    named.damaged: 3,
    named.embedded: 1,
    named.by_order: 1.1,
    named.whole_order: 0.4,
    named.by_customer_number: 2,
    named.of_another: 0.1,
    named.of_ones_own: 0.1,
    named.for_another: 3,
    named.rounded: 0.5,
    named.short: 1.2,
    named.over: 1.2,
    named.less_fee: 2.5,
    named.instalments: 0.3,
    several.listed: 2,
    several.and_more: 0.1,
    several.short_list: 0.5,
    several.netted: 0.6,
    unnamed.name_only: 12,
    unnamed.known_account: 2.5,
    unnamed.lump: 1.7,
    unnamed.some: 0.8,
    unnamed.short_unnamed: 1.3,
    unnamed.on_account: 1,
    unnamed.unknown_payer: 2,
    unnamed.for_the_group: 0.5,
    advised.advice: 0.8,
    advised.advices_alike: 0.2,
    kinds.paid_again: 1.1,
    kinds.paid_already: 0.4,
    kinds.paid_twice: 0.8,
    kinds.returned: 1.2,
    kinds.refunded: 0.8,
    kinds.payout: 17,
    kinds.not_ours: 2,
    kinds.strangers: 1.5,
    traps.slip_into_ones_own: 0.15,
    traps.namesakes: 0.15,
    traps.in_the_group: 0.1,
    traps.other_figures: 0.8,
    traps.again_or_another: 0.5,
    traps.stranger_alike: 0.5,
}
SAAS = Business(TRADE, CASES)
