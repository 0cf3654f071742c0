"""Payouts: what a processor paid to the bank, booked into the ledger once, with its fees."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connector import PROVIDERS
from connector.protocol import Ability, Role
from flows import bodies, reversing
from flows.keeping import look_again
from flows.perform import Desk, Dropped, Hand, nothing
from ledger.days import local_day
from ledger.documents import Purpose
from ledger.payouts import Stage
from store import actions, exceptions, organisations, payouts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from ledger.payouts import Payout
    from store.actions import ActionRow
    from store.organisations import OrganisationRow

Body = dict[str, Any]

KIND = "payout"
UNDO = "unbook"
# Where the money comes from, where it arrives, and what takes the fees.
NEEDED = (Purpose.STRIPE, Purpose.PAYOUTS, Purpose.FEES)
# One row, whatever has to be chosen.
CHOICE = "payouts"
TROUBLE = "payout"
LOOK_BACK_DAYS = 60
RETURNED = "payout_returned"
UNDECIDED = "payout_accounts"


def is_on(organisation: OrganisationRow) -> bool:
    """Say whether payouts are booked: every account is chosen, and a day from which on."""
    chosen = all(organisation.accounts.get(one) for one in NEEDED)
    return chosen and organisation.payouts_since is not None


def by_hand(organisation: OrganisationRow) -> bool:
    """Say whether a person decided that payouts are booked without Dunnock."""
    return organisation.accounts.get(Purpose.PAYOUTS) == ""


def choose(
    s: Session, organisation: OrganisationRow, accounts: Mapping[Purpose, str], now: datetime
) -> None:
    """Keep which account serves what; payouts are booked from the day all are chosen.

    What arrived before was booked by somebody already, or is booked from the page.
    """
    organisations.set_accounts(s, organisation.id, accounts)
    complete = all(accounts.get(one) for one in NEEDED)
    zone = organisation.ledger.zone if organisation.ledger else "UTC"
    since = organisation.payouts_since or local_day(now, zone)
    organisations.set_payouts(s, organisation.id, since if complete else None)
    look_again(s, organisation.id, now)


def subject(payout_id: str) -> str:
    """Name what actions and exceptions about a payout are filed under."""
    return f"payout:{payout_id}"


def plan(s: Session, desk: Desk) -> int:
    """Plan the booking of every payout that is ready for it; gives how many."""
    organisation = desk.organisation
    if organisation.payouts_since is None or not is_on(organisation):
        _ask_for_accounts(s, desk)
        return 0
    exceptions.close_subject(
        s, organisation.id, CHOICE, who="dunnock", now=desk.now, resolution="accounts are chosen"
    )
    # What is older was looked at often enough; a bank sends nothing back so late.
    recent = desk.now.date() - timedelta(days=LOOK_BACK_DAYS)
    rows = payouts.since(s, organisation.id, max(organisation.payouts_since, recent))
    subjects = [subject(one.payout.ref.id) for one in rows]
    known = actions.of_subjects(s, organisation.id, KIND, subjects)
    return sum(_consider(s, desk, one.payout, known) for one in rows)


def _ask_for_accounts(s: Session, desk: Desk) -> None:
    """Say once that payouts are seen and not booked, where the ledger could book them."""
    able = Ability.PAYOUT in PROVIDERS[desk.connection.provider].roles[Role.BOOKS]
    if by_hand(desk.organisation) or not able or not payouts.has_any(s, desk.organisation.id):
        exceptions.close_subject(
            s,
            desk.organisation.id,
            CHOICE,
            who="dunnock",
            now=desk.now,
            resolution="payouts are booked by hand",
        )
        return
    exceptions.open_exception(
        s,
        desk.organisation.id,
        kind=UNDECIDED,
        subject=CHOICE,
        title="Payouts to the bank are seen, but not booked",
        detail="No account was chosen for what is paid out, for the bank, or for the fees.",
        fix="Choose the accounts under Connections, or say there that you book payouts by hand.",
        now=desk.now,
    )


def _consider(s: Session, desk: Desk, payout: Payout, known: Mapping[str, ActionRow]) -> int:
    """Plan one booking, or say what keeps it from being booked; gives 1 when it was planned."""
    ours, about = desk.organisation.id, subject(payout.ref.id)
    if about in known:
        _look_back(s, desk, payout, known[about])
        return 0
    if payout.stage in (Stage.UNDER_WAY, Stage.FAILED):
        return 0
    trouble = _trouble(payout)
    if trouble:
        exceptions.open_exception(
            s,
            ours,
            kind=TROUBLE,
            subject=about,
            title=f"A payout of {payout.net} is not booked",
            detail=trouble,
            fix=(
                "Book it in the ledger from Stripe's balance report, then press Booked by hand"
                " beside it on the payouts page."
            ),
            now=desk.now,
        )
        return 0
    return int(_plan(s, ours, payout, key=about, who="dunnock", now=desk.now) is not None)


def _look_back(s: Session, desk: Desk, payout: Payout, row: ActionRow) -> None:
    """Say that the bank sent back what is booked; a person takes the booking back."""
    booked = row.state == actions.DONE and row.undone_at is None and not row.body.get("by_hand")
    if payout.stage is not Stage.FAILED or not booked:
        return
    exceptions.open_exception(
        s,
        desk.organisation.id,
        kind=RETURNED,
        subject=subject(payout.ref.id),
        title=f"The bank sent a payout of {payout.net} back",
        detail="It is booked in the ledger as arrived. The money is in the balance at Stripe.",
        fix="Undo the booking on the payouts page, and see to the bank account at Stripe.",
        now=desk.now,
        action_id=row.id,
    )


def _trouble(payout: Payout) -> str:
    """Say why nobody here may book a payout; "" when it may be booked."""
    if payout.stage is Stage.UNKNOWN:
        return payout.unread or "Stripe uses a word for its state that is not known here."
    if not payout.traced:
        return "It was paid out by hand, so Stripe cannot tell which payments it is made of."
    if payout.unknown:
        words = ", ".join(sorted({one.said or one.id for one in payout.unknown}))
        return f"It contains what is not known here: {words}."
    if not payout.adds_up:
        return "What it is made of does not add up to what was paid out."
    return ""


def _plan(
    s: Session, organisation_id: int, payout: Payout, *, key: str, who: str, now: datetime
) -> ActionRow | None:
    about = subject(payout.ref.id)
    row = actions.plan(
        s,
        organisation_id,
        key=key,
        kind=KIND,
        subject=about,
        body=bodies.payout(payout),
        claims=(about,),
        state=actions.PLANNED,
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=f"payout of {payout.net}, fees {payout.fees}",
    )
    if row is not None:
        exceptions.close_subject(
            s, organisation_id, about, who=who, now=now, resolution="it is booked now"
        )
    return row


def book(
    s: Session, organisation: OrganisationRow, payout_id: str, *, who: str, now: datetime
) -> ActionRow:
    """Plan a booking that a person asked for. Raises ValueError naming what is in the way."""
    payout = _known(s, organisation.id, payout_id)
    if not all(organisation.accounts.get(one) for one in NEEDED):
        msg = "choose the accounts for payouts first"
        raise ValueError(msg)
    if payout.stage is not Stage.PAID:
        msg = "this payout has not arrived"
        raise ValueError(msg)
    trouble = _trouble(payout)
    if trouble:
        raise ValueError(trouble)
    _clear_the_way(s, organisation.id, payout_id, who, now)
    key = f"{subject(payout_id)}:by:{now.isoformat()}"
    row = _plan(s, organisation.id, payout, key=key, who=who, now=now)
    if row is None:
        msg = "this payout is booked, or about to be; reload the page"
        raise ValueError(msg)
    return row


def leave(
    s: Session, organisation_id: int, payout_id: str, *, who: str, now: datetime
) -> ActionRow:
    """Note that a person booked a payout in the ledger. Raises ValueError when it is booked."""
    payout = _known(s, organisation_id, payout_id)
    about = subject(payout_id)
    _clear_the_way(s, organisation_id, payout_id, who, now)
    row = actions.plan(
        s,
        organisation_id,
        key=f"{about}:hand:{now.isoformat()}",
        kind=KIND,
        subject=about,
        body={**bodies.payout(payout), "by_hand": True},
        claims=(about,),
        state=actions.DONE,
        next_at=now,
        day=None,
        now=now,
        who=who,
        why=f"{who} booked the payout of {payout.net} by hand",
    )
    if row is None:
        msg = "this payout is booked, or about to be; reload the page"
        raise ValueError(msg)
    exceptions.close_subject(
        s, organisation_id, about, who=who, now=now, resolution="booked by hand"
    )
    return row


def undo(s: Session, organisation_id: int, action_id: int, *, who: str, now: datetime) -> ActionRow:
    """Plan taking a booking back; it is not booked again by itself. Raises ValueError."""
    row = actions.get(s, organisation_id, action_id)
    planned = None
    if row is not None and row.kind == KIND and row.state == actions.DONE and not row.undone_at:
        body = {"booked": dict(row.body), "parts": row.outcome.get("parts", []), "of": row.id}
        why = f"{who} took the booking of a payout back"
        planned = reversing.plan(s, row, UNDO, body, who=who, why=why, now=now)
    if planned is None:
        msg = "this booking is undone already or was never made"
        raise ValueError(msg)
    return planned


def _clear_the_way(
    s: Session, organisation_id: int, payout_id: str, who: str, now: datetime
) -> None:
    """Drop a booking that the ledger refused: a person decides how it is booked instead."""
    for row in actions.of_subject(s, organisation_id, subject(payout_id)):
        if row.kind != KIND or row.state != actions.REFUSED:
            continue
        actions.cancel(
            s,
            organisation_id,
            row.id,
            who=who,
            now=now,
            reason="decided otherwise",
            states=(actions.REFUSED,),
        )
        exceptions.close_subject(
            s, organisation_id, f"action:{row.id}", who=who, now=now, resolution="decided otherwise"
        )


def _known(s: Session, organisation_id: int, payout_id: str) -> Payout:
    row = payouts.get(s, organisation_id, payout_id)
    if row is None:
        msg = "this payout is not known any more; reload the page"
        raise ValueError(msg)
    return row.payout


def _look(desk: Desk, row: ActionRow) -> Body | None:
    found = desk.books.find_payout(bodies.read_payout(row.body), row.key)
    return None if found is None else {"parts": bodies.booked(found)}


def _prepare(desk: Desk, row: ActionRow) -> Body | Dropped:
    decided = bodies.read_payout(row.body)
    with desk.tools.sessions.begin() as s:
        kept = payouts.get(s, desk.organisation.id, decided.ref.id)
    if kept is None or kept.payout.stage is not Stage.PAID:
        return Dropped("the payout did not arrive after all")
    if _trouble(kept.payout):
        return Dropped(_trouble(kept.payout))
    if not all(desk.organisation.accounts.get(one) for one in NEEDED):
        return Dropped("an account for payouts is no longer chosen")
    return bodies.payout(kept.payout)


def _act(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    payout = bodies.read_payout(body)
    day, ledger = payout.arrives, desk.organisation.ledger
    if ledger is not None and ledger.locked_until and day <= ledger.locked_until:
        day = local_day(desk.now, ledger.zone)
    return {"parts": bodies.booked(desk.books.book_payout(payout, row.key, day))}


def _prepare_undo(_desk: Desk, row: ActionRow) -> Body | Dropped:
    return dict(row.body)


def _act_undo(desk: Desk, row: ActionRow, body: Mapping[str, Any]) -> Body:
    if not body["booked"].get("by_hand"):
        desk.books.unbook_payout(bodies.read_booked(body["parts"]), row.key)
    return {}


def _after_undo(
    s: Session, desk: Desk, row: ActionRow, body: Mapping[str, Any], _outcome: Mapping[str, Any]
) -> None:
    ours = desk.organisation.id
    actions.mark_undone(s, ours, body["of"], now=desk.now, text="taken back in the ledger")
    exceptions.close_subject(
        s, ours, row.subject, who="dunnock", now=desk.now, resolution="the booking was taken back"
    )


PAYOUT = Hand(look=_look, prepare=_prepare, act=_act, begun=nothing, failed=nothing, after=nothing)
UNBOOK = Hand(
    look=reversing.look,
    prepare=_prepare_undo,
    act=_act_undo,
    begun=nothing,
    failed=nothing,
    after=_after_undo,
)
