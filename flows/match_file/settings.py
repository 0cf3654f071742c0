"""What the ledger file allows, as the policy that the decision goes by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from flows.match_file.problems import Problem
from rules.matching.policy import Mode, Policy, Rate, large_amounts

if TYPE_CHECKING:
    from flows.match_file.ledger_file import Ledger
    from flows.match_file.payment_lines import Batch


SEVERAL = 2


def policy(ledger: Ledger, batch: Batch, mode: Mode) -> Policy:
    """Make the policy; what the settings leave out is as usual.

    Without a day of the ledger, the last day of booking is taken. An amount is large against what
    was paid before and is paid now.
    """
    given = ledger.settings
    paid = [*(one.payment.amount for one in ledger.past), *(one.amount for one in batch.payments)]
    made = Policy(
        as_of=given.as_of or _last_day(batch),
        base_currency=given.base_currency or "",
        own_names=tuple(given.own_names or ()),
        number_example=str(given.invoice_number_example or ""),
        mode=mode,
        rates=_rates(ledger),
        large=large_amounts((one.currency, one.minor) for one in paid if one.minor > 0),
    )
    if given.bank_fee_channels is not None:
        made = replace(made, bank_fee_channels=frozenset(given.bank_fee_channels))
    if given.rounding_max is not None:
        made = replace(made, rounding_max=given.rounding_max)
    if given.bank_fee_max is not None:
        made = replace(made, bank_fee_max=given.bank_fee_max)
    if given.discount_grace_days is not None:
        made = replace(made, discount_grace_days=given.discount_grace_days)
    return made if given.fx_tolerance is None else replace(made, fx_tolerance=given.fx_tolerance)


def without_rate(ledger: Ledger, batch: Batch, files: tuple[str, str]) -> list[Problem]:
    """Tell which currencies have no rate, at their first line, where there are several.

    `files` are the names of the ledger's and the payments' file.
    """
    used = (ledger.currencies, batch.currencies)
    rated = {ledger.settings.base_currency, *_rates(ledger)}
    if len({*used[0], *used[1], *rated} - {None}) < SEVERAL:
        return []
    said = (
        "has no fx_rate; documents in it are paid only by payments in it",
        "has no fx_rate; payments in it are matched only with documents in it",
    )
    return [
        Problem(name, lines[currency], f"{currency} {what}")
        for name, lines, what in zip(files, used, said, strict=True)
        for currency in sorted(lines.keys() - rated, key=lambda one: lines[one])
    ]


def _rates(ledger: Ledger) -> dict[str, tuple[Rate, ...]]:
    base = ledger.settings.base_currency
    found: dict[str, list[Rate]] = {}
    for one in sorted(ledger.rates, key=lambda one: (one.currency, one.date, one.rate)):
        if one.base_currency in (None, base):
            found.setdefault(one.currency, []).append(Rate(one.date, one.rate))
    return {currency: tuple(rates) for currency, rates in found.items()}


def _last_day(batch: Batch) -> date:
    return max((one.received for one in batch.payments), default=date.min)
