"""Judges of the mail: nothing twice, and nothing that was known to be wrong when it went."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from ledger.days import local_day
from store import actions
from worlds.chronicle import HOLD, MAIL, PROMISE, RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.story.event import Event
    from store.bank_lines import LineRow
    from worlds.chronicle import Index
    from worlds.judges.evidence import Evidence, Sent
    from worlds.world import World

# A reminder may rest on nothing older than this.
FENCE = timedelta(seconds=60)
# Whatever the rules say, nobody gets two mails about one invoice so close together.
GAP = timedelta(hours=20)
# The rules as shipped give a promise so long after its day.
GRACE_DAYS = 2


def sent_twice(seen: Evidence) -> Iterator[str]:
    """I1: no Message-ID, and no step of an invoice, is in the mailbox twice."""
    for letter in seen.strange_mails:
        yield f"{letter.message_id} to {letter.to} was decided by nobody"
    ids = Counter(letter.message_id for letter in seen.world.town.mailbox.messages())
    yield from (f"{key} arrived {count} times" for key, count in ids.items() if count > 1)
    for one in seen.mails:
        if one.row.state not in (actions.DONE, actions.UNKNOWN):
            yield f"{one.letter.message_id} went out, and its action is {one.row.state}"
    steps: Counter[tuple[str, str, str]] = Counter()
    for one in {each.letter.message_id: each for each in seen.mails}.values():
        for line in one.row.body["lines"]:
            steps[one.company, line["number"], line["step"]] += 1
    for (company, number, step), count in steps.items():
        if count > 1:
            yield f"{company}: step {step} of {number} was sent {count} times"
    yield from _too_close(seen.world)


def _too_close(world: World) -> Iterator[str]:
    """Read the mails themselves: one invoice, one address, two mails within a day."""
    last: dict[tuple[str, str, str], datetime] = {}
    for letter in world.town.mailbox.messages():
        for number in world.cast.bills:
            if number not in letter.text.split():
                continue
            key = (letter.header("From"), letter.to[0], number)
            before = last.get(key)
            if before is not None and letter.received - before < GAP:
                yield f"{letter.to[0]} was told of {number} at {before} and {letter.received}"
            last[key] = letter.received


def sent_wrongly(seen: Evidence) -> Iterator[str]:
    """I2: no mail about what was not open, or held, when the product last looked before it."""
    index, world = seen.index, seen.world
    places = {int(entry.key): number for number, entry in index.of(MAIL)}
    for one in seen.mails:
        tenant = world.users.ledgers.keepers[one.company].tenant
        place = places[one.number]
        fence = index.last_read(tenant, place)
        if fence is None or one.letter.received - index.entries[fence].at > FENCE:
            yield f"{one.letter.message_id} went without a fresh look into the books"
            continue
        for line in one.row.body["lines"]:
            minor = index.open_at(tenant, line["invoice_id"], fence)
            if minor != line["balance"][0]:
                yield (
                    f"{one.company}: {line['number']} was reminded with {line['balance'][0]} open"
                    f" at {one.letter.received}, and {minor} was open in the books"
                )
            if _held(index, tenant, line["invoice_id"], place):
                yield f"{one.company}: {line['number']} was reminded while it was held"
            if _promised(index, tenant, line["invoice_id"], place, _day(seen, one)):
                yield f"{one.company}: {line['number']} was reminded before its promised day"
            yield from _paid_by_card(seen, one, line["number"])
            yield from _paid_at_the_bank(seen, one, line["number"])


def _day(seen: Evidence, one: Sent) -> int:
    """Give the day on which a mail went, where its sender is."""
    zone = seen.world.users.companies[one.company].zone
    return local_day(one.letter.received, zone).toordinal()


def _promised(index: Index, tenant: str, invoice_id: str, place: int, day: int) -> bool:
    """Say whether a promise, with its grace, still held an invoice at a place in the chronicle."""
    until = 0
    for number, entry in sorted((*index.of(PROMISE), *index.of(RELEASE)), key=itemgetter(0)):
        if number < place and (entry.tenant, entry.key) == (tenant, invoice_id):
            until = entry.value if entry.what == PROMISE else 0
    return bool(until) and day <= until + GRACE_DAYS


def _held(index: Index, tenant: str, invoice_id: str, place: int) -> bool:
    """Say whether a person held an invoice at a place in the chronicle."""
    told = [
        entry.what
        for number, entry in (*index.of(HOLD), *index.of(RELEASE))
        if number < place and (entry.tenant, entry.key) == (tenant, invoice_id)
    ]
    return told.count(HOLD) > told.count(RELEASE)


# Card money is looked for at Stripe at most so long before a send, and is a matter of its own when
# it lay about for longer than the days.
CARDS_READ = timedelta(minutes=61)
CARDS_DAYS = timedelta(days=9)


def _paid_by_card(seen: Evidence, one: Sent, number: str) -> Iterator[str]:
    """Say when a card payment that names the invoice lay unapplied at Stripe and could be seen."""
    users, now = seen.world.users, one.letter.received
    for key, event in users.cards.items():
        mine = event.company == one.company and event.numbers == (number,)
        taken = users.taken[key]
        if not mine or key in users.refunded or not CARDS_READ < now - taken < CARDS_DAYS:
            continue
        if not any(row.planned_at <= now for row in seen.applications.get((one.company, key), [])):
            yield f"{one.company}: {number} was reminded at {now}, {key} had paid it at {taken}"


# A statement was looked at so long after it was handed in; money that nobody placed is a matter of
# its own when it is older than the days.
LOOKED_AT = timedelta(minutes=10)
BANK_DAYS = 9


def _paid_at_the_bank(seen: Evidence, one: Sent, number: str) -> Iterator[str]:
    """Say when a line that names the invoice, and pays all of it, lay unplaced in our own hands."""
    now = one.letter.received
    bill = seen.world.cast.bills.get(number)
    for company, line, handed_in in seen.bank:
        event = seen.wire(company, line) if company == one.company else None
        days = _day(seen, one) - line.booked.toordinal()
        if bill is None or event is None or event.minor != bill.minor:
            continue
        named = event.pays == (number,) and number in event.text
        fresh = handed_in + LOOKED_AT < now and days <= BANK_DAYS
        if named and fresh and not _went_back(seen, event) and not _placed(seen, one, line, now):
            yield f"{company}: {number} was reminded at {now}, {line.booked} had brought its money"


def _went_back(seen: Evidence, event: Event) -> bool:
    return any(
        (other.company, other.numbers, other.minor) == (event.company, event.numbers, -event.minor)
        for other in seen.world.users.wires.values()
    )


def _placed(seen: Evidence, one: Sent, line: LineRow, now: datetime) -> bool:
    """Say whether anything was done with a line's money before: applied, linked, left, kept."""
    return any(
        row.planned_at <= now and row.state not in (actions.CANCELLED, actions.WAITING)
        for company, row in seen.rows
        if company == one.company and row.subject == f"receipt:bank:{line.receipt_id}"
    )
