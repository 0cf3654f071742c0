"""The ledger of a made-up business: customers, documents, payments of before, payouts to come."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from worlds.bench import bank, people
from worlds.bench.records import Customer, Document, Past, Payment, Payout, share

if TYPE_CHECKING:
    from worlds.bench.dice import Dice
    from worlds.bench.numbering import Numbering
    from worlds.bench.trade import Trade

AS_OF = date(2026, 9, 14)
# A working week, from the Monday before.
BATCH_DAYS, BACK_DAYS = 5, 7
# So many of the open invoices were paid in part before.
PARTLY_PAID = 0.03
SHARED_PAYERS = ("WISE PAYMENTS LTD", "CLEARLINE FACTORS", "PAYPOOL SERVICES", "EBURY PARTNERS")


@dataclass
class Books:
    """Everything that is known before the batch, and what of it the batch has used."""

    trade: Trade
    style: Numbering
    first_day: date
    customers: list[Customer] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    past: list[Past] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    shared: dict[str, str] = field(default_factory=dict)
    owned: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[str, Document] = field(default_factory=dict)
    tails: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    accounts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    forms: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def family(self, customer: Customer) -> list[Customer]:
        """Give a customer and whom it is the parent of."""
        return [customer, *(one for one in self.customers if one.parent is customer)]

    def free(self, customer: Customer) -> list[Document]:
        """Give the open documents of a customer that no payment of the batch is for."""
        return [one for one in self.owned[customer.id] if one.open and not one.taken]

    def meant(self, name: str | None, account: str | None) -> list[Customer]:
        """Give the customers a reader would take the payer for: by account, else by name."""
        known = self.accounts.get(account or "", set())
        if len(known) == 1:
            return [one for one in self.customers if one.id in known]
        if not name or plain_in(name, self.shared):
            return []
        seen = people.plain(people.strip_legal(name))
        same = [one for one in self.customers if seen in self.forms[one.id]]
        if same:
            return same
        return [
            one
            for one in self.customers
            if any(people.could_be(name, form) for form in (one.name, *one.aliases))
        ]

    def learn(self, customer: Customer, payment: Payment) -> None:
        """Remember who was seen to pay for a customer."""
        if payment.payer_account:
            self.accounts[payment.payer_account].add(customer.id)
        if payment.payer_name:
            seen = people.plain(people.strip_legal(payment.payer_name))
            self.forms[customer.id].add(seen)


def plain_in(name: str, shared: dict[str, str]) -> bool:
    """Tell whether a name is that of somebody who pays for many."""
    return any(people.plain(name).startswith(people.plain(one)[:16]) for one in shared)


def open_books(rng: Dice, trade: Trade, invoices: int) -> Books:
    """Make the ledger of a business with about `invoices` open documents."""
    books = Books(trade, rng.choice(trade.styles), AS_OF - timedelta(days=BACK_DAYS))
    _hire(rng, books, max(8, round(invoices / trade.open_per_customer)))
    _invoice(rng, books, invoices)
    _remember(rng, books)
    _pay_out(rng, books)
    return books


def _hire(rng: Dice, books: Books, count: int) -> None:
    trade = books.trade
    weights = [weight for weight, _, _ in trade.countries.values()]
    names: set[str] = set()
    while len(books.customers) < count:
        country = rng.choices(list(trade.countries), weights)[0]
        near = rng.choice(books.customers) if books.customers else None
        group = near is not None and rng.random() < trade.group_share
        if near and (group or rng.likely(0.06)):
            country, name = near.country, people.sibling(rng, near.name)
        else:
            name = people.company(rng, country)
        if name in names:
            continue
        names.add(name)
        customer = _customer(rng, books, name, country)
        if near and group:
            customer.parent = near.parent or near
        books.customers.append(customer)


def _customer(rng: Dice, books: Books, name: str, country: str) -> Customer:
    trade, count = books.trade, len(books.customers)
    domain = people.plain(people.strip_legal(name)).split()[0].lower()
    found = Customer(
        id=f"C{count + 1:05d}",
        number=f"{20_000 + count * 3 + rng.randrange(3)}",
        name=name,
        country=country,
        currency=trade.countries[country][1],
        domain=f"{domain}{count}.example",
        account=bank.account(rng, country),
        person=people.person(rng, country),
        terms_days=rng.choice(trade.terms_days),
        weight=rng.paretovariate(1.3),
    )
    if rng.likely(0.25):
        found.aliases.append(people.trading_name(rng, name))
    if rng.likely(0.4):
        found.accounts.append(found.account)
        books.accounts[found.account].add(found.id)
    if rng.random() < trade.withholding_share:
        found.withholding.append(rng.choice(trade.withholding_percents))
    books.forms[found.id] = {
        people.plain(people.strip_legal(form), spread=spread)
        for form in (name, *found.aliases)
        for spread in (False, True)
    }
    return found


def _invoice(rng: Dice, books: Books, count: int) -> None:
    weights = [min(one.weight, 12.0) for one in books.customers]
    wanted, plan = round(count * 1.5), list[tuple[date, Customer]]()
    while len(plan) < wanted:
        customer = rng.choices(books.customers, weights)[0]
        issued = books.first_day - timedelta(days=1 + round(rng.triangular(0, 200, 25)))
        burst = rng.choices((1, 2, 3, 4), (80, 12, 5, 3))[0]
        plan += [(issued, customer)] * burst
    plan.sort(key=lambda pair: (pair[0], pair[1].id))
    counter = rng.randrange(10 ** (books.style.digits - 1), 6 * 10 ** (books.style.digits - 1))
    counter -= counter // 2 if rng.likely(0.4) else 0
    chances = sorted(range(len(plan)), key=lambda at: at + rng.gauss(0, len(plan) / 4))
    paid = set(chances[: len(plan) - count])
    months = Counter[int]()
    for at, (issued, customer) in enumerate(plan):
        counter += 1 if rng.likely(0.93) else rng.randint(2, 4)
        months[issued.month] += 1
        place = _counter(books, customer, counter, months[issued.month]), issued
        document = _document(rng, books, customer, place)
        if at in paid:
            document.open = 0
            document.credit = False
        elif rng.likely(PARTLY_PAID) and not document.credit and not document.percent:
            document.open = share(document.total, rng.randrange(2_000, 8_000))
        file(books, document)


def _counter(books: Books, customer: Customer, counter: int, of_month: int) -> int:
    if books.style.by_customer:
        return len(books.owned[customer.id]) + 1
    return of_month if books.style.by_month else counter


def file(books: Books, document: Document) -> None:
    """Put a document into the books."""
    books.documents.append(document)
    books.owned[document.customer.id].append(document)
    books.numbers[document.number] = document
    books.tails[books.style.tail(document.number)].append(document)


def _document(rng: Dice, books: Books, customer: Customer, place: tuple[int, date]) -> Document:
    trade, (counter, issued) = books.trade, place
    net = _price(rng, trade)
    total = net + share(net, trade.countries[customer.country][2])
    found = Document(
        id=f"D{len(books.documents) + 1:06d}",
        number=books.style.number(counter, issued, int(customer.id[1:])),
        customer=customer,
        issued=issued,
        due=issued + timedelta(days=customer.terms_days),
        currency=customer.currency,
        total=total,
        net=net,
        open=total,
        credit=rng.random() < trade.credit_share,
    )
    if found.credit:
        found.total = found.open = max(100, round(total * rng.uniform(0.03, 0.3)))
        found.net = min(net, found.total)
    elif rng.random() < trade.discount_share:
        found.percent = rng.choice(trade.discount_percents)
        found.until = issued + timedelta(days=rng.choice((10, 14, 20, 30, 45)))
    if rng.random() < trade.po_share:
        found.po = _order(rng, books, customer)
    if trade.print_reference:
        found.reference = trade.print_reference(customer.country, customer.number, counter)
    return found


def _price(rng: Dice, trade: Trade) -> int:
    if rng.random() < trade.price_share:
        return rng.choice(trade.prices)
    amount = round(math.exp(rng.gauss(math.log(trade.median), trade.spread)))
    if rng.likely(0.25):
        amount = amount // 100 * 100
    if rng.likely(0.08):
        amount = amount // 10_000 * 10_000
    return max(amount, 500)


def _order(rng: Dice, books: Books, customer: Customer) -> str:
    """Give a purchase order's number: a new one, or the call-off order of the last invoice."""
    last = [one.po for one in books.owned[customer.id][-3:] if one.po]
    if last and rng.likely(0.3):
        return last[-1]
    return rng.choice(("PO{}", "PO-{}", "45{}", "B{}")).format(rng.randrange(10**5, 10**6))


def _remember(rng: Dice, books: Books) -> None:
    """Make payments of before for most customers: who pays, from where, under what name."""
    books.shared = {name: bank.account(rng, "GB") for name in SHARED_PAYERS}
    for customer in books.customers:
        paid = [one for one in books.owned[customer.id] if not one.open]
        habit = people.written(rng, customer.name, 35), customer.account
        left = paid[-rng.choice((1, 1, 1, 2, 2, 3, 4, 5)) :] if rng.likely(0.8) else []
        while left:
            count = rng.choice((1, 1, 1, 1, 2, 3))
            _past(rng, books, left[:count], _who(rng, books, customer, habit))
            left = left[count:]


def _who(rng: Dice, books: Books, customer: Customer, habit: tuple[str, str]) -> tuple[str, str]:
    """Say who paid a document: mostly its customer, else a money service, or the parent."""
    if rng.likely(0.04):
        return rng.choice(list(books.shared.items()))
    if customer.parent and rng.likely(0.4):
        return people.plain(customer.parent.name), customer.parent.account
    return habit


def _past(rng: Dice, books: Books, documents: list[Document], payer: tuple[str, str]) -> None:
    document = documents[-1]
    usual = [one for one in books.trade.channels if one not in ("ach_ctx", "lockbox", "card")]
    booked = max(document.issued + timedelta(days=rng.randint(5, 45)), document.issued)
    payment = Payment(
        id=f"HP{len(books.past) + 1:05d}",
        booked=min(booked, books.first_day - timedelta(days=1)),
        amount=sum(one.total for one in documents),
        currency=document.currency,
        channel=rng.choice(usual),
        payer_name=payer[0][:35],
        payer_account=payer[1],
    )
    text = " ".join(one.number for one in documents) if rng.likely(0.7) else ""
    bank.describe(rng, payment, text)
    books.past.append(Past(f"H{len(books.past) + 1:05d}", payment, document.customer, documents))
    if payer[1] not in books.shared.values():
        books.learn(document.customer, payment)


def _pay_out(rng: Dice, books: Books) -> None:
    for at in range(books.trade.payouts):
        count = rng.randint(1, 40)
        amount = max(500, round(count * math.exp(rng.gauss(math.log(6_000), 0.5))))
        if books.payouts and rng.likely(0.12):
            amount = rng.choice(books.payouts[-4:]).amount
        fees = share(amount, 190) + 25 * count
        books.payouts.append(
            Payout(
                id=f"po_1Q{rng.randrange(16**12):012x}",
                amount=amount,
                currency=books.trade.base,
                arrival=books.first_day + timedelta(days=at * BATCH_DAYS // books.trade.payouts),
                fees=fees,
                refunds=rng.choice((0, 0, 0, rng.randrange(500, 9_000))),
                count=count,
            )
        )
