"""Cash application: ask the rules about money nobody placed, and plan what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connector.protocol import Ability
from flows import (
    arrived,
    asking,
    bodies,
    changed,
    fitting,
    gathering,
    judging,
    kept_money,
    netting,
    on_account,
    paying_for,
    remittances,
    unapplying,
    unplaced,
    written,
)
from flows.able import can
from flows.bank import links as bank_links
from ledger.days import local_day
from ledger.differences import adjusted
from ledger.documents import Source
from rules import matching
from rules.actions import Apply, AskHuman, Candidate, Keep, Portion, Why
from rules.facts import MatchFacts
from store import (
    actions,
    claims,
    connections,
    exceptions,
    mirror,
)
from store.track_record import CHOSEN_OTHERWISE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from flows.perform import Desk
    from ledger.differences import Adjustment
    from ledger.documents import Receipt
    from rules.ruleset import RuleSet
    from store.actions import ActionRow
    from store.connections import ConnectionRow
    from store.organisations import OrganisationRow


def _waiting(s: Session, organisation_id: int) -> list[ActionRow]:
    return [row for row in actions.waiting(s, organisation_id) if row.kind == "apply"]


def match(s: Session, desk: Desk) -> int:
    """Match every unapplied receipt of the organisation; gives how many actions were planned."""
    elsewhere = bank_links.plan(s, desk.organisation, desk.now)
    facts = gathering.gather(s, desk.organisation.id, elsewhere)
    if not facts.receipts and not actions.waiting(s, desk.organisation.id):
        unplaced.tell(s, desk, ())
        return 0
    return _decide(s, desk, facts)


def _decide(s: Session, desk: Desk, facts: MatchFacts) -> int:
    ledger = desk.organisation.ledger
    today = local_day(desk.now, ledger.zone if ledger else "UTC")
    gathering.make_ready(s, desk.organisation.id)
    opened = gathering.open_ledger(s, desk.organisation.id, facts, desk.rules.matching)
    decisions = matching.decide(facts, desk.rules, today, opened)
    wanted = {one.key for one in decisions if isinstance(one, Apply)}
    for row in _waiting(s, desk.organisation.id):
        if row.key not in wanted:
            actions.cancel(
                s,
                desk.organisation.id,
                row.id,
                who="dunnock",
                now=desk.now,
                reason="the facts changed",
                states=(actions.WAITING,),
            )
    planned = 0
    asking.plan(s, desk, decisions, facts, opened)
    for one in decisions:
        if isinstance(one, Apply):
            planned += _plan(s, desk, one, who="dunnock") is not None
    unplaced.tell(s, desk, decisions)
    return planned


def _plan(s: Session, desk: Desk, action: Apply, who: str) -> ActionRow | None:
    # What nobody can take back, no rule does alone.
    alone = action.automatic and can(desk.connection, Ability.UNAPPLY)
    row = actions.plan(
        s,
        desk.organisation.id,
        connection_id=desk.connection.id,
        key=action.key,
        kind="apply",
        subject=f"receipt:{action.source}:{action.receipt_id}",
        body=bodies.application(action),
        claims=action.claims,
        state="planned" if alone else "waiting",
        next_at=desk.now,
        day=None,
        now=desk.now,
        who=who,
        why=action.why.sentence,
    )
    if row is not None:
        exceptions.close_subject(
            s,
            desk.organisation.id,
            row.subject,
            who=who,
            now=desk.now,
            resolution="an answer was found",
        )
    return row


def choices(
    s: Session, organisation: OrganisationRow, rules: RuleSet, now: datetime
) -> list[Apply | AskHuman]:
    """Say, for the page, what the rules would answer for each unapplied receipt now.

    A session that only reads needs `gathering.is_ready` first.
    """
    zone = organisation.ledger.zone if organisation.ledger else "UTC"
    elsewhere = bank_links.verdicts(s, organisation, now)
    facts = gathering.gather(s, organisation.id, elsewhere)
    opened = gathering.open_ledger(s, organisation.id, facts, rules.matching)
    return list(matching.decide(facts, rules, local_day(now, zone), opened))


def apply_choice(  # noqa: PLR0913 - who chose what, when
    s: Session,
    organisation: OrganisationRow,
    source: Source,
    receipt_id: str,
    portions: Sequence[Portion],
    *,
    who: str,
    now: datetime,
    adjustments: Sequence[Adjustment] = (),
    keep_for: str = "",
    judging_of: Candidate | None = None,
) -> ActionRow:
    """Plan what a person chose. Raises ValueError naming what does not add up.

    `adjustments` are the parts of the portions that no money came for, as the person named them.
    What is left, perhaps all, is booked on account of the customer `keep_for`, if there is one.
    The choice says whether the answer `judging_of`, as `offering.offered` gives it, was right.
    """
    receipt = mirror.receipt(s, organisation.id, source, receipt_id)
    books = connections.books_of(s, organisation.id)
    if receipt is None or books is None or receipt.unapplied.minor <= 0:
        msg = "this receipt is not open any more; reload the page"
        raise ValueError(msg)
    arrived.require(receipt)
    if keep_for:
        kept_money.require(s, books, source, keep_for)
        if not portions:
            judging.pass_over(s, organisation.id, judging_of)
            return _keep_all(s, books, receipt, keep_for, who, now)
    owners = paying_for.owners_of(s, organisation.id, portions)
    taken = changed.came(receipt, portions, adjustments, keep_for)
    left = receipt.unapplied + adjusted(adjustments, receipt.unapplied.currency)
    for paid in [taken] if taken else [one.amount for one in portions]:
        left -= paid
    if not portions or left.minor < 0:
        msg = f"choose invoices for at most {receipt.unapplied}"
        raise ValueError(msg)
    fitting.require(organisation, books, receipt, adjustments, left)
    payees = paying_for.payees(s, organisation.id, receipt, portions, owners)
    evidence, passed_over = judging.judged(judging_of, portions, adjustments)
    action = Apply(
        source=source,
        receipt_id=receipt_id,
        customer_id=receipt.customer_id or owners[portions[0].invoice_id],
        portions=tuple(portions),
        left=left,
        automatic=True,
        why=Why(judging.PERSON, 0, (("chosen by", who), *payees)),
        adjustments=tuple(adjustments),
        keep_for=keep_for,
        evidence=evidence,
        passed_over=passed_over,
        came=taken,
        advice=remittances.listing(s, organisation.id, receipt, portions),
    )
    netting.require(books, action)
    netting.split(action, owners)
    return _plan_choice(s, organisation, books.id, action, who, now)


def _keep_all(
    s: Session, books: ConnectionRow, receipt: Receipt, customer_id: str, who: str, now: datetime
) -> ActionRow:
    subject = f"receipt:{receipt.source}:{receipt.ref.id}"
    on_account.clear_the_way(s, books.organisation_id, subject, who, now, "a person chose")
    why = Why(judging.PERSON, 0, (("chosen by", who),))
    whole = Keep(receipt.source, receipt.ref.id, customer_id, receipt.unapplied, why)
    name = f":by:{now.isoformat()}"
    planned = kept_money.plan(s, books, whole, who=who, now=now, name=name)
    if planned is None:
        msg = "this money is being applied already; look at the activity page"
        raise ValueError(msg)
    exceptions.close_subject(
        s, books.organisation_id, subject, who=who, now=now, resolution="kept on account"
    )
    return planned


def _plan_choice(
    s: Session,
    organisation: OrganisationRow,
    connection_id: int,
    action: Apply,
    who: str,
    now: datetime,
) -> ActionRow:
    subject = f"receipt:{action.source}:{action.receipt_id}"
    on_account.clear_the_way(s, organisation.id, subject, who, now, CHOSEN_OTHERWISE)
    for row in actions.of_subject(s, organisation.id, subject):
        if row.kind == "apply" and row.state == "done":
            # The ledger shows this money unapplied again, so what was done is gone; it is read
            # once more before anything is written.
            claims.narrow(s, organisation.id, row.id, written.claims_of(row.outcome))
    planned = actions.plan(
        s,
        organisation.id,
        connection_id=connection_id,
        key=f"{action.key}:by:{now.isoformat()}",
        kind="apply",
        subject=subject,
        body=bodies.application(action),
        claims=action.claims,
        state="planned",
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=action.why.sentence,
    )
    if planned is None:
        msg = "this money is being applied already; look at the activity page"
        raise ValueError(msg)
    exceptions.close_subject(s, organisation.id, subject, who=who, now=now, resolution="applied")
    return planned


def approve(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> None:
    """Let a waiting action go. Raises ValueError when it does not wait any more."""
    if not actions.approve(s, organisation_id, action_id, who=who, now=now):
        msg = "this does not wait for approval any more; reload the page"
        raise ValueError(msg)


def undo(
    s: Session,
    organisation_id: int,
    action_id: int,
    *,
    who: str,
    now: datetime,
    came_back: str = "",
) -> ActionRow:
    """Plan taking an application apart. Raises ValueError when there is nothing to undo.

    `came_back` is the subject of the bank line that took its money back, if one did.
    """
    row = actions.get(s, organisation_id, action_id)
    planned = unapplying.undo(s, row, who, now, came_back) if row else None
    if planned is None:
        msg = "this application is undone already or was never made"
        raise ValueError(msg)
    return planned
