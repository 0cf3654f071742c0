"""The batch as it is made: each case claims documents and posts payments with their truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from worlds.bench import bank, dialect, people, reading
from worlds.bench.books import BATCH_DAYS
from worlds.bench.policy import Terms, settle
from worlds.bench.records import Advice, Customer, Document, Label, Line, Payment, Settled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worlds.bench.books import Books
    from worlds.bench.dice import Dice
    from worlds.bench.trade import Trade


class Seen(NamedTuple):
    """Who pays, as the bank shows it."""

    name: str | None
    account: str | None


# Whether a payment can be decided: known at once, or asked of what its bank line shows of the
# payer once the whole batch is known.
Verdict = bool | Callable[[Seen], bool]


NAMESAKES_MAX = 3


@dataclass(slots=True)
class Claim:
    """A payment in the making: what it is for in truth, and what its payer shows of that."""

    case: str
    documents: Sequence[Document]
    paid: int
    text: str = ""
    seen: Seen | None = None
    channel: str = ""
    day: date | None = None
    lines: Sequence[Line] = ()
    # What the payer says, here or in an advice, to pay on each of the documents.
    listed: Sequence[int] = ()
    settled: Settled | None = None
    decidable: Verdict = True
    kind: str = "ar"
    refers_to: str | None = None
    structured: str | None = None
    original: tuple[int, str] | None = None
    charges: int | None = None
    currency: str = ""
    customer: Customer | None = None


@dataclass
class Scene:
    """A batch being made over the books of one business."""

    rng: Dice
    trade: Trade
    books: Books
    payments: list[Payment] = field(default_factory=list)
    advices: list[Advice] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    verdicts: list[tuple[Label, Seen, Callable[[Seen], bool]]] = field(default_factory=list)
    # Documents that payments with strong evidence clear: nobody weaker can mean them.
    settled_for_sure: set[str] = field(default_factory=set)

    @property
    def last_day(self) -> date:
        """The last booking day of the batch."""
        return self.books.first_day + timedelta(days=BATCH_DAYS - 1)

    def day(self) -> date:
        """Give a booking day of the batch."""
        return self.books.first_day + timedelta(days=self.rng.randrange(BATCH_DAYS))

    def channel(self, text: str = "", *, without: Sequence[str] = ()) -> str:
        """Give a channel that carries the whole text; the widest there is when none does."""
        usual = {
            name: weight
            for name, weight in self.trade.channels.items()
            if name not in ("ach_ctx", "lockbox", *without)
        }
        wide = {n: w for n, w in usual.items() if bank.CHANNELS[n].text_max >= len(text)}
        if not wide:
            return max(usual, key=lambda name: bank.CHANNELS[name].text_max)
        return self.rng.choices(list(wide), list(wide.values()))[0]

    def pick(
        self, count: int = 1, *, test: Callable[[Document], bool] | None = None
    ) -> list[Document]:
        """Take `count` open invoices of one customer off the books; empty when nobody has them."""
        for _ in range(60):
            customer = self.rng.choice(self.books.documents).customer
            free = [] if customer.locked else self.books.free(customer)
            free = [one for one in free if not one.credit and (test is None or test(one))]
            if len(free) >= count:
                return self.take(self._some(free, count))
        return []

    def _some(self, free: list[Document], count: int) -> list[Document]:
        free.sort(key=lambda one: one.age)
        if self.rng.likely(0.6):
            start = self.rng.randrange(len(free) - count + 1)
            return free[start : start + count]
        return sorted(self.rng.sample(free, count), key=lambda one: one.age)

    def take(self, documents: list[Document]) -> list[Document]:
        """Mark documents as meant by a payment of the batch."""
        for one in documents:
            one.taken = True
        return documents

    def seen(self, customer: Customer, chars_max: int = 35) -> Seen:
        """Show the payer in one of the customer's own ways."""
        rng = self.rng
        account = customer.account if rng.likely(0.55) else None
        if rng.likely(0.04):
            return Seen(None, account)
        name = rng.choice(customer.aliases) if rng.likely(0.15) and customer.aliases else ""
        return Seen(people.written(rng, name or customer.name, chars_max), account)

    def stranger(self) -> Seen:
        """Show a payer that points to nobody."""
        country = self.rng.choice(list(self.trade.countries))
        for _ in range(20):
            name = self.rng.choice((people.person, people.company))(self.rng, country)
            if not self.books.meant(name, None):
                return Seen(people.plain(name), bank.account(self.rng, country))
        return Seen(None, None)

    def meant(self, seen: Seen) -> list[Customer]:
        """Give whom a reader would take the payer for."""
        return self.books.meant(seen.name, seen.account)

    def post(self, claim: Claim) -> Payment:
        """Put a claim on the statement, with its truth."""
        customer = claim.customer or claim.documents[0].customer
        currency = claim.currency or customer.currency
        channel = claim.channel or self.channel(claim.text)
        if bank.CHANNELS[channel].currency not in ("", currency):
            channel = "sepa"
        seen = claim.seen or self.seen(customer)
        booked = claim.day or self.day()
        payment = Payment(
            id="",
            booked=booked,
            # Money counts from when the payer gave it away, not always from when it is booked.
            value=booked - timedelta(days=1) if self.rng.likely(0.06) else booked,
            amount=claim.paid,
            currency=currency,
            channel=channel,
            payer_name=seen.name and seen.name[: bank.CHANNELS[channel].name_max].strip(),
            payer_account=None if channel in ("check", "lockbox") else seen.account,
            structured=claim.structured,
            lines=list(claim.lines),
            original=claim.original,
            charges=claim.charges,
        )
        thin = self.rng.likely(self.trade.thin_share)
        if thin:
            payment.payer_account = None
        shown = Seen(payment.payer_name, payment.payer_account)
        bank.describe(self.rng, payment, claim.text)
        if (
            self.rng.likely(self.trade.dialect_share)
            and not claim.lines
            and claim.kind != "reversal"
        ):
            dialect.rewrite(self.rng, payment, bank.carried(claim.text, channel))
        if thin and (payment.reference or "") in payment.description:
            payment.reference = None
        terms = Terms(payment.value or booked, channel, tuple(customer.withholding))
        truth = claim.settled or settle(claim.documents, claim.paid, terms, claim.listed)
        label = Label("", claim.case, claim.kind, truth, claim.refers_to)
        self._judge(label, claim.decidable, shown)
        self.payments.append(payment)
        self.labels.append(label)
        return payment

    def _judge(self, label: Label, verdict: Verdict, seen: Seen) -> None:
        if callable(verdict):
            self.verdicts.append((label, seen, verdict))
            return
        label.decidable = verdict
        if verdict:
            self.settled_for_sure |= set(label.settled.cleared)

    def pool(self, customers: Sequence[Customer]) -> list[Document]:
        """Give what weak evidence may still mean of some customers' documents."""
        return [
            one
            for customer in customers
            for one in self.books.owned[customer.id]
            if one.open and one.id not in self.settled_for_sure
        ]

    def by_amount(self, paid: int, day: date, truth: Sequence[Document]) -> Verdict:
        """Ask later whether payer and amount alone lead to the truth and to nothing else."""
        meant = frozenset(one.id for one in truth)

        def verdict(seen: Seen) -> bool:
            customers = self.meant(seen)
            if len(customers) == 1:
                pool = self.pool(self.books.family(customers[0]))
                return reading.sole(pool, paid, day, customers) == meant
            # Of a few who bear such a name only one owes the very amount.
            alike = self.pool(customers[:NAMESAKES_MAX])
            exact = [one.id for one in alike if one.open == paid and not one.credit]
            return len(customers) <= NAMESAKES_MAX and frozenset(exact) == meant

        return verdict

    def by_tail(self, paid: int, document: Document) -> Verdict:
        """Ask later whether the end of a number, with payer or amount, means one document."""

        def verdict(seen: Seen) -> bool:
            if self.books.style.by_customer:
                return True
            like = self.books.tails[self.books.style.tail(document.number)]
            found = [one for one in like if one.open]
            if len(found) > 1:
                exact = [one for one in found if one.open == paid]
                customers = self.meant(seen)
                found = exact or [one for one in found if one.customer in customers]
            return found == [document]

        return verdict

    def finish(self) -> None:
        """Ask what was put off, order the statement by booking day, number its lines."""
        for label, seen, verdict in self.verdicts:
            label.decidable = verdict(seen)
        order = sorted(range(len(self.payments)), key=lambda at: self.payments[at].booked)
        self.payments = [self.payments[at] for at in order]
        self.labels = [self.labels[at] for at in order]
        for number, (payment, label) in enumerate(
            zip(self.payments, self.labels, strict=True), start=1
        ):
            payment.id = label.payment_id = f"P{number:05d}"
        self.advices.sort(key=lambda one: (one.received, one.total, one.sender))
        for number, advice in enumerate(self.advices, start=1):
            advice.id = f"A{number:04d}"
