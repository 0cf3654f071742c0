"""Today: what would be sent with the why, what is held back with the why-not, and the switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from channels.wording import TemplateError, Words, write
from flows import bodies, dunning, online
from flows.work import rules_of
from rules.actions import SendReminder
from store import actions, connections, mirror, organisations
from web.changing import change_mode
from web.visit import looking, now, organisation, site, today, who

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from ledger.documents import Customer
    from store.actions import ActionRow

pages = Blueprint("today", __name__, url_prefix="/o/<public_id>")

KIND = "remind"
# What one page holds: more is fetched, never sent along.
MESSAGES_MAX = 25
ROWS_OF_REASON = 20
ROWS_ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One reminder as the page shows it: who gets it, why, and the text as it would go out."""

    reminder: SendReminder
    customer: Customer
    words: Words | None
    problem: str = ""
    action: ActionRow | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """The messages of one kind: as many as one page can hold, and how many there are."""

    shown: list[Message]
    total: int
    start: int = 0

    @property
    def left(self) -> int:
        """How many come after those shown."""
        return self.total - self.start - len(self.shown)


Pair = tuple[SendReminder, "ActionRow | None"]


def _section(
    reminders: Sequence[Pair],
    customers: Mapping[str, Customer],
    start: int = 0,
) -> Section:
    ledger = organisation().ledger
    found = []
    for reminder, action in _linked(reminders[start : start + MESSAGES_MAX]):
        customer = customers.get(reminder.customer_id)
        if customer is None or ledger is None:
            continue
        try:
            words, problem = write(reminder, customer, ledger), ""
        except TemplateError as error:
            words, problem = None, str(error)
        found.append(Message(reminder, customer, words, problem, action))
    return Section(found, len(reminders), start)


def _linked(found: Sequence[Pair]) -> list[Pair]:
    """Put the addresses known by now into what is still to be sent."""
    ours = organisation().id
    with looking() as s:
        books = connections.books_of(s, ours)
        return [
            (one, row)
            if books is None or (row is not None and row.state == actions.DONE)
            else (online.linked(s, ours, books.id, one), row)
            for one, row in found
        ]


@pages.get("/today")
def show() -> str:
    """Show everything that is due today, whichever way it goes."""
    ours = organisation()
    with looking() as s:
        rules = rules_of(s, ours.id)
        preview = dunning.preview(s, ours, rules, now(), site().tools.closed)
        rows = [row for row in actions.of_day(s, ours.id, today()) if row.kind == KIND]
        known = {row.id for row in rows}
        # What waits may be a day old.
        rows += [
            row for row in actions.waiting(s, ours.id) if row.kind == KIND and row.id not in known
        ]
        customers = mirror.customers(s, ours.id)
    planned = {row.key for row in rows}
    would = [(one, None) for one in preview.reminders if one.key not in planned]
    by_state = {
        state: _section(
            [(bodies.read_reminder(row.body), row) for row in rows if row.state in states],
            customers,
        )
        for state, states in (
            ("waiting", {"waiting"}),
            ("going", {"planned", "doing"}),
            ("unsure", {"unknown"}),
            ("done", {"done"}),
        )
    }
    return render_template(
        "today.html",
        mode=rules.dunning.mode,
        version=rules.version,
        would=_section(would, customers, max(request.args.get("from", 0, type=int), 0)),
        by_state=by_state,
        preview=preview,
        customers=customers,
        day=today(),
        rows_of_reason=ROWS_OF_REASON,
    )


@pages.get("/today/held")
def held() -> str:
    """List every step held back for one reason, a page at a time."""
    ours, reason = organisation(), request.args.get("reason", "")
    with looking() as s:
        rules = rules_of(s, ours.id)
        preview = dunning.preview(s, ours, rules, now(), site().tools.closed)
        customers = mirror.customers(s, ours.id)
    rows = [one for one in preview.suppressed if one.reason == reason]
    last = max(1, -(-len(rows) // ROWS_ON_A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    return render_template(
        "held.html",
        reason=reason,
        rows=rows[(page - 1) * ROWS_ON_A_PAGE : page * ROWS_ON_A_PAGE],
        total=len(rows),
        customers=customers,
        page=page,
        pages=last,
    )


@pages.post("/today/approve")
def approve() -> Response:
    """Let the chosen waiting messages go; each is checked in the ledger once more first."""
    gone = 0
    with site().tools.sessions.begin() as s:
        for action_id in _waiting_ids(request.form.getlist("action", type=int)):
            # Another may have been quicker: what waits no more is not counted twice.
            gone += actions.approve(s, organisation().id, action_id, who=who(), now=now())
    flash(f"{gone} approved. Each invoice is read once more before its message goes.")
    return redirect(url_for("today.show"))


@pages.post("/today/cancel")
def cancel() -> Response:
    """Drop the chosen waiting messages."""
    dropped = 0
    with site().tools.sessions.begin() as s:
        for action_id in _waiting_ids(request.form.getlist("action", type=int)):
            dropped += actions.cancel(
                s,
                organisation().id,
                action_id,
                who=who(),
                now=now(),
                reason="a person cancelled",
                states=(actions.WAITING,),
            )
    flash(f"{dropped} cancelled.")
    return redirect(url_for("today.show"))


def _waiting_ids(wanted: list[int]) -> list[int]:
    """Keep what waits in this organisation; nothing chosen, or another's, is refused."""
    with looking() as s:
        held = {row.id for row in actions.waiting(s, organisation().id) if row.kind == KIND}
    if not wanted or not held.issuperset(wanted):
        abort(404)
    return wanted


@pages.get("/today/mode")
def mode() -> str:
    """Show what going live means, before anybody does."""
    ours = organisation()
    with looking() as s:
        rules = rules_of(s, ours.id)
        preview = dunning.preview(s, ours, rules, now(), site().tools.closed)
        customers = mirror.customers(s, ours.id)
        owing = mirror.customers_with_open(s, ours.id)
    nameless = [customers[one] for one in owing if one in customers and not customers[one].email]
    return render_template(
        "mode.html", mode=rules.dunning.mode, preview=preview, without_email=nameless
    )


@pages.post("/today/mode")
def switch() -> Response:
    """Change the mode; whatever sends needs the box ticked, stopping needs nothing."""
    wanted = request.form.get("mode", "")
    if wanted not in {"preview", "approve", "auto"}:
        abort(404)
    if wanted != "preview" and request.form.get("read") != "yes":
        flash("Tick the box first: messages will go to your customers.", "error")
        return redirect(url_for("today.mode"))
    with site().tools.sessions.begin() as s:
        change_mode(s, organisation().id, wanted, who(), now())
        if wanted != "preview" and organisation().live_since is None:
            organisations.set_live(s, organisation().id, today())
    flash(SAID[wanted])
    return redirect(url_for("today.show"))


SAID = {
    "preview": "Stopped. Nothing is sent; this page goes on showing what would be.",
    "approve": "Approval mode: each message waits here until a person lets it go.",
    "auto": "Live: messages go out by themselves inside the send window.",
}
