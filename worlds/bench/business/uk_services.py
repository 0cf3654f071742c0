"""Services in Britain: Faster Payments and Bacs, eighteen characters of reference, pounds."""

from __future__ import annotations

from worlds.bench.cases import advised, kinds, named, several, traps, unnamed
from worlds.bench.mixture import Business, Case
from worlds.bench.numbering import Numbering
from worlds.bench.trade import Trade

TRADE = Trade(
    key="uk_services",
    base="GBP",
    own_names=("Dunmore & Hale Ltd", "Dunmore and Hale Client Account"),
    countries={"GB": (1.0, "GBP", 2_000)},
    styles=(
        Numbering("INV-{n}", 5, ("inv", "invoice", "INV NO", "inv.")),
        Numbering("SI{n}", 6, ("inv", "invoice", "bill")),
        Numbering("DH/{yy}/{n}", 4, ("inv", "invoice", "ref")),
    ),
    median=48_000,
    spread=1.0,
    prices=(12_000, 15_000, 25_000, 49_500, 75_000),
    price_share=0.18,
    channels={"fps": 60, "bacs": 40},
    payouts=8,
)
CASES: dict[Case, float] = {
    named.clean: 30,
    named.spelled: 20,
    named.damaged: 4.5,
    named.embedded: 1,
    named.by_order: 1.6,
    named.whole_order: 0.4,
    named.by_customer_number: 1.5,
    named.of_another: 0.1,
    named.of_ones_own: 0.1,
    named.for_another: 2.5,
    named.rounded: 1.2,
    named.short: 2.2,
    named.over: 1.5,
    named.instalments: 1,
    several.listed: 2.5,
    several.and_more: 0.1,
    several.short_list: 2,
    several.cut_off: 2,
    several.netted: 1.5,
    unnamed.name_only: 8,
    unnamed.known_account: 1.5,
    unnamed.lump: 4.9,
    unnamed.some: 3.4,
    unnamed.short_unnamed: 2.6,
    unnamed.on_account: 1.2,
    unnamed.unknown_payer: 2,
    unnamed.for_the_group: 1,
    advised.advice: 1.5,
    advised.advices_alike: 0.3,
    kinds.paid_again: 0.8,
    kinds.paid_already: 0.4,
    kinds.paid_twice: 1,
    kinds.returned: 1.5,
    kinds.refunded: 0.8,
    kinds.payout: 1.5,
    kinds.not_ours: 2,
    kinds.strangers: 1.2,
    traps.slip_into_ones_own: 0.15,
    traps.namesakes: 0.15,
    traps.in_the_group: 0.1,
    traps.other_figures: 0.8,
    traps.advices_of_nobody: 0.06,
    traps.again_or_another: 0.5,
    traps.stranger_alike: 0.5,
    traps.little_short: 0.5,
}
UK_SERVICES = Business(TRADE, CASES)
