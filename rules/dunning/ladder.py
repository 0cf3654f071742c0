"""Which rung of its ladder an invoice stands on today, and which rungs are over for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ledger.days import open_day
from rules.dunning.conditions import hold_all
from rules.ruleset import limit_in
from rules.steps import FAILED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.documents import Invoice
    from rules.dunning.situation import Situation
    from rules.ruleset import Policy, Step


@dataclass(frozen=True, slots=True)
class Rung:
    """A step at one time for one invoice: `planned` by the rules, `day` as open days allow."""

    step: Step
    name: str
    planned: date
    day: date | None

    @property
    def level(self) -> int:
        """How pressing it is."""
        return self.step.level


@dataclass(frozen=True, slots=True)
class Dropped:
    """A rung that was reached and is not taken; `final` ones never come back."""

    rung: Rung
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an invoice stands: the rung to take today, if any, and those it does not take."""

    rung: Rung | None
    dropped: tuple[Dropped, ...] = ()


def rungs(seen: Situation, policy: Policy, invoice: Invoice) -> list[Rung]:
    """Give the rungs of an invoice in the order in which it reaches them."""
    found = [
        _rung(seen, policy, step, invoice, turn)
        for step in policy.steps
        if _taken(seen, step, invoice)
        for turn in range(step.stop_after)
    ]
    return sorted(found, key=lambda one: (one.planned, one.level, _ANCHORS[one.step.anchor]))


_ANCHORS = {"issue_date": 0, "delivered_at": 1, "due_date": 2, FAILED: 3}


def _taken(seen: Situation, step: Step, invoice: Invoice) -> bool:
    # Whoever is charged without being asked hears of a charge that failed, and of nothing else.
    if (step.anchor == FAILED) != (invoice.charge is not None):
        return False
    if invoice.charge and not invoice.charge.failed_on:
        return False
    least = limit_in(step.minimum_amount, invoice.balance.currency)
    if least and invoice.balance < least:
        return False
    return hold_all(step.only_when, seen, invoice)


def _rung(seen: Situation, policy: Policy, step: Step, invoice: Invoice, turn: int) -> Rung:
    anchor = {
        "issue_date": invoice.issued,
        "delivered_at": seen.delivered(invoice),
        "due_date": invoice.due,
        FAILED: (invoice.charge and invoice.charge.failed_on) or invoice.due,
    }[step.anchor]
    days = step.offset_days + turn * step.repeat_every_days
    if step.level and step.anchor != FAILED:
        days += policy.grace_days
    planned = anchor + timedelta(days=days)
    name = f"{step.name}*{turn + 1}" if turn else step.name
    # An overdue notice must not slip to a day on which nothing is overdue yet, or has failed.
    earliest = anchor + timedelta(days=1 if step.anchor == "due_date" else 0)
    return Rung(step, name, planned, _send_day(seen, step, earliest, planned))


def _send_day(seen: Situation, step: Step, earliest: date, planned: date) -> date | None:
    wanted = seen.rules.dunning.on_closed_day
    if wanted == "skip":
        return planned if seen.open_on(planned) else None
    if wanted == "previous_open_day":
        earlier = open_day(planned, seen.open_on, forward=False)
        if earlier and not (step.level and earlier < earliest):
            return earlier
    return open_day(planned, seen.open_on) or planned


def stand(seen: Situation, policy: Policy, invoice: Invoice) -> Standing:
    """Say which rung an invoice takes today: reached, not done, not from before the switch-on."""
    ladder = rungs(seen, policy, invoice)
    dropped: list[Dropped] = []
    pending: list[Rung] = []
    for rung in _untaken(seen, ladder, invoice):
        if rung.day is None:
            dropped.append(Dropped(rung, "closed_day", final=True))
        elif rung.day < (seen.facts.live_since or seen.today):
            # Without a switch-on day this is a preview, and a preview closes nothing.
            dropped.append(Dropped(rung, "before_live", final=bool(seen.facts.live_since)))
        elif _passed(seen, ladder, rung, invoice):
            dropped.append(Dropped(rung, "superseded", final=True))
        else:
            pending.append(rung)
    caught = _catch_up(seen, pending, invoice)
    return Standing(caught.rung, (*dropped, *caught.dropped))


def _untaken(seen: Situation, ladder: Iterable[Rung], invoice: Invoice) -> list[Rung]:
    """Give the rungs that were reached by today and neither sent nor closed."""
    over = seen.facts.skipped | {(one.invoice_id, one.step) for one in seen.facts.contacted}
    return [
        rung
        for rung in ladder
        if (rung.day or rung.planned) <= seen.today and (invoice.ref.id, rung.name) not in over
    ]


def _passed(seen: Situation, ladder: list[Rung], rung: Rung, invoice: Invoice) -> bool:
    """Whether the invoice was contacted at a later rung, be it of another ladder."""
    places = {one.name: place for place, one in enumerate(ladder)}
    for contact in seen.facts.contacted:
        if contact.invoice_id != invoice.ref.id:
            continue
        if contact.step in places:
            if places[contact.step] > places[rung.name]:
                return True
        elif contact.level >= rung.level and contact.day >= rung.planned:
            return True
    return False


def _catch_up(seen: Situation, pending: list[Rung], invoice: Invoice) -> Standing:
    match seen.rules.dunning.catch_up:
        case "skip":
            today = [one for one in pending if one.day == seen.today]
            missed = [Dropped(one, "missed", final=True) for one in pending if one not in today]
            latest = _latest(today)
            return Standing(latest.rung, (*missed, *latest.dropped))
        case "all_due":
            return _in_turn(seen, pending, invoice)
        case _:
            return _latest(pending)


def _latest(pending: list[Rung]) -> Standing:
    if not pending:
        return Standing(None)
    *earlier, last = pending
    return Standing(last, tuple(Dropped(one, "superseded", final=True) for one in earlier))


def _in_turn(seen: Situation, pending: list[Rung], invoice: Invoice) -> Standing:
    # A word about money that will fall due is nonsense once it has.
    late = seen.days_overdue(invoice) > 0
    stale = [one for one in pending if late and one.planned < invoice.due]
    fresh = [one for one in pending if one not in stale]
    dropped = [Dropped(one, "superseded", final=True) for one in stale]
    dropped += [Dropped(one, "waits_for_earlier_step", final=False) for one in fresh[1:]]
    return Standing(fresh[0] if fresh else None, tuple(dropped))
