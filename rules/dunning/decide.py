"""Decides one customer's reminders: what goes today, what does not, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from ledger.documents import Failure, Status
from rules.actions import Dunned, Escalate, ReminderLine, SendReminder, Suppressed, Why
from rules.dunning.conditions import policy_for
from rules.dunning.holds import Facts, reason_against
from rules.dunning.ladder import Rung, stand
from rules.dunning.situation import Situation, look, without_age
from rules.dunning.window import Closed, country_for, in_window, next_window, zone_for
from rules.steps import FAILED

if TYPE_CHECKING:
    from datetime import datetime

    from ledger.documents import Invoice
    from rules.facts import DunningFacts
    from rules.ruleset import Policy, RuleSet

# What a recheck says when the moment is wrong rather than the reminder: wait for `next_window`.
OUTSIDE_WINDOW = "outside_window"


@dataclass(frozen=True, slots=True)
class DunningDecision:
    """What is to be done for one customer, and every step that was due and is not done."""

    actions: tuple[Dunned, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()


@dataclass(frozen=True, slots=True)
class _Due:
    """One invoice on the rung that it takes today."""

    invoice: Invoice
    policy: Policy
    rung: Rung
    line: ReminderLine

    @property
    def weight(self) -> tuple[int, int, str, str]:
        """Orders the lines of a message: the heaviest gives it its tone."""
        line = self.line
        return (line.level, line.days_overdue, line.number, line.invoice_id)


def decide(facts: DunningFacts, rules: RuleSet, now: datetime, closed: Closed) -> DunningDecision:
    """Decide what goes to one customer at this moment; outside its send window nothing is due.

    `closed` says whether a day is a public holiday in a country. The same facts, rules and moment
    always give the same decision.
    """
    if not _may_send(facts, rules, now, closed):
        return DunningDecision()
    return _decision(look(facts, rules, now, closed))


def outlook(facts: DunningFacts, rules: RuleSet, now: datetime, closed: Closed) -> DunningDecision:
    """Say what the next send window would bring if nothing changed: the preview.

    It is the same decision, taken at that moment as if the facts had then been read afresh.
    """
    opens = next_window(rules, *_place(facts, rules), now, closed)
    return _decision(look(without_age(facts, opens), rules, opens, closed))


def recheck(
    reminder: SendReminder, facts: DunningFacts, rules: RuleSet, now: datetime, closed: Closed
) -> SendReminder | tuple[Suppressed, ...]:
    """Repeat the decision on freshly read facts just before sending.

    Gives the reminder with the lines that still hold, with today's balances, days and address, or
    the reasons against every line. Never adds a line. `facts.contacted` must not hold the reminder
    itself. `needs_approval` follows the rules as they are now; `outside_window` means that only
    the moment is wrong.
    """
    seen = look(facts, rules, now, closed)
    if rules.dunning.mode == "preview":
        return _all_against(seen, reminder, "switched_off")
    if not _may_send(facts, rules, now, closed):
        return _all_against(seen, reminder, OUTSIDE_WINDOW)
    due, suppressed = _judge(seen)
    kept = [
        one for one in due if one.rung.step.action == "email" and one.line.claim in reminder.claims
    ]
    if kept:
        return _message(seen, kept)
    told = {(one.invoice_id, one.step): one for one in suppressed}
    return tuple(
        told.get((line.invoice_id, line.step)) or _no_longer(seen, line) for line in reminder.lines
    )


def _place(facts: DunningFacts, rules: RuleSet) -> tuple[str, str | None]:
    customer, organisation = facts.position.customer, facts.organisation
    return zone_for(rules, customer, organisation), country_for(rules, customer, organisation)


def _may_send(facts: DunningFacts, rules: RuleSet, now: datetime, closed: Closed) -> bool:
    return in_window(rules, *_place(facts, rules), now, closed)


def _decision(seen: Situation) -> DunningDecision:
    due, suppressed = _judge(seen)
    emails = [one for one in due if one.rung.step.action == "email"]
    actions: list[Dunned] = [_message(seen, group) for group in _groups(seen, emails)]
    tasks = sorted(
        (one for one in due if one.rung.step.action == "escalate"),
        key=lambda one: one.rung.step.assign_to,
    )
    for _, group in groupby(tasks, key=lambda one: one.rung.step.assign_to):
        actions.append(_task(seen, list(group)))
    return DunningDecision(tuple(actions), tuple(suppressed))


def _groups(seen: Situation, emails: list[_Due]) -> list[list[_Due]]:
    if seen.rules.dunning.group_by == "invoice":
        return [[one] for one in emails]
    return [emails] if emails else []


def _judge(seen: Situation) -> tuple[list[_Due], list[Suppressed]]:
    due: list[_Due] = []
    suppressed: list[Suppressed] = []
    for invoice in seen.invoices:
        policy = policy_for(seen, invoice)
        if policy is None or not policy.steps:
            suppressed += _unpoliced(seen, invoice, policy)
            continue
        excuse = _uncharged(seen, policy, invoice)
        if excuse is not None:
            suppressed.append(excuse)
            continue
        standing = stand(seen, policy, invoice)
        for one in standing.dropped:
            told = (("planned for", one.rung.planned.isoformat()),)
            step = _step(policy, one.rung)
            suppressed.append(
                replace(_against(seen, invoice, step, (one.reason, told)), final=one.final)
            )
        if standing.rung is None:
            continue
        reason = reason_against(seen, invoice, standing.rung)
        if reason:
            suppressed.append(_against(seen, invoice, _step(policy, standing.rung), reason))
        else:
            line = _line(seen, invoice, standing.rung)
            due.append(_Due(invoice, policy, standing.rung, line))
    return due, suppressed


def _step(policy: Policy | None, rung: Rung | None) -> tuple[str, str]:
    """Name the policy and the step that a reason speaks of."""
    return policy.name if policy else "none", rung.name if rung else ""


def _unpoliced(seen: Situation, invoice: Invoice, policy: Policy | None) -> list[Suppressed]:
    # Only what is overdue would have been reminded; the rest needs no excuse.
    if seen.days_overdue(invoice) <= 0:
        return []
    reason = "no_policy" if policy is None else "policy_has_no_steps"
    return [_against(seen, invoice, _step(policy, None), (reason, ()))]


def _uncharged(seen: Situation, policy: Policy, invoice: Invoice) -> Suppressed | None:
    """Say why nothing is due on an invoice that is charged without asking, if nothing is."""
    if invoice.charge is None:
        return None
    if invoice.charge.failed_on is None:
        # That money is asked for only now needs no excuse on the day itself.
        reason = "charge_pending" if seen.days_overdue(invoice) > 0 else ""
    else:
        has_step = any(one.anchor == FAILED for one in policy.steps)
        reason = "" if has_step else "no_failed_step"
    return _against(seen, invoice, _step(policy, None), (reason, ())) if reason else None


def _against(
    seen: Situation, invoice: Invoice, step: tuple[str, str], reason: tuple[str, Facts]
) -> Suppressed:
    policy, name = step
    code, told = reason
    facts = (
        ("balance", str(invoice.balance)),
        ("days overdue", str(seen.days_overdue(invoice))),
        *told,
    )
    return Suppressed(
        customer_id=seen.facts.position.customer.ref.id,
        invoice_id=invoice.ref.id,
        number=invoice.number,
        step=name,
        reason=code,
        final=False,
        why=Why(f"{policy}/{name}" if name else policy, seen.rules.version, facts),
    )


def _line(seen: Situation, invoice: Invoice, rung: Rung) -> ReminderLine:
    return ReminderLine(
        invoice_id=invoice.ref.id,
        number=invoice.number,
        step=rung.name,
        level=rung.level,
        issued=invoice.issued,
        due=invoice.due,
        balance=invoice.balance,
        days_overdue=seen.days_overdue(invoice),
        failure=_failure(invoice, rung),
    )


def _failure(invoice: Invoice, rung: Rung) -> str:
    if rung.step.anchor != FAILED or invoice.charge is None:
        return ""
    return str(invoice.charge.failure or Failure.OTHER)


def _why(seen: Situation, due: list[_Due]) -> Why:
    leading = max(due, key=lambda one: one.weight)
    facts = [
        (
            one.line.number,
            f"{one.rung.name}, {one.line.days_overdue} days overdue, {one.line.balance}",
        )
        for one in due
    ]
    facts += [("credit on account", str(left)) for _, left in sorted(seen.credits.items())]
    return Why(f"{leading.policy.name}/{leading.rung.name}", seen.rules.version, tuple(facts))


def _message(seen: Situation, due: list[_Due]) -> SendReminder:
    leading = max(due, key=lambda one: one.weight)
    customer = seen.facts.position.customer
    careful = any(one.policy.requires_approval or one.rung.step.requires_approval for one in due)
    return SendReminder(
        customer_id=customer.ref.id,
        to=(customer.email or "").strip(),
        cc=customer.emails_cc,
        template=leading.rung.step.template,
        level=leading.rung.level,
        day=seen.today,
        lines=tuple(one.line for one in due),
        needs_approval=careful or seen.rules.dunning.mode != "auto",
        why=_why(seen, due),
        credits=tuple(left for _, left in sorted(seen.credits.items())),
    )


def _task(seen: Situation, due: list[_Due]) -> Escalate:
    leading = max(due, key=lambda one: one.weight)
    return Escalate(
        customer_id=seen.facts.position.customer.ref.id,
        assign_to=leading.rung.step.assign_to,
        task_due=seen.today + timedelta(days=leading.rung.step.task_due_days),
        day=seen.today,
        lines=tuple(one.line for one in due),
        why=_why(seen, due),
    )


def _all_against(seen: Situation, reminder: SendReminder, reason: str) -> tuple[Suppressed, ...]:
    return tuple(_withheld(seen, line, reason) for line in reminder.lines)


def _no_longer(seen: Situation, line: ReminderLine) -> Suppressed:
    """Say what became of an invoice whose line does not stand any more."""
    found = [one for one in seen.facts.position.invoices if one.ref.id == line.invoice_id]
    if not found:
        return _withheld(seen, line, "no_longer_there")
    if found[0].is_open:
        return _withheld(seen, line, "no_longer_due")
    reason = "paid" if found[0].status is Status.OPEN else found[0].status.value
    return _withheld(seen, line, reason)


def _withheld(seen: Situation, line: ReminderLine, reason: str) -> Suppressed:
    facts = (("balance", str(line.balance)), ("days overdue", str(line.days_overdue)))
    return Suppressed(
        customer_id=seen.facts.position.customer.ref.id,
        invoice_id=line.invoice_id,
        number=line.number,
        step=line.step,
        reason=reason,
        final=False,
        why=Why(line.step, seen.rules.version, facts),
    )
