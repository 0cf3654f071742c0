"""Activity: the journal as it stands, newest first, with its evidence and its chain checked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request

from ledger.documents import Kind, Ref
from store import journal, mirror
from web import telling
from web.present import count
from web.visit import looking, organisation

pages = Blueprint("activity", __name__, url_prefix="/o/<public_id>")

ENTRIES_ON_A_PAGE = 50
SUBJECT_CHARS_MAX = 255


@dataclass(frozen=True, slots=True)
class Chain:
    """What checking the journal's hash chain found."""

    whole: bool
    text: str


def checked() -> Chain:
    """Check the organisation's chain from its first entry to its last."""
    with looking() as s:
        try:
            entries = journal.verify(s, organisation().id)
        except journal.JournalError as error:
            return Chain(whole=False, text=str(error))
    return Chain(whole=True, text=f"{count(entries)} entries, chain verified")


@pages.get("/activity")
def show() -> str:
    """Show one page of the journal, of one subject or one action when asked for."""
    subject = request.args.get("subject", "").strip()[:SUBJECT_CHARS_MAX] or None
    action_id = request.args.get("action", type=int)
    before = request.args.get("before", type=int)
    with looking() as s:
        # One more than is shown tells whether there is another page.
        found = journal.read(
            s,
            organisation().id,
            before=before,
            limit=ENTRIES_ON_A_PAGE + 1,
            subject=subject,
            action_id=action_id,
        )
        entries = telling.tell(s, found[:ENTRIES_ON_A_PAGE])
    more = entries[-1].entry.seq if len(found) > ENTRIES_ON_A_PAGE else None
    return render_template(
        "activity.html",
        entries=entries,
        more=more,
        subject=subject,
        action_id=action_id,
        before=before,
        chain=None if before or subject or action_id else checked(),
    )


@pages.get("/raw/<kind>/<document_id>")
def raw(kind: str, document_id: str) -> tuple[str, int, dict[str, str]]:
    """Give a document as its vendor sent it: the evidence behind an entry."""
    try:
        ref = Ref(Kind(kind), document_id, request.args.get("part", ""))
    except ValueError:
        abort(404)
    with looking() as s:
        text = mirror.raw(s, organisation().id, ref)
    if text is None:
        abort(404)
    # Plain text, whatever the vendor wrote: nothing in it may become a page.
    return text, 200, {"Content-Type": "text/plain; charset=utf-8"}
