"""Walking Stripe's books: what is open, then money that came in, then what the event log tells."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from connector.protocol import Found, Page
from connector.stripe import translate, webhook
from connector.stripe.calls import MissingError
from connector.stripe.fields import Doc, inside, key_of, last_key, stamp_of
from connector.stripe.paid import Paid
from connector.stripe.payments import PAGE
from connector.stripe.reading import owners

if TYPE_CHECKING:
    from connector.memory import Memory
    from connector.stripe.reading import Reading
    from ledger.days import Clock

# How far back money is looked for: what came in before was placed long ago.
BACK_DAYS = 90
# A walk that rests for longer lists again what payments pay.
PAID_KEPT = timedelta(minutes=30)
_STAGES = ("send_invoice", "charge_automatically", "money")
_LOGS = {"ledger": webhook.LEDGER_EVENTS, "paid": webhook.CAUGHT_UP}


class Walking:
    """Pages of one account's books, each with the cursor that goes on after it."""

    def __init__(self, reading: Reading, clock: Clock, memory: Memory) -> None:
        """Make no call yet."""
        self._reading = reading
        self._calls = reading.calls
        self._clock = clock
        self._memory = memory

    def sync(self, cursor: str) -> Page:
        """Walk everything, then what changed; a log that no longer reaches back starts again."""
        at = json.loads(cursor) if cursor else self._start()
        try:
            return self._walk(at) if "stage" in at else self._catch_up(at)
        except MissingError:
            return self._walk(self._start())

    def open_documents(self, cursor: str) -> Page:
        """Walk what is open now, and the money of the last 90 days."""
        return self._walk(json.loads(cursor) if cursor else self._start())

    def _start(self) -> Doc:
        """Note the newest event before the walk: what happens during it is caught up after."""
        now = self._clock()
        newest = self._calls.get("/v1/events", limit=1)["data"]
        event = key_of(newest[0]) if newest else ""
        return {
            "stage": _STAGES[0],
            "after": "",
            "since": int((now - timedelta(days=BACK_DAYS)).timestamp()),
            "begun": int(now.timestamp()),
            **dict.fromkeys(_LOGS, event),
            "seen": 0,
        }

    def _walk(self, at: Doc) -> Page:
        stage = at["stage"]
        place = {"starting_after": at["after"]} if at["after"] else {}
        found, last, more = self._money(at, place) if stage == "money" else self._open(stage, place)
        seen = at["seen"] + len(found)
        if more:
            after = {**at, "after": last, "seen": seen}
        elif stage != _STAGES[-1]:
            after = {**at, "stage": _STAGES[_STAGES.index(stage) + 1], "after": "", "seen": seen}
            more = True
        else:
            after = {name: at[name] for name in (*_LOGS, "begun")}
        return Page(tuple(found), json.dumps(after), more, seen)

    def _open(self, method: str, place: Doc) -> tuple[list[Found], str, bool]:
        listed = self._calls.get(
            "/v1/invoices",
            status="open",
            collection_method=method,
            limit=PAGE,
            expand=["data.customer"],
            **place,
        )
        rows = listed["data"]
        found = self._reading.invoices(rows)
        found += [one for doc in owners(rows) for one in self._reading.customer(doc)]
        more = bool(listed["has_more"] and rows)
        return found, last_key(rows) if more else "", more

    def _money(self, at: Doc, place: Doc) -> tuple[list[Found], str, bool]:
        rows, more = self._reading.payments.listed(at["since"], **place)
        arrived = [row for row in rows if translate.may_be_money(row)]
        found = self._reading.receipts(arrived, self._paid(at))
        return found, last_key(rows) if more else "", more

    def _paid(self, at: Doc) -> Paid:
        """Give what this walk has listed of invoice payments, also in an earlier turn."""
        name, now = f"paid {at['begun']}", self._clock()
        paid: Paid = self._memory.get(name, now) or Paid()
        self._memory.keep(name, paid, now + PAID_KEPT)
        return paid

    def _catch_up(self, at: Doc) -> Page:
        """Read what the log names since the cursors, a page of each of its two halves."""
        found: list[Found] = []
        after, more, seen = dict(at), False, 0
        for name, kinds in _LOGS.items():
            # Next to the cursor, newest first. Without any event when the walk began there is no
            # cursor yet: then everything since counts.
            place: Doc = {"created": {"gte": at["begun"]}}
            if at[name]:
                place = {"ending_before": at[name]}
            listed = self._calls.get("/v1/events", types=list(kinds), limit=PAGE, **place)
            events = listed["data"]
            if listed["has_more"] and not at[name]:
                msg = "too much happened since to catch up without a cursor"
                raise MissingError(msg)
            things = [inside(inside(one, "data"), "object") for one in events]
            named = dict.fromkeys(webhook.about(one) for one in things)
            refs = [ref for ref in named if ref is not None]
            oldest = min(map(stamp_of, events), default=0)
            found += self._reading.found(refs, oldest)
            after[name] = key_of(events[0]) if events else at[name]
            more = more or bool(listed["has_more"])
            seen += len(events)
        return Page(tuple(found), json.dumps(after), more, seen)
