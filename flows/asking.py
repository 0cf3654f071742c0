"""Asking a payer, once, which invoices a payment is for, when nothing came that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flows import answering, bodies, on_account
from flows.ask_links import Asked
from flows.dunning import fresh_facts
from flows.keeping import keep
from flows.perform import Desk, Dropped, Hand, NotNowError, UnconfirmedError, nothing
from flows.reminding import CLOSED, STALE_SECONDS, opening
from ledger.days import days_between, local_day
from ledger.documents import Source
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from rules.actions import AskPayer, ReminderLine
from rules.matching import asking
from store import actions, answers, connections, holds, mirror

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from ledger.documents import Invoice, Receipt
    from rules.actions import Matched
    from rules.facts import DunningFacts, MatchFacts
    from rules.matching.book import Opened
    from store.actions import ActionRow

Body = dict[str, Any]

KIND = "ask"
SWITCHED_OFF = "questions to payers are switched off"
TURNED_BACK = "questions do not go by themselves any more"
PLACED = "the money was placed, or is not what it was"
ANOTHER = "the payment turned out to be another customer's"
# What disposes of a receipt's money.
_PLACING = frozenset({"apply", "keep"})
_OPEN = frozenset({actions.PLANNED, actions.WAITING, actions.DOING, actions.UNKNOWN})


def plan(
    s: Session,
    desk: Desk,
    decided: Sequence[Matched],
    facts: MatchFacts,
    opened: Opened | None,
) -> None:
    """Plan the questions that are wanted, each once; and drop those that are not any more.

    Nothing goes by itself unless both matching and dunning are set to act by themselves.
    """
    ledger = desk.organisation.ledger
    if ledger is None or desk.tools.ask_links is None:
        return
    today = local_day(desk.now, ledger.zone)
    wanted = asking.questions(decided, facts, desk.rules, today, opened)
    held = holds.of_customers(s, desk.organisation.id, sorted(set(wanted.values())), today)
    wanted = {key: customer for key, customer in wanted.items() if not held.get(customer)}
    _drop(s, desk, wanted)
    alone = _go_alone(desk)
    receipts = {(one.source.value, one.ref.id): one for one in facts.receipts}
    for key, customer_id in wanted.items():
        receipt = receipts[key]
        customer = mirror.customer(s, desk.organisation.id, customer_id)
        question = AskPayer(
            source=receipt.source,
            receipt_id=receipt.ref.id,
            customer_id=customer_id,
            to=(customer.email if customer else None) or "",
            paid=receipt.unapplied,
            received=receipt.received,
            alone=alone,
        )
        actions.plan(
            s,
            desk.organisation.id,
            connection_id=desk.connection.id,
            key=question.key,
            kind=KIND,
            subject=f"receipt:{question.source}:{question.receipt_id}",
            body=bodies.question(question),
            claims=(question.key,),
            state=actions.PLANNED if alone else actions.WAITING,
            next_at=desk.now,
            day=None,
            now=desk.now,
            who="dunnock",
            why="nothing says what this payment is for, and its payer is known",
        )


def _go_alone(desk: Desk) -> bool:
    return desk.rules.matching.mode == desk.rules.dunning.mode == "auto"


def _drop(s: Session, desk: Desk, wanted: Mapping[tuple[str, str], str]) -> None:
    """Drop the questions that are not wanted any more, or not of the customer they would go to."""
    ours = desk.organisation.id
    for row in (*actions.waiting(s, ours), *actions.in_state(s, ours, actions.PLANNED)):
        if row.kind != KIND:
            continue
        reason = _unwanted(desk, bodies.read_question(row.body), wanted)
        if not reason:
            continue
        actions.cancel(
            s,
            ours,
            row.id,
            who="dunnock",
            now=desk.now,
            reason=reason,
            states=(actions.PLANNED, actions.WAITING),
        )


def _unwanted(desk: Desk, question: AskPayer, wanted: Mapping[tuple[str, str], str]) -> str:
    customer_id = wanted.get((question.source.value, question.receipt_id))
    if customer_id is None:
        return PLACED
    if customer_id != question.customer_id:
        return ANOTHER
    # It is planned anew, and waits for a person then.
    return TURNED_BACK if question.alone and not _go_alone(desk) else ""


def approve(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> None:
    """Let a question go. Raises ValueError when it does not wait any more."""
    if not actions.approve(s, organisation_id, action_id, who=who, now=now):
        msg = "this question does not wait any more; reload the page"
        raise ValueError(msg)


def _look(_desk: Desk, row: ActionRow) -> Body | None:
    msg = f"A question to {row.body['to']} was being handed to the mail server as the work stopped."
    raise UnconfirmedError(msg)


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    question = bodies.read_question(row.body)
    if desk.rules.matching.no_reference != asking.ASK:
        return Dropped(SWITCHED_OFF)
    if question.alone and not _go_alone(desk):
        return Dropped(TURNED_BACK)
    facts = fresh_facts(desk, question.customer_id)
    if facts is None:
        raise NotNowError(STALE_SECONDS, "payments are being read")
    _read_again(desk, question, facts)
    reason = _why_not(desk, question, facts)
    if reason:
        return Dropped(reason)
    _require_decided(desk)
    opens = opening(desk, facts)
    if opens > desk.now:
        raise NotNowError((opens - desk.now).total_seconds(), CLOSED)
    today = local_day(desk.now, facts.organisation.zone)
    to = facts.position.customer.email or question.to
    lines = _lines(facts.position.invoices, question, today)
    return bodies.question(replace(question, to=to, lines=lines))


def _read_again(desk: Desk, question: AskPayer, facts: DunningFacts) -> None:
    """Read what may have left the customer's open items: the money itself, and what was paid."""
    ours, still_open = desk.organisation.id, {one.ref for one in facts.position.invoices}
    with desk.tools.sessions.begin() as s:
        kept = mirror.receipt(s, ours, question.source, question.receipt_id)
        owed = mirror.invoices_of(s, ours, question.customer_id)
    refs = [one.ref for one in owed if one.is_open and one.ref not in still_open]
    if kept is not None and question.source is Source.LEDGER:
        refs.append(kept.ref)
    if not refs:
        return
    read = desk.books.read(refs)
    with desk.tools.sessions.begin() as s:
        keep(s, desk.connection, read, desk.now)


def _require_decided(desk: Desk) -> None:
    """Raise NotNowError until the rules have looked at what changed: they may place the money."""
    with desk.tools.sessions.begin() as s:
        look_at = connections.get(s, desk.connection.id).next_match_at
    if look_at is not None and look_at <= desk.now:
        raise NotNowError(STALE_SECONDS, "the rules look first at what has changed")


def _why_not(desk: Desk, question: AskPayer, facts: DunningFacts) -> str:
    """Say what has come up that makes the question wrong, or "" when nothing has."""
    ours = desk.organisation.id
    with desk.tools.sessions.begin() as s:
        receipt = mirror.receipt(s, ours, question.source, question.receipt_id)
        if receipt is None or receipt.unapplied != question.paid or _is_placed(s, ours, receipt):
            return PLACED
        if not answering.is_theirs(s, ours, receipt, question.customer_id):
            return ANOTHER
        answered = answers.of_receipts(s, ours, [question.receipt_id])
    said = answered.get((question.source, question.receipt_id))
    if said is not None and said.customer_id == question.customer_id:
        return "the payer has answered"
    if facts.holds:
        return f"held: {', '.join(sorted({one.kind for one in facts.holds}))}"
    known = asking.may_ask(receipt, facts.position.customer, facts.position.invoices)
    return "" if known else "the payer owes nothing in this currency, or has no e-mail address"


def _is_placed(s: Session, organisation_id: int, receipt: Receipt) -> bool:
    """Say whether somebody disposes of the money already, or left it on account."""
    about = actions.of_subject(s, organisation_id, f"receipt:{receipt.source}:{receipt.ref.id}")
    on_its_way = any(one.kind in _PLACING and one.state in _OPEN for one in about)
    return on_its_way or bool(on_account.left(s, organisation_id, [receipt]))


def _lines(
    invoices: Sequence[Invoice], question: AskPayer, today: date
) -> tuple[ReminderLine, ...]:
    open_ones = [
        one for one in invoices if one.is_open and one.balance.currency == question.paid.currency
    ]
    return tuple(
        ReminderLine(
            invoice_id=one.ref.id,
            number=one.number,
            step="",
            level=0,
            issued=one.issued,
            due=one.due,
            balance=one.balance,
            days_overdue=days_between(one.due, today),
        )
        for one in sorted(open_ones, key=lambda one: (one.due, one.number, one.ref.id))
    )


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    question = bodies.read_question(body)
    links = desk.tools.ask_links
    with desk.tools.sessions.begin() as s:
        customer = mirror.customer(s, desk.organisation.id, question.customer_id)
    if customer is None or desk.organisation.ledger is None or links is None:
        msg = "the customer left the mirror, or no page is open to answer on"
        raise RefusedError(msg)
    asked = Asked(
        desk.organisation.public_id, question.source, question.receipt_id, question.customer_id
    )
    question = replace(question, link=links.make(asked, desk.now))
    # Ids of documents repeat across organisations, and so would the key.
    key = f"{desk.organisation.public_id}:{row.key}"
    try:
        message_id = desk.tools.channel.ask(question, customer, desk.organisation.ledger, key)
    except RetryLaterError as error:
        raise NotNowError(error.seconds, str(error)) from error
    except UnknownOutcomeError as error:
        msg = f"The mail server did not say whether it took the question to {question.to}: {error}"
        raise UnconfirmedError(msg) from error
    return {"message_id": message_id}


ASK = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=nothing, after=nothing)
