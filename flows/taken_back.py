"""Money that was applied in the ledger and then went back to the payer: a person must be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import actions, applied, exceptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from store.applied import AppliedRow

GONE = "money_went_back"
DOUBT = "money_in_doubt"
WAITS = "money_waits"


def check(s: Session, organisation_id: int, receipt_ids: Sequence[str], now: datetime) -> None:
    """Compare what was applied with what is still there, and say where that differs.

    A refund or a lost dispute takes money out that the ledger shows as paid; only a person can say
    whether the invoice is owed again. What is there again closes the row by itself.
    """
    for row in applied.of(s, organisation_id, receipt_ids):
        _went_back(s, organisation_id, row, now)
        _in_doubt(s, organisation_id, row, now)
        if row.held:
            _waits(s, organisation_id, row, now)


def _went_back(s: Session, organisation_id: int, row: AppliedRow, now: datetime) -> None:
    if row.applied <= row.there:
        _close(s, organisation_id, row, GONE, now)
        return
    missing = row.applied - row.there
    exceptions.open_exception(
        s,
        organisation_id,
        kind=GONE,
        subject=row.subject,
        title=f"{missing} that was applied went back to the payer",
        detail=(
            f"{row.applied} of {row.source} receipt {row.receipt_id} is set against"
            f" {_invoices(s, organisation_id, row)} in the ledger, but only {row.there} of it is"
            " still there: the rest was refunded or lost in a dispute."
        ),
        fix=(
            "If the invoice is owed again, undo the application on the matches page; if it was"
            " settled otherwise, book the refund in the ledger and close this."
        ),
        now=now,
    )


def _in_doubt(s: Session, organisation_id: int, row: AppliedRow, now: datetime) -> None:
    if not row.in_doubt or not row.applied:
        _close(s, organisation_id, row, DOUBT, now)
        return
    exceptions.open_exception(
        s,
        organisation_id,
        kind=DOUBT,
        subject=row.subject,
        title=f"{row.applied} that was applied is disputed",
        detail=(
            f"The payer's bank asks for {row.source} receipt {row.receipt_id} back. It is set"
            f" against {_invoices(s, organisation_id, row)} in the ledger, and stays so for now."
        ),
        fix="Answer the dispute at Stripe in time. This closes itself, or says what was lost.",
        now=now,
    )


def _waits(s: Session, organisation_id: int, row: AppliedRow, now: datetime) -> None:
    # Only Stripe has such balances.
    if not row.there:
        _close(s, organisation_id, row, WAITS, now)
        return
    exceptions.open_exception(
        s,
        organisation_id,
        kind=WAITS,
        subject=row.subject,
        title=f"{row.there} waits at Stripe for somebody to say what it pays",
        detail=(
            f"A bank transfer lies in the cash balance of customer {row.receipt_id} there."
            " It pays no invoice yet, and reminders to whoever seems to have sent it wait."
        ),
        fix="Set it against a payment, or send it back, on the customer's page at Stripe.",
        now=now,
    )


def _close(s: Session, organisation_id: int, row: AppliedRow, kind: str, now: datetime) -> None:
    exceptions.close_subject(
        s,
        organisation_id,
        row.subject,
        kind=kind,
        who="dunnock",
        now=now,
        resolution="the money and what was applied agree",
    )


def _invoices(s: Session, organisation_id: int, row: AppliedRow) -> str:
    """Name the invoices that the money is set against, as far as applied here."""
    numbers = [
        str(portion["number"])
        for action in actions.of_subject(s, organisation_id, row.subject)
        if action.kind == "apply" and action.state == actions.DONE and action.undone_at is None
        for portion in action.body["portions"]
        if portion["amount"][0] > 0
    ]
    return ", ".join(f"invoice {one}" for one in numbers) or "invoices"
