"""What a condition may ask: the fields, which kind each is, and the operators of each kind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """A field of a condition: `kind` is one of text, words, number, flag or amount."""

    kind: str
    help: str


QUESTIONS = {
    "customer.country": Question("text", "Two letters, such as GB."),
    "customer.language": Question("text", "As the ledger has it, such as en."),
    "customer.tags": Question("words", "Groups and labels of the customer in the ledger."),
    "customer.balance": Question("amount", "Everything open, in the invoice's currency."),
    "customer.overdue": Question("amount", "Everything overdue, in the invoice's currency."),
    "invoice.total": Question("amount", "What the invoice was made out for."),
    "invoice.balance": Question("amount", "What is still open on it."),
    "invoice.currency": Question("text", "Three letters, such as GBP."),
    "invoice.days_overdue": Question("number", "Negative before it falls due."),
    "invoice.has_po": Question("flag", "Whether it carries a purchase order number."),
    "payment.failure_code": Question(
        "text", "The bank's word for why a charge failed, such as expired_card."
    ),
}

QUESTIONS_LATER = (
    *("customer.tier", "customer.risk_band", "customer.avg_days_late"),
    *("customer.late_count_12m", "customer.relationship_months"),
    "customer.broken_promises_12m",
    *("invoice.bucket", "invoice.status", "invoice.dispute_reason", "invoice.source"),
    "payment.method",
)

OPERATORS = {
    "text": ("is", "is_not", "in", "not_in", "starts_with", "is_set", "is_empty"),
    "words": ("contains", "not_contains", "is_set", "is_empty"),
    "number": ("is", "is_not", "at_least", "at_most", "between"),
    "flag": ("is",),
    "amount": ("at_least", "at_most"),
}

OPERATORS_LATER = ("matches",)
