"""Whether a condition holds for one invoice of a customer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ledger.money import Money
from rules.ruleset import limit_in

if TYPE_CHECKING:
    from ledger.documents import Invoice
    from rules.dunning.situation import Situation
    from rules.ruleset import Condition, Policy

_ASKED: Mapping[str, Callable[[Situation, Invoice], Any]] = {
    "customer.country": lambda seen, _: seen.facts.position.customer.country or "",
    "customer.language": lambda seen, _: seen.facts.position.customer.language or "",
    "customer.tags": lambda seen, _: seen.facts.position.customer.tags,
    "customer.balance": lambda seen, one: seen.owed(one.balance.currency, overdue=False),
    "customer.overdue": lambda seen, one: seen.owed(one.balance.currency, overdue=True),
    "invoice.total": lambda _, one: one.total,
    "invoice.balance": lambda _, one: one.balance,
    "invoice.currency": lambda _, one: one.balance.currency,
    "invoice.days_overdue": lambda seen, one: seen.days_overdue(one),
    "invoice.has_po": lambda _, one: bool(one.po_number),
    "payment.failure_code": lambda _, one: one.charge.code if one.charge else "",
}


def _at_least(found: Any, value: Any) -> bool:  # noqa: ANN401 - an amount or a number
    if not isinstance(found, Money):
        return bool(found >= value)
    # An amount in a currency the rule does not name is neither above nor below.
    limit = limit_in(value, found.currency)
    return limit is not None and found >= limit


def _at_most(found: Any, value: Any) -> bool:  # noqa: ANN401 - an amount or a number
    if not isinstance(found, Money):
        return bool(found <= value)
    limit = limit_in(value, found.currency)
    return limit is not None and found <= limit


_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda found, value: bool(found == value),
    "is_not": lambda found, value: bool(found != value),
    "in": lambda found, value: found in value,
    "not_in": lambda found, value: found not in value,
    "at_least": _at_least,
    "at_most": _at_most,
    "between": lambda found, value: bool(value[0] <= found <= value[1]),
    "contains": lambda found, value: value in found,
    "not_contains": lambda found, value: value not in found,
    "starts_with": lambda found, value: bool(found.startswith(value)),
    "is_set": lambda found, _: bool(found),
    "is_empty": lambda found, _: not found,
}


def holds(condition: Condition, seen: Situation, invoice: Invoice) -> bool:
    """Whether one condition holds."""
    found = _ASKED[condition.field](seen, invoice)
    return _HOLDS[condition.op](found, condition.value)


def hold_all(conditions: tuple[Condition, ...], seen: Situation, invoice: Invoice) -> bool:
    """Whether every condition holds; an empty list does."""
    return all(holds(one, seen, invoice) for one in conditions)


def policy_for(seen: Situation, invoice: Invoice) -> Policy | None:
    """Give the first policy that fits the invoice, or None."""
    for policy in seen.rules.dunning.policies:
        some = not policy.any_of or any(holds(one, seen, invoice) for one in policy.any_of)
        if some and hold_all(policy.applies_when, seen, invoice):
            return policy
    return None
