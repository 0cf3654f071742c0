"""What the judges look at, gathered once for each world."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from channels.email import message_id
from flows.upkeep import WRITTEN
from store import actions, bank_files, bank_lines, organisations, ticks

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.mail import Letter
    from sandbox.story.event import Event
    from store.actions import ActionRow
    from store.bank_lines import LineRow
    from worlds.chronicle import Index
    from worlds.world import World

# A dropped action frees its key, so a mail may fit several: the one that says it went comes first.
STATES = (
    *(actions.DONE, actions.UNKNOWN, actions.DOING, actions.PLANNED),
    *(actions.WAITING, actions.REFUSED, actions.CANCELLED),
)
# More than any world hands in.
FILES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail with the action that its Message-ID names; `number` is its place in the mailbox."""

    number: int
    letter: Letter
    company: str
    row: ActionRow


class Evidence:
    """A world that has come to rest, and what is known of it."""

    def __init__(self, world: World) -> None:
        """Look at nothing yet."""
        self.world = world

    @cached_property
    def index(self) -> Index:
        """What happened, searchable."""
        return self.world.town.chronicle.index()

    @cached_property
    def rows(self) -> list[tuple[str, ActionRow]]:
        """Every action the product ever planned, with its company."""
        with self.world.town.house.sessions() as s:
            return [
                (company, row)
                for company, organisation_id in self.world.ours.items()
                for state in STATES
                for row in actions.in_state(s, organisation_id, state)
            ]

    @cached_property
    def applications(self) -> dict[tuple[str, str], list[ActionRow]]:
        """The applications that were not dropped, by company and receipt whose money they place."""
        found: dict[tuple[str, str], list[ActionRow]] = defaultdict(list)
        for company, row in self.rows:
            if row.kind == "apply" and row.state not in (actions.CANCELLED, actions.WAITING):
                found[company, row.body["receipt_id"]].append(row)
        return found

    @cached_property
    def bank(self) -> list[tuple[str, LineRow, datetime]]:
        """Every line on a statement that was handed in, with its company and when it was."""
        with self.world.town.house.sessions() as s:
            return [
                (company, line, file.at)
                for company, organisation_id in self.world.ours.items()
                for file in bank_files.latest(s, organisation_id, FILES_MAX)
                for line in bank_lines.of_file(s, organisation_id, file.id)
            ]

    def wire(self, company: str, line: LineRow) -> Event | None:
        """Say what brought a line; None for what came in by another way."""
        users = self.world.users
        return users.wire_of(company, line.booked, line.amount.minor, line.payer_name)

    @cached_property
    def _paired(self) -> tuple[list[Sent], list[Letter]]:
        sender = self.world.town.house.config.mail.sender
        with self.world.town.house.sessions() as s:
            public = {
                company: organisations.get(s, key).public_id
                for company, key in self.world.ours.items()
            }
        known = {
            message_id(f"{public[company]}:{row.key}", sender): (company, row)
            for company, row in reversed(self.rows)
            if row.kind == "remind"
        }
        with self.world.town.house.sessions() as s:
            ours = {message_id(mark, sender) for mark in ticks.slots(s, WRITTEN)}
        paired, strange = [], []
        for number, letter in enumerate(self.world.town.mailbox.messages()):
            if letter.message_id in known:
                paired.append(Sent(number, letter, *known[letter.message_id]))
            elif letter.message_id not in ours:
                strange.append(letter)
        return paired, strange

    @property
    def mails(self) -> list[Sent]:
        """The mails whose action is known."""
        return self._paired[0]

    @property
    def strange_mails(self) -> list[Letter]:
        """The mails that neither an action nor a letter to a member explains."""
        return self._paired[1]
