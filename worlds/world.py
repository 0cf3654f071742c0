"""One seeded world: lived through from the first consent to rest, then judged."""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING

from flows import cash
from flows.clock import tick
from ledger.days import local_day
from store import actions, connections, holds
from worlds import cast as casting
from worlds.accountant import ACCOUNTS, BANK_ACCOUNTS, Accountant
from worlds.bank_desk import BankDesk
from worlds.browser import PageError
from worlds.chronicle import HOLD, PROMISE, RELEASE
from worlds.clock import WorldClock
from worlds.crash import Crash, Doom
from worlds.listening import listening
from worlds.stormy import StormyTown, raise_town
from worlds.users import Users
from worlds.weather import Storm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sandbox.story.companies import Company
    from sandbox.story.event import Event

# Faults end so long before the end that the longest outage is over and retries have come round.
CALM_HOURS = 30
# After the last act the world runs on, without faults, until everything must have come to rest.
REST_HOURS = 60
MORNING = time(7)
NIGHT = time(2)
# How often she answers what nobody could place: some receipts stay with nobody for a while.
ANSWERS = 0.5

# Whoever acts in between was to act within so long.
EARLY = timedelta(hours=8)

OURS = frozenset(
    {
        *("live", "trust", "dispute", "promise", "release", "undo"),
        *("disconnect", "reconnect", "statement"),
    }
)


@dataclass
class World:
    """A seed, the town it raises, and everybody in it."""

    seed: int
    days: int
    home: Path
    say: Callable[[str], None] = lambda _line: None
    # What the product logged as a fault of its own.
    bugs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Raise the town and open the companies' books."""
        self.cast = casting.write(Random(f"{self.seed} cast"), self.days)
        self.clock = WorldClock(self.cast.begin + timedelta(hours=5))
        self.calm = max(self.cast.end - timedelta(hours=CALM_HOURS), self.cast.begin)
        self.storm = Storm(Random(f"{self.seed} storm"), self.clock, self.calm, calm=True)
        self.doom = Doom(Random(f"{self.seed} doom"))
        self.people = Random(f"{self.seed} people")
        self.town: StormyTown = raise_town(
            self.home, self.clock, str(self.seed), self.storm, self.doom
        )
        self.town.bugs = self.bugs
        self.users = Users(self.town, self.cast)
        self.accountant = Accountant(self.town)
        self.desk = BankDesk(self.users, self.accountant)
        self.ours: dict[str, int] = {}
        self._coming = deque(enumerate(self.cast.events))
        self.storm.meanwhile = self._meanwhile
        self._trace = hashlib.sha256()
        self.lines = 0

    def trace(self, line: str) -> None:
        """Write one line of what happens; the same seed writes the same lines."""
        told = f"{self.clock().isoformat()} {line}"
        self._trace.update(told.encode())
        self.lines += 1
        self.say(told)

    def live(self) -> str:
        """Live through everything; gives the hash of the trace."""
        with listening(self.bugs), self.doom.watching():
            self._move_in()
            while self._coming:
                # Read anew after the wait: people may have come forward meanwhile.
                at = self._coming[0][1].at
                self._until(at)
                while self._coming and self._coming[0][1].at <= at:
                    self._happen(*self._coming.popleft())
            self._until(self.cast.end)
            self._rest()
        self._trace_books()
        return self._trace.hexdigest()

    def close(self) -> None:
        """Let go of the database."""
        self.town.house.engine.dispose()

    def _move_in(self) -> None:
        """Fill the books and connect them, in fair weather; then the storm begins."""
        self.users.begin()
        self.accountant.sign_in()
        for company in self.cast.companies:
            self._connect(company)
        self.town.live_until(self.clock() + timedelta(minutes=10))
        self.storm.calm = False
        self.doom.armed = True

    def _connect(self, company: Company) -> None:
        with self._in_peace():
            tenant = self.users.ledgers.keepers[company.key].tenant
            organisation_id = self.accountant.connect(company, tenant)
            self.ours[company.key] = organisation_id
            self.town.live_until(self.clock() + timedelta(minutes=2))
            into = ACCOUNTS[company.provider]
            if company.bank:
                into = into | BANK_ACCOUNTS[company.provider]
            account = self.users.accounts[company.key]
            self.accountant.connect_stripe(organisation_id, account, into)
        self.trace(f"{company.name} connected")

    @contextmanager
    def _in_peace(self, *, mortal: bool = False) -> Iterator[None]:
        """While people click: no faults, and nothing dies unless it is `mortal`."""
        before = self.storm.calm, self.doom.armed
        self.storm.calm, self.doom.armed = True, mortal and self.doom.armed
        try:
            yield
        finally:
            self.storm.calm, self.doom.armed = before

    def _until(self, moment: datetime) -> None:
        """Let time pass, with its nights and mornings."""
        while True:
            day = self.clock().date()
            marks = [
                datetime.combine(day + timedelta(days=ahead), hour, self.clock().tzinfo)
                for ahead in (0, 1)
                for hour in (NIGHT, MORNING)
            ]
            mark = min(one for one in marks if one > self.clock())
            if mark > moment:
                break
            self.town.live_until(mark)
            if mark.time() == NIGHT:
                self._night(mark)
            else:
                self._morning()
        self.town.live_until(moment)

    def _night(self, mark: datetime) -> None:
        try:
            tick(self.town.house.tools, "nightly", mark.date().isoformat())
        except Crash as crash:
            self.town.revive(crash)

    def _morning(self) -> None:
        """Let the accountant look at what waits for her, and mend what lost its consent."""
        with self._in_peace():
            for company in self.cast.companies:
                organisation_id = self.ours[company.key]
                settled = self.accountant.settle_unconfirmed(organisation_id)
                placed = 0
                if self.people.random() < ANSWERS:
                    placed = self.accountant.answer(organisation_id, self._truth(company))
                    placed += self.desk.settle(company, organisation_id)
                mended = self._mend(company)
                if settled or placed or mended:
                    self.trace(f"{company.key}: settled {settled}, placed {placed}, {mended}")

    def _mend(self, company: Company) -> str:
        """Connect again what the vendor ended; what she disconnected herself stays so."""
        with self.town.house.sessions() as s:
            lost = [
                one.provider
                for one in connections.of_organisation(s, self.ours[company.key])
                if one.state == connections.NEEDS_RECONNECT
            ]
        if lost:
            self._connect(company)
        return f"reconnected {' '.join(lost)}".rstrip() if lost else ""

    def _truth(self, company: Company) -> Callable[[str, str], Mapping[str, int] | None]:
        """Know what a receipt was meant for, as somebody who asked the payer."""

        def known(source: str, receipt_id: str) -> Mapping[str, int] | None:
            event = self._event_of(company, source, receipt_id)
            if event is None:
                return None
            ids = {
                number: self.users.ledgers.id_of(company.key, "invoice", number)
                for number in event.pays
            }
            return {
                found: min(event.minor, self.cast.bills[number].minor)
                for number, found in ids.items()
                if found
            }

        return known

    def _event_of(self, company: Company, source: str, receipt_id: str) -> Event | None:
        match source:
            case "stripe":
                return self.users.cards.get(receipt_id)
            case "bank":
                return self.desk.event_of(company, self.ours[company.key], receipt_id)
            case _:
                return self.users.receipts.get((company.key, receipt_id))

    def _meanwhile(self) -> None:
        """Let somebody act at a vendor while the product is in the middle of its work."""
        if not self._coming:
            return
        seq, event = self._coming[0]
        if event.kind not in OURS and event.at - self.clock() < EARLY:
            self._coming.popleft()
            self.storm.count("people", "act in between")
            self._happen(seq, event)

    def _happen(self, seq: int, event: Event) -> None:
        """Let one planned thing happen."""
        about = f"{event.company} {event.kind} {' '.join(event.numbers)}".rstrip()
        if event.kind not in OURS:
            self.trace(f"{about}: {self.users.act(seq, event)}")
            return
        try:
            with self._in_peace(mortal=event.kind == "statement"):
                self._act(event)
        except (PageError, ValueError) as error:
            # What the product says to a person who asks for what cannot be.
            self.trace(f"{about}: {error}")
        else:
            self.trace(about)

    def _act(self, event: Event) -> None:
        organisation_id = self.ours[event.company]
        company = self.users.companies[event.company]
        match event.kind:
            case "live":
                self.accountant.go_live(organisation_id)
            case "trust":
                self.accountant.trust(organisation_id)
            case "undo":
                self._undo(organisation_id)
            case "statement":
                self._statement(company, organisation_id, event.how)
            case "disconnect":
                self.accountant.disconnect(organisation_id, company.provider)
            case "reconnect":
                self._connect(company)
            case _:
                self._hold(event, organisation_id)

    def _statement(self, company: Company, organisation_id: int, how: str) -> None:
        """Hand in what the bank printed; the product may die over it."""
        try:
            self.desk.hand_in(company, organisation_id, self.clock(), how)
        except Crash as crash:
            self.town.revive(crash)

    def _undo(self, organisation_id: int) -> None:
        """Take one application apart that was made by a rule or a person."""
        with self.town.house.sessions.begin() as s:
            done = [
                row
                for row in actions.in_state(s, organisation_id, actions.DONE)
                if row.kind == "apply" and row.undone_at is None
            ]
            if done:
                row = self.people.choice(done)
                cash.undo(s, organisation_id, row.id, who="user", now=self.clock())

    def _hold(self, event: Event, organisation_id: int) -> None:
        """Hold an invoice back for a dispute or a promise, or let it go again."""
        invoice_id = self.users.invoice_id(event)
        if not invoice_id:
            return
        tenant = self.users.ledgers.keepers[event.company].tenant
        if event.kind == "release":
            self.accountant.release(organisation_id, invoice_id)
            self.town.chronicle.tell(RELEASE, tenant, invoice_id)
            return
        today = local_day(self.clock(), self.users.companies[event.company].zone)
        until = today + timedelta(days=event.minor)
        if event.kind == "dispute":
            self.accountant.dispute(organisation_id, invoice_id, event.text)
        else:
            self.accountant.promise(organisation_id, invoice_id, until, event.text)
        with self.town.house.sessions() as s:
            held = holds.all_open(s, organisation_id, today)
        for one in held:
            if one.hold.invoice_id == invoice_id:
                what = PROMISE if one.hold.kind == holds.PROMISE else HOLD
                day = one.hold.until.toordinal() if one.hold.until else 0
                self.town.chronicle.tell(what, tenant, invoice_id, day)

    def _rest(self) -> None:
        """Let everything come to rest without faults, she answering whatever waits."""
        self.storm.calm, self.doom.armed = True, False
        for company in self.cast.companies:
            with self.town.house.sessions() as s:
                off = connections.books_of(s, self.ours[company.key]) is None
            if off:
                self._connect(company)
        self._until(self.cast.end + timedelta(hours=REST_HOURS))

    def _trace_books(self) -> None:
        """Put what the stand-ins were asked, and every mail, into the trace."""
        for standin in (self.town.xero, self.town.quickbooks, self.town.stripe):
            for one in standin.requests():
                self._trace.update(
                    f"{one.at.isoformat()} {one.method} {one.path} {one.key} {one.status}".encode()
                )
        for letter in self.town.mailbox.messages():
            told = f"{letter.received.isoformat()} {letter.message_id} {letter.subject}"
            self._trace.update(told.encode())
