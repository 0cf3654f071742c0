"""Payments whose obvious explanation is wrong, or has an equal beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from worlds.bench import bank, numbering, people
from worlds.bench.cases.advised import advised
from worlds.bench.cases.named import phrase
from worlds.bench.records import Settled, share
from worlds.bench.scene import Claim, Scene, Seen

if TYPE_CHECKING:
    from worlds.bench.records import Customer, Document

TRIES = 60
# From this on, a few pounds are little.
MUCH = 10_000


def slip_into_ones_own(scene: Scene) -> bool:
    """Slip by one digit, and so name another open document of one's own."""
    style, rng = scene.books.style, scene.rng
    for _ in range(TRIES):
        meant = rng.choice(scene.books.documents)
        near = [
            scene.books.numbers[one]
            for one in sorted(numbering.around(style, meant.number))
            if one in scene.books.numbers
        ]
        own = [one for one in near if one.customer is meant.customer and _free(one)]
        if own and _free(meant) and not meant.customer.locked:
            scene.take([meant])
            paid = meant.open if rng.likely(0.9) else share(meant.open, 8_000)
            claim = Claim("number: slipped into one's own", [meant], paid, own[0].number)
            claim.decidable = False
            scene.post(claim)
            return True
    return False


def _free(document: Document) -> bool:
    return bool(document.open) and not document.taken and not document.credit


def namesakes(scene: Scene) -> bool:
    """Owe the same as somebody whose name, cut off, reads the same."""
    for _ in range(TRIES):
        documents = scene.pick()
        if not documents:
            return False
        customer = documents[0].customer
        name = people.plain(people.strip_legal(customer.name)).split()[0]
        alike = [one for one in scene.meant(Seen(name, None)) if one is not customer]
        twins = [one for other in alike for one in scene.books.free(other) if _free(one)]
        twins = [one for one in twins if one.currency == documents[0].currency and not one.percent]
        if twins:
            _owe(scene.rng.choice(twins), documents[0].open)
            claim = Claim("namesakes who owe the same", documents, documents[0].open)
            claim.seen, claim.channel = Seen(name, None), scene.channel(without=("wire",))
            claim.decidable = False
            scene.post(claim)
            return True
        documents[0].taken = False
    return False


def _owe(document: Document, amount: int) -> None:
    """Have a document be of this amount, as a recurring price would make it."""
    document.total = document.open = document.net = amount


def in_the_group(scene: Scene) -> bool:
    """Pay as the parent what both parent and subsidiary owe, to the cent."""
    for _ in range(TRIES):
        documents = scene.pick(test=lambda one: one.customer.parent is not None)
        parent = documents[0].customer.parent if documents else None
        if parent is None:
            return False
        own = [one for one in scene.books.free(parent) if _free(one) and not one.percent]
        if own and own[0].currency == documents[0].currency:
            _owe(own[0], documents[0].open)
            claim = Claim("parent and subsidiary owe the same", documents, documents[0].open)
            claim.seen = Seen(people.plain(parent.name), parent.account)
            claim.decidable = False
            scene.post(claim)
            return True
        documents[0].taken = False
    return False


def other_figures(scene: Scene) -> bool:
    """Name the document, and beside it an order or a delivery that has another one's figures."""
    documents, others = scene.pick(), scene.pick()
    if not documents or not others:
        return False
    others[0].taken = False
    rng, style = scene.rng, scene.books.style
    decoy = rng.choice(
        (
            f"order {style.tail(others[0].number)}",
            f"delivery {style.tail(others[0].number)}",
            f"{scene.day():%Y%m%d}",
            f"cust {style.tail(others[0].number)}",
        )
    )
    text = rng.choice((f"{decoy} {documents[0].number}", f"{documents[0].number} {decoy}"))
    channel = scene.channel(text)
    if len(text) > bank.CHANNELS[channel].text_max:
        documents[0].taken = False
        return False
    name = "number: beside another's figures"
    scene.post(Claim(name, documents, documents[0].open, text, None, channel))
    return True


def advices_of_nobody(scene: Scene) -> bool:
    """Two payments of one amount, two advices of it, and no payer on the bank line."""
    first, second = scene.pick(), scene.pick()
    if not first or not second or first[0].currency != second[0].currency:
        return False
    total, day = max(min(first[0].open, second[0].open) // 2, 100), scene.day()
    for documents in (first, second):
        claim = Claim("advice apart, equal and of nobody", documents, 0, day=day)
        claim.seen, claim.decidable = Seen(None, None), False
        advised(scene, claim, total)
    return True


def again_or_another(scene: Scene) -> bool:
    """Pay as before, without a reference, while another document of the amount is open.

    Mostly it is the next of a recurring price; now and then it is the last one once more.
    """
    for past in scene.rng.sample(scene.books.past, min(TRIES, len(scene.books.past))):
        customer, paid = past.customer, past.payment.amount
        free = [one for one in scene.books.free(customer) if _free(one) and not one.percent]
        if past.documents[0].taken or not free or free[0].currency != past.payment.currency:
            continue
        _owe(free[0], paid)
        scene.take([past.documents[0]])
        again, day = scene.rng.likely(0.03), scene.day()
        claim = Claim("recurring amount, no reference", [] if again else scene.take(free[:1]), paid)
        claim.seen = Seen(past.payment.payer_name, past.payment.payer_account)
        claim.customer, claim.day = customer, day
        claim.channel = scene.channel(without=("wire",))
        claim.settled = Settled(on_account={customer.id: paid}) if again else None
        claim.decidable = False if again else scene.by_amount(paid, day, free[:1])
        scene.post(claim)
        return True
    return False


def stranger_alike(scene: Scene) -> bool:
    """Pay another company's invoice of our customer's very amount, under nearly its name."""
    documents = scene.pick()
    if not documents:
        return False
    documents[0].taken = False
    rng, customer = scene.rng, documents[0].customer
    name = _another_name(scene, customer)
    if name is None or documents[0].currency != scene.trade.base:
        return False
    seen = Seen(people.plain(name), bank.account(rng, customer.country))
    text = f"KS-{rng.randrange(1_000, 10_000)}-B"
    claim = Claim("stranger nearly of a customer's name", [], documents[0].open, text, seen)
    claim.kind, claim.customer, claim.currency = "not_ar", customer, scene.trade.base
    claim.settled = Settled()
    scene.post(claim)
    return True


def _another_name(scene: Scene, customer: Customer) -> str | None:
    first = people.strip_legal(customer.name).split()[0]
    for _ in range(TRIES):
        other = people.company(scene.rng, customer.country).split()[-2:]
        name = f"{first} {' '.join(other)}"
        if not scene.meant(Seen(people.plain(name), None)):
            return name
    return None


def discount_of_net(scene: Scene) -> bool:
    """Take the discount off the net instead of the total: what is missing stays open."""
    day = scene.day()
    documents = scene.pick(test=lambda one: bool(one.discount_on(day, 0)) and one.net < one.total)
    if not documents:
        return False
    paid = documents[0].open - share(documents[0].net, documents[0].percent)
    text = phrase(scene, documents[0])
    channel = scene.channel(text, without=("wire",))
    scene.post(Claim("amount: discount of the net", documents, paid, text, None, channel, day))
    return True


def little_short(scene: Scene) -> bool:
    """Name one document and leave a few pounds out, on a channel where banks take no fee."""
    documents = scene.pick(test=lambda one: one.open > MUCH)
    if not documents:
        return False
    paid = documents[0].open - scene.rng.choice((500, 1_000, 1_500, 2_500))
    text = documents[0].number
    channel = scene.channel(text, without=("wire",))
    scene.post(Claim("amount: a little short", documents, paid, text, None, channel))
    return True
