"""Decides an organisation's receipts under its rules, and says which of them go by themselves.

`placing` finds the answers; here each is held against what the rule set lets a rule do alone, and
against what can be written into a ledger. More than one answer is never an answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ledger.differences import Difference
from ledger.documents import Source, Status
from rules.actions import Apply, AskHuman, Candidate, Why
from rules.matching import hearsay
from rules.matching.acting import action, unbooked
from rules.matching.found import Agreement
from rules.matching.gathered import Gathered, gather
from rules.matching.group import is_held_for_another, is_of_one_group, owners, told
from rules.matching.mirrored import OWED_WHEN
from rules.matching.placing import decide_batch
from rules.matching.sent_back import sent_back
from rules.matching.values import Kind
from rules.matching.write_offs import given_up
from rules.reasons import QUIET_REASONS
from rules.ruleset import limit_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from ledger.documents import Receipt
    from rules.actions import Keep, Matched, Portion
    from rules.facts import MatchFacts
    from rules.matching.book import Opened
    from rules.matching.values import Answer, Decision, Item
    from rules.ruleset import RuleSet

Key = tuple[str, str]
Told = tuple[tuple[str, str], ...]

# Money that is not there, or not ours: no invoice of ours is an answer.
_NO_OFFER = QUIET_REASONS | {"other_organisation"}
# Why an answer that clears nothing is put before a person, by the kind of money.
_KINDS = {
    Kind.RECEIVABLE: "already_paid",
    Kind.PAYOUT: "payout",
    Kind.REVERSAL: "returned",
    Kind.REFUND: "refund",
    Kind.NOT_RECEIVABLE: "not_receivable",
    Kind.UNKNOWN: "no_match",
}
# Receivables that clear nothing, by rule, where they are not for what is paid already.
_EMPTY = {"marked_on_account": "marked_on_account"}
# What the words of evidence say against an answer, as a reason to ask.
_AGAINST = {
    "other": "other_customer",
    "paid": "already_paid",
    "paid_other": "already_paid",
    "strange": "names_another",
}
# Spellings that are no number of ours for sure where nobody is known to have paid.
_LOOSE = frozenset(("loose", "damaged"))
# Why money in the ledger is not offered for an invoice, in the words of what was compared.
_HELD = (
    "the ledger sets money of one customer against no other's invoices: enter it there as theirs"
)
# The word of the rules for giving up what little is missing.
_GIVE_UP = "write_off_within_tolerance"
# The payer itself lists what these are for, however much it is.
_LISTED = frozenset(("stripe_link", "remittance_complete"))


def decide(
    facts: MatchFacts, rules: RuleSet, today: date, opened: Opened | None = None
) -> tuple[Matched, ...]:
    """Decide every receipt exactly once, in the order given.

    The decision on a receipt does not depend on that order. `facts.invoices` should hold, besides
    the open ones, the invoices that receipts are linked to, so that a paid one is told from an
    unknown one. With a ledger that is `opened`, it is asked for everything else.
    """
    desk = Desk(facts, rules, today, opened)
    receipts = {_key(receipt): receipt for receipt in facts.receipts}
    decided: dict[Key, Matched] = {}
    ready = []
    for key, receipt in sorted(receipts.items(), key=lambda pair: (pair[1].received, pair[0])):
        reason = _nothing_to_do(receipt) or desk.elsewhere(receipt) or desk.gone(receipt)
        if reason:
            decided[key] = desk.ask(receipt, reason, (), ())
        else:
            ready.append(desk.gathered.placed(receipt))
    found = decide_batch(desk.gathered.book, ready, facts.advices, desk.gathered.policy)
    for receipt, decision in zip(ready, found, strict=True):
        decided[_key(receipt)] = desk.matched(receipt, decision)
    return tuple(decided[key] for key in receipts)


def _key(receipt: Receipt) -> Key:
    return receipt.source.value, receipt.ref.id


def _nothing_to_do(receipt: Receipt) -> str:
    if receipt.processing:
        return "still_processing"
    gone = receipt.status in (Status.VOID, Status.DRAFT)
    # What a bank says went out is looked at; a ledger or Stripe tells of its own refunds.
    out = receipt.unapplied.minor < 0 and receipt.source is Source.BANK
    return "nothing_left" if gone or (receipt.unapplied.minor <= 0 and not out) else ""


class Desk:
    """One run: the ledger as gathered, the rules in force, and the day."""

    def __init__(
        self, facts: MatchFacts, rules: RuleSet, today: date, opened: Opened | None
    ) -> None:
        self.facts = facts
        self.rules = rules
        self.today = today
        self.gathered: Gathered = gather(facts, rules.matching, today, opened)
        self._sent_back = sent_back(facts.receipts, facts.own_names)
        self._outcomes: dict[str, str] = {one.id: one.outcome for one in rules.matching.rules}

    def elsewhere(self, receipt: Receipt) -> str:
        """Say that a receipt is linked to what is not ours to pay, as a reason."""
        ours = self.facts.tenant_id
        if ours and any(one.tenant_id not in ("", ours) for one in receipt.links):
            return "other_organisation"
        ids = {one.invoice_id for one in receipt.links}
        numbers = {one.invoice_number.strip().casefold() for one in receipt.links} - {""}
        closed = (one for one in self.facts.invoices if one.status not in OWED_WHEN)
        linked = (one.ref.id in ids or one.number.strip().casefold() in numbers for one in closed)
        return "not_open" if any(linked) else ""

    def gone(self, receipt: Receipt) -> str:
        """Say that the bank took a receipt's money back before it was placed, as a reason."""
        is_back = receipt.source is Source.BANK and receipt.ref.id in self._sent_back
        return "sent_back" if is_back else ""

    def matched(self, receipt: Receipt, decision: Decision) -> Matched:
        """Give what is to be done with a receipt."""
        if self._answered(receipt):
            decision = hearsay.as_said(receipt, decision, self.gathered)
        decision = self._forgiving(receipt, decision)
        answer = decision.answer
        if not decision.apply:
            reason = _outgoing(receipt, decision) or _reason(decision)
            asked = self.ask(receipt, reason, decision.suggestions, decision.rejected)
            return self._unsure(receipt, asked, decision)
        wanted = self._wanted(receipt, answer, self.facts.bookable)
        reason = self._unfit(receipt, answer)
        if not reason and wanted is None and self._is_foreign(receipt, answer):
            reason = "other_currency"
        if reason or not isinstance(wanted, Apply):
            return self.ask(receipt, reason or "unsure", (answer,), decision.rejected)
        doubts = self._doubts(receipt, answer, wanted.invoices)
        facts = (*self._facts(answer), *(("for a person", doubt) for doubt in doubts))
        why = self._why(receipt, answer.rule, facts, decision.rejected)
        return replace(wanted, automatic=not doubts, why=why)

    def ask(
        self, receipt: Receipt, reason: str, offered: Sequence[Answer], rejected: Told
    ) -> AskHuman:
        """Put a receipt before a person, with what may be chosen."""
        candidates = () if reason in _NO_OFFER else self._candidates(receipt, reason, offered)
        named = tuple(
            (_numbers(one.portions), dict(one.why.facts)["not taken"]) for one in candidates
        )
        barred = tuple(
            (", ".join(item.number for item in self._items(one)), _HELD)
            for one in offered
            if self._is_held(receipt, one)
        )
        facts = offered[0].facts if offered else (("payer", receipt.payer_name or "unknown"),)
        rule = offered[0].rule if offered else "none"
        why = self._why(receipt, rule, facts, (*rejected, *named, *barred))
        return AskHuman(receipt.source, receipt.ref.id, reason, candidates, why)

    def _unsure(self, receipt: Receipt, asked: AskHuman, decision: Decision) -> AskHuman:
        """Mark the answer that only wants a better record of its evidence, if it can be taken."""
        first = decision.suggestions[:1]
        fit = asked.reason == "unsure" and not any(self._unfit(receipt, one) for one in first)
        if not (fit and decision.unsure and self._candidates(receipt, asked.reason, first)):
            return asked
        marked, *others = asked.candidates
        return replace(asked, candidates=(replace(marked, evidence=decision.unsure), *others))

    def _candidates(
        self, receipt: Receipt, reason: str, offered: Sequence[Answer]
    ) -> tuple[Candidate, ...]:
        """Give the answers that a person can take with one press, each as far as money goes."""
        found: dict[str, Candidate] = {}
        for answer in offered:
            wanted = self._wanted(receipt, answer, self.facts.bookable)
            if isinstance(wanted, Apply):
                facts = (*self._facts(answer), ("not taken", reason))
                why = Why(answer.rule, self.rules.version, facts)
                found.setdefault(wanted.key, Candidate(wanted.portions, why, wanted.adjustments))
        return tuple(found.values())

    def _wanted(
        self, receipt: Receipt, answer: Answer, bookable: Collection[Difference]
    ) -> Apply | Keep | None:
        """Give what an answer wants done, were it taken by a person."""
        if answer.kind is not Kind.RECEIVABLE or self._is_held(receipt, answer):
            return None
        items = {one.id: one for one in self._items(answer)}
        return action(receipt, answer, items, bookable, automatic=False)

    def _forgiving(self, receipt: Receipt, decision: Decision) -> Decision:
        """Give up what is missing of an invoice, where the rules allow it and it can be booked."""
        allowed = self.rules.matching.short_payment == _GIVE_UP
        if not allowed or Difference.WRITE_OFF not in self.facts.bookable:
            return decision
        most = self.rules.matching.write_off_tolerance
        answer, *suggestions = (
            given_up(receipt, one, {each.id: each for each in self._items(one)}, most)
            for one in (decision.answer, *decision.suggestions)
        )
        return replace(decision, answer=answer, suggestions=tuple(suggestions))

    def _items(self, answer: Answer) -> list[Item]:
        found = (self.gathered.book.item(one.document_id) for one in answer.settlement.cleared)
        return [one for one in found if one]

    def _facts(self, answer: Answer) -> Told:
        named = ((one.customer_id, one.number) for one in self._items(answer))
        return (*answer.facts, *told(named, self._name))

    def _name(self, customer_id: str) -> str:
        party = self.gathered.book.party(customer_id)
        return party.name if party else ""

    def _is_foreign(self, receipt: Receipt, answer: Answer) -> bool:
        """Whether documents are in another currency than the money."""
        return any(one.currency != receipt.unapplied.currency for one in self._items(answer))

    def _is_held(self, receipt: Receipt, answer: Answer) -> bool:
        return is_held_for_another(receipt, self._items(answer), self.gathered)

    def _unfit(self, receipt: Receipt, answer: Answer) -> str:
        """Say why an answer is not for a rule to carry out, as a reason; "" where it is."""
        ids = [one.document_id for one in answer.settlement.cleared]
        if answer.kind is not Kind.RECEIVABLE or not ids:
            return _EMPTY.get(answer.rule, _KINDS[answer.kind])
        many = len(ids) > self.rules.matching.max_combined_invoices
        apart = not is_of_one_group(receipt, self._items(answer), self.gathered)
        wrongs = (
            "other_currency" if answer.rule == "reference_converted" else "",
            "several_customers" if apart else "",
            _against(answer),
            "held_for_another" if self._is_held(receipt, answer) else "",
            "too_many_invoices" if many and answer.rule not in _LISTED else "",
        )
        return next(filter(None, wrongs), "")

    def _doubts(self, receipt: Receipt, answer: Answer, portions: Iterable[Portion]) -> list[str]:
        """Say what keeps a sound answer from being taken without a person."""
        matching = self.rules.matching
        limit = limit_in(matching.auto_apply_limit, receipt.unapplied.currency)
        found = (self.gathered.book.item(one.invoice_id) for one in portions)
        invoices = [one for one in found if one]
        early = timedelta(days=matching.earliest_before_issue_days)
        late = timedelta(days=matching.latest_after_due_days)
        words = answer.evidence.split("/")
        loose = words[0] in _LOOSE and Agreement.UNKNOWN in words
        doubts = (
            (matching.mode != "auto", "matching only suggests"),
            (self._outcomes.get(answer.rule) != "apply", "this rule only suggests"),
            ("maybe" in words, "several customers may have paid"),
            (len(owners(self._items(answer))) > 1, "for several customers of a group"),
            (self._is_foreign(receipt, answer), "in another currency"),
            (loose, "the number is not certain, nor who paid"),
            (limit is None or receipt.unapplied > limit, "above the limit"),
            (_key(receipt) in self.facts.freed, "its payment was taken out of the ledger"),
            (receipt.received < self.today - timedelta(days=matching.lookback_days), "old receipt"),
            (receipt.received > self.today, "dated ahead"),
            (any(receipt.received < one.issued - early for one in invoices), "before the invoice"),
            (any(receipt.received > one.due + late for one in invoices), "long after the invoice"),
        )
        told = hearsay.doubts(receipt, answer, self.gathered) if self._answered(receipt) else []
        missing = unbooked(answer, self.facts.bookable)
        return [*(doubt for holds, doubt in doubts if holds), *missing, *told]

    def _answered(self, receipt: Receipt) -> bool:
        return _key(receipt) in self.facts.answered

    def _why(self, receipt: Receipt, rule: str, told: Told, rejected: Told) -> Why:
        first: Told = (("received", receipt.received.isoformat()),)
        if "amount" not in dict(told):
            first = (("amount", str(receipt.unapplied)), *first)
        return Why(rule, self.rules.version, (*first, *told), tuple(dict.fromkeys(rejected)))


def _against(answer: Answer) -> str:
    """Say what the evidence of an answer has against it, as a reason; "" for nothing.

    While a ledger moves on, a payment may name an invoice raised since it was last read; and money
    of one customer is never set against another's invoice by a rule.
    """
    words = answer.evidence.split("/")
    return next((reason for word, reason in _AGAINST.items() if word in words), "")


def _reason(decision: Decision) -> str:
    """Give the reason why a person decides, said more exactly where the best answer tells it."""
    if decision.reason != "unsure" or not decision.suggestions:
        return decision.reason
    return _against(decision.suggestions[0]) or decision.reason


def _outgoing(receipt: Receipt, decision: Decision) -> str:
    """Say that money went out to nobody we know, as a reason; most of a bank's lines do."""
    ours = any(one.kind in (Kind.REVERSAL, Kind.REFUND) for one in decision.suggestions)
    return "not_receivable" if receipt.unapplied.minor < 0 and not ours else ""


def _numbers(portions: Iterable[Portion]) -> str:
    return ", ".join(one.number for one in portions)
