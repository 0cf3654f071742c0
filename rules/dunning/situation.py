"""One customer on one day: the facts with the sums and days that several decisions need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from ledger.days import days_between, local_day
from ledger.documents import Status
from ledger.money import Money, total, totals
from rules.dunning.window import Closed, country_for, is_open, zone_for

if TYPE_CHECKING:
    from ledger.documents import Invoice, Position
    from rules.facts import DunningFacts
    from rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision about one customer rests on, on its own calendar day.

    `covered` are the invoices that the customer's credits pay in full; `credits` is what they
    leave, per currency.
    """

    facts: DunningFacts
    rules: RuleSet
    now: datetime
    today: date
    zone: str
    open_on: Callable[[date], bool]
    invoices: tuple[Invoice, ...]
    covered: frozenset[str]
    credits: Mapping[str, Money]

    def days_overdue(self, invoice: Invoice) -> int:
        """Days since the due date, negative before it."""
        return days_between(invoice.due, self.today)

    def is_late(self, invoice: Invoice) -> bool:
        """Whether it is past its day, or was charged in vain."""
        failed = invoice.charge is not None and invoice.charge.failed_on is not None
        return failed or self.days_overdue(invoice) > 0

    def owed(self, currency: str, *, overdue: bool) -> Money:
        """Add up what is open in a currency, or only what is overdue, net of credits."""
        amounts = (
            one.balance
            for one in self.invoices
            if one.balance.currency == currency
            and one.ref.id not in self.covered
            and not (overdue and not self.is_late(one))
        )
        left = self.credits.get(currency, Money.zero(currency))
        return total(amounts, currency) - left

    def delivered(self, invoice: Invoice) -> date:
        """Give the latest day on which the invoice may have reached the customer."""
        known = [self.facts.first_seen.get(invoice.ref.id, invoice.issued)]
        if invoice.sent_at:
            known.append(local_day(invoice.sent_at, self.zone))
        return max(known)


def look(facts: DunningFacts, rules: RuleSet, now: datetime, closed: Closed) -> Situation:
    """Add up what is open and what credits cover, oldest invoice first."""
    customer, organisation = facts.position.customer, facts.organisation
    country = country_for(rules, customer, organisation)
    zone = zone_for(rules, customer, organisation)
    still_open = (one for one in facts.position.invoices if one.is_open)
    invoices = tuple(sorted(still_open, key=lambda one: (one.due, one.number, one.ref.id)))
    credit = _credits(facts.position) if rules.dunning.net_credits_and_unapplied else {}
    covered = set()
    short = set()
    for invoice in invoices:
        currency = invoice.balance.currency
        left = credit.get(currency)
        if left is None or currency in short:
            continue
        if left >= invoice.balance:
            covered.add(invoice.ref.id)
            credit[currency] = left - invoice.balance
        else:
            short.add(currency)
    return Situation(
        facts=facts,
        rules=rules,
        now=now.astimezone(UTC),
        today=local_day(now, zone),
        zone=zone,
        open_on=lambda day: is_open(rules, country, day, closed),
        invoices=invoices,
        covered=frozenset(covered),
        credits={currency: left for currency, left in credit.items() if left},
    )


def without_age(facts: DunningFacts, now: datetime) -> DunningFacts:
    """Give the facts as if they had just been read: an outlook is not held up by their age."""
    return replace(facts, position=replace(facts.position, read_at=now))


def _credits(position: Position) -> dict[str, Money]:
    notes = (one.balance for one in position.credit_notes if one.status is Status.OPEN)
    # Money of a status nobody knows still counts: it can only keep a reminder back.
    unapplied = (
        one.unapplied
        for one in position.receipts
        if one.status not in (Status.VOID, Status.DRAFT) and not one.processing
    )
    return totals(one for one in (*notes, *unapplied) if one.minor > 0)
