"""How a payment settles the documents it is for, exact to the minor unit.

Everywhere here the `open` of a document is what is left of it at that moment. The first of these
that fits is taken; "difference" is what is open on all of them, less what was paid:

1. no difference, or one of at most the rounding difference: all are cleared;
2. it is what the discounts make that were still to be had on the value day: early discount;
3. it is what a rate of the payer's withholding tax makes of the net amounts of all: that tax;
4. a bank kept it: the channel is one on which banks do, or the statement names just that charge;
5. less was paid: nothing is written off, and what is missing stays open;
6. more was paid: all are cleared, and the rest stays on account.

Percentages are rounded half up, on each document or on the sum, as payers do either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ledger.documents import Receipt
from ledger.money import Money
from rules.matching.percentages import percentages
from rules.matching.policy import Policy, in_minor
from rules.matching.runs import signed
from rules.matching.values import (
    Adjustment,
    Cleared,
    Difference,
    Item,
    OnAccount,
    Party,
    Settlement,
)

# A fee is believed where more than so many times as much was open.
FEE_TIMES = 4


class Fit(StrEnum):
    """Which way of settling fitted; the last four leave money or a document partly open."""

    EXACT = "exact"
    ROUNDING = "rounding"
    EARLY_DISCOUNT = "early_discount"
    WITHHOLDING_TAX = "withholding_tax"
    BANK_FEE = "bank_fee"
    FX = "fx"
    AS_LISTED = "as_listed"
    PART = "part"
    OLDEST_FIRST = "oldest_first"
    OVERPAID = "overpaid"


class Settled(NamedTuple):
    """A settlement, the way it came about and the difference, in the documents' currency."""

    fit: Fit
    settlement: Settlement
    difference: int = 0


class _Case(NamedTuple):
    documents: Sequence[Item]
    paid: Money
    receipt: Receipt
    policy: Policy
    payer: Party | None
    difference: int

    @property
    def total(self) -> int:
        return self.difference + self.paid.minor


def settle(
    documents: Sequence[Item],
    receipt: Receipt,
    policy: Policy,
    payer: Party | None = None,
    lines: Mapping[str, int] | None = None,
    *,
    short: bool = True,
) -> Settled | None:
    """Settle documents in the currency of the payment; None where it is no payment for them.

    `payer` brings the rates of withholding tax, and keeps what is left on account, else the first
    document's customer does. `lines` are the amounts that the payer listed per document id,
    negative for credit notes. With `short` false a shortfall that the policy does not explain is
    no settlement. A negative payment is a refund: it takes credit notes.
    """
    paid = receipt.unapplied
    if not documents or any(one.currency != paid.currency for one in documents):
        return None
    case = _case(documents, paid, receipt, policy, payer)
    if paid.minor <= 0:
        return _refunded(case)
    if not any(one.open for one in documents):
        return _overpaid(case)
    if case.total <= 0:
        return None
    found = _explained(case) or (_overpaid(case) if case.difference < 0 else None)
    return found or (_short(case, lines or {}) if short else None)


def settle_foreign(
    documents: Sequence[Item],
    receipt: Receipt,
    policy: Policy,
    payer: Party | None = None,
    *,
    short: bool = True,
) -> Settled | None:
    """Settle documents of one other currency than the payment's; None where that is uncertain.

    What the bank says was sent in the documents' currency is taken as if paid in it. Otherwise
    the payment has to be worth what is open, within the tolerance about the day's rate; all are
    then cleared and the difference, in their currency, is one of exchange. With `short` a smaller
    amount sent clears its part. Surplus is left to a person, for it has no certain rate.
    """
    currencies = {one.currency for one in documents}
    if len(currencies) != 1 or receipt.unapplied.minor <= 0:
        return None
    sent = receipt.original
    if sent is None or sent.currency not in currencies or sent.minor <= 0:
        return _at_rate(documents, receipt, policy)
    case = _case(documents, sent, receipt, policy, payer)
    if case.total <= 0:
        return None
    found = _explained(case) or _at_rate(documents, receipt, policy)
    if found is None and short and case.difference > 0:
        return _short(case, {})
    return found


def _case(
    documents: Sequence[Item], paid: Money, receipt: Receipt, policy: Policy, payer: Party | None
) -> _Case:
    return _Case(documents, paid, receipt, policy, payer, _open(documents) - paid.minor)


def _open(documents: Sequence[Item]) -> int:
    return sum(map(signed, documents))


def _explained(case: _Case) -> Settled | None:
    """Clear everything where the difference has a reason."""
    if abs(case.difference) <= in_minor(case.policy.rounding_max, case.paid.currency):
        return _rounded(case)
    if case.difference < 0:
        return None
    for look in (_discounted, _withheld, _charged):
        found = look(case)
        if found is not None:
            return found
    return None


def _rounded(case: _Case) -> Settled:
    if not case.difference:
        return Settled(Fit.EXACT, Settlement(_all(case.documents)))
    return _clear(case, Fit.ROUNDING, Difference.ROUNDING, _taken(case))


def _discounted(case: _Case) -> Settled | None:
    day = case.receipt.value_day or case.receipt.received
    grace = case.policy.discount_grace_days

    def percent(one: Item) -> int:
        until = one.discount_until
        # A day behind the end of the calendar cannot be made: the days between are counted.
        return one.discount_percent if until is not None and (day - until).days <= grace else 0

    shares = [percent(one) * one.total for one in case.documents]
    parts = percentages(case.documents, shares, case.difference)
    return _clear(case, Fit.EARLY_DISCOUNT, Difference.EARLY_DISCOUNT, parts) if parts else None


def _withheld(case: _Case) -> Settled | None:
    for rate in case.payer.withholding_percents if case.payer else ():
        shares = [rate * one.net for one in case.documents]
        parts = percentages(case.documents, shares, case.difference)
        if parts:
            return _clear(case, Fit.WITHHOLDING_TAX, Difference.WITHHOLDING_TAX, parts)
    return None


def _charged(case: _Case) -> Settled | None:
    charges = case.receipt.charges
    usual = case.receipt.channel in case.policy.bank_fee_channels
    stated = charges == Money(case.difference, case.paid.currency)
    most = in_minor(case.policy.bank_fee_max, case.paid.currency)
    if not (usual or stated) or case.difference > most:
        return None
    if case.total <= FEE_TIMES * case.difference:
        return None
    return _clear(case, Fit.BANK_FEE, Difference.BANK_FEE, _taken(case))


def _taken(case: _Case) -> list[int]:
    """Take a difference from the first invoice, and what it cannot bear from the next ones."""
    rest, parts = case.difference, []
    for one in case.documents:
        # Money beyond what is open may be added to any of them; too little has to be there.
        part = min(rest, one.open) if one.open and not one.credit else 0
        parts.append(part)
        rest -= part
    return parts


def _clear(case: _Case, fit: Fit, kind: Difference, parts: Sequence[int]) -> Settled:
    adjustments = tuple(
        Adjustment(one.id, kind, part)
        for one, part in zip(case.documents, parts, strict=True)
        if part
    )
    return Settled(fit, Settlement(_all(case.documents), adjustments), case.difference)


def _all(documents: Sequence[Item]) -> tuple[Cleared, ...]:
    return tuple(Cleared(one.id, signed(one)) for one in documents if one.open)


def _overpaid(case: _Case) -> Settled:
    customer = case.payer.id if case.payer else case.documents[0].customer_id
    rest = (OnAccount(customer, -case.difference),)
    return Settled(Fit.OVERPAID, Settlement(_all(case.documents), on_account=rest), case.difference)


def _short(case: _Case, lines: Mapping[str, int]) -> Settled:
    listed = _listed(case, lines)
    if listed is not None:
        return Settled(Fit.AS_LISTED, Settlement(listed), case.difference)
    fit = Fit.PART if len(case.documents) == 1 else Fit.OLDEST_FIRST
    return Settled(fit, Settlement(_oldest_first(case)), case.difference)


def _listed(case: _Case, lines: Mapping[str, int]) -> tuple[Cleared, ...] | None:
    """Give what the payer listed where it makes the payment and is open on each document."""
    documents = {one.id: one for one in case.documents}
    if sum(lines.values()) != case.paid.minor or not lines.keys() <= documents.keys():
        return None
    for name, amount in lines.items():
        most = signed(documents[name])
        if not (0 < amount <= most or most <= amount < 0):
            return None
    return tuple(Cleared(name, lines[name]) for name in documents if name in lines)


def _oldest_first(case: _Case) -> tuple[Cleared, ...]:
    """Take every credit note, then pay the invoices as they fell due."""
    credit_notes = [one for one in case.documents if one.credit]
    invoices = sorted(
        (one for one in case.documents if not one.credit),
        key=lambda one: (one.due, one.issued, one.number, one.id),
    )
    rest = case.paid.minor - _open(credit_notes)
    cleared = list(_all(credit_notes))
    for one in invoices:
        amount = min(rest, one.open)
        if amount:
            cleared.append(Cleared(one.id, amount))
        rest -= amount
    return tuple(cleared)


def _refunded(case: _Case) -> Settled | None:
    """Take credit notes for money that went out: all of them, or a part of a single one."""
    if not case.paid or case.total >= 0 or not all(one.credit for one in case.documents):
        return None
    if not case.difference:
        return Settled(Fit.EXACT, Settlement(_all(case.documents)))
    if case.difference > 0 or len(case.documents) > 1:
        return None
    part = (Cleared(case.documents[0].id, case.paid.minor),)
    return Settled(Fit.PART, Settlement(part), case.difference)


def _at_rate(documents: Sequence[Item], receipt: Receipt, policy: Policy) -> Settled | None:
    paid, currency = receipt.unapplied, documents[0].currency
    day = receipt.value_day or receipt.received
    owed = _open(documents)
    worth = policy.worth(owed, currency, paid.currency, day)
    arrived = policy.converted(paid.minor, paid.currency, currency, day)
    if worth is None or arrived is None or owed <= 0:
        return None
    if abs(worth - paid.minor) > policy.fx_tolerance * worth:
        return None
    case = _Case(documents, Money(arrived, currency), receipt, policy, None, owed - arrived)
    return _clear(case, Fit.FX, Difference.FX, _taken(case))
