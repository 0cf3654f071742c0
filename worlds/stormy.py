"""A town in bad weather: processes that die and come back, deliveries that stray."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flows.tools import Pace
from flows.work import drain
from store import due
from worlds.chronicle import MAIL, Chronicle, WatchedShelf
from worlds.crash import Crash, Doom
from worlds.deliveries import PostOffice
from worlds.town import Addresses, Town
from worlds.transport import Streets
from worlds.weather import Storm, StormyMailbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sandbox.post import Carrier
    from worlds.clock import WorldClock

# Half as many walks as in life, and a pause where nothing but a wait would be seen.
PACE = Pace(
    sync_every=timedelta(hours=12),
    look_again=timedelta(minutes=5),
)
VENDORS = ("xero", "quickbooks", "stripe")


class TracedMailbox(StormyMailbox):
    """A stormy mailbox whose mails enter the chronicle when they are taken."""

    chronicle: Chronicle

    def keep(self, raw: bytes, to: Sequence[str]) -> None:
        """Keep a mail and tell of it."""
        super().keep(raw, to)
        self.chronicle.tell(MAIL, "", str(len(self.shelf.all("mail")) - 1))


class StormyTown(Town):
    """A town whose product dies at kill points and is started again on the same store."""

    storm: Storm
    doom: Doom
    office: PostOffice
    chronicle: Chronicle
    bugs: list[str]
    processes: int

    def revive(self, crash: Crash) -> None:
        """Start the product again after a crash, as its supervisor would some seconds later."""
        del crash
        self.house.engine.dispose()
        self.processes += 1
        self.clock.wait(self.storm.rng.randint(1, 90))
        self.doom.born()
        self.move_in(f"process {self.processes}")

    def move_in(self, owner: str) -> None:
        """Start the product, at a pace that spends the machine on what matters here."""
        super().move_in(owner)
        self.house = replace(self.house, tools=replace(self.house.tools, pace=PACE))

    def carrier(self, name: str) -> Carrier:
        """Carry through the storm."""
        return self.office.around(name, super().carrier(name))

    def deliver(self) -> int:
        """Carry what is due, and what was held until now."""
        return super().deliver() + self.office.deliver_held(super().carrier)

    def work(self) -> int:
        """Drain what is due; a process that dies is followed by the next."""
        found: list[int] = []
        try:
            with self.house.sessions.begin() as s:
                found = due.now_due(s, self.clock())
            for connection_id in found:
                self._drain(connection_id)
        except Crash as crash:
            self.revive(crash)
        return len(found)

    def _drain(self, connection_id: int) -> None:
        try:
            drain(self.house.tools, connection_id)
        except Exception as error:  # noqa: BLE001 - whatever comes out is a bug of the product
            self.bugs.append(f"drain of connection {connection_id} raised {error!r}")

    def next_moment(self) -> datetime | None:
        """Say when something is due next, also in the post office."""
        moments = [super().next_moment(), self.office.next_held()]
        return min((one for one in moments if one is not None), default=None)


def raise_town(home: Path, clock: WorldClock, seed: str, storm: Storm, doom: Doom) -> StormyTown:
    """Raise a stormy town within the process; its ids and secrets are counted from the seed."""
    chronicle = Chronicle(clock)
    shelves: dict[str, Any] = {name: WatchedShelf(chronicle) for name in (*VENDORS, "mail")}
    addresses = Addresses(
        product="http://localhost",
        xero="http://xero.test",
        quickbooks="http://quickbooks.test",
        stripe="http://stripe.test",
    )
    drawn = 0

    def draw() -> str:
        nonlocal drawn
        drawn += 1
        return hashlib.sha256(f"{seed} {drawn}".encode()).hexdigest()[:43]

    streets = Streets({}, storm)
    streets.die = doom.die
    town = StormyTown(clock, home, shelves, addresses, draw, storm, streets)
    town.storm, town.doom, town.chronicle = storm, doom, chronicle
    town.bugs, town.processes = [], 1
    town.office = PostOffice(storm, clock, town.revive)
    mailbox = TracedMailbox(shelves["mail"], clock, storm, doom)
    mailbox.chronicle = chronicle
    town.mailbox = mailbox
    streets.apps = {f"{name}.test": getattr(town, name).app for name in VENDORS}
    town.move_in("process 1")
    return town
