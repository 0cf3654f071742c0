"""Doing a thing once: write it down, do it, write down what came of it.

The action row is the work; the journal remembers. Between `begin` and `close` the row says *doing*,
and a row found in that state is a leftover of a crash: the provider is asked first whether the
effect is already there, and only then is it repeated. What cannot be looked up (e-mail) is never
repeated by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from flows import read_only
from flows.lease import PauseError
from ledger.errors import (
    READ_ONLY,
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from store import actions, exceptions
from store.killpoints import reach

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from connector.protocol import Books
    from flows.tools import Tools
    from rules.ruleset import RuleSet
    from store.actions import ActionRow
    from store.connections import ConnectionRow
    from store.organisations import OrganisationRow

log = structlog.get_logger()

Body = Mapping[str, Any]

# States in which an earlier attempt may have had its effect.
LEFTOVER = frozenset(("doing", "unknown"))

# What changed in the ledger meanwhile is read and decided again so many times.
STALE_MAX = 3
STALE_SECONDS = 5.0

# What fails unforeseen is tried after a minute, then twice as long each time, up to some 17 hours.
DOUBLINGS_MAX = 10


@dataclass(frozen=True, slots=True)
class Desk:
    """One connection opened for work: its books, its organisation and the rules in force."""

    tools: Tools
    connection: ConnectionRow
    organisation: OrganisationRow
    rules: RuleSet
    books: Books

    @property
    def now(self) -> datetime:
        """The moment, from the injected clock."""
        return self.tools.clock()


@dataclass(frozen=True, slots=True)
class Dropped:
    """The action is no longer right: the facts changed since it was decided."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hand:
    """How one kind of action is carried out.

    `look` finds the effect of an earlier attempt (None: it was not carried out). `prepare` reads
    the facts again and gives the body to carry out, or Dropped. `act` does it and gives the
    outcome. `begun`, `undone` and `after` write beside the action inside its own transactions.
    """

    look: Callable[[Desk, ActionRow], Body | None]
    prepare: Callable[[Desk, ActionRow], Body | Dropped]
    act: Callable[[Desk, ActionRow, Body], Body]
    begun: Callable[[Session, Desk, ActionRow, Body], None]
    failed: Callable[[Session, Desk, ActionRow], None]
    after: Callable[[Session, Desk, ActionRow, Body, Body], None]


class NotNowError(Exception):
    """This one action has to wait, and nothing else: a mailbox that asks for patience."""

    def __init__(self, seconds: float, reason: str) -> None:
        """Keep how long, in seconds, and what was said."""
        super().__init__(reason)
        self.seconds = seconds


class UnconfirmedError(Exception):
    """Nobody can tell whether it was done, and doing it again could do harm: a person decides."""


def perform(desk: Desk, hand: Hand, row: ActionRow) -> None:
    """Carry out one action that is due, at most once, and record what came of it.

    Raises PauseError or DisconnectedError when the connection can do no more for now. An error
    after `begin` that is none of ours leaves the row in doing: the next look finds out.
    """
    body = _ready(desk, hand, row)
    if body is None:
        return
    with desk.tools.sessions.begin() as s:
        if not actions.begin(
            s,
            row.organisation_id,
            row.id,
            attempts=row.attempts,
            owner=desk.tools.owner,
            now=desk.now,
            body=body,
        ):
            return
        hand.begun(s, desk, row, body)
    reach("K10")
    outcome = _act(desk, hand, row, body)
    if outcome is not None:
        reach("K13")
        _close(desk, hand, row, body, outcome)


def _ready(desk: Desk, hand: Hand, row: ActionRow) -> Body | None:
    """Look and read again before anything is done; None when there is nothing to do now.

    Whatever goes wrong here, a leftover stays a leftover.
    """
    try:
        return _prepared(desk, hand, row)
    except RetryLaterError as error:
        _postpone(desk, row, row.state, error.seconds, str(error))
        raise PauseError(error.seconds) from error
    except DisconnectedError as error:
        _postpone(desk, row, row.state, _soon(desk), str(error))
        raise
    except (StaleError, RefusedError, UnconfirmedError) as error:
        _not_done(desk, hand, row, error, begun=False)
    except NotNowError as error:
        _postpone(desk, row, row.state, error.seconds, str(error))
    except UnknownOutcomeError as error:
        _postpone(desk, row, row.state, _soon(desk), str(error))
    except Exception as error:
        # A poison action must not stop the queue.
        log.exception("action failed", action=row.id, kind=row.kind)
        _poison(desk, hand, row, error)
    return None


def _prepared(desk: Desk, hand: Hand, row: ActionRow) -> Body | None:
    leftover = row.state in LEFTOVER
    if leftover:
        if _found(desk, hand, row):
            return None
        if row.attempts >= desk.tools.pace.attempts_max:
            msg = f"tried {row.attempts} times and never carried out: {row.reason}"
            raise RefusedError(msg)
    prepared = hand.prepare(desk, row)
    if not isinstance(prepared, Dropped):
        return prepared
    # What makes it wrong now may be its own effect, come since the look.
    if leftover and _found(desk, hand, row):
        return None
    with desk.tools.sessions.begin() as s:
        hand.failed(s, desk, row)
        actions.cancel(
            s,
            row.organisation_id,
            row.id,
            who="dunnock",
            now=desk.now,
            reason=prepared.reason,
        )
    return None


def _found(desk: Desk, hand: Hand, row: ActionRow) -> bool:
    """Look for the effect of an earlier attempt, and close the action where it is there."""
    outcome = hand.look(desk, row)
    if outcome is not None:
        _close(desk, hand, row, row.body, outcome)
    return outcome is not None


def _soon(desk: Desk) -> float:
    return desk.tools.pace.look_again.total_seconds()


def _act(desk: Desk, hand: Hand, row: ActionRow, body: Body) -> Body | None:
    """Do it. What the vendor says it did not do goes back to planned; doubt is kept as doubt."""
    before = desk.books.trace
    try:
        outcome = hand.act(desk, row, body)
    except (RetryLaterError, DisconnectedError) as error:
        seconds = error.seconds if isinstance(error, RetryLaterError) else 60.0
        _again(desk, hand, row, seconds, str(error))
        raise PauseError(seconds) from error
    except NotNowError as error:
        _again(desk, hand, row, error.seconds, str(error))
    except (StaleError, RefusedError, UnconfirmedError) as error:
        _not_done(desk, hand, row, error, begun=True)
    except UnknownOutcomeError as error:
        # Xero answers with the same error for six minutes: by the fourth try it has forgotten.
        _postpone(desk, row, "unknown", _backoff(row), str(error))
    except Exception as error:
        log.exception("outcome not known", action=row.id, kind=row.kind)
        _postpone(desk, row, "unknown", _backoff(row), repr(error))
    else:
        return _traced(desk, outcome, before)
    return None


def _traced(desk: Desk, outcome: Body, before: str) -> Body:
    """Keep the vendor's own id of the write beside what came of it, for its support."""
    trace = desk.books.trace
    return {**outcome, "trace": trace} if trace != before else outcome


def _not_done(
    desk: Desk,
    hand: Hand,
    row: ActionRow,
    error: StaleError | RefusedError | UnconfirmedError,
    *,
    begun: bool,
) -> None:
    """Hand it to a person, unless the ledger only changed meanwhile: that is looked at again."""
    if isinstance(error, UnconfirmedError):
        _unconfirmed(desk, row, str(error))
    elif isinstance(error, RefusedError) and error.code == READ_ONLY:
        with desk.tools.sessions.begin() as s:
            read_only.tell(s, desk.connection, error.reason, desk.now)
        _again(desk, hand, row, read_only.SECONDS, error.reason)
    elif isinstance(error, RefusedError) or row.attempts >= STALE_MAX:
        _refuse(desk, hand, row, str(error))
    elif begun:
        _again(desk, hand, row, STALE_SECONDS, str(error))
    else:
        _postpone(desk, row, row.state, STALE_SECONDS, str(error), counts=True)


def _again(desk: Desk, hand: Hand, row: ActionRow, seconds: float, reason: str) -> None:
    """Put back what was not done: the next time everything is read and decided anew.

    What an earlier attempt may have done stays to be looked for, whatever became of this one.
    """
    with desk.tools.sessions.begin() as s:
        hand.failed(s, desk, row)
    leftover = row.state in LEFTOVER
    _postpone(desk, row, "unknown" if leftover else "planned", seconds, reason)


def _close(desk: Desk, hand: Hand, row: ActionRow, body: Body, outcome: Body) -> None:
    with desk.tools.sessions.begin() as s:
        if not actions.close(
            s,
            row.organisation_id,
            row.id,
            state="done",
            outcome=outcome,
            now=desk.now,
            text=f"{row.kind} done",
        ):
            # Another, who looked it up meanwhile, has written down what came of it.
            return
        exceptions.close_subject(
            s,
            row.organisation_id,
            f"action:{row.id}",
            who="dunnock",
            now=desk.now,
            resolution="done after all",
        )
        if row.kind not in MAILED:
            read_only.over(s, desk.connection, desk.now)
        hand.after(s, desk, row, body, outcome)
    reach("K14")


def _postpone(
    desk: Desk, row: ActionRow, state: str, seconds: float, reason: str, *, counts: bool = False
) -> None:
    with desk.tools.sessions.begin() as s:
        actions.postpone(
            s,
            row.organisation_id,
            row.id,
            state=state,
            next_at=desk.now + timedelta(seconds=seconds),
            reason=reason,
            now=desk.now,
            counts=counts,
        )


# What a person reads of a refused action.
REFUSED = {
    "apply": "Applying a payment",
    "ask": "A question to a payer",
    "unapply": "Taking a payment apart",
    "deliver": "Sending an invoice",
    "keep": "Keeping money on account",
    "note": "A note",
    "payout": "Booking a payout",
    "unbook": "Taking the booking of a payout back",
    "promise": "Writing a promise to pay",
    "release": "Taking money kept on account back",
    "remind": "A reminder",
}


# What goes to a mail server and says nothing of what the ledger lets us write.
MAILED = frozenset({"ask", "remind"})

# What may have been sent, and nobody can tell.
UNCONFIRMED = {
    "ask": "a question to a payer",
    "deliver": "an invoice",
    "remind": "a reminder",
}


def _refuse(desk: Desk, hand: Hand, row: ActionRow, reason: str) -> None:
    with desk.tools.sessions.begin() as s:
        hand.failed(s, desk, row)
        actions.close(
            s,
            row.organisation_id,
            row.id,
            state="refused",
            outcome={"reason": reason},
            now=desk.now,
            text=reason,
        )
        exceptions.open_exception(
            s,
            row.organisation_id,
            kind="refused",
            subject=f"action:{row.id}",
            title=f"{REFUSED[row.kind]} was refused",
            detail=reason,
            fix="Mend the cause in the ledger, then retry; or close this with a note.",
            now=desk.now,
            action_id=row.id,
        )


def _unconfirmed(desk: Desk, row: ActionRow, reason: str) -> None:
    with desk.tools.sessions.begin() as s:
        actions.close(
            s,
            row.organisation_id,
            row.id,
            state="unknown",
            outcome={"reason": reason},
            now=desk.now,
            text=reason,
        )
        exceptions.open_exception(
            s,
            row.organisation_id,
            kind="unconfirmed_send",
            subject=f"action:{row.id}",
            title=f"Not known whether {UNCONFIRMED.get(row.kind, 'it')} was sent",
            detail=reason,
            fix="Look into the mail server's log or the sent folder, then say which it was.",
            now=desk.now,
            action_id=row.id,
        )


def _poison(desk: Desk, hand: Hand, row: ActionRow, error: Exception) -> None:
    if row.attempts + 1 >= desk.tools.pace.attempts_max:
        _refuse(desk, hand, row, f"failed {row.attempts + 1} times: {error!r}")
    else:
        _postpone(desk, row, row.state, _backoff(row), repr(error), counts=True)


def _backoff(row: ActionRow) -> float:
    """Give the seconds until the next try of what failed unforeseen: twice as long each time."""
    return 60.0 * 2.0 ** min(row.attempts, DOUBLINGS_MAX)


def nothing(_s: Session, _desk: Desk, *_rest: object) -> None:
    """Write nothing beside the action."""
