"""The demo: a story of sixty days, lived through on loopback, that ends in a table which ties out.

Everything is kept in files, also how far the story has come: a demo that was killed goes on where
it was and ends in the same table. One that ended begins anew.
"""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from connector import PROVIDERS
from ledger.days import local_day
from sandbox.shelf import Shelf
from sandbox.story.banking import Banking
from sandbox.story.hands import Ledgers, QuickBooksBookkeeper, XeroBookkeeper
from store import bank_lines
from worlds.accountant import ACCOUNTS, BANK_ACCOUNTS, Accountant
from worlds.clock import WorldClock
from worlds.report import Line, bank_lines_of, lines, misuses, tally
from worlds.town import on_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.story.companies import Company
    from sandbox.story.event import Event
    from sandbox.story.hands import Bookkeeper
    from sandbox.story.plan import Story
    from worlds.town import Town

# What people do in the product; everything else happens at the vendors.
OURS = frozenset({"live", "trust", "dispute", "release", "disconnect", "reconnect", "statement"})
Say = Callable[[str], None]


class Demo:
    """One telling of a story."""

    def __init__(self, story: Story, home: Path, say: Say) -> None:
        """Go on where the last telling of this story was killed, else begin anew."""
        self.story = story
        self.say = say
        begun = home / "story"
        if (home / "ended").exists() or (begun.exists() and begun.read_text() != story.name):
            shutil.rmtree(home)
        home.mkdir(parents=True, exist_ok=True)
        begun.write_text(story.name)
        self.home = home
        self.shelf = Shelf(str(home / "story.db"))
        self.clock = WorldClock(datetime.combine(story.start, time(6), UTC), self.shelf)
        run = self.shelf.count("runs")
        self.town: Town = on_loopback(home, self.clock, self._draw, f"demo {run}")
        self.ledgers = Ledgers(self._keepers(), self.town.stripe)
        self.banking = Banking(
            Shelf(str(home / "bank.db")),
            self.ledgers,
            story.companies,
            story.start,
            self.town.stripe,
            {one.key: self.ledgers.account for one in story.companies if one.takes_cards},
        )
        self.accountant = Accountant(self.town)
        self.ours: dict[str, int] = {}
        self.told: Counter[str] = Counter()

    def _draw(self) -> str:
        """Give an id or secret: counted, so that a telling can be told again."""
        return hashlib.sha256(f"demo {self.shelf.count('drawn')}".encode()).hexdigest()[:43]

    def _keepers(self) -> dict[str, Bookkeeper]:
        found: dict[str, Bookkeeper] = {}
        for company in self.story.companies:
            if company.provider == "xero":
                found[company.key] = XeroBookkeeper(self.town.xero, company)
            else:
                found[company.key] = QuickBooksBookkeeper(self.town.quickbooks, company)
        return found

    @property
    def position(self) -> int:
        """How many events of the story are behind us."""
        kept = self.shelf.get("position", "story")
        return int(kept["next"]) if kept else 0

    def prepare(self) -> None:
        """Fill the books with what was before, then connect them as a person does."""
        self.say(f"Filling the books of {', '.join(one.name for one in self.story.companies)} ...")
        for customer in self.story.customers:
            self.ledgers.add_customer(customer)
        for seq, event in enumerate(self.story.before):
            self._happen(-1 - seq, _settled(event))
        self.accountant.sign_in()
        for company in self.story.companies:
            keeper = self.ledgers.keepers[company.key]
            self.ours[company.key] = self.accountant.connect(company, keeper.tenant)
            self.say(f"{company.name} is connected to {PROVIDERS[company.provider].title}.")
        self.town.live_until(self.clock() + timedelta(minutes=10))
        for company in self.story.companies:
            if company.bank:
                into = dict(BANK_ACCOUNTS[company.provider])
                if company.takes_cards:
                    into |= ACCOUNTS[company.provider]
                self.accountant.book_into(self.ours[company.key], into)
            if company.takes_cards and self.ledgers.account:
                organisation_id = self.ours[company.key]
                self.accountant.connect_stripe(
                    organisation_id, self.ledgers.account, ACCOUNTS[company.provider]
                )
                self.say(f"{company.name} also connected its Stripe account.")
        self.town.live_until(self.clock() + timedelta(minutes=10))

    def _happen(self, seq: int, event: Event) -> None:
        company = self._company(event)
        day = local_day(event.at, company.zone)
        if event.kind == "wire":
            self.banking.carry_out(seq, event, company.country, day)
        else:
            self.ledgers.carry_out(seq, event, self.story.bills, day)

    def _company(self, event: Event) -> Company:
        return next(one for one in self.story.companies if one.key == event.company)

    def tell(self) -> None:
        """Tell the story to its end, day by day."""
        begin = self.position
        # What a kill left in doubt is settled before any time passes.
        self.town.live_until(self.clock())
        self._settle_doubts()
        for seq, event in enumerate(self.story.events):
            if seq < begin:
                continue
            self._morning(event.at.date())
            self.town.live_until(event.at)
            self._settle_doubts()
            if event.kind in OURS:
                self._act(event)
            else:
                self._happen(seq, event)
            self.shelf.put("position", "story", {"next": seq + 1})
        end = datetime.combine(self.story.start, time(), UTC) + timedelta(days=self.story.days)
        self.town.live_until(end)
        self._settle_doubts()
        self._quiesce(end)

    def _quiesce(self, end: datetime) -> None:
        """Let what is under way come to rest: webhooks, sweeps, notes."""
        for hours in (6, 12, 30):
            self._place_all()
            self.town.live_until(end + timedelta(hours=hours))
            self._settle_doubts()

    def _morning(self, day: date) -> None:
        """Do what the accountant does when a day begins, once: also when it was begun before."""
        kept = self.shelf.get("position", "morning")
        if kept and kept["day"] == day.isoformat():
            return
        self.town.live_until(datetime.combine(day, time(7), UTC))
        self._settle_doubts()
        if day.weekday() in (1, 4):
            self._place_all()
        self._count(day)
        self.shelf.put("position", "morning", {"day": day.isoformat()})

    def _count(self, morning: date) -> None:
        """Say what the day before brought."""
        now = tally(self.town)
        new = now - self.told
        self.told = now
        said = [
            f"{_some(new['remind'], 'reminder')} sent",
            f"{_some(new['apply'], 'payment')} applied",
            f"{_some(new['held back'], 'step')} held back with a reason",
            f"{_some(new['escalate'], 'customer')} handed to a person",
            f"{_some(now['waiting'], 'exception')} open",
        ]
        told = ", ".join(one for one in said if not one.startswith("no "))
        day = morning - timedelta(days=1)
        number = (morning - self.story.start).days
        if number:
            self.say(f"Day {number} of {self.story.days}, {day:%a %d %b}: {told or 'quiet'}.")

    def _settle_doubts(self) -> None:
        """Have the accountant look into the sent mail wherever a send is in doubt."""
        for organisation_id in self.ours.values():
            if self.accountant.settle_unconfirmed(organisation_id):
                self.say("An unconfirmed reminder was looked up in the sent mail and settled.")
                self.town.live_until(self.clock())

    def _place_all(self) -> None:
        """Have the accountant work through the matches that wait for her."""
        self._settle_returned()
        confirmed_by = {
            key: self.accountant.approve_matches(organisation_id)
            for key, organisation_id in self.ours.items()
        }
        # She looks at the rest when those are carried out.
        self.town.live_until(self.clock())
        for company in self.story.companies:
            confirmed = confirmed_by[company.key]
            organisation_id = self.ours[company.key]
            placed = self.accountant.answer(organisation_id, self._truth(company))
            if confirmed or placed:
                self.say(
                    f"{company.name}: the accountant confirmed {_some(confirmed, 'match')}"
                    f" and placed {_some(placed, 'receipt')} by hand."
                )
        self.town.live_until(self.clock())

    def _settle_returned(self) -> None:
        """Have her undo what the bank took back, and leave that money when it is open again."""
        for _step in ("undone", "left"):
            for company in self.story.companies:
                settled = self.accountant.settle_returned(self.ours[company.key])
                if settled:
                    self.say(f"{company.name}: {_some(settled, 'returned payment')} undone.")
            self.town.live_until(self.clock())

    def _truth(self, company: Company) -> Callable[[str, str], Mapping[str, int] | None]:
        """Know what each receipt was meant for, as somebody who asked the payer."""

        def known(source: str, receipt_id: str) -> Mapping[str, int] | None:
            place = self._event_of(company, source, receipt_id)
            if place is None:
                return None
            event = self.story.events[place]
            wanted = {}
            for number in event.pays:
                invoice_id = self.ledgers.id_of(company.key, "invoice", number)
                if invoice_id:
                    wanted[invoice_id] = min(event.minor, self.story.bills[number].minor)
            return wanted

        return known

    def _event_of(self, company: Company, source: str, receipt_id: str) -> int | None:
        """Say which event brought a receipt; None for one that the story does not tell of."""
        if source == "ledger":
            kept = self.ledgers.id_of(company.key, "receipt", receipt_id)
            return None if kept is None else int(kept)
        with self.town.house.sessions() as s:
            lines = bank_lines.of_receipts(s, self.ours[company.key], [receipt_id])
        found = lines.get(receipt_id)
        if source != "bank" or found is None:
            return None
        told = (found.booked, found.amount.minor, found.payer_name)
        return self.banking.event_of(company.key, *told)

    def _statement(self, event: Event) -> None:
        """Have the accountant fetch the bank's statement and hand it in."""
        company = self._company(event)
        printed = self.banking.statement(company, local_day(event.at, company.zone))
        if self.accountant.hand_in(self.ours[company.key], printed.name, printed.body):
            self.say(
                f"{company.name}: the accountant uploaded {printed.name},"
                f" {_some(printed.lines, 'line')}."
            )

    def _act(self, event: Event) -> None:
        """Do at the pages what the accountant does in the story."""
        if event.kind == "statement":
            self._statement(event)
            return
        company = self._company(event)
        organisation_id = self.ours[company.key]
        self.say(f"{company.name}: {SAID[event.kind]} {' '.join(event.numbers)}".rstrip())
        match event.kind:
            case "live":
                self.accountant.go_live(organisation_id)
            case "trust":
                self.accountant.trust(organisation_id)
            case "disconnect":
                self.accountant.disconnect(organisation_id, company.provider)
            case "reconnect":
                tenant = self.ledgers.keepers[company.key].tenant
                self.accountant.connect(company, tenant)
            case _:
                invoice_id = self.ledgers.id_of(company.key, "invoice", event.numbers[0])
                if invoice_id and event.kind == "dispute":
                    self.accountant.dispute(organisation_id, invoice_id, event.text)
                elif invoice_id:
                    self.accountant.release(organisation_id, invoice_id)

    def compare(self) -> tuple[list[Line], list[str]]:
        """Compare with the stand-ins' own books, and read their logs for misuse."""
        compared: list[Line] = []
        for company in self.story.companies:
            tenant = self.ledgers.keepers[company.key].tenant
            compared += lines(self.town, company, tenant)
            if company.bank:
                compared += bank_lines_of(self.town, self.banking.bank, company, tenant)
        return compared, misuses(self.town)

    def end(self) -> None:
        """Remember that this telling came to its end."""
        (self.home / "ended").write_text("The next demo begins anew.\n", encoding="utf-8")


SAID = {
    "live": "the accountant read the preview and switched sending on.",
    "trust": "the accountant lets sure matches be applied without asking.",
    "dispute": "a dispute was noted on",
    "release": "the dispute was settled on",
    "disconnect": "the accounting system was disconnected.",
    "reconnect": "the accounting system was connected again.",
}


def _some(number: int, word: str) -> str:
    """Say how many, in words that agree."""
    plural = f"{word}es" if word.endswith("ch") else f"{word}s"
    return f"{number or 'no'} {word if number == 1 else plural}"


def _settled(event: Event) -> Event:
    """Let the bookkeeper book by hand whatever came in before Dunnock was there."""
    if event.kind in ("receipt", "card"):
        return replace(event, kind="payment", numbers=event.pays)
    return event
