"""The state of one matching run: what is still open, and what an answer must not break."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.money import Money, total
from rules.actions import Apply, Portion, Why
from rules.matching.payers import Payers, payers
from rules.matching.references import Named, References, references
from rules.ruleset import limit_in

if TYPE_CHECKING:
    from datetime import date

    from ledger.documents import Invoice, Receipt
    from rules.facts import MatchFacts
    from rules.ruleset import MatchingRule, RuleSet

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a rule explains a receipt."""

    rule: str
    portions: tuple[Portion, ...]
    facts: Facts = ()
    rejected: Facts = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a rule that had something to say leaves the receipt to a person."""

    rule: str
    reason: str
    facts: Facts = ()
    answers: tuple[Answer, ...] = ()


@dataclass(slots=True)
class Board:
    """Open invoices with what earlier answers of this run left of them."""

    facts: MatchFacts
    rules: RuleSet
    today: date
    payers: Payers
    references: References
    invoices: dict[str, Invoice]
    left: dict[str, Money]
    seen: dict[tuple[str, str], Named] = field(default_factory=dict)

    def named(self, receipt: Receipt) -> Named:
        """Say what the receipt names; looked up once a run."""
        key = (receipt.source, receipt.ref.id)
        if key not in self.seen:
            self.seen[key] = self.references.named(receipt)
        return self.seen[key]

    def customer_of(self, invoice_id: str) -> str:
        """Give the living customer of an invoice."""
        return self.payers.living(self.invoices[invoice_id].customer_id)

    def payable(self, invoice_id: str, receipt: Receipt) -> bool:
        """Whether anything is left on the invoice, in the receipt's currency."""
        left = self.left[invoice_id]
        return left.minor > 0 and left.currency == receipt.unapplied.currency

    def of_customers(self, customers: frozenset[str], receipt: Receipt) -> list[str]:
        """Give what these customers have open in the receipt's currency, oldest first."""
        return [
            one
            for one in self.invoices
            if self.payable(one, receipt) and self.customer_of(one) in customers
        ]

    def portions(self, invoice_ids: list[str]) -> tuple[Portion, ...]:
        """Give all that is left of some invoices."""
        return tuple(Portion(one, self.invoices[one].number, self.left[one]) for one in invoice_ids)

    def vetted(self, receipt: Receipt, answer: Answer, payer: frozenset[str]) -> Answer | Refusal:
        """Give the answer back, or the reason why only a person may take it."""
        ids = [one.invoice_id for one in answer.portions]
        owners = {self.customer_of(one) for one in ids}
        if len(owners) > 1:
            return Refusal(answer.rule, "several_customers", answer.facts, (answer,))
        if payer and not owners <= payer:
            return Refusal(answer.rule, "other_customer", answer.facts, (answer,))
        if len(ids) > self.rules.matching.max_combined_invoices:
            return Refusal(answer.rule, "too_many_invoices", answer.facts, (answer,))
        if any((receipt.ref.id, one) in self.facts.undone for one in ids):
            return Refusal(answer.rule, "undone", answer.facts, (answer,))
        return answer

    def apply(self, receipt: Receipt, answer: Answer, rule: MatchingRule) -> Apply:
        """Take the answer: the invoices have less left afterwards."""
        for one in answer.portions:
            self.left[one.invoice_id] -= one.amount
        paid = total((one.amount for one in answer.portions), receipt.unapplied.currency)
        doubts = self._doubts(receipt, answer, rule)
        facts = (
            ("amount", str(receipt.unapplied)),
            ("received", receipt.received.isoformat()),
            *answer.facts,
            *(("for a person", doubt) for doubt in doubts),
        )
        return Apply(
            source=receipt.source,
            receipt_id=receipt.ref.id,
            customer_id=self.customer_of(answer.portions[0].invoice_id),
            portions=answer.portions,
            left=receipt.unapplied - paid,
            automatic=not doubts,
            why=Why(answer.rule, self.rules.version, facts, answer.rejected),
        )

    def _doubts(self, receipt: Receipt, answer: Answer, rule: MatchingRule) -> list[str]:
        """Say what keeps a sound answer from being taken without a person."""
        matching = self.rules.matching
        limit = limit_in(matching.auto_apply_limit, receipt.unapplied.currency)
        invoices = [self.invoices[one.invoice_id] for one in answer.portions]
        early = timedelta(days=matching.earliest_before_issue_days)
        late = timedelta(days=matching.latest_after_due_days)
        doubts = (
            (matching.mode != "auto", "matching only suggests"),
            (rule.outcome != "apply", "this rule only suggests"),
            (limit is None or receipt.unapplied > limit, "above the limit"),
            (receipt.received < self.today - timedelta(days=matching.lookback_days), "old receipt"),
            (receipt.received > self.today, "dated ahead"),
            (any(receipt.received < one.issued - early for one in invoices), "before the invoice"),
            (any(receipt.received > one.due + late for one in invoices), "long after the invoice"),
        )
        return [doubt for holds, doubt in doubts if holds]


def set_up(facts: MatchFacts, rules: RuleSet, today: date) -> Board:
    """Lay the invoices out, oldest first, whatever order they came in."""
    ordered = sorted(facts.invoices, key=lambda one: (one.due, one.number, one.ref.id))
    return Board(
        facts=facts,
        rules=rules,
        today=today,
        payers=payers(facts, rules.matching.learn_payer_after),
        references=references(ordered, rules.matching),
        invoices={one.ref.id: one for one in ordered},
        left={
            one.ref.id: one.balance if one.is_open else replace(one.balance, minor=0)
            for one in ordered
        },
    )
