"""Matches: money that came in, what it seems to pay and why, and the buttons that decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from connector.protocol import Ability
from flows import asking, bodies, cash, fitting, gathering, judging, offering, on_account
from flows.able import can
from flows.notes import DIFFERENCES
from flows.work import rules_of
from ledger.documents import Source
from rules.actions import Apply, AskHuman, Portion, Why
from store import actions, advices, answers, connections, mirror
from web import amounts, matches_kept
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from ledger.differences import Adjustment
    from ledger.documents import CreditNote, Customer, Invoice, Receipt
    from rules.actions import Candidate
    from store.actions import ActionRow
    from store.advices import AdviceRow
    from store.answers import AnswerRow
    from store.connections import ConnectionRow
    from web.matches_kept import Kept

pages = Blueprint("matches", __name__, url_prefix="/o/<public_id>")

KIND = "apply"
# What is on its way, in a word.
GOING = {
    KIND: "Apply",
    "unapply": "Undo",
    "keep": "Keep on account",
    "release": "Take off the account",
}
APPLIED_SHOWN = 20
ADVICES_SHOWN = 10
INVOICES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """One way a receipt may be applied, with its evidence and what no money came for."""

    portions: tuple[Portion, ...]
    why: Why
    adjustments: tuple[Adjustment, ...] = ()
    keep_for: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A receipt that waits for a person. `action` is the proposal that waits, if there is one."""

    receipt: Receipt
    answers: tuple[Answer, ...]
    reason: str
    why: Why
    action: ActionRow | None = None


def _of_action(row: ActionRow, receipts: Mapping[tuple[str, str], Receipt]) -> Question | None:
    apply = bodies.read_application(row.body)
    receipt = receipts.get((apply.source.value, apply.receipt_id))
    if receipt is None:
        return None
    answer = Answer(apply.portions, apply.why, apply.adjustments, apply.keep_for)
    return Question(receipt, (answer,), "", apply.why, row)


def _of_decision(
    one: Apply | AskHuman, receipts: Mapping[tuple[str, str], Receipt]
) -> Question | None:
    receipt = receipts.get((one.source.value, one.receipt_id))
    if receipt is None:
        return None
    if isinstance(one, Apply):
        answer = Answer(one.portions, one.why, one.adjustments, one.keep_for)
        return Question(receipt, (answer,), "", one.why)
    answers = tuple(Answer(each.portions, each.why, each.adjustments) for each in one.candidates)
    return Question(receipt, answers, one.reason, one.why)


@dataclass(frozen=True, slots=True)
class Found:
    """All there is to show: questions, then what is on its way, on account, and applied."""

    questions: list[Question]
    going: list[ActionRow]
    left: list[tuple[Receipt, ActionRow]]
    applied: list[ActionRow]
    customers: Mapping[str, Customer]
    # By the subject of a receipt, the question to its payer; by source and id, what was answered.
    asked: Mapping[str, ActionRow]
    advices: list[AdviceRow]
    answered: Mapping[tuple[Source, str], AnswerRow]
    # Whether the ledger takes an application back.
    can_undo: bool
    kept: Kept


def _make_ready(organisation_id: int) -> None:
    """Let what is written for a look be written: once after a new version, as a rule."""
    with looking() as s:
        ready = gathering.is_ready(s, organisation_id)
    if not ready:
        with site().tools.sessions.begin() as s:
            gathering.make_ready(s, organisation_id)


def _find() -> Found:
    ours = organisation()
    _make_ready(ours.id)
    with looking() as s:
        receipts = {
            (one.source.value, one.ref.id): one for one in mirror.receipts_to_match(s, ours.id)
        }
        held = [row for row in actions.waiting(s, ours.id) if row.kind == KIND]
        decided = cash.choices(s, ours, rules_of(s, ours.id), now())
        going = [
            row
            for state in ("planned", "doing", "unknown")
            for row in actions.in_state(s, ours.id, state)
            if row.kind in GOING
        ]
        left = on_account.left(s, ours.id, receipts.values())
        done = actions.latest(s, ours.id, KIND, "done", APPLIED_SHOWN)
        customers = mirror.customers(s, ours.id)
        can_undo = _can_undo(s)
        kept = matches_kept.find(s, connections.books_of(s, ours.id))
        subjects = [f"receipt:{source}:{receipt_id}" for source, receipt_id in receipts]
        asked = actions.of_subjects(s, ours.id, asking.KIND, subjects)
        handed = advices.latest(s, ours.id, ADVICES_SHOWN)
        answered = answers.of_receipts(s, ours.id, [one.ref.id for one in receipts.values()])
    waiting = {row.subject for row in held}
    questions = [_of_action(row, receipts) for row in held]
    questions += [
        _of_decision(one, receipts)
        for one in decided
        if f"receipt:{one.source}:{one.receipt_id}" not in waiting
    ]
    return Found(
        questions=[one for one in questions if one is not None],
        going=going,
        left=[
            (one, left[on_account.claim(one)])
            for one in receipts.values()
            if on_account.claim(one) in left
        ],
        applied=done,
        customers=customers,
        asked=asked,
        advices=handed,
        answered=answered,
        can_undo=can_undo,
        kept=kept,
    )


def _can_undo(s: Session) -> bool:
    books = connections.books_of(s, organisation().id)
    return books is None or can(books, Ability.UNAPPLY)


@pages.get("/matches")
def show() -> str:
    """Show what waits, what is on its way, and what was applied lately."""
    found = _find()
    return render_template(
        "matches.html",
        found=found,
        read=bodies.read_application,
        read_kept=bodies.read_keeping,
        read_why=bodies.read_why,
        fields=amounts.fields,
        differences=DIFFERENCES,
        GOING=GOING,
    )


def _receipt(source: str, receipt_id: str) -> Receipt:
    try:
        known = Source(source)
    except ValueError:
        abort(404)
    with looking() as s:
        found = mirror.receipt(s, organisation().id, known, receipt_id)
    if found is None:
        abort(404)
    return found


@pages.get("/matches/<source>/<path:receipt_id>")
def choose(source: str, receipt_id: str) -> str:
    """Show one receipt with the invoices it may pay, to hand its money out by hand."""
    return _choosing(_receipt(source, receipt_id), {}, "")


def _choosing(receipt: Receipt, typed: Mapping[str, str], problem: str) -> str:
    sought = request.values.get("q", "").strip()[:100]
    with looking() as s:
        invoices = mirror.open_invoices(s, organisation().id)
        customers = mirror.customers(s, organisation().id)
        books = connections.books_of(s, organisation().id)
        kinds = fitting.kinds(organisation(), books, receipt)
        notes = _usable(s, books, receipt)
    found = [
        one
        for one in invoices
        if one.balance.currency in amounts.payable(receipt)
        and (not sought or _is_about(one, sought, customers))
    ]
    found.sort(key=lambda one: _nearness(one, receipt))
    return render_template(
        "choose.html",
        receipt=receipt,
        invoices=found[:INVOICES_SHOWN],
        more=max(len(found) - INVOICES_SHOWN, 0),
        kinds={one: DIFFERENCES[one] for one in kinds},
        keepers=_keepers(books, receipt, found, customers),
        way_back=matches_kept.way_back(books),
        notes=[one for one in notes if not sought or _is_about(one, sought, customers)],
        customers=customers,
        sought=sought,
        typed=typed,
        problem=problem,
    )


def _nearness(invoice: Invoice, receipt: Receipt) -> tuple[bool, bool, str, str]:
    """Put the payer's invoices first, then those of the same amount, then the oldest."""
    return (
        invoice.customer_id != receipt.customer_id,
        invoice.balance != receipt.unapplied,
        invoice.due.isoformat(),
        invoice.number,
    )


def _keepers(
    books: ConnectionRow | None,
    receipt: Receipt,
    invoices: Sequence[Invoice],
    customers: Mapping[str, Customer],
) -> list[Customer]:
    """Give the customers on whose account money may go: those of the invoices that are shown."""
    if books is None or receipt.source is Source.LEDGER or not can(books, Ability.KEEP):
        return []
    shown = {one.customer_id for one in invoices[:INVOICES_SHOWN]}
    parents = {customers[one].parent_id for one in shown if one in customers}
    found = {key: one for key, one in customers.items() if key in shown or key in parents}
    return sorted(found.values(), key=lambda one: one.name.casefold())


def _usable(s: Session, books: ConnectionRow | None, receipt: Receipt) -> list[CreditNote]:
    """Give the credit notes that may be used with a receipt: the payer's, if it is known."""
    if books is None or not can(books, Ability.CREDIT):
        return []
    found = mirror.credit_notes_open(s, organisation().id, receipt.customer_id)
    return [one for one in found if one.balance.currency == receipt.unapplied.currency]


def _is_about(
    invoice: Invoice | CreditNote, sought: str, customers: Mapping[str, Customer]
) -> bool:
    payer = customers.get(invoice.customer_id)
    words = f"{invoice.number} {payer.name if payer else ''}".casefold()
    return sought.casefold() in words


@pages.post("/matches/<source>/<path:receipt_id>")
def apply(source: str, receipt_id: str) -> Response | tuple[str, int]:
    """Apply what a person chose; what does not add up is said beside the form."""
    receipt = _receipt(source, receipt_id)
    try:
        with site().tools.sessions.begin() as s:
            invoices = mirror.open_invoices(s, organisation().id)
            notes = mirror.credit_notes_open(s, organisation().id)
            portions, adjustments = amounts.read(receipt, request.form, invoices, notes)
            offered = _offered(s, receipt)
            cash.apply_choice(
                s,
                organisation(),
                receipt.source,
                receipt_id,
                portions,
                who=who(),
                now=now(),
                adjustments=adjustments,
                keep_for=request.form.get("keep_for", ""),
                judging_of=offered,
            )
            said = SAID["approve"] if _can_undo(s) else FOR_GOOD
    except ValueError as error:
        return _choosing(receipt, request.form.to_dict(), str(error)), 422
    flash(said)
    return redirect(url_for("matches.show"))


def _offered(s: Session, receipt: Receipt) -> Candidate | None:
    """Give what the rules would answer now, which the person's choice judges."""
    ours = organisation()
    return offering.offered(s, ours, rules_of(s, ours.id), receipt, now())


@pages.post("/matches/approve/<int:action_id>")
def approve(action_id: int) -> Response:
    """Let a proposed application go ahead."""
    return _act("approve", action_id)


@pages.post("/matches/ask/<int:action_id>")
def ask(action_id: int) -> Response:
    """Let the question to a payer go."""
    return _act("ask", action_id)


@pages.post("/matches/undo/<int:action_id>")
def undo(action_id: int) -> Response:
    """Have an application taken apart in the ledger; no rule makes it again."""
    return _act("undo", action_id)


FOR_GOOD = "It will be applied in the ledger within a minute. The ledger does not take it back."
SAID = {
    "approve": "It will be applied in the ledger within a minute, and can be undone here.",
    "ask": "The payer is asked by e-mail in the next hours of sending; the answer shows here.",
    "undo": "It will be taken apart in the ledger within a minute; no rule makes it again.",
}


def _act(what: str, action_id: int) -> Response:
    flows: Mapping[str, Callable[..., object]] = {
        "approve": cash.approve,
        "ask": asking.approve,
        "undo": cash.undo,
    }
    kind = asking.KIND if what == "ask" else KIND
    try:
        with site().tools.sessions.begin() as s:
            row = actions.get(s, organisation().id, action_id)
            if row is None or row.kind != kind:
                abort(404)
            flows[what](s, organisation().id, action_id, who=who(), now=now())
            said = FOR_GOOD if what == "approve" and not _can_undo(s) else SAID[what]
    except ValueError as error:
        return _refused(error)
    flash(said)
    return redirect(url_for("matches.show"))


@pages.post("/matches/leave/<source>/<path:receipt_id>")
def leave(source: str, receipt_id: str) -> Response:
    """Leave the money on account: no rule touches it until what is left of it changes."""
    receipt = _receipt(source, receipt_id)
    try:
        with site().tools.sessions.begin() as s:
            offered = _offered(s, receipt)
            on_account.leave(s, organisation().id, receipt.source, receipt_id, who=who(), now=now())
            judging.pass_over(s, organisation().id, offered)
    except ValueError as error:
        return _refused(error)
    flash("Left on account. Nothing asks about it again until its amount changes.")
    return redirect(url_for("matches.show"))


@pages.post("/matches/take-back/<int:action_id>")
def take_back(action_id: int) -> Response:
    """Have the rules look at money again that was left on account."""
    try:
        with site().tools.sessions.begin() as s:
            if actions.get(s, organisation().id, action_id) is None:
                abort(404)
            on_account.take_back(s, organisation().id, action_id, who=who(), now=now())
    except ValueError as error:
        return _refused(error)
    flash("Taken back. The rules look at it again.")
    return redirect(url_for("matches.show"))


def _refused(error: ValueError) -> Response:
    said = str(error)
    flash(f"{said[:1].upper()}{said[1:]}.", "error")
    return redirect(url_for("matches.show"))
