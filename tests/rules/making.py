"""Facts for the tests of the rules, made from as few words as a case needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ledger.documents import (
    CreditNote,
    Customer,
    Invoice,
    Kind,
    Organisation,
    Position,
    Receipt,
    Ref,
    Source,
    Status,
)
from ledger.money import Money
from rules.actions import Apply
from rules.facts import Contacted, DunningFacts, Hold, MatchFacts
from rules.matching import decide as match
from rules.parse import parse

# A Tuesday, inside the send window of London.
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
TODAY = NOW.date()

ORGANISATION = Organisation("Finch Ltd", "GBP", "Europe/London", "GB")
ACME = Customer(Ref(Kind.CUSTOMER, "C1"), "Acme Ltd", "ap@acme.example", country="GB")
BIRCH = Customer(Ref(Kind.CUSTOMER, "C2"), "Birch GmbH", "pay@birch.example", country="DE")


def never_closed(_day, _country):
    return False


def gbp(text, currency="GBP"):
    return Money.parse(text, currency)


def ago(days, today=TODAY):
    return today - timedelta(days=days)


def an_invoice(number, overdue=0, balance="100.00", *, customer="C1", currency="GBP", **more):
    """Make an open invoice that fell due so many days before today, on terms of 30 days."""
    due = ago(overdue)
    made = Invoice(
        ref=Ref(Kind.INVOICE, number.lower()),
        number=number,
        customer_id=customer,
        issued=due - timedelta(days=30),
        due=due,
        total=gbp(balance, currency),
        balance=gbp(balance, currency),
        status=Status.OPEN,
    )
    return replace(made, **more)


def a_credit(number, balance, *, currency="GBP", status=Status.OPEN):
    amount = gbp(balance, currency)
    return CreditNote(Ref(Kind.CREDIT_NOTE, number), number, "C1", ago(5), amount, amount, status)


def a_receipt(name, amount, *, currency="GBP", days_ago=0, **more):
    made = Receipt(
        ref=Ref(Kind.RECEIPT, name),
        source=more.pop("source", Source.BANK),
        received=ago(days_ago),
        amount=gbp(amount, currency),
        unapplied=gbp(amount, currency),
        status=Status.OPEN,
    )
    return replace(made, **more)


def facts(*invoices, customer=ACME, credit_notes=(), receipts=(), live_days=365, **more):
    """Make the facts of one customer, read this very moment, live for a year."""
    position = Position(customer, NOW, tuple(invoices), tuple(credit_notes), tuple(receipts))
    live = None if live_days is None else ago(live_days)
    return DunningFacts(ORGANISATION, position, live_since=live, **more)


def match_facts(receipts, invoices, customers=(ACME, BIRCH), **more):
    return MatchFacts(
        tuple(receipts), tuple(invoices), {one.ref.id: one for one in customers}, **more
    )


def dunning(policies=None, **fields):
    """Make a rule set in mode auto with some fields of [dunning] changed."""
    table = {"mode": "auto", **fields}
    if policies is not None:
        table["policy"] = policies
    return parse({"dunning": table}, version=7)


def matching(**fields):
    """Make a rule set in mode auto with some fields of [matching] changed."""
    return parse({"matching": {"mode": "auto", **fields}}, version=7)


def contacted(invoice_id, step, level, days_ago):
    return Contacted("C1", invoice_id, step, level, ago(days_ago))


def hold(kind="dunning_block", *, invoice_id=None, until=None):
    return Hold("C1", kind, "asked by Ann", invoice_id, until)


def day_of(text):
    return date.fromisoformat(text)


def answers(receipts, invoices, rules=None, **more):
    """Give, per receipt, the rule and what it pays, or why it is asked."""
    receipts = receipts if isinstance(receipts, list) else [receipts]
    found: list[object] = []
    for one in match(match_facts(receipts, invoices, **more), rules or matching(), TODAY):
        if isinstance(one, Apply):
            found.append((one.why.rule, [portion.number for portion in one.portions]))
        else:
            found.append(one.reason)
    return found if len(found) > 1 else found[0]


def alone(receipts, invoices, **more):
    """Say of each receipt whether a rule applies it without a person."""
    found = match(match_facts(receipts, invoices, **more), matching(), TODAY)
    return [isinstance(one, Apply) and one.automatic for one in found]


def paid(*numbers, rule="reference_and_amount"):
    return rule, list(numbers)
