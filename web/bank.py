"""Bank: files handed in, the accounts they are of, their statements, and what is in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from connector.bankfile import Limits
from flows.bank import accounts as accounts_flow
from flows.bank import files as files_flow
from flows.bank import lines as lines_flow
from flows.bank import links as links_flow
from flows.bank.files import File
from ledger.balances import gaps
from ledger.documents import Purpose
from rules.matching import seen_twice
from store import actions, bank_accounts, bank_files, bank_lines
from web import accounts as ledger
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

    from flows.bank.taken import Taken
    from ledger.balances import Gap
    from rules.matching.seen_twice import Verdict
    from store.actions import ActionRow
    from store.bank_accounts import BankAccountRow
    from store.bank_files import StatementRow
    from store.bank_lines import LineRow

pages = Blueprint("bank", __name__, url_prefix="/o/<public_id>/bank")

FILES_SHOWN = 20
STATEMENTS_SHOWN = 60
LINES_SHOWN = 500
# The form around a file is small.
UPLOAD_BYTES_MAX = Limits().file_bytes + 64 * 1024
UPLOADS = frozenset({"advices.upload", "bank.upload"})


def allow_files(app: Flask) -> None:
    """Let members hand in files that are larger than any other form may be."""

    @app.before_request
    def allow() -> None:
        if request.endpoint in UPLOADS and current_user.is_authenticated:
            request.max_content_length = UPLOAD_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Shown:
    """An account with its newest statement, and the money that no line tells of."""

    account: BankAccountRow
    last: StatementRow | None
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class Question:
    """A line that may be money seen elsewhere."""

    line: LineRow
    verdict: Verdict
    reason: str


@pages.get("")
def show() -> str:
    """Show the accounts, what a person has to say, and the files of late."""
    ours = organisation()
    with looking() as s:
        found = bank_accounts.everyone(s, ours.id)
        shown = [_shown(s, one) for one in found]
        seen = links_flow.verdicts(s, ours, now())
        rows = bank_lines.of_receipts(s, ours.id, list(seen))
        doubts = [(one, _like(s, one)) for one in bank_lines.doubted(s, ours.id)]
        files = bank_files.latest(s, ours.id, FILES_SHOWN)
    questions = [
        Question(rows[key], one, seen_twice.REASONS[one.reason])
        for key, one in seen.items()
        if one.same is None
    ]
    return render_template(
        "bank.html", shown=shown, questions=questions, doubts=doubts, files=files
    )


def _shown(s: Session, account: BankAccountRow) -> Shown:
    found = bank_files.of_account(s, organisation().id, account.id)
    return Shown(account, next(iter(found), None), gaps(bank_files.balances(found)))


def _like(s: Session, line: LineRow) -> LineRow | None:
    return bank_lines.get(s, organisation().id, line.like_id) if line.like_id else None


@pages.post("/upload")
def upload() -> Response:
    """Take files in; each says for itself what came of it."""
    account_id = request.form.get("account", type=int)
    handed = [one for one in request.files.getlist("file") if one.filename]
    taken: list[Taken] = []
    for one in handed:
        file = File(one.filename or "", one.read(), account_id)
        one.close()
        try:
            taken.append(files_flow.take(site().tools, organisation().id, file, who=who()))
        except LookupError as error:
            flash(f"{error}; reload the page.".capitalize(), "error")
            break
    for each in taken:
        flash(each.sentence, "message" if each.is_well else "error")
    if not handed:
        flash("Choose a file first.", "error")
    return redirect(_next(taken))


def _next(taken: Sequence[Taken]) -> str:
    """Lead to where the first open question is answered."""
    for one in taken:
        if one.state == bank_files.WAITING:
            return url_for("bank_csv.show", file_id=one.file_id)
        if one.asked:
            return url_for("bank.account", account_id=one.account_ids[0])
    return url_for("bank.show")


@pages.get("/accounts/<int:account_id>")
def account(account_id: int) -> str:
    """Show one account: whose it is, where its money is booked, and its statements."""
    ours = organisation()
    with looking() as s:
        found = bank_accounts.get(s, ours.id, account_id)
        statements = bank_files.of_account(s, ours.id, account_id)
    if found is None:
        abort(404)
    choices, problem = ledger.ledger_accounts()
    fitting = [
        one
        for one in choices
        if ledger.serves(one, Purpose.BANK) and one.currency in (None, found.currency)
    ]
    return render_template(
        "bank_account.html",
        account=found,
        choices=fitting,
        problem=problem,
        chosen=next((one for one in choices if one.id == found.ledger_account), None),
        statements=statements[:STATEMENTS_SHOWN],
        gaps={one.id: one for one in gaps(bank_files.balances(statements))},
    )


@pages.post("/accounts/<int:account_id>/claim")
def claim(account_id: int) -> Response:
    """Take an account as ours, with the ledger account its money is booked into."""
    with looking() as s:
        if bank_accounts.get(s, organisation().id, account_id) is None:
            abort(404)
    wanted = request.form.get("ledger_account", "")
    known, problem = ledger.ledger_accounts()
    if not problem and wanted and wanted not in {one.id for one in known}:
        problem = "Booked into: choose one of the accounts listed."
    if problem:
        flash(problem, "error")
        return redirect(url_for("bank.account", account_id=account_id))

    def take(s: Session) -> None:
        accounts_flow.claim(
            s,
            organisation().id,
            account_id,
            name=request.form.get("name", ""),
            ledger_account=wanted,
            who=who(),
            now=now(),
        )

    return _act(take, "Kept. Its lines are matched from now on.")


@pages.post("/accounts/<int:account_id>/refuse")
def refuse(account_id: int) -> Response:
    """Take an account as none of ours."""

    def leave(s: Session) -> None:
        accounts_flow.refuse(s, organisation().id, account_id, who=who(), now=now())

    return _act(leave, "Its lines are not looked at. Choose it again here if that was a mistake.")


@pages.get("/statements/<int:statement_id>")
def statement(statement_id: int) -> str:
    """Show the lines that a statement told first, and what became of each."""
    ours = organisation()
    with looking() as s:
        found = bank_files.statement(s, ours.id, statement_id)
        if found is None:
            abort(404)
        its_account = bank_accounts.get(s, ours.id, found.account_id)
        lines = bank_lines.of_statement(s, ours.id, statement_id, LINES_SHOWN)
        links = links_flow.links(s, ours.id, [one.receipt_id for one in lines])
    return render_template(
        "bank_statement.html",
        statement=found,
        account=its_account,
        more=max(found.lines - found.known - len(lines), 0),
        lines=[(one, links.get(one.receipt_id), _became(one, links)) for one in lines],
    )


def _became(line: LineRow, links: dict[str, ActionRow]) -> str:
    """Say in a word what became of a line."""
    if line.state != bank_lines.KEPT:
        return {bank_lines.SAME: "told twice"}.get(line.state, "in doubt")
    if line.receipt_id in links:
        return {"payout": "payout"}.get(links[line.receipt_id].body["seen"], "in the ledger")
    if line.amount.minor < 0:
        return "money out"
    if not line.left:
        return "applied"
    return "open" if line.left == line.amount else "applied in part"


@pages.post("/lines/<int:line_id>/doubt")
def doubt(line_id: int) -> Response:
    """Take a person's word on whether a line was told twice."""
    same = request.form.get("same") == "yes"

    def settle(s: Session) -> None:
        lines_flow.settle(s, organisation().id, line_id, same=same, who=who(), now=now())

    return _act(settle, "Noted: told twice." if same else "Noted: it is matched by itself.")


@pages.post("/lines/<int:line_id>/seen")
def seen(line_id: int) -> Response:
    """Take a person's word on whether a line is money seen elsewhere."""
    twin = request.form.get("twin", "")

    def choose(s: Session) -> None:
        links_flow.choose(s, organisation(), line_id, twin, who=who(), now=now())

    return _act(choose, "Linked." if twin else "Noted: it is matched by itself.")


@pages.post("/links/<int:action_id>/undo")
def unlink(action_id: int) -> Response:
    """Take a link back; it is not made again."""

    def undo(s: Session) -> None:
        if actions.get(s, organisation().id, action_id) is None:
            abort(404)
        links_flow.undo(s, organisation().id, action_id, who=who(), now=now())

    return _act(undo, "Taken back. The line is matched by itself.")


def _act(change: Callable[[Session], object], said: str) -> Response:
    try:
        with site().tools.sessions.begin() as s:
            change(s)
    except LookupError:
        abort(404)
    except ValueError as error:
        told = str(error)
        flash(f"{told[:1].upper()}{told[1:]}.", "error")
    else:
        flash(said)
    return redirect(url_for("bank.show"))
